// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
// The demanglers that the Swift and C++ runtimes export but have no Swift names for.
#ifndef CDEMANGLE_H
#define CDEMANGLE_H

#include <stddef.h>
#include <stdint.h>

// The demangled form of `name`, for the caller to free; NULL when it is no Swift symbol.
char *_Nullable swift_demangle(const char *_Nonnull name, size_t length, char *_Nullable buffer,
                               size_t *_Nullable buffer_size, uint32_t flags);

// The same for C++ (Itanium C++ ABI, section 3.4). `status` may be NULL.
char *_Nullable __cxa_demangle(const char *_Nonnull name, char *_Nullable buffer,
                               size_t *_Nullable length, int *_Nullable status);

#endif
