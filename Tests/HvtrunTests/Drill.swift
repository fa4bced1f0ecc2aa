// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
import CDrill
import Foundation
import GuestFixtures
import HVTABI

/// The program `drill`, which has hvtrun's sandbox and holes.
enum Drill {
  /// It lies beside the test program.
  static let path = URL(fileURLWithPath: Hvtrun.path).deletingLastPathComponent()
    .appendingPathComponent("drill").path

  /// Runs it to its end.
  static func run(_ arguments: [String], behind prefix: [String] = []) throws -> CommandResult {
    try CommandResult(of: prefix + [path] + arguments)
  }

  /// What a process that the kernel killed for a system call ends with, as `CommandResult` has it.
  static let killed = 128 + SIGSYS

  /// The attacks by name.
  static let attacks = (0..<drill_count).map { unsafe String(cString: drill_name($0)) }

  /// The attacks that something besides the filter of system calls stands against, with the errno.
  static let attacksOnSecondWalls = (0..<drill_count)
    .map { (unsafe String(cString: drill_name($0)), drill_second_wall($0)) }
    .filter { $0.1 != 0 }
}

extension GuestProgram {
  /// Says something, sends a frame if it has a device, reads a sector by a hypercall if it has a disk, and
  /// ends after a while.
  static func tempting(sending: Bool = false) -> GuestProgram {
    var guest = GuestProgram(devices: sending ? [.net("service")] : [])
    guest.say("started\n")
    if sending {
      let frame = guest.reserve(64)
      guest.call(.netWrite, guest.place(words: [1, frame, 64, 0]))
    }
    guest.sleep(400_000_000)
    guest.halt()
    return guest
  }
}
