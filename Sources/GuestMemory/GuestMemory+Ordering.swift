// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
internal import CLinux

/// Accesses of the tender's own to memory that the guest accesses at the same time. Each is one
/// access of the processor, which sees or leaves no half of a value. The addresses are ours: inside
/// the memory and multiples of the value's size. What the guest may do there is not asked.
extension GuestMemory {
  /// The 16 bits at `address`. What is read later is at least as new (acquire).
  public func loadAcquiring(at address: GuestAddress) -> UInt16 {
    // SAFETY: `location` has checked the address.
    unsafe clinux_load_acquire_16(location(of: address, size: 2))
  }

  /// Writes 16 bits to `address`. Whoever sees them sees what was written before (release).
  public func storeReleasing(_ value: UInt16, at address: GuestAddress) {
    // SAFETY: `location` has checked the address.
    unsafe clinux_store_release_16(location(of: address, size: 2), value)
  }

  /// The 64 bits at `address`, in no particular order.
  public func loadRelaxed(at address: GuestAddress) -> UInt64 {
    // SAFETY: `location` has checked the address.
    unsafe clinux_load_relaxed_64(location(of: address, size: 8))
  }

  /// Writes 32 bits to `address`, in no particular order.
  public func storeRelaxed(_ value: UInt32, at address: GuestAddress) {
    // SAFETY: `location` has checked the address.
    unsafe clinux_store_relaxed_32(location(of: address, size: 4), value)
  }

  /// Lets no later load pass an earlier store: what was stored is seen by others before what comes
  /// next is read.
  public static func fence() { clinux_fence() }

  /// Where the `size` bytes at `address` are in this process.
  private func location(of address: GuestAddress, size: UInt64) -> UnsafeMutableRawPointer {
    let offset = address.rawValue
    precondition(
      offset % size == 0 && offset <= byteCount - size,
      "an atomic access is aligned and inside the memory")
    guard
      let location = unsafe UnsafeMutableRawPointer(bitPattern: hostAddress + UInt(offset))
    else { preconditionFailure("the memory is mapped") }
    return unsafe location
  }
}
