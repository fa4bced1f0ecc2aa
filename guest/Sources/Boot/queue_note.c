// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
// The note that asks the tender for queues (hvt-abi/SPEC.md, "Asking for queues"). One that knows
// none ignores it.
#include <hvt_abi.h>

// A request takes three descriptors. Of frames whose checksums are open this guest understands
// nothing.
enum { RECEIVE_SIZE = 256, TRANSMIT_SIZE = 256, REQUEST_SIZE = 128, ACCEPTS = 0 };

__attribute__((section(".note.hvt.queues"), used, retain, aligned(4))) static const struct {
  uint32_t name_size, descriptor_size, type;
  char name[4];
  struct hvt_queue_note descriptor;
} queue_note = {
    .name_size = sizeof("HVT"),
    .descriptor_size = sizeof(struct hvt_queue_note),
    .type = HVT_NOTE_QUEUES,
    .name = "HVT",
    .descriptor = {.version = HVT_QUEUE_VERSION,
                   .receive_size = RECEIVE_SIZE,
                   .transmit_size = TRANSMIT_SIZE,
                   .request_size = REQUEST_SIZE,
                   .accepts = ACCEPTS},
};

_Static_assert(sizeof(queue_note) == 32, "a note has no padding");
