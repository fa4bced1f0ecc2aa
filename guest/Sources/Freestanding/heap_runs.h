// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
// The heap's lower half: runs of pages.
#ifndef HEAP_RUNS_H
#define HEAP_RUNS_H

#include "sl_heap.h"

static inline struct sl_heap_page *heap_page(const struct sl_heap *heap, uint32_t page) {
  return heap->descriptors - page;
}

static inline uintptr_t heap_page_address(const struct sl_heap *heap, uint32_t page) {
  return heap->start + (uintptr_t)page * SL_HEAP_PAGE_SIZE;
}

/// The first page of `count` pages that are the caller's now, or 0. All descriptors are of kind
/// NONE; the first has its `page` and `count`.
uint32_t heap_take_run(struct sl_heap *heap, uint32_t count);

/// Gives pages back. Their descriptors are of kind NONE, but for the first and the last.
void heap_give_run(struct sl_heap *heap, uint32_t page, uint32_t count);

/// Puts a descriptor at the front of a list that starts at `*head`.
void heap_list_push(struct sl_heap *heap, uint32_t *head, struct sl_heap_page *page);

/// Takes a descriptor out of the list that starts at `*head`.
void heap_list_remove(struct sl_heap *heap, uint32_t *head, struct sl_heap_page *page);

#endif
