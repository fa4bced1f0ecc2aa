// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
@_exported public import HTTP
@_exported public import Sockets
