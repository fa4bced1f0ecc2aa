// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
// What Swift cannot import from the system's headers: variadic calls, request numbers made by
// macros, structures that end in flexible arrays.
#ifndef CLINUX_H
#define CLINUX_H

#include <errno.h>
#include <fcntl.h>
#include <linux/falloc.h>
#include <linux/if_tun.h>
#include <linux/kvm.h>
#include <net/if.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <time.h>

static inline int clinux_ioctl(int fd, unsigned long request, void *_Nullable argument) {
  return ioctl(fd, request, argument);
}

static inline int clinux_ioctl_value(int fd, unsigned long request, unsigned long argument) {
  return ioctl(fd, request, argument);
}

static inline int clinux_open(const char *_Nonnull path, int flags) { return open(path, flags); }

static inline int clinux_create(const char *_Nonnull path, int flags) {
  return open(path, flags | O_CREAT | O_TRUNC, 0666);
}

// KVM requests, by name.
#define CLINUX_REQUEST(name) static const unsigned long CLINUX_##name = name
CLINUX_REQUEST(KVM_GET_API_VERSION);
CLINUX_REQUEST(KVM_CHECK_EXTENSION);
CLINUX_REQUEST(KVM_GET_VCPU_MMAP_SIZE);
CLINUX_REQUEST(KVM_IOEVENTFD);
CLINUX_REQUEST(KVM_CREATE_VM);
CLINUX_REQUEST(KVM_ENABLE_CAP);
CLINUX_REQUEST(KVM_SET_USER_MEMORY_REGION);
CLINUX_REQUEST(KVM_CREATE_VCPU);
CLINUX_REQUEST(KVM_RUN);
CLINUX_REQUEST(KVM_GET_REGS);
CLINUX_REQUEST(KVM_SET_REGS);
CLINUX_REQUEST(KVM_GET_SREGS);
CLINUX_REQUEST(KVM_SET_SREGS);
CLINUX_REQUEST(KVM_SET_XCRS);
CLINUX_REQUEST(KVM_GET_TSC_KHZ);
#undef CLINUX_REQUEST

// Bits of `kvm_run`'s `kvm_valid_regs` and `kvm_dirty_regs`.
static const uint64_t CLINUX_SYNC_REGS = KVM_SYNC_X86_REGS;
static const uint64_t CLINUX_SYNC_SREGS = KVM_SYNC_X86_SREGS;

static const unsigned long CLINUX_BLKGETSIZE64 = BLKGETSIZE64;

// Modes of fallocate(2) that leave the file's size alone.
static const int CLINUX_PUNCH_HOLE = FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE;
static const int CLINUX_ZERO_RANGE = FALLOC_FL_ZERO_RANGE | FALLOC_FL_KEEP_SIZE;

// fallocate(2), which glibc's headers declare only with GNU's extensions.
int clinux_fallocate(int fd, int mode, int64_t offset, int64_t count);

// O_DIRECT and O_NOATIME, likewise.
extern const int CLINUX_DIRECT;
extern const int CLINUX_NOATIME;

// What direct I/O on a file demands of addresses and lengths; both stay as they are where the
// kernel does not tell, and become 0 where there is none. 0, or -1 and errno.
int clinux_direct_alignment(int fd, uint32_t *_Nonnull memory, uint32_t *_Nonnull length);

// kvm_cpuid2 and kvm_signal_mask end in flexible arrays; these are the same with room for the most
// that is passed here.
#define CLINUX_CPUID_MAX 16
#define CLINUX_SUPPORTED_CPUID_MAX 256

struct clinux_cpuid {
  uint32_t nent;
  uint32_t padding;
  struct kvm_cpuid_entry2 entries[CLINUX_CPUID_MAX];
};
_Static_assert(offsetof(struct clinux_cpuid, entries) == offsetof(struct kvm_cpuid2, entries),
               "clinux_cpuid begins like kvm_cpuid2");

struct clinux_supported_cpuid {
  uint32_t nent;
  uint32_t padding;
  struct kvm_cpuid_entry2 entries[CLINUX_SUPPORTED_CPUID_MAX];
};

// The kernel's signal sets have 8 bytes.
struct clinux_signal_mask {
  uint32_t len;
  uint8_t sigset[8];
};
_Static_assert(offsetof(struct clinux_signal_mask, sigset) ==
                   offsetof(struct kvm_signal_mask, sigset),
               "clinux_signal_mask begins like kvm_signal_mask");

static inline int clinux_set_cpuid(int vcpu, const struct clinux_cpuid *_Nonnull table) {
  return ioctl(vcpu, KVM_SET_CPUID2, table);
}

// Reads what KVM supports into `entries`, CLINUX_SUPPORTED_CPUID_MAX of them; the count, or -1.
static inline int clinux_supported_cpuid(int kvm, struct kvm_cpuid_entry2 *_Nonnull entries) {
  struct clinux_supported_cpuid table = {.nent = CLINUX_SUPPORTED_CPUID_MAX};
  if (ioctl(kvm, KVM_GET_SUPPORTED_CPUID, &table) < 0) return -1;
  memcpy(entries, table.entries, table.nent * sizeof *entries);
  return (int)table.nent;
}

