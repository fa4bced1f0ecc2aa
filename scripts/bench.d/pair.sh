# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
# Servers at two links of one namespace: a guest behind a tap, and what it is compared with in a
# second namespace behind a veth pair. To be sourced by scripts/bench.

readonly guest_address=10.0.0.2 peer_address=10.0.1.2
# Every guest in turn has this address, which the namespace need not ask for again.
readonly hardware_address=02:00:00:00:00:02
readonly guest_tap=tap0,mac=$hardware_address
declare -A server_of=()  # The process of each server that runs, by name.
server_core=() client_core=()

# The namespace and its tap, with an address, and the pair from it to a second namespace.
create_pair() {
  create_network
  inside=("${as_root[@]}" ip netns exec "$namespace")
  peer_namespace=$namespace-peer
  "${as_root[@]}" ip netns add "$peer_namespace"
  peer=("${as_root[@]}" ip netns exec "$peer_namespace")
  "${as_root[@]}" ip -n "$namespace" address add 10.0.0.1/24 dev tap0
  "${as_root[@]}" ip -n "$namespace" link add veth0 type veth \
    peer name veth1 netns "$peer_namespace"
  "${as_root[@]}" ip -n "$namespace" address add 10.0.1.1/24 dev veth0
  "${as_root[@]}" ip -n "$peer_namespace" address add "$peer_address/24" dev veth1
  "${as_root[@]}" ip -n "$namespace" link set veth0 up
  "${as_root[@]}" ip -n "$peer_namespace" link set veth1 up
  # Whoever opens many connections needs as many ports, also those that wait for their end.
  "${inside[@]}" sysctl -qw net.ipv4.ip_local_port_range='1024 65535' net.ipv4.tcp_tw_reuse=1
  "${peer[@]}" sysctl -qw net.core.somaxconn=4096 net.ipv4.tcp_max_syn_backlog=4096
}

# set_cores pinned|free: a processor for the servers and another for the load, or any for both.
set_cores() {
  server_core=() client_core=()
  [[ $1 == pinned ]] || return 0
  server_core=(taskset -c 1) client_core=(taskset -c 0)
}

# The words for a mode that a row's name ends with.
words_of() { if [[ $1 == pinned ]]; then echo ', pinned'; fi; }

# start_server NAME inside|peer COMMAND...: in the first or the second namespace.
start_server() {
  local name=$1
  local -n place=$2
  shift 2
  "${place[@]}" "${server_core[@]}" "$@" </dev/null >"$tools/$name.log" 2>&1 &
  server_of[$name]=$!
}

stop_server() {
  "${as_root[@]}" kill "${server_of[$1]}" 2>/dev/null || true
  wait "${server_of[$1]}" || true
  unset "server_of[$1]"
}

stop_servers() {
  local name
  for name in "${!server_of[@]}"; do stop_server "$name"; done
}

# await NAME COMMAND...: until the command succeeds, which it does when the server answers.
await() {
  local name=$1 tries
  shift
  for ((tries = 0; tries < 50; tries++)); do
    ! "$@" >/dev/null 2>&1 || return 0
    kill -0 "${server_of[$name]}" 2>/dev/null || break
    sleep 0.1
  done
  die "$name does not answer: $(tail -n 1 "$tools/$name.log")"
}

# without_queues FILE: a copy of the image whose note that asks for queues is something else.
without_queues() {
  LC_ALL=C sed 's/QUE1HVT\x00/XUE1HVT\x00/' "$1" >"$tools/hypercalls.elf"
  ! cmp -s "$1" "$tools/hypercalls.elf" || die "$1 asks for no queues"
  echo "$tools/hypercalls.elf"
}

needs_program() {
  local name
  for name in "$@"; do
    command -v "$name" >/dev/null || die "$name is missing: run scripts/setup --bench"
  done
}
