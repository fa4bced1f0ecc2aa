// swift-tools-version: 6.2
// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
import PackageDescription

// `guest/build` sets this to the toolchain's directory of the embedded runtime for the guest's
// triple. Without it the package is the part that also runs on Linux, and its tests, so that a
// plain `swift test` needs nothing of a guest.
let runtime = Context.environment["SWIFTLET_EMBEDDED_RUNTIME"]

let settings: [SwiftSetting] = [
  .strictMemorySafety(),
  .enableUpcomingFeature("InternalImportsByDefault"),
  .enableUpcomingFeature("MemberImportVisibility"),
  .enableExperimentalFeature("Lifetimes"),
  .treatAllWarnings(as: .error),
]
let cSettings: [CSetting] = [.treatAllWarnings(as: .error)]
let abi: Target.Dependency = .product(name: "HVTABI", package: "hvt-abi")

let collections: Target.Dependency = .product(name: "DequeModule", package: "swift-collections")
let httpTypes: Target.Dependency = .product(name: "HTTPTypes", package: "swift-http-types")

let portableTargets: [Target] = [
  .target(name: "Freestanding", cSettings: cSettings),
  .target(name: "Frames", dependencies: ["Freestanding"], swiftSettings: settings),
  .target(name: "NetWire", swiftSettings: settings),
  .target(
    name: "NetStack", dependencies: ["Frames", "NetWire", collections], swiftSettings: settings),
  .target(name: "HTTP", dependencies: [httpTypes], swiftSettings: settings),
  .target(name: "Virtqueues", dependencies: ["Freestanding", abi], swiftSettings: settings),
]

let hostTargets: [Target] = [
  .target(
    name: "TestSupport", dependencies: ["NetStack"], path: "Tests/TestSupport",
    swiftSettings: settings),
  .testTarget(name: "FreestandingTests", dependencies: ["Freestanding"], swiftSettings: settings),
  .testTarget(
    name: "HTTPTests", dependencies: ["HTTP", "TestSupport", httpTypes], swiftSettings: settings),
  .testTarget(
    name: "NetWireTests", dependencies: ["NetWire", "TestSupport"], swiftSettings: settings),
  .testTarget(
    name: "NetStackTests", dependencies: ["NetStack", "Frames", "NetWire", "TestSupport"],
    swiftSettings: settings),
  .testTarget(
    name: "VirtqueuesTests", dependencies: ["Virtqueues", abi], swiftSettings: settings),
]

func linkerFlags(script: String, directories: [String]) -> LinkerSetting {
  // The driver asks for a position-independent executable, which a static one without a C library
  // is not; clang would warn that it ignores that.
  let driver = ["-nostdlib", "-static", "-Wno-unused-command-line-argument"]
  let linker =
    [
      "-T", "\(Context.packageDirectory)/\(script)", "-z", "max-page-size=0x1000",
      "-z", "norelro", "--gc-sections", "--build-id=none",
    ] + directories.map { "-L\($0)" }
  return .unsafeFlags(
    driver.flatMap { ["-Xclang-linker", $0] } + linker.flatMap { ["-Xlinker", $0] })
}

func linkerSettings(runtime: String) -> [LinkerSetting] {
  [
    linkerFlags(script: "guest.ld", directories: ["\(Context.packageDirectory)/lib", runtime]),
    .linkedLibrary("swift_Concurrency"),
    .linkedLibrary("swiftUnicodeDataTables"),
  ]
}

// An application contains the code of every module, so that it has to be compiled again when one of
// them changes. SwiftPM sees to that for direct dependencies only, which is why Kernel is one.
func application(
  _ name: String, in folder: String, dependencies: [Target.Dependency] = [],
  files: [String] = []
) -> Target {
  .executableTarget(
    name: name,
    dependencies: ["Swiftlet", "Kernel", "Frames", "NetWire", "Virtqueues"] + dependencies,
    path: "\(folder)/\(name)", exclude: files, swiftSettings: settings,
    plugins: ["Devices"] + (files.isEmpty ? [] : ["EmbedFiles"]))
}

