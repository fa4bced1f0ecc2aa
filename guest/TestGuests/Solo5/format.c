// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
// Compiled once more, for guests that use general registers only.
#include "../../Sources/Freestanding/format.c"
