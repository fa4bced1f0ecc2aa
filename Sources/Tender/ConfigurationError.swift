// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
public import GuestImage
public import HVTABI
public import SystemCalls

/// What is wrong with a machine's configuration. Each description names the value at fault.
public enum ConfigurationError: Error, Sendable {
  /// The image cannot be run; `name` is its path.
  case image(name: String, ImageError)
  /// A native guest was to run at privilege level 0.
  case privilegedNative(name: String)
  /// The memory size is not a multiple of 2 MiB, or above 4 GiB.
  case memorySize(UInt64)
  /// The image needs more memory than it is given.
  case memoryTooSmall(UInt64, needed: UInt64)
  /// The command line has `count` bytes, more than 8191.
  case commandLineTooLong(count: Int)
  /// The command line has a NUL, which would end it early.
  case commandLineHasNUL
  /// The manifest declares no such device; `known` are those of the kind that it declares.
  case unknownDevice(String, kind: DeviceKind, known: [String])
  /// Two devices were attached under one name.
  case attachedTwice(String)
  /// There is no device of the kind left to attach to.
  case noUnattachedDevice(DeviceKind)
  /// A device of the manifest has nothing attached.
  case notAttached([String])
  /// There is no such network interface.
  case noInterface(String)
  /// The interface is attached to another process.
  case interfaceBusy(String)
  /// The interface or descriptor is not a tap without packet information.
  case notATap(String)
  /// The MTU is out of range.
  case mtu(Int)
  /// A sector size that is not a power of two of at least 512.
  case sectorSize(UInt16, name: String)
  /// The disk image is empty or ends in the middle of a sector.
  case imageSize(UInt64, blockSize: UInt16, path: String)
  /// The file system of the disk image does no direct I/O.
  case noDirectTransfers(path: String)
  /// Direct I/O is in larger units than the sectors.
  case directUnit(Int, blockSize: UInt16, path: String)
  /// The time limit is not positive, or longer than 292 years.
  case timeLimit(Duration)
  /// The share of a processor is not from 1 to 100 percent.
  case processorQuota(Int)
  /// Nothing may go through what `of` names.
  case zeroLimit(of: String)
  /// Another process holds the disk image.
  case imageInUse(path: String)
  /// The host refused a system call.
  case systemCall(SystemCallError)
}

extension ConfigurationError: CustomStringConvertible {
  /// One line that names the value at fault.
  public var description: String {
    switch self {
    case .image(let name, let error): "\(name): \(error)"
    case .privilegedNative(let name):
      "\(name): a native guest runs at privilege level 3 only; --cpl0 is for Solo5 guests"
    case .memorySize(let size):
      "memory size \(size) is not a multiple of 2 MiB from 2 MiB to 4 GiB"
    case .memoryTooSmall(let size, let needed):
      "memory size \(size) is too small: the image needs \(needed) bytes"
    case .commandLineTooLong(let count):
      "the guest's command line has \(count) bytes; the most is \(CommandLineLimit.byteCount)"
    case .commandLineHasNUL: "the guest's command line has a NUL character"
    case .unknownDevice(let name, let kind, let known):
      "the image declares no \(kind.word) device '\(name)'"
        + (known.isEmpty ? "; it has none" : "; it has: \(known.joined(separator: ", "))")
    case .attachedTwice(let name): "device '\(name)' is attached twice"
    case .noUnattachedDevice(let kind): "the image declares no further \(kind.word) device"
    case .notAttached(let names):
      "not attached: " + names.joined(separator: ", ")
    case .noInterface(let name): "network interface '\(name)' does not exist"
    case .interfaceBusy(let name): "network interface '\(name)' is in use by another process"
    case .notATap(let name): "'\(name)' is not a tap interface without packet information"
    case .mtu(let mtu):
      "MTU \(mtu) is not from \(TapDevice.mtus.lowerBound) to \(TapDevice.mtus.upperBound)"
    case .sectorSize(let size, let name):
      "\(name): sector size \(size) is not a power of two of at least 512"
    case .imageSize(let size, let blockSize, let path):
      "\(path): size \(size) is not a positive multiple of the sector size \(blockSize)"
    case .noDirectTransfers(let path): "\(path): direct I/O is not supported there"
    case .directUnit(let unit, let size, let path):
      "\(path): direct I/O is in units of \(unit) bytes; the sector size is \(size)"
    case .timeLimit(let limit): "time limit \(limit) is not from a nanosecond to 292 years"
    case .processorQuota(let percent):
      "processor quota \(percent) is not from \(MachineConfiguration.processorQuotas.lowerBound) to "
        + "\(MachineConfiguration.processorQuotas.upperBound) percent"
    case .zeroLimit(let name): "a limit of \(name) is 0"
    case .imageInUse(let path): "\(path): in use by another process"
    case .systemCall(let error): error.description
    }
  }
}

extension DeviceKind {
  var word: String {
    switch self {
    case .block: "block"
    case .net: "net"
    }
  }
}
