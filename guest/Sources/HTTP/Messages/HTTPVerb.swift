// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
public import HTTPTypes

/// A request method of RFC 9110 or 5789, as a number that is fast to tell from others.
public enum HTTPVerb: UInt8, Sendable {
  /// GET.
  case get
  /// HEAD.
  case head
  /// POST.
  case post
  /// PUT.
  case put
  /// PATCH.
  case patch
  /// DELETE.
  case delete
  /// OPTIONS.
  case options
  /// TRACE.
  case trace
  /// CONNECT.
  case connect
  /// Any other method.
  case other

  init(_ name: Span<UInt8>) {
    switch name.count {
    case 3: self = name.equals("GET") ? .get : name.equals("PUT") ? .put : .other
    case 4: self = name.equals("HEAD") ? .head : name.equals("POST") ? .post : .other
    case 5: self = name.equals("PATCH") ? .patch : name.equals("TRACE") ? .trace : .other
    case 6: self = name.equals("DELETE") ? .delete : .other
    case 7: self = name.equals("OPTIONS") ? .options : name.equals("CONNECT") ? .connect : .other
    default: self = .other
    }
  }

  /// The verb of a method.
  public init(_ method: HTTPRequest.Method) {
    let name = Array(method.rawValue.utf8)
    self.init(name.span)
  }

  /// The method, unless it is `other`.
  public var method: HTTPRequest.Method? {
    switch self {
    case .get: .get
    case .head: .head
    case .post: .post
    case .put: .put
    case .patch: .patch
    case .delete: .delete
    case .options: .options
    case .trace: .trace
    case .connect: .connect
    case .other: nil
    }
  }

  /// Whether a request of this kind means what its content says, so that one of HTTP/1.0 has to tell
  /// the length of it.
  var needsContent: Bool { self == .post || self == .put || self == .patch }
}
