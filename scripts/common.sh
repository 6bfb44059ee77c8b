# shellcheck shell=bash
# Sourced by the other scripts: where things are, how they speak, how a build is started.
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
# A preset of CMakePresets.json, and where it builds.
use_preset() {
  preset=$1
  build=$root/build/$preset
}
use_preset release

say() { printf '%s\n' "$*"; }
die() {
  printf '%s: error: %s\n' "${0##*/}" "$1" >&2
  if [ -n "${2:-}" ]; then printf '%s: help: %s\n' "${0##*/}" "$2" >&2; fi
  exit "${3:-1}"
}
usage_error() { die "$1" "$(basename "$(cd "$(dirname "$0")" && pwd)")/${0##*/} --help lists the options" 2; }
usage() { sed -n '2,/^$/s/^# \{0,1\}//p' "$0"; }

# Echoes a command as one could type it from the repository's root, then runs it.
run() {
  local shown
  shown=$(printf ' %q' "$@")
  printf '$%s\n' "${shown//"$root/"/}"
  "$@"
}

# One job per core, but no more than memory carries: a compiler that reads LibTorch's headers takes up to 2 GB.
build_jobs() {
  local cores memory
  cores=$(nproc)
  memory=$(awk '/^MemAvailable:/ {print int($2 / 2097152)}' /proc/meminfo)
  if [ "$memory" -lt 1 ]; then memory=1; fi
  echo $((cores < memory ? cores : memory))
}

# The same object files serve any clone, wherever it lies, and a precompiled header is known by its content. ccache tells
# time macros and macros of the command line apart only if it may not assume that a precompiled header depends on them.
use_ccache() {
  export CCACHE_BASEDIR=${CCACHE_BASEDIR:-$root} CCACHE_NOHASHDIR=${CCACHE_NOHASHDIR:-1}
  export CCACHE_SLOPPINESS=${CCACHE_SLOPPINESS:-pch_defines,time_macros}
}

# configure_and_build TARGETS [CMAKE_OPTION...]: in words divided by spaces. Quickstart and test share the Release build.
configure_and_build() {
  local torch targets
  read -ra targets <<<"$1"
  shift
  torch=$("$root/scripts/setup" --print-libtorch) || die "LibTorch is not set up" "run scripts/setup"
  cd "$root" || exit
  use_ccache
  run cmake --preset "$preset" "-DELBOW_TORCH_DIR=$torch" "$@"
  run cmake --build "$build" --target "${targets[@]}" --parallel "$(build_jobs)"
}

# json_value FILE KEY: one top-level value of a JSON file.
json_value() { python3 -c 'import json, sys; print(json.load(open(sys.argv[1]))[sys.argv[2]])' "$1" "$2"; }
