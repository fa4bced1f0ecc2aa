// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
@_exported public import CHVTABI

// Each structure consists of fixed-width integers only, so that every bit pattern is a value.

/// `hvt_abi_note`.
public typealias ABINote = hvt_abi_note
/// `hvt_native_note`.
public typealias NativeNote = hvt_native_note
/// `hvt_native_boot_info`.
public typealias NativeBootInfo = hvt_native_boot_info
/// `hvt_boot_info`.
public typealias BootInfo = hvt_boot_info
/// `hvt_walltime`.
public typealias WalltimeCall = hvt_walltime
/// `hvt_puts`.
public typealias PutsCall = hvt_puts
/// `hvt_poll`.
public typealias PollCall = hvt_poll
/// `hvt_block_write`.
public typealias BlockWriteCall = hvt_block_write
/// `hvt_block_read`.
public typealias BlockReadCall = hvt_block_read
/// `hvt_net_write`.
public typealias NetWriteCall = hvt_net_write
/// `hvt_net_read`.
public typealias NetReadCall = hvt_net_read
/// `hvt_halt`.
public typealias HaltCall = hvt_halt
