// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
internal import CommandLineOptions
internal import Glibc
internal import GuestImage
internal import SystemCalls
internal import Tender

/// The command.
@main
enum Hvtrun {
  static let version = "0.1.0"

  static func main() {
    StandardStreams.ensureOpen()
    let words = processArguments()
    let form = Command.Form(of: words)
    do {
      exit(try perform(Command(parsing: Array(words.dropFirst()), in: form), form))
    } catch let error as UsageError {
      report("\(error) (see hvtrun --help)")
    } catch {
      report("\(error)")
    }
    exit(form.failureStatus)
  }

  private static func perform(_ command: Command, _ form: Command.Form) throws -> CInt {
    switch command {
    case .run(let options):
      return try RunCommand(options, form).run()
    case .inspect(let path, let json):
      let report = ImageReport(try Image(path: path).headers)
      print(json ? report.json : report.text)
    case .doctor(let json):
      let check = HostCheck()
      print(json ? check.json : check.text)
      return check.isFine ? 0 : 1
    case .help: print(Command.helpText)
    case .version: print("hvtrun \(version)")
    }
    return 0
  }
}

/// Writes `message` as hvtrun's own to standard error.
func report(_ message: String) {
  writeError("hvtrun: \(message)")
}

/// Writes a line to standard error.
func writeError(_ text: String) {
  // Names of an image, or of files, may be anything.
  var line = ConsoleText.shown(text) + "\n"
  line.withUTF8 { bytes in
    // SAFETY: the buffer is the string's own. There is nobody to tell if this fails.
    _ = unsafe write(STDERR_FILENO, bytes.baseAddress, bytes.count)
  }
}
