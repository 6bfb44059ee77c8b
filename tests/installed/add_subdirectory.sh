#!/usr/bin/env bash
# add_subdirectory.sh SOURCE TORCH: a project that has elbow as a folder builds a program of its smallest wing, and keeps
# its own settings. The loops for other instruction sets, which the compiler works on for a minute, stay out.
set -euo pipefail
source=$1 torch=$2
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cmake -S "$source/tests/installed/subproject" -B "$work/build" -G Ninja -DELBOW_SOURCE="$source" -DELBOW_TORCH_DIR="$torch" \
  -DELBOW_HAS_avx2=OFF -DELBOW_HAS_avx512=OFF \
  >"$work/log" 2>&1 || { cat "$work/log" && exit 1; }
cmake --build "$work/build" --target outside >"$work/log" 2>&1 || { cat "$work/log" && exit 1; }
"$work/build/outside"
