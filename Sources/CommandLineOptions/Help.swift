// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception

extension Command {
  /// What `hvtrun --help` prints.
  public static var helpText: String {
    """
    Run a unikernel in a virtual machine of its own.

    usage: hvtrun [OPTION...] APP.elf [OPTION...] [-- ARGUMENT...]
           hvtrun inspect APP.elf [--json]
           hvtrun doctor [--json]
           hvtrun | solo5-hvt [OPTION...] [--] APP.hvt [ARGUMENT...]

    Examples:
      hvtrun hello.elf
      hvtrun ping.elf --net tap0 -- --ipv4=10.0.0.2/24
      hvtrun block.elf --mem 64M --block storage=disk.img,ro

    What stands after -- is the guest's own.

    The last form is solo5-hvt's: every option before the image, and everything after it the guest's.
    It is taken under the name solo5-hvt, and where one of these options, or --, stands before the
    image; the options below may stand beside them:
      --net:NAME=IFACE, --net:NAME=@FD, --net-mac:NAME=ADDRESS
      --block:NAME=PATH, --block-sector-size:NAME=BYTES
      --mem=MIB

    Options:
    \(RunOption.allCases.map(\.helpText).joined(separator: "\n"))
      --help, -h
          Print this.
      --version
          Print the version.

    Commands:
      inspect APP.elf
          Show the image's notes, devices, segments, entry and memory needs.
      doctor
          Check what this host has of what machines need; status 1 when something is missing.
      Both print one JSON object with --json.

    Exit status: the guest's own; 255 when it aborted or faulted; 125 when hvtrun could not do what
    it was asked; 124 when its time was over; 128 + the signal's number when SIGINT or SIGTERM ended it
    (a second one ends hvtrun at once). In solo5-hvt's form, 1 stands for the last three.
    """
  }
}

extension RunOption {
  fileprivate var helpText: String {
    "  \(rawValue)\(valueName.map { " " + $0 } ?? "")\n      "
      + help.split(separator: "\n").joined(separator: "\n      ")
  }
}
