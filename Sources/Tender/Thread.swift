// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
internal import Glibc
internal import SystemCalls
internal import SystemPackage

private final class ThreadBody {
  let run: @Sendable () -> Void
  init(_ run: @escaping @Sendable () -> Void) { self.run = run }
}

/// Runs `body` on a new thread, which blocks in KVM_RUN for as long as a guest lives and so must not
/// be one of the concurrency pool's. Returns why the thread could not be started, if it could not.
func startThread(_ body: @escaping @Sendable () -> Void) -> SystemCallError? {
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
    return SystemCallError("pthread_create", on: "vCPU thread", errno: Errno(rawValue: result))
  }
  pthread_detach(thread)
  return nil
}
