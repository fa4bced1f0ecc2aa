// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
#include "sl_decimal.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "big_natural.h"

// A number is kept as digits times a power of the radix, turned into a fraction of two big
// integers, and divided bit by bit: exact for every input, and short. Typical input takes the fast
// path, where both parts are small enough for one exact floating-point operation.

enum {
  // A double that lies halfway between two neighbours has at most 767 significant decimal digits.
  // Of more digits it only matters whether one of them is not zero.
  MAX_DIGITS = 770,
  MAX_EXPONENT = 100000,  // beyond every format; keeps sums of exponents from overflowing
};

struct binary_format {
  int precision;     // bits of the significand, with the implicit one
  int max_exponent;  // of the largest finite numbers: 1 <= significand < 2
  int min_exponent;  // of the smallest normal number
};

static const struct binary_format double_format = {53, 1023, -1022};
static const struct binary_format float_format = {24, 127, -126};

struct number {
  uint8_t digits[MAX_DIGITS + 1];
  int count;
  int exponent;  // the value is 0.digits times radix^exponent
  unsigned radix;
};

static char lower(char byte) { return byte >= 'A' && byte <= 'Z' ? (char)(byte + 32) : byte; }

static int digit_value(char byte, unsigned radix) {
  int value = byte >= '0' && byte <= '9' ? byte - '0' : radix == 16 ? lower(byte) - 'a' + 10 : -1;
  bool is_letter = lower(byte) >= 'a' && lower(byte) <= 'f';
  return value < 10 || is_letter ? value : -1;
}

// Returns the end of `word` in `text`, whatever its case, or null.
static const char *skip_word(const char *text, const char *word) {
  for (; *word != 0; text++, word++) {
    if (lower(*text) != *word) {
      return NULL;
    }
  }
  return text;
}

static void add_digit(struct number *number, int digit) {
  if (number->count == 0 && digit == 0) {
    return;
  }
  if (number->count < MAX_DIGITS) {
    number->digits[number->count++] = (uint8_t)digit;
  } else if (digit != 0) {
    number->digits[MAX_DIGITS] = 1;
    number->count = MAX_DIGITS + 1;
  }
}

// Returns the end of the digits, or null when there are none.
static const char *parse_digits(const char *text, struct number *number) {
  bool any = false;
  bool in_fraction = false;
  for (;; text++) {
    if (*text == '.' && !in_fraction) {
      in_fraction = true;
      continue;
    }
    int digit = digit_value(*text, number->radix);
    if (digit < 0) {
      break;
    }
    any = true;
    add_digit(number, digit);
    // The point stands `exponent` digits behind the first digit that is not zero.
    if (in_fraction) {
      number->exponent -= number->count == 0 && number->exponent > -MAX_EXPONENT;
    } else {
      number->exponent += number->count != 0 && number->exponent < MAX_EXPONENT;
    }
  }
  return any ? text : NULL;
}

// An exponent that has no digits is not part of the number.
static const char *parse_exponent(const char *text, char letter, int *exponent) {
  if (lower(*text) != letter) {
    return text;
  }
  const char *next = text + 1;
  bool negative = *next == '-';
  next += *next == '-' || *next == '+';
  if (digit_value(*next, 10) < 0) {
    return text;
  }
  int value = 0;
  for (; digit_value(*next, 10) >= 0; next++) {
    value = value < MAX_EXPONENT ? value * 10 + digit_value(*next, 10) : value;
  }
  *exponent = negative ? -value : value;
  return next;
}

// Bits of an IEEE 754 number without its sign: the fields of `exponent` and `significand`, which
// has its leading one when the number is normal. A carry out of the significand is right here.
static uint64_t pack(const struct binary_format *format, int exponent, uint64_t significand) {
  uint64_t implicit = (uint64_t)1 << (format->precision - 1);
  if (significand < implicit) {
    return significand;
  }
  uint64_t biased = (uint64_t)(exponent + format->max_exponent);
  return (biased << (format->precision - 1)) + (significand - implicit);
}

static uint64_t infinity_bits(const struct binary_format *format) {
  return (uint64_t)(2 * format->max_exponent + 1) << (format->precision - 1);
}

// The number nearest to numerator / denominator, both not zero, times 2^scale.
static uint64_t divide(
    const struct binary_format *format, struct big_natural *numerator,
    struct big_natural *denominator, int scale) {
  // Scale so that 1 <= numerator / denominator < 2: the quotient's first bit is then the leading
  // one, with the weight 2^exponent.
  int exponent = big_bit_length(numerator) - big_bit_length(denominator);
  big_shift_left(exponent < 0 ? numerator : denominator, exponent < 0 ? -exponent : exponent);
  if (big_compare(numerator, denominator) < 0) {
    big_shift_left(numerator, 1);
    exponent--;
  }
  exponent += scale;
  if (exponent > format->max_exponent) {
    return infinity_bits(format);
  }
  int bits = format->precision;
  if (exponent < format->min_exponent) {
    bits -= format->min_exponent - exponent;
    exponent = format->min_exponent;
  }
  if (bits < 0) {
    return 0;
  }
  uint64_t significand = 0;
  for (int i = 0; i < bits; i++) {
    significand <<= 1;
    if (big_compare(numerator, denominator) >= 0) {
      big_subtract(numerator, denominator);
      significand |= 1;
    }
    big_shift_left(numerator, 1);
  }
  // What is left, compared with half a unit of the last place. When no bit was taken the number is
  // below the smallest one, and what is left is the whole.
  int order = big_compare(numerator, denominator);
  if (order > 0 || (order == 0 && significand % 2 == 1)) {
    significand++;
  }
  return pack(format, exponent, significand);
}

