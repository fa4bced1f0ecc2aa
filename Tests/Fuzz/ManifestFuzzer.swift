// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
import GuestImage
import HVTABI

/// Reads any bytes as a manifest, and checks that one that is accepted survives a round trip.
@c(LLVMFuzzerTestOneInput)
public func fuzzManifest(_ data: UnsafePointer<UInt8>?, _ size: Int) -> CInt {
  // SAFETY: libFuzzer passes `size` readable bytes at `data`, which is nil only for none.
  let bytes = unsafe Array(UnsafeBufferPointer(start: data, count: size))
  do throws(ManifestError) {
    let manifest = try Manifest(parsing: bytes.span)
    check(manifest)
    let encoded = manifest.encoded { _ in nil }
    precondition(encoded.count == bytes.count)
    let again = try Manifest(parsing: encoded.span)
    precondition(again == manifest)
  } catch {
    precondition(!error.description.isEmpty)
  }
  return 0
}

private func check(_ manifest: Manifest) {
  for device in manifest.devices {
    precondition((1...67).contains(device.name.utf8.count))
    precondition(manifest.device(named: device.name) == device)
    precondition(manifest.device(handle: device.handle) == device)
  }
  let attached = manifest.encoded {
    switch $0.kind {
    case .block: .block(capacity: .max, blockSize: .max, isReadOnly: true)
    case .net: MACAddress([1, 2, 3, 4, 5, 6]).map { .net(mac: $0, mtu: .max) }
    }
  }
  precondition(attached.count == manifest.encodedSize)
}
