// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
internal import CDemangle
internal import Glibc
internal import GuestImage
internal import GuestMemory

/// A guest's fault in words, with the names of the functions that led to it.
public struct FaultReport: CustomStringConvertible, Sendable {
  private let fault: GuestFault
  private let symbols: SymbolTable?
  private let isNative: Bool
  private let withRegisters: Bool

  /// A report of `fault` in a run of `image`. The image's symbols are read now, if it has any.
  public init(_ fault: GuestFault, in image: Image, withRegisters: Bool = false) {
    self.fault = fault
    // A report without names is better than none.
    symbols = try? image.symbols()
    isNative = image.headers.native != nil
    self.withRegisters = withRegisters
  }

  /// The lines of the report, without a newline at the end.
  public var description: String {
    var lines = ["guest fault: \(fault.cause)"]
    if isNative, fault.cause.isSwiftTrap {
      lines.append("  a failed Swift check ends so: an overflow, an index, nil, or a fatal error")
    }
    lines += calls
    if withRegisters, let registers = fault.registers { lines += registers.lines }
    return lines.joined(separator: "\n")
  }

  /// A line for each call, and one for as many more as recursion repeats it.
  private var calls: [String] {
    var lines: [String] = []
    var index = 0
    while index < fault.backtrace.count {
      let address = fault.backtrace[index]
      // A return address is behind its call, perhaps already in the next function.
      let call = index == 0 ? address.rawValue : address.rawValue &- 1
      lines.append("  \(index == 0 ? "at" : "by") \(address)\(name(of: call))")
      index += 1
      // The fault's own address is no call: an equal return address behind it names another place.
      guard index > 1 else { continue }
      let repetitions = fault.backtrace[index...].prefix { $0 == address }.count
      if repetitions > 0 {
        lines.append("     and " + (repetitions == 1 ? "once more" : "\(repetitions) more times"))
      }
      index += repetitions
    }
    return lines
  }

  private func name(of address: UInt64) -> String {
    guard let (name, offset) = symbols?.symbol(at: address) else { return "" }
    return " \(demangled(name)) + \(offset)"
  }
}

/// The readable form of the symbol `name`; `name` itself if it has none.
private func demangled(_ name: String) -> String {
  let swift = unsafe swift_demangle(name, name.utf8.count, nil, nil, 0)
  guard let result = unsafe swift ?? __cxa_demangle(name, nil, nil, nil) else { return name }
  defer { unsafe free(result) }
  return unsafe String(cString: result)
}

extension GuestFault.Registers {
  fileprivate var lines: [String] {
    let all =
      Array(zip(Self.names, general)) + [("rip", instructionPointer), ("rflags", flags)]
    return stride(from: 0, to: all.count, by: 3).map { start in
      all[start..<min(start + 3, all.count)]
        .map { name, value in
          let digits = String(value, radix: 16)
          let zeros = String(repeating: "0", count: 16 - digits.count)
          return "  \(name.padded(to: 6)) \(zeros)\(digits)"
        }
        .joined()
    }
  }
}

extension String {
  fileprivate func padded(to count: Int) -> String {
    self + String(repeating: " ", count: max(0, count - self.count))
  }
}
