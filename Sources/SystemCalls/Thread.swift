// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
internal import Glibc
internal import SystemPackage

private final class ThreadBody {
  let run: @Sendable () -> Void
  init(_ run: @escaping @Sendable () -> Void) { self.run = run }
}

/// Runs `body` on a new, detached thread (pthread_create).
public func startThread(_ body: @escaping @Sendable () -> Void) throws(SystemCallError) {
  let argument = unsafe Unmanaged.passRetained(ThreadBody(body))
  var thread = pthread_t()
  let result = unsafe pthread_create(
    &thread, nil,
    { argument in
      // SAFETY: the argument is the retained body that pthread_create was given.
      guard let argument = unsafe argument else { return nil }
      unsafe Unmanaged<ThreadBody>.fromOpaque(argument).takeRetainedValue().run()
      return nil
    }, argument.toOpaque())
  guard result == 0 else {
    unsafe argument.release()
    throw SystemCallError("pthread_create", on: "thread", errno: Errno(rawValue: result))
  }
  pthread_detach(thread)
}
