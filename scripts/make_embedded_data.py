#!/usr/bin/env python3
"""Makes data/fashion_mnist_small from Debian's package dataset-fashion-mnist.

8,000 training and 1,000 validation images come from the package's train files, 1,000 test images from its
t10k files. In each class the images with the smallest SHA-256 of "elbow:<file>:<index>" are taken, so the choice
is random but fixed; their order is that of the source. The output is the same to the byte on every machine with
the same zlib.

Usage: scripts/make_embedded_data.py [--source FOLDER] [--target FOLDER]
"""

import argparse
import gzip
import hashlib
import pathlib
import struct
import sys

NUM_CLASSES = 10
SIDE = 28
PIXELS = SIDE * SIDE
MAX_TOTAL_BYTES = 5_000_000
COPYRIGHT = pathlib.Path("/usr/share/doc/dataset-fashion-mnist/copyright")
# Decoded content of the files read, so that another source cannot slip in.
EXPECTED_SHA256 = {
    "train-images-idx3-ubyte": "c59f468a2f672dc815687fe0f83887768d799fd8a3f3276145d20f83aa44d888",
    "train-labels-idx1-ubyte": "bad3541b69d912435c50bb6ba87bec294ff4f6a2e1246121d8633921760443d9",
    "t10k-images-idx3-ubyte": "5b4141f0afbad91edebe8549f8fcffe087ea10ca49f1dbef5c9a5cd8815ce37b",
    "t10k-labels-idx1-ubyte": "0402a96d92fd2663957122ceb108a494c5af83dab82d92729df917d7dec38c34",
}


def read_source(folder, name):
    """Returns the decoded bytes of one file of the package."""
    path = folder / f"{name}.gz"
    if not path.exists():
        sys.exit(f"{path}: expected the file of Fashion-MNIST, found none; apt install dataset-fashion-mnist")
    content = gzip.decompress(path.read_bytes())
    if hashlib.sha256(content).hexdigest() != EXPECTED_SHA256[name]:
        sys.exit(f"{path}: expected the published Fashion-MNIST, found other content")
    return content


def choose(labels, stem, first, count):
    """Indices of `count` images a class after the `first` ones in keyed order, ascending."""
    chosen = []
    for label in range(NUM_CLASSES):
        members = [i for i, value in enumerate(labels) if value == label]
        members.sort(key=lambda i: hashlib.sha256(f"elbow:{stem}:{i}".encode()).digest())
        chosen += members[first : first + count]
    return sorted(chosen)


def write_gzip(path, content):
    """Writes gzip without name and time: the same bytes each time."""
    path.write_bytes(gzip.compress(content, compresslevel=9, mtime=0))


def write_split(target, split, images, labels, indices):
    """Writes the images and labels of one split as IDX."""
    pixels = b"".join(images[i * PIXELS : (i + 1) * PIXELS] for i in indices)
    classes = bytes(labels[i] for i in indices)
    header = struct.pack(">IIII", 0x00000803, len(indices), SIDE, SIDE)
    write_gzip(target / f"{split}-images-idx3-ubyte.gz", header + pixels)
    write_gzip(target / f"{split}-labels-idx1-ubyte.gz", struct.pack(">II", 0x00000801, len(indices)) + classes)


def write_license(target):
    """Writes the licence text of the package without its markup."""
    text = COPYRIGHT.read_text(encoding="utf-8")
    body = text.split("License: Expat\n")[-1]
    lines = [line.strip() for line in body.splitlines()]
    paragraphs = "\n".join("" if line == "." else line for line in lines)
    notice = "Copyright (c) 2017 Zalando SE, https://tech.zalando.com"
    (target / "LICENSE").write_text(f"The MIT License (MIT)\n\n{notice}\n\n{paragraphs}\n", encoding="utf-8")


def write_readme(target):
    """Writes what the folder is."""
    (target / "README.md").write_text(
        "# fashion_mnist_small\n\n"
        "A part of Fashion-MNIST (Xiao, Rasul, Vollgraf, 2017, arXiv:1708.07747;\n"
        "https://github.com/zalandoresearch/fashion-mnist), so that a clone alone can run: grey images of 28 x 28,\n"
        "ten classes in equal numbers, IDX in gzip.\n\n"
        "| split | images | taken from |\n|---|---:|---|\n"
        "| train | 8,000 | train |\n| valid | 1,000 | train |\n| test | 1,000 | t10k |\n\n"
        "Made by `scripts/make_embedded_data.py` from Debian's package `dataset-fashion-mnist`; the script states the choice.\n"
        "Numbers on it do not compare with those on the whole set: train on `fashion_mnist` for that.\n"
        "Licence: MIT, see `LICENSE`. Check: `sha256sum -c CHECKSUMS.sha256`.\n",
        encoding="utf-8",
    )


def write_checksums(target):
    """Writes the sums of the data files, and refuses a set that is too large for the repository."""
    files = sorted(target.glob("*.gz"))
    total = sum(path.stat().st_size for path in files)
    if total > MAX_TOTAL_BYTES:
        sys.exit(f"{target}: expected at most {MAX_TOTAL_BYTES} bytes, found {total}")
    lines = [f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {path.name}\n" for path in files]
    (target / "CHECKSUMS.sha256").write_text("".join(lines), encoding="utf-8")
    print(f"{target}: {len(files)} files, {total} bytes")


def main():
    repository = pathlib.Path(__file__).resolve().parent.parent
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--source", type=pathlib.Path, default=pathlib.Path("/usr/share/datasets/fashion-mnist"))
    parser.add_argument("--target", type=pathlib.Path, default=repository / "data" / "fashion_mnist_small")
    arguments = parser.parse_args()
    arguments.target.mkdir(parents=True, exist_ok=True)
    for split, stem, first, count in (("train", "train", 0, 800), ("valid", "train", 800, 100), ("test", "t10k", 0, 100)):
        images = read_source(arguments.source, f"{stem}-images-idx3-ubyte")[16:]
        labels = read_source(arguments.source, f"{stem}-labels-idx1-ubyte")[8:]
        write_split(arguments.target, split, images, labels, choose(labels, stem, first, count))
    write_license(arguments.target)
    write_readme(arguments.target)
    write_checksums(arguments.target)


if __name__ == "__main__":
    main()
