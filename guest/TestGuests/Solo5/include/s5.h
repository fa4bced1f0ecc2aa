// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
// What Solo5 guests share: the start at privilege level 0 and what they print with. A guest defines
// `main`, whose result is its status. None of this uses a vector register.
#ifndef S5_H
#define S5_H

#include <hvt_abi.h>
#include <stddef.h>
#include <stdint.h>

/// What the tender told at the start.
extern const struct hvt_boot_info *s5_boot_info;

/// RSP at the entry.
extern uint64_t s5_entry_stack;

/// Called before the guest has an IDT. A guest may define it.
void s5_early(void);

/// Writes to the console, at most 511 bytes at a time.
void s5_print(const char *format, ...) __attribute__((format(printf, 1, 2)));

/// Ends the guest. `cookie` is null or has HVT_HALT_COOKIE_SIZE bytes.
_Noreturn void s5_halt(int32_t status, const void *cookie);

/// Splits the command line at spaces. Returns the number of words, at most `limit`.
int s5_arguments(char *words[], int limit);

/// The value of a decimal number, with a sign or without.
int64_t s5_number(const char *text);

/// Whether the texts are the same.
int s5_equal(const char *left, const char *right);

/// The manifest's entry of the device `handle`.
const struct hvt_manifest_entry *s5_device(uint32_t handle);

/// Prints the boot information, the stack at the entry and the manifest.
void s5_print_info(void);

/// The nanoseconds of `ticks` of the TSC.
uint64_t s5_nanoseconds(uint64_t ticks);

static inline uint64_t s5_ticks(void) {
  uint32_t low, high;
  __asm__ volatile("rdtsc" : "=a"(low), "=d"(high));
  return (uint64_t)high << 32 | low;
}

/// Sends `count` frames, or without end if it is 0, back to where they came from, with the source's
/// and the destination's address exchanged or as they are. Returns the guest's status.
int s5_echo(uint64_t count, int is_raw);

#endif
