// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
// What the system's headers only declare as an extension. The header of this module must not
// ask for
// extensions: they change types of libc, which other modules declare as well.
#define _GNU_SOURCE
#include "clinux.h"

#include <sys/stat.h>

int clinux_ppoll(struct pollfd *descriptors, size_t count, const struct timespec *timeout) {
  return ppoll(descriptors, count, timeout, NULL);
}

int clinux_fallocate(int fd, int mode, int64_t offset, int64_t count) {
  return fallocate(fd, mode, offset, count);
}

const int CLINUX_DIRECT = O_DIRECT;
const int CLINUX_NOATIME = O_NOATIME;

int clinux_direct_alignment(int fd, uint32_t *memory, uint32_t *length) {
  struct statx status;
  if (statx(fd, "", AT_EMPTY_PATH, STATX_DIOALIGN, &status) < 0) return -1;
  if (!(status.stx_mask & STATX_DIOALIGN)) return 0;
  *memory = status.stx_dio_mem_align;
  *length = status.stx_dio_offset_align;
  return 0;
}

static char **arguments;

// The C library passes the words of the command line to constructors.
__attribute__((constructor)) static void keep_arguments(int count, char **words) {
  (void)count;
  arguments = words;
}

const char *clinux_argument(int index) { return arguments[index]; }
