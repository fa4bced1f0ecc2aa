// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception

/// A guest and a tender, each on a processor of its own, that share a queue of two descriptors: the
/// protocol of hvt-abi/SPEC.md, "Running a queue", in steps of one access to memory each. Stores wait in a
/// buffer of their processor, which empties in order at any time, and must be empty before the load
/// that follows a fence (the memory model of x86-64).
struct WakeupModel {
  /// A part of the protocol that a model can lack, to see that it is needed.
  enum Omission: CaseIterable {
    case guestsFenceBeforeAvailableEvent, fenceOfArming, lookAfterArming, fenceOfNews
    case comparisonInPoll
  }

  /// What the tender needs to use a chain, beside the chain.
  enum Work {
    /// Nothing: chains are sent.
    case transmit
    /// A frame for each; as many as there are chains arrive, at any time.
    case receive
  }

  let size: UInt16 = 2
  let chains: UInt16
  /// Where the indices start.
  let start: UInt16
  let work: Work
  let omission: Omission?

  /// Whether all chains have come back.
  func isEnd(_ state: State) -> Bool {
    state.guest == .done && state.guestStores.isEmpty && state.tenderStores.isEmpty
  }

  var initialState: State {
    State(
      available: start, availableEvent: start, used: start, usedEvent: start,
      offered: start, seen: start, taken: start, put: start, published: start,
      framesToCome: work == .receive ? chains : 0)
  }

  /// The states that one step leads to, of either side or of a store buffer.
  func successors(of state: State) -> [State] {
    var result = guestSteps(state) + tenderSteps(state)
    if let store = state.guestStores.first {
      result.append(
        state.with {
          $0.guestStores.removeFirst()
          $0.perform(store)
        })
    }
    if let store = state.tenderStores.first {
      result.append(
        state.with {
          $0.tenderStores.removeFirst()
          $0.perform(store)
        })
    }
    if state.framesToCome > 0 {
      result.append(
        state.with {
          $0.framesToCome -= 1
          $0.frames += 1
          $0.frameWakesTender = true
        })
    }
    return result
  }

  /// Looks at all states that can be reached. How many there are, and one from which the end cannot be
  /// reached any more, if there is one: both sides sleep, or go round in circles.
  func search() -> (count: Int, lost: State?) {
    var (states, numbers) = ([initialState], [initialState: 0])
    var predecessors: [[Int]] = [[]]
    var next = 0
    while next < states.count {
      for state in successors(of: states[next]) {
        if let number = numbers[state] {
          predecessors[number].append(next)
        } else {
          numbers[state] = states.count
          states.append(state)
          predecessors.append([next])
        }
      }
      next += 1
    }
    var reachesEnd = states.map(isEnd)
    var open = states.indices.filter { reachesEnd[$0] }
    while let number = open.popLast() {
      for before in predecessors[number] where !reachesEnd[before] {
        reachesEnd[before] = true
        open.append(before)
      }
    }
    return (states.count, reachesEnd.firstIndex(of: false).map { states[$0] })
  }
}

extension WakeupModel {
  /// The fields of the rings.
  enum Field: Hashable { case available, availableEvent, used, usedEvent }

  struct Store: Hashable {
    let field: Field
    let value: UInt16
  }

  enum Guest: Hashable {
    case working
    /// Has made chains available, and is to look whether the tender wants to know.
    case offered(old: UInt16)
    case ringing
    /// Has written `used_event`, and is to look once more.
    case drowsy
    /// In the hypercall, which the tender's other thread serves: about to compare, and waiting.
    case polling, asleep
    case done
  }

  enum Tender: Hashable {
    case serving, publishing
    /// Is to look whether the guest wants to know.
    case telling
    case idle
    /// Has written `avail_event`, and is to look once more.
    case armed, asleep
  }

  struct State: Hashable {
    // Memory.
    var available, availableEvent, used, usedEvent: UInt16
    // What each side knows.
    var offered, seen, taken, put, published: UInt16
    var guest = Guest.working
    var tender = Tender.serving
    var guestStores: [Store] = []
    var tenderStores: [Store] = []
    // What wakes them.
    var doorbell = false
    var wakesGuest = false
    var frameWakesTender = false
    var frames: UInt16 = 0
    var framesToCome: UInt16

    func with(_ change: (inout State) -> Void) -> State {
      var copy = self
      change(&copy)
      return copy
    }

    mutating func perform(_ store: Store) {
      switch store.field {
      case .available: available = store.value
      case .availableEvent: availableEvent = store.value
      case .used: used = store.value
      case .usedEvent: usedEvent = store.value
      }
    }
  }
}
