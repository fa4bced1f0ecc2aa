// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
#include "stack_protector.h"

#include <stddef.h>

#include "sl_panic.h"

_Noreturn void __stack_chk_fail(void);

// What the FS base points to: compilers read the canary at fs:0x28.
static struct {
  uint64_t reserved[5];
  uint64_t canary;
} thread;

_Static_assert(offsetof(__typeof__(thread), canary) == 0x28, "the x86-64 psABI's place");

__attribute__((no_stack_protector)) void sl_stack_protector_start(void) {
  __asm__ volatile("wrfsbase %0" : : "r"(&thread));
}

__attribute__((no_stack_protector)) void sl_stack_protector_set(uint64_t canary) {
  // The zero byte stops a string that is copied over it.
  thread.canary = canary & ~(uint64_t)0xff;
}

void __stack_chk_fail(void) { sl_panic("a buffer on the stack was overrun"); }
