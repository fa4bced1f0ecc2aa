// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
// Privileged instructions that a Solo5 guest uses while it runs.
#include "cpu.h"
#include "s5.h"
#include "s5_processor.h"

// What FS or GS points to.
struct block {
  struct block *self;
  uint64_t number;
};

#define READ_AT(segment, offset)                                                      \
  ({                                                                                  \
    uint64_t value_;                                                                  \
    __asm__ volatile("movq %%" segment ":%c1, %0" : "=r"(value_) : "i"(offset) : "memory"); \
    value_;                                                                           \
  })

enum { SWITCHES = 1000, SELF = offsetof(struct block, self), NUMBER = 8 };

static int switch_bases(uint32_t msr, int is_fs) {
  static struct block blocks[2];
  int is_right = 1;
  for (uint64_t i = 0; i < SWITCHES; i++) {
    struct block *block = &blocks[i & 1];
    *block = (struct block){block, i};
    s5_write_msr(msr, (uintptr_t)block);
    uint64_t self = is_fs ? READ_AT("fs", SELF) : READ_AT("gs", SELF);
    uint64_t number = is_fs ? READ_AT("fs", NUMBER) : READ_AT("gs", NUMBER);
    is_right &= self == (uintptr_t)block && number == i;
    is_right &= s5_read_msr(msr) == (uintptr_t)block;
  }
  return is_right;
}

// Reads all 64 bits of the registers of the result.
static int is_base(uint32_t msr, uint64_t base) {
  uint64_t low = UINT64_MAX, high = UINT64_MAX;
  __asm__ volatile("rdmsr" : "+a"(low), "+d"(high) : "c"(msr));
  return low == (uint32_t)base && high == base >> 32;
}

// Bases that stand for themselves: read back, without an access.
static int read_back(uint32_t msr) {
  static const uint64_t bases[] = {0, 0xffffffff, 0x100000000, 0x7fffffffffff, 0xffff800000000000,
                                   UINT64_MAX};
  int is_right = 1;
  for (unsigned i = 0; i < sizeof(bases) / sizeof(bases[0]); i++) {
    s5_write_msr(msr, bases[i]);
    is_right &= is_base(msr, bases[i]);
  }
  return is_right;
}

static int tls(void) {
  int is_right = READ_AT("fs", SELF) == s5_read_msr(S5_MSR_FS_BASE);
  is_right &= switch_bases(S5_MSR_FS_BASE, 1) & read_back(S5_MSR_FS_BASE);
  return cpu_report("tls", is_right);
}

static int gs_base(void) {
  return cpu_report("gs-base", switch_bases(S5_MSR_GS_BASE, 0) & read_back(S5_MSR_GS_BASE));
}

static int interrupt_flag(void) {
  for (int i = 0; i < 100; i++) {
    __asm__ volatile("sti; nop; cli; sti; cli" : : : "memory");
  }
  return cpu_report("cli-sti", 1);
}

static int halt(void) {
  s5_print("hlt\n");
  __asm__ volatile("hlt");
  return cpu_report("hlt", 0);
}

static int load_segments(void) {
  __asm__ volatile(
      "movw %0, %%ds\n\tmovw %0, %%es\n\tmovw %0, %%ss\n\tmovw %1, %%ds\n\tmovw %1, %%es\n\t"
      "movw %0, %%ds\n\tmovw %0, %%es"
      :
      : "r"((uint16_t)S5_DATA_SELECTOR), "r"((uint16_t)0)
      : "memory");
  return cpu_report("segments", 1);
}

// A return from an interrupt that was none, to another stack.
static int interrupt_return(void) {
  static uint64_t stack[64];
  uint64_t reached = 0, here = 0;
  __asm__ volatile(
      "movq %%rsp, %1\n\tpushq %3\n\tpushq %2\n\tpushfq\n\tpushq %4\n\t"
      "leaq 1f(%%rip), %0\n\tpushq %0\n\tiretq\n1:\tmovq %%rsp, %0\n\tmovq %1, %%rsp"
      : "=&r"(reached), "=&r"(here)
      : "r"((uint64_t)(uintptr_t)(stack + 64)), "r"((uint64_t)S5_DATA_SELECTOR),
        "r"((uint64_t)S5_CODE_SELECTOR)
      : "memory");
  return cpu_report("iretq", reached == (uintptr_t)(stack + 64));
}

static int far_return(void) {
  uint64_t before = 0, after = 0;
  __asm__ volatile(
      "movq %%rsp, %0\n\tpushq %2\n\tleaq 1f(%%rip), %1\n\tpushq %1\n\tlretq\n1:\tmovq %%rsp, %1"
      : "=&r"(before), "=&r"(after)
      : "r"((uint64_t)S5_CODE_SELECTOR)
      : "memory");
  return cpu_report("lretq", before == after);
}

const struct cpu_kind cpu_system_kinds[] = {
    {"tls", tls},
    {"gs-base", gs_base},
    {"cli-sti", interrupt_flag},
    {"hlt", halt},
    {"segments", load_segments},
    {"iretq", interrupt_return},
    {"lretq", far_return},
    {NULL, NULL},
};