// Guests of Solo5's form, at privilege level 0. As Solo5's own code they use the registers of the
// oldest x86-64 processor, and only the general ones: these are what a KVM can run at that level
// that emulates it. The value of the stack protector is a variable.
func solo5Targets() -> [Target] {
  let flags = [
    // What stands behind -Xclang wins over the tool set's -march.
    "-Xclang", "-target-cpu", "-Xclang", "x86-64", "-mgeneral-regs-only",
    "-mstack-protector-guard=global", "-mno-red-zone",
    // Only the header: the library is Swift, which needs a runtime.
    "-I\(Context.packageDirectory)/../hvt-abi/Sources/CHVTABI/include",
  ]
  let settings = cSettings + [.unsafeFlags(flags)]
  let shared: [CSetting] = ["Sources/Freestanding/include", "Sources/Boot/include"].map {
    .headerSearchPath("../../\($0)")
  }
  let library: Target = .target(
    name: "Solo5", path: "TestGuests/Solo5", cSettings: settings + shared,
    linkerSettings: [linkerFlags(script: "solo5.ld", directories: [])])
  let guests = [
    "block", "compute", "console", "cpu", "devices63", "emulate", "halt", "hello", "net", "net2",
    "time",
  ].map { name -> Target in
    .executableTarget(
      name: "solo5-\(name)", dependencies: ["Solo5"], path: "TestGuests/solo5-\(name)",
      cSettings: settings + shared + [.headerSearchPath("../Raw/include")])
  }
  return [library] + guests
}

func guestTargets(runtime: String) -> [Target] {
  let kernel: [Target] = [
    .target(
      name: "Boot", dependencies: ["Freestanding", abi], cSettings: cSettings,
      linkerSettings: linkerSettings(runtime: runtime)),
    .target(
      name: "Kernel",
      dependencies: ["Boot", "Frames", "Freestanding", "NetWire", "Virtqueues", abi],
      swiftSettings: settings),
    .target(name: "Swiftlet", dependencies: ["Frames", "Kernel"], swiftSettings: settings),
    .target(
      name: "Sockets", dependencies: ["Swiftlet", "Kernel", "Frames", "NetStack", "NetWire"],
      swiftSettings: settings),
    .target(
      name: "Web",
      dependencies: ["HTTP", "Sockets", "NetStack", "NetWire", "Kernel", httpTypes],
      swiftSettings: settings),
    // Not part of Web: the linker drops functions of a module that nobody needs, but no async ones.
    .target(
      name: "WebClient",
      dependencies: ["HTTP", "Sockets", "NetStack", "NetWire", "Kernel", httpTypes],
      swiftSettings: settings),
    .plugin(name: "Devices", capability: .buildTool()),
    .plugin(name: "EmbedFiles", capability: .buildTool()),
  ]
  let web: [Target.Dependency] = ["HTTP", "Sockets", "NetStack", httpTypes]
  let examples =
    ["hello", "ping", "block"].map { application($0, in: "Examples") }
    + ["dns", "echo"].map {
      application($0, in: "Examples", dependencies: ["Sockets", "NetStack"])
    }
    + [
      application("web", in: "Examples", dependencies: web + ["Web"], files: ["public"]),
      application("fetch", in: "Examples", dependencies: web + ["WebClient"]),
    ]
  let testGuests =
    [
      "blockio", "clock", "concurrency", "disk", "echoargs", "entropy", "exit", "frames", "heap",
      "hypercalls",
      "idle", "panic", "records", "reflect", "spin", "touch", "trap",
    ].map { application($0, in: "TestGuests", dependencies: ["Boot"]) } + [
      application("datagrams", in: "TestGuests", dependencies: ["Sockets", "NetStack"]),
      application("site", in: "TestGuests", dependencies: web + ["Web"]),
      application("stream", in: "TestGuests", dependencies: ["Sockets", "NetStack"]),
    ]
  let rawGuests = ["fault", "hypercall"].map { name -> Target in
    .executableTarget(
      name: name, dependencies: ["Raw", "Boot", abi], path: "TestGuests/\(name)",
      cSettings: cSettings)
  }
  let rawLibrary: Target = .target(
    name: "Raw", dependencies: ["Boot", "Freestanding", abi], path: "TestGuests/Raw",
    cSettings: cSettings)
  return kernel + examples + testGuests + [rawLibrary] + rawGuests + solo5Targets()
}

let package = Package(
  name: "swiftlet",
  products: [.library(name: "NetWire", targets: ["NetWire"])]
    + (runtime == nil
      ? []
      : [
        .library(name: "Swiftlet", targets: ["Swiftlet", "Kernel", "Frames", "Virtqueues"]),
        .library(name: "Sockets", targets: ["Sockets", "NetStack", "NetWire"]),
        .library(name: "Web", targets: ["Web", "HTTP"]),
        .library(name: "WebClient", targets: ["WebClient", "HTTP"]),
        .plugin(name: "Devices", targets: ["Devices"]),
        .plugin(name: "EmbedFiles", targets: ["EmbedFiles"]),
      ]),
  dependencies: [
    .package(path: "../hvt-abi"),
    .package(url: "https://github.com/apple/swift-collections", from: "1.6.0"),
    .package(url: "https://github.com/apple/swift-http-types", from: "1.8.0"),
  ],
  targets: portableTargets + (runtime.map(guestTargets) ?? hostTargets)
)
