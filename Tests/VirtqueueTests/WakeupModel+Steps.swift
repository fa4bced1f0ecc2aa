// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception

extension WakeupModel {
  /// What the guest can do next; nothing while it sleeps or waits for its stores.
  func guestSteps(_ state: State) -> [State] {
    // An exit from the virtual machine, as a fence, waits for the stores before it.
    let isDrained = state.guestStores.isEmpty
    switch state.guest {
    case .working: return workingSteps(state)
    case .offered(let old):
      guard isDrained || omission == .guestsFenceBeforeAvailableEvent else { return [] }
      let rings = needsEvent(state.availableEvent, from: old, to: state.offered)
      return [state.with { $0.guest = rings ? .ringing : .working }]
    case .ringing:
      return isDrained
        ? [state.with { ($0.guest, $0.doorbell) = (.working, true) }] : []
    case .drowsy:
      guard isDrained else { return [] }
      return [state.with { $0.guest = $0.used == $0.seen ? .polling : .working }]
    case .polling:
      guard isDrained else { return [] }
      let hasNews = state.used != state.usedEvent && omission != .comparisonInPoll
      return [state.with { $0.guest = hasNews ? .working : .asleep }]
    case .asleep:
      guard state.wakesGuest else { return [] }
      return [state.with { ($0.guest, $0.wakesGuest) = (.polling, false) }]
    case .done: return []
    }
  }

  private func workingSteps(_ state: State) -> [State] {
    if state.seen == start &+ chains { return [state.with { $0.guest = .done }] }
    let left = min(size - (state.offered &- state.seen), start &+ chains &- state.offered)
    // Any number of chains at once.
    var result = (0..<left).map { more in
      state.with {
        let old = $0.offered
        $0.offered &+= more + 1
        $0.guestStores.append(Store(field: .available, value: $0.offered))
        $0.guest = .offered(old: old)
      }
    }
    if state.used != state.seen {
      result.append(state.with { $0.seen = $0.used })
    } else if left == 0 {
      result.append(
        state.with {
          $0.guestStores.append(Store(field: .usedEvent, value: $0.seen))
          $0.guest = .drowsy
        })
    }
    return result
  }

  /// What the tender can do next; nothing while it sleeps or waits for its stores.
  func tenderSteps(_ state: State) -> [State] {
    let isDrained = state.tenderStores.isEmpty
    switch state.tender {
    case .serving: return servingSteps(state)
    case .publishing:
      return [
        state.with {
          $0.published = $0.put
          $0.tenderStores.append(Store(field: .used, value: $0.put))
          $0.tender = .telling
        }
      ]
    case .telling:
      guard isDrained || omission == .fenceOfNews else { return [] }
      return [
        state.with {
          if $0.usedEvent != $0.published { $0.wakesGuest = true }
          $0.tender = .serving
        }
      ]
    case .idle:
      return [
        state.with {
          $0.tenderStores.append(Store(field: .availableEvent, value: $0.taken))
          $0.tender = .armed
        }
      ]
    case .armed:
      guard isDrained || omission == .fenceOfArming else { return [] }
      let hasCome = state.available != state.taken && omission != .lookAfterArming
      return [state.with { $0.tender = hasCome && canUse($0) ? .serving : .asleep }]
    case .asleep:
      guard isDrained, state.doorbell || state.frameWakesTender else { return [] }
      return [
        state.with {
          ($0.doorbell, $0.frameWakesTender) = (false, false)
          $0.tenderStores.append(Store(field: .availableEvent, value: $0.taken ^ 0x8000))
          $0.tender = .serving
        }
      ]
    }
  }

  private func canUse(_ state: State) -> Bool { work == .transmit || state.frames > 0 }

  private func servingSteps(_ state: State) -> [State] {
    var result: [State] = []
    let canServe = state.available != state.taken && canUse(state)
    if canServe {
      result.append(
        state.with {
          $0.taken &+= 1
          $0.put &+= 1
          if work == .receive { $0.frames -= 1 }
        })
    }
    // After any number of chains, it may show what it has done.
    if state.put != state.published {
      result.append(state.with { $0.tender = .publishing })
    } else if !canServe {
      result.append(state.with { $0.tender = .idle })
    }
    return result
  }
}
