// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
// What code that has taken over a process would try, each as one function; and what tests of it
// need.
#ifndef CDRILL_H
#define CDRILL_H

#include <sys/types.h>

// How many there are, the name of each, and the errno with which it fails where there is no filter
// of system calls: 0 when that alone stands against it.
extern const int drill_count;
const char *_Nonnull drill_name(int index);
int drill_second_wall(int index);

// Opens what they need, before there is a sandbox.
void drill_prepare(void);
int drill_kvm(void);
int drill_socket(void);

// 0 when it succeeded, else the errno.
int drill_attempt(int index);

// Lets files grow to so many bytes.
void drill_limit_files(unsigned long most);

// Makes a system call without the library's help. Its result, or -1 and errno.
long drill_call(long number, const unsigned long *_Nonnull arguments);

// Calls `body` in a child of the process's. The number of the signal that killed it, or 0.
int drill_in_child(void (*_Nonnull body)(void *_Nonnull context), void *_Nonnull context);

// Starts a program with these standard descriptors, and no others. The process, or an errno
// negated.
pid_t drill_spawn(char *_Nullable const *_Nonnull words, const int *_Nonnull descriptors);

#endif
