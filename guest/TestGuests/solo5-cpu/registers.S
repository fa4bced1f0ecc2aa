// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
// `registers_changed` and what it is called with (registers.h).
// In the values, EDX:EAX is the address of a variable, and ECX the number of the MSR of FS base.

#define FLAGS 0xcd7
#define CHECKED_FLAGS 0xcd5

  .text
  .globl registers_changed
registers_changed:
  pushq %rbp
  pushq %rbx
  pushq %r12
  pushq %r13
  pushq %r14
  pushq %r15
  pushq %rdi
  movq %rsp, saved_stack(%rip)
  pushq $FLAGS
  popfq
  .set index, 0
  .irp register, rax, rbx, rcx, rdx, rsi, rdi, rbp, r8, r9, r10, r11, r12, r13, r14, r15
  movq values + 8 * index(%rip), %\register
  .set index, index + 1
  .endr
  call *(%rsp)
  movq %rax, found(%rip)
  movq %rsp, found_stack(%rip)
  movq saved_stack(%rip), %rsp
  pushfq
  popq found_flags(%rip)
  cld
  .set index, 1
  .irp register, rbx, rcx, rdx, rsi, rdi, rbp, r8, r9, r10, r11, r12, r13, r14, r15
  movq %\register, found + 8 * index(%rip)
  .set index, index + 1
  .endr

  xorl %eax, %eax
  xorl %ecx, %ecx
1:
  movq values(, %rcx, 8), %rdx
  cmpq found(, %rcx, 8), %rdx
  je 2f
  btsq %rcx, %rax
2:
  incl %ecx
  cmpl $15, %ecx
  jne 1b
  movq found_flags(%rip), %rdx
  andl $CHECKED_FLAGS, %edx
  cmpl $CHECKED_FLAGS, %edx
  je 3f
  btsq $15, %rax
3:
  cmpq found_stack(%rip), %rsp
  je 4f
  btsq $16, %rax
4:
  popq %rdi
  popq %r15
  popq %r14
  popq %r13
  popq %r12
  popq %rbx
  popq %rbp
  retq

  .macro code name, instruction:vararg
code_\name:
  \instruction
  retq
  .endm

  code ud2, ud2
  code int3, int3
  code wrmsr, wrmsr
  code rdmsr, rdmsr
  code cli, cli
  code sti, sti
  code lidt, lidt table(%rip)
  code mov_cr2, movq %cr2, %r13
  code mov_es, movl %r12d, %es

code_lretq:
  pushq $8
  pushq $1f
  lretq
1:
  retq

code_iretq:
  movq %rsp, scratch(%rip)
  pushq $0x18
  pushq scratch(%rip)
  pushfq
  pushq $8
  pushq $1f
  iretq
1:
  retq

  .macro test name, code, results, skip
  .pushsection .rodata.names, "a", @progbits
name_\code:
  .asciz "\name"
  .popsection
  .quad name_\code, code_\code, \results, \skip
  .endm

  .data
  .balign 8
  .globl registers_cases
registers_cases:
  test ud2, ud2, 0, 2
  test int3, int3, 0, 0
  test wrmsr, wrmsr, 0, 0
  // EDX and EAX.
  test rdmsr, rdmsr, 9, 0
  test cli, cli, 0, 0
  test sti, sti, 0, 0
  test "mov cr2", mov_cr2, 1 << 12, 0
  test "mov es", mov_es, 0, 0
  test lretq, lretq, 0, 0
  test iretq, iretq, 0, 0
  .zero 32

table:
  .word 48 * 16 - 1
  .quad s5_gates

  .balign 8
values:
  .long scratch
  .long 0x01020304
  .quad 0x1112131415161718
  .long 0xc0000100
  .long 0x21222324
  .quad 0x3132333400000000
  .quad 0x4142434445464748
  .quad 0x5152535455565758
  .quad 0x6162636465666768
  .quad 0x7172737475767778
  .quad 0x8182838485868788
  .quad 0x9192939495969798
  .quad 0xa1a2a3a4a5a6a7a8
  .quad 0xb1b2b3b4b5b60018
  .quad 0xc1c2c3c4c5c6c7c8
  .quad 0xd1d2d3d4d5d6d7d8
  .quad 0xe1e2e3e4e5e6e7e8

  .bss
  .balign 8
found:
  .zero 15 * 8
found_flags:
  .zero 8
found_stack:
  .zero 8
saved_stack:
  .zero 8
scratch:
  .zero 8

  .section .note.GNU-stack, "", @progbits
