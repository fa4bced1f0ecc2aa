// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
// The demangler that the Swift runtime exports but has no Swift name for.
#ifndef CDEMANGLE_H
#define CDEMANGLE_H

#include <stddef.h>
#include <stdint.h>

// The demangled form of `name`, for the caller to free; NULL when it is no Swift symbol.
char *_Nullable swift_demangle(const char *_Nonnull name, size_t length, char *_Nullable buffer,
                               size_t *_Nullable buffer_size, uint32_t flags);

#endif
