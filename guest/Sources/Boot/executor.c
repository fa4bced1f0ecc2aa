// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
// The executor below Swift concurrency: one queue of jobs, run in order on the one processor.
// Everything that a task can wait for is the kernel's; it has its turn between rounds of jobs.
#include "sl_executor.h"

#include <stddef.h>
#include <stdint.h>

#include "sl_clock.h"

#define SWIFT __attribute__((swiftcall))

// Jobs between two looks at the clock and the devices, so that tasks that keep each other busy do
// not starve those that wait.
enum { JOBS_PER_ROUND = 128 };

// A job of the runtime. The two words are the executor's while the job is in its hands.
struct job {
  const void *metadata;
  uintptr_t reference_count;
  struct job *next;
  uintptr_t reserved;
};

struct executor {
  void *identity;
  uintptr_t implementation;
};

void _swift_job_run_c(struct job *job, struct executor executor);
bool _swift_task_invokeSwiftCheckIsolated_c(struct executor executor);

SWIFT void swift_task_enqueueGlobalImpl(struct job *job);
SWIFT void swift_task_enqueueMainExecutorImpl(struct job *job);
SWIFT void swift_task_enqueueGlobalWithDelayImpl(unsigned long long delay, struct job *job);
SWIFT void swift_task_enqueueGlobalWithDeadlineImpl(
    long long seconds, long long nanoseconds, long long tolerance_seconds,
    long long tolerance_nanoseconds, int clock, struct job *job);
SWIFT void swift_task_checkIsolatedImpl(struct executor executor);
SWIFT int8_t swift_task_isIsolatingCurrentContextImpl(struct executor executor);
SWIFT struct executor swift_task_getMainExecutorImpl(void);
SWIFT bool swift_task_isMainExecutorImpl(struct executor executor);
SWIFT void swift_task_asyncMainDrainQueueImpl(void);
SWIFT void swift_task_donateThreadToGlobalExecutorUntilImpl(
    bool (*condition)(void *), void *context);

static const struct executor this_executor = {NULL, 0};
static struct job *first;
static struct job **end = &first;
static int jobs_left;  // of this round

void sl_executor_enqueue(void *ready) {
  struct job *job = ready;
  job->next = NULL;
  *end = job;
  end = &job->next;
}

void sl_executor_end_round(void) { jobs_left = 0; }

static void run_round(void) {
  for (jobs_left = JOBS_PER_ROUND; jobs_left > 0 && first != NULL; jobs_left--) {
    struct job *job = first;
    first = job->next;
    if (first == NULL) {
      end = &first;
    }
    _swift_job_run_c(job, this_executor);
  }
  sl_event_loop_turn(first == NULL);
}

void swift_task_enqueueGlobalImpl(struct job *job) { sl_executor_enqueue(job); }

void swift_task_enqueueMainExecutorImpl(struct job *job) { sl_executor_enqueue(job); }

void swift_task_enqueueGlobalWithDelayImpl(unsigned long long delay, struct job *job) {
  sl_event_loop_enqueue_at(sl_clock_monotonic() + delay, job);
}

void swift_task_enqueueGlobalWithDeadlineImpl(
    long long seconds, long long nanoseconds, long long tolerance_seconds,
    long long tolerance_nanoseconds, int clock, struct job *job) {
  (void)tolerance_seconds, (void)tolerance_nanoseconds, (void)clock;
  sl_event_loop_enqueue_at((uint64_t)(seconds * 1000000000 + nanoseconds), job);
}

void swift_task_checkIsolatedImpl(struct executor executor) {
  _swift_task_invokeSwiftCheckIsolated_c(executor);
}

int8_t swift_task_isIsolatingCurrentContextImpl(struct executor executor) {
  (void)executor;
  return -1;  // not known
}

struct executor swift_task_getMainExecutorImpl(void) { return this_executor; }

bool swift_task_isMainExecutorImpl(struct executor executor) { return executor.identity == NULL; }

// Never returns: an asynchronous `main` ends with a call of `exit`.
void swift_task_asyncMainDrainQueueImpl(void) {
  for (;;) {
    run_round();
  }
}

void swift_task_donateThreadToGlobalExecutorUntilImpl(bool (*condition)(void *), void *context) {
  while (!condition(context)) {
    run_round();
  }
}
