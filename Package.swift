// swift-tools-version: 6.2
// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
import PackageDescription

let settings: [SwiftSetting] = [
  .strictMemorySafety(),
  .enableUpcomingFeature("InternalImportsByDefault"),
  .enableUpcomingFeature("MemberImportVisibility"),
  .enableExperimentalFeature("Lifetimes"),
  .treatAllWarnings(as: .error),
]

let system: Target.Dependency = .product(name: "SystemPackage", package: "swift-system")
let abi: Target.Dependency = .product(name: "HVTABI", package: "hvt-abi")

let package = Package(
  name: "hvtrun",
  products: [
    .library(name: "Tender", targets: ["Tender"]),
    .library(name: "Sandbox", targets: ["Sandbox"]),
    .library(name: "TenderProcess", targets: ["TenderProcess"]),
    .executable(name: "hvtrun", targets: ["hvtrun"]),
  ],
  dependencies: [
    .package(path: "hvt-abi"),
    .package(url: "https://github.com/apple/swift-system", from: "1.6.0"),
    .package(url: "https://github.com/apple/swift-collections", from: "1.6.0"),
  ],
  targets: [
    .target(name: "CLinux"),
    .target(name: "CDemangle", linkerSettings: [.linkedLibrary("stdc++")]),
    .target(name: "CIOURing", linkerSettings: [.linkedLibrary("uring")]),
    .target(name: "CSandbox", linkerSettings: [.linkedLibrary("seccomp")]),
    .target(name: "CommandLineOptions", swiftSettings: settings),
    .target(name: "JSON", swiftSettings: settings),
    .target(
      name: "SystemCalls", dependencies: ["CLinux", system], swiftSettings: settings),
    .target(
      name: "IORing", dependencies: ["CIOURing", "SystemCalls", system], swiftSettings: settings),
    .target(
      name: "Sandbox", dependencies: ["CSandbox", "SystemCalls", system], swiftSettings: settings),
    .target(
      name: "KVM", dependencies: ["CLinux", "SystemCalls", system], swiftSettings: settings),
    .target(
      name: "GuestMemory", dependencies: ["CLinux", "SystemCalls", system],
      swiftSettings: settings),
    .target(name: "PCAPNG", swiftSettings: settings),
    .target(name: "Virtqueue", dependencies: ["GuestMemory", abi], swiftSettings: settings),
    .target(name: "GuestImage", dependencies: ["JSON", abi], swiftSettings: settings),
    .target(name: "PrivilegedInstructions", swiftSettings: settings),
    .target(
      name: "Tender",
      dependencies: [
        "CLinux", "CDemangle", "SystemCalls", "IORing", "KVM", "GuestMemory", "GuestImage",
        "PCAPNG", "PrivilegedInstructions", "Sandbox", "Virtqueue", abi, system,
        .product(name: "DequeModule", package: "swift-collections"),
      ],
      swiftSettings: settings),
    .target(
      name: "TenderProcess", dependencies: ["GuestImage", "SystemCalls", "Tender", system],
      swiftSettings: settings),
    .executableTarget(
      name: "hvtrun",
      dependencies: [
        "Tender", "CommandLineOptions", "GuestImage", "JSON", "Sandbox", "SystemCalls", abi,
      ],
      swiftSettings: settings),
    .testTarget(
      name: "SystemCallsTests", dependencies: ["SystemCalls", system], swiftSettings: settings),
    .testTarget(
      name: "IORingTests", dependencies: ["IORing", "SystemCalls", system],
      swiftSettings: settings),
    .testTarget(
      name: "KVMTests", dependencies: ["KVM", "CLinux", "SystemCalls", system],
      swiftSettings: settings),
    .testTarget(
      name: "GuestMemoryTests", dependencies: ["GuestMemory"], swiftSettings: settings),
    .testTarget(
      name: "VirtqueueTests", dependencies: ["Virtqueue", "GuestMemory", "SystemCalls", abi],
      swiftSettings: settings),
    .testTarget(
      name: "GuestImageTests", dependencies: ["GuestImage", "JSON", abi], swiftSettings: settings),
    .testTarget(
      name: "PrivilegedInstructionsTests", dependencies: ["PrivilegedInstructions"],
      swiftSettings: settings),
    .testTarget(name: "PCAPNGTests", dependencies: ["PCAPNG"], swiftSettings: settings),
    .testTarget(
      name: "TenderTests",
      dependencies: [
        "Tender", "CLinux", "SystemCalls", "KVM", "GuestMemory", "GuestImage", "Virtqueue",
        "GuestFixtures", "Sandbox", abi, system,
      ],
      swiftSettings: settings),
    .testTarget(
      name: "CommandLineOptionsTests", dependencies: ["CommandLineOptions"],
      swiftSettings: settings),
    .target(
      name: "GuestFixtures", dependencies: [abi], path: "Tests/GuestFixtures",
      swiftSettings: settings),
    .testTarget(
      name: "MachineTests",
      dependencies: ["Tender", "GuestFixtures", "GuestImage", "GuestMemory", abi, system],
      swiftSettings: settings),
    .testTarget(
      name: "HostileTests",
      dependencies: [
        "Tender", "GuestFixtures", "GuestMemory", "SystemCalls", "Virtqueue", "hvtrun", abi, system,
      ],
      swiftSettings: settings),
    .testTarget(
      name: "TenderProcessTests",
      dependencies: [
        "TenderProcess", "Tender", "GuestFixtures", "SystemCalls", "hvtrun", abi, system,
      ],
      swiftSettings: settings),
    .executableTarget(
      name: "traffic", path: "Tests/Traffic", cSettings: [.treatAllWarnings(as: .error)]),
    .executableTarget(
      name: "relay", path: "Tests/Relay", cSettings: [.treatAllWarnings(as: .error)]),
    .executableTarget(
      name: "novdso", path: "Tests/NoVDSO", cSettings: [.treatAllWarnings(as: .error)]),
    .executableTarget(
      name: "streams", path: "Tests/Streams", cSettings: [.treatAllWarnings(as: .error)]),
    .target(name: "CDrill", path: "Tests/CDrill"),
    .executableTarget(
      name: "drill",
      dependencies: [
        "CDrill", "CommandLineOptions", "Sandbox", "SystemCalls", "Tender", system,
      ],
      path: "Tests/Drill", swiftSettings: settings),
    .testTarget(
      name: "SandboxTests", dependencies: ["Sandbox", "SystemCalls", system],
      swiftSettings: settings),
    .testTarget(
      name: "HvtrunTests",
      dependencies: [
        "CDrill", "CLinux", "GuestFixtures", "Sandbox", "drill", "hvtrun", "novdso", "relay",
        "streams", "traffic", abi,
      ],
      swiftSettings: settings),
  ]
)
