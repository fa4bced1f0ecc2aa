// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
internal import Glibc
internal import Synchronization
internal import SystemCalls
internal import Tender

/// One run of one guest in a process of its own, which is hvtrun: whatever the guest takes over there, it
/// is not in this process.
///
/// The process has the descriptors that it needs and no others of ours, none of our environment, and ends
/// with this one at the latest.
public final class MachineProcess: Sendable {
  private let configuration: MachineProcessConfiguration
  private let hasRun = Atomic(false)
  private let state = Mutex(State())
  /// Raised by a stop.
  private let stopEvent: EventDescriptor

  private struct State {
    var isStopped = false
    var child: ChildProcess?
  }

  /// How long hvtrun has to end when it was told to.
  private static let patience: UInt64 = 5_000_000_000

  /// Plans the run; there is no process yet.
  public init(_ configuration: MachineProcessConfiguration) throws(MachineProcessError) {
    self.configuration = configuration
    do throws(SystemCallError) {
      stopEvent = try EventDescriptor()
    } catch {
      throw .systemCall(error)
    }
  }

  /// Starts a machine process: the same as to make one and call `run`.
  public static func spawn(
    _ configuration: MachineProcessConfiguration
  ) async throws(MachineProcessError) -> MachineProcessOutcome {
    try await MachineProcess(configuration).run()
  }

  /// The number of the process; nil while there is none.
  public var processNumber: CInt? { state.withLock { $0.child?.number } }

  /// Ends the guest: `run` returns `.stopped`. A process that does not end then is killed after 5 s.
  /// From any thread, at any time, also before the run.
  public func stop() {
    state.withLock { state in
      // A second signal would end hvtrun at once, without a result.
      if !state.isStopped { state.child?.send(SIGTERM) }
      state.isStopped = true
    }
    stopEvent.raise()
  }

  /// Runs the guest to its end. Cancelling the task stops the machine. A machine runs once. When this
  /// returns, the process is gone, and everything that it wrote to its console has arrived.
  public func run() async throws(MachineProcessError) -> MachineProcessOutcome {
    precondition(!hasRun.exchange(true, ordering: .relaxed), "a machine runs once")
    let result = await withTaskCancellationHandler {
      await onNewThread(self, failed: MachineProcessError.systemCall) {
        machine throws(MachineProcessError) in
        try machine.runOnCurrentThread()
      }
    } onCancel: {
      stop()
    }
    return try result.get()
  }

  private func runOnCurrentThread() throws(MachineProcessError) -> MachineProcessOutcome {
    let executable = try configuration.executablePath()
    do {
      var pipes = try ChildPipes()
      guard let child = try start(executable, &pipes) else { return .stopped }
      defer { state.withLock { $0.child = nil } }
      let output = pipes.read(
        to: configuration.console, of: child, until: stopEvent.number, patience: Self.patience)
      return try outcome(try child.wait(), output)
    } catch let error as SystemCallError {
      throw .systemCall(error)
    } catch let error as MachineProcessError {
      throw error
    } catch {
      preconditionFailure("nothing else is thrown above")
    }
  }

  /// The child, which has its ends of `pipes`; nil when the machine is to stop.
  private func start(
    _ executable: String, _ pipes: inout ChildPipes
  ) throws(MachineProcessError) -> ChildProcess? {
    let own = CInt(ChildPipes.count)
    let (words, passed) = try configuration.commandLine(
      result: ChildPipes.resultNumber, passingFrom: own)
    return try state.withLock { state throws(MachineProcessError) in
      if state.isStopped { return nil }
      do throws(SystemCallError) {
        let child = try ChildProcess(
          running: executable, words, descriptors: pipes.childNumbers + passed)
        pipes.closeChildEnds()
        state.child = child
        return child
      } catch {
        throw .systemCall(error)
      }
    }
  }

  private func outcome(
    _ status: ChildProcess.Status, _ output: ProcessOutput
  ) throws(MachineProcessError) -> MachineProcessOutcome {
    if let failure = output.consoleFailure { throw .systemCall(failure) }
    if let result = ResultReport(output.result)?.result { return try result.get() }
    switch status {
    case .killed(let signal):
      // A stop may come before hvtrun handles signals, or find one that does not answer.
      if state.withLock({ $0.isStopped }), signal == SIGTERM || signal == SIGKILL {
        return .stopped
      }
      throw .killed(signal: signal, messages: output.text)
    case .exited(let status): throw .noResult(status: status, messages: output.text)
    }
  }
}
