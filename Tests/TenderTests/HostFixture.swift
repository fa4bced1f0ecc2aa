// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
import KVM
import Testing

/// /dev/kvm, which some tests cannot do without.
func openKVM() throws -> KVMSystem {
  do {
    return try KVMSystem()
  } catch {
    Issue.record("this test needs /dev/kvm: \(error)")
    throw error
  }
}