static uint64_t convert(
    const struct binary_format *format, const struct number *number, int binary_exponent) {
  if (number->count == 0) {
    return 0;
  }
  // Far outside of every format, where the powers would not fit either.
  int decimal_point = number->radix == 10 ? number->exponent : 0;
  if (decimal_point > 400) {
    return infinity_bits(format);
  }
  if (decimal_point < -400) {
    return 0;
  }
  struct big_natural numerator = {0};
  struct big_natural denominator = {0};
  big_multiply_add(&denominator, 0, 1);
  for (int i = 0; i < number->count; i++) {
    big_multiply_add(&numerator, number->radix, number->digits[i]);
  }
  int power = number->exponent - number->count;
  if (number->radix == 16) {
    return divide(format, &numerator, &denominator, power * 4 + binary_exponent);
  }
  struct big_natural *scaled = power < 0 ? &denominator : &numerator;
  for (int left = power < 0 ? -power : power; left > 0; left--) {
    big_multiply_add(scaled, 10, 0);
  }
  return divide(format, &numerator, &denominator, 0);
}

// Digits below 2^53 and a power of ten up to 10^22 are exact doubles, and one operation on exact
// doubles is correctly rounded.
static bool convert_small(const struct number *number, double *result) {
  static const double powers[] = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,
                                  1e8,  1e9,  1e10, 1e11, 1e12, 1e13, 1e14, 1e15,
                                  1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};
  int power = number->exponent - number->count;
  if (number->radix != 10 || number->count > 15 || power < -22 || power > 22) {
    return false;
  }
  uint64_t value = 0;
  for (int i = 0; i < number->count; i++) {
    value = value * 10 + number->digits[i];
  }
  *result = power < 0 ? (double)value / powers[-power] : (double)value * powers[power];
  return true;
}

static const char *parse_special(
    const char *text, const struct binary_format *format, uint64_t *bits) {
  const char *end = skip_word(text, "inf");
  if (end != NULL) {
    const char *longer = skip_word(end, "inity");
    *bits = infinity_bits(format);
    return longer != NULL ? longer : end;
  }
  end = skip_word(text, "nan");
  if (end != NULL) {
    *bits = infinity_bits(format) | (uint64_t)1 << (format->precision - 2);
  }
  return end;
}

// `*fast` is set instead of `*bits` when it is not null and the number is a small one.
static const char *parse(
    const char *text, const struct binary_format *format, uint64_t *bits, double *fast,
    bool *is_fast) {
  *is_fast = false;
  const char *end = parse_special(text, format, bits);
  if (end != NULL) {
    return end;
  }
  struct number number = {.radix = 10};
  int exponent = 0;
  if (text[0] == '0' && lower(text[1]) == 'x') {
    number.radix = 16;
    end = parse_digits(text + 2, &number);
    if (end == NULL) {
      *bits = 0;  // the "0" before an "x" that begins no number
      return text + 1;
    }
    end = parse_exponent(end, 'p', &exponent);
  } else {
    end = parse_digits(text, &number);
    if (end == NULL) {
      return NULL;
    }
    end = parse_exponent(end, 'e', &exponent);
    number.exponent += exponent;
    exponent = 0;
  }
  if (fast != NULL && convert_small(&number, fast)) {
    *is_fast = true;
  } else {
    *bits = convert(format, &number, exponent);
  }
  return end;
}

static bool skip_sign(const char **text) {
  bool negative = **text == '-';
  *text += negative || **text == '+';
  return negative;
}

const char *sl_parse_double(const char *text, double *result) {
  bool negative = skip_sign(&text);
  bool is_fast;
  union {
    uint64_t bits;
    double value;
  } number;
  double small;
  const char *end = parse(text, &double_format, &number.bits, &small, &is_fast);
  if (end != NULL) {
    number.value = is_fast ? small : number.value;
    number.bits |= (uint64_t)negative << 63;
    *result = number.value;
  }
  return end;
}

const char *sl_parse_float(const char *text, float *result) {
  bool negative = skip_sign(&text);
  bool is_fast;
  uint64_t bits;
  const char *end = parse(text, &float_format, &bits, NULL, &is_fast);
  if (end != NULL) {
    union {
      uint32_t bits;
      float value;
    } number = {.bits = (uint32_t)bits | (uint32_t)negative << 31};
    *result = number.value;
  }
  return end;
}
