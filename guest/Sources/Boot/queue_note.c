// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
// The note that asks the tender for queues (hvt-abi/SPEC.md, "Asking for queues"). One that knows
// none ignores it.
#include "sl_queues.h"

// A request takes three descriptors, and a frame to send one to four: see QueuedNetPort.
enum { RECEIVE_SIZE = 256, TRANSMIT_SIZE = 1024, REQUEST_SIZE = 128 };

__attribute__((section(".note.hvt.queues"), used, retain, aligned(4))) static const struct {
  uint32_t name_size, descriptor_size, type;
  char name[4];
  uint32_t version;
  uint16_t receive_size, transmit_size, request_size, reserved;
} queue_note = {
    .name_size = sizeof("HVT"),
    .descriptor_size = sizeof(struct hvt_queue_note),
    .type = HVT_NOTE_QUEUES,
    .name = "HVT",
    .version = HVT_QUEUE_VERSION,
    .receive_size = RECEIVE_SIZE,
    .transmit_size = TRANSMIT_SIZE,
    .request_size = REQUEST_SIZE,
};

// The linker puts it behind the rest if the program refers to it, and zeros otherwise.
__attribute__((section(".queues.accepts"))) const uint32_t sl_queue_accepts =
    HVT_QUEUE_CHECKSUM | HVT_QUEUE_TSO4 | HVT_QUEUE_TSO6;

_Static_assert(sizeof(queue_note) + sizeof(sl_queue_accepts) == 32 &&
                   sizeof(struct hvt_queue_note) == 16 &&
                   offsetof(struct hvt_queue_note, accepts) == 12,
               "the note is complete");
