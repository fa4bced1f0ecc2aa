// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
import CDrill
import CommandLineOptions
import Glibc
import Sandbox
import Tender

/// A program like hvtrun, with the very same sandbox, and with holes.
///
///     drill run [--without ENTRY] [--no-ring] [--contend] [--file-limit BYTES] OPTION... IMAGE
///     drill attack NAME machine|queues|capture|signals [--unfiltered] OPTION... IMAGE
///     drill sweep machine|queues|capture|signals
///
/// `run` runs a guest as hvtrun does, without an entry of the table of system calls. `attack` has a
/// thread of a machine do what taken-over code would, and says how it failed. `sweep` says which system
/// calls that a thread must not make it may.
@main
enum Drill {
  static func main() {
    var words = CommandLine.arguments.dropFirst()
    do {
      switch words.popFirst() {
      case "run": exit(try DrilledMachine(parsing: &words).run())
      case "attack": exit(try DrilledMachine(parsingAttack: &words).run())
      case "sweep": try Sweep(parsing: &words).run()
      default: throw DrillError.usage
      }
    } catch {
      say("\(error)")
      exit(2)
    }
  }
}

enum DrillError: Error {
  case usage
  case unknown(String)
}

/// Writes a line to standard error.
func say(_ text: String) {
  var line = text + "\n"
  line.withUTF8 { bytes in
    // SAFETY: the buffer is the string's own.
    _ = unsafe write(STDERR_FILENO, bytes.baseAddress, bytes.count)
  }
}

extension ThreadRoles {
  /// The role `name`.
  init(named name: String?) throws {
    switch name {
    case "machine": self = .machine
    case "queues": self = .queues
    case "capture": self = .capture
    case "signals": self = .signals
    default: throw DrillError.unknown(name ?? "role")
    }
  }
}
