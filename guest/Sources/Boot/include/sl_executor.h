// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
#ifndef SL_EXECUTOR_H
#define SL_EXECUTOR_H

#include <stdbool.h>
#include <stdint.h>

/// Appends a job of Swift's concurrency runtime to those that are ready to run.
void sl_executor_enqueue(void *_Nonnull job);

/// Makes the job that runs the last one before the kernel's next turn.
void sl_executor_end_round(void);

/// The kernel's part of the main loop, between two rounds of jobs: wakes whoever waits for the
/// time or a device. When no job is ready (`idle`) it sleeps until there is something to wake.
void sl_event_loop_turn(bool idle);

/// The kernel's part of a delayed job: enqueues `job` when the monotonic clock reaches `deadline`.
void sl_event_loop_enqueue_at(uint64_t deadline, void *_Nonnull job);

#endif
