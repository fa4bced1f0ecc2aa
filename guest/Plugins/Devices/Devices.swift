// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
import Foundation
import PackagePlugin

/// Turns a target's `devices.json` into its manifest note and the enumeration `Devices`. A target
/// without the file has no devices.
@main
struct Devices: BuildToolPlugin {
  func createBuildCommands(context: PluginContext, target: any Target) throws -> [Command] {
    let declaration = target.directoryURL.appending(path: "devices.json")
    let isDeclared = FileManager.default.fileExists(atPath: declaration.path)
    let devices =
      isDeclared
      ? try DeviceList(json: Data(contentsOf: declaration), at: declaration.path)
      : DeviceList()
    // The work is done here, where an error message reaches the user as it is; the build copies the
    // result to where the compiler looks for it.
    let source = context.pluginWorkDirectoryURL.appending(path: "Devices.generated")
    let output = context.pluginWorkDirectoryURL.appending(path: "Devices.swift")
    let text = devices.source
    // A file that did not change keeps its date, so that nothing is compiled again for it.
    if (try? String(contentsOf: source, encoding: .utf8)) != text {
      try text.write(to: source, atomically: true, encoding: .utf8)
    }
    return [
      .buildCommand(
        displayName: "Devices of \(target.name)", executable: URL(filePath: "/bin/cp"),
        arguments: [source.path, output.path],
        inputFiles: [source] + (isDeclared ? [declaration] : []), outputFiles: [output])
    ]
  }
}
