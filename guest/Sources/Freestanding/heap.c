// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
#include "sl_heap.h"

#include <stdbool.h>

#include "heap_runs.h"
#include "sl_memory.h"

struct size_class {
  uint16_t size;
  uint16_t pages;       // of a span
  uint16_t capacity;    // objects in a span
  uint32_t reciprocal;  // offset * reciprocal >> 32 is offset / size within a span
};

#define CLASS(size, pages) \
  {size, pages, (pages) * SL_HEAP_PAGE_SIZE / (size), 0xffffffffu / (size) + 1}

// Steps of 16 up to 128, then four to each power of two.
static const struct size_class classes[SL_HEAP_SIZE_CLASSES] = {
    CLASS(16, 1),   CLASS(32, 1),   CLASS(48, 1),   CLASS(64, 1),
    CLASS(80, 1),   CLASS(96, 1),   CLASS(112, 1),  CLASS(128, 1),
    CLASS(160, 1),  CLASS(192, 1),  CLASS(224, 1),  CLASS(256, 1),
    CLASS(320, 2),  CLASS(384, 2),  CLASS(448, 2),  CLASS(512, 2),
    CLASS(640, 2),  CLASS(768, 2),  CLASS(896, 2),  CLASS(1024, 2),
    CLASS(1280, 4), CLASS(1536, 4), CLASS(1792, 4), CLASS(2048, 4),
    CLASS(2560, 8), CLASS(3072, 8), CLASS(3584, 8), CLASS(4096, 8),
    CLASS(5120, 16), CLASS(6144, 16), CLASS(7168, 16), CLASS(8192, 16),
};

static inline uint32_t class_of(size_t size) {
  if (size <= 128) {
    return size == 0 ? 0 : (uint32_t)(size - 1) / 16;
  }
  uint32_t last = (uint32_t)size - 1;
  uint32_t top = 31 - (uint32_t)__builtin_clz(last);
  return 8 + (top - 7) * 4 + ((last >> (top - 2)) & 3);
}

void sl_heap_init(struct sl_heap *heap, uintptr_t start, uintptr_t end, uint64_t key) {
  uintptr_t mask = SL_HEAP_PAGE_SIZE - 1;
  heap->start = (start + mask) & ~mask;
  uintptr_t top = end & ~(uintptr_t)15;
  uint64_t size = top > heap->start ? top - heap->start : 0;
  uint64_t pages = size / (SL_HEAP_PAGE_SIZE + sizeof(struct sl_heap_page));
  heap->pages = (uint32_t)(pages < SL_HEAP_MAX_PAGES ? pages : SL_HEAP_MAX_PAGES);
  heap->frontier = heap->pages > 0 ? 1 : 0;
  heap->descriptors = (struct sl_heap_page *)top - 1;
  heap->key = key;
}

static uint64_t mark_of(const struct sl_heap *heap, const void *object) {
  return heap->key ^ (uintptr_t)object;
}

// In debug builds, memory that is not in use, or not written yet, reads as a pattern.
static inline void debug_fill(void *block, int byte, size_t size) {
#ifdef DEBUG
  sl_memory_set(block, byte, size);
#else
  (void)block, (void)byte, (void)size;
#endif
}

// MARK: Small blocks

// The next object of a span, or null when all are in use.
static inline void *take_object(struct sl_heap *heap, struct sl_heap_page *span) {
  const struct size_class *class = &classes[span->size_class];
  struct sl_heap_object *object = span->free;
  if (object != NULL) {
    span->free = object->next;
    object->mark = 0;
  } else if (span->carved < class->capacity) {
    uintptr_t address =
        heap_page_address(heap, span->page) + (uintptr_t)span->carved * class->size;
    object = (struct sl_heap_object *)address;
    span->carved++;
  } else {
    return NULL;
  }
  span->used++;
  debug_fill(object, 0xaa, class->size);
  return object;
}

