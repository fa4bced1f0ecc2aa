# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
# The part `sandbox`. To be sourced by scripts/bench.

readonly sandbox_rounds=25 sandboxed_iterations=50000000 sandboxed_ms=300
readonly sandboxed_call='round trip of a hypercall' sandboxed_loop='loop that computes'
readonly sandboxed_frame='CPU time, 64 B frame'

# sandboxed SUBJECT WORD...: samples what a guest does, once each. The words run hvtrun.
sandboxed() {
  local subject=$1 command sent lost rate spent
  shift
  sample "$subject $sandboxed_call" "$("$@" "$guests/test/hypercalls.elf" -- "$calls")"
  sample "$subject $sandboxed_loop" "$("$@" "$guests/test/solo5-compute.elf" \
    -- "$sandboxed_iterations" | sed -n 's/^nanoseconds=//p')"
  command=("${server_core[@]}" "$@" --net tap0 "$guests/test/reflect.elf")
  load "$subject" saturate 64 "$net_window" "$sandboxed_ms" tap0
  sample "$subject $sandboxed_frame" "$spent"
  start_server web inside timeout 60 "$@" --net "$guest_tap" "$guests/web.elf" -- \
    "--ipv4=$guest_address/24"
  await web "${inside[@]}" curl -sf -m 1 "http://$guest_address/"
  wrk_round "$subject" "$guest_address" "$(load_name 64 pinned)" 64
  stop_server web
}

# The data path in the sandbox against the same without, and without but for a filter of system
# calls that permits all. By turns, each of them first as often as the others.
bench_sandbox() {
  local inside peer round number subject subjects=(off filter hvtrun) other bare
  need out/hvtrun "$guests"/{web,test/hypercalls,test/solo5-compute,test/reflect}.elf
  needs_program wrk curl taskset
  rm -f "$tools/samples.tsv"
  create_pair
  set_cores pinned
  bare=(out/hvtrun --quiet --sandbox off)
  say "Comparing with and without the sandbox $sandbox_rounds times"
  for ((round = 0; round < sandbox_rounds; round++)); do
    for number in 0 1 2; do
      subject=${subjects[(round + number) % 3]}
      case $subject in
        off) sandboxed off "${bare[@]}" ;;
        filter) sandboxed filter "$tools/filter" "${bare[@]}" ;;
        hvtrun) sandboxed hvtrun out/hvtrun --quiet ;;
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
