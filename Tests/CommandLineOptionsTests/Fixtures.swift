// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
import CommandLineOptions

/// The command of the words of `line`, which single spaces separate.
func command(_ line: String) throws(UsageError) -> Command {
  try Command(parsing: words(line))
}

/// The run that `line` asks for.
func run(_ line: String) throws(UsageError) -> RunOptions {
  try RunOptions(parsing: words(line))
}

/// The message of the error that reading `line` ends with; nil when it succeeds.
func message(_ line: String) -> String? {
  do {
    _ = try command(line)
    return nil
  } catch {
    return error.description
  }
}

private func words(_ line: String) -> [String] {
  line.split(separator: " ").map(String.init)
}
