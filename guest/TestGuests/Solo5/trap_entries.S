// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
// The entries of traps. Each builds the `s5_trap` of s5_processor.h below what the processor
// pushed.

  .macro push_registers
  .irp register, rax, rbx, rcx, rdx, rsi, rdi, rbp, r8, r9, r10, r11, r12, r13, r14, r15
  pushq %\register
  .endr
  .endm

  .macro pop_registers
  .irp register, r15, r14, r13, r12, r11, r10, r9, r8, rbp, rdi, rsi, rdx, rcx, rbx, rax
  popq %\register
  .endr
  .endm

  .macro trap vector, has_error
trap_\vector:
  cld
  .if \has_error
  pushq %rdi
  movq %cr2, %rdi
  xchgq %rdi, (%rsp)
  .else
  pushq $0
  pushq $0
  .endif
  push_registers
  movq %rsp, %rdi
  movl $\vector, %esi
  call s5_trap_handle
  pop_registers
  addq $16, %rsp
  iretq
  .endm

  .text
  .irp vector, 0, 1, 2, 3, 4, 5, 6, 7, 9, 15, 16, 18, 19, 20, 33
  trap \vector, 0
  .endr
  .irp vector, 8, 10, 11, 12, 13, 14, 17
  trap \vector, 1
  .endr

  .section .rodata
  .globl s5_trap_entries
  .balign 8
s5_trap_entries:
  .irp vector, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20
  .quad trap_\vector
  .endr
  .zero 12 * 8
  .quad trap_33
  .zero 14 * 8

  .section .note.GNU-stack, "", @progbits
