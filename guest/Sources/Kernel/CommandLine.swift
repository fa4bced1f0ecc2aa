// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
import Boot

/// The command line as the tender passed it.
public let commandLine: String = unsafe String(cString: sl_command_line())

/// The arguments: the command line, split at spaces.
public let arguments: [String] = commandLine.split(separator: " ").map { String($0) }
