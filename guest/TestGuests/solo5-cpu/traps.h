// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
// The code in traps.S. Each has the label NAME_at where RIP is as it traps.
#ifndef TRAPS_H
#define TRAPS_H

/// Prints where `code`, called with `argument`, traps: RIP, which is `at`, and RSP, that at the
/// code's entry. Then calls it.
void traps_run(const char *code, const char *at, unsigned long argument);

#endif
