// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
import Foundation
import PackagePlugin

/// Turns a target's `devices.json` into its manifest note and the enumeration `Devices`. A target
/// without the file has no devices.
@main
struct Devices: BuildToolPlugin {
  func createBuildCommands(context: PluginContext, target: any Target) throws -> [Command] {
    let declaration = target.directoryURL.appending(path: "devices.json")
    let devices =
      FileManager.default.fileExists(atPath: declaration.path)
      ? try DeviceList(json: Data(contentsOf: declaration), at: declaration.path)
      : DeviceList()
    let directory = context.pluginWorkDirectoryURL.appending(path: "Sources")
    try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
    let output = directory.appending(path: "Devices.swift")
    let source = devices.source
    // A file that did not change keeps its date, so that nothing is compiled again for it.
    if (try? String(contentsOf: output, encoding: .utf8)) != source {
      try source.write(to: output, atomically: true, encoding: .utf8)
    }
    // The work is done here, where an error message reaches the user as it is. A command is what
    // makes the build system look for the output.
    return [
      .prebuildCommand(
        displayName: "Devices of \(target.name)", executable: URL(filePath: "/bin/true"),
        arguments: [], outputFilesDirectory: directory)
    ]
  }
}
