// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
// The processor's tables and traps as a Solo5 guest has them, for guests that change them.
#ifndef S5_PROCESSOR_H
#define S5_PROCESSOR_H

#include <stdint.h>

enum {
  S5_CODE_SELECTOR = 0x08,
  S5_DATA_SELECTOR = 0x18,
  S5_TASK_SELECTOR = 0x20,
  S5_GATES = 48,
  S5_STACK_SIZE = 4096,
  S5_TRAP_STACK = 2,   // the IST's number
  S5_FATAL_STACK = 3,  // for NMI and double faults
};

enum {
  S5_MSR_EFER = 0xc0000080,
  S5_MSR_FS_BASE = 0xc0000100,
  S5_MSR_GS_BASE = 0xc0000101,
};

/// What a trap's entry leaves on the stack. A hook may change it.
struct s5_trap {
  uint64_t r15, r14, r13, r12, r11, r10, r9, r8, rbp, rdi, rsi, rdx, rcx, rbx, rax;
  uint64_t cr2;    // 0 for a vector without error code
  uint64_t error;  // 0 for a vector without error code
  uint64_t rip, cs, rflags, rsp, ss;
};

/// Called at a trap when it is not null. When it returns 0 the trap is reported and ends the guest,
/// else the guest goes on with what is in `trap`.
extern int (*s5_trap_hook)(struct s5_trap *trap, uint64_t vector);

/// The entries of the vectors that have one.
extern void (*const s5_trap_entries[S5_GATES])(void);

struct __attribute__((packed)) s5_task_state {
  uint32_t reserved0;
  uint64_t rsp[3];
  uint64_t reserved1;
  uint64_t ist[7];
  uint64_t reserved2;
  uint16_t reserved3;
  uint16_t io_map;
};
_Static_assert(sizeof(struct s5_task_state) == 104, "the processor's layout");

extern struct s5_task_state s5_task_state;

struct s5_gate {
  uint16_t offset_low;
  uint16_t selector;
  uint8_t ist;
  uint8_t type;
  uint16_t offset_middle;
  uint32_t offset_high;
  uint32_t reserved;
};
_Static_assert(sizeof(struct s5_gate) == 16, "the processor's layout");

/// The IDT.
extern struct s5_gate s5_gates[S5_GATES];

/// The operand of lgdt and lidt.
struct __attribute__((packed)) s5_table {
  uint16_t limit;
  uint64_t base;
};

/// Loads the GDT, the segment registers, the TSS and the IDT.
void s5_processor_start(void);

/// Makes `entry` the handler of `vector`.
void s5_set_gate(unsigned vector, void (*entry)(void), unsigned ist);

static inline void s5_load_idt(const struct s5_table *table) {
  __asm__ volatile("lidt (%0)" : : "r"(table), "m"(*table));
}

static inline void s5_write_msr(uint32_t index, uint64_t value) {
  __asm__ volatile("wrmsr" : : "c"(index), "a"((uint32_t)value), "d"((uint32_t)(value >> 32))
                   : "memory");
}

static inline uint64_t s5_read_msr(uint32_t index) {
  uint32_t low, high;
  __asm__ volatile("rdmsr" : "=a"(low), "=d"(high) : "c"(index));
  return (uint64_t)high << 32 | low;
}

#endif
