# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
# The part `soak`. To be sourced by scripts/bench.

soak_step=3             # Seconds of each kind of load.
soak_growth_kib=8192    # What the tender may grow by behind the second round: four huge pages.
soak_shrinkage_kib=512  # What the free memory of the guest may shrink by meanwhile.
soak_settling=12        # Seconds after which the guest has sent slow clients away.
# One of these in each round, as fast as hping3 can.
soak_floods=('-S -p 80' '-S -p 80 --rand-source' '--udp -d 1400 -p 9' '--icmp -d 1400'
  '-A -p 80' '-S -p 80 -a 10.0.0.77' '--icmp -d 5000 -f' '-F -S -R -P -U -p 80')

# soak_load [HEADER]: a step of requests; counts requests and what failed.
soak_load() {
  local rate slowest lost
  read -r rate slowest lost < <("${inside[@]}" timeout 60 wrk -t 1 -c 64 -d "${soak_step}s" \
    ${1:+-H "$1"} -s scripts/bench.d/wrk.lua "http://$guest_address/" 2>"$tools/stderr" |
    sed -n 's/^found //p') || true
  [[ -n ${lost-} ]] || die "wrk: $(tail -n 1 "$tools/stderr")"
  sample "hvtrun soak: requests a second${1:+, $1}" "$rate"
  failed_requests=$((failed_requests + lost))
}

# soak_status NAME: a number of what the guest says of itself.
soak_status() {
  "${inside[@]}" curl -sf -m 5 "http://$guest_address/status" | sed -nE "s/.*\"$1\":([0-9]+).*/\1/p"
}

# What the tender has and the guest has left, in KiB.
soak_look() {
  local free
  free=$(soak_status freeMemory) || die 'the guest does not answer any more'
  guest_free=$((free / 1024))
  tender_memory=$(awk '/^VmRSS/ { print $2 }' "/proc/$(web_process)/status")
}

# A step of a flood, and a request right behind it.
soak_flood() {
  local words
  read -ra words <<<"$1"
  "${inside[@]}" timeout -k 1 "$soak_step" hping3 -q --flood "${words[@]}" "$guest_address" \
    >/dev/null 2>&1 || true
  "${inside[@]}" curl -sf -m 5 -o /dev/null "http://$guest_address/" ||
    unanswered=$((unanswered + 1))
}

# Everything once, while slow clients hang on.
soak_round() {
  local slow
  "${inside[@]}" timeout 60 slowhttptest "$1" -c 200 -r 200 -i 5 -l "$((3 * soak_step))" \
    -u "http://$guest_address/" >/dev/null 2>&1 &
  slow=$!
  soak_load
  soak_load 'Connection: close'
  soak_flood "$2"
  wait "$slow" || true
}

bench_soak() {
  local inside peer image=$guests/web.elf end round=0 kind failed_requests=0 unanswered=0
  local guest_free tender_memory first_free= first_memory=
  need out/hvtrun "$image"
  needs_program wrk curl hping3 slowhttptest
  rm -f "$tools/samples.tsv"
  create_pair
  start_server web inside timeout "$((soak_seconds + 300))" out/hvtrun --net "$guest_tap" \
    "$image" -- "--ipv4=$guest_address/24" --ipv4-gateway=10.0.0.1
  await web "${inside[@]}" curl -sf -m 1 "http://$guest_address/"
  end=$((SECONDS + soak_seconds))
  while ((SECONDS < end || round < 3)); do
    kind=-H
    ((round % 2)) || kind=-B
    soak_round "$kind" "${soak_floods[round % ${#soak_floods[@]}]}"
    round=$((round + 1))
    soak_look
    ((round != 2)) || first_free=$guest_free first_memory=$tender_memory
    say "Round $round: the tender has $tender_memory KiB, the guest $guest_free KiB left;" \
      "$failed_requests requests failed, $unanswered behind floods"
  done
  sleep "$soak_settling"
  soak_look
  row_of 'soak: requests a second' '1/s' none -
  row_of 'soak: requests a second, Connection: close' '1/s' none -
  row 'soak: failed requests' '' "$failed_requests" - - - - - most 0
  row "soak: unanswered behind one of $round floods" '' "$unanswered" - - - - - most 0
  row 'soak: memory of the tender' KiB "$tender_memory" - - - - - none -
  row 'soak: what it has grown by' KiB "$((tender_memory - first_memory))" - - - - - \
    most "$soak_growth_kib"
  row 'soak: what the guest has less' KiB "$((first_free - guest_free))" - - - - - \
    most "$soak_shrinkage_kib"
  row 'soak: connections that are left open' '' "$(($(soak_status open) - 1))" - - - - - most 0
  cleanup
}
