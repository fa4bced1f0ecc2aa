// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
// What the guests in C share: the console, and addresses by name. They run on Boot alone.
#ifndef RAW_H
#define RAW_H

#include <stddef.h>
#include <stdint.h>

enum { RAW_BUFFER_SIZE = 65536 };

/// Memory of the guest's own, aligned to a page.
extern uint8_t raw_buffer[RAW_BUFFER_SIZE];

/// Writes to the console.
void raw_print(const char *format, ...) __attribute__((format(printf, 1, 2)));

/// Splits the command line at spaces. Returns the number of words, at most `limit`.
int raw_arguments(char *words[], int limit);

/// The value of NUMBER, NAME, NAME+NUMBER or NAME-NUMBER. The names are: text, rodata, data,
/// buffer, heap, heap_end, stack, stack_bottom, stack_top, kernel_end, boot_info, cmdline and
/// manifest. Ends the guest with status 2 when it is none of them.
uint64_t raw_value(const char *text);

/// Whether the guest may write the byte at `address`.
int raw_is_writable(uint64_t address);

/// Whether the texts are the same.
int raw_equal(const char *left, const char *right);

_Noreturn void exit(int status);

#endif
