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

/// The form of `line`, which begins with the program's name.
func form(_ line: String) -> Command.Form { Command.Form(of: words(line)) }

/// What `line`, which begins with the program's name, asks for in whatever form it has.
func called(_ line: String) throws(UsageError) -> Command {
  try Command(parsing: Array(words(line).dropFirst()), in: form(line))
}

/// The run that `words` ask for in solo5-hvt's form; nil when they ask for something else.
func solo5(_ words: [String]) throws(UsageError) -> RunOptions? {
  if case .run(let options) = try Command(parsing: words, in: .solo5) { options } else { nil }
}

/// The same for the words of `line`.
func solo5(_ line: String) throws(UsageError) -> RunOptions? { try solo5(words(line)) }

/// The message of the error that reading `line` in solo5-hvt's form ends with; nil when it succeeds.
func solo5Message(_ line: String) -> String? {
  do {
    _ = try solo5(line)
    return nil
  } catch {
    return error.description
  }
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
