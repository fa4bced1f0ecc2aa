// swift-tools-version: 6.2
// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
import PackageDescription

let settings: [SwiftSetting] = [
  .strictMemorySafety(),
  .enableUpcomingFeature("InternalImportsByDefault"),
  .enableUpcomingFeature("MemberImportVisibility"),
]

let package = Package(
  name: "hvt-abi",
  products: [.library(name: "HVTABI", targets: ["HVTABI"])],
  targets: [
    .target(name: "CHVTABI"),
    .target(name: "HVTABI", dependencies: ["CHVTABI"], swiftSettings: settings),
    .testTarget(name: "HVTABITests", dependencies: ["HVTABI"], swiftSettings: settings),
  ]
)
