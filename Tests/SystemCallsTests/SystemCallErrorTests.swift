// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
import Glibc
import SystemCalls
import SystemPackage
import Testing

@Suite struct SystemCallErrorTests {
  @Test func messageNamesObjectCallAndCause() {
    let error = SystemCallError("KVM_RUN", on: "/dev/kvm", errno: .permissionDenied)
    #expect(error.description == "/dev/kvm: KVM_RUN: Permission denied")
  }

  @Test func causeIsTheThreadsCurrentError() {
    Glibc.errno = ENOSPC
    #expect(SystemCallError("write", on: "file").errno == .noSpace)
  }

  @Test func errorsAreEqualWhenTheirPartsAre() {
    let error = SystemCallError("open", on: "a", errno: .notPermitted)
    #expect(error == SystemCallError("open", on: "a", errno: .notPermitted))
    #expect(error != SystemCallError("read", on: "a", errno: .notPermitted))
    #expect(error != SystemCallError("open", on: "b", errno: .notPermitted))
    #expect(error != SystemCallError("open", on: "a", errno: .permissionDenied))
  }
}
