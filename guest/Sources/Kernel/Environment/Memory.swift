// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
import Boot

/// The bytes of the machine's memory that nothing uses.
public var freeMemory: Int { Int(sl_malloc_available()) }
