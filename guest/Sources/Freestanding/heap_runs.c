// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
#include "heap_runs.h"

// Free runs stand in bins by size: one bin for each count up to EXACT_BINS pages, then four to each
// power of two.

enum {
  EXACT_BINS = 32,
  EXACT_BITS = 5,
};

// The bin of a run of `count` pages, which is at least 1.
static uint32_t bin_of(uint32_t count) {
  if (count < EXACT_BINS) {
    return count;
  }
  uint32_t top = 31 - (uint32_t)__builtin_clz(count);
  return EXACT_BINS + (top - EXACT_BITS) * 4 + ((count >> (top - 2)) & 3);
}

void heap_list_push(struct sl_heap *heap, uint32_t *head, struct sl_heap_page *page) {
  page->next = *head;
  page->previous = 0;
  if (*head != 0) {
    heap_page(heap, *head)->previous = page->page;
  }
  *head = page->page;
}

void heap_list_remove(struct sl_heap *heap, uint32_t *head, struct sl_heap_page *page) {
  if (page->previous != 0) {
    heap_page(heap, page->previous)->next = page->next;
  } else {
    *head = page->next;
  }
  if (page->next != 0) {
    heap_page(heap, page->next)->previous = page->previous;
  }
}

static void insert(struct sl_heap *heap, uint32_t page, uint32_t count) {
  struct sl_heap_page *first = heap_page(heap, page);
  struct sl_heap_page *last = heap_page(heap, page + count - 1);
  last->kind = SL_HEAP_PAGE_FREE_LAST;
  last->count = count;
  first->kind = SL_HEAP_PAGE_FREE;
  first->count = count;
  first->page = page;
  uint32_t bin = bin_of(count);
  heap_list_push(heap, &heap->bins[bin], first);
  heap->bin_is_filled[bin / 64] |= (uint64_t)1 << bin % 64;
  heap->free_pages += count;
}

static void remove_run(struct sl_heap *heap, struct sl_heap_page *first) {
  uint32_t bin = bin_of(first->count);
  heap_list_remove(heap, &heap->bins[bin], first);
  if (heap->bins[bin] == 0) {
    heap->bin_is_filled[bin / 64] &= ~((uint64_t)1 << bin % 64);
  }
  heap->free_pages -= first->count;
  heap_page(heap, first->page + first->count - 1)->kind = SL_HEAP_PAGE_NONE;
  first->kind = SL_HEAP_PAGE_NONE;
}

// The first filled bin at or above `bin`, or SL_HEAP_BINS.
static uint32_t filled_bin(const struct sl_heap *heap, uint32_t bin) {
  for (uint32_t word = bin / 64; word < 2; word++) {
    uint64_t bits = heap->bin_is_filled[word];
    if (word == bin / 64) {
      bits &= ~(uint64_t)0 << bin % 64;
    }
    if (bits != 0) {
      return word * 64 + (uint32_t)__builtin_ctzll(bits);
    }
  }
  return SL_HEAP_BINS;
}

// A free run of at least `count` pages, or null. Every run in a bin above the one of `count` is
// large enough; in that bin itself the first that fits is taken.
static struct sl_heap_page *find(const struct sl_heap *heap, uint32_t count) {
  uint32_t bin = bin_of(count);
  for (uint32_t page = heap->bins[bin]; page != 0; page = heap_page(heap, page)->next) {
    if (heap_page(heap, page)->count >= count) {
      return heap_page(heap, page);
    }
  }
  bin = filled_bin(heap, bin + 1);
  return bin < SL_HEAP_BINS ? heap_page(heap, heap->bins[bin]) : NULL;
}

uint32_t heap_take_run(struct sl_heap *heap, uint32_t count) {
  struct sl_heap_page *found = find(heap, count);
  uint32_t page;
  if (found != NULL) {
    page = found->page;
    uint32_t rest = found->count - count;
    remove_run(heap, found);
    if (rest > 0) {
      insert(heap, page + count, rest);
    }
  } else if (count <= heap->pages - heap->frontier) {
    page = heap->frontier;
    heap->frontier += count;
  } else {
    return 0;
  }
  struct sl_heap_page *first = heap_page(heap, page);
  first->page = page;
  first->count = count;
  return page;
}

void heap_give_run(struct sl_heap *heap, uint32_t page, uint32_t count) {
  heap_page(heap, page)->kind = SL_HEAP_PAGE_NONE;
  heap_page(heap, page + count - 1)->kind = SL_HEAP_PAGE_NONE;
  // There is always a page before this one, because page 0 is not used.
  struct sl_heap_page *before = heap_page(heap, page - 1);
  if (before->kind == SL_HEAP_PAGE_FREE || before->kind == SL_HEAP_PAGE_FREE_LAST) {
    struct sl_heap_page *first = heap_page(heap, page - before->count);
    page = first->page;
    count += first->count;
    remove_run(heap, first);
  }
  uint32_t end = page + count;
  if (end < heap->frontier && heap_page(heap, end)->kind == SL_HEAP_PAGE_FREE) {
    struct sl_heap_page *after = heap_page(heap, end);
    count += after->count;
    remove_run(heap, after);
  }
  if (page + count == heap->frontier) {
    heap->frontier = page;
  } else {
    insert(heap, page, count);
  }
}
