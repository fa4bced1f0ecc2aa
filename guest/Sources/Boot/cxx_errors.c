// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
// What the C++ parts of the concurrency runtime call when they find themselves in error.
#include "sl_panic.h"

_Noreturn void __cxa_pure_virtual(void);
_Noreturn void throw_length_error(const char *what) __asm__("_ZSt20__throw_length_errorPKc");

void __cxa_pure_virtual(void) { sl_panic("a pure virtual function was called"); }

void throw_length_error(const char *what) { sl_panic("length error: %s", what); }
