// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
import Glibc
import HVTABI
import SystemCalls

@testable import Tender

/// Where guests are made of inputs, run and looked at.
final class Laboratory {
  nonisolated(unsafe) static let shared: Laboratory = {
    do {
      return try Laboratory()
    } catch {
      fatalError("\(error)")
    }
  }()

  private let features = ProcessorFeatures()
  private let instruments: Instruments
  private var benches: [Bench.Key: Bench] = [:]

  private init() throws { instruments = try Instruments() }

  /// The number that the next descriptor of the process will have.
  private static func nextDescriptor() -> CInt {
    let number = dup(2)
    close(number)
    return number
  }

  /// The bench for guests like `translation`'s.
  private func bench(for translation: Translation) throws -> Bench {
    let key = Bench.Key(translation)
    if let bench = benches[key] { return bench }
    let bench = try Bench(for: translation, features, instruments)
    benches[key] = bench
    return bench
  }

  /// Runs the guest of `input` to its end, and checks what it left.
  func run(_ input: inout FuzzInput) throws {
    let translation = Translation(&input)
    let bench = try bench(for: translation)
    let descriptor = Self.nextDescriptor()
    try run(translation, on: bench)
    bench.check(translation)
    demand(Self.nextDescriptor() == descriptor, "a descriptor stayed open")
  }

  private func run(_ translation: Translation, on bench: Bench) throws {
    let (tender, outcome) = try bench.run(translation, instruments)
    if case .faulted(let fault) = outcome {
      demand(!FaultReport(fault, in: bench.image).description.isEmpty, "no report")
      if let registers = fault.registers {
        demand(registers.flags & 0x3000 == 0, "IOPL in \(registers)")
      }
    }
    _ = tender.statistics
  }
}

/// Ends the fuzzer with `message`, unless `isFine`.
func demand(_ isFine: Bool, _ message: @autoclosure () -> String) {
  if !isFine { fatalError(message()) }
}
