# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
# The part `sandbox`. To be sourced by scripts/bench.

readonly sandbox_rounds=15 sandboxed_iterations=50000000
readonly sandboxed_calls='round trip of a hypercall' sandboxed_loop='loop that computes'
readonly sandboxed_frames='64 B frames a second'

# The name of a mode's samples.
subject_of() { if [[ $1 == off ]]; then echo off; else echo hvtrun; fi; }

# once NAME MODE WORD...: samples the number that a guest prints.
once() {
  local name=$1 mode=$2 number
  shift 2
  number=$("${inside[@]}" out/hvtrun --quiet --sandbox "$mode" "$@" |
    sed -n '$s/^nanoseconds=//; $p')
  sample "$(subject_of "$mode") $name" "$number"
}

# sandboxed MODE: each of what a guest does, once.
sandboxed() {
  local mode=$1 name core command sent lost rate spent
  once "$sandboxed_calls" "$mode" "$guests/test/hypercalls.elf" -- "$calls"
  once "$sandboxed_loop" "$mode" "$guests/test/solo5-compute.elf" -- "$sandboxed_iterations"
  command=(out/hvtrun --quiet --sandbox "$mode" --net tap0 "$guests/test/reflect.elf")
  load "$mode" saturate 64 "$net_window" "$load_ms" tap0
  sample "$(subject_of "$mode") $sandboxed_frames" "$rate"
  for core in pinned free; do
    set_cores "$core"
    start_web web "$guests/web.elf" --quiet --sandbox "$mode"
    wrk_round "$(subject_of "$mode")" "$guest_address" "$(load_name 64 "$core")" 64
    stop_server web
  done
}

# The data path with the sandbox against the same without, by turns, which begin with either.
bench_sandbox() {
  local inside peer round core mode modes
  need out/hvtrun "$guests"/{web,test/hypercalls,test/solo5-compute,test/reflect}.elf
  needs_program wrk curl taskset
  rm -f "$tools/samples.tsv"
  create_pair
  say "Comparing with and without the sandbox $sandbox_rounds times"
  for ((round = 0; round < sandbox_rounds; round++)); do
    modes=(off standard)
    ((round % 2)) || modes=(standard off)
    for mode in "${modes[@]}"; do sandboxed "$mode"; done
  done
  row_of "$sandboxed_calls" ns ratio 1.03 off
  row_of "$sandboxed_loop" ns ratio 1.03 off
  row_of "$sandboxed_frames" '1/s' rate 0.97 off
  for core in pinned free; do
    row_of "$(load_name 64 "$core")" '1/s' rate 0.97 off
    row_of "p99, $(load_name 64 "$core")" us none - off
  done
  cleanup
}
