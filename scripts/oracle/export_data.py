"""A user's file as an exported encoder takes it, from model.json's `preprocessing` alone (docs/export.md)."""

import csv
import gzip
import struct

import numpy as np


def philox(key, counter):
    """Philox4x32-10 of Salmon et al., 2011. counter: four arrays of uint32 -> four arrays of uint32."""
    words = [np.asarray(word, np.uint64) for word in np.broadcast_arrays(*counter)]
    low, mask = np.uint64(32), np.uint64(0xFFFFFFFF)
    k0, k1 = key & 0xFFFFFFFF, key >> 32
    for _ in range(10):
        p0, p1 = np.uint64(0xD2511F53) * words[0], np.uint64(0xCD9E8D57) * words[2]
        words = [(p1 >> low) ^ words[1] ^ np.uint64(k0), p1 & mask, (p0 >> low) ^ words[3] ^ np.uint64(k1), p0 & mask]
        k0, k1 = (k0 + 0x9E3779B9) & 0xFFFFFFFF, (k1 + 0xBB67AE85) & 0xFFFFFFFF
    return words


def permutation(key, size):
    """Row `order[i]` of the file stands at place i: six Feistel rounds on the smallest even number of bits, walked
    again while the value is outside."""
    half = 1
    while 1 << (2 * half) < size:
        half += 1
    mask, order = (1 << half) - 1, []
    for value in range(size):
        while True:
            left, right = value >> half, value & mask
            for round_number in range(6):
                mixed = int(philox(key, ([right], [round_number], [0], [0]))[0][0]) & mask
                left, right = right, left ^ mixed
            value = left << half | right
            if value < size:
                break
        order.append(value)
    return order


def read_idx(path):
    data = gzip.open(path).read() if path.endswith(".gz") else open(path, "rb").read()
    assert data[:3] == b"\0\0\x08", f"{path}: expected an IDX file of bytes"
    shape = struct.unpack(f">{data[3]}I", data[4 : 4 + 4 * data[3]])
    return np.frombuffer(data, np.uint8, offset=4 + 4 * data[3]).reshape(shape[0], -1)


def read_csv(path):
    rows = list(csv.reader(open(path)))
    return np.array([[float(cell) for cell in row] for row in rows[1:]])


def bits(images, how, split):
    key = int(how["keys"].get(split, how["keys"]["test"]), 16)
    pixel = np.arange(images.shape[1], dtype=np.uint64)
    row = np.arange(images.shape[0], dtype=np.uint64)[:, None]
    words = np.stack(philox(key, (pixel // 4, row & np.uint64(0xFFFFFFFF), row >> np.uint64(32), 0)))
    drawn = np.take_along_axis(words, np.broadcast_to((pixel % 4).astype(np.int64), (1, *images.shape)), axis=0)[0]
    # round(byte / 255 * 2^32) in whole numbers
    threshold = ((images.astype(np.uint64) << np.uint64(33)) + np.uint64(255)) // np.uint64(510)
    return (drawn < threshold).astype(np.float64)


def images_of(path, how, split):
    images = read_idx(path)
    if how["bytes"] == "bits" if "bytes" in how else images.max() <= 1:
        return images.astype(np.float64)
    if how["binarize"] == "threshold":
        return (images >= 128).astype(np.float64)
    if how["binarize"] == "none":
        return (images.astype(np.float32) / np.float32(255)).astype(np.float64)
    return bits(images, how["binarization"], split)


def rows_of_split(how, split, count):
    """Which rows of the file a split has, in its order."""
    if split == "input" or how["validation_size"] + how["test_size"] == 0:
        return list(range(count))
    order = permutation(int(how["key"], 16), count)
    test = count - how["test_size"]
    valid = test - how["validation_size"]
    return {"train": order[:valid], "valid": order[valid:test], "test": order[test:]}[split]


def table_of(path, how, split):
    table = read_csv(path)
    if "columns" in how:
        table = table[:, how["columns"]]
    table = table[rows_of_split(how["split"], split, len(table))]
    if "standardization" in how:
        moments = how["standardization"]
        table = (table - np.array(moments["mean"])) / np.array(moments["standard_deviation"])
    return table


def examples(path, how, split):
    """[N, event...] in float64, the numbers that the encoder is to see."""
    x = table_of(path, how, split) if path.endswith(".csv") else images_of(path, how, split)
    return x.reshape(-1, *how["event_shape"])
