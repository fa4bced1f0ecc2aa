// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
// What a process does to itself before it runs something hostile. Swift cannot import variadic
// calls, and Debian's headers are older than some of this. Functions that can fail return -1 and
// set errno, unless they say otherwise.
#ifndef CSANDBOX_H
#define CSANDBOX_H

#include <linux/futex.h>
#include <linux/io_uring.h>
#include <linux/kvm.h>
#include <linux/prctl.h>
#include <seccomp.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/types.h>

// 0 when the process has no other thread, else -1.
int csandbox_be_alone(void);

int csandbox_prctl(int operation, unsigned long first, unsigned long second, unsigned long third,
                   const void *_Nullable fourth);

// 0 when the kernel has the action of filters.
int csandbox_has_action(const uint32_t *_Nonnull action);

bool csandbox_has_keyrings(void);

// prctl(2) of the same name, of Linux 6.4.
static const int CSANDBOX_SET_MEMORY_MERGE = 67;

// The lowest version of Landlock that has every rule below.
#define CSANDBOX_LANDLOCK_VERSION 6

// What the kernel has of Landlock: 0 without.
int csandbox_landlock_version(void);

// A ruleset that handles all that `version` of Landlock has, without one rule: nothing is allowed.
int csandbox_landlock(int version);

// A session keyring of the process's own, empty.
int csandbox_renew_keyring(void);

int csandbox_close_range(unsigned first, unsigned last);

int csandbox_limit(int resource, uint64_t most);

// Has all threads allocate from one arena, whose growth needs fewer kinds of system calls. Before
// there are others.
void csandbox_share_arena(void);

// Overwrites the environment, and empties it.
void csandbox_clear_environment(void);

// Removes every capability from the bounding set, as far as the process may.
int csandbox_empty_bounding_set(void);

// Sets the effective and permitted capabilities to those of the mask, the inheritable and ambient
// ones to none.
int csandbox_set_capabilities(uint64_t mask);

// Changes the user and the groups; no supplementary group is left.
int csandbox_become(uid_t user, gid_t group);

int csandbox_unshare(int flags);

// An empty, read-only root without a way back for a process without capabilities. In a mount
// namespace of its own.
int csandbox_enter_empty_root(void);

// fork(2), which Swift does not import.
pid_t csandbox_fork(void);

// Whether `fd` is in a control group file system of version 2.
bool csandbox_is_cgroup(int fd);

// What waitpid(2) gave, as the exit status, or 256 plus the number of the signal that ended it.
int csandbox_status(int status);

// Flags of clone(2), which need GNU's extensions.
extern const int CSANDBOX_NEW_USER, CSANDBOX_NEW_PROCESSES, CSANDBOX_NEW_REST;

// Whether a namespace of each kind of `flags` could be made. The check is made by a child.
bool csandbox_can_unshare(int flags);

static const unsigned long CSANDBOX_KVM_RUN = KVM_RUN;
static const int CSANDBOX_LIMIT_FILES = RLIMIT_NOFILE, CSANDBOX_LIMIT_CORE = RLIMIT_CORE,
                 CSANDBOX_LIMIT_PROCESSES = RLIMIT_NPROC;

// CAP_SYS_ADMIN and CAP_KILL.
extern const int CSANDBOX_CAPABILITY_ADMIN, CSANDBOX_CAPABILITY_KILL;

#endif
