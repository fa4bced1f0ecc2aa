// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
#ifndef STACK_PROTECTOR_H
#define STACK_PROTECTOR_H

#include <stdint.h>

/// Gives functions that are compiled with a stack protector a canary to read, for now zero.
void sl_stack_protector_start(void);

/// Makes `canary` the value that protected functions keep below their return address. None of them
/// may be active.
void sl_stack_protector_set(uint64_t canary);

#endif
