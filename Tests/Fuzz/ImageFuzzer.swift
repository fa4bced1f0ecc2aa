// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
import GuestImage

/// Reads any bytes as an image, and checks what the parser promises of one that it accepts.
@c(LLVMFuzzerTestOneInput)
public func fuzzImage(_ data: UnsafePointer<UInt8>?, _ size: Int) -> CInt {
  // SAFETY: libFuzzer passes `size` readable bytes at `data`, which is nil only for none.
  let source = unsafe ArrayImageSource(Array(UnsafeBufferPointer(start: data, count: size)))
  do throws(ImageError) {
    check(try GuestImage(reading: source), in: source)
  } catch {
    precondition(!error.description.isEmpty)
  }
  do throws(ImageError) {
    check(try SymbolTable(reading: source))
  } catch {
    precondition(!error.description.isEmpty)
  }
  return 0
}

private func check(_ image: GuestImage, in source: ArrayImageSource) {
  var end = GuestImage.lowestAddress
  for segment in image.segments {
    precondition(segment.address >= end)
    precondition(segment.memorySize > 0 && segment.fileSize <= segment.memorySize)
    precondition(!segment.permissions.isSuperset(of: [.write, .execute]))
    precondition(segment.fileOffset + segment.fileSize <= source.byteCount)
    end = segment.addresses.upperBound
  }
  precondition(end <= image.memoryEnd && image.memoryEnd <= GuestImage.addressLimit)
  precondition(
    image.segments.contains {
      $0.permissions.contains(.execute) && $0.addresses.contains(image.entry)
    })
  precondition(image.minimumMemorySize >= image.memoryEnd)
  precondition(image.manifest.encoded { _ in nil }.count == image.manifest.encodedSize)
  let report = ImageReport(image)
  precondition(!report.text.isEmpty && !report.json.isEmpty)
}

private func check(_ table: SymbolTable) {
  for address: UInt64 in [0, 0x10_0000, 0x10_0010, 0x10_0080, 1 << 32, .max] {
    guard let symbol = table.symbol(at: address) else { continue }
    precondition(!symbol.name.isEmpty && symbol.offset <= address)
  }
}
