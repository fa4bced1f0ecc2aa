// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
import GuestImage
import Testing

@testable import Tender

@Suite struct MachineConfigurationTests {
  private static func configuration(
    _ image: ImageFixture = ImageFixture()
  ) throws(ConfigurationError) -> MachineConfiguration {
    MachineConfiguration(image: try image.image(), console: BufferConsole())
  }

  /// What is wrong with the configuration of `image` that `change` makes; nil when nothing is.
  private static func message(
    _ image: ImageFixture = ImageFixture(),
    _ change: (inout MachineConfiguration) throws(ConfigurationError) -> Void
  ) -> String? {
    configurationMessage { () throws(ConfigurationError) in
      var configuration = try configuration(image)
      try change(&configuration)
      _ = try configuration.validated()
    }
  }

  private static let devices = ImageFixture(
    devices: [.net("service"), .block("storage"), .net("control"), .block("log")])
  private static let disk = MemoryBlockDevice(contents: [UInt8](repeating: 0, count: 512))
  private static func net() throws -> VirtualLink { try VirtualLink.pair().0 }

  @Test func imageWithoutDevicesNeedsNothingElse() throws {
    let configuration = try Self.configuration()
    #expect(configuration.memorySize == 512 << 20)
    #expect(configuration.commandLine == "")
    #expect(try configuration.validated().memorySize == 512 << 20)
  }

  // MARK: - Devices

  @Test func devicesWithoutNamesGoToTheFirstFreeOnes() throws {
    var configuration = try Self.configuration(Self.devices)
    let (first, second) = (try Self.net(), try Self.net())
    try configuration.attach(net: second, as: "control")
    try configuration.attach(net: first)
    try configuration.attach(block: Self.disk)
    try configuration.attach(block: Self.disk)
    _ = try configuration.validated()
    let addresses = configuration.attachments.map { attachment -> MACAddress? in
      if case .net(let device)? = attachment { device.macAddress } else { nil }
    }
    #expect(addresses == [nil, first.macAddress, nil, second.macAddress, nil])
    #expect(configuration.attachments[0] == nil)
  }

