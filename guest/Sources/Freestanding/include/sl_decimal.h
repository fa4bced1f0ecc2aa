// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
#ifndef SL_DECIMAL_H
#define SL_DECIMAL_H

/// strtod of the C locale, correctly rounded (to nearest, ties to even): decimal and hexadecimal
/// numbers, "inf", "infinity" and "nan", with a sign. Returns the end of what it understood, or
/// null when that is nothing. Leading white space is not skipped.
const char *sl_parse_double(const char *text, double *result);

/// strtof, as `sl_parse_double`.
const char *sl_parse_float(const char *text, float *result);

#endif
