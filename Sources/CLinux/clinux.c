// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
// Everything is inline in the header; this file makes the build check it.
#include "clinux.h"
