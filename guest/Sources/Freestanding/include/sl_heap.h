// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
#ifndef SL_HEAP_H
#define SL_HEAP_H

#include <stddef.h>
#include <stdint.h>

// A general-purpose heap over one range of memory. Sizes up to 8 KiB come from spans: runs of pages
// that hold objects of one size class, without headers. Larger sizes are runs of pages of their
// own; free runs coalesce with their neighbours. Blocks fill the range from its start upward, and
// the descriptors of their pages from its end downward: no page is touched before it is needed.

enum {
  SL_HEAP_PAGE_SIZE = 4096,
  SL_HEAP_SIZE_CLASSES = 32,
  SL_HEAP_LARGEST_SMALL = 8192,
  SL_HEAP_BINS = 112,
  SL_HEAP_MAX_PAGES = 1 << 20,
};

enum sl_heap_page_kind {
  SL_HEAP_PAGE_NONE,       // above the frontier, or inside a run
  SL_HEAP_PAGE_FREE,       // the first page of a free run
  SL_HEAP_PAGE_FREE_LAST,  // the last page of a free run of more than one
  SL_HEAP_PAGE_LARGE,      // the first page of a large block
  SL_HEAP_PAGE_SPAN,       // the first page of a span
  SL_HEAP_PAGE_SPAN_REST,  // another page of a span
};

struct sl_heap_object {
  struct sl_heap_object *next;
  uint64_t mark;  // tells a free object from one in use, nearly always
};

/// What the heap knows of one page.
struct sl_heap_page {
  uint8_t kind;
  uint8_t size_class;  // of a span
  uint16_t back;       // of a span's other pages: the distance to its first page
  uint16_t used;       // objects of a span that are in use
  uint16_t carved;     // objects of a span that were ever in use
  uint32_t count;      // pages of the run: at its first page, and at the last of a free run
  uint32_t page;       // the index of this page
  uint32_t next;       // the neighbours in a bin of free runs or in a list of spans; 0: none
  uint32_t previous;
  struct sl_heap_object *free;  // of a span
};

/// A heap. All fields are private to it. It starts as zeros.
struct sl_heap {
  uintptr_t start;
  uint32_t pages;     // in the whole range; page 0 is not used
  uint32_t frontier;  // pages at and above this one are free and in no bin
  uint32_t free_pages;  // in bins
  uint64_t key;
  struct sl_heap_page *current[SL_HEAP_SIZE_CLASSES];
  uint32_t partial[SL_HEAP_SIZE_CLASSES];
  uint32_t bins[SL_HEAP_BINS];
  uint64_t bin_is_filled[2];
  struct sl_heap_page *descriptors;  // of page 0; those of the others stand below it
};

enum sl_heap_fault {
  SL_HEAP_OK,
  SL_HEAP_FOREIGN,      // not the address of a block
  SL_HEAP_DOUBLE_FREE,  // of a block that is free already
};

/// Starts a heap in [start, end), zero-filled memory of at most 4 GiB. `key` is secret and random.
void sl_heap_init(struct sl_heap *heap, uintptr_t start, uintptr_t end, uint64_t key);

/// A block of at least `size` bytes, aligned to 16; null when there is no room.
void *sl_heap_allocate(struct sl_heap *heap, size_t size);

/// A block of at least `size` bytes at a multiple of `alignment`, a power of two; null when there
/// is no room.
void *sl_heap_allocate_aligned(struct sl_heap *heap, size_t alignment, size_t size);

/// Frees a block. Anything but SL_HEAP_OK leaves the heap as it was.
enum sl_heap_fault sl_heap_free(struct sl_heap *heap, void *block);

/// The bytes of `block` that may be used, or 0 when it is no block.
size_t sl_heap_usable_size(const struct sl_heap *heap, const void *block);

/// Bytes that are in no block and no span.
size_t sl_heap_available(const struct sl_heap *heap);

#endif
