// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
// The floor: the least that a tender written the plain way does. It maps the guest's memory, passes
// on the CPUID that KVM supports, enters the guest in long mode at CPL 3, and serves its `out`s.
//
//   floor start MEM_MIB           one `out`, then exit: what starting a VM costs
//   floor exits COUNT             prints the nanoseconds of one round trip to the tender
//   floor touch MIB [huge]        prints the nanoseconds per 4 KiB of memory touched first,
//                                 with MADV_HUGEPAGE when asked
#include <errno.h>
#include <fcntl.h>
#include <linux/kvm.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <time.h>

#define MIB (1UL << 20)
#define LARGE_PAGE (2 * MIB)

// Guest-physical memory, identity mapped.
enum {
  GDT = 0x1000,
  TSS = 0x2000,
  PAGE_MAP = 0x10000,
  PAGE_DIRECTORY_POINTERS = 0x11000,
  PAGE_DIRECTORY = 0x12000,
  CODE = 0x100000,
  PORT = 0x508,
};

enum {
  TSS_SIZE = 0x68,
  IO_BITMAP_SIZE = 0x520 / 8,
  TSS_LIMIT = TSS_SIZE + IO_BITMAP_SIZE,  // One byte of ones stands after the bitmap.
  PAGE_PRESENT_WRITE_USER = 7,
  PAGE_LARGE = 0x80,
};

// The guests. RDX is the port, RDI the first byte to touch, RCX the number of pages.
__asm__(
    ".pushsection .rodata\n"
    "guest_exits: out %eax, %dx; jmp guest_exits; guest_exits_end:\n"
    "guest_touch: out %eax, %dx\n"
    "1: mov %rcx, (%rdi); add $4096, %rdi; dec %rcx; jnz 1b\n"
    "out %eax, %dx; guest_touch_end:\n"
    ".popsection\n");
extern const uint8_t guest_exits[], guest_exits_end[], guest_touch[], guest_touch_end[];

static uint8_t *memory;
static int vcpu;
static struct kvm_run *run;

static void die(const char *what) {
  fprintf(stderr, "floor: %s: %s\n", what, strerror(errno));
  exit(1);
}

static int check(int result, const char *what) {
  if (result < 0) die(what);
  return result;
}

static uint64_t now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (uint64_t)time.tv_sec * 1000000000 + (uint64_t)time.tv_nsec;
}

