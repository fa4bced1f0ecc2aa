// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
// Traps from which the guest goes on, and what they leave of the registers.
#include "cpu.h"
#include "s5.h"
#include "s5_processor.h"
#include "registers.h"

static uint64_t trapped_vector;
static struct s5_trap trapped;
static uint64_t traps;
static uint64_t skipped_bytes;

static int skip(struct s5_trap *trap, uint64_t vector) {
  trapped_vector = vector;
  trapped = *trap;
  trap->rip += skipped_bytes;
  traps++;
  return 1;
}

static void skip_at_trap(uint64_t count) {
  skipped_bytes = count;
  s5_trap_hook = skip;
}

static int resume_breakpoint(void) {
  skip_at_trap(0);
  for (int i = 0; i < 100; i++) {
    __asm__ volatile("int3");
  }
  return cpu_report("resume-bp", traps == 100 && trapped_vector == 3);
}

static int resume_undefined(void) {
  skip_at_trap(2);
  for (int i = 0; i < 100; i++) {
    __asm__ volatile("ud2");
  }
  return cpu_report("resume-ud", traps == 100 && trapped_vector == 6);
}

static int fault_address(void) {
  uint64_t address = s5_boot_info->mem_size + 0x12345;
  uint64_t found;
  skip_at_trap(3);
  __asm__ volatile("movq (%1), %0" : "=r"(found) : "b"(address) : "memory");
  __asm__ volatile("movq %%cr2, %0" : "=r"(found));
  return cpu_report(
      "cr2", traps == 1 && trapped_vector == 14 && trapped.cr2 == address && found == address);
}

static int fix_page_fault(struct s5_trap *trap, uint64_t vector) {
  skip(trap, vector);
  trap->rbx = (uintptr_t)&traps;
  return 1;
}

// The instruction is executed once more, with another address.
static int resume_page_fault(void) {
  uint64_t found, address = 8;
  s5_trap_hook = fix_page_fault;
  __asm__ volatile("movq (%1), %0" : "=a"(found), "+b"(address) : : "memory");
  return cpu_report("resume-pf", traps == 1 && found == 1);
}

static int go_elsewhere(struct s5_trap *trap, uint64_t vector) {
  skip(trap, vector);
  trap->rip = trap->rbx;
  trap->rsp = trap->rcx;
  trap->rflags |= 0x8d5;
  return 1;
}

// The frame's rip, rsp and flags are what the guest goes on with.
static int resume_elsewhere(void) {
  static uint64_t stack[64];
  uint64_t rsp, flags, here;
  s5_trap_hook = go_elsewhere;
  __asm__ volatile(
      "movq %%rsp, %%rdx\n\tleaq 1f(%%rip), %%rbx\n\tud2\n\tud2\n1:\tpushfq\n\tpopq %%rax\n\t"
      "movq %%rsp, %%rcx\n\tmovq %%rdx, %%rsp"
      : "=c"(rsp), "=a"(flags), "=d"(here)
      : "0"((uint64_t)(uintptr_t)(stack + 64))
      : "rbx", "memory", "cc");
  return cpu_report("resume-elsewhere",
                    traps == 1 && rsp == (uintptr_t)(stack + 64) && (flags & 0x8d5) == 0x8d5);
}

// A trap in a trap's handler, on the same stack from its top: the entry of the second one ends the
// guest, so that this is the last thing it does.
static int nest(struct s5_trap *trap, uint64_t vector) {
  (void)trap;
  if (vector == 3) {
    __asm__ volatile("ud2");
  }
  return 0;
}

static int nested(void) {
  s5_trap_hook = nest;
  __asm__ volatile("int3");
  return cpu_report("nested", 0);
}

static int count_steps(struct s5_trap *trap, uint64_t vector) {
  skip(trap, vector);
  if (traps == 3) {
    trap->rflags &= ~(uint64_t)0x100;
  }
  return 1;
}

static int step(void) {
  s5_trap_hook = count_steps;
  __asm__ volatile("pushfq\n\torq $0x100, (%%rsp)\n\tpopfq\n\tnop\n\tnop\n\tnop\n\tnop"
                   :
                   :
                   : "memory", "cc");
  return cpu_report("resume-step", traps == 3 && trapped_vector == 1);
}

// Each instruction leaves all registers but its results, and the flags, as they were.
static int registers(void) {
  skip_at_trap(2);
  int is_right = 1;
  for (const struct registers_case *test = registers_cases; test->name != NULL; test++) {
    skipped_bytes = test->skip;
    uint64_t wrong = registers_changed(test->code) & ~test->results;
    s5_print("%s 0x%lx\n", test->name, wrong);
    is_right &= wrong == 0;
  }
  return cpu_report("registers", is_right);
}

const struct cpu_kind cpu_resume_kinds[] = {
    {"resume-bp", resume_breakpoint},
    {"resume-ud", resume_undefined},
    {"resume-pf", resume_page_fault},
    {"resume-elsewhere", resume_elsewhere},
    {"resume-step", step},
    {"cr2", fault_address},
    {"nested", nested},
    {"registers", registers},
    {NULL, NULL},
};
