// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
#ifndef SL_CONSOLE_H
#define SL_CONSOLE_H

#include <stddef.h>

/// Writes to the console. What does not end with a line end waits for what follows it, so that a
/// line is one hypercall.
void sl_console_write(const void *_Nonnull bytes, size_t count);

/// Sends what still waits.
void sl_console_flush(void);

#endif
