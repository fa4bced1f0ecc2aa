// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
#ifndef SL_PANIC_H
#define SL_PANIC_H

/// Writes "Fatal error: " and a message to the console, then executes an illegal instruction: the
/// tender answers it with a backtrace and status 255.
_Noreturn void sl_panic(const char *_Nonnull format, ...) __attribute__((format(printf, 1, 2)));

#endif
