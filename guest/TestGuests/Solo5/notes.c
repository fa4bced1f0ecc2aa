// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
// What makes the image a Solo5 guest's: the ABI note, no native note, and an interpreter that no
// host has. The manifest comes from the guest (raw_manifest.h).
#include <hvt_abi.h>

__attribute__((section(".note.solo5.abi"), used, retain, aligned(4))) static const struct {
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

_Static_assert(sizeof(abi_note) == 36, "a note has no padding");

__attribute__((section(".interp"), used, retain)) static const char interpreter[] =
    "/nonexistent/solo5/";
