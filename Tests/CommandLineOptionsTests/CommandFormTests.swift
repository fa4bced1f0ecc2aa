// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
import CommandLineOptions
import Testing

@Suite struct CommandFormTests {
  @Test(arguments: ["solo5-hvt", "/usr/bin/solo5-hvt", "./solo5-hvt", "../a b/solo5-hvt"])
  func nameOfTheProgramDecides(program: String) {
    #expect(Command.Form(of: [program]) == .solo5)
    #expect(Command.Form(of: [program, "app.hvt"]) == .solo5)
    #expect(Command.Form(of: [program, "--mem", "64M", "app.elf", "--", "x"]) == .solo5)
    #expect(Command.Form(of: [program, "doctor"]) == .solo5)
  }

  @Test(
    arguments: [
      "hvtrun", "/usr/bin/hvtrun", "./solo5-hvt2", "my-solo5-hvt", "/opt/solo5-hvt/hvtrun",
      "Solo5-hvt", "solo5-hvt/",
    ])
  func otherNamesDoNot(program: String) {
    #expect(Command.Form(of: [program, "app.elf"]) == .own)
    #expect(Command.Form(of: [program]) == .own)
  }

  @Test(
    arguments: [
      "--net:service=tap0 app.hvt", "--net-mac:service=x app.hvt", "--block:storage=x app.hvt",
      "--block-sector-size:storage=512 app.hvt", "--mem=64 app.hvt", "-- app.hvt", "--",
      "--net: app.hvt", "--block:", "--quiet --mem=64 app.hvt", "--frobnicate -- app.hvt",
      "--net tap0 --block:storage=x app.hvt", "--net=tap0 --mem 64M -- app.hvt",
      "--cpl0 --block disk.img --mem=2 app.hvt", "--net -- app.hvt", "--help --mem=64",
    ])
  func optionOfSolo5BeforeTheImageDecides(line: String) {
    #expect(form("hvtrun " + line) == .solo5)
  }

  @Test(
    arguments: [
      "", "app.elf", "app.elf --net:service=tap0", "app.elf --mem=64", "app.elf -- --mem=64",
      "--mem=64M app.elf", "--mem= app.elf", "--mem=-1 app.elf", "--mem=1e3 app.elf",
      "--mem 64 app.elf -- x", "--net a=b app.elf --", "--net --net:a=b app.elf",
      "--network app.elf -- x", "--blocks:a=b app.elf", "-", "- --", "inspect -- x",
      "doctor --mem=64", "--quiet doctor --",
    ])
  func otherWordsDoNot(line: String) {
    #expect(form("hvtrun " + line) == .own)
  }

  @Test func emptyWordIsAnImage() {
    #expect(Command.Form(of: []) == .own)
    #expect(Command.Form(of: ["hvtrun", "", "--"]) == .own)
  }

  @Test func formDecidesTheStatus() {
    #expect(Command.Form.own.failureStatus == 125)
    #expect(Command.Form.own.status(ofSignal: 2) == 130)
    #expect(Command.Form.own.status(ofSignal: 15) == 143)
    #expect(Command.Form.solo5.failureStatus == 1)
    #expect(Command.Form.solo5.status(ofSignal: 2) == 1)
    #expect(Command.Form.solo5.status(ofSignal: 15) == 1)
  }
}