static struct sl_heap_page *make_span(struct sl_heap *heap, uint32_t size_class) {
  uint32_t page = heap_take_run(heap, classes[size_class].pages);
  if (page == 0) {
    return NULL;
  }
  struct sl_heap_page *span = heap_page(heap, page);
  for (uint32_t i = 1; i < span->count; i++) {
    struct sl_heap_page *rest = heap_page(heap, page + i);
    rest->kind = SL_HEAP_PAGE_SPAN_REST;
    rest->back = (uint16_t)i;
  }
  span->kind = SL_HEAP_PAGE_SPAN;
  span->size_class = (uint8_t)size_class;
  span->used = 0;
  span->carved = 0;
  span->free = NULL;
  return span;
}

static void release_span(struct sl_heap *heap, struct sl_heap_page *span) {
  for (uint32_t i = 1; i < span->count; i++) {
    heap_page(heap, span->page + i)->kind = SL_HEAP_PAGE_NONE;
  }
  heap_give_run(heap, span->page, span->count);
}

// Gives the class another span to allocate from: one with free objects, or a new one.
static __attribute__((noinline)) void *allocate_from_next_span(
    struct sl_heap *heap, uint32_t size_class) {
  struct sl_heap_page *span;
  uint32_t *partial = &heap->partial[size_class];
  if (*partial != 0) {
    span = heap_page(heap, *partial);
    heap_list_remove(heap, partial, span);
  } else {
    span = make_span(heap, size_class);
    if (span == NULL) {
      return NULL;
    }
  }
  heap->current[size_class] = span;
  return take_object(heap, span);
}

static inline void *allocate_small(struct sl_heap *heap, uint32_t size_class) {
  struct sl_heap_page *span = heap->current[size_class];
  void *object = span != NULL ? take_object(heap, span) : NULL;
  return object != NULL ? object : allocate_from_next_span(heap, size_class);
}

static bool is_free(const struct sl_heap *heap, const struct sl_heap_page *span, void *block) {
  if (((struct sl_heap_object *)block)->mark != mark_of(heap, block)) {
    return false;
  }
  for (struct sl_heap_object *object = span->free; object != NULL; object = object->next) {
    if (object == block) {
      return true;
    }
  }
  return false;
}

static inline enum sl_heap_fault free_small(
    struct sl_heap *heap, struct sl_heap_page *span, void *block) {
  const struct size_class *class = &classes[span->size_class];
  uint32_t offset = (uint32_t)((uintptr_t)block - heap_page_address(heap, span->page));
  uint32_t index = (uint32_t)((uint64_t)offset * class->reciprocal >> 32);
  if (index * class->size != offset || index >= span->carved) {
    return SL_HEAP_FOREIGN;
  }
  if (is_free(heap, span, block)) {
    return SL_HEAP_DOUBLE_FREE;
  }
  debug_fill(block, 0xdd, class->size);
  bool was_full = span->used == class->capacity;
  struct sl_heap_object *object = block;
  object->next = span->free;
  object->mark = mark_of(heap, block);
  span->free = object;
  span->used--;
  if (span == heap->current[span->size_class]) {
    return SL_HEAP_OK;
  }
  uint32_t *partial = &heap->partial[span->size_class];
  if (span->used == 0) {
    if (!was_full) {
      heap_list_remove(heap, partial, span);
    }
    release_span(heap, span);
  } else if (was_full) {
    heap_list_push(heap, partial, span);
  }
  return SL_HEAP_OK;
}

// MARK: Large blocks

