// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
// The note that makes this image a native guest's (hvt-abi/SPEC.md, "The native note"). The
// manifest of devices comes from the application: the plugin Devices generates it.
#include <hvt_abi.h>

enum { STACK_SIZE = 256 * 1024 };

__attribute__((section(".note.hvt.native"), used, retain, aligned(4))) static const struct {
  uint32_t name_size, descriptor_size, type;
  char name[4];
  struct hvt_native_note descriptor;
} native_note = {
    .name_size = sizeof("HVT"),
    .descriptor_size = sizeof(struct hvt_native_note),
    .type = HVT_NOTE_NATIVE,
    .name = "HVT",
    .descriptor = {.version = HVT_NATIVE_VERSION, .stack_size = STACK_SIZE},
};

_Static_assert(sizeof(native_note) == 32, "a note has no padding");
