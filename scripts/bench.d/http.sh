# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
# The part `http`. To be sourced by scripts/bench.

idle_connections=10000 starts=30

# start_web NAME IMAGE [OPTION...]
start_web() {
  local name=$1 image=$2
  shift 2
  start_server "$name" inside timeout 600 out/hvtrun --net "$guest_tap" "$@" \
    "$image" -- "--ipv4=$guest_address/24"
  await "$name" "${inside[@]}" curl -sf -m 1 "http://$guest_address/"
}

# One worker, no log, and the page from a file that stays open: nginx at its best.
write_nginx() {
  local folder
  folder=$(cd "$tools" && pwd)/nginx
  mkdir -p "$folder"
  cat >"$folder/nginx.conf" <<END
daemon off;
user root;
pid $folder/pid;
error_log stderr;
worker_processes 1;
worker_rlimit_nofile 20000;
events { worker_connections 16000; }
http {
  access_log off;
  default_type text/html;
  sendfile on;
  tcp_nopush on;
  keepalive_requests 1000000000;
  keepalive_timeout 600s;
  open_file_cache max=16;
  client_body_temp_path $folder;
  proxy_temp_path $folder;
  fastcgi_temp_path $folder;
  uwsgi_temp_path $folder;
  scgi_temp_path $folder;
  server {
    listen 80 backlog=4096;
    root $folder;
  }
}
END
  nginx=(nginx -c "$folder/nginx.conf" -e stderr)
}

start_nginx() {
  start_server nginx peer timeout 600 "${nginx[@]}"
  await nginx "${inside[@]}" curl -sf -m 1 "http://$peer_address/"
}

# wrk_round SUBJECT ADDRESS NAME CONNECTIONS [HEADER]: samples requests a second, and the slowest
# percent of them.
wrk_round() {
  local subject=$1 address=$2 name=$3 rate slowest failed
  read -r rate slowest failed < <("${inside[@]}" "${client_core[@]}" timeout 60 \
    wrk -t 1 -c "$4" -d "$((load_ms / 1000))s" ${5:+-H "$5"} -s scripts/bench.d/wrk.lua \
    "http://$address/" 2>"$tools/stderr" | sed -n 's/^found //p') || true
  [[ -n ${failed-} ]] || die "wrk, $subject: $(tail -n 1 "$tools/stderr")"
  sample "$subject $name" "$rate"
  sample "$subject p99, $name" "$slowest"
  sample "$subject failed" "$failed"
}

# The sum of a name's values.
total() {
  awk -F '\t' -v name="$1" '$1 == name { sum += $2 } END { print sum + 0 }' "$tools/samples.tsv"
}

# The name of a load's row: CONNECTIONS MODE
load_name() { echo "requests a second, $1 at once$(words_of "$2")"; }

# load_both MODE: each load once, against the other.
load_both() {
  local count close
  close="new connections a second$(words_of "$1")"
  for count in 1 64 256; do
    wrk_round nginx "$peer_address" "$(load_name "$count" "$1")" "$count"
    wrk_round hvtrun "$guest_address" "$(load_name "$count" "$1")" "$count"
  done
  wrk_round nginx "$peer_address" "$close" 64 'Connection: close'
  wrk_round hvtrun "$guest_address" "$close" 64 'Connection: close'
}

# The other ways in which frames go, with 64 connections.
load_ways() {
  local image=$1 slow round
  slow=$(without_queues "$image")
  for way in hypercalls thread; do
    case $way in
      hypercalls) start_web "$way" "$slow" ;;
      thread) start_web "$way" "$image" --io thread ;;
    esac
    for ((round = 0; round < loads; round++)); do
      wrk_round "$way" "$guest_address" "$(load_name 64 free)" 64
    done
    stop_server "$way"
  done
}

# The memory that a fresh machine grows by for each connection.
measure_connections() {
  start_web web "$1"
  sample 'hvtrun memory of an idle connection' "$("${inside[@]}" timeout 60 \
    "$tools/connections" "$idle_connections" "$guest_address" 80 "$(web_process)")"
  stop_server web
}

