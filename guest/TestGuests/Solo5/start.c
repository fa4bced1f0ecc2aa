// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
#include "s5.h"
#include "s5_processor.h"

int main(void);
_Noreturn void _start(const struct hvt_boot_info *info);
_Noreturn void __stack_chk_fail(void);

const struct hvt_boot_info *s5_boot_info;
uint64_t s5_entry_stack;

// Where the compiler's stack protector finds its value.
uintptr_t __stack_chk_guard;

// What FS points to. A program reads its own address there, as the psABI has it.
static struct {
  void *self;
  uint8_t local[504];
} thread = {.self = &thread};

__attribute__((weak)) void s5_early(void) {}

__attribute__((no_stack_protector)) void _start(const struct hvt_boot_info *info) {
  // The zero byte stops a string that is copied over it.
  __stack_chk_guard = (s5_ticks() * 0x9e3779b97f4a7c15) & ~(uint64_t)0xff;
  s5_boot_info = info;
  // Above the frame's address there is the return address, where RSP was.
  s5_entry_stack = (uintptr_t)__builtin_frame_address(0) + 8;
  s5_processor_start();
  s5_write_msr(S5_MSR_FS_BASE, (uintptr_t)&thread);
  s5_halt(main(), NULL);
}

void __stack_chk_fail(void) {
  s5_print("stack smashing detected\n");
  s5_halt(HVT_EXIT_ABORT, NULL);
}
