// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
// Does what ends a guest: `KIND [ADDRESS or PORT]`. Prints "survived" and exits with status 1
// when it
// does not.
#include "raw.h"
#include "raw_manifest.h"
#include "sl_malloc.h"

RAW_MANIFEST();

static const uint8_t return_instruction = 0xc3;

// Memory accesses. The address is the argument.

static void read_memory(uint64_t address) { (void)*(volatile uint8_t *)address; }

static void write_memory(uint64_t address) { *(volatile uint8_t *)address = 1; }

static void execute(uint64_t address) {
  if (raw_is_writable(address)) {
    *(volatile uint8_t *)address = return_instruction;
  }
  ((void (*)(void))address)();
}

static void execute_data(uint64_t address) {
  *(volatile uint8_t *)address = return_instruction;
  ((void (*)(void))address)();
}

static void use_stack(uint64_t address) {
  __asm__ volatile("movq %%rsp, %%rbx\n\tmovq %0, %%rsp\n\tpushq $0\n\tmovq %%rbx, %%rsp"
                   :
                   : "r"(address)
                   : "rbx", "memory");
}

static __attribute__((noinline)) uint64_t recurse(uint64_t depth) {
  volatile uint8_t frame[512];
  frame[0] = (uint8_t)depth;
  return recurse(depth + 1) + frame[0];
}

static void overflow_stack(uint64_t unused) {
  (void)unused;
  raw_print("%lu\n", recurse(0));
}

static __attribute__((noinline)) void overrun(volatile uint8_t *bytes, uint64_t count) {
  for (uint64_t i = 0; i < count; i++) {
    bytes[i] = 1;
  }
}

static __attribute__((noinline)) void smash_stack(uint64_t count) {
  uint8_t bytes[16];
  overrun(bytes, count);
}

// Ports. The port is the argument.

static void in_byte(uint64_t port) {
  uint8_t value;
  __asm__ volatile("inb %1, %0" : "=a"(value) : "d"((uint16_t)port));
}

static void in_long(uint64_t port) {
  uint32_t value;
  __asm__ volatile("inl %1, %0" : "=a"(value) : "d"((uint16_t)port));
}

static void out_byte(uint64_t port) {
  __asm__ volatile("outb %0, %1" : : "a"((uint8_t)0), "d"((uint16_t)port));
}

static void out_word(uint64_t port) {
  __asm__ volatile("outw %0, %1" : : "a"((uint16_t)0), "d"((uint16_t)port));
}

static void out_long(uint64_t port) {
  __asm__ volatile("outl %0, %1" : : "a"(0), "d"((uint16_t)port));
}

static void out_string(uint64_t port) {
  const uint8_t *source = raw_buffer;
  uint64_t count = 4;
  __asm__ volatile("rep outsl" : "+S"(source), "+c"(count) : "d"((uint16_t)port) : "memory");
}

// Instructions. Each is one line of assembly.

