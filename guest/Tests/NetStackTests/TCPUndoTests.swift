// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
import Testing

@testable import NetStack

struct TCPUndoTests {
  private func begun() -> TCPUndo {
    var undo = TCPUndo()
    undo.begin(1000..<9000)
    undo.sentAgain(1500)
    return undo
  }

  @Test func recoveryWasNotNeededOnceEverythingArrivedTwice() {
    var undo = begun()
    let first = undo.sawDuplicate(1000..<2000)
    let second = undo.sawDuplicate(2000..<2500)
    let third = undo.sawDuplicate(2500..<3000)
    #expect(!first && second && !third)
  }

  @Test(arguments: [0..<2000, 999..<5000, 8000..<9001] as [Range<UInt64>])
  func whatWasNotInFlightSaysNothing(_ range: Range<UInt64>) {
    var undo = begun()
    let isUndone = undo.sawDuplicate(range)
    #expect(!isUndone)
  }

  @Test func timeoutsAreNotTakenBack() {
    var undo = begun()
    undo.cancel()
    undo.sentAgain(1500)
    let isUndone = undo.sawDuplicate(1000..<2500)
    #expect(!isUndone)
  }
}
