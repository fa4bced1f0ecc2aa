// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
internal import ArgumentParser
internal import Glibc
internal import RunOptions

/// The command. Running a guest takes the short way, past the argument parser.
@main
enum Hvtrun {
  /// What hvtrun ends with when it could not do what it was asked.
  static let failureStatus: CInt = 125

  static func main() {
    let arguments = Array(CommandLine.arguments.dropFirst())
    let isRun = !Commands.names.contains(arguments.first ?? "--help")
      && !arguments.prefix { $0 != "--" }.contains { ["--help", "-h", "--version"].contains($0) }
    guard isRun else { Commands.main(arguments) }
    do {
      let status = try RunCommand(RunOptions(parsing: arguments)).run()
      Glibc.exit(status)
    } catch let error as UsageError {
      fail("\(error) (see hvtrun --help)")
    } catch {
      fail("\(error)")
    }
  }
}

/// Writes `message` as hvtrun's own to standard error.
func report(_ message: String) {
  var line = "hvtrun: \(message)\n"
  line.withUTF8 { bytes in
    // SAFETY: the buffer is the string's own. There is nobody to tell if this fails.
    _ = unsafe write(STDERR_FILENO, bytes.baseAddress, bytes.count)
  }
}

/// Ends hvtrun with `message`.
func fail(_ message: String) -> Never {
  report(message)
  exit(Hvtrun.failureStatus)
}
