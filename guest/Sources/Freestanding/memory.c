// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
#include "sl_memory.h"

#include <stdint.h>

// Unaligned words of each width. A block of N to 2N bytes is its first N and its last N bytes,
// which may overlap: every load then comes before the first store, so that this serves for
// overlapping blocks too.
#define UNALIGNED __attribute__((aligned(1), may_alias))
typedef uint16_t UNALIGNED u16;
typedef uint32_t UNALIGNED u32;
typedef uint64_t UNALIGNED u64;
typedef uint64_t v16 __attribute__((vector_size(16), aligned(1), may_alias));
typedef uint64_t v32 __attribute__((vector_size(32), aligned(1), may_alias));

// From this size on the processor's own block instructions are the fastest way.
enum { STRING_INSTRUCTION_THRESHOLD = 768 };

// These functions are what a compiler turns such loops into.
#define NO_RECURSION __attribute__((no_builtin("memcpy", "memmove", "memset", "memcmp", "bcmp")))

#define COPY_ENDS(type)                                                   \
  do {                                                                    \
    type head = *(const type *)source;                                    \
    type tail = *(const type *)(source + count - sizeof(type));           \
    *(type *)target = head;                                               \
    *(type *)(target + count - sizeof(type)) = tail;                      \
  } while (0)

static inline __attribute__((always_inline)) NO_RECURSION void copy_up_to_64(
    char *target, const char *source, size_t count) {
  if (count >= 32) {
    COPY_ENDS(v32);
  } else if (count >= 16) {
    COPY_ENDS(v16);
  } else if (count >= 8) {
    COPY_ENDS(u64);
  } else if (count >= 4) {
    COPY_ENDS(u32);
  } else if (count >= 2) {
    COPY_ENDS(u16);
  } else if (count == 1) {
    *target = *source;
  }
}

// For more than 64 bytes; the last 32 may be stored twice.
static inline __attribute__((always_inline)) NO_RECURSION void copy_upward(
    char *target, const char *source, size_t count) {
  v32 tail = *(const v32 *)(source + count - 32);
  char *last = target + count - 32;
  do {
    v32 block = *(const v32 *)source;
    *(v32 *)target = block;
    target += 32;
    source += 32;
  } while (target < last);
  *(v32 *)last = tail;
}

static inline __attribute__((always_inline)) NO_RECURSION void copy_downward(
    char *target, const char *source, size_t count) {
  v32 head = *(const v32 *)source;
  size_t left = count;
  do {
    v32 block = *(const v32 *)(source + left - 32);
    *(v32 *)(target + left - 32) = block;
    left -= 32;
  } while (left > 32);
  *(v32 *)target = head;
}

NO_RECURSION void *sl_memory_copy(void *restrict to, const void *restrict from, size_t count) {
  if (count <= 64) {
    copy_up_to_64(to, from, count);
  } else if (count < STRING_INSTRUCTION_THRESHOLD) {
    copy_upward(to, from, count);
  } else {
    void *target = to;
    __asm__ volatile("rep movsb" : "+D"(target), "+S"(from), "+c"(count) : : "memory");
  }
  return to;
}

NO_RECURSION void *sl_memory_move(void *to, const void *from, size_t count) {
  if (count <= 64) {
    copy_up_to_64(to, from, count);
  } else if ((uintptr_t)to - (uintptr_t)from >= count) {
    // The target does not begin inside the source, so that going up reads before it writes. The
    // string instruction is slow where the blocks are close; they are far apart when neither
    // begins inside the other.
    if (count >= STRING_INSTRUCTION_THRESHOLD && (uintptr_t)from - (uintptr_t)to >= count) {
      return sl_memory_copy(to, from, count);
    }
    copy_upward(to, from, count);
  } else {
    copy_downward(to, from, count);
  }
  return to;
}

NO_RECURSION void *sl_memory_set(void *to, int byte, size_t count) {
  char *target = to;
  uint64_t word = 0x0101010101010101u * (uint8_t)byte;
  if (count >= STRING_INSTRUCTION_THRESHOLD) {
    void *next = to;
    __asm__ volatile("rep stosb" : "+D"(next), "+c"(count) : "a"(byte) : "memory");
  } else if (count >= 16) {
    v16 block = {word, word};
    char *last = target + count - 16;
    for (; target < last; target += 16) {
      *(v16 *)target = block;
    }
    *(v16 *)last = block;
  } else if (count >= 8) {
    *(u64 *)target = word;
    *(u64 *)(target + count - 8) = word;
  } else if (count >= 4) {
    *(u32 *)target = (uint32_t)word;
    *(u32 *)(target + count - 4) = (uint32_t)word;
  } else if (count >= 1) {
    target[0] = (char)byte;
    target[count / 2] = (char)byte;
    target[count - 1] = (char)byte;
  }
  return to;
}

NO_RECURSION int sl_memory_compare(const void *left, const void *right, size_t count) {
  const uint8_t *a = left;
  const uint8_t *b = right;
  for (; count >= 8; a += 8, b += 8, count -= 8) {
    uint64_t x = *(const u64 *)a;
    uint64_t y = *(const u64 *)b;
    if (x != y) {
      return __builtin_bswap64(x) < __builtin_bswap64(y) ? -1 : 1;
    }
  }
  for (; count > 0; a++, b++, count--) {
    if (*a != *b) {
      return *a < *b ? -1 : 1;
    }
  }
  return 0;
}
