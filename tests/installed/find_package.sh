#!/usr/bin/env bash
# find_package.sh BUILD SOURCE TORCH: installs the build, moves what was installed, and uses it from there: a program of
# another project that trains, and the command line without LibTorch where it was built.
set -euo pipefail
build=$1 source=$2 torch=$3
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
fail() { echo "FAILED: $*" >&2 && exit 1; }
contains() { grep -qF -- "$2" "$1" || fail "expected '$2' in: $(cat "$1")"; }

cmake --install "$build" --prefix "$work/first" >/dev/null
mv "$work/first" "$work/prefix"
targets=$(echo "$work"/prefix/lib*/cmake/elbow/elbowTargets.cmake)
[ -e "$targets" ] || targets=$(find "$work/prefix" -name elbowTargets.cmake)
package=$(dirname "$targets")

if grep -rnF -e "$build" -e "$source" -e "$work/first" "$work/prefix/include" "$package"; then
  fail "paths of the build in what was installed (above)"
fi
if grep -nE -e '-W[a-z]|-fpch|-fstack-protector|ggc-min|FORTIFY|GLIBCXX_ASSERTIONS|-ffp-contract|SPDLOG_|BUILD_INTERFACE' "$package"/*.cmake; then
  fail "flags of our own build in the package (above)"
fi
while read -r header; do
  [ -e "$work/prefix/include/$header" ] || fail "a public header includes $header, which was not installed"
done < <(grep -rhoP '^#include "\K[^"]+' "$work/prefix/include" | sort -u)

# A program of its own, unoptimised and linked by mold where it is there, which takes a third of the time.
linker=()
if command -v mold >/dev/null; then linker=(-DCMAKE_EXE_LINKER_FLAGS=-fuse-ld=mold); fi
cmake -S "$source/examples/cpp_library" -B "$work/build" -G Ninja -DCMAKE_BUILD_TYPE=Debug -DCMAKE_CXX_FLAGS_DEBUG=-O0 "${linker[@]}" \
  -DCMAKE_PREFIX_PATH="$work/prefix" -DELBOW_TORCH_DIR="$torch" >"$work/log" 2>&1 || { cat "$work/log" && fail "configuring"; }
cmake --build "$work/build" >"$work/log" 2>&1 || { cat "$work/log" && fail "building"; }
OMP_NUM_THREADS=1 "$work/build/train_vae" | tee "$work/trained"
awk '/ELBO at the start:/ {start = $5} /ELBO at the end:/ {end = $5} /^sample/ {n++}
     END {exit !(start != "" && end > start + 1 && n == 5)}' "$work/trained" || fail "the ELBO did not rise"

# Without LibTorch a project hears what is missing and how to get it. Here Python has none.
mkdir "$work/empty" "$work/bin"
printf '#!/bin/sh\nexit 1\n' >"$work/bin/python3"
chmod +x "$work/bin/python3"
if env -u ELBOW_LIBTORCH -u XDG_DATA_HOME HOME="$work/empty" PATH="$work/bin:$PATH" cmake -S "$source/examples/cpp_library" -B "$work/without" -G Ninja \
  -DCMAKE_PREFIX_PATH="$work/prefix" >"$work/log" 2>&1; then fail "configured without LibTorch"; fi
tr -s ' \n' ' ' <"$work/log" >"$work/words"
contains "$work/words" "LibTorch 2.11.0 not found"
contains "$work/words" "-DELBOW_TORCH_DIR="

# The programs, as in a package: no path of a LibTorch in them.
trainer=$(find "$work/prefix" -name trainer -type f)
echo "file(RPATH_REMOVE FILE \"$trainer\")" >"$work/rpath.cmake"
cmake -P "$work/rpath.cmake"
elbow=$work/prefix/bin/elbow
alone=(env -i PATH="$work/empty" HOME="$work" "$elbow")
"${alone[@]}" --version
"${alone[@]}" init >"$work/a.yaml"
code=0
"${alone[@]}" train "$work/a.yaml" -o "$work/run" --dry-run 2>"$work/err" || code=$?
[ "$code" = 2 ] || fail "expected exit 2 without LibTorch, got $code"
contains "$work/err" "LibTorch 2.11.0 is not found"
contains "$work/err" "get_libtorch"
[ "$(wc -l <"$work/err")" -le 2 ] || fail "more than one message: $(cat "$work/err")"
"${alone[@]}" doctor | grep '^libtorch'
code=0
env -i PATH="$work/empty" HOME="$work" ELBOW_LIBTORCH="$work/empty" "$elbow" train "$work/a.yaml" 2>"$work/err" || code=$?
[ "$code" = 2 ] || fail "expected exit 2 for a wrong ELBOW_LIBTORCH, got $code"
contains "$work/err" "ELBOW_LIBTORCH=$work/empty: expected the torch folder of LibTorch 2.11.0, found none"
env -i PATH="$work/empty" HOME="$work" ELBOW_LIBTORCH="$torch" "$elbow" doctor | grep '^libtorch  *2\.11\.0'
# The starter configuration trains on the data that were installed.
env -i PATH="$work/empty" HOME="$work" ELBOW_LIBTORCH="$torch" "$elbow" train "$work/a.yaml" --dry-run
