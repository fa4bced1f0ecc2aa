// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
#include "s5.h"
#include "s5_processor.h"

void s5_trap_handle(struct s5_trap *trap, uint64_t vector);

int (*s5_trap_hook)(struct s5_trap *trap, uint64_t vector);

static int has_error_code(uint64_t vector) {
  return vector == 8 || (vector >= 10 && vector <= 14) || vector == 17;
}

// Prints where the handler's stack was as the processor entered it.
static void print_stack(const struct s5_trap *trap, uint64_t vector) {
  uint64_t stack = (uintptr_t)(has_error_code(vector) ? &trap->error : &trap->rip);
  for (unsigned i = 0; i < 3; i++) {
    uint64_t top = s5_task_state.ist[i];
    if (stack < top && stack >= top - S5_STACK_SIZE) {
      s5_print("handler_rsp=ist%u-%lu\n", i + 1, top - stack);
      return;
    }
  }
  s5_print("handler_rsp=0x%lx\n", stack);
}

void s5_trap_handle(struct s5_trap *trap, uint64_t vector) {
  if (s5_trap_hook != NULL && s5_trap_hook(trap, vector)) {
    return;
  }
  s5_print(
      "trap vector=%lu error=0x%lx rip=0x%lx cs=0x%lx rflags=0x%lx rsp=0x%lx ss=0x%lx cr2=0x%lx ",
      vector, trap->error, trap->rip, trap->cs, trap->rflags, trap->rsp, trap->ss, trap->cr2);
  print_stack(trap, vector);
  s5_halt(HVT_EXIT_ABORT, NULL);
}