  @Test func attachmentsTellTheirProperties() throws {
    let link = try Self.net()
    #expect(
      MachineConfiguration.Attachment.net(link).properties
        == .net(mac: link.macAddress, mtu: 1500))
    #expect(
      MachineConfiguration.Attachment.block(Self.disk).properties
        == .block(capacity: 512, blockSize: 512, isReadOnly: false))
  }

  @Test func deviceIsNotAttachedTwice() throws {
    let net = try Self.net()
    #expect(
      Self.message(Self.devices) { configuration throws(ConfigurationError) in
        try configuration.attach(net: net, as: "service")
        try configuration.attach(net: net, as: "service")
      } == "device 'service' is attached twice")
    #expect(
      Self.message(Self.devices) { configuration throws(ConfigurationError) in
        try configuration.attach(block: Self.disk)
        try configuration.attach(block: Self.disk, as: "storage")
      } == "device 'storage' is attached twice")
  }

  @Test func unknownDeviceIsToldWithTheKnownOnes() throws {
    let net = try Self.net()
    #expect(
      Self.message(Self.devices) { configuration throws(ConfigurationError) in
        try configuration.attach(net: net, as: "Service")
      } == "the image declares no net device 'Service'; it has: service, control")
    #expect(
      Self.message(Self.devices) { configuration throws(ConfigurationError) in
        try configuration.attach(block: Self.disk, as: "service")
      } == "the image declares no block device 'service'; it has: storage, log")
    #expect(
      Self.message { configuration throws(ConfigurationError) in
        try configuration.attach(block: Self.disk, as: "storage")
      } == "the image declares no block device 'storage'; it has none")
  }

  @Test func kindsAreCounted() throws {
    let net = try Self.net()
    #expect(
      Self.message { configuration throws(ConfigurationError) in
        try configuration.attach(net: net)
      } == "the image declares no further net device")
    #expect(
      Self.message(ImageFixture(devices: [.block("storage"), .net("service")])) {
        configuration throws(ConfigurationError) in
        try configuration.attach(block: Self.disk)
        try configuration.attach(block: Self.disk)
      } == "the image declares no further block device")
  }

  @Test func everyDeviceMustBeAttached() throws {
    let net = try Self.net()
    #expect(
      Self.message(Self.devices) { configuration throws(ConfigurationError) in
        try configuration.attach(net: net)
        try configuration.attach(block: Self.disk, as: "log")
      } == "not attached: block device 'storage', net device 'control'")
    #expect(
      Self.message(ImageFixture(devices: [.net("service")])) { _ in }
        == "not attached: net device 'service'")
  }

  @Test func sixtyThreeDevicesAreTheMost() throws {
    let devices = (1...63).map { ImageFixture.Device.block("disk\($0)") }
    #expect(
      Self.message(ImageFixture(devices: devices)) { configuration throws(ConfigurationError) in
        for _ in devices { try configuration.attach(block: Self.disk) }
      } == nil)
  }

  // MARK: - Memory

  @Test(arguments: [2 << 20, 4 << 20, 512 << 20, (4 << 30) - (2 << 20), 4 << 30] as [UInt64])
  func memoryIsAMultipleOfTwoMegabytes(size: UInt64) {
    #expect(Self.message { $0.memorySize = size } == nil)
  }

  @Test(
    arguments: [
      0, 1, 1 << 20, (2 << 20) - 1, (2 << 20) + 1, 3 << 20, (4 << 30) + (2 << 20), 1 << 63, .max,
    ] as [UInt64])
  func otherMemorySizesAreRefused(size: UInt64) {
    #expect(
      Self.message { $0.memorySize = size }
        == "memory size \(size) is not a multiple of 2 MiB from 2 MiB to 4 GiB")
  }

  @Test func memoryMustHoldTheProgramAndItsStack() {
    #expect(
      Self.message(ImageFixture(stackSize: 8 << 20)) { $0.memorySize = 8 << 20 }
        == "memory size 8388608 is too small: the image needs 10485760 bytes")
    #expect(Self.message(ImageFixture(stackSize: 8 << 20)) { $0.memorySize = 10 << 20 } == nil)
  }

  // MARK: - Image and command line

  @Test func levelZeroIsForSolo5Guests() {
    #expect(Self.message(ImageFixture(stackSize: nil)) { _ in } == nil)
    #expect(Self.message(ImageFixture(stackSize: nil)) { $0.runsPrivileged = true } == nil)
    #expect(
      Self.message { $0.runsPrivileged = true }
        == "app.elf: a native guest runs at privilege level 3 only; --cpl0 is for Solo5 guests")
  }

  @Test func imageIsCalledByItsName() {
    let message = configurationMessage { () throws(ConfigurationError) in
      _ = try Image(bytes: [1, 2, 3], name: "app.elf")
    }
    #expect(message?.hasPrefix("app.elf: ") == true)
  }

  @Test(arguments: [
    "", "a", String(repeating: "a", count: 8191), String(repeating: "é", count: 4095),
  ])
  func commandLineFitsItsPlace(text: String) {
    #expect(Self.message { $0.commandLine = text } == nil)
  }

  @Test(
    arguments: [
      (String(repeating: "a", count: 8192), 8192), (String(repeating: "é", count: 4096), 8192),
    ])
  func longCommandLineIsRefused(text: String, count: Int) {
    #expect(
      Self.message { $0.commandLine = text }
        == "the guest's command line has \(count) bytes; the most is 8191")
  }

  @Test(arguments: ["\0", "one\0two", "one\0"])
  func commandLineWithNULIsRefused(text: String) {
    #expect(
      Self.message { $0.commandLine = text } == "the guest's command line has a NUL character")
  }

  @Test func machineSaysWhatIsWrongBeforeItExists() throws {
    var configuration = try Self.configuration()
    configuration.memorySize = 1
    let error = #expect(throws: MachineError.self) { _ = try Machine(configuration) }
    #expect(
      error?.description == "memory size 1 is not a multiple of 2 MiB from 2 MiB to 4 GiB")
  }
}
