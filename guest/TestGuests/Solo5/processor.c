// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
#include "s5_processor.h"

#include "s5.h"

enum { GDT_ENTRIES = 6, TASK_ENTRY = S5_TASK_SELECTOR / 8 };

static uint64_t descriptors[GDT_ENTRIES] = {
    [S5_CODE_SELECTOR / 8] = 0x00af99000000ffff,
    [S5_DATA_SELECTOR / 8] = 0x00cf93000000ffff,
};

static uint8_t stacks[3][S5_STACK_SIZE] __attribute__((aligned(16)));

struct s5_task_state s5_task_state;
struct s5_gate s5_gates[S5_GATES];

static void load_descriptors(void) {
  struct s5_table table = {sizeof(descriptors) - 1, (uintptr_t)descriptors};
  __asm__ volatile("lgdt (%0)" : : "r"(&table), "m"(table));
  uint64_t code = S5_CODE_SELECTOR;
  __asm__ volatile("pushq %0\n\tleaq 1f(%%rip), %%rax\n\tpushq %%rax\n\tlretq\n1:"
                   :
                   : "r"(code)
                   : "rax", "memory");
  __asm__ volatile("movw %0, %%ss\n\tmovw %0, %%ds\n\tmovw %0, %%es"
                   :
                   : "r"((uint16_t)S5_DATA_SELECTOR));
}

static void load_task_state(void) {
  for (int i = 0; i < 3; i++) {
    s5_task_state.ist[i] = (uintptr_t)stacks[i] + S5_STACK_SIZE;
  }
  s5_task_state.io_map = sizeof(s5_task_state);
  uint64_t base = (uintptr_t)&s5_task_state;
  uint64_t limit = sizeof(s5_task_state) - 1;
  // An available 64-bit task state, present.
  descriptors[TASK_ENTRY] = limit | (base & 0xffffff) << 16 | (uint64_t)0x89 << 40 |
                            (base >> 24 & 0xff) << 56;
  descriptors[TASK_ENTRY + 1] = base >> 32;
  __asm__ volatile("ltr %0" : : "r"((uint16_t)S5_TASK_SELECTOR) : "memory");
}

void s5_set_gate(unsigned vector, void (*entry)(void), unsigned ist) {
  uint64_t address = (uintptr_t)entry;
  s5_gates[vector] = (struct s5_gate){
      .offset_low = (uint16_t)address,
      .selector = S5_CODE_SELECTOR,
      .ist = (uint8_t)ist,
      .type = 0x8e,  // an interrupt gate for level 0, present
      .offset_middle = (uint16_t)(address >> 16),
      .offset_high = (uint32_t)(address >> 32),
  };
}

static void load_gates(void) {
  static const uint8_t vectors[] = {0,  1,  2,  3,  4,  5,  6,  7,  8,  10,
                                    11, 12, 13, 14, 16, 17, 18, 19, 20};
  for (unsigned i = 0; i < sizeof(vectors); i++) {
    int is_fatal = vectors[i] == 2 || vectors[i] == 8;
    s5_set_gate(
        vectors[i], s5_trap_entries[vectors[i]], is_fatal ? S5_FATAL_STACK : S5_TRAP_STACK);
  }
  struct s5_table table = {sizeof(s5_gates) - 1, (uintptr_t)s5_gates};
  s5_load_idt(&table);
}

void s5_processor_start(void) {
  load_descriptors();
  load_task_state();
  s5_early();
  load_gates();
}
