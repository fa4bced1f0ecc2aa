// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
// Code that traps, and what has to be prepared for it. What is printed before says which frame the
// handler must find.
#include "traps.h"

#include "cpu.h"
#include "s5.h"
#include "s5_processor.h"

void traps_print_expectation(uint64_t rip, uint64_t rsp);

void traps_print_expectation(uint64_t rip, uint64_t rsp) {
  s5_print("expect rip=0x%lx rsp=0x%lx\n", rip, rsp);
}

static const uint8_t return_instruction = 0xc3;

static uint64_t none(void) { return 0; }

static uint64_t null_page(void) { return 8; }

static uint64_t memory_end(void) { return s5_boot_info->mem_size; }

// A byte of code, where there is none to be executed.
static uint64_t code_at(uint64_t address) {
  *(volatile uint8_t *)address = return_instruction;
  return address;
}

static uint64_t code_on_heap(void) { return code_at(s5_boot_info->kernel_end + 0x1000); }

static uint64_t code_on_stack(void) { return code_at(s5_boot_info->mem_size - 0x8000); }

static uint64_t code_in_data(void) {
  static uint8_t data[16] = {1};
  return code_at((uintptr_t)data);
}

static uint64_t code_in_bss(void) {
  static uint8_t bss[16];
  return code_at((uintptr_t)bss);
}

static uint64_t constant(void) { return (uintptr_t)&return_instruction; }

static uint64_t text(void) { return (uintptr_t)&traps_run; }

static uint64_t add_gate(void) {
  s5_set_gate(33, s5_trap_entries[33], S5_TRAP_STACK);
  return 0;
}

static uint64_t add_gate_without_stack(void) {
  s5_set_gate(33, s5_trap_entries[33], 0);
  return 0;
}

// The gate is there, but not present.
static uint64_t remove_gate(void) {
  s5_gates[6].type &= 0x7f;
  return 0;
}

static uint64_t remove_gates(void) {
  for (int i = 0; i < S5_GATES; i++) {
    s5_gates[i].type = 0;
  }
  return 0;
}

static uint64_t remove_trap_stack(void) {
  s5_task_state.ist[S5_TRAP_STACK - 1] = s5_boot_info->mem_size + 0x10000;
  return 0;
}

static uint64_t remove_stacks(void) {
  s5_task_state.ist[S5_FATAL_STACK - 1] = 8;
  return remove_trap_stack();
}

static uint64_t load_idt(uint16_t limit, uint64_t base) {
  struct s5_table table = {limit, base};
  s5_load_idt(&table);
  return 0;
}

static uint64_t remove_idt(void) { return load_idt(0, 0); }

static uint64_t unmap_idt(void) { return load_idt(4095, s5_boot_info->mem_size); }

struct trap {
  const char *name;
  uint64_t (*prepare)(void);
  const char *code;
  const char *at;  // null: at the argument
};

#define CODE(label) extern const char trap_##label[], trap_##label##_at[];
#include "trap_labels.h"
#undef CODE

#define TRAP(name, prepare, label) {name, prepare, trap_##label, trap_##label##_at}
#define JUMP(name, prepare) {name, prepare, trap_jump, NULL}

static const struct trap traps[] = {
    TRAP("null-read", null_page, read),
    TRAP("null-write", null_page, write),
    JUMP("null-exec", null_page),
    TRAP("write-text", text, write),
    TRAP("write-rodata", constant, write),
    JUMP("exec-rodata", constant),
    JUMP("exec-data", code_in_data),
    JUMP("exec-bss", code_in_bss),
    JUMP("exec-heap", code_on_heap),
    JUMP("exec-stack", code_on_stack),
    TRAP("pf-read", memory_end, read),
    TRAP("pf-write", memory_end, write),
    JUMP("pf-exec", memory_end),
    TRAP("de", none, divide),
    TRAP("de-overflow", none, divide_overflow),
    TRAP("db", none, int1),
    TRAP("single-step", none, single_step),
    TRAP("bp", none, int3),
    TRAP("ud", none, ud2),
    TRAP("gp", none, non_canonical),
    TRAP("gp-selector", none, bad_selector),
    TRAP("gp-null-code", none, null_code),
    TRAP("gp-msr", none, bad_base),
    TRAP("ss", none, stack_access),
    TRAP("ss-push", none, stack_push),
    TRAP("mf", none, x87),
    TRAP("xm", none, sse),
    TRAP("gp-misaligned", none, misaligned),
    TRAP("int-n", add_gate, int33),
    TRAP("int-n-same-stack", add_gate_without_stack, int33),
    TRAP("int-n-no-gate", none, int33_no_gate),
    TRAP("int-80", none, int80),
    TRAP("no-handler", remove_idt, ud2),
    TRAP("unmapped-idt", unmap_idt, ud2),
    TRAP("not-present", remove_gate, ud2),
    TRAP("bad-idt", remove_gates, ud2),
    TRAP("df", remove_trap_stack, write),
    TRAP("triple", remove_stacks, write),
};

#define PRIVILEGED(name, label) {name, none, trap_##label, trap_##label##_at}

static const struct trap privileged[] = {
    PRIVILEGED("mov-to-cr0", mov_to_cr0),
    PRIVILEGED("mov-to-cr2", mov_to_cr2),
    PRIVILEGED("mov-to-cr3", mov_to_cr3),
    PRIVILEGED("mov-to-cr4", mov_to_cr4),
    PRIVILEGED("mov-to-cr8", mov_to_cr8),
    PRIVILEGED("mov-from-cr0", mov_from_cr0),
    PRIVILEGED("mov-from-cr3", mov_from_cr3),
    PRIVILEGED("mov-from-cr4", mov_from_cr4),
    PRIVILEGED("mov-to-dr7", mov_to_dr7),
    PRIVILEGED("mov-from-dr7", mov_from_dr7),
    PRIVILEGED("rdmsr-efer", rdmsr_efer),
    PRIVILEGED("wrmsr-efer", wrmsr_efer),
    PRIVILEGED("wrmsr-lstar", wrmsr_lstar),
    PRIVILEGED("invlpg", invlpg),
    PRIVILEGED("invd", invd),
    PRIVILEGED("wbinvd", wbinvd),
    PRIVILEGED("xsetbv", xsetbv),
    PRIVILEGED("swapgs", swapgs),
    PRIVILEGED("in", in),
    PRIVILEGED("out", out),
    PRIVILEGED("lldt", lldt),
    PRIVILEGED("lmsw", lmsw),
    PRIVILEGED("clts", clts),
    PRIVILEGED("sysret", sysret),
};

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

static int run(const struct trap *table, size_t count, const char *name) {
  for (size_t i = 0; i < count; i++) {
    if (s5_equal(table[i].name, name)) {
      uint64_t argument = table[i].prepare();
      const char *at = table[i].at != NULL ? table[i].at : (const char *)argument;
      traps_run(table[i].code, at, argument);
      s5_print("survived\n");
      return 1;
    }
  }
  return -1;
}

int cpu_run_trap(const char *name) { return run(traps, COUNT(traps), name); }

int cpu_run_privileged(const char *name) { return run(privileged, COUNT(privileged), name); }

void cpu_list_traps(void) {
  for (size_t i = 0; i < COUNT(traps); i++) {
    s5_print("%s\n", traps[i].name);
  }
  for (size_t i = 0; i < COUNT(privileged); i++) {
    s5_print("privileged %s\n", privileged[i].name);
  }
}
