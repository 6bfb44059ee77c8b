#!/usr/bin/env bash
# add_subdirectory.sh SOURCE TORCH: a project that has elbow as a folder builds a program of its smallest wing, and keeps
# its own settings.
set -euo pipefail
source=$1 torch=$2
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cmake -S "$source/tests/installed/subproject" -B "$work/build" -G Ninja -DELBOW_SOURCE="$source" -DELBOW_TORCH_DIR="$torch" \
  >"$work/log" 2>&1 || { cat "$work/log" && exit 1; }
cmake --build "$work/build" --target outside >"$work/log" 2>&1 || { cat "$work/log" && exit 1; }
"$work/build/outside"
