// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
#define _GNU_SOURCE
#include "csandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/capability.h>
#include <linux/landlock.h>
#include <linux/magic.h>
#include <linux/seccomp.h>
#include <malloc.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/vfs.h>
#include <sys/wait.h>
#include <unistd.h>

const int CSANDBOX_CAPABILITY_ADMIN = CAP_SYS_ADMIN;
const int CSANDBOX_CAPABILITY_KILL = CAP_KILL;
const int CSANDBOX_NEW_USER = CLONE_NEWUSER;
const int CSANDBOX_NEW_PROCESSES = CLONE_NEWPID;
const int CSANDBOX_NEW_REST = CLONE_NEWNS | CLONE_NEWNET | CLONE_NEWIPC | CLONE_NEWUTS;

// The kernel refuses this to a process with several threads, and does nothing for another.
int csandbox_be_alone(void) { return unshare(CLONE_THREAD); }

int csandbox_prctl(int operation, unsigned long first, unsigned long second, unsigned long third,
                   const void *fourth) {
  return prctl(operation, first, second, third, fourth);
}

int csandbox_has_action(const uint32_t *action) {
  return (int)syscall(SYS_seccomp, SECCOMP_GET_ACTION_AVAIL, 0, action);
}

bool csandbox_has_keyrings(void) {
  const int get_keyring_id = 0, session_keyring = -3;
  return syscall(SYS_keyctl, get_keyring_id, session_keyring, 0) >= 0 || errno == ENOKEY;
}

int csandbox_landlock_version(void) {
  long version = syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);
  return version < 0 ? 0 : (int)version;
}

// landlock_ruleset_attr of the latest version that is used. Older kernels take it as long as what
// they do not know is zero.
struct ruleset {
  uint64_t files, network, scopes;
};

int csandbox_landlock(int version) {
  // Version 1 has 13 kinds of access to files, 2 adds linking across folders, 3 truncation, 5 the
  // ioctls of devices; 4 has bind and connect; 6 has abstract sockets and signals.
  static const unsigned files[] = {13, 14, 15, 15, 16};
  int known = version < 5 ? version : 5;
  struct ruleset rules = {
      .files = (1u << files[known - 1]) - 1,
      .network = version >= 4 ? 3 : 0,
      .scopes = version >= 6 ? 3 : 0,
  };
  long ruleset = syscall(SYS_landlock_create_ruleset, &rules, sizeof rules, 0);
  if (ruleset < 0) return -1;
  long result = syscall(SYS_landlock_restrict_self, (int)ruleset, 0);
  int error = errno;
  close((int)ruleset);
  errno = error;
  return (int)result;
}

int csandbox_renew_keyring(void) {
  const int join_session_keyring = 1;
  return syscall(SYS_keyctl, join_session_keyring, NULL) < 0 ? -1 : 0;
}

int csandbox_close_range(unsigned first, unsigned last) {
  return (int)syscall(SYS_close_range, first, last, 0);
}

int csandbox_limit(int resource, uint64_t most) {
  struct rlimit limit = {.rlim_cur = most, .rlim_max = most};
  return setrlimit(resource, &limit);
}

void csandbox_share_arena(void) { mallopt(M_ARENA_MAX, 1); }

void csandbox_clear_environment(void) {
  for (char **variable = environ; variable && *variable; variable++)
    explicit_bzero(*variable, strlen(*variable));
  clearenv();
}

int csandbox_empty_bounding_set(void) {
  for (unsigned long capability = 0;; capability++)
    // The first number that the kernel does not know.
    if (prctl(PR_CAPBSET_DROP, capability, 0, 0, 0) < 0)
      return errno == EINVAL || errno == EPERM ? 0 : -1;
}

int csandbox_set_capabilities(uint64_t mask) {
  // Fails only where there are no ambient ones.
  prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
  struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
  struct __user_cap_data_struct data[2] = {
      {.effective = (uint32_t)mask, .permitted = (uint32_t)mask},
      {.effective = (uint32_t)(mask >> 32), .permitted = (uint32_t)(mask >> 32)},
  };
  return (int)syscall(SYS_capset, &header, data);
}

int csandbox_become(uid_t user, gid_t group) {
  if (setgroups(0, NULL) < 0) return -1;
  if (setresgid(group, group, group) < 0) return -1;
  return setresuid(user, user, user);
}

int csandbox_unshare(int flags) { return unshare(flags); }

// The root of a system that runs from its initramfs cannot be exchanged by pivot_root(2), so the
// new one is mounted over it.
int csandbox_enter_empty_root(void) {
  int context = fsopen("tmpfs", FSOPEN_CLOEXEC);
  if (context < 0) return -1;
  int mount = -1;
  if (fsconfig(context, FSCONFIG_SET_STRING, "nr_inodes", "1", 0) == 0 &&
      fsconfig(context, FSCONFIG_CMD_CREATE, NULL, NULL, 0) == 0)
    mount = fsmount(context, FSMOUNT_CLOEXEC,
                    MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC);
  int result = mount;
  if (mount >= 0) {
    result = move_mount(mount, "", AT_FDCWD, "/", MOVE_MOUNT_F_EMPTY_PATH);
    if (result == 0) result = fchdir(mount);
    if (result == 0) result = chroot(".");
  }
  int error = errno;
  if (mount >= 0) close(mount);
  close(context);
  errno = error;
  return result < 0 ? -1 : 0;
}

pid_t csandbox_fork(void) { return fork(); }

bool csandbox_is_cgroup(int fd) {
  struct statfs status;
  return fstatfs(fd, &status) == 0 && status.f_type == CGROUP2_SUPER_MAGIC;
}

int csandbox_status(int status) {
  return WIFEXITED(status) ? WEXITSTATUS(status) : 256 + WTERMSIG(status);
}

bool csandbox_can_unshare(int flags) {
  pid_t child = fork();
  if (child == 0) _exit(unshare(flags) < 0);
  int status = -1;
  while (child > 0 && waitpid(child, &status, 0) < 0 && errno == EINTR) continue;
  return child > 0 && status == 0;
}
