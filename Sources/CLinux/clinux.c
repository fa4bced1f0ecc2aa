// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
// What the system's headers only declare as an extension. The header of this module must not
// ask for
// extensions: they change types of libc, which other modules declare as well.
#define _GNU_SOURCE
#include "clinux.h"

int clinux_ppoll(struct pollfd *descriptors, size_t count, const struct timespec *timeout) {
  return ppoll(descriptors, count, timeout, NULL);
}

int clinux_fallocate(int fd, int mode, int64_t offset, int64_t count) {
  return fallocate(fd, mode, offset, count);
}
