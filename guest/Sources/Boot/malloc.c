// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
#include "sl_malloc.h"

#include "sl_heap.h"
#include "sl_panic.h"

int posix_memalign(void **result, size_t alignment, size_t size);
size_t malloc_usable_size(void *block);

static struct sl_heap heap;

void sl_malloc_init(uintptr_t start, uintptr_t end, uint64_t key) {
  sl_heap_init(&heap, start, end, key);
}

size_t sl_malloc_available(void) { return sl_heap_available(&heap); }

// Swift has no way to go on without the memory that it asks for.
static _Noreturn __attribute__((noinline)) void exhausted(size_t size) {
  sl_panic("out of memory: %zu bytes wanted, %zu of %zu KiB free", size,
           sl_heap_available(&heap) / 1024, (size_t)heap.pages * SL_HEAP_PAGE_SIZE / 1024);
}

void *malloc(size_t size) {
  void *block = sl_heap_allocate(&heap, size);
  if (block == NULL) {
    exhausted(size);
  }
  return block;
}

int posix_memalign(void **result, size_t alignment, size_t size) {
  void *block = sl_heap_allocate_aligned(&heap, alignment, size);
  if (block == NULL) {
    exhausted(size);
  }
  *result = block;
  return 0;
}

void free(void *block) {
  if (block == NULL) {
    return;
  }
  switch (sl_heap_free(&heap, block)) {
    case SL_HEAP_OK:
      return;
    case SL_HEAP_FOREIGN:
      sl_panic("free of %p, which is not a block of the heap, or not any more", block);
    case SL_HEAP_DOUBLE_FREE:
      sl_panic("free of %p, which is free already", block);
  }
}

size_t malloc_usable_size(void *block) { return sl_heap_usable_size(&heap, block); }
