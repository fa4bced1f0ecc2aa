// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
// The functions are the runtimes'; this file makes the build check their declarations.
#include "cdemangle.h"
