// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
public import GuestMemory

/// What a guest did to a queue that ends it (hvt-abi/SPEC.md, "Running a queue").
public enum QueueFault: Error, Equatable, Sendable {
  /// The available index is further ahead of what has been taken than the queue is long.
  case availableIndex(UInt16, taken: UInt16, size: Int)
  /// The available ring names a descriptor that there is not.
  case head(UInt16, size: Int)
  /// The available ring names a chain that the tender has already.
  case headInFlight(UInt16)
  /// The `next` of a descriptor names one that there is not.
  case next(UInt16, descriptor: UInt16, size: Int)
  /// A chain has more descriptors than the queue: it comes back to one of its own.
  case chainTooLong(head: UInt16, size: Int)
  /// A descriptor has VIRTQ_DESC_F_INDIRECT.
  case indirect(descriptor: UInt16)
  /// A descriptor has no bytes.
  case empty(descriptor: UInt16)
  /// A descriptor's bytes are not all the guest's to read.
  case notReadable(descriptor: UInt16, GuestAddress, length: UInt32)
  /// A descriptor's bytes are not all the guest's to write.
  case notWritable(descriptor: UInt16, GuestAddress, length: UInt32)
  /// A descriptor to be read follows one to be written.
  case readAfterWrite(descriptor: UInt16)
  /// A chain lacks what its kind of queue asks for, such as "a header".
  case incomplete(head: UInt16, lacking: String)
}

extension QueueFault: CustomStringConvertible {
  /// One line that names the field and its value.
  public var description: String {
    switch self {
    case .availableIndex(let index, let taken, let size):
      "available index \(index): more than \(size) ahead of \(taken), up to which chains were taken"
    case .head(let head, let size):
      "available ring: head \(head) of a queue of \(size) descriptors"
    case .headInFlight(let head):
      "available ring: head \(head) is a chain that has not been used yet"
    case .next(let next, let descriptor, let size):
      "descriptor \(descriptor): next is \(next) of a queue of \(size) descriptors"
    case .chainTooLong(let head, let size):
      "chain \(head): more than the queue's \(size) descriptors"
    case .indirect(let descriptor):
      "descriptor \(descriptor): VIRTQ_DESC_F_INDIRECT is not offered"
    case .empty(let descriptor):
      "descriptor \(descriptor): length is 0"
    case .notReadable(let descriptor, let address, let length):
      "descriptor \(descriptor): \(length) bytes at \(address) are not memory that the guest may read"
    case .notWritable(let descriptor, let address, let length):
      "descriptor \(descriptor): \(length) bytes at \(address) are not memory that the guest may write"
    case .readAfterWrite(let descriptor):
      "descriptor \(descriptor): to be read, behind one to be written"
    case .incomplete(let head, let what):
      "chain \(head): lacks \(what)"
    }
  }
}
