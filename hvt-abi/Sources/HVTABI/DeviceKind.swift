// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception

/// The kind of a device that a manifest declares (SPEC.md, "The manifest").
public enum DeviceKind: UInt32, Sendable {
  case block = 1
  case net = 2
}
