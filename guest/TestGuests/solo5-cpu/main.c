// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
// Does one thing at privilege level 0: `KIND` or `privileged NAME`. Without arguments, lists them.
#include "cpu.h"
#include "raw_manifest.h"
#include "s5.h"
#include "s5_processor.h"

RAW_MANIFEST();

enum { USAGE = 2 };

static const struct cpu_kind *const tables[] = {
    cpu_data_kinds, cpu_system_kinds, cpu_resume_kinds, cpu_vector_kinds};

enum { TABLES = sizeof(tables) / sizeof(tables[0]) };

int cpu_report(const char *name, int is_right) {
  s5_print("%s %s\n", name, is_right ? "ok" : "FAILED");
  return is_right ? 0 : 1;
}

// An exception for which there is no handler yet.
void s5_early(void) {
  char *words[1];
  if (s5_arguments(words, 1) > 0 && s5_equal(words[0], "early")) {
    __asm__ volatile("ud2");
  }
}

static int list(void) {
  for (int i = 0; i < TABLES; i++) {
    for (const struct cpu_kind *kind = tables[i]; kind->name != NULL; kind++) {
      s5_print("%s\n", kind->name);
    }
  }
  s5_print("early\n");
  cpu_list_traps();
  return USAGE;
}

static int run(char *words[], int count) {
  if (s5_equal(words[0], "privileged")) {
    return count > 1 ? cpu_run_privileged(words[1]) : -1;
  }
  for (int i = 0; i < TABLES; i++) {
    for (const struct cpu_kind *kind = tables[i]; kind->name != NULL; kind++) {
      if (s5_equal(words[0], kind->name)) {
        return kind->run();
      }
    }
  }
  return cpu_run_trap(words[0]);
}

int main(void) {
  char *words[2];
  int count = s5_arguments(words, 2);
  int status = count > 0 ? run(words, count) : -1;
  return status >= 0 ? status : list();
}
