// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
@_exported public import CHVTABI

// Each structure consists of fixed-width integers only, so that every bit pattern is a value.

/// `hvt_abi_note`.
public typealias ABINote = hvt_abi_note
/// `hvt_native_note`.
public typealias NativeNote = hvt_native_note
/// `hvt_queue_note`.
public typealias QueueNote = hvt_queue_note
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
/// `hvt_queue`.
public typealias QueueEntry = hvt_queue
/// `hvt_descriptor`.
public typealias QueueDescriptor = hvt_descriptor
/// `hvt_used_element`.
public typealias UsedElement = hvt_used_element
/// `hvt_net_header`.
public typealias NetHeader = hvt_net_header
/// `hvt_block_request`.
public typealias BlockRequestHeader = hvt_block_request
/// `hvt_block_range`.
public typealias BlockRange = hvt_block_range