# The process of hvtrun below what was started.
web_process() {
  local process=${server_of[web]} child
  while child=$(pgrep -P "$process"); do process=$child; done
  echo "$process"
}

# The least memory with which the guest answers 64 connections without a failure.
measure_least_memory() {
  local mebibytes rate slowest failed
  for mebibytes in 2 4 6 8 12 16 32 64; do
    start_server web inside timeout 60 out/hvtrun --mem "${mebibytes}M" --net "$guest_tap" "$1" -- \
      "--ipv4=$guest_address/24"
    if (await web "${inside[@]}" curl -sf -m 1 "http://$guest_address/") 2>/dev/null; then
      read -r rate slowest failed < <("${inside[@]}" timeout 60 wrk -t 1 -c 64 -d 1s \
        -s scripts/bench.d/wrk.lua "http://$guest_address/" | sed -n 's/^found //p') || true
      if [[ ${failed-1} == 0 && $rate -gt 0 ]]; then break; fi
    fi
    stop_server web
  done
  [[ -z ${server_of[web]-} ]] || stop_server web
  row 'least --mem for 64 connections' MiB "$mebibytes" - - - - - most 4
}

# From execve to the first answer; nginx answers in its own namespace.
measure_starts() {
  say "Starting $starts times"
  # Who does not know the hardware address asks for it only once a second.
  "${as_root[@]}" ip -n "$namespace" neighbor replace "$guest_address" lladdr "$hardware_address" \
    dev tap0 nud permanent
  "${as_root[@]}" ip -n "$namespace" link set lo up
  "${inside[@]}" "$tools/timeit" output "$starts" \
    "hvtrun=$tools/first $guest_address 80 out/hvtrun --net $guest_tap --mem 16M \
$1 -- --ipv4=$guest_address/24" \
    "nginx=$tools/first 127.0.0.1 80 ${nginx[*]}" >"$tools/times.tsv"
  compare 'from execve to the first answer, against nginx' us '' nginx
}

print_loads() {
  local mode count
  for mode in pinned free; do
    for count in 1 64 256; do
      row_of "$(load_name "$count" "$mode")" '1/s' "$( ((count == 64)) && echo rate || echo none)" \
        1.0 nginx
      row_of "p99, $(load_name "$count" "$mode")" us \
        "$( ((count == 64)) && echo ratio || echo none)" 1.0 nginx
    done
    row_of "new connections a second$(words_of "$mode")" '1/s' none - nginx
  done
  row_of "$(load_name 64 free)" '1/s' none - hypercalls
  row_of "$(load_name 64 free)" '1/s' none - thread
  row 'failed requests, against nginx' '' "$(total 'hvtrun failed')" - - \
    "$(total 'nginx failed')" - - most 0
  row_of 'memory of an idle connection' bytes most 4096
}

bench_http() {
  local inside peer nginx image=$guests/web.elf mode round
  need out/hvtrun "$image"
  needs_program nginx wrk curl taskset
  rm -f "$tools/samples.tsv"
  create_pair
  write_nginx
  start_web web "$image"
  "${inside[@]}" curl -sf -o "$tools/nginx/index.html" "http://$guest_address/"
  stop_server web
  for mode in pinned free; do
    say "Loading $loads times: $mode"
    set_cores "$mode"
    start_web web "$image"
    start_nginx
    for ((round = 0; round < loads; round++)); do load_both "$mode"; done
    stop_servers
  done
  say "Loading $loads times by hypercalls, and with a thread for I/O"
  load_ways "$image"
  say "Opening $idle_connections connections"
  measure_connections "$image"
  print_loads
  measure_least_memory "$image"
  strip -o "$tools/stripped.elf" "$image"
  row web.elf bytes "$(stat -c %s "$tools/stripped.elf")" - - - - - most 524288
  measure_starts "$image"
  cleanup
}