#define INSTRUCTION(name, text, ...)                        \
  static void name(uint64_t unused) {                       \
    (void)unused;                                           \
    __asm__ volatile(text : : : "memory", "cc", ##__VA_ARGS__); \
  }

INSTRUCTION(divide, "xorl %%ecx, %%ecx\n\txorl %%edx, %%edx\n\tdivl %%ecx", "eax", "ecx", "edx")
INSTRUCTION(undefined, "ud2")
INSTRUCTION(breakpoint, "int3")
INSTRUCTION(debug_trap, ".byte 0xf1")
INSTRUCTION(single_step, "pushfq\n\torq $0x100, (%%rsp)\n\tpopfq\n\tnop")
INSTRUCTION(software_interrupt, "int $0x80")
INSTRUCTION(double_fault_vector, "int $8")
INSTRUCTION(system_call, "syscall", "rcx", "r11")
INSTRUCTION(clear_interrupts, "cli")
INSTRUCTION(set_interrupts, "sti")
INSTRUCTION(halt, "hlt")
INSTRUCTION(write_cr0, "xorl %%eax, %%eax\n\tmovq %%rax, %%cr0", "eax")
INSTRUCTION(read_cr2, "movq %%cr2, %%rax", "eax")
INSTRUCTION(write_cr3, "xorl %%eax, %%eax\n\tmovq %%rax, %%cr3", "eax")
INSTRUCTION(write_cr4, "xorl %%eax, %%eax\n\tmovq %%rax, %%cr4", "eax")
INSTRUCTION(write_dr7, "xorl %%eax, %%eax\n\tmovq %%rax, %%dr7", "eax")
INSTRUCTION(read_msr, "movl $0xc0000080, %%ecx\n\trdmsr", "eax", "ecx", "edx")
INSTRUCTION(write_msr,
            "movl $0xc0000080, %%ecx\n\txorl %%eax, %%eax\n\txorl %%edx, %%edx\n\twrmsr", "eax",
            "ecx", "edx")
INSTRUCTION(load_gdt, "subq $16, %%rsp\n\tlgdt (%%rsp)\n\taddq $16, %%rsp")
INSTRUCTION(load_idt, "subq $16, %%rsp\n\tlidt (%%rsp)\n\taddq $16, %%rsp")
INSTRUCTION(load_task, "movw $0x28, %%ax\n\tltr %%ax", "eax")
INSTRUCTION(load_segment, "movw $0x10, %%ax\n\tmovw %%ax, %%ds", "eax")
INSTRUCTION(invalidate_page, "invlpg (%%rsp)")
INSTRUCTION(invalidate_caches, "wbinvd")
INSTRUCTION(set_xcr0, "xorl %%ecx, %%ecx\n\txgetbv\n\txsetbv", "eax", "ecx", "edx")
INSTRUCTION(swap_gs, "swapgs")
INSTRUCTION(sse_exception,
            "pushq $0\n\tldmxcsr (%%rsp)\n\tpopq %%rax\n\txorps %%xmm0, %%xmm0\n\t"
            "divss %%xmm0, %%xmm0",
            "rax", "xmm0")
INSTRUCTION(x87_exception,
            "pushq $0\n\tfninit\n\tfldcw (%%rsp)\n\tpopq %%rax\n\tfldz\n\tfldz\n\tfdivp\n\tfwait",
            "rax")
INSTRUCTION(misaligned_sse, "andq $-16, %%rsp\n\tmovaps 1(%%rsp), %%xmm0", "xmm0")
INSTRUCTION(stack_segment,
            "movabsq $0x8000000000000000, %%rax\n\tmovq %%rsp, %%rbx\n\tmovq %%rax, %%rsp\n\t"
            "pushq $0\n\tmovq %%rbx, %%rsp",
            "rax", "rbx")
INSTRUCTION(alignment_check,
            "pushfq\n\torq $0x40000, (%%rsp)\n\tpopfq\n\tmovl 1(%%rsp), %%eax", "eax")

// `argument` stands for the one of the command line when it is null.
static const struct kind {
  const char *name;
  void (*run)(uint64_t argument);
  const char *argument;
} kinds[] = {
    {"read", read_memory, NULL},
    {"write", write_memory, NULL},
    {"exec", execute, NULL},
    {"stack", use_stack, NULL},
    {"in-byte", in_byte, NULL},
    {"in-long", in_long, NULL},
    {"out-byte", out_byte, NULL},
    {"out-word", out_word, NULL},
    {"out-long", out_long, NULL},
    {"out-string", out_string, NULL},
    {"null-read", read_memory, "8"},
    {"null-write", write_memory, "8"},
    {"null-exec", execute, "0"},
    {"write-text", write_memory, "text"},
    {"write-rodata", write_memory, "rodata"},
    {"write-boot-info", write_memory, "boot_info"},
    {"exec-rodata", execute, "rodata"},
    {"exec-data", execute_data, "data"},
    {"exec-bss", execute, "buffer"},
    {"exec-heap", execute, "heap_end-4096"},
    {"exec-stack", execute, "stack_bottom"},
    {"exec-stub", execute, "0x3000"},
    {"guard-read", read_memory, "stack_bottom-1"},
    {"non-canonical", read_memory, "0x8000000000000000"},
    {"in-port", in_byte, "0x71"},
    {"out-port", out_long, "0x600"},
    {"stack-overflow", overflow_stack, "0"},
    {"stack-smash", smash_stack, "40"},
    {"stack-wild", use_stack, "0x10"},
    {"stack-segment", stack_segment, "0"},
    {"div0", divide, "0"},
    {"ud2", undefined, "0"},
    {"int3", breakpoint, "0"},
    {"int1", debug_trap, "0"},
    {"int80", software_interrupt, "0"},
    {"int8", double_fault_vector, "0"},
    {"single-step", single_step, "0"},
    {"syscall", system_call, "0"},
    {"cli", clear_interrupts, "0"},
    {"sti", set_interrupts, "0"},
    {"hlt", halt, "0"},
    {"mov-cr0", write_cr0, "0"},
    {"mov-from-cr2", read_cr2, "0"},
    {"mov-cr3", write_cr3, "0"},
    {"mov-cr4", write_cr4, "0"},
    {"mov-dr7", write_dr7, "0"},
    {"rdmsr", read_msr, "0"},
    {"wrmsr", write_msr, "0"},
    {"lgdt", load_gdt, "0"},
    {"lidt", load_idt, "0"},
    {"ltr", load_task, "0"},
    {"mov-ds", load_segment, "0"},
    {"invlpg", invalidate_page, "0"},
    {"wbinvd", invalidate_caches, "0"},
    {"xsetbv", set_xcr0, "0"},
    {"swapgs", swap_gs, "0"},
    {"sse-exception", sse_exception, "0"},
    {"x87-exception", x87_exception, "0"},
    {"sse-misaligned", misaligned_sse, "0"},
    {"alignment-check", alignment_check, "0"},
};

enum { KINDS = sizeof(kinds) / sizeof(kinds[0]) };

int main(void) {
  char *words[2];
  int count = raw_arguments(words, 2);
  for (int i = 0; count > 0 && i < KINDS; i++) {
    if (!raw_equal(words[0], kinds[i].name)) {
      continue;
    }
    const char *argument = kinds[i].argument != NULL ? kinds[i].argument : words[1];
    if (kinds[i].argument == NULL && count < 2) {
      break;
    }
    uint64_t value = raw_value(argument);
    raw_print("%s 0x%lx\n", kinds[i].name, value);
    kinds[i].run(value);
    raw_print("survived\n");
    return 1;
  }
  for (int i = 0; i < KINDS; i++) {
    raw_print("%s%s\n", kinds[i].name, kinds[i].argument == NULL ? " VALUE" : "");
  }
  return 2;
}
