// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception

extension Command {
  /// The two ways to write a command line, which differ in the exit status of a failure, too.
  public enum Form: Equatable, Sendable {
    /// `hvtrun APP.elf [OPTION...] [-- ARGUMENT...]`
    case own
    /// `solo5-hvt [OPTION...] [--] KERNEL [ARGUMENT...]`
    case solo5

    /// Tells the form of a command line that begins with the program's name.
    ///
    /// It is solo5-hvt's for a program of that name, and where one of its options, or `--`, stands
    /// before the first word that is no option.
    public init(of words: [String]) {
      var rest = words[...]
      let program = rest.popFirst() ?? ""
      guard program != "solo5-hvt", !program.hasSuffix("/solo5-hvt") else {
        self = .solo5
        return
      }
      while let word = rest.popFirst(), RunOptions.isOption(word) {
        if word == "--" || Solo5Option(of: word) != nil {
          self = .solo5
          return
        }
        // The value of an option of our own is none of these words.
        if RunOption(rawValue: word)?.valueName != nil, rest.first != "--" { _ = rest.popFirst() }
      }
      self = .own
    }

    /// What the command ends with when it could not do what it was asked.
    public var failureStatus: Int32 {
      switch self {
      case .own: 125
      case .solo5: 1
      }
    }

    /// What the command ends with when the time limit ended the guest; timeout(1)'s in our own form.
    public var timeoutStatus: Int32 {
      switch self {
      case .own: 124
      case .solo5: failureStatus
      }
    }

    /// What the command ends with when the signal `number` ended the guest.
    public func status(ofSignal number: Int32) -> Int32 {
      switch self {
      case .own: 128 + number
      case .solo5: failureStatus
      }
    }
  }
}
