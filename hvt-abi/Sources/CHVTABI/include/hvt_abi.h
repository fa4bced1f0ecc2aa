// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
// The contract between a tender and its guest, as C structures. SPEC.md says what they mean. None
// has implicit padding, so that copying one never copies what stood in memory before.
#ifndef HVT_ABI_H
#define HVT_ABI_H

#include <stddef.h>
#include <stdint.h>

#define HVT_ASSERT_SIZE(type, size) _Static_assert(sizeof(type) == (size), #type " has its size")
#define HVT_ASSERT_OFFSET(type, field, offset) \
  _Static_assert(offsetof(type, field) == (offset), #type "." #field " has its offset")

// Notes (SPEC.md, "The image").

enum {
  HVT_NOTE_ABI = 0x31494241,       // "ABI1", owner "Solo5"
  HVT_NOTE_MANIFEST = 0x3154464d,  // "MFT1", owner "Solo5"
  HVT_NOTE_NATIVE = 0x3154414e,    // "NAT1", owner "HVT"
  HVT_NOTE_QUEUES = 0x31455551,    // "QUE1", owner "HVT"
};

enum {
  HVT_ABI_TARGET = 1,
  HVT_ABI_VERSION = 2,
  HVT_NATIVE_VERSION = 1,
  HVT_MANIFEST_VERSION = 1,
  HVT_MANIFEST_MAX_ENTRIES = 64,
  HVT_NAME_MAX = 67,
  HVT_COMMAND_LINE_MAX = 8191,
  HVT_SEED_SIZE = 32,
  HVT_HALT_COOKIE_SIZE = 512,
};

struct hvt_abi_note {
  uint32_t target;
  uint32_t version;
  uint32_t reserved0;
  uint32_t reserved1;
};
HVT_ASSERT_SIZE(struct hvt_abi_note, 16);

struct hvt_native_note {
  uint32_t version;
  uint32_t features;
  uint64_t stack_size;
};
HVT_ASSERT_SIZE(struct hvt_native_note, 16);
HVT_ASSERT_OFFSET(struct hvt_native_note, stack_size, 8);

struct hvt_queue_note {
  uint32_t version;
  uint16_t receive_size;
  uint16_t transmit_size;
  uint16_t request_size;
  uint16_t reserved;
  uint32_t accepts;
};
HVT_ASSERT_SIZE(struct hvt_queue_note, 16);
HVT_ASSERT_OFFSET(struct hvt_queue_note, receive_size, 4);
HVT_ASSERT_OFFSET(struct hvt_queue_note, accepts, 12);

// Manifest (SPEC.md, "The manifest").

enum {
  HVT_DEVICE_BLOCK = 1,
  HVT_DEVICE_NET = 2,
  HVT_DEVICE_RESERVED = 1 << 30,
};

enum {
  HVT_BLOCK_READ_ONLY = 1,
};

struct hvt_block_properties {
  uint64_t capacity;
  uint16_t block_size;
  uint16_t flags;
  uint32_t reserved;
};
HVT_ASSERT_SIZE(struct hvt_block_properties, 16);
HVT_ASSERT_OFFSET(struct hvt_block_properties, block_size, 8);
HVT_ASSERT_OFFSET(struct hvt_block_properties, flags, 10);

struct hvt_net_properties {
  uint8_t mac[6];
  uint16_t mtu;
};
HVT_ASSERT_SIZE(struct hvt_net_properties, 8);
HVT_ASSERT_OFFSET(struct hvt_net_properties, mtu, 6);

struct hvt_manifest_entry {
  char name[HVT_NAME_MAX + 1];
  uint32_t type;
  union {
    struct hvt_block_properties block;
    struct hvt_net_properties net;
  };
  uint64_t reserved;
  uint8_t attached;
  uint8_t padding[7];
};
HVT_ASSERT_SIZE(struct hvt_manifest_entry, 104);
HVT_ASSERT_OFFSET(struct hvt_manifest_entry, type, 68);
HVT_ASSERT_OFFSET(struct hvt_manifest_entry, block, 72);
HVT_ASSERT_OFFSET(struct hvt_manifest_entry, net, 72);
HVT_ASSERT_OFFSET(struct hvt_manifest_entry, reserved, 88);
HVT_ASSERT_OFFSET(struct hvt_manifest_entry, attached, 96);

struct hvt_manifest {
  uint32_t version;
  uint32_t entries;
};
HVT_ASSERT_SIZE(struct hvt_manifest, 8);

// Boot information (SPEC.md, "Entry state").

struct hvt_boot_info {
  uint64_t mem_size;
  uint64_t kernel_end;
  uint64_t cpu_cycle_freq;
  uint64_t cmdline;
  uint64_t mft;
  uint32_t host_features;
  uint32_t guest_features;
  uint64_t net_ring;
};
HVT_ASSERT_SIZE(struct hvt_boot_info, 56);
HVT_ASSERT_OFFSET(struct hvt_boot_info, host_features, 40);
HVT_ASSERT_OFFSET(struct hvt_boot_info, net_ring, 48);

struct hvt_native_boot_info {
  struct hvt_boot_info base;
  uint32_t version;
  uint32_t size;
  uint64_t heap_start;
  uint64_t heap_end;
  uint64_t stack_bottom;
  uint64_t stack_top;
  uint64_t seed;
  uint64_t queues;
  uint32_t queue_count;
  uint32_t reserved;
};
HVT_ASSERT_SIZE(struct hvt_native_boot_info, 120);
HVT_ASSERT_OFFSET(struct hvt_native_boot_info, version, 56);
HVT_ASSERT_OFFSET(struct hvt_native_boot_info, heap_start, 64);
HVT_ASSERT_OFFSET(struct hvt_native_boot_info, seed, 96);
HVT_ASSERT_OFFSET(struct hvt_native_boot_info, queues, 104);

// Queues (SPEC.md, "Queues").

enum {
  HVT_DOORBELL_PORT = 0x520,
  HVT_QUEUE_VERSION = 1,
  HVT_QUEUE_SIZE_MAX = 1024,
};

enum {
  HVT_QUEUE_RECEIVE = 1,
  HVT_QUEUE_TRANSMIT = 2,
  HVT_QUEUE_REQUEST = 3,
};

enum {
  HVT_QUEUE_CHECKSUM = 1 << 0,
  HVT_QUEUE_TSO4 = 1 << 1,
  HVT_QUEUE_TSO6 = 1 << 2,
  HVT_QUEUE_DISCARD = 1 << 8,
  HVT_QUEUE_WRITE_ZEROES = 1 << 9,
};

struct hvt_queue {
  uint64_t descriptors;
  uint64_t available;
  uint64_t used;
  uint32_t handle;
  uint16_t kind;
  uint16_t size;
  uint32_t features;
  uint32_t reserved;
};
HVT_ASSERT_SIZE(struct hvt_queue, 40);
HVT_ASSERT_OFFSET(struct hvt_queue, handle, 24);
HVT_ASSERT_OFFSET(struct hvt_queue, kind, 28);
HVT_ASSERT_OFFSET(struct hvt_queue, features, 32);

// The rings and what goes through them, as VIRTIO 1.2 has them (2.7, 5.1.6, 5.2.6).

enum {
  HVT_DESCRIPTOR_NEXT = 1,
  HVT_DESCRIPTOR_WRITE = 2,
  HVT_DESCRIPTOR_INDIRECT = 4,
};

struct hvt_descriptor {
  uint64_t address;
  uint32_t length;
  uint16_t flags;
  uint16_t next;
};
HVT_ASSERT_SIZE(struct hvt_descriptor, 16);

struct hvt_used_element {
  uint32_t head;
  uint32_t length;
};
HVT_ASSERT_SIZE(struct hvt_used_element, 8);

enum {
  HVT_NET_NEEDS_CHECKSUM = 1,
  HVT_NET_DATA_VALID = 2,
  HVT_NET_GSO_NONE = 0,
  HVT_NET_GSO_TCPV4 = 1,
  HVT_NET_GSO_TCPV6 = 4,
  HVT_NET_GSO_ECN = 0x80,
};

struct hvt_net_header {
  uint8_t flags;
  uint8_t gso_type;
  uint16_t header_length;
  uint16_t gso_size;
  uint16_t checksum_start;
  uint16_t checksum_offset;
  uint16_t buffers;
};
HVT_ASSERT_SIZE(struct hvt_net_header, 12);

enum {
  HVT_BLOCK_IN = 0,
  HVT_BLOCK_OUT = 1,
  HVT_BLOCK_FLUSH = 4,
  HVT_BLOCK_DISCARD = 11,
  HVT_BLOCK_WRITE_ZEROES = 13,
  HVT_BLOCK_OK = 0,
  HVT_BLOCK_IO_ERROR = 1,
  HVT_BLOCK_UNSUPPORTED = 2,
  HVT_BLOCK_SECTOR = 512,
};

struct hvt_block_request {
  uint32_t type;
  uint32_t reserved;
  uint64_t sector;
};
HVT_ASSERT_SIZE(struct hvt_block_request, 16);

struct hvt_block_range {
  uint64_t sector;
  uint32_t sectors;
  uint32_t flags;
};
HVT_ASSERT_SIZE(struct hvt_block_range, 16);

// Hypercalls (SPEC.md, "Hypercalls").

enum {
  HVT_HYPERCALL_PORT = 0x500,
};

enum {
  HVT_HYPERCALL_WALLTIME = 1,
  HVT_HYPERCALL_PUTS = 2,
  HVT_HYPERCALL_POLL = 3,
  HVT_HYPERCALL_BLOCK_WRITE = 4,
  HVT_HYPERCALL_BLOCK_READ = 5,
  HVT_HYPERCALL_NET_WRITE = 6,
  HVT_HYPERCALL_NET_READ = 7,
  HVT_HYPERCALL_HALT = 8,
};

enum {
  HVT_OK = 0,
  HVT_AGAIN = 1,
  HVT_EINVAL = 2,
  HVT_EUNSPEC = 3,
};

enum {
  HVT_EXIT_ABORT = 255,
};

struct hvt_walltime {
  uint64_t nsecs;  // out
};
HVT_ASSERT_SIZE(struct hvt_walltime, 8);

struct hvt_puts {
  uint64_t data;
  uint64_t len;
};
HVT_ASSERT_SIZE(struct hvt_puts, 16);

struct hvt_poll {
  uint64_t timeout_nsecs;
  uint64_t ready_set;  // out
  int32_t ret;         // out
  uint32_t reserved;
};
HVT_ASSERT_SIZE(struct hvt_poll, 24);
HVT_ASSERT_OFFSET(struct hvt_poll, ret, 16);

struct hvt_block_write {
  uint64_t handle;
  uint64_t offset;
  uint64_t data;
  uint64_t len;
  int32_t ret;  // out
  uint32_t reserved;
};
HVT_ASSERT_SIZE(struct hvt_block_write, 40);
HVT_ASSERT_OFFSET(struct hvt_block_write, ret, 32);

struct hvt_block_read {
  uint64_t handle;
  uint64_t offset;
  uint64_t data;
  uint64_t len;  // in and out
  int32_t ret;   // out
  uint32_t reserved;
};
HVT_ASSERT_SIZE(struct hvt_block_read, 40);
HVT_ASSERT_OFFSET(struct hvt_block_read, ret, 32);

struct hvt_net_write {
  uint64_t handle;
  uint64_t data;
  uint64_t len;
  int32_t ret;  // out
  uint32_t reserved;
};
HVT_ASSERT_SIZE(struct hvt_net_write, 32);
HVT_ASSERT_OFFSET(struct hvt_net_write, ret, 24);

struct hvt_net_read {
  uint64_t handle;
  uint64_t data;
  uint64_t len;  // in and out
  int32_t ret;   // out
  uint32_t reserved;
};
HVT_ASSERT_SIZE(struct hvt_net_read, 32);
HVT_ASSERT_OFFSET(struct hvt_net_read, ret, 24);

struct hvt_halt {
  uint64_t cookie;
  int32_t exit_status;
  uint32_t reserved;
};
HVT_ASSERT_SIZE(struct hvt_halt, 16);
HVT_ASSERT_OFFSET(struct hvt_halt, exit_status, 8);

#endif
