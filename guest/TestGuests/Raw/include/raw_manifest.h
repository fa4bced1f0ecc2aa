// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
// The manifest note of a guest in C. `RAW_MANIFEST` defines one; its arguments are the entries of
// the devices.
#ifndef RAW_MANIFEST_H
#define RAW_MANIFEST_H

#include <hvt_abi.h>

#define RAW_ENTRY(device_name, device_type) {.name = device_name, .type = device_type}

#define RAW_MANIFEST(...)                                                                 \
  static const struct hvt_manifest_entry raw_entries[] = {                                \
      RAW_ENTRY("", HVT_DEVICE_RESERVED), __VA_ARGS__};                                   \
  __attribute__((section(".note.solo5.manifest"), used, retain, aligned(8))) static const \
  struct {                                                                                \
    uint32_t name_size, descriptor_size, type;                                            \
    char name[8];                                                                         \
    uint32_t padding;                                                                     \
    struct hvt_manifest header;                                                           \
    struct hvt_manifest_entry entries[sizeof(raw_entries) / sizeof(raw_entries[0])];      \
  } raw_manifest = {                                                                      \
      .name_size = sizeof("Solo5"),                                                       \
      .descriptor_size = 4 + sizeof(struct hvt_manifest) + sizeof(raw_entries),           \
      .type = HVT_NOTE_MANIFEST,                                                          \
      .name = "Solo5",                                                                    \
      .header = {HVT_MANIFEST_VERSION, sizeof(raw_entries) / sizeof(raw_entries[0])},     \
      .entries = {RAW_ENTRY("", HVT_DEVICE_RESERVED), __VA_ARGS__},                       \
  }

#endif
