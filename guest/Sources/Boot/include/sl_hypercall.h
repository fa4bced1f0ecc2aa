// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
// The hypercalls as functions (hvt-abi/SPEC.md, "Hypercalls").
#ifndef SL_HYPERCALL_H
#define SL_HYPERCALL_H

#include <stddef.h>
#include <stdint.h>

#pragma clang assume_nonnull begin

/// Makes hypercall `number` with the argument block at `block`.
void sl_hypercall(uint16_t number, void *block);

/// Asks the tender to look at all queues.
void sl_doorbell(void);

/// Nanoseconds since 1970-01-01 00:00 UTC.
uint64_t sl_hypercall_walltime(void);

/// Writes to the console.
void sl_hypercall_puts(const char *bytes, size_t count);

/// Serves the queues and sleeps until a device has something for the guest or the time has passed.
/// Returns the set of those devices, by handle.
uint64_t sl_hypercall_poll(uint64_t timeout_nanoseconds);

/// Reads `count` bytes at `offset`, both multiples of the block size. Returns the ABI's result.
int32_t sl_hypercall_block_read(uint64_t handle, uint64_t offset, void *bytes, size_t count);

/// Writes `count` bytes at `offset`, both multiples of the block size. Returns the ABI's result.
int32_t sl_hypercall_block_write(uint64_t handle, uint64_t offset, const void *bytes, size_t count);

/// Reads a frame of up to `*count` bytes and sets `*count` to its size. Returns the ABI's result.
int32_t sl_hypercall_net_read(uint64_t handle, void *bytes, size_t *count);

/// Reads a frame and drops it: for a device that the program does not use, so that it does not keep
/// the machine from sleeping.
void sl_net_discard(uint64_t handle);

/// Sends a frame. Returns the ABI's result.
int32_t sl_hypercall_net_write(uint64_t handle, const void *bytes, size_t count);

/// Makes `exit` have the tender serve the queues before the machine ends, so that what was sent
/// last is not lost.
void sl_serve_queues_at_exit(void);

/// Ends the machine.
_Noreturn void sl_hypercall_halt(int32_t status);

#pragma clang assume_nonnull end

#endif
