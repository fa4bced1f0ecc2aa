# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
# The part `sandbox`. To be sourced by scripts/bench.

readonly sandbox_rounds=24 sandboxed_iterations=50000000 sandboxed_ms=300
readonly sandboxed_call='round trip of a hypercall' sandboxed_loop='loop that computes'
readonly sandboxed_frame='CPU time, 64 B frame'

# sandboxed SUBJECT [OPTION...]: samples what a guest of hvtrun with these options does, once each.
sandboxed() {
  local subject=$1 command sent lost rate spent
  shift
  command=("${server_core[@]}" out/hvtrun --quiet "$@")
  sample "$subject $sandboxed_call" "$("${command[@]}" "$guests/test/hypercalls.elf" -- "$calls")"
  sample "$subject $sandboxed_loop" "$("${command[@]}" "$guests/test/solo5-compute.elf" \
    -- "$sandboxed_iterations" | sed -n 's/^nanoseconds=//p')"
  command+=(--net tap0 "$guests/test/reflect.elf")
  load "$subject" saturate 64 "$net_window" "$sandboxed_ms" tap0
  sample "$subject $sandboxed_frame" "$spent"
  start_web web "$guests/web.elf" --quiet "$@"
  wrk_round "$subject" "$guest_address" "$(load_name 64 pinned)" 64
  stop_server web
}

# The data path in the sandbox against the same without, and without but for a filter of system
# calls that permits all. By turns, of which each begins with another.
bench_sandbox() {
  local inside peer round number subject subjects=(off filter hvtrun) other
  need out/hvtrun "$guests"/{web,test/hypercalls,test/solo5-compute,test/reflect}.elf
  needs_program wrk curl taskset
  rm -f "$tools/samples.tsv"
  create_pair
  say "Comparing with and without the sandbox $sandbox_rounds times"
  for ((round = 0; round < sandbox_rounds; round++)); do
    for number in 0 1 2; do
      set_cores pinned
      subject=${subjects[(round + number) % 3]}
      case $subject in
        off) sandboxed off --sandbox off ;;
        filter)
          server_core+=("$tools/filter")
          sandboxed filter --sandbox off
          ;;
        hvtrun) sandboxed hvtrun ;;
      esac
    done
  done
  for other in off filter; do
    row_of "$sandboxed_call" ns ratio 1.03 "$other"
    row_of "$sandboxed_loop" ns ratio 1.03 "$other"
    row_of "$sandboxed_frame" ns ratio 1.03 "$other"
    row_of "$(load_name 64 pinned)" '1/s' rate 0.97 "$other"
    row_of "p99, $(load_name 64 pinned)" us none - "$other"
  done
  cleanup
}
