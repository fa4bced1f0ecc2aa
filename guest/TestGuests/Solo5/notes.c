// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
// What makes the image a Solo5 guest's: the ABI note, no native note, and an interpreter that no
// host has. The manifest comes from the guest (raw_manifest.h).
#include "../../Sources/Boot/abi_note.c"

__attribute__((section(".interp"), used, retain)) static const char interpreter[] =
    "/nonexistent/solo5/";
