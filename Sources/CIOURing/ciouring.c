// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
#define _GNU_SOURCE
#include "ciouring.h"

#include <errno.h>
#include <liburing.h>
#include <linux/falloc.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

struct ciouring {
  struct io_uring ring;
};

// Completions wait until they are asked for (DEFER_TASKRUN), so that none interrupts KVM_RUN; the
// ring's own descriptor then does not wake who polls it, but an eventfd does. The ring starts
// disabled: it is restricted before, and belongs to the thread that enables it.
#define FLAGS                                                                                     \
  (IORING_SETUP_R_DISABLED | IORING_SETUP_SINGLE_ISSUER | IORING_SETUP_DEFER_TASKRUN |            \
   IORING_SETUP_TASKRUN_FLAG | IORING_SETUP_SUBMIT_ALL)

// io_uring_register(2). The shared library of liburing 2.3 leaves some of its uses out.
static int register_with(struct io_uring *ring, unsigned operation, void *argument,
                         unsigned count) {
  long result = syscall(SYS_io_uring_register, ring->ring_fd, operation, argument, count);
  return result < 0 ? -errno : (int)result;
}

// Only what is listed can be asked for, and only of the registered file: the ring is no way around
// a filter of system calls.
static int restrict_to_file(struct io_uring *ring, bool read_only) {
  static const uint8_t operations[] = {IORING_OP_READ,  IORING_OP_READV,  IORING_OP_FSYNC,
                                       IORING_OP_WRITE, IORING_OP_WRITEV, IORING_OP_FALLOCATE};
  const unsigned harmless = 3;
  struct io_uring_restriction rules[sizeof operations + 3] = {0};
  unsigned count = read_only ? harmless : sizeof operations;
  for (unsigned i = 0; i < count; i++) {
    rules[i].opcode = IORING_RESTRICTION_SQE_OP;
    rules[i].sqe_op = operations[i];
  }
  rules[count].opcode = IORING_RESTRICTION_SQE_FLAGS_REQUIRED;
  rules[count++].sqe_flags = IOSQE_FIXED_FILE;
  rules[count].opcode = IORING_RESTRICTION_SQE_FLAGS_ALLOWED;
  rules[count++].sqe_flags = IOSQE_FIXED_FILE | IOSQE_ASYNC;
  rules[count].opcode = IORING_RESTRICTION_REGISTER_OP;
  rules[count++].register_op = IORING_UNREGISTER_FILES;
  return register_with(ring, IORING_REGISTER_RESTRICTIONS, rules, count);
}

struct ciouring *ciouring_open(int file, int event, unsigned entries, bool read_only) {
  struct ciouring *ring = malloc(sizeof *ring);
  if (!ring) return NULL;
  int result = io_uring_queue_init(entries, &ring->ring, FLAGS);
  if (result == 0) {
    result = io_uring_register_files(&ring->ring, &file, 1);
    if (result == 0) result = io_uring_register_eventfd(&ring->ring, event);
    if (result == 0) result = io_uring_cq_eventfd_toggle(&ring->ring, false);
    if (result == 0) result = restrict_to_file(&ring->ring, read_only);
    if (result == 0) return ring;
    io_uring_queue_exit(&ring->ring);
  }
  free(ring);
  errno = -result;
  return NULL;
}

int ciouring_descriptor(const struct ciouring *ring) { return ring->ring.ring_fd; }

int ciouring_enable(struct ciouring *ring) {
  return register_with(&ring->ring, IORING_REGISTER_ENABLE_RINGS, NULL, 0);
}

void ciouring_close(struct ciouring *ring) {
  // The kernel closes a ring some time later, and a file with it, whose lock somebody may wait for.
  io_uring_unregister_files(&ring->ring);
  io_uring_queue_exit(&ring->ring);
  free(ring);
}

void ciouring_announce(struct ciouring *ring, bool announces) {
  // Fails only on kernels that do not have the flags of `ciouring_open` either.
  io_uring_cq_eventfd_toggle(&ring->ring, announces);
  __atomic_thread_fence(__ATOMIC_SEQ_CST);
}

// The file is the first registered one.
static bool finish(struct io_uring_sqe *entry, bool patient, uint64_t tag) {
  entry->flags |= IOSQE_FIXED_FILE | (patient ? IOSQE_ASYNC : 0);
  io_uring_sqe_set_data64(entry, tag);
  return true;
}

bool ciouring_read(struct ciouring *ring, const void *list, unsigned count,
                   uint64_t offset, bool patient, uint64_t tag) {
  struct io_uring_sqe *entry = io_uring_get_sqe(&ring->ring);
  if (!entry) return false;
  const struct iovec *buffers = list;
  if (count == 1)
    io_uring_prep_read(entry, 0, buffers->iov_base, buffers->iov_len, offset);
  else
    io_uring_prep_readv(entry, 0, buffers, count, offset);
  return finish(entry, patient, tag);
}

bool ciouring_write(struct ciouring *ring, const void *list, unsigned count,
                    uint64_t offset, bool patient, uint64_t tag) {
  struct io_uring_sqe *entry = io_uring_get_sqe(&ring->ring);
  if (!entry) return false;
  const struct iovec *buffers = list;
  if (count == 1)
    io_uring_prep_write(entry, 0, buffers->iov_base, buffers->iov_len, offset);
  else
    io_uring_prep_writev(entry, 0, buffers, count, offset);
  return finish(entry, patient, tag);
}

bool ciouring_synchronize(struct ciouring *ring, uint64_t tag) {
  struct io_uring_sqe *entry = io_uring_get_sqe(&ring->ring);
  if (!entry) return false;
  io_uring_prep_fsync(entry, 0, IORING_FSYNC_DATASYNC);
  return finish(entry, false, tag);
}

bool ciouring_zero(struct ciouring *ring, bool deallocate, uint64_t offset, uint64_t count,
                   uint64_t tag) {
  struct io_uring_sqe *entry = io_uring_get_sqe(&ring->ring);
  if (!entry) return false;
  int mode = deallocate ? FALLOC_FL_PUNCH_HOLE : FALLOC_FL_ZERO_RANGE;
  io_uring_prep_fallocate(entry, 0, mode | FALLOC_FL_KEEP_SIZE, (off_t)offset, (off_t)count);
  return finish(entry, false, tag);
}

int ciouring_submit(struct ciouring *ring, unsigned minimum) {
  return minimum ? io_uring_submit_and_wait(&ring->ring, minimum)
                 : io_uring_submit_and_get_events(&ring->ring);
}

unsigned ciouring_prepared(const struct ciouring *ring) { return io_uring_sq_ready(&ring->ring); }

bool ciouring_next(struct ciouring *ring, uint64_t *tag, int *result) {
  struct io_uring_cqe *entry;
  if (io_uring_peek_cqe(&ring->ring, &entry) < 0) return false;
  *tag = io_uring_cqe_get_data64(entry);
  *result = entry->res;
  io_uring_cqe_seen(&ring->ring, entry);
  return true;
}
