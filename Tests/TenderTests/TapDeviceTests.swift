// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
import Glibc
import SystemCalls
import Tender
import Testing

/// What needs no privileges of a tap.
@Suite struct TapDeviceTests {
  @Test(
    arguments: [
      "nonexistent0", "", "a-name-that-is-too-long", "sixteen-chars-ab", "with space", "a/b",
    ])
  func missingInterfaceIsNamed(name: String) {
    let message = configurationMessage { () throws(ConfigurationError) in
      _ = try TapDevice(name: name)
    }
    #expect(message == "network interface '\(name)' does not exist")
  }

  @Test func otherInterfaceIsNoTap() {
    let message = configurationMessage { () throws(ConfigurationError) in
      _ = try TapDevice(name: "lo")
    }
    #expect(message == "'lo' is not a tap interface without packet information")
  }

  @Test(arguments: ["/dev/null", "/dev/net/tun"])
  func otherDescriptorIsNoTap(path: String) throws {
    let descriptor = try Descriptor(opening: path, flags: O_RDWR)
    let result: Result<TapDevice, ConfigurationError>
    do throws(ConfigurationError) {
      result = .success(try TapDevice(descriptor, name: "@3"))
    } catch {
      result = .failure(error)
    }
    let error = #expect(throws: ConfigurationError.self) { _ = try result.get() }
    #expect(error?.description == "'@3' is not a tap interface without packet information")
  }

  @Test func mtusAreThoseOfIPv4() {
    #expect(TapDevice.mtus == 68...65_521)
  }
}
