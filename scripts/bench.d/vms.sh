# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
# The part `vms`. To be sourced by scripts/bench.

vms_total=500        # Machines of a round,
vms_batch=25         # started so many at a time,
vms_taps=5           # of which so many have a tap each.
vms_alive=200        # Machines that are there at the same time.
vms_growth_kib=32768 # What the kernel may have more of at the end: it caches objects of its own.

# What the kernel has: memory of its own, as that of machines is once their processes are gone, open
# files, interfaces.
vms_look() {
  vms_memory=$(awk '/^(SUnreclaim|KernelStack|PageTables|SecPageTables|Percpu|VmallocUsed):/ {
      sum += $2
    } END { print sum }' /proc/meminfo)
  vms_files=$(cut -f 1 /proc/sys/fs/file-nr)
  vms_interfaces=$("${inside[@]}" ls /sys/class/net | wc -l)
}

# Starts a batch and waits for its end; counts what did not end as it should.
vms_start_batch() {
  local number pid pids=()
  for ((number = 0; number < vms_batch; number++)); do
    if ((number < vms_taps)); then
      "${inside[@]}" out/hvtrun --mem 16M --net "vms$number" "$guests/test/reflect.elf" -- 0 raw \
        >/dev/null 2>>"$tools/stderr" &
    else
      out/hvtrun --mem 16M "$guests/hello.elf" >/dev/null 2>>"$tools/stderr" &
    fi
    pids+=($!)
  done
  for pid in "${pids[@]}"; do wait "$pid" || vms_failed=$((vms_failed + 1)); done
}

# Has many machines alive at the same time, and weighs them.
vms_weigh() {
  local number pid pids=() running=0 pss=0 rss=0 kind size
  : >"$tools/alive"
  for ((number = 0; number < vms_alive; number++)); do
    out/hvtrun --mem 16M "$guests/test/idle.elf" -- 600000 >>"$tools/alive" 2>&1 &
    pids+=($!)
    server_of[machine$number]=$!
  done
  # A machine that sleeps has a vCPU that was entered and is in ppoll.
  for _ in {1..300}; do
    running=0
    for pid in "${pids[@]}"; do
      [[ $(cat "/proc/$pid/wchan" 2>/dev/null) != *poll* ]] || running=$((running + 1))
    done
    ((running < vms_alive)) || break
    sleep 0.1
  done
  for pid in "${pids[@]}"; do
    while read -r kind size _; do
      case $kind in
        Rss:) rss=$((rss + size)) ;;
        Pss:) pss=$((pss + size)) ;;
      esac
    done <"/proc/$pid/smaps_rollup"
  done
  kill "${pids[@]}"
  # 143: it was ended, and said nothing before.
  for pid in "${pids[@]}"; do
    number=0
    wait "$pid" || number=$?
    ((number == 143)) || vms_failed=$((vms_failed + 1))
  done
  for ((number = 0; number < vms_alive; number++)); do unset "server_of[machine$number]"; done
  row "vms: machines that are there of $vms_alive" '' "$((vms_alive - running))" - - - - - most 0
  row "vms: proportional memory of one of $vms_alive" KiB "$((pss / vms_alive))" - - - - - none -
  row "vms: resident memory of one" KiB "$((rss / vms_alive))" - - - - - most 10240
}

bench_vms() {
  local inside end count=0 number vms_failed=0 vms_memory vms_files vms_interfaces
  local first_memory first_files first_interfaces
  need out/hvtrun "$guests/hello.elf" "$guests/test/reflect.elf" "$guests/test/idle.elf"
  create_network
  inside=("${as_root[@]}" ip netns exec "$namespace")
  for ((number = 0; number < vms_taps; number++)); do
    "${as_root[@]}" ip -n "$namespace" tuntap add "vms$number" mode tap
  done
  : >"$tools/stderr"
  vms_start_batch
  vms_look
  first_memory=$vms_memory first_files=$vms_files first_interfaces=$vms_interfaces
  end=$((SECONDS + soak_seconds))
  while ((SECONDS < end)); do
    vms_start_batch
    count=$((count + vms_batch))
    ((count % vms_total)) || say "$count machines, $vms_failed failed"
  done
  vms_weigh
  sleep 2
  vms_look
  row 'vms: machines started and ended' '' "$count" - - - - - none -
  row 'vms: of these failed' '' "$vms_failed" - - - - - most 0
  row 'vms: memory that the kernel has more' KiB "$((vms_memory - first_memory))" - - - - - \
    most "$vms_growth_kib"
  # Others on this host open files, too: a leak is one of each machine.
  row 'vms: open files that it has more' '' "$((vms_files - first_files))" - - - - - \
    most "$((300 + count / 2))"
  row 'vms: interfaces that it has more' '' "$((vms_interfaces - first_interfaces))" - - - - - \
    most 0
  [[ ! -s $tools/stderr ]] || die "vms: $(tail -n 1 "$tools/stderr")"
  cleanup
}
