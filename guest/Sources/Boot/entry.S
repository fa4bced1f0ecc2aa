// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
// The first instructions of a guest. The tender enters with the boot information's address in rdi
// and the stack as after a call. The zero that goes onto the stack ends the chain of frame
// pointers.
  .section .text.start, "axR", @progbits
  .globl _start
  .type _start, @function
_start:
  xorl %ebp, %ebp
  pushq %rbp
  call sl_boot
  ud2
  .size _start, . - _start

  .section .note.GNU-stack, "", @progbits
