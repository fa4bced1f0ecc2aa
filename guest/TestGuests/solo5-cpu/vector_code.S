// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
// The vector registers' part of the guest (vector.h).

  .section .rodata
  .balign 32
one_to_eight:
  .float 1, 2, 3, 4, 5, 6, 7, 8
eights:
  .float 8, 8, 8, 8, 8, 8, 8, 8

  .text
  .globl vector_sse_squares
vector_sse_squares:
  xorpd %xmm0, %xmm0
1:
  cvtsi2sdq %rdi, %xmm1
  mulsd %xmm1, %xmm1
  addsd %xmm1, %xmm0
  decq %rdi
  jnz 1b
  // Through memory that has to be aligned.
  subq $24, %rsp
  movaps %xmm0, (%rsp)
  movaps (%rsp), %xmm2
  addq $24, %rsp
  cvttsd2siq %xmm2, %rax
  retq

  .globl vector_avx_squares
vector_avx_squares:
  vmovaps one_to_eight(%rip), %ymm0
  vmovaps eights(%rip), %ymm1
  vxorps %ymm2, %ymm2, %ymm2
1:
  vmulps %ymm0, %ymm0, %ymm3
  vaddps %ymm3, %ymm2, %ymm2
  vaddps %ymm1, %ymm0, %ymm0
  subq $8, %rdi
  jnz 1b
  vextractf128 $1, %ymm2, %xmm3
  vaddps %xmm3, %xmm2, %xmm2
  vhaddps %xmm2, %xmm2, %xmm2
  vhaddps %xmm2, %xmm2, %xmm2
  vcvttss2si %xmm2, %rax
  vzeroupper
  retq

  // A hypercall, an instruction that may be emulated, and a trap that resumes. RDX is the block of
  // walltime.
  .macro disturb
  movq %rdx, %rax
  movw $0x501, %dx
  outl %eax, %dx
  movl $0xc0000100, %ecx
  rdmsr
  wrmsr
  cli
  int3
  .endm

  .macro each_register step
  .irp number, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15
  \step \number
  .endr
  .endm

  .macro load_sse number
  movups 32 * \number(%rdi), %xmm\number
  .endm
  .macro store_sse number
  movups %xmm\number, 32 * \number(%rsi)
  .endm
  .macro load_avx number
  vmovups 32 * \number(%rdi), %ymm\number
  .endm
  .macro store_avx number
  vmovups %ymm\number, 32 * \number(%rsi)
  .endm

  .globl vector_sse_keep
vector_sse_keep:
  each_register load_sse
  disturb
  each_register store_sse
  retq

  .globl vector_avx_keep
vector_avx_keep:
  each_register load_avx
  disturb
  each_register store_avx
  vzeroupper
  retq

  .section .note.GNU-stack, "", @progbits
