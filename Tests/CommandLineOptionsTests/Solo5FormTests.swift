// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
import CommandLineOptions
import Testing

@Suite struct Solo5FormTests {
  @Test func imageAloneGetsTheDefaults() throws {
    #expect(try solo5("app.hvt") == run("app.hvt"))
    #expect(try solo5("-- app.hvt") == run("app.hvt"))
  }

  @Test(
    arguments: [
      "--mem=32 --net:service=tap0 --net-mac:service=00:80:41:aa:bb:cc",
      "--mem=32 --net-mac:service=00:80:41:aa:bb:cc --net:service=tap0",
      "--net:service=tap0 --mem=32 --net-mac:service=00:80:41:aa:bb:cc",
      "--net-mac:service=00:80:41:00:00:01 --net:service=tap0 --mem=64 --mem=32"
        + " --net-mac:service=00:80:41:aa:bb:cc",
    ])
  func optionsStandInAnyOrder(line: String) throws {
    let options = try #require(try solo5(line + " app.hvt"))
    #expect(
      try options == run("app.hvt --mem 32M --net service=tap0,mac=00:80:41:aa:bb:cc"))
  }

  @Test(arguments: ["", "-- "], ["", "--block-sector-size:storage=4096 "])
  func sectorSizeStandsBeforeOrAfterItsDisk(dashes: String, early: String) throws {
    let late = early.isEmpty ? "--block-sector-size:storage=4096 " : ""
    let options = try solo5("\(early)--block:storage=disk.img \(late)\(dashes)app.hvt")
    #expect(try options == run("app.hvt --block storage=disk.img,sector=4096"))
  }

  @Test func devicesKeepTheirOrderAndTheirProperties() throws {
    let options = try #require(
      try solo5(
        "--net-mac:b=02:00:00:00:00:02 --net:a=tap0 --block:d=2 --block-sector-size:d=1024"
          + " --net:b=@7 --block:c=1 app.hvt"))
    #expect(
      try options
        == run(
          "app.hvt --net a=tap0 --net b=@7,mac=02:00:00:00:00:02 --block d=2,sector=1024"
            + " --block c=1"))
  }

  /// What a value says is its own: it has no settings behind commas.
  @Test(arguments: ["a,b", "a,ro", "a=b", "=", "@3", "./x y", "ä"])
  func pathIsTakenAsItIs(path: String) throws {
    let options = try #require(try solo5(["--block:storage=\(path)", "app.hvt"]))
    #expect(options.blocks.map(\.source) == [.name(path)])
    #expect(options.blocks.map(\.name) == ["storage"])
    #expect(options.blocks.map(\.sectorSize) == [512])
  }

  @Test func interfaceMayBeAnOpenDescriptor() throws {
    let options = try #require(try solo5("--net:service=@3 app.hvt"))
    #expect(options.nets.map(\.source) == [.descriptor(3)])
    #expect(options.nets.map(\.macAddress) == [nil])
    #expect(solo5Message("--net:a=@x app.hvt") == "'@x' is not a descriptor such as @3")
  }

  @Test(
    arguments: [
      ["--mem=64"], ["--", "--net:a=b"], ["-h"], ["--help"], ["", "two words", "-l", "*:debug"],
      ["app.hvt", "--quiet"], ["--version"],
    ])
  func everythingBehindTheImageIsTheGuests(arguments: [String]) throws {
    for dashes in [[], ["--"]] {
      let options = try #require(try solo5(["--quiet"] + dashes + ["app.hvt"] + arguments))
      #expect(options.image == "app.hvt")
      #expect(options.arguments == arguments)
      #expect(options.memorySize == 512 << 20)
    }
  }

  @Test func dashesEndTheOptionsOnce() throws {
    let options = try #require(try solo5("-- --mem=64 --quiet"))
    #expect(options.image == "--mem=64")
    #expect(options.arguments == ["--quiet"])
  }

  @Test func ownOptionsStandAmongThem() throws {
    let options = try solo5(
      "--cpl0 --net:a=tap0 --quiet --net b=tap1,mtu=9000 --verbose --mem 64M"
        + " --block=storage=disk.img,ro --net-mac:b=02:00:00:00:00:02"
        + " --block-sector-size:storage=4096 -- app.hvt one")
    #expect(
      try options
        == run(
          "app.hvt --cpl0 --net a=tap0 --quiet --net b=tap1,mtu=9000,mac=02:00:00:00:00:02"
            + " --verbose --mem=64M --block storage=disk.img,ro,sector=4096 -- one"))
  }

  @Test(
    arguments: [("2", 2), ("32", 32), ("64", 64), ("0512", 512), ("4096", 4096)]
      as [(String, UInt64)])
  func memoryIsInMebibytes(text: String, size: UInt64) throws {
    let options = try #require(try solo5("--mem=\(text) app.hvt"))
    #expect(options.memorySize == size << 20)
    #expect(options.notice == nil)
  }

  @Test(arguments: [("3", 2), ("33", 32), ("4095", 4094)] as [(String, UInt64)])
  func oddMemoryIsRoundedDown(text: String, size: UInt64) throws {
    let options = try #require(try solo5("--mem=\(text) app.hvt"))
    #expect(options.memorySize == size << 20)
    #expect(options.notice == "--mem=\(text): rounded down to \(size), a multiple of 2 MiB")
    #expect(try solo5("--mem=\(text) --mem=32 app.hvt")?.notice == nil)
    #expect(try solo5("--mem=\(text) --mem 32M app.hvt")?.notice == nil)
  }

  @Test(arguments: ["--help", "-h", "--mem=32 --help app.hvt", "--quiet -h -- app.hvt", ""])
  func helpIsGiven(line: String) throws {
    #expect(try called("solo5-hvt " + line) == .help)
  }

  @Test(arguments: ["--version", "--mem=32 --version app.hvt"])
  func versionIsGiven(line: String) throws {
    #expect(try called("solo5-hvt " + line) == .version)
  }

  @Test(arguments: ["inspect", "doctor", "help"])
  func thereAreNoCommands(word: String) throws {
    var expected = try run("./" + word)
    expected.image = word
    expected.arguments = ["--json"]
    #expect(try called("solo5-hvt \(word) --json") == .run(expected))
    #expect(try called("hvtrun -- \(word) --json") == .run(expected))
  }

  @Test func albatrossCallsItSo() throws {
    let line =
      "solo5-hvt --mem=32 --net:service=tap0 --net-mac:service=00:80:41:aa:bb:cc"
      + " --block:storage=/path --block-sector-size:storage=512 -- /path/unikernel.hvt"
      + " --ipv4=10.0.0.2/24 -l *:debug"
    let same = try run(
      "/path/unikernel.hvt --mem 32M --net service=tap0,mac=00:80:41:aa:bb:cc"
        + " --block storage=/path,sector=512 -- --ipv4=10.0.0.2/24 -l *:debug")
    #expect(try called(line) == .run(same))
    #expect(try called(line.replacing("solo5-hvt", with: "hvtrun")) == .run(same))
  }

  @Test func uruncCallsItSo() throws {
    let words =
      "--mem=256 --net:tap=tap0_urunc --block:rootfs=/dev/dm-0 /unikernel/app.hvt some args"
    let same = try run(
      "/unikernel/app.hvt --mem 256M --net tap=tap0_urunc --block rootfs=/dev/dm-0 -- some args")
    #expect(try called("/usr/local/bin/solo5-hvt " + words) == .run(same))
    #expect(try called("hvtrun " + words) == .run(same))
  }
}
