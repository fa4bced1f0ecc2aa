// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
// The function is the Swift runtime's; this file makes the build check its declaration.
#include "cdemangle.h"
