// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
internal import Glibc

/// Standard input, output and error.
enum StandardStreams {
  /// Opens /dev/null for each that is closed, so that no file of ours takes its number and gets what
  /// was meant for it.
  static func ensureOpen() {
    for number in STDIN_FILENO...STDERR_FILENO where fcntl(number, F_GETFD) < 0 {
      // The lowest free number is this one.
      _ = unsafe open("/dev/null", O_RDWR)
    }
  }
}
