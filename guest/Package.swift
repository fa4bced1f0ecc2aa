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

let portableTargets: [Target] = [
  .target(name: "Freestanding", cSettings: cSettings),
  .target(name: "NetWire", swiftSettings: settings),
]

let hostTargets: [Target] = [
  .testTarget(name: "FreestandingTests", dependencies: ["Freestanding"], swiftSettings: settings),
  .testTarget(name: "NetWireTests", dependencies: ["NetWire"], swiftSettings: settings),
]

func linkerSettings(runtime: String) -> [LinkerSetting] {
  let directory = Context.packageDirectory
  // The driver asks for a position-independent executable, which a static one without a C library
  // is not; clang would warn that it ignores that.
  let driver = ["-nostdlib", "-static", "-Wno-unused-command-line-argument"]
  let linker = [
    "-T", "\(directory)/guest.ld", "-z", "max-page-size=0x1000", "-z", "norelro",
    "--gc-sections", "--build-id=none", "-L\(directory)/lib", "-L\(runtime)",
  ]
  let flags = driver.flatMap { ["-Xclang-linker", $0] } + linker.flatMap { ["-Xlinker", $0] }
  return [
    .unsafeFlags(flags),
    .linkedLibrary("swift_Concurrency"),
    .linkedLibrary("swiftUnicodeDataTables"),
  ]
}

// An application contains the code of every module, so that it has to be compiled again when one of
// them changes. SwiftPM sees to that for direct dependencies only, which is why Kernel is one.
func application(
  _ name: String, in folder: String, dependencies: [Target.Dependency] = []
) -> Target {
  .executableTarget(
    name: name, dependencies: ["Swiftlet", "Kernel", "NetWire"] + dependencies,
    path: "\(folder)/\(name)", swiftSettings: settings, plugins: ["Devices"])
}

func guestTargets(runtime: String) -> [Target] {
  let kernel: [Target] = [
    .target(
      name: "Boot", dependencies: ["Freestanding", abi], cSettings: cSettings,
      linkerSettings: linkerSettings(runtime: runtime)),
    .target(name: "Kernel", dependencies: ["Boot", abi], swiftSettings: settings),
    .target(name: "Swiftlet", dependencies: ["Kernel"], swiftSettings: settings),
    .plugin(name: "Devices", capability: .buildTool()),
  ]
  let examples = ["hello", "ping", "block"].map { application($0, in: "Examples") }
  let testGuests = [
    "clock", "concurrency", "disk", "echoargs", "entropy", "exit", "frames", "heap", "hypercalls",
    "idle", "panic", "spin", "touch", "trap",
  ].map { application($0, in: "TestGuests", dependencies: ["Boot"]) }
  let rawGuests = ["fault", "hypercall"].map { name -> Target in
    .executableTarget(
      name: name, dependencies: ["Raw", "Boot", abi], path: "TestGuests/\(name)",
      cSettings: cSettings)
  }
  let rawLibrary: Target = .target(
    name: "Raw", dependencies: ["Boot", "Freestanding", abi], path: "TestGuests/Raw",
    cSettings: cSettings)
  return kernel + examples + testGuests + [rawLibrary] + rawGuests
}

let package = Package(
  name: "swiftlet",
  products: [.library(name: "NetWire", targets: ["NetWire"])]
    + (runtime == nil
      ? []
      : [
        .library(name: "Swiftlet", targets: ["Swiftlet", "Kernel"]),
        .plugin(name: "Devices", targets: ["Devices"]),
      ]),
  dependencies: runtime == nil ? [] : [.package(path: "../hvt-abi")],
  targets: portableTargets + (runtime.map(guestTargets) ?? hostTargets)
)
