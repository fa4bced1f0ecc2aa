// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
import CommandLineOptions
import Testing

@Suite struct RunOptionsTests {
  @Test func imageAloneGetsTheDefaults() throws {
    let options = try run("app.elf")
    #expect(options.image == "app.elf")
    #expect(options.memorySize == 512 << 20)
    #expect(options.nets.isEmpty && options.blocks.isEmpty && options.arguments.isEmpty)
    #expect(!options.isQuiet && !options.isVerbose && !options.runsPrivileged)
    #expect(options.notice == nil)
  }

  @Test(
    arguments: [
      "app.elf --mem 64M --quiet --verbose --net tap0 --block disk.img -- one two",
      "--mem 64M --quiet --verbose --net tap0 --block disk.img app.elf -- one two",
      "--mem=64M --quiet app.elf --verbose --block=disk.img --net=tap0 -- one two",
      "--net tap0 --mem 64M app.elf --quiet --block disk.img --verbose -- one two",
    ])
  func optionsStandBeforeAndAfterTheImage(line: String) throws {
    let options = try run(line)
    #expect(options.image == "app.elf")
    #expect(options.memorySize == 64 << 20)
    #expect(options.nets.map(\.source) == [.name("tap0")])
    #expect(options.blocks.map(\.source) == [.name("disk.img")])
    #expect(options.isQuiet && options.isVerbose)
    #expect(options.arguments == ["one", "two"])
  }

  @Test func devicesKeepTheirOrder() throws {
    let options = try run("--net b --net a app.elf --net c --block 2 --block 1")
    #expect(options.nets.map(\.source) == [.name("b"), .name("a"), .name("c")])
    #expect(options.blocks.map(\.source) == [.name("2"), .name("1")])
  }

  @Test func everythingBehindTheDashesIsTheGuests() throws {
    let arguments = ["--mem", "1G", "", "two words", "--", "--net=x", "-h"]
    let options = try RunOptions(parsing: ["app.elf", "--"] + arguments)
    #expect(options.arguments == arguments)
    #expect(options.memorySize == 512 << 20)
  }

  @Test func dashesWithoutWordsGiveNoArguments() throws {
    #expect(try run("app.elf --").arguments == [])
  }

  @Test(arguments: ["-", "dir/a=b.elf", "an image.elf"])
  func imageMayHaveAnOddName(path: String) throws {
    #expect(try RunOptions(parsing: [path]).image == path)
  }

  @Test func laterSizeReplacesAnEarlierOne() throws {
    #expect(try run("--mem 2M app.elf --mem 4M").memorySize == 4 << 20)
  }

  @Test(
    arguments: [
      ("1K", 1 << 10), ("64M", 64 << 20), ("4G", 4 << 30), ("0512M", 512 << 20),
      ("17179869183G", 17_179_869_183 << 30),
    ] as [(String, UInt64)])
  func sizeHasAUnit(text: String, size: UInt64) throws {
    #expect(try run("--mem \(text) app.elf").memorySize == size)
    #expect(try run("app.elf --mem=\(text)").memorySize == size)
  }

  @Test(
    arguments: [
      "0M", "M", "G64", "64m", "64MB", "64T", "1.5G", "-1", "+1", "0x10", "1_000", "٣",
      "17179869184G", "18014398509481984K", "99999999999999999999M",
    ])
  func otherSizesAreRefused(text: String) {
    #expect(message("app.elf --mem=\(text)") == "'\(text)' is not a size such as 64M")
  }

  @Test(arguments: ["0", "64", "4096", "18446744073709551616"])
  func sizeWithoutAUnitIsRefused(text: String) {
    let expected = "size '\(text)' needs a unit: \(text)M for MiB"
    #expect(message("app.elf --mem=\(text)") == expected)
    #expect(message("--mem \(text) app.elf") == expected)
  }

  @Test func sizeWithASpaceIsRefused() {
    #expect(throws: UsageError.size("64 M")) {
      try RunOptions(parsing: ["app.elf", "--mem", "64 M"])
    }
  }

  @Test(
    arguments: [
      ("--quiet", "no image to run: hvtrun APP.elf"),
      ("-- app.elf", "no image to run: hvtrun APP.elf"),
      (
        "one.elf two.elf",
        "two images to run, 'one.elf' and 'two.elf': the guest's own arguments stand after '--'"
      ),
      ("-v app.elf", "unknown option '-v'"),
      ("--memory=64M app.elf", "unknown option '--memory'"),
      ("--Quiet app.elf", "unknown option '--Quiet'"),
      ("--json app.elf", "--json says how --stats is printed, which was not asked for"),
      ("--pcap f app.elf", "--pcap records net devices, and no --net attaches one"),
      ("--net tap0 app.elf --pcap", "--pcap needs a value"),
      ("app.elf --mem", "--mem needs a value"),
      ("app.elf --mem=", "--mem needs a value"),
      ("app.elf --net", "--net needs a value"),
      ("app.elf --net -- word", "--net needs a value"),
      ("app.elf --block=", "--block needs a value"),
      ("app.elf --quiet=yes", "--quiet takes no value"),
      ("app.elf --verbose=", "--verbose takes no value"),
      ("app.elf --cpl0=1", "--cpl0 takes no value"),
    ])
  func wordsThatDoNotFitAreRefused(line: String, message expected: String) {
    #expect(message(line) == expected)
  }

  @Test(arguments: ["-v", "--ipv4=10.0.0.2/24", "--memory 64M", "--jsonl", "--net-mac x"])
  func unknownOptionBehindTheImageMayBeTheGuests(option: String) {
    let name = option.prefix { $0 != "=" && $0 != " " }
    let expected = "unknown option '\(name)': the guest's own arguments stand after '--'"
    #expect(message("app.elf \(option)") == expected)
    #expect(message("--quiet app.elf --verbose \(option) -- word") == expected)
  }

  @Test(
    arguments: [
      "--net:service", "--net-mac:service", "--block:storage", "--block-sector-size:storage",
    ])
  func optionOfTheOtherFormBehindTheImageIsRefused(name: String) {
    let expected =
      "'\(name)' stands after the image: the options of solo5-hvt's form stand before it"
    #expect(message("app.elf \(name)=x") == expected)
  }

  @Test(arguments: ["--cpl0 app.elf", "app.elf --cpl0", "app.elf --quiet --cpl0 -- word"])
  func guestMayRunPrivileged(line: String) throws {
    #expect(try run(line).runsPrivileged)
  }

  @Test func guestIsDeprivilegedOtherwise() throws {
    #expect(try !run("app.elf -- --cpl0").runsPrivileged)
  }

  @Test func emptyValueIsRefused() {
    #expect(throws: UsageError.missingValue("--net")) {
      try RunOptions(parsing: ["app.elf", "--net", ""])
    }
  }
}
