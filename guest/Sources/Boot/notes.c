// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
// The notes that tell the tender what this image is (hvt-abi/SPEC.md, "The image"). The third, the
// manifest of devices, comes from the application: the plugin Devices generates it.
#include <hvt_abi.h>

#define NOTE(name) __attribute__((section(name), used, retain, aligned(4))) static const

enum { STACK_SIZE = 256 * 1024 };

NOTE(".note.solo5.abi") struct {
  uint32_t name_size, descriptor_size, type;
  char name[8];
  struct hvt_abi_note descriptor;
} abi_note = {
    .name_size = sizeof("Solo5"),
    .descriptor_size = sizeof(struct hvt_abi_note),
    .type = HVT_NOTE_ABI,
    .name = "Solo5",
    .descriptor = {.target = HVT_ABI_TARGET, .version = HVT_ABI_VERSION},
};

NOTE(".note.hvt.native") struct {
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

_Static_assert(sizeof(abi_note) == 36, "a note has no padding");
_Static_assert(sizeof(native_note) == 32, "a note has no padding");
