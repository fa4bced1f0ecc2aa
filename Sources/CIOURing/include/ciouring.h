// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
// A ring of io_uring for one file. Swift cannot import liburing's own functions, which are inline
// and use C's atomics.
#ifndef CIOURING_H
#define CIOURING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct ciouring;

// A ring with room for `entries` requests in which nothing can be asked for but reads of `file`
// and, unless `read_only`, what writes, syncs and zeroes it. NULL and errno when there is none.
// `event` is an eventfd that completions raise while they are announced; at first they are not.
struct ciouring *_Nullable ciouring_open(int file, int event, unsigned entries, bool read_only);

// The number of the ring's own descriptor.
int ciouring_descriptor(const struct ciouring *_Nonnull ring);

// Makes the calling thread the only one that may use the ring. 0 or a negative errno.
int ciouring_enable(struct ciouring *_Nonnull ring);

// Lets go of the file at once, and closes the ring. Nothing may be in flight.
void ciouring_close(struct ciouring *_Nonnull ring);

// Announces later completions or does not. What completed before is not announced: look for it
// afterwards.
void ciouring_announce(struct ciouring *_Nonnull ring, bool announces);

// What is to be asked for next; false when there is no room. With `patient`, a thread of the
// kernel's does it, which can wait for anything. `buffers`, not empty, is a list of `struct
// iovec`, which must stay until the submission, and what it names until the completion with `tag`.
bool ciouring_read(struct ciouring *_Nonnull ring, const void *_Nullable buffers,
                   unsigned count, uint64_t offset, bool patient, uint64_t tag);
bool ciouring_write(struct ciouring *_Nonnull ring, const void *_Nullable buffers,
                    unsigned count, uint64_t offset, bool patient, uint64_t tag);
bool ciouring_synchronize(struct ciouring *_Nonnull ring, uint64_t tag);
bool ciouring_zero(struct ciouring *_Nonnull ring, bool deallocate, uint64_t offset,
                   uint64_t count, uint64_t tag);

// Asks for what was prepared and, with a `minimum` above 0, waits for so many completions. The
// number asked for, or a negative errno.
int ciouring_submit(struct ciouring *_Nonnull ring, unsigned minimum);

// Prepared, but not submitted.
unsigned ciouring_prepared(const struct ciouring *_Nonnull ring);

// Takes a completion; false when there is none.
bool ciouring_next(struct ciouring *_Nonnull ring, uint64_t *_Nonnull tag, int *_Nonnull result);

#endif
