// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
internal import CLinux

/// Accesses of the tender's own to memory that the guest accesses at the same time. Each number is
/// read or written by one access of the processor, which sees and leaves no half of it. The addresses
/// are ours: inside the memory, and multiples of the size unless said otherwise. What the guest may do
/// there is not asked.
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

  /// The 16 bytes at `address`, as two numbers that are read one after the other, in no particular
  /// order with others.
  public func loadRelaxedPair(at address: GuestAddress) -> (UInt64, UInt64) {
    let location = unsafe location(of: address, size: 16)
    // SAFETY: `location` has checked the address.
    return unsafe (clinux_load_relaxed_64(location), clinux_load_relaxed_64(location + 8))
  }

  /// Writes two numbers to the 8 bytes at `address`, a multiple of 4, in no particular order with
  /// others.
  public func storeRelaxed(_ first: UInt32, _ second: UInt32, at address: GuestAddress) {
    let location = unsafe location(of: address, size: 8, alignment: 4)
    // SAFETY: `location` has checked the address.
    unsafe clinux_store_relaxed_32(location, first)
    unsafe clinux_store_relaxed_32(location + 4, second)
  }

  /// Lets no later load pass an earlier store: what was stored is seen by others before what comes
  /// next is read.
  public static func fence() { clinux_fence() }

  /// Where the `size` bytes at `address` are in this process.
  @inline(__always)
  private func location(
    of address: GuestAddress, size: UInt64, alignment: UInt64? = nil
  ) -> UnsafeMutableRawPointer {
    let offset = address.rawValue
    precondition(
      offset % (alignment ?? size) == 0 && offset <= byteCount - size,
      "an atomic access is aligned and inside the memory")
    return unsafe base + Int(offset)
  }
}
