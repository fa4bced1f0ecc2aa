// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
@_exported public import CHVTABI

// The C structures under the names that Swift code uses. Each consists of fixed-width integers
// only, so that every bit pattern is a value.
public typealias ABINote = hvt_abi_note
public typealias NativeNote = hvt_native_note
public typealias NativeBootInfo = hvt_native_boot_info
public typealias BootInfo = hvt_boot_info
public typealias WalltimeCall = hvt_walltime
public typealias PutsCall = hvt_puts
public typealias PollCall = hvt_poll
public typealias BlockWriteCall = hvt_block_write
public typealias BlockReadCall = hvt_block_read
public typealias NetWriteCall = hvt_net_write
public typealias NetReadCall = hvt_net_read
public typealias HaltCall = hvt_halt