// A large page is one only when host and guest addresses are aligned alike.
static void map_memory(size_t size, int huge) {
  uint8_t *mapping = mmap(NULL, size + LARGE_PAGE, PROT_READ | PROT_WRITE,
                          MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (mapping == MAP_FAILED) die("mmap");
  memory = mapping + (-(uintptr_t)mapping & (LARGE_PAGE - 1));
  if (huge) check(madvise(memory, size, MADV_HUGEPAGE), "MADV_HUGEPAGE");
}

static void build_tables(size_t size) {
  *(uint64_t *)(memory + PAGE_MAP) = PAGE_DIRECTORY_POINTERS | PAGE_PRESENT_WRITE_USER;
  *(uint64_t *)(memory + PAGE_DIRECTORY_POINTERS) = PAGE_DIRECTORY | PAGE_PRESENT_WRITE_USER;
  uint64_t *directory = (uint64_t *)(memory + PAGE_DIRECTORY);
  for (size_t page = 0; page < size / LARGE_PAGE; page++)
    directory[page] = page * LARGE_PAGE | PAGE_LARGE | PAGE_PRESENT_WRITE_USER;

  uint64_t *gdt = (uint64_t *)(memory + GDT);
  gdt[1] = 0x00af9b000000ffff;  // Code, CPL 0
  gdt[2] = 0x00cf93000000ffff;  // Data, CPL 0
  gdt[3] = 0x00cff3000000ffff;  // Data, CPL 3
  gdt[4] = 0x00affb000000ffff;  // Code, CPL 3
  gdt[5] = 0x00008b0000000000 | (uint64_t)TSS << 16 | TSS_LIMIT;
  gdt[6] = 0;

  uint8_t *tss = memory + TSS;
  *(uint16_t *)(tss + 0x66) = TSS_SIZE;
  memset(tss + TSS_SIZE, 0xff, IO_BITMAP_SIZE + 1);
  for (int port = PORT; port < PORT + 4; port++)  // A 32-bit `out` takes four.
    tss[TSS_SIZE + port / 8] &= (uint8_t)~(1 << port % 8);
}

static void create_machine(size_t size) {
  int kvm = check(open("/dev/kvm", O_RDWR | O_CLOEXEC), "/dev/kvm");
  int vm = check(ioctl(kvm, KVM_CREATE_VM, 0), "KVM_CREATE_VM");
  struct kvm_userspace_memory_region region = {
      .memory_size = size, .userspace_addr = (uintptr_t)memory};
  check(ioctl(vm, KVM_SET_USER_MEMORY_REGION, &region), "KVM_SET_USER_MEMORY_REGION");
  vcpu = check(ioctl(vm, KVM_CREATE_VCPU, 0), "KVM_CREATE_VCPU");
  int run_size = check(ioctl(kvm, KVM_GET_VCPU_MMAP_SIZE, 0), "KVM_GET_VCPU_MMAP_SIZE");
  run = mmap(NULL, (size_t)run_size, PROT_READ | PROT_WRITE, MAP_SHARED, vcpu, 0);
  if (run == MAP_FAILED) die("mmap of kvm_run");

  static struct {
    struct kvm_cpuid2 header;
    struct kvm_cpuid_entry2 entries[256];
  } cpuid = {.header.nent = 256};
  check(ioctl(kvm, KVM_GET_SUPPORTED_CPUID, &cpuid), "KVM_GET_SUPPORTED_CPUID");
  check(ioctl(vcpu, KVM_SET_CPUID2, &cpuid), "KVM_SET_CPUID2");
}

static void set_state(uint64_t first_touched, uint64_t pages) {
  struct kvm_sregs sregs;
  check(ioctl(vcpu, KVM_GET_SREGS, &sregs), "KVM_GET_SREGS");
  sregs.cr0 = 0x80010033;  // PG WP NE ET MP PE
  sregs.cr3 = PAGE_MAP;
  sregs.cr4 = 0x50620;  // OSXSAVE FSGSBASE OSXMMEXCPT OSFXSR PAE
  sregs.efer = 0xd00;   // NXE LMA LME
  sregs.cs = (struct kvm_segment){
      .limit = ~0u, .selector = 0x23, .type = 11, .present = 1, .dpl = 3, .s = 1, .l = 1, .g = 1};
  sregs.ds = sregs.es = sregs.fs = sregs.gs = sregs.ss = (struct kvm_segment){
      .limit = ~0u, .selector = 0x1b, .type = 3, .present = 1, .dpl = 3, .s = 1, .db = 1, .g = 1};
  sregs.tr = (struct kvm_segment){
      .base = TSS, .limit = TSS_LIMIT, .selector = 0x28, .type = 11, .present = 1};
  sregs.ldt.unusable = 1;
  sregs.gdt = (struct kvm_dtable){.base = GDT, .limit = 7 * 8 - 1};
  check(ioctl(vcpu, KVM_SET_SREGS, &sregs), "KVM_SET_SREGS");
  struct kvm_xcrs xcrs = {.nr_xcrs = 1, .xcrs[0].value = 7};
  check(ioctl(vcpu, KVM_SET_XCRS, &xcrs), "KVM_SET_XCRS");
  struct kvm_regs regs = {
      .rip = CODE, .rflags = 2, .rdx = PORT, .rdi = first_touched, .rcx = pages};
  check(ioctl(vcpu, KVM_SET_REGS, &regs), "KVM_SET_REGS");
}

// Runs the guest up to its next `out`.
static void run_to_exit(void) {
  check(ioctl(vcpu, KVM_RUN, 0), "KVM_RUN");
  if (run->exit_reason != KVM_EXIT_IO || run->io.port != PORT) {
    fprintf(stderr, "floor: the guest left with exit reason %u\n", run->exit_reason);
    exit(1);
  }
}

static void start(size_t mib, int huge, const uint8_t *code, const uint8_t *end, uint64_t pages) {
  map_memory(mib * MIB, huge);
  build_tables(mib * MIB);
  memcpy(memory + CODE, code, (size_t)(end - code));
  create_machine(mib * MIB);
  set_state(LARGE_PAGE, pages);
  run_to_exit();
}

static size_t number(const char *text, size_t least, size_t most) {
  char *end;
  errno = 0;
  unsigned long value = strtoul(text, &end, 10);
  if (errno || end == text || *end || value < least || value > most) {
    fprintf(stderr, "floor: %s: not a number from %zu to %zu\n", text, least, most);
    exit(2);
  }
  return value;
}

int main(int count, char **arguments) {
  const char *mode = count > 2 ? arguments[1] : "";
  if (count == 3 && strcmp(mode, "start") == 0) {
    start(number(arguments[2], 2, 1024), 0, guest_exits, guest_exits_end, 0);
  } else if (count == 3 && strcmp(mode, "exits") == 0) {
    size_t exits = number(arguments[2], 1, 100000000);
    start(16, 0, guest_exits, guest_exits_end, 0);
    for (size_t exit = 0; exit < 1000; exit++) run_to_exit();
    uint64_t began = now();
    for (size_t exit = 0; exit < exits; exit++) run_to_exit();
    printf("%.0f\n", (double)(now() - began) / (double)exits);
  } else if ((count == 3 || (count == 4 && strcmp(arguments[3], "huge") == 0)) &&
             strcmp(mode, "touch") == 0) {
    size_t mib = number(arguments[2], 1, 1000), pages = mib * MIB / 4096;
    size_t memory_mib = (mib + 3) / 2 * 2 + 2;
    start(memory_mib, count == 4, guest_touch, guest_touch_end, pages);
    uint64_t began = now();
    run_to_exit();
    printf("%.0f\n", (double)(now() - began) / (double)pages);
  } else {
    fprintf(stderr, "usage: floor start MEM_MIB | floor exits COUNT | floor touch MIB [huge]\n");
    return 2;
  }
  return 0;
}
