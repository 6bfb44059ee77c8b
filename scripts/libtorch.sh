# shellcheck shell=bash
# Sourced by scripts/setup and, installed, by get_libtorch: finds LibTorch, or fetches it and the NVIDIA libraries that it lacks from PyPI.
# shellcheck disable=SC2154  # root and want_cuda come from the script that sources this file
torch_version=2.11.0
torch_home=${torch_home:-$root/.deps/libtorch}

# The package of each shared library, in the versions that the wheel of torch 2.11.0 was built with.
declare -A nvidia_packages=(
  [libcudart.so.13]=nvidia-cuda-runtime==13.0.96
  [libcupti.so.13]=nvidia-cuda-cupti==13.0.85
  [libcublas.so.13]=nvidia-cublas==13.1.0.3
  [libcublasLt.so.13]=nvidia-cublas==13.1.0.3
  [libcufft.so.12]=nvidia-cufft==12.0.0.61
  [libcufile.so.0]=nvidia-cufile==1.15.1.6
  [libcurand.so.10]=nvidia-curand==10.4.0.35
  [libcusolver.so.12]=nvidia-cusolver==12.0.4.66
  [libcusparse.so.12]=nvidia-cusparse==12.6.3.3
  [libcusparseLt.so.0]=nvidia-cusparselt-cu13==0.8.0
  [libnvJitLink.so.13]=nvidia-nvjitlink==13.0.88
  [libnvrtc.so.13]=nvidia-cuda-nvrtc==13.0.88
  [libcudnn.so.9]=nvidia-cudnn-cu13==9.19.0.56
  [libnccl.so.2]=nvidia-nccl-cu13==2.28.9
  [libnvshmem_host.so.3]=nvidia-nvshmem-cu13==3.4.5
)

has_toolkit() {
  command -v nvcc >/dev/null || [ -x /usr/local/cuda/bin/nvcc ] || [[ $(ldconfig -p) == *libcudart.so.13* ]]
}

# The version that the headers of a torch folder state, or nothing.
version_of() {
  sed -n 's/^#define TORCH_VERSION_\(MAJOR\|MINOR\|PATCH\) //p' "$1/include/torch/headeronly/version.h" 2>/dev/null |
    paste -sd .
}
is_libtorch() { [ -e "$1/lib/libtorch_cpu.so" ] && [ "$(version_of "$1")" = "$torch_version" ]; }

# unresolved TORCH_FOLDER PART...: what the loader does not find. The driver's libcuda is no package's.
unresolved() {
  local folder=$1 part
  shift
  for part in "$@"; do
    if [ -e "$folder/lib/lib$part.so" ]; then ldd "$folder/lib/lib$part.so"; fi
  done | awk '/not found/ && $1 != "libcuda.so.1" {print $1}' | sort -u
}
# caffe2_nvrtc is opened at run time and alone names the run-time compiler.
wanted_parts() { if $want_cuda; then echo torch_cpu torch_cuda torch_cuda_linalg caffe2_nvrtc; else echo torch_cpu; fi; }
missing_libraries() { # shellcheck disable=SC2046  # the parts are words
  unresolved "$1" $(wanted_parts)
}

check_given_libtorch() {
  if [ -z "${ELBOW_LIBTORCH:-}" ] || is_libtorch "$ELBOW_LIBTORCH"; then return; fi
  local found
  found=$(version_of "$ELBOW_LIBTORCH") || true  # no such file: no version
  die "ELBOW_LIBTORCH=$ELBOW_LIBTORCH: expected the torch folder of LibTorch $torch_version, found ${found:-none}" \
    "unset it, or name the folder that holds include/ and lib/libtorch_cpu.so"
}

# Prints the first usable torch folder; returns 1 when there is none.
find_libtorch() {
  local installed
  if [ -n "${ELBOW_LIBTORCH:-}" ]; then (cd "$ELBOW_LIBTORCH" && pwd) && return; fi
  if is_libtorch "$torch_home/torch"; then echo "$torch_home/torch" && return; fi
  # find_spec does not import torch, which would need every library of its CUDA half.
  installed=$(python3 -c 'import importlib.util as u; print(u.find_spec("torch").submodule_search_locations[0])' 2>/dev/null) ||
    return 1
  if is_libtorch "$installed" && [ -z "$(unresolved "$installed" torch_cpu)" ]; then echo "$installed" && return; fi
  return 1
}

# fetch FOLDER REQUIREMENT...: PyPI's wheels, unpacked side by side; nothing of the system's Python changes.
# A Debian that manages its own Python refuses pip even for --target, and a user's PIP_USER contradicts it.
fetch() {
  local folder=$1
  shift
  mkdir -p "$folder.tmp"  # pip unpacks here first: /tmp may be small
  PIP_BREAK_SYSTEM_PACKAGES=1 PIP_USER=0 PIP_ROOT_USER_ACTION=ignore TMPDIR=$folder.tmp \
    run python3 -m pip install --disable-pip-version-check --no-compile --no-deps --only-binary=:all: --target "$folder" "$@" ||
    die "pip could not fetch $* (message above)" \
      "check the network and pip's configuration (pip config list); or set ELBOW_LIBTORCH to a torch folder"
  rm -rf "$folder.tmp"
}

# Into a folder beside the final one, renamed when whole: an interrupted download leaves nothing that looks ready.
fetch_libtorch() {
  local partial=$torch_home.partial free
  rm -rf "$partial" "$partial.tmp"
  mkdir -p "$(dirname "$torch_home")"
  free=$(df -Pk "$(dirname "$torch_home")" | awk 'NR == 2 {print int($4 / 1048576)}')
  [ "$free" -ge 4 ] || die "LibTorch needs 4 GB of free disk while it is unpacked, $(dirname "$torch_home") has $free GB"
  fetch "$partial" "torch==$torch_version"
  rm -rf "$torch_home"
  mv "$partial" "$torch_home"
}

# Adds what LibTorch's libraries want and neither the system nor the folder has; a new one may want another.
complete_libtorch() {
  local partial=$torch_home.partial missing=() wanted library previous=
  while mapfile -t missing < <(missing_libraries "$torch_home/torch") && [ "${#missing[@]}" -gt 0 ]; do
    if [ "$previous" = "${missing[*]}" ]; then
      die "LibTorch does not find ${missing[*]}, although the packages are there" "remove $torch_home and run $0 again"
    fi
    previous=${missing[*]}
    declare -A wanted=()
    for library in "${missing[@]}"; do
      [ -n "${nvidia_packages[$library]:-}" ] ||
        die "LibTorch wants $library, which neither this system nor a known package has" "install it, then run $0 again"
      wanted[${nvidia_packages[$library]}]=1
    done
    rm -rf "$partial"
    fetch "$partial" "${!wanted[@]}"
    cp -alf "$partial/." "$torch_home/"
    rm -rf "$partial"
  done
}
