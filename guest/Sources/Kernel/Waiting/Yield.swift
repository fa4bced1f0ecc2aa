// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception

/// Lets the other tasks have their turn.
///
/// Devices call this and not `Task.yield`, whose code the compiler would put beside the first of them
/// that does: a program would contain that device for it.
@inline(never)
func yield() async {
  await Task.yield()
}
