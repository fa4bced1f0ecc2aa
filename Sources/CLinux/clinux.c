// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
// What the system's headers only declare as an extension. The header of this module must not
// ask for
// extensions: they change types of libc, which other modules declare as well.
#define _GNU_SOURCE
#include "clinux.h"

#include <spawn.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

int clinux_pipe(int *reader, int *writer) {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) < 0) return -1;
  *reader = ends[0];
  *writer = ends[1];
  return 0;
}

static int set_actions(posix_spawn_file_actions_t *actions, const int *descriptors, int count) {
  int result = 0;
  for (int number = 0; number < count && result == 0; number++)
    result = posix_spawn_file_actions_adddup2(actions, descriptors[number], number);
  return result ? result : posix_spawn_file_actions_addclosefrom_np(actions, count);
}

static int set_attributes(posix_spawnattr_t *attributes) {
  sigset_t none, all;
  sigemptyset(&none);
  sigfillset(&all);
  int result = posix_spawnattr_setsigmask(attributes, &none);
  if (!result) result = posix_spawnattr_setsigdefault(attributes, &all);
  if (!result) result = posix_spawnattr_setpgroup(attributes, 0);
  short flags = POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP;
  return result ? result : posix_spawnattr_setflags(attributes, flags);
}

int clinux_spawn(pid_t *child, const char *words, int count, const int *descriptors,
                 int descriptor_count) {
  char *environment[] = {NULL};
  char **list = calloc((size_t)count + 1, sizeof *list);
  if (!list) return ENOMEM;
  for (int index = 0; index < count; index++) {
    list[index] = (char *)words;
    words += strlen(words) + 1;
  }
  posix_spawn_file_actions_t actions;
  posix_spawnattr_t attributes;
  int result = posix_spawn_file_actions_init(&actions);
  if (!result) {
    result = posix_spawnattr_init(&attributes);
    if (!result) {
      result = set_actions(&actions, descriptors, descriptor_count);
      if (!result) result = set_attributes(&attributes);
      if (!result) {
        result = posix_spawn(child, list[0], &actions, &attributes, list, environment);
      }
      posix_spawnattr_destroy(&attributes);
    }
    posix_spawn_file_actions_destroy(&actions);
  }
  free(list);
  return result;
}

int clinux_signal_on_event(int fd, int signal) {
  int flags = fcntl(fd, F_GETFL);
  if (flags < 0) return -1;
  if (fcntl(fd, F_SETOWN, getpid()) < 0 || fcntl(fd, F_SETSIG, signal) < 0) return -1;
  return fcntl(fd, F_SETFL, flags | O_ASYNC);
}

// glibc before 2.38 has no name for the member.
#ifndef sigev_notify_thread_id
#define sigev_notify_thread_id _sigev_un._tid
#endif

int clinux_thread_timer(clockid_t clock, int signal, uintptr_t *timer) {
  struct sigevent event = {.sigev_notify = SIGEV_THREAD_ID, .sigev_signo = signal};
  event.sigev_notify_thread_id = gettid();
  timer_t created;
  if (timer_create(clock, &event, &created) < 0) return -1;
  *timer = (uintptr_t)created;
  return 0;
}

int clinux_timer_arm(uintptr_t timer, uint64_t nanoseconds) {
  struct itimerspec time = {0};
  time.it_value.tv_sec = (time_t)(nanoseconds / 1000000000);
  time.it_value.tv_nsec = (long)(nanoseconds % 1000000000);
  return timer_settime((timer_t)timer, 0, &time, NULL);
}

void clinux_timer_delete(uintptr_t timer) { timer_delete((timer_t)timer); }

int clinux_ppoll(struct pollfd *descriptors, size_t count, const struct timespec *timeout) {
  return ppoll(descriptors, count, timeout, NULL);
}

int clinux_fallocate(int fd, int mode, int64_t offset, int64_t count) {
  return fallocate(fd, mode, offset, count);
}

const int CLINUX_DIRECT = O_DIRECT;
const int CLINUX_NOATIME = O_NOATIME;

int clinux_direct_alignment(int fd, uint32_t *memory, uint32_t *length) {
  struct statx status;
  if (statx(fd, "", AT_EMPTY_PATH, STATX_DIOALIGN, &status) < 0) return -1;
  if (!(status.stx_mask & STATX_DIOALIGN)) return 0;
  *memory = status.stx_dio_mem_align;
  *length = status.stx_dio_offset_align;
  return 0;
}

static char **arguments;

// The C library passes the words of the command line to constructors.
__attribute__((constructor)) static void keep_arguments(int count, char **words) {
  (void)count;
  arguments = words;
}

const char *clinux_argument(int index) { return arguments[index]; }