static void *allocate_large(struct sl_heap *heap, size_t alignment, size_t size) {
  size_t slack = alignment > SL_HEAP_PAGE_SIZE ? alignment - SL_HEAP_PAGE_SIZE : 0;
  size_t range = (size_t)heap->pages * SL_HEAP_PAGE_SIZE;
  if (size > range || slack > range) {
    return NULL;
  }
  uint32_t count = (uint32_t)((size + SL_HEAP_PAGE_SIZE - 1) / SL_HEAP_PAGE_SIZE);
  count = count == 0 ? 1 : count;
  uint32_t taken = count + (uint32_t)(slack / SL_HEAP_PAGE_SIZE);
  uint32_t page = heap_take_run(heap, taken);
  if (page == 0) {
    return NULL;
  }
  uintptr_t address = (heap_page_address(heap, page) + alignment - 1) & ~(alignment - 1);
  uint32_t first = (uint32_t)((address - heap->start) / SL_HEAP_PAGE_SIZE);
  if (first > page) {
    heap_give_run(heap, page, first - page);
  }
  struct sl_heap_page *block = heap_page(heap, first);
  block->kind = SL_HEAP_PAGE_LARGE;
  block->page = first;
  block->count = count;
  if (first + count < page + taken) {
    heap_give_run(heap, first + count, page + taken - first - count);
  }
  return (void *)address;
}

// MARK: Any block

// The descriptor that is in charge of an address: of a span's first page, or of the very page. Null
// outside of the pages that the heap has handed out.
static inline struct sl_heap_page *page_of(const struct sl_heap *heap, const void *block) {
  uintptr_t offset = (uintptr_t)block - heap->start;
  uintptr_t page = offset / SL_HEAP_PAGE_SIZE;
  if (page == 0 || page >= heap->frontier) {
    return NULL;
  }
  struct sl_heap_page *found = heap_page(heap, (uint32_t)page);
  return found->kind == SL_HEAP_PAGE_SPAN_REST ? heap_page(heap, (uint32_t)page - found->back)
                                               : found;
}

void *sl_heap_allocate(struct sl_heap *heap, size_t size) {
  if (size <= SL_HEAP_LARGEST_SMALL) {
    return allocate_small(heap, class_of(size));
  }
  return allocate_large(heap, 1, size);
}

void *sl_heap_allocate_aligned(struct sl_heap *heap, size_t alignment, size_t size) {
  if (alignment <= 16) {
    return sl_heap_allocate(heap, size);
  }
  if (size > SL_HEAP_LARGEST_SMALL || alignment > SL_HEAP_PAGE_SIZE) {
    return allocate_large(heap, alignment, size);
  }
  // Spans start at pages, so that objects of a multiple of the alignment are aligned. Every power
  // of two up to the page size is the size of a class.
  uint32_t size_class = class_of(size < alignment ? alignment : size);
  while (classes[size_class].size % alignment != 0) {
    size_class++;
  }
  return allocate_small(heap, size_class);
}

enum sl_heap_fault sl_heap_free(struct sl_heap *heap, void *block) {
  struct sl_heap_page *page = page_of(heap, block);
  if (page == NULL) {
    return SL_HEAP_FOREIGN;
  }
  if (page->kind == SL_HEAP_PAGE_SPAN) {
    return free_small(heap, page, block);
  }
  if ((uintptr_t)block % SL_HEAP_PAGE_SIZE != 0) {
    return SL_HEAP_FOREIGN;
  }
  if (page->kind == SL_HEAP_PAGE_FREE) {
    return SL_HEAP_DOUBLE_FREE;
  }
  if (page->kind != SL_HEAP_PAGE_LARGE) {
    return SL_HEAP_FOREIGN;
  }
  debug_fill(block, 0xdd, (size_t)page->count * SL_HEAP_PAGE_SIZE);
  heap_give_run(heap, page->page, page->count);
  return SL_HEAP_OK;
}

size_t sl_heap_usable_size(const struct sl_heap *heap, const void *block) {
  struct sl_heap_page *page = page_of(heap, block);
  if (page == NULL) {
    return 0;
  }
  if (page->kind == SL_HEAP_PAGE_SPAN) {
    return classes[page->size_class].size;
  }
  return page->kind == SL_HEAP_PAGE_LARGE ? (size_t)page->count * SL_HEAP_PAGE_SIZE : 0;
}

size_t sl_heap_available(const struct sl_heap *heap) {
  return (size_t)(heap->pages - heap->frontier + heap->free_pages) * SL_HEAP_PAGE_SIZE;
}
