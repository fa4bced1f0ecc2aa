// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
#ifndef SL_EXIT_H
#define SL_EXIT_H

/// Ends the machine with a status; 255 means that the program has failed.
///
/// A C function, because a Swift function of this name in an imported module crashes Swift 6.3's
/// compiler, which looks `exit` up to end an asynchronous `main`.
_Noreturn void exit(int status);

#endif
