// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
import HVTABI
import SystemCalls
import SystemPackage
import Testing

@testable import Tender

@Suite struct ConfigurationErrorTests {
  @Test(
    arguments: [
      (.noInterface("tap0"), "network interface 'tap0' does not exist"),
      (.interfaceBusy("tap0"), "network interface 'tap0' is in use by another process"),
      (.notATap("eth0"), "'eth0' is not a tap interface without packet information"),
      (.mtu(67), "MTU 67 is not from 68 to 65521"),
      (
        .sectorSize(513, name: "disk.img"),
        "disk.img: sector size 513 is not a power of two of at least 512"
      ),
      (
        .imageSize(513, blockSize: 512, path: "disk.img"),
        "disk.img: size 513 is not a positive multiple of the sector size 512"
      ),
      (.imageInUse(path: "disk.img"), "disk.img: in use by another process"),
      (
        .systemCall(SystemCallError("open", on: "disk.img", errno: .permissionDenied)),
        "disk.img: open: Permission denied"
      ),
      (
        .unknownDevice("a", kind: .net, known: []),
        "the image declares no net device 'a'; it has none"
      ),
      (.noUnattachedDevice(.block), "the image declares no further block device"),
    ] as [(ConfigurationError, String)])
  func messageNamesTheValueAtFault(error: ConfigurationError, text: String) {
    #expect(error.description == text)
    #expect(MachineError.configuration(error).description == text)
  }

  @Test func machineErrorNamesItsCause() {
    let error = SystemCallError("KVM_RUN", on: "/dev/kvm", errno: .ioError)
    #expect(MachineError.systemCall(error).description == "/dev/kvm: KVM_RUN: Input/output error")
    #expect(MachineError.kvmVersion(11).description == "/dev/kvm: API version 11 is not 12")
  }
}
