// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
#ifndef SL_FORMAT_H
#define SL_FORMAT_H

#include <stdarg.h>
#include <stddef.h>

/// vsnprintf for what messages need: `%%`, `%c`, `%s`, `%d`, `%i`, `%u`, `%x` and `%p`, with the
/// length modifiers `l`, `ll` and `z`, a precision for `%s`, and a width, zero-padded on request.
/// A directive that it does not know is copied as it stands.
int sl_format(char *out, size_t capacity, const char *format, va_list arguments)
    __attribute__((format(printf, 3, 0)));

#endif
