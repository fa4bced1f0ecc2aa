// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
#ifndef CPU_H
#define CPU_H

#include <stddef.h>
#include <stdint.h>

/// Something that the guest does, by name.
struct cpu_kind {
  const char *name;
  /// Returns what the guest ends with.
  int (*run)(void);
};

extern const struct cpu_kind cpu_data_kinds[];
extern const struct cpu_kind cpu_system_kinds[];
extern const struct cpu_kind cpu_resume_kinds[];
extern const struct cpu_kind cpu_vector_kinds[];

/// Runs the code that traps and has the name `name`. Returns what the guest ends with if it does
/// not trap, or -1 if there is no such code.
int cpu_run_trap(const char *name);

/// Runs the privileged instruction that has the name `name`, likewise.
int cpu_run_privileged(const char *name);

/// Prints the names of both.
void cpu_list_traps(void);

/// Prints `name ok` or `name FAILED` and returns the status.
int cpu_report(const char *name, int is_right);

#endif
