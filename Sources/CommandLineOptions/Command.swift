// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception

/// What `hvtrun` is asked to do.
///
/// The command line is read by a scanner of our own: a general argument parser takes longer than a
/// virtual machine to start, and doubles the program's size.
public enum Command: Equatable, Sendable {
  case run(RunOptions)
  case inspect(path: String, json: Bool)
  case doctor(json: Bool)
  case help
  case version

  /// Reads the arguments that follow the program's name.
  public init(parsing arguments: [String], in form: Form = .own) throws(UsageError) {
    if arguments.isEmpty {
      self = .help
    } else {
      switch form {
      case .own: try self.init(parsingOwn: arguments)
      case .solo5: try self.init(parsingSolo5: arguments)
      }
    }
  }

  private init(parsingOwn arguments: [String]) throws(UsageError) {
    let own = arguments.prefix { $0 != "--" }
    if own.contains("--help") || own.contains("-h") || own.first == "help" {
      self = .help
    } else if own.contains("--version") {
      self = .version
    } else if own.first == "inspect" {
      let (words, json) = try Self.split(arguments.dropFirst())
      guard let path = words.first else { throw .noImageToInspect }
      guard words.count == 1 else { throw .extraArgument(words[1]) }
      self = .inspect(path: path, json: json)
    } else if own.first == "doctor" {
      let (words, json) = try Self.split(arguments.dropFirst())
      if let word = words.first { throw .extraArgument(word) }
      self = .doctor(json: json)
    } else {
      self = .run(try RunOptions(parsing: arguments))
    }
  }

  /// The words of a command whose only option is `--json`.
  private static func split(
    _ arguments: ArraySlice<String>
  ) throws(UsageError) -> (words: [String], json: Bool) {
    let options = arguments.filter { $0.utf8.first == UInt8(ascii: "-") }
    if let other = options.first(where: { $0 != "--json" }) { throw .unknownOption(other) }
    return (arguments.filter { $0 != "--json" }, !options.isEmpty)
  }
}
