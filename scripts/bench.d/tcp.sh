# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
# The part `tcp`. To be sourced by scripts/bench.

# start_stream NAME IMAGE [OPTION...]: a guest that takes everything at port 9 and sends without end
# at port 19.
start_stream() {
  local name=$1 image=$2
  shift 2
  start_server "$name" inside timeout 600 out/hvtrun --net "$guest_tap" "$@" "$image" -- \
    "--ipv4=$guest_address/24" "--bytes=$((1 << 50))"
  await "$name" "${inside[@]}" "$tools/stream" send "$guest_address" 9 1
}

# guest_stream SUBJECT NAME DIRECTION PORT STREAMS
guest_stream() {
  local rate
  rate=$("${inside[@]}" "${client_core[@]}" timeout 60 "$tools/stream" "$3" "$guest_address" \
    "$4" "$load_ms" "$5" 2>"$tools/stderr") || die "$1: $(tail -n 1 "$tools/stderr")"
  sample "$1 $2" "$rate"
}

# iperf3_stream NAME STREAMS [OPTION]: samples the megabits a second that the receivers saw.
iperf3_stream() {
  local name=$1 streams=$2 rate tries
  shift 2
  start_server iperf3 peer timeout 60 iperf3 -s -1
  for ((tries = 0; tries < 50; tries++)); do
    # The last line for a receiver is that of all of them.
    rate=$("${inside[@]}" "${client_core[@]}" timeout 60 iperf3 -c "$peer_address" \
      -t "$((load_ms / 1000))" -P "$streams" -f m "$@" 2>"$tools/stderr" |
      awk '$NF == "receiver" { rate = $(NF - 2) } END { print rate }') || true
    [[ -z $rate ]] || break
    sleep 0.1
  done
  stop_server iperf3
  [[ -n $rate ]] || die "iperf3: $(tail -n 1 "$tools/stderr")"
  sample "iperf3 $name" "$rate"
}

# The name of a stream's row: NUMBER to|from MODE
stream_name() {
  local streams='TCP stream'
  (($1 == 1)) || streams="$1 TCP streams"
  echo "$streams $2 the guest$(words_of "$3")"
}

# stream_round MODE: each kind of stream once, against the other.
stream_round() {
  local streams
  for streams in 1 8; do
    iperf3_stream "$(stream_name "$streams" to "$1")" "$streams"
    guest_stream hvtrun "$(stream_name "$streams" to "$1")" send 9 "$streams"
    iperf3_stream "$(stream_name "$streams" from "$1")" "$streams" -R
    guest_stream hvtrun "$(stream_name "$streams" from "$1")" receive 19 "$streams"
  done
}

bench_tcp() {
  local inside peer image=$guests/test/stream.elf round mode streams way slow
  need out/hvtrun "$image"
  needs_program iperf3 taskset
  rm -f "$tools/samples.tsv"
  slow=$(without_queues "$image")
  create_pair
  for mode in pinned free; do
    say "Streaming $loads times: $mode"
    set_cores "$mode"
    start_stream stream "$image"
    for ((round = 0; round < loads; round++)); do stream_round "$mode"; done
    stop_server stream
  done
  say "Streaming $loads times by hypercalls"
  start_stream hypercalls "$slow"
  for ((round = 0; round < loads; round++)); do
    for way in 'to send 9' 'from receive 19'; do
      read -r -a words <<<"$way"
      guest_stream hypercalls "$(stream_name 1 "${words[0]}" free)" "${words[@]:1}" 1
    done
  done
  stop_server hypercalls
  for mode in pinned free; do
    for streams in 1 8; do
      for way in to from; do
        row_of "$(stream_name "$streams" "$way" "$mode")" Mbit/s rate 0.5 iperf3
      done
    done
  done
  for way in to from; do row_of "$(stream_name 1 "$way" free)" Mbit/s none - hypercalls; done
  cleanup
}
