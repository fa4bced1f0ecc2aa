// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
// Reference counts without atomic operations: a guest has one processor and nothing interrupts it.
// These definitions stand in for the weak ones that Swift's standard library brings along. The
// count is the second word of an object; the metadata in the first has the destructor as its second
// word. The count's sign bit marks an object that is not on the heap; all other bits set mean that
// it is not counted.
#include <stdint.h>

struct object;

struct metadata {
  const struct metadata *superclass;
  __attribute__((swiftcall)) void (*destroy)(__attribute__((swift_context)) struct object *);
};

struct object {
  const struct metadata *metadata;
  uint64_t count;
};

static const uint64_t count_mask = 0x7fffffffffffffff;
static const uint64_t bridge_mask = 0x8ffffffffffffff8;

#define ALIAS(name) __attribute__((alias(#name)))

struct object *swift_nonatomic_retain_n(struct object *object, uint32_t n);
void swift_nonatomic_release_n(struct object *object, uint32_t n);
struct object *swift_nonatomic_retain(struct object *object);
void swift_nonatomic_release(struct object *object);
struct object *swift_nonatomic_bridgeObjectRetain_n(struct object *object, uint32_t n);
void swift_nonatomic_bridgeObjectRelease_n(struct object *object, uint32_t n);
struct object *swift_nonatomic_bridgeObjectRetain(struct object *object);
void swift_nonatomic_bridgeObjectRelease(struct object *object);

struct object *swift_retain_n(struct object *object, uint32_t n) ALIAS(swift_nonatomic_retain_n);
void swift_release_n(struct object *object, uint32_t n) ALIAS(swift_nonatomic_release_n);
struct object *swift_retain(struct object *object) ALIAS(swift_nonatomic_retain);
void swift_release(struct object *object) ALIAS(swift_nonatomic_release);
struct object *swift_bridgeObjectRetain_n(struct object *object, uint32_t n)
    ALIAS(swift_nonatomic_bridgeObjectRetain_n);
void swift_bridgeObjectRelease_n(struct object *object, uint32_t n)
    ALIAS(swift_nonatomic_bridgeObjectRelease_n);
struct object *swift_bridgeObjectRetain(struct object *object)
    ALIAS(swift_nonatomic_bridgeObjectRetain);
void swift_bridgeObjectRelease(struct object *object) ALIAS(swift_nonatomic_bridgeObjectRelease);

// Null, and values that are no addresses (such as short strings), have no count.
static inline int is_counted(const struct object *object) {
  return (int64_t)(uintptr_t)object > 0 && (object->count & count_mask) != count_mask;
}

static inline void release(struct object *object, uint32_t n) {
  if (!is_counted(object)) {
    return;
  }
  uint64_t count = object->count - n;
  if ((count & count_mask) != 0) {
    object->count = count;
    return;
  }
  // Not counted while it is being destroyed, so that its deinitializer may retain and release it.
  object->count |= count_mask;
  object->metadata->destroy(object);
}

struct object *swift_nonatomic_retain_n(struct object *object, uint32_t n) {
  if (is_counted(object)) {
    object->count += n;
  }
  return object;
}

struct object *swift_nonatomic_retain(struct object *object) {
  if (is_counted(object)) {
    object->count++;
  }
  return object;
}

void swift_nonatomic_release_n(struct object *object, uint32_t n) { release(object, n); }

void swift_nonatomic_release(struct object *object) { release(object, 1); }

static inline struct object *untagged(struct object *object) {
  return (struct object *)((uintptr_t)object & bridge_mask);
}

struct object *swift_nonatomic_bridgeObjectRetain_n(struct object *object, uint32_t n) {
  swift_nonatomic_retain_n(untagged(object), n);
  return object;
}

void swift_nonatomic_bridgeObjectRelease_n(struct object *object, uint32_t n) {
  release(untagged(object), n);
}

struct object *swift_nonatomic_bridgeObjectRetain(struct object *object) {
  swift_nonatomic_retain(untagged(object));
  return object;
}

void swift_nonatomic_bridgeObjectRelease(struct object *object) { release(untagged(object), 1); }
