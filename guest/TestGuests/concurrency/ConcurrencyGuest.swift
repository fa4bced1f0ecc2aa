// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
import Swiftlet

/// Uses everything of Swift concurrency that guests have, prints the results, and "ok" at the end.
@main
struct ConcurrencyGuest {
  static func main() async {
    await tasks()
    await groups()
    await actors()
    await streams()
    await sleeps()
    await timeouts()
    await cancellation()
    await fairness()
    print("ok")
  }

  static func tasks() async {
    let task = Task { 20 + 1 }
    async let child = 21
    let detached = Task.detached(priority: .high) { await Task.yield() }
    await detached.value
    print("tasks \(await task.value + child)")
  }

  static func groups() async {
    let sum = await withTaskGroup(of: Int.self) { group in
      for number in 1...100 {
        group.addTask {
          await Task.yield()
          return number
        }
      }
      return await group.reduce(0, +)
    }
    print("groups \(sum)")
  }

  actor Counter {
    private(set) var value = 0

    func increment() async {
      value += 1
      await Task.yield()
    }
  }

  static func actors() async {
    let counter = Counter()
    await withDiscardingTaskGroup { group in
      for _ in 0..<50 {
        group.addTask { await counter.increment() }
      }
    }
    print("actors \(await counter.value)")
  }

  static func streams() async {
    let (stream, continuation) = AsyncStream.makeStream(of: Int.self)
    let producer = Task {
      for number in 1...5 {
        continuation.yield(number)
        await Task.yield()
      }
      continuation.finish()
    }
    var sum = 0
    for await number in stream.map({ $0 * 2 }) {
      sum += number
    }
    await producer.value
    print("streams \(sum)")
  }

  /// Tasks that sleep for different times wake in the order of their deadlines.
  static func sleeps() async {
    let order = await withTaskGroup(of: Int.self) { group in
      for milliseconds in [30, 10, 20, 5, 15] {
        group.addTask {
          try? await sleep(for: .milliseconds(milliseconds))
          return milliseconds
        }
      }
      var order: [Int] = []
      for await milliseconds in group {
        order.append(milliseconds)
      }
      return order
    }
    print("sleeps \(order[0]) \(order[1]) \(order[2]) \(order[3]) \(order[4])")
  }

  static func timeouts() async {
    do throws(TimeoutError<Never>) {
      let value = try await withTimeout(.seconds(10)) { 7 }
      print("in time \(value)")
    } catch {
      print("in time: timed out")
    }
    let start = MonotonicClock.now
    do throws(TimeoutError<CancellationError>) {
      try await withTimeout(.milliseconds(10)) { () async throws(CancellationError) in
        try await sleep(for: .seconds(10))
      }
      print("too late: returned")
    } catch {
      let elapsed = start.duration(to: MonotonicClock.now)
      let isPrompt = elapsed >= .milliseconds(10) && elapsed < .seconds(5)
      switch error {
      case .timedOut: print("too late: timed out \(isPrompt ? "promptly" : "late")")
      case .failed: print("too late: failed")
      }
    }
  }

  static func cancellation() async {
    let sleeper = Task { () -> Bool in
      do throws(CancellationError) {
        try await sleep(for: .seconds(3600))
        return false
      } catch {
        return true
      }
    }
    await Task.yield()
    sleeper.cancel()
    print("cancelled \(await sleeper.value)")
    let early = Task { () -> Bool in
      do throws(CancellationError) {
        try await sleep(for: .seconds(3600))
        return false
      } catch {
        return Task.isCancelled
      }
    }
    early.cancel()
    print("cancelled early \(await early.value)")
  }

  /// A task that never stops yielding does not keep a timer from firing.
  static func fairness() async {
    let busy = Task {
      while !Task.isCancelled {
        await Task.yield()
      }
    }
    try? await sleep(for: .milliseconds(5))
    busy.cancel()
    await busy.value
    print("fair")
  }
}
