// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
internal import KVM
internal import Sandbox
internal import Synchronization
internal import SystemCalls

/// The threads beside the machine's own, and the walls around all of them.
extension Machine {
  /// What a signal is answered with.
  struct Answer: Sendable {
    let signal: AwaitedSignal
    let body: @Sendable () -> Void
  }

  /// Has `body` called on a thread of its own each time the process gets the signal `number` while the
  /// machine runs. The calling thread, which is to be the one that runs it, blocks the signal from now
  /// on.
  public func answer(signal number: CInt, with body: @escaping @Sendable () -> Void) {
    let answer = Answer(signal: AwaitedSignal(blocking: number), body: body)
    answers.withLock { $0.append(answer) }
  }

  /// Puts the process behind its walls, if that is asked for, and starts the other threads inside. Each
  /// confines itself before the guest's first instruction, and this one last.
  func startThreads(
    _ vcpu: borrowing VCPU, _ service: any QueueService
  ) throws(MachineError) {
    let access = descriptorAccess(vcpu, service)
    if !service.isEmpty { _ = AdaptiveSpin.isPossible }
    try wall { sandbox throws(SandboxError) in
      try sandbox.wallIn(keeping: access.all)
    }
    for capture in configuration.captures {
      let access = capture.descriptorAccess
      try capture.start { [self] () throws(MachineError) in try confine(.capture, access) }
    }
    for answer in answers.withLock({ $0 }) {
      let thread = try JoinedThread(
        failed: MachineError.systemCall,
        entering: { [self] () throws(MachineError) in
          try confine(.signals, DescriptorAccess())
        }, { answer.signal.forEach(answer.body) })
      thread.detach()
    }
    // The first KVM_RUN of a machine starts a thread of the kernel's, which counts as one of ours.
    do throws(SystemCallError) { try vcpu.synchronize() } catch { throw .systemCall(error) }
    let threadAccess = service.threadAccess
    try service.start { [self] () throws(MachineError) in try confine(.queues, threadAccess) }
    service.prepare()
    try wall { sandbox throws(SandboxError) in
      try sandbox.forbidThreads(besides: access.adding(threadAccess))
    }
    try confine(.machine, access)
  }

  /// What the machine's own thread uses.
  private func descriptorAccess(
    _ vcpu: borrowing VCPU, _ service: any QueueService
  ) -> DescriptorAccess {
    var access = service.descriptorAccess
    access.processors = [vcpu.number]
    // What other threads use, this one closes at the end.
    access.waits += [stopSignal.descriptor] + service.threadAccess.all
    access.outputs += configuration.outputs
    access.add(configuration.console.descriptorAccess)
    access.add(configuration.image.descriptorAccess)
    for capture in configuration.captures { access.add(capture.descriptorAccess) }
    for (handle, attachment) in configuration.attachments.enumerated()
    where !service.serves(UInt64(handle)) {
      if let attachment { access.add(attachment.descriptorAccess) }
    }
    return access
  }

  private func confine(
    _ role: ThreadRoles, _ access: DescriptorAccess
  ) throws(MachineError) {
    try wall { sandbox throws(SandboxError) in try sandbox.confine(role, access) }
  }

  private func wall(
    _ body: (Sandbox) throws(SandboxError) -> Void
  ) throws(MachineError) {
    guard let sandbox = configuration.sandbox else { return }
    do throws(SandboxError) {
      try body(sandbox)
    } catch {
      throw .sandbox(error)
    }
  }
}

extension MachineConfiguration.Attachment {
  fileprivate var descriptorAccess: DescriptorAccess {
    switch self {
    case .net(let device): device.descriptorAccess
    case .block(let device): device.descriptorAccess
    }
  }
}
