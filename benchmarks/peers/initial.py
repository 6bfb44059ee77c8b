"""First parameters of a peer: those that `elbow bench JOB --save-initial FILE` wrote, so that both sides begin alike.

The file is safetensors: the length of a JSON header, the header with dtype, shape and place of each tensor, the numbers.
Linear layers have weights [out, in], convolutions [out, in, k, k] and transposed ones [in, out, k, k], as in PyTorch.
"""
import json
import struct

import numpy

ENCODER, DECODER = "guide.posterior.network.", "model.likelihood.network."
FLOWS = "guide.posterior.flows."
TYPES = {"F32": numpy.float32, "F64": numpy.float64}
# What elbow keeps beside its parameters; a peer has it in its code.
BUFFERS = ("model.prior.loc", ".kept", ".changed")


def read_tensors(path):
    """{name: array}."""
    content = path.read_bytes()
    try:
        end = 8 + struct.unpack("<Q", content[:8])[0]
        header = json.loads(content[8:end])
        header.pop("__metadata__", None)
        return {name: numpy.frombuffer(content[end:], TYPES[entry["dtype"]], numpy.prod(entry["shape"], dtype=int),
                                       entry["data_offsets"][0]).reshape(entry["shape"]) for name, entry in header.items()}
    except (struct.error, ValueError, KeyError) as error:
        raise SystemExit(f"{path}: expected safetensors of float32 or float64 numbers ({error!r})") from error


class Initial:
    """Tensors to be taken by name, each with the shape that the peer has a place for."""

    def __init__(self, path):
        self.path, self.tensors = path, read_tensors(path)
        self.left = {name for name in self.tensors if not name.endswith(BUFFERS)}

    def take(self, name, shape):
        if name not in self.tensors:
            raise SystemExit(f"{self.path}: there is no '{name}'; it has {', '.join(sorted(self.tensors))}")
        found = self.tensors[name]
        if found.shape != tuple(shape):
            raise SystemExit(f"{self.path}: {name}: expected shape {list(shape)}, found {list(found.shape)}")
        self.left.discard(name)
        return numpy.array(found, dtype=numpy.float32)

    def dense(self, prefix, sizes, names=None):
        """[(weight [out, in], bias [out])] of a network. @param names of its layers: hidden_0, hidden_1, ..., output"""
        names = names or [f"hidden_{i}" for i in range(len(sizes) - 2)] + ["output"]
        return [(self.take(f"{prefix}{name}.weight", (out, size)), self.take(f"{prefix}{name}.bias", (out,)))
                for name, size, out in zip(names, sizes, sizes[1:])]

    def planar(self, count, size):
        """u and w [count, size], b [count, 1] of a stack whose layers have parameters of their own."""
        return {part: numpy.stack([self.take(f"{FLOWS}layer_{i}.{part}", (1 if part == "b" else size,)) for i in range(count)])
                for part in ("u", "w", "b")}

    def normal(self, size):
        """Mean and logarithm of the scale, [size] each, of a normal that is the same for all examples."""
        both = self.take("guide.posterior.parameters", (2 * size,))
        return both[:size], both[size:]

    def finish(self):
        """Every parameter must have found its place: another model begins elsewhere, whatever its weights."""
        if self.left:
            raise SystemExit(f"{self.path}: this program has no place for {', '.join(sorted(self.left))}")
