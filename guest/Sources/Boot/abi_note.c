// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
// The note that tells the tender which ABI this image was built for (hvt-abi/SPEC.md, "The ABI
// note").
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
