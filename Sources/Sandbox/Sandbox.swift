// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
internal import CSandbox
internal import Glibc
internal import Synchronization
internal import SystemCalls
internal import SystemPackage

/// The walls around a process that runs something hostile: what it gives up, once and for good.
///
/// Everything that it is to use is opened before. It holds for whole processes: machines that share
/// one share its memory, its descriptors and its user, and a thread of one that was taken over has what
/// all of them have. So a process with a sandbox is to run a single machine.
public final class Sandbox: Sendable {
  let configuration: SandboxConfiguration
  private let permissions: [Permission]?
  private let place = Atomic(Place.host)

  /// Where the process is.
  enum Place: UInt8, AtomicRepresentable {
    case host
    /// In a process namespace of its own.
    case child
    /// In a process namespace and a user namespace of its own.
    case childWithUsers
  }

  /// The walls of `configuration`. Strict asks the kernel for what they need; namespaces show later.
  public convenience init(_ configuration: SandboxConfiguration) throws(SandboxError) {
    try self.init(configuration, allowing: SystemCallTable.permissions)
  }

  /// The same with other system calls than those of the table, or without filters at all, for proofs
  /// that each entry is needed and that there are walls behind the filters.
  package init(
    _ configuration: SandboxConfiguration, allowing permissions: [Permission]?
  ) throws(SandboxError) {
    self.configuration = configuration
    self.permissions = permissions
    guard configuration.level == .strict else { return }
    // Namespaces show when they are made, which takes too long to try before.
    let demanded: [KernelRule] = [.systemCallFilters, .landlock, .keyrings, .closeRange]
    let lacking = demanded.filter { !$0.finding.isComplete }
    guard lacking.isEmpty else { throw .lacking(lacking) }
  }

  /// Walls in the process, which has no other thread, and confines this one to what a machine's thread
  /// may do with the descriptors of `access`. Every other descriptor is closed, but standard error, to
  /// which it may write.
  public func enter(_ access: DescriptorAccess) throws(SandboxError) {
    try wallIn(keeping: access.all)
    try forbidThreads(besides: access)
    try confine(.machine, access)
  }

  // MARK: - In parts

  /// Walls in the process, which has no other thread: all but the limit on threads and the filters of
  /// system calls. Only `descriptors` and standard error stay open. Threads that are started later are
  /// inside, too.
  package func wallIn(keeping descriptors: [CInt]) throws(SandboxError) {
    guard csandbox_be_alone() == 0 else { throw .notAlone }
    try closeDescriptors(besides: descriptors)
    csandbox_clear_environment()
    csandbox_share_arena()
    closeSideChannels()
    // Some containers forbid keyrings, and a user has a limited number of them.
    try step("keyctl", lacking: [ENOSYS, EPERM, EDQUOT]) { csandbox_renew_keyring() }
    if isStrict { try enterNamespaces() }
    try dropPrivileges()
    let version = csandbox_landlock_version()
    if version > 0 { try step("landlock_restrict_self") { csandbox_landlock(version) } }
    if !configuration.permitsCore {
      try step("setrlimit") { csandbox_limit(CSANDBOX_LIMIT_CORE, 0) }
      try step("prctl") { csandbox_prctl(PR_SET_DUMPABLE, 0, 0, 0, nil) }
    }
    try forbidDescriptors(besides: descriptors)
  }

  /// Forbids new threads and processes. The kernel's own threads for io_uring count as threads, so that
  /// where there is a ring the filters alone stand against new ones.
  package func forbidThreads(besides access: DescriptorAccess) throws(SandboxError) {
    guard access.rings.isEmpty else { return }
    try step("setrlimit") { csandbox_limit(CSANDBOX_LIMIT_PROCESSES, 0) }
  }

  /// Confines the calling thread to the system calls of `role` with the descriptors of `access`.
  package func confine(
    _ role: ThreadRoles, _ access: DescriptorAccess
  ) throws(SandboxError) {
    guard let permissions else { return }
    var access = access
    access.outputs.append(STDERR_FILENO)
    try SystemCallFilter(permissions, for: role, access).load()
  }

  // MARK: - Steps

  private var isStrict: Bool { configuration.level == .strict }

  /// Takes a step that returns a negative number when the kernel refuses. In standard, some errors may
  /// say that the kernel lacks it.
  private func step(
    _ call: StaticString, lacking tolerated: [CInt] = [], _ body: () -> CInt
  ) throws(SandboxError) {
    if body() >= 0 || !isStrict && tolerated.contains(errno) { return }
    throw failure(call)
  }

  /// Closes all but `descriptors` and standard error.
  private func closeDescriptors(besides descriptors: [CInt]) throws(SandboxError) {
    let kept = ([STDERR_FILENO] + descriptors).sorted()
    var next: CInt = 0
    for number in kept where number >= next {
      if number > next { try close(UInt32(next)...UInt32(number - 1)) }
      next = number + 1
    }
    try close(UInt32(next)...UInt32.max)
  }

