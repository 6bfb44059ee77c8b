"""Loads an export in Python and holds it against `elbow encode`: python3 export_check.py EXPORT IMAGES.idx.gz ENCODED.npy

IMAGES holds the examples that `elbow encode RUN --input IMAGES -o ENCODED.npy` encoded: grey levels of one byte, not binarised.
Exits 1 when the largest difference is above 1e-5, or the safetensors file is not what model.json says.
"""

import gzip
import json
import struct
import sys

import numpy
import safetensors.numpy
import torch


def read_idx(path):
    data = gzip.open(path).read() if path.endswith(".gz") else open(path, "rb").read()
    rank = data[3]
    shape = struct.unpack(f">{rank}I", data[4 : 4 + 4 * rank])
    return numpy.frombuffer(data, numpy.uint8, offset=4 + 4 * rank).reshape(shape)


def main():
    folder, images, encoded = sys.argv[1:4]
    model = json.load(open(f"{folder}/model.json"))
    x = torch.from_numpy(read_idx(images).astype("float32") / 255).reshape(-1, *model["preprocessing"]["event_shape"])
    encoder, decoder = (torch.jit.load(f"{folder}/{name}.pt") for name in ("encoder", "decoder"))
    mean, scale = encoder(x)
    expected = torch.from_numpy(numpy.load(encoded))
    worst = (torch.stack([mean, scale], 1) - expected).abs().max().item()
    z, log_q = encoder.sample(x[:5], 3)
    shapes = list(z.shape) == [3, 5, mean.shape[1]] and list(log_q.shape) == [3, 5]
    pictures = decoder(z[0])
    tensors = safetensors.numpy.load_file(f"{folder}/model.safetensors")
    named = {name: list(value.shape) for name, value in tensors.items()}
    same = named == model["tensors"] and torch.equal(encoder.encode_mean(x), mean)
    print(f"largest difference {worst:.1e}; sample {tuple(z.shape)}; decoder {tuple(pictures.shape)}; {len(tensors)} tensors")
    sys.exit(0 if worst < 1e-5 and shapes and same else 1)


main()
