// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
import CommandLineOptions
import Testing

@Suite struct DeviceOptionTests {
  private static func net(_ value: String) throws(UsageError) -> NetOption? {
    try RunOptions(parsing: ["app.elf", "--net", value]).nets.first
  }

  private static func block(_ value: String) throws(UsageError) -> BlockOption? {
    try RunOptions(parsing: ["app.elf", "--block", value]).blocks.first
  }

  @Test func interfaceAloneIsForTheFirstDevice() throws {
    let option = try #require(try Self.net("tap0"))
    #expect(option.name == nil)
    #expect(option.source == .name("tap0"))
    #expect(option.macAddress == nil)
    #expect(option.mtu == nil)
  }

  @Test func pathAloneIsForTheFirstDevice() throws {
    let option = try #require(try Self.block("/srv/disk.img"))
    #expect(option.name == nil)
    #expect(option.source == .name("/srv/disk.img"))
    #expect(!option.isReadOnly)
    #expect(!option.isDirect)
    #expect(option.sectorSize == 512)
  }

  @Test func netTakesNameAndSettings() throws {
    let option = try #require(try Self.net("service=tap0,mac=52:54:00:12:34:56,mtu=9000"))
    #expect(option.name == "service")
    #expect(option.source == .name("tap0"))
    #expect(option.macAddress == "52:54:00:12:34:56")
    #expect(option.mtu == 9000)
  }

  @Test func blockTakesNameAndSettings() throws {
    let option = try #require(try Self.block("storage=disk.img,sector=4096,ro,direct"))
    #expect(option.name == "storage")
    #expect(option.source == .name("disk.img"))
    #expect(option.isReadOnly)
    #expect(option.isDirect)
    #expect(option.sectorSize == 4096)
  }

  @Test func settingsStandInAnyOrder() throws {
    #expect(try Self.net("a=b,mtu=68,mac=x") == Self.net("a=b,mac=x,mtu=68"))
    #expect(try Self.block("a=b,ro,sector=1024") == Self.block("a=b,sector=1024,ro"))
  }

  @Test func nameStandsInTheEqualsForm() throws {
    let options = try run("--net=service=tap0,mtu=1400 app.elf --block=storage=disk.img,ro")
    #expect(options.nets == [try Self.net("service=tap0,mtu=1400")])
    #expect(options.blocks == [try Self.block("storage=disk.img,ro")])
  }

  @Test(
    arguments: [
      ("Storage1=disk.img", "Storage1", "disk.img"), ("a=b=c", "a", "b=c"),
      ("a=./b=c", "a", "./b=c"), ("./a=b", nil, "./a=b"), ("/dev/x=y", nil, "/dev/x=y"),
      ("a-b=c", nil, "a-b=c"), ("a_b=c", nil, "a_b=c"), ("=c", nil, "=c"), ("ä=c", nil, "ä=c"),
    ] as [(String, String?, String)])
  func nameIsOnlyLettersAndDigits(value: String, name: String?, source: String) throws {
    let option = try #require(try Self.block(value))
    #expect(option.name == name)
    #expect(option.source == .name(source))
  }

  @Test(arguments: [("@0", 0), ("@3", 3), ("@2147483647", .max)] as [(String, Int32)])
  func descriptorStandsInPlaceOfTheSource(text: String, number: Int32) throws {
    #expect(try Self.net(text)?.source == .descriptor(number))
    #expect(try Self.block("storage=\(text),ro")?.source == .descriptor(number))
  }

  @Test(arguments: ["@", "@-1", "@+1", "@x", "@1x", "@2147483648"])
  func otherDescriptorsAreRefused(text: String) {
    let expected = "'\(text)' is not a descriptor such as @3"
    #expect(message("app.elf --net \(text)") == expected)
    #expect(message("app.elf --block=storage=\(text),ro") == expected)
  }

  @Test(
    arguments: [
      ("--net service=", "--net needs a value"),
      ("--net ,mtu=9000", "--net needs a value"),
      ("--block storage=,ro", "--block needs a value"),
      ("--net tap0,", "--net: unknown or malformed setting ''"),
      ("--net tap0,mac", "--net: unknown or malformed setting 'mac'"),
      ("--net tap0,mtu", "--net: unknown or malformed setting 'mtu'"),
      ("--net tap0,ro", "--net: unknown or malformed setting 'ro'"),
      ("--net tap0,MTU=9000", "--net: unknown or malformed setting 'MTU'"),
      ("--block disk,mtu=9000", "--block: unknown or malformed setting 'mtu'"),
      ("--block disk,ro=1", "--block: unknown or malformed setting 'ro'"),
      ("--block disk,direct=1", "--block: unknown or malformed setting 'direct'"),
      ("--net tap0,direct", "--net: unknown or malformed setting 'direct'"),
      ("--block disk,ro,", "--block: unknown or malformed setting ''"),
      ("--net tap0,mtu=", "mtu=: not a number in range"),
      ("--net tap0,mtu=-1", "mtu=-1: not a number in range"),
      ("--net tap0,mtu=1e3", "mtu=1e3: not a number in range"),
      (
        "--net tap0,mtu=9223372036854775808", "mtu=9223372036854775808: not a number in range"
      ),
      ("--block disk,sector=", "sector=: not a number in range"),
      ("--block disk,sector=65536", "sector=65536: not a number in range"),
      ("--block disk,sector=4K", "sector=4K: not a number in range"),
    ])
  func settingsThatDoNotFitAreRefused(options: String, message expected: String) {
    #expect(message("app.elf \(options)") == expected)
    #expect(message("\(options) app.elf") == expected)
  }
}
