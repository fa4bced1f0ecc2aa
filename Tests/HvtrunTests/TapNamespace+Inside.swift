// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
import CLinux
import Foundation
import Testing

extension TapNamespace {
  /// What `body` returns on a thread inside the namespace, which then ends; nil when it cannot get
  /// there.
  func inside<Value: Sendable>(_ body: @escaping @Sendable () -> Value) -> Value? {
    let path = "/run/netns/\(name)"
    let result = Awaited<Value>()
    let thread = Thread {
      let namespace = unsafe open(path, O_RDONLY | O_CLOEXEC)
      defer { close(namespace) }
      // Glibc declares setns only as an extension.
      typealias SetNamespace = @convention(c) (CInt, CInt) -> CInt
      guard let symbol = unsafe dlsym(nil, "setns"),
        unsafe unsafeBitCast(symbol, to: SetNamespace.self)(namespace, 0) == 0
      else { return result.finish(nil) }
      result.finish(body())
    }
    thread.start()
    return result.wait()
  }

  /// The namespace's tap, opened without packet information, and with headers if `hasHeaders`.
  func openTap(hasHeaders: Bool = false) throws -> FileHandle {
    let tap = tap
    let descriptor = inside {
      let descriptor = unsafe open("/dev/net/tun", O_RDWR | O_CLOEXEC)
      let flags = IFF_TAP | IFF_NO_PI | (hasHeaders ? IFF_VNET_HDR : 0)
      return unsafe clinux_tun_attach(descriptor, tap, Int16(flags)) == 0 ? descriptor : -1
    }
    let opened = try #require(descriptor)
    try #require(opened >= 0, "could not open \(tap) in \(name)")
    return FileHandle(fileDescriptor: opened, closeOnDealloc: true)
  }
}

/// What another thread finds out.
private final class Awaited<Value: Sendable>: @unchecked Sendable {
  private let condition = NSCondition()
  private var value: Value??

  func finish(_ value: Value?) {
    condition.lock()
    self.value = .some(value)
    condition.signal()
    condition.unlock()
  }

  func wait() -> Value? {
    condition.lock()
    defer { condition.unlock() }
    while true {
      if let value { return value }
      condition.wait()
    }
  }
}
