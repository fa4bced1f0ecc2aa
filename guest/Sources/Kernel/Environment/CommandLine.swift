// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
import Boot

/// The command line as the tender passed it. It has to be UTF-8.
public let commandLine: String = string(commandLineBytes)

/// The arguments: the command line, split at spaces. They have to be UTF-8.
public let arguments: [String] = splitCommandLine()

/// The value of the argument `--name=value`, or nil when there is none. The last one counts.
public func option(_ name: String) -> String? {
  for argument in arguments.reversed() {
    if let value = value(of: argument, as: name) {
      return value
    }
  }
  return nil
}

// These look at bytes: what String offers for it brings parts of Unicode into the image.

private var commandLineBytes: Span<UInt8> {
  @_lifetime(immortal)
  get {
    let text = unsafe sl_command_line()
    let start = unsafe UnsafeRawPointer(text).assumingMemoryBound(to: UInt8.self)
    // SAFETY: the command line ends with a NUL and stays where it is.
    let bytes = unsafe Span<UInt8>(_unsafeStart: start, count: strlen(text))
    return unsafe _overrideLifetime(bytes, copying: ())
  }
}

private func string(_ bytes: Span<UInt8>) -> String {
  do throws(UTF8.ValidationError) {
    return String(copying: try UTF8Span(validating: bytes))
  } catch {
    fatalError("the command line is not UTF-8")
  }
}

private func splitCommandLine() -> [String] {
  let bytes = commandLineBytes
  var words: [String] = []
  var start = 0
  for end in 0...bytes.count {
    if end == bytes.count || bytes[end] == UInt8(ascii: " ") {
      if end > start {
        words.append(string(bytes.extracting(start..<end)))
      }
      start = end + 1
    }
  }
  return words
}

private func value(of argument: String, as name: String) -> String? {
  let bytes = argument.utf8Span.span
  let prefix = "--\(name)="
  let wanted = prefix.utf8Span.span
  guard bytes.count >= wanted.count else { return nil }
  for index in wanted.indices where bytes[index] != wanted[index] {
    return nil
  }
  return string(bytes.extracting(wanted.count...))
}
