// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
// The module that an application imports: the kernel's interface, and nothing else.
@_exported public import BootExit
@_exported public import Frames
@_exported public import Kernel