static inline int clinux_set_vcpu_signal_mask(int vcpu, const sigset_t *_Nonnull mask) {
  struct clinux_signal_mask argument = {.len = sizeof argument.sigset};
  memcpy(argument.sigset, mask, sizeof argument.sigset);
  return ioctl(vcpu, KVM_SET_SIGNAL_MASK, &argument);
}

static inline void clinux_cpuid(uint32_t leaf, uint32_t subleaf,
                                struct kvm_cpuid_entry2 *_Nonnull entry) {
  __asm__ volatile("cpuid"
                   : "=a"(entry->eax), "=b"(entry->ebx), "=c"(entry->ecx), "=d"(entry->edx)
                   : "a"(leaf), "c"(subleaf));
}

// ppoll(2) without a signal mask.
int clinux_ppoll(struct pollfd *_Nullable descriptors, size_t count,
                 const struct timespec *_Nullable timeout);

// A POSIX timer that sends `signal` to the calling thread. 0, or -1 and errno.
int clinux_thread_timer(clockid_t clock, int signal, uintptr_t *_Nonnull timer);
int clinux_timer_arm(uintptr_t timer, uint64_t nanoseconds);
void clinux_timer_delete(uintptr_t timer);

// Has this process get `signal` for what happens to `fd`, or with 0 no longer. 0, or -1 and errno.
int clinux_signal_on_event(int fd, int signal);

// pipe2(2) with O_CLOEXEC.
int clinux_pipe(int *_Nonnull reader, int *_Nonnull writer);

// WNOWAIT, a macro whose type Swift does not import.
static const unsigned CLINUX_WNOWAIT = WNOWAIT;

// Starts a program, whose path is the first of the `count` strings in `words`, one behind the
// other: in a process group of its own, without an environment, with the default for every signal,
// and with the descriptors 0 to descriptor_count - 1, which are copies of `descriptors` and no
// larger numbers than theirs. 0, or an error number.
int clinux_spawn(pid_t *_Nonnull child, const char *_Nonnull words, int count,
                 const int *_Nonnull descriptors, int descriptor_count);

// Tap interfaces.

static inline int clinux_tun_attach(int fd, const char *_Nonnull name, short flags) {
  struct ifreq request;
  memset(&request, 0, sizeof request);
  strncpy(request.ifr_name, name, IFNAMSIZ - 1);
  request.ifr_flags = flags;
  return ioctl(fd, TUNSETIFF, &request);
}

// The name (`IFNAMSIZ` bytes) and flags of the interface that `fd` is attached to.
static inline int clinux_tun_interface(int fd, char *_Nonnull name, int *_Nonnull flags) {
  struct ifreq request;
  memset(&request, 0, sizeof request);
  if (ioctl(fd, TUNGETIFF, &request) < 0) return -1;
  memcpy(name, request.ifr_name, IFNAMSIZ);
  name[IFNAMSIZ - 1] = 0;
  *flags = (unsigned short)request.ifr_flags;
  return 0;
}

// The bytes of the header that stands before each frame of an interface with IFF_VNET_HDR.
static inline int clinux_tun_set_header_size(int fd, int size) {
  return ioctl(fd, TUNSETVNETHDRSZ, &size);
}

// What frames for us may come without (TUN_F_*).
static inline int clinux_tun_set_offload(int fd, unsigned flags) {
  return ioctl(fd, TUNSETOFFLOAD, (unsigned long)flags);
}

static inline int clinux_interface_mtu(int socket, const char *_Nonnull name) {
  struct ifreq request;
  memset(&request, 0, sizeof request);
  strncpy(request.ifr_name, name, IFNAMSIZ - 1);
  if (ioctl(socket, SIOCGIFMTU, &request) < 0) return -1;
  return request.ifr_mtu;
}

// Members of `kvm_run`'s anonymous union, which Swift sees only in part.

static inline uint8_t clinux_run_io_direction(const struct kvm_run *_Nonnull run) {
  return run->io.direction;
}
static inline uint8_t clinux_run_io_size(const struct kvm_run *_Nonnull run) {
  return run->io.size;
}
static inline uint16_t clinux_run_io_port(const struct kvm_run *_Nonnull run) {
  return run->io.port;
}
static inline uint32_t clinux_run_io_count(const struct kvm_run *_Nonnull run) {
  return run->io.count;
}
static inline uint64_t clinux_run_io_data_offset(const struct kvm_run *_Nonnull run) {
  return run->io.data_offset;
}

// Accesses to memory that a guest's processor accesses at the same time: each exactly once, whole.

static inline uint16_t clinux_load_acquire_16(const void *_Nonnull address) {
  return __atomic_load_n((const uint16_t *)address, __ATOMIC_ACQUIRE);
}
static inline void clinux_store_release_16(void *_Nonnull address, uint16_t value) {
  __atomic_store_n((uint16_t *)address, value, __ATOMIC_RELEASE);
}
static inline uint64_t clinux_load_relaxed_64(const void *_Nonnull address) {
  return __atomic_load_n((const uint64_t *)address, __ATOMIC_RELAXED);
}
static inline void clinux_store_relaxed_32(void *_Nonnull address, uint32_t value) {
  __atomic_store_n((uint32_t *)address, value, __ATOMIC_RELAXED);
}
static inline void clinux_fence(void) { __atomic_thread_fence(__ATOMIC_SEQ_CST); }

// The word of the command line at `index`, which must not be past the end; null there.
const char *_Nullable clinux_argument(int index);

#endif
