// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
#ifndef SL_QUEUES_H
#define SL_QUEUES_H

#include <hvt_abi.h>
#include <stdint.h>

/// What the program understands in frames that it receives: HVT_QUEUE_CHECKSUM, HVT_QUEUE_TSO4,
/// HVT_QUEUE_TSO6. The tender is told so if the program has any code that reads this variable.
extern const uint32_t sl_queue_accepts;

#endif
