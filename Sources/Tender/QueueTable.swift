// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
internal import GuestImage
internal import HVTABI

/// The queues of a machine, as the guest is told of them (hvt-abi/SPEC.md, "The table").
struct QueueTable {
  /// In the order of their addresses; a device's queues in the order of their kinds.
  let entries: [QueueEntry]

  /// The queues of the devices of `manifest` from `start` on, if there are to be any.
  init(
    _ queues: QueueProperties?, of manifest: Manifest, at start: UInt64,
    features: (Manifest.Device, QueueKind) -> QueueFeatures
  ) {
    var entries: [QueueEntry] = []
    var next = start
    if let queues {
      for device in manifest.devices {
        for kind in QueueProperties.kinds(of: device.kind) {
          let layout = QueueLayout(size: queues.size(of: kind))
          var entry = QueueEntry()
          entry.descriptors = next
          entry.available = next + layout.availableOffset
          entry.used = next + layout.usedOffset
          entry.handle = UInt32(device.handle)
          entry.kind = kind.rawValue
          entry.size = UInt16(layout.size)
          entry.features = features(device, kind).rawValue
          entries.append(entry)
          next += layout.byteCount
        }
      }
    }
    self.entries = entries
  }
}
