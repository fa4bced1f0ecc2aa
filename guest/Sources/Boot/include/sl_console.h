// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
#ifndef SL_CONSOLE_H
#define SL_CONSOLE_H

#include <stddef.h>

/// Writes to the console. It goes out by whole lines, so that a line is one hypercall.
void sl_console_write(const char *_Nonnull bytes, size_t count);

/// Sends what was written since the last line end.
void sl_console_flush(void);

#endif
