// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
#include "big_natural.h"

static void append(struct big_natural *number, uint32_t word) {
  if (number->count == BIG_NATURAL_WORDS) {
    __builtin_trap();
  }
  number->words[number->count++] = word;
}

void big_multiply_add(struct big_natural *number, uint32_t factor, uint32_t addend) {
  uint64_t carry = addend;
  for (int i = 0; i < number->count; i++) {
    carry += (uint64_t)number->words[i] * factor;
    number->words[i] = (uint32_t)carry;
    carry >>= 32;
  }
  if (carry != 0) {
    append(number, (uint32_t)carry);
  }
}

void big_shift_left(struct big_natural *number, int bits) {
  int words = bits / 32;
  int rest = bits % 32;
  if (number->count == 0 || bits == 0) {
    return;
  }
  if (words > 0) {
    int count = number->count;
    for (int i = 0; i < words; i++) {
      append(number, 0);
    }
    for (int i = count - 1; i >= 0; i--) {
      number->words[i + words] = number->words[i];
    }
    for (int i = 0; i < words; i++) {
      number->words[i] = 0;
    }
  }
  uint64_t carry = 0;
  for (int i = words; i < number->count; i++) {
    carry |= (uint64_t)number->words[i] << rest;
    number->words[i] = (uint32_t)carry;
    carry >>= 32;
  }
  if (carry != 0) {
    append(number, (uint32_t)carry);
  }
}

void big_subtract(struct big_natural *number, const struct big_natural *other) {
  uint64_t borrow = 0;
  for (int i = 0; i < number->count; i++) {
    uint64_t subtrahend = borrow + (i < other->count ? other->words[i] : 0);
    borrow = number->words[i] < subtrahend;
    number->words[i] -= (uint32_t)subtrahend;
  }
  while (number->count > 0 && number->words[number->count - 1] == 0) {
    number->count--;
  }
}

int big_compare(const struct big_natural *left, const struct big_natural *right) {
  if (left->count != right->count) {
    return left->count - right->count;
  }
  for (int i = left->count - 1; i >= 0; i--) {
    if (left->words[i] != right->words[i]) {
      return left->words[i] < right->words[i] ? -1 : 1;
    }
  }
  return 0;
}

int big_bit_length(const struct big_natural *number) {
  if (number->count == 0) {
    return 0;
  }
  return 32 * number->count - __builtin_clz(number->words[number->count - 1]);
}
