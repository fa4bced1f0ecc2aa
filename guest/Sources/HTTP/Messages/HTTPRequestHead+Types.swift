// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
public import HTTPTypes

extension HTTPRequestHead {
  /// The method.
  public var method: HTTPRequest.Method {
    // The parser took only a token, which every method can be.
    verb.method ?? HTTPRequest.Method(methodBytes.text) ?? .get
  }

  /// All fields but the host, which is the authority.
  public var fields: HTTPFields {
    var fields = HTTPFields()
    forEachField { name, value in
      if !name.equalsInAnyCase("host") {
        fields.append(name: name, value: value)
      }
    }
    return fields
  }

  /// The request in the types of swift-http-types.
  public var httpRequest: HTTPRequest {
    let hasAuthority = !authority.isEmpty
    return HTTPRequest(
      method: method, scheme: "http", authority: hasAuthority ? authority.text : nil,
      path: verb == .connect ? nil : pathAndQuery, headerFields: fields)
  }

  private var pathAndQuery: String {
    let start = path.isEmpty ? "/" : path.text
    guard let query else { return start }
    return start + "?" + query.text
  }
}

extension HTTPFields {
  /// Adds a field that a parser has checked.
  mutating func append(name: Span<UInt8>, value: Span<UInt8>) {
    if let name = HTTPField.Name(name.text) {
      append(HTTPField(name: name, value: [UInt8](copyOf: value)))
    }
  }
}
