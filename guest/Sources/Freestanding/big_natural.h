// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
#ifndef BIG_NATURAL_H
#define BIG_NATURAL_H

#include <stdint.h>

// The largest that a conversion needs: 771 digits times 10^400, or 10^1171, shifted by a few bits
// more than the other operand's length.
enum { BIG_NATURAL_WORDS = 128 };

/// A natural number of up to 4,096 bits, least significant word first; no leading zero words.
struct big_natural {
  int count;
  uint32_t words[BIG_NATURAL_WORDS];
};

/// number = number * factor + addend.
void big_multiply_add(struct big_natural *number, uint32_t factor, uint32_t addend);

void big_shift_left(struct big_natural *number, int bits);

/// number -= other, which is not larger.
void big_subtract(struct big_natural *number, const struct big_natural *other);

/// Negative, zero or positive as `left` is less than, equal to or greater than `right`.
int big_compare(const struct big_natural *left, const struct big_natural *right);

/// The number of bits without leading zeros; 0 for zero.
int big_bit_length(const struct big_natural *number);

#endif
