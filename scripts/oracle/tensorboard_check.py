"""Reads event files with TensorBoard's own loaders: python3 tensorboard_check.py FOLDER   (pip install tensorboard)

Prints `step tag value` for every scalar that TensorBoard would show, `step tag WxH bytes` for every picture and
the names of the hyperparameters. Exits 1 when a loader complains or stops before the last whole record (a bad checksum),
or a step comes twice. A torn last record, as a killed process leaves it, is no fault.
"""

import argparse
import collections
import glob
import logging
import os
import struct
import sys

from tensorboard.backend.event_processing import event_accumulator, event_file_loader
from tensorboard.plugins.hparams import metadata as hparams_metadata
from tensorboard.plugins.hparams import plugin_data_pb2


class Complaints(logging.Handler):
    """Collects what TensorBoard logs as warning or error."""

    def __init__(self):
        super().__init__(logging.WARNING)
        self.lines = []

    def emit(self, record):
        self.lines.append(record.getMessage())


def count_whole_records(path):
    """Records that are all there, by their length fields alone."""
    count = 0
    with open(path, "rb") as file:
        size = os.path.getsize(path)
        while size - file.tell() >= 16:
            length, _ = struct.unpack("<QI", file.read(12))
            if length + 4 > size - file.tell():
                break
            file.seek(length + 4, os.SEEK_CUR)
            count += 1
    return count


def count_raw_events(folder):
    """Every event of every file by the low-level loader, which stops without a word at a bad checksum."""
    count = 0
    for path in sorted(glob.glob(os.path.join(folder, "events.out.tfevents.*"))):
        steps = [event.step for event in event_file_loader.EventFileLoader(path).Load()]
        if steps != sorted(steps):
            raise SystemExit(f"{path}: steps decrease inside one file")
        if len(steps) != count_whole_records(path):
            raise SystemExit(f"{path}: {count_whole_records(path)} records, TensorBoard reads {len(steps)}")
        count += len(steps)
    return count


def print_scalars(accumulator):
    twice = 0
    for tag in sorted(accumulator.Tags()["scalars"]):
        events = accumulator.Scalars(tag)
        repeats = collections.Counter(event.step for event in events)
        twice += sum(1 for times in repeats.values() if times > 1)
        for event in events:
            print(event.step, tag, repr(event.value))
    return twice


def print_others(accumulator):
    for tag in sorted(accumulator.Tags()["images"]):
        for image in accumulator.Images(tag):
            print(image.step, tag, f"{image.width}x{image.height}", len(image.encoded_image_string))
    for tag, content in sorted(accumulator.PluginTagToContent(hparams_metadata.PLUGIN_NAME).items()):
        data = plugin_data_pb2.HParamsPluginData.FromString(content)
        if data.HasField("session_start_info"):
            for name, value in sorted(data.session_start_info.hparams.items()):
                print("hparam", name, repr(value.string_value))
        else:
            print("hparams", tag, [info.name for info in data.experiment.hparam_infos])


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder")
    arguments = parser.parse_args()
    complaints = Complaints()
    for name in ("tensorboard", "tensorflow"):
        logging.getLogger(name).addHandler(complaints)
    raw = count_raw_events(arguments.folder)
    accumulator = event_accumulator.EventAccumulator(arguments.folder, size_guidance={"scalars": 0, "images": 0})
    accumulator.Reload()
    twice = print_scalars(accumulator)
    print_others(accumulator)
    # Dropping the repeated steps of an interrupted run is what the START events ask for.
    lines = [line for line in complaints.lines if "Purging expired events" not in line]
    print(f"{raw} events, {len(lines)} complaints, {twice} repeated steps", file=sys.stderr)
    for line in lines:
        print("complaint:", line, file=sys.stderr)
    return 1 if lines or twice or raw == 0 else 0


if __name__ == "__main__":
    sys.exit(main())
