# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
# What the scripts share. To be sourced.

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
PATH=$PATH:/usr/sbin:/sbin
readonly jobs=2

say() { printf '==> %s\n' "$*" >&2; }

die() {
  printf '%s: %s\n' "$(basename "$0")" "$*" >&2
  exit 1
}

# Prints the comment that stands at the top of the script: its manual.
usage() { sed -n '/^# SPDX/d; /^#!/d; /^#/!q; s/^# \{0,1\}//p' "$0"; }

bad_usage() { die "$1 (see $(basename "$0") --help)"; }

require_kvm() {
  [[ -e /dev/kvm ]] || die "/dev/kvm is missing: load the kvm module of this machine's processor"
  [[ -r /dev/kvm && -w /dev/kvm ]] ||
    die "/dev/kvm may not be opened: join its group (usermod -aG kvm $(id -un)) or be root"
}

# Cleans up on exit, also when interrupted: the script defines the function `cleanup`.
trap_cleanup() {
  trap 'cleanup' EXIT
  trap 'exit 129' HUP
  trap 'exit 130' INT
  trap 'exit 143' TERM
}

# How static executables are built. Generic code of one module that another calls is compiled for
# its types: else it asks the runtime for their metadata, which takes longer than what it does.
readonly static_options=(-c release --jobs "$jobs" --static-swift-stdlib
  -Xswiftc -static-executable -Xswiftc -cross-module-optimization)

# build_static PRODUCT FILE: builds a product of the root package as a static executable without
# symbols, which starts faster. What scripts/PRODUCT.order lists stands together in it: a page that
# is touched first takes a few microseconds, and a start calls a thousand functions of five
# megabytes.
build_static() {
  local options=("${static_options[@]}") order=$root/scripts/$1.order
  options+=(-Xswiftc -use-ld=lld -Xlinker --symbol-ordering-file="$order"
    -Xlinker --no-warn-symbol-ordering)
  # The linker warns of calls in the toolchain's own libraries that no code here makes.
  swift build "${options[@]}" --product "$1" 2>&1 |
    { grep -v 'swift_static/.*: warning: ' || true; } >&2
  mkdir -p "$(dirname "$2")"
  strip -o "$2.stripped" "$(swift build "${options[@]}" --show-bin-path)/$1"
  # A copy: what strip writes stays in the page cache in large folios, and whole ones are mapped.
  cp "$2.stripped" "$2.new"
  rm "$2.stripped"
  mv "$2.new" "$2"
}
