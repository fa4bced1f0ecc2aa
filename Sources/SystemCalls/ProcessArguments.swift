// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
internal import CLinux

/// The words of this process's command line, the command's own first.
///
/// Not `CommandLine.arguments`: in a static executable these are looked for by way of /proc, and when
/// that cannot be read there are none.
public func processArguments() -> [String] {
  var words: [String] = []
  // SAFETY: the words are C strings that live as long as the process, and null ends them.
  while let word = unsafe clinux_argument(CInt(words.count)) {
    words.append(unsafe String(cString: word))
  }
  return words
}
