// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
import Foundation
import PackagePlugin

/// Turns the files in a target's folder `public` into the list `embeddedFiles` of files that a
/// server sends.
@main
struct EmbedFiles: BuildToolPlugin {
  func createBuildCommands(context: PluginContext, target: any Target) throws -> [Command] {
    let folder = target.directoryURL.appending(path: "public")
    let files = try FileManager.default.subpathsOfDirectory(atPath: folder.path).sorted()
      .map { EmbeddedFile(name: $0, url: folder.appending(path: $0)) }
      .filter(\.isRegular)
    // As with Devices: the work is done here, and the build copies the result.
    let source = context.pluginWorkDirectoryURL.appending(path: "EmbeddedFiles.generated")
    let output = context.pluginWorkDirectoryURL.appending(path: "EmbeddedFiles.swift")
    let text = try Self.source(files)
    // A file that did not change keeps its date, so that nothing is compiled again for it.
    if (try? String(contentsOf: source, encoding: .utf8)) != text {
      try text.write(to: source, atomically: true, encoding: .utf8)
    }
    return [
      .buildCommand(
        displayName: "Files of \(target.name)", executable: URL(filePath: "/bin/cp"),
        arguments: [source.path, output.path],
        inputFiles: [source, folder] + files.map(\.url), outputFiles: [output])
    ]
  }

  private static func source(_ files: [EmbeddedFile]) throws -> String {
    let entries = try files.map { file in
      let name = EmbeddedFile.literal(Data(file.name.utf8))
      return """
          (
            "\(name)",
            StaticFile(embedded: "\(try file.literal)", type: contentType(of: "\(name)"))
          )
        """
    }
    return """
      // Generated from the folder public.
      import Web

      /// The files of the folder `public`, by their names below it.
      var embeddedFiles: [(name: String, file: StaticFile)] {
        [
      \(entries.joined(separator: ",\n"))
        ]
      }

      """
  }
}
