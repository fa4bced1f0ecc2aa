// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
// Code that traps (traps.c). `at` stands where RIP is as it traps: before a fault, behind a trap.
// The argument is in RDI; RBX and RBP may be changed.

  .text
  .globl traps_run
traps_run:
  pushq %rbp
  movq %rsp, %rbp
  pushq %rbx
  pushq %rdi
  pushq %rdx
  subq $8, %rsp
  movq %rsi, %rdi
  // The call pushes the return address.
  leaq -8(%rsp), %rsi
  call traps_print_expectation
  movq 8(%rsp), %rdi
  movq 16(%rsp), %rax
  movq %rbp, saved_rbp(%rip)
  call *%rax
  movq saved_rbp(%rip), %rbp
  movq -8(%rbp), %rbx
  movq %rbp, %rsp
  popq %rbp
  retq

  .macro code name
  .globl trap_\name
trap_\name:
  .macro at
  .globl trap_\name\()_at
trap_\name\()_at:
  .purgem at
  .endm
  .endm

  code read
  at
  movb (%rdi), %al
  retq

  code write
  at
  movb $1, (%rdi)
  retq

  code jump
  at
  jmpq *%rdi

  code divide
  xorl %ecx, %ecx
  xorl %edx, %edx
  at
  divl %ecx
  retq

  code divide_overflow
  movl $2, %edx
  movl $1, %ecx
  at
  divl %ecx
  retq

  code int1
  .byte 0xf1
  at
  retq

  code int3
  int3
  at
  retq

  code ud2
  at
  ud2
  retq

  code single_step
  pushfq
  orq $0x100, (%rsp)
  popfq
  nop
  at
  pushfq
  andq $~0x100, (%rsp)
  popfq
  retq

  code non_canonical
  movabsq $0x8000000000000000, %rax
  at
  movb (%rax), %al
  retq

  code bad_selector
  movl $0x1230, %eax
  at
  movl %eax, %ds
  retq

  // A far return to the null selector. The frame is not popped.
  code null_code
  movq %rsp, %rbx
  subq $16, %rsp
  movq $0, 8(%rsp)
  movq $1f, (%rsp)
  at
  lretq
1:
  movq %rbx, %rsp
  retq

  code bad_base
  movl $0xc0000100, %ecx
  xorl %eax, %eax
  movl $0x80000000, %edx
  at
  wrmsr
  retq

  code stack_access
  movabsq $0x8000000000000000, %rbp
  at
  movq (%rbp), %rax
  retq

  code stack_push
  movq %rsp, %rbx
  movabsq $0x8000000000000000, %rsp
  at
  pushq %rax
  movq %rbx, %rsp
  retq

  code x87
  pushq $0
  fninit
  fldcw (%rsp)
  popq %rax
  fldz
  fldz
  fdivp
  at
  fwait
  retq

  code sse
  pushq $0
  ldmxcsr (%rsp)
  popq %rax
  xorps %xmm0, %xmm0
  at
  divss %xmm0, %xmm0
  retq

  code misaligned
  movq %rsp, %rax
  andq $-16, %rax
  at
  movaps -31(%rax), %xmm0
  retq

  code int33
  int $33
  at
  retq

  code int33_no_gate
  at
  int $33
  retq

  code int80
  at
  int $0x80
  retq

// What only level 0 may do. Where it may, it changes nothing that matters.

  code mov_to_cr0
  movl $0x80010033, %eax
  at
  movq %rax, %cr0
  retq

  code mov_to_cr2
  at
  movq %rdi, %cr2
  retq

  code mov_to_cr3
  at
  movq %rdi, %cr3
  retq

  code mov_to_cr4
  at
  movq %rdi, %cr4
  retq

  code mov_to_cr8
  at
  movq %rdi, %cr8
  retq

  code mov_from_cr0
  at
  movq %cr0, %rax
  retq

  code mov_from_cr3
  at
  movq %cr3, %rax
  retq

  code mov_from_cr4
  at
  movq %cr4, %rax
  retq

  code mov_to_dr7
  movl $0x400, %eax
  at
  movq %rax, %dr7
  retq

  code mov_from_dr7
  at
  movq %dr7, %rax
  retq

  code rdmsr_efer
  movl $0xc0000080, %ecx
  at
  rdmsr
  retq

  code wrmsr_efer
  movl $0xc0000080, %ecx
  movl $0xd00, %eax
  xorl %edx, %edx
  at
  wrmsr
  retq

  code wrmsr_lstar
  movl $0xc0000082, %ecx
  xorl %eax, %eax
  xorl %edx, %edx
  at
  wrmsr
  retq

  code invlpg
  at
  invlpg (%rsp)
  retq

  code invd
  at
  invd
  retq

  code wbinvd
  at
  wbinvd
  retq

  code xsetbv
  xorl %ecx, %ecx
  movl $7, %eax
  xorl %edx, %edx
  at
  xsetbv
  retq

  code swapgs
  at
  swapgs
  swapgs
  retq

  code in
  movw $0x71, %dx
  at
  inb %dx, %al
  retq

  code out
  movw $0x71, %dx
  at
  outb %al, %dx
  retq

  code lldt
  xorl %eax, %eax
  at
  lldt %ax
  retq

  code lmsw
  movl $0x33, %eax
  at
  lmsw %ax
  retq

  code clts
  at
  clts
  retq

  code sysret
  at
  sysretq
  retq

  .bss
  .balign 8
saved_rbp:
  .zero 8

  .section .note.GNU-stack, "", @progbits