  /// Allows no descriptors but `descriptors` and standard error, which are open.
  private func forbidDescriptors(besides descriptors: [CInt]) throws(SandboxError) {
    let kept = [STDERR_FILENO] + descriptors
    // poll(2) takes no more descriptors than the limit; the numbers below it are not to be free.
    for number in 0..<CInt(kept.count) {
      if try !isOpen(number) { try step("dup2") { dup2(kept[0], number) } }
    }
    try step("setrlimit") { csandbox_limit(CSANDBOX_LIMIT_FILES, UInt64(kept.count)) }
  }

  private func isOpen(_ number: CInt) throws(SandboxError) -> Bool {
    if fcntl(number, F_GETFD) >= 0 { return true }
    // What is open must not be replaced, whatever else is wrong.
    if errno == EBADF { return false }
    throw failure("fcntl")
  }

  private func close(_ numbers: ClosedRange<UInt32>) throws(SandboxError) {
    try step("close_range", lacking: [ENOSYS]) {
      csandbox_close_range(numbers.lowerBound, numbers.upperBound)
    }
  }

  private func closeSideChannels() {
    // Both make the data path slower. The first keeps code from the memory of its own process, which a
    // guest does not share; from other guests KVM keeps it by itself.
    if isStrict { SpeculationControl.allCases.forEach { $0.disable() } }
    CoreScheduling.enter()
    // Not in kernels that merge no memory.
    _ = csandbox_prctl(CSANDBOX_SET_MEMORY_MERGE, 0, 0, 0, nil)
  }

  private func dropPrivileges() throws(SandboxError) {
    try step("prctl") { csandbox_empty_bounding_set() }
    if !isStrict, let account { try become(account) }
    try step("capset") { csandbox_set_capabilities(0) }
    try step("prctl") { csandbox_prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, nil) }
  }

  /// Whom to become; nil to stay.
  private var account: UserAccount? {
    switch configuration.user {
    case .automatic: geteuid() == 0 ? .nobody : nil
    case .stay: nil
    case .account(let account): account
    }
  }

  private func become(_ account: UserAccount) throws(SandboxError) {
    // The root of a user namespace may have no other number, nor other groups.
    let tolerated = configuration.user == .automatic ? [EPERM, EINVAL] : []
    try step("setresuid", lacking: tolerated) { csandbox_become(account.user, account.group) }
  }

  private func enterNamespaces() throws(SandboxError) {
    let place = place.load(ordering: .relaxed)
    guard place != .host else { throw .noChild }
    // The new user namespace belongs to whom the process runs as, and there nobody has a number.
    try step("prctl") { csandbox_prctl(PR_SET_KEEPCAPS, 1, 0, 0, nil) }
    if let account { try become(account) }
    if place == .child {
      try step("capset") { csandbox_set_capabilities(1 << UInt64(CSANDBOX_CAPABILITY_ADMIN)) }
    }
    let users = place == .child ? CSANDBOX_NEW_USER : 0
    try unshare(users | CSANDBOX_NEW_REST)
    try step("move_mount") { csandbox_enter_empty_root() }
    try step("prctl") { csandbox_prctl(PR_SET_PDEATHSIG, UInt(SIGKILL), 0, 0, nil) }
  }

  private func unshare(_ namespaces: CInt) throws(SandboxError) {
    if csandbox_unshare(namespaces) < 0 { throw .lacking([.namespaces]) }
  }

  // MARK: - The child

  /// Strict alone needs it, and before `enter`: goes on in a child that is the first process of a
  /// namespace of its own, and without the files that are opened later in its parent. The parent never
  /// returns: it passes the signals of `forwarded` on, stops and continues with the child, and ends as
  /// it does. The process must have no other thread.
  public func goOnInChild(forwarding forwarded: [CInt]) throws(SandboxError) {
    guard isStrict else { return }
    guard csandbox_be_alone() == 0 else { throw .notAlone }
    let supervisor = Supervisor(forwarding: forwarded)
    var place = Place.child
    if csandbox_unshare(CSANDBOX_NEW_PROCESSES) < 0 {
      guard errno == EPERM else { throw .lacking([.namespaces]) }
      place = .childWithUsers
      try unshare(CSANDBOX_NEW_USER | CSANDBOX_NEW_PROCESSES)
    }
    let child = csandbox_fork()
    if child < 0 { throw failure("fork") }
    if child > 0 { supervisor.watch(child, as: account) }
    supervisor.restoreSignals()
    try step("prctl") { csandbox_prctl(PR_SET_PDEATHSIG, UInt(SIGKILL), 0, 0, nil) }
    // The terminal's signals come from the parent alone.
    try step("setsid") { setsid() }
    self.place.store(place, ordering: .relaxed)
  }
}
