# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
# The part `dns`. To be sourced by scripts/bench.

readonly zone_source=guest/Examples/dns/Zone.swift

start_dns() {
  start_server dns inside timeout 600 out/hvtrun --net "$guest_tap" "$guests/dns.elf" -- \
    "--ipv4=$guest_address/24"
  await dns query_once "$guest_address"
}

# The zone in the image as a file: the text between quotes, less their indentation.
write_zone() {
  zone_file=$tools/zone
  sed -n '/#"""$/,/"""#$/{/"""/d; s/^  //; p}' "$zone_source" >"$zone_file"
}

# One process, no limits on the rate of answers.
write_nsd() {
  local folder
  folder=$(cd "$tools" && pwd)/nsd
  mkdir -p "$folder"
  cp "$zone_file" "$folder/zone"
  cat >"$folder/nsd.conf" <<END
server:
  ip-address: $peer_address
  port: 53
  server-count: 1
  username: ""
  chroot: ""
  zonesdir: "$folder"
  database: ""
  pidfile: "$folder/pid"
  xfrdfile: "$folder/xfrd.state"
  zonelistfile: "$folder/zone.list"
  xfrdir: "$folder"
  rrl-ratelimit: 0
  rrl-whitelist-ratelimit: 0
remote-control:
  control-enable: no
zone:
  name: $zone
  zonefile: zone
END
}

start_nsd() {
  start_server nsd peer timeout 600 nsd -d -c "$tools/nsd/nsd.conf"
  await nsd query_once "$peer_address"
}

# A query for each name and type in the zone.
write_queries() {
  zone=$(awk '$1 == "$ORIGIN" { print $2; exit }' "$zone_file")
  [[ -n $zone ]] || die "$zone_source has no \$ORIGIN"
  # It prints one record a line, with names below the origin that it named last.
  nsd-checkzone -p "$zone" "$zone_file" | awk '
    $1 == "$ORIGIN" { origin = $2; next }
    /^[^ \t;]/ { name = $1 }
    /\tIN\t/ {
      for (field = 1; $field != "IN"; field++);
      print name (name ~ /\.$/ ? "" : origin == "." ? "." : "." origin), $(field + 1)
    }' | sort -u >"$tools/queries"
  [[ -s $tools/queries ]] || die "$zone_source has no records"
}

query_once() { "${inside[@]}" dnsperf -s "$1" -d "$tools/queries" -n 1 -t 0.5 -q 1 -Q 1000; }

# dns_round SUBJECT ADDRESS NAME
dns_round() {
  local subject=$1 name=$3
  "${inside[@]}" "${client_core[@]}" timeout 60 dnsperf -s "$2" -d "$tools/queries" \
    -l "$((load_ms / 1000))" -c 8 -q 256 -t 1 >"$tools/dnsperf" 2>"$tools/stderr" ||
    die "dnsperf, $subject: $(tail -n 1 "$tools/stderr")"
  sample "$subject $name" "$(awk '/Queries per second:/ { printf "%.0f", $4 }' "$tools/dnsperf")"
  sample "$subject lost, $name" "$(awk '/Queries lost:/ { print $3 }' "$tools/dnsperf")"
  sample "$subject mean time, $name" \
    "$(awk '/Average Latency/ { printf "%.0f", $4 * 1e6 }' "$tools/dnsperf")"
}

bench_dns() {
  local inside peer zone zone_file mode round name
  need out/hvtrun "$guests/dns.elf" "$zone_source"
  needs_program nsd dnsperf taskset
  rm -f "$tools/samples.tsv"
  create_pair
  write_zone
  write_queries
  write_nsd
  for mode in pinned free; do
    say "Asking $loads times: $mode"
    set_cores "$mode"
    name="queries a second$(words_of "$mode")"
    start_dns
    start_nsd
    for ((round = 0; round < loads; round++)); do
      dns_round nsd "$peer_address" "$name"
      dns_round hvtrun "$guest_address" "$name"
    done
    stop_servers
    row_of "$name" '1/s' rate 1.0 nsd
    row_of "mean time, $name" us none - nsd
    row_of "lost, $name" '' most 0 nsd
  done
  strip -o "$tools/stripped.elf" "$guests/dns.elf"
  row dns.elf bytes "$(stat -c %s "$tools/stripped.elf")" - - - - - none -
  cleanup
}
