// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
import Glibc
import HTTP
import NetStack
import NetWire

/// Reads any text as what command lines, zones and pages say: addresses, prefixes, names,
/// locations, dates and zones. What is accepted has to be the same when its text is read again, and
/// addresses have to be those that the C library finds.
@c(LLVMFuzzerTestOneInput)
public func fuzzText(_ data: UnsafePointer<UInt8>?, _ size: Int) -> CInt {
  var input = unsafe FuzzInput(data, size)
  let bytes = input.rest()
  let text = String(decoding: bytes, as: UTF8.self)
  checkAddresses(text)
  checkPrefixes(text)
  checkName(text)
  checkLocation(text)
  if let date = HTTPDate(bytes.span) {
    let again = date.bytes.span
    precondition(HTTPDate(again)?.secondsSince1970 == date.secondsSince1970)
  }
  do throws(ZoneError) {
    let zone = try Zone(text, origin: DNSName("example.org"))
    // Makes every answer of it.
    _ = NameServer(zone)
  } catch {
    precondition(!error.description.isEmpty)
  }
  return 0
}

private func checkAddresses(_ text: String) {
  // The C library's text ends at a zero.
  guard !text.utf8.contains(0) else { return }
  var number = in_addr()
  let v4 = unsafe inet_pton(AF_INET, text, &number) == 1
  let address4 = IPv4Address(text)
  precondition(address4?.rawValue == (v4 ? UInt32(bigEndian: number.s_addr) : nil))
  if let address4 { precondition(IPv4Address(address4.description) == address4) }

  var words: (UInt64, UInt64) = (0, 0)
  let v6 = unsafe inet_pton(AF_INET6, text, &words) == 1
  let address6 = IPv6Address(text)
  precondition(address6?.high == (v6 ? UInt64(bigEndian: words.0) : nil))
  precondition(address6?.low == (v6 ? UInt64(bigEndian: words.1) : nil))
  if let address6 { precondition(IPv6Address(address6.description) == address6) }
  precondition((IPAddress(text) != nil) == (v4 || v6))
}

private func checkPrefixes(_ text: String) {
  if let prefix = IPv4Prefix(text) {
    precondition(IPv4Prefix(prefix.description) == prefix && prefix.contains(prefix.network))
    precondition(prefix.mask.rawValue.nonzeroBitCount == prefix.length)
  }
  if let prefix = IPv6Prefix(text) {
    precondition(IPv6Prefix(prefix.description) == prefix && prefix.contains(prefix.network))
    let bits = prefix.mask.high.nonzeroBitCount + prefix.mask.low.nonzeroBitCount
    precondition(bits == prefix.length)
    precondition(prefix.address.commonPrefixLength(prefix.network) >= prefix.length)
  }
}

private func checkName(_ text: String) {
  guard let name = DNSName(text) else { return }
  precondition(name.byteCount <= DNSName.capacity)
  precondition(DNSName(name.description) == name)
  precondition(DNSName(name.wire.span)?.wire == name.wire)
  guard let parent = name.parent else { return precondition(name.isRoot) }
  precondition(name.isWithin(parent) && !parent.isWithin(name))
  precondition(parent.labelCount + 1 == name.labelCount)
}

private func checkLocation(_ text: String) {
  if let location = HTTPLocation(text) { check(location) }
  guard let base = HTTPLocation("http://host:81/a/b?c") else { preconditionFailure("no location") }
  if let location = base.resolving(text) { check(location) }
}

private func check(_ location: HTTPLocation) {
  precondition(location.path.utf8.first == UInt8(ascii: "/"))
  precondition(HTTPLocation("http://" + location.authority + location.path) == location)
}
