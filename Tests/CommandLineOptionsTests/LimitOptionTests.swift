// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
import CommandLineOptions
import Testing

@Suite struct LimitOptionTests {
  @Test func nothingIsLimitedUnlessAsked() throws {
    let options = try run("app.elf --net tap0 --block disk.img")
    #expect(options.timeLimit == nil && options.processorQuota == nil)
    #expect(options.consoleRate == nil && options.consoleLimit == nil)
    #expect(options.consoleMode == .auto)
    #expect(options.resultDescriptor == nil)
    #expect(options.nets[0].bytesPerSecond == nil && options.nets[0].framesPerSecond == nil)
    #expect(options.blocks[0].bytesPerSecond == nil && options.blocks[0].requestsPerSecond == nil)
  }

  @Test(
    arguments: [
      ("1ms", .milliseconds(1)), ("500ms", .milliseconds(500)), ("30s", .seconds(30)),
      ("5m", .seconds(300)), ("2h", .seconds(7200)), ("007s", .seconds(7)),
      ("2562047h", .seconds(2_562_047 * 3600)),
    ] as [(String, Duration)])
  func durationHasAUnit(text: String, duration: Duration) throws {
    #expect(try run("--timeout \(text) app.elf").timeLimit == duration)
  }

  @Test(
    arguments: [
      "0s", "0ms", "s", "ms", "-1s", "+1s", "1.5s", "1d", "1S", "5ns", "2562048h",
      "99999999999999999h",
      "18446744073709551616s", "s5", "٣s",
    ])
  func otherDurationsAreRefused(text: String) {
    #expect(message("app.elf --timeout=\(text)") == "'\(text)' is not a duration such as 30s")
  }

  @Test(arguments: ["0", "30", "18446744073709551616"])
  func durationWithoutAUnitIsRefused(text: String) {
    let expected = "duration '\(text)' needs a unit: \(text)s for seconds"
    #expect(message("app.elf --timeout \(text)") == expected)
  }

  @Test(arguments: [("1", 1), ("25", 25), ("25%", 25), ("100%", 100), ("0100", 100)])
  func shareIsInPercent(text: String, percent: Int) throws {
    #expect(try run("app.elf --cpu-quota \(text)").processorQuota == percent)
  }

  @Test(arguments: ["0", "0%", "101", "-1", "%", "25%%", "1.5", "x", "99999999999999999999"])
  func otherSharesAreRefused(text: String) {
    #expect(
      message("app.elf --cpu-quota=\(text)") == "'\(text)' is not a share from 1 to 100 percent")
  }

  @Test(
    arguments: [("auto", .auto), ("raw", .raw), ("escaped", .escaped)]
      as [(String, ConsoleOption)])
  func consoleIsWrittenInAMode(text: String, mode: ConsoleOption) throws {
    #expect(try run("app.elf --console \(text)").consoleMode == mode)
  }

  @Test func otherModesAreRefused() {
    #expect(
      message("app.elf --console RAW") == "--console=RAW: neither auto, raw nor escaped")
  }

  @Test func consoleHasARateAndALimit() throws {
    let options = try run("app.elf --console-rate 64K --console-limit=1M")
    #expect(options.consoleRate == 64 << 10)
    #expect(options.consoleLimit == 1 << 20)
    #expect(try run("app.elf --console-rate 64K/s").consoleRate == 64 << 10)
  }

  @Test(arguments: ["--console-rate", "--console-limit", "--net tap0,rate", "--block disk,bps"])
  func rateIsASize(option: String) {
    #expect(message("app.elf \(option)=0K") == "'0K' is not a size such as 64M")
    #expect(message("app.elf \(option)=64") == "size '64' needs a unit: 64M for MiB")
    #expect(message("app.elf \(option)=99999999999G") == "'99999999999G' is not a size such as 64M")
  }

  @Test func devicesHaveRates() throws {
    let options = try run(
      "app.elf --net a=tap0,rate=10M,frames=5000 --block b=disk,iops=100,bps=2M/s,ro")
    #expect(options.nets[0].bytesPerSecond == 10 << 20)
    #expect(options.nets[0].framesPerSecond == 5000)
    #expect(options.blocks[0].requestsPerSecond == 100)
    #expect(options.blocks[0].bytesPerSecond == 2 << 20)
    #expect(options.blocks[0].isReadOnly)
  }

  @Test(arguments: ["0", "-1", "1K", "", "18446744073709551616"])
  func otherCountsAreRefused(text: String) {
    #expect(message("app.elf --net tap0,frames=\(text)") == "frames=\(text): not a number in range")
    #expect(message("app.elf --block disk,iops=\(text)") == "iops=\(text): not a number in range")
  }

  @Test func resultHasADescriptor() throws {
    #expect(try run("app.elf --result-fd 3").resultDescriptor == 3)
    #expect(message("app.elf --result-fd @3") == "--result-fd=@3: not a number in range")
    #expect(
      message("app.elf --result-fd 2147483648") == "--result-fd=2147483648: not a number in range")
  }

  @Test func solo5FormTakesLimitsToo() throws {
    let options = try #require(
      try solo5("--mem=32 --timeout 5s --cpu-quota=50 --console-limit 1M -- app.hvt x"))
    #expect(options.timeLimit == .seconds(5))
    #expect(options.processorQuota == 50)
    #expect(options.consoleLimit == 1 << 20)
    #expect(Command.Form.own.timeoutStatus == 124)
    #expect(Command.Form.solo5.timeoutStatus == 1)
  }
}
