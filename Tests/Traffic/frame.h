// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
// The contents of numbered frames.
#ifndef FRAME_H
#define FRAME_H

#include "traffic.h"

enum { FRAME_TYPE = 0x88b5 };  // IEEE 802: for local experiments.

// Makes later frames those of the run `number`, with contents of their own.
void frame_run(unsigned number);

// Writes frame `number`; its size.
size_t frame_make(uint8_t *frame, uint64_t number, uint64_t mtu);

// Writes a small frame that is none of the numbered ones; its size.
size_t frame_make_probe(uint8_t *frame);

// Puts a tag, type and value, back into a frame of `size` bytes; its size then.
size_t frame_insert_tag(uint8_t *frame, size_t size, uint32_t tag);

// Compares a frame that came back with the one that was sent with its number.
struct arrival frame_check(const uint8_t *frame, size_t size, uint64_t mtu);

#endif
