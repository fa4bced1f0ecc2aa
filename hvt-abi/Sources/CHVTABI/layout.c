// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
// The header asserts every layout; this file makes the build check them.
#include "hvt_abi.h"
