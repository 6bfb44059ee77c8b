"""What the peers' programs share: options, windows of time, data, and the line that they print.

Every program takes a job and the same options, and prints one JSON line with the keys of `elbow bench --json`: job, peer,
version, unit, median, lowest, highest, windows, threads, peak_mib; with --steps N also quality, the mean of the objective
over the last quarter of N steps.
"""
import argparse
import ctypes
import gzip
import json
import os
import pathlib
import resource
import statistics
import struct
import time

WINDOWS = 5
MIXTURE_SCALE = 1.5


def raise_malloc_thresholds():
    """glibc maps, faults in and unmaps each temporary of 128 KB and more unless told otherwise. Before torch allocates."""
    m_trim_threshold, m_mmap_threshold = -1, -3
    libc = ctypes.CDLL(None)
    libc.mallopt(m_mmap_threshold, 32 << 20)
    libc.mallopt(m_trim_threshold, 1 << 30)


def read_options(description, jobs, styles=(), takes_initial=True):
    """@param takes_initial whether the jobs are trained from parameters that can be given"""
    parser = argparse.ArgumentParser(description=description, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("job", choices=jobs)
    parser.add_argument("--data", type=pathlib.Path, default=pathlib.Path(os.environ.get("ELBOW_DATA", "data")),
                        help="the folder with mnist/ and ap/ (default: $ELBOW_DATA)")
    parser.add_argument("--threads", type=int, default=os.cpu_count())
    parser.add_argument("--seconds", type=float, default=5.0, help="what is timed, after a warm-up")
    parser.add_argument("--steps", type=int, default=0, help="so many steps from the start, and their objective, instead")
    parser.add_argument("--seed", type=int, default=1)
    if takes_initial:
        parser.add_argument("--initial", type=pathlib.Path, metavar="FILE",
                            help="first parameters: the file of elbow bench JOB --save-initial FILE")
    if styles:
        parser.add_argument("--style", choices=styles, default=styles[0])
    return parser.parse_args()


def limit_processors(threads):
    """For libraries that start a thread for each processor that they may use. Before they are imported."""
    os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:threads])


def read_images(folder, name="train"):
    """Bytes of an IDX file of 28 x 28 images, packed or not, and their number."""
    plain = folder / "mnist" / f"{name}-images-idx3-ubyte"
    packed = plain.with_name(plain.name + ".gz")
    if not plain.exists() and not packed.exists():
        raise SystemExit(f"{plain.parent}: expected {plain.name} or {packed.name}, found neither; --data FOLDER")
    content = plain.read_bytes() if plain.exists() else gzip.decompress(packed.read_bytes())
    magic, count, height, width = struct.unpack(">IIII", content[:16])
    if magic != 0x803 or height * width != 784 or len(content) != 16 + count * 784:
        raise SystemExit(f"{plain}: not an IDX file of 28 x 28 bytes each")
    return bytearray(content[16:]), count


def run_for(seconds, times, work):
    """Calls work(times) until the time is over. @return (how often, seconds)"""
    done, begin = 0, time.perf_counter()
    while True:
        done += work(times)
        elapsed = time.perf_counter() - begin
        if elapsed >= seconds:
            return done, elapsed


def measure(work, seconds, unit="steps/s", fixed_times=None):
    """Windows as `elbow bench` has them. @param work does it `times` times and returns how often it did"""
    times = fixed_times or 1
    run_for(0, times, work)
    done, elapsed = run_for(seconds / WINDOWS, times, work)
    if not fixed_times:
        times = max(1, int(0.02 * done / elapsed))
    rates, total, all_done, cpu = [], 0.0, 0, time.process_time()
    for window in range(WINDOWS):
        if window > 0 and total >= seconds:
            break
        done, elapsed = run_for(seconds / WINDOWS, times, work)
        rates.append(done / elapsed)
        total += elapsed
        all_done += done
    cpu = time.process_time() - cpu
    return {"unit": unit, "median": statistics.median(rates), "lowest": min(rates), "highest": max(rates),
            "windows": rates, "cpu_seconds": cpu / all_done, "processors": cpu / total}


def quality(name, values, steps):
    """The mean over the last quarter of the steps. @param values one for each step, or for each equal part of them"""
    last = values[-max(1, len(values) // 4):]
    return {"quality": {"name": name, "value": sum(last) / len(last), "steps": steps}}


def print_line(options, peer, version, fields):
    line = {"job": options.job, "peer": peer, "version": version, "threads": options.threads}
    line.update(fields)
    line["peak_mib"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    print(json.dumps(line))
