#!/usr/bin/python3
"""Golden values: what PyTorch's layers compute, in float64, for the tests in golden_layers_test.cpp.

    make_golden_layers.py            write layers.json next to this script
    make_golden_layers.py --check    make it again, compare with the one committed, write nothing

Conventions as in make_golden.py. A case is a layer, its arguments under PyTorch's names, its state before,
forward and backward passes one after the other, and what came of them. If a string stands for an array it
names one of `arrays`; state is a list of [key, values] in the order of PyTorch's state_dict.
"""

import itertools
import sys
import zlib

import torch
from torch import nn

from make_golden import command_line, grid, leaf, write_or_check

TRAIN, EVAL, BOTH, MIXED = ["train"], ["eval"], ["train", "eval"], ["train", "train", "eval"]


class Cases:
    def __init__(self):
        self.arrays, self.cases = {}, []

    def array(self, what, shape):
        """An array and its name, from which it is made. Variances are positive, singular vectors of length 1;
        x of "ties" holds few different values."""
        name = f"{what} {tuple(shape)}"
        if name not in self.arrays:
            values = grid(zlib.crc32(name.encode()), shape)
            if what == "running_var":
                values = values.abs() + 0.25
            if what in ("weight_u", "singular weight_v"):
                values = values / values.norm()
            if what.startswith("ties"):
                values = values.round()
            self.arrays[name] = values
        return self.arrays[name], name

    def add(self, layer, arguments, shape, modes=TRAIN, fresh_statistics=False, x="x"):
        """Runs one case: a pass a mode, each on another x of this shape, and backward after each. The state
        before is made up, but fresh_statistics leaves those that are gathered as a new layer has them."""
        options = dict(arguments)
        wrapped = {name: options.pop(name) for name in ("weight_norm", "spectral_norm") if name in options}
        module = getattr(nn, layer)(**options)
        for name, how in wrapped.items():
            getattr(nn.utils, name)(module, **how)

        names, before = {}, []
        for key, values in module.state_dict().items():
            if key == "num_batches_tracked":
                if not fresh_statistics:
                    values.fill_(7)
                before.append([key, values.item()])
            elif key.startswith("running") and fresh_statistics:
                before.append([key, values.tolist()])
            else:
                singular = "spectral_norm" in wrapped and key == "weight_v"
                made, names[key] = self.array("singular " * singular + key, values.shape)
                values.copy_(made)
                before.append([key, names[key]])

        passes, outputs = [], []
        for i, mode in enumerate(modes):
            input, name = self.array(f"{x}{i}", shape)
            module.train(mode == "train")
            module.zero_grad()
            input = leaf(input)
            y = module(input)
            dy, dy_name = self.array("dy", y.shape)
            y.backward(dy)
            passes.append({"mode": mode, "x": name})
            outputs.append(y.detach())

        after = []
        for key, values in module.state_dict().items():
            kept = key in names and torch.equal(values, self.arrays[names[key]])
            after.append([key, names[key] if kept else values.clone()])
        said = ", ".join(f"{k}={v}" for k, v in arguments.items())
        self.cases.append({
            "name": f"{layer}({said}); {x} {tuple(shape)}; {', '.join(modes)}"
                    + "; fresh statistics" * (fresh_statistics and bool(before)),
            "layer": layer, "arguments": arguments, "state": before, "passes": passes, "dy": dy_name,
            "y": outputs, "dx": input.grad,  # gradients: of the last pass
            "gradients": [[k, p.grad] for k, p in module.named_parameters()], "state_after": after,
        })


def product(**choices):
    return [dict(zip(choices, values)) for values in itertools.product(*choices.values())]


# Normalization ----------------------------------------------------------------------------------------------

def batchnorm(cases):  # BatchNorm1d has a file of its own
    for layer, shape in ("BatchNorm2d", (3, 2, 2, 3)), ("BatchNorm3d", (2, 3, 2, 1, 2)):
        choices = product(affine=(True, False), track_running_stats=(True, False), momentum=(0.1, None))
        for i, o in enumerate(choices):
            if o["momentum"] is None and not o["track_running_stats"]:
                continue
            arguments = {"num_features": shape[1], "eps": (1e-5, 1e-3)[i // 2 % 2], **o}
            cases.add(layer, arguments, shape, TRAIN, fresh_statistics=True)
            cases.add(layer, arguments, shape, EVAL)
            cases.add(layer, arguments, shape, MIXED)


def layernorm(cases):
    for n, rank in itertools.product((1, 2, 3), (2, 3, 4, 5)):
        if rank < n:
            continue
        shape, normalized = (2, 2, 2, 3, 5)[5 - rank:], (2, 3, 5)[3 - n:]
        for affine in True, False:
            cases.add("LayerNorm", {"normalized_shape": normalized, "elementwise_affine": affine}, shape)
        cases.add("LayerNorm", {"normalized_shape": normalized, "eps": 0.25}, shape, BOTH)


def groupnorm(cases):
    for shape in (2, 6), (2, 6, 3), (2, 6, 2, 3), (2, 6, 2, 1, 2):
        # Not one value a group: there the gradient is 0, and PyTorch's is what rounding leaves.
        for groups in (1, 2, 6) if len(shape) > 2 else (1, 2):
            for affine in True, False:
                cases.add("GroupNorm", {"num_groups": groups, "num_channels": 6, "affine": affine}, shape)
        cases.add("GroupNorm", {"num_groups": 2, "num_channels": 6, "eps": 0.25}, shape, BOTH)


def instancenorm(cases):
    """PyTorch's takes no momentum None (TypeError) and leaves num_batches_tracked alone."""
    for layer, shape in (("InstanceNorm1d", (3, 2, 5)), ("InstanceNorm2d", (2, 3, 2, 3)),
                         ("InstanceNorm3d", (2, 2, 2, 2, 2))):
        for o in product(affine=(True, False), track_running_stats=(True, False), momentum=(0.1, 0.3)):
            if o["momentum"] != 0.1 and not o["track_running_stats"]:
                continue
            arguments = {"num_features": shape[1], **o}
            cases.add(layer, arguments, shape, TRAIN, fresh_statistics=True)
            cases.add(layer, arguments, shape, EVAL)
            if o["track_running_stats"]:
                cases.add(layer, arguments, shape, MIXED)
        cases.add(layer, {"num_features": shape[1], "eps": 0.25}, shape, BOTH)


def lrn(cases):
    shapes = (2, 6, 3), (2, 6, 2, 2), (1, 6, 2, 1, 2)
    for size, shape in itertools.product((1, 2, 3, 4, 5), shapes):
        cases.add("LocalResponseNorm", {"size": size}, shape)
        cases.add("LocalResponseNorm", {"size": size, "alpha": 0.5, "beta": 0.75, "k": 2.0}, shape)
    for alpha, beta, k in (2.0, 0.5, 1.0), (1.0, 1.0, 0.5), (0.5, 2.0, 1.0), (0.5, 0.3, 1.5):
        for size in 2, 5:
            cases.add("LocalResponseNorm", {"size": size, "alpha": alpha, "beta": beta, "k": k}, shapes[1], BOTH)
    cases.add("LocalResponseNorm", {"size": 9, "alpha": 0.5}, shapes[0])  # more channels than there are


# What a weight is made of -----------------------------------------------------------------------------------

LINEAR = {"in_features": 4, "out_features": 3}, (2, 4)
CONV2D = {"in_channels": 2, "out_channels": 3, "kernel_size": (2, 3)}, (2, 2, 4, 3)


def weight_norm(cases):
    for (layer, (arguments, shape)), dim, bias in itertools.product(
            (("Linear", LINEAR), ("Conv2d", CONV2D)), (0, 1, None), (True, False)):
        arguments = {**arguments, "bias": bias, "weight_norm": {"dim": dim}}
        cases.add(layer, arguments, shape, BOTH if bias else TRAIN)
    for layer, (arguments, shape) in ("Linear", LINEAR), ("Conv2d", CONV2D):
        cases.add(layer, {**arguments, "weight_norm": {}}, shape)
    for dim in 2, 3:
        cases.add("Conv2d", {**CONV2D[0], "weight_norm": {"dim": dim}}, CONV2D[1])


def spectral_norm(cases):
    for (layer, (arguments, shape)), n, dim in itertools.product(
            (("Linear", LINEAR), ("Conv2d", CONV2D)), (1, 3), (0, 1)):
        how = {"n_power_iterations": n, "eps": 1e-12, "dim": dim}
        cases.add(layer, {**arguments, "bias": n == 1, "spectral_norm": how}, shape)
        cases.add(layer, {**arguments, "spectral_norm": how}, shape, MIXED)
        if n == 1:
            cases.add(layer, {**arguments, "spectral_norm": how}, shape, EVAL)
    cases.add("Linear", {**LINEAR[0], "spectral_norm": {}}, LINEAR[1])
    # eps above every norm: the vectors are divided by it.
    cases.add("Linear", {**LINEAR[0], "spectral_norm": {"n_power_iterations": 2, "eps": 16.0}}, LINEAR[1])


# Linear and convolutions ------------------------------------------------------------------------------------

def linear(cases):
    for bias in True, False:
        cases.add("Linear", {**LINEAR[0], "bias": bias}, (3, 4), BOTH)


def convolution(cases):
    def conv(shape, out, kernel, **options):
        rank = len(shape) - 2
        spread = {k: [v] * rank if isinstance(v, int) and k not in ("groups", "bias") else v
                  for k, v in {"kernel_size": kernel, **options}.items()}
        cases.add(f"Conv{rank}d", {"in_channels": shape[1], "out_channels": out, **spread}, shape)

    options = product(stride=(1, 2), padding=(0, 1), dilation=(1, 2), groups=(1, 2))
    for o, bias in itertools.product(options, (True, False)):
        conv((2, 2, 8), 4, 3, **o, bias=bias)
    for i, o in enumerate(options):
        conv((1, 2, 6, 5), 4, 3, **o, bias=i % 3 != 0)
    for i, o in enumerate(options[::3]):
        conv((1, 2, 4, 5, 3), 2, 2, **o, bias=i % 2 == 0)
    conv((2, 3, 5), 2, 1)  # 1 × 1
    conv((2, 3, 2, 3), 2, 1, stride=2)
    conv((2, 2, 4), 1, 4)  # one output each
    conv((1, 2, 2, 3), 2, 4, padding=2)  # a kernel larger than x
    conv((1, 1, 9), 1, 2, stride=4, padding=3)  # windows apart, some within the padding alone
    conv((1, 3, 4, 4), 6, 3, padding=1, groups=3)  # depthwise, two filters a channel
    conv((2, 4, 3, 3), 4, 2, groups=4, bias=False)
    conv((1, 2, 6, 5), 3, [2, 3], stride=[2, 1], padding=[0, 2], dilation=[3, 1])
    conv((1, 4, 5, 6), 2, [3, 1], stride=[1, 3], padding=[2, 0], dilation=[1, 2], groups=2)
    conv((1, 2, 5, 4), 2, [1, 2], padding=[1, 0])
    conv((1, 2, 4, 3, 5), 2, [2, 1, 3], stride=[1, 2, 3], padding=[1, 0, 2], dilation=[2, 1, 1])
    conv((1, 2, 3, 4, 2), 4, [1, 3, 2], stride=[2, 1, 1], padding=[0, 1, 1], groups=2, bias=False)


# Pooling ----------------------------------------------------------------------------------------------------

POOLED = {1: (2, 2, 8), 2: (1, 2, 6, 5), 3: (1, 1, 5, 6, 5)}


def max_pool(cases):
    for rank, shape in POOLED.items():
        options = product(kernel_size=(2, 3), stride=(None, 1, 2), padding=(0, 1), dilation=(1, 2),
                          ceil_mode=(False, True))
        for o in options[::rank ** 2]:
            cases.add(f"MaxPool{rank}d", o, shape)
        for stride in 1, 2:  # the first of several largest has the gradient
            cases.add(f"MaxPool{rank}d", {"kernel_size": 3, "stride": stride, "padding": 1}, shape, x="ties")
    cases.add("MaxPool2d", {"kernel_size": [2, 3]}, POOLED[2])
    cases.add("MaxPool2d", {"kernel_size": [3, 2], "stride": [1, 2], "padding": [1, 0], "dilation": [2, 1],
                            "ceil_mode": True}, POOLED[2])
    cases.add("MaxPool3d", {"kernel_size": [1, 2, 3], "stride": [2, 1, 1], "padding": [0, 1, 1],
                            "dilation": [1, 2, 1]}, POOLED[3])


def avg_pool(cases):
    for rank, shape in POOLED.items():
        options = product(kernel_size=(2, 3), stride=(None, 1, 2), padding=(0, 1), ceil_mode=(False, True),
                          count_include_pad=(True, False))
        for o in options[::2 * rank - 1]:
            cases.add(f"AvgPool{rank}d", o, shape)
        for o in product(padding=(0, 1), ceil_mode=(False, True), count_include_pad=(True, False)):
            if rank > 1:
                cases.add(f"AvgPool{rank}d", {"kernel_size": 3, "stride": 2, **o, "divisor_override": 5}, shape)
    cases.add("AvgPool2d", {"kernel_size": [2, 3]}, POOLED[2])
    for include in True, False:
        cases.add("AvgPool2d", {"kernel_size": [3, 2], "stride": [1, 3], "padding": [1, 0], "ceil_mode": True,
                                "count_include_pad": include}, POOLED[2])
        cases.add("AvgPool3d", {"kernel_size": [1, 2, 3], "stride": [2, 1, 2], "padding": [0, 1, 1],
                                "count_include_pad": include}, POOLED[3])


def adaptive_avg_pool(cases):
    for rank, shape in POOLED.items():
        for size in 1, 2, 3, 5:
            cases.add(f"AdaptiveAvgPool{rank}d", {"output_size": size}, shape)
    cases.add("AdaptiveAvgPool1d", {"output_size": 8}, POOLED[1])  # nothing changes
    cases.add("AdaptiveAvgPool1d", {"output_size": 11}, POOLED[1])  # more than there was
    cases.add("AdaptiveAvgPool2d", {"output_size": [4, 1]}, POOLED[2])
    cases.add("AdaptiveAvgPool2d", {"output_size": [1, 7]}, POOLED[2])
    cases.add("AdaptiveAvgPool3d", {"output_size": [2, 1, 4]}, POOLED[3])


def others(cases):
    for shape in (2, 3), (2, 3, 2), (2, 3, 1, 2), (2, 1, 3, 1, 2):
        cases.add("Flatten", {}, shape, BOTH)
        cases.add("Dropout", {"p": 0.5}, shape, EVAL)


def layers():
    cases = Cases()
    for part in (batchnorm, layernorm, groupnorm, instancenorm, lrn, weight_norm, spectral_norm, linear,
                 convolution, max_pool, avg_pool, adaptive_avg_pool, others):
        part(cases)
    return {"arrays": cases.arrays, "cases": cases.cases}


if __name__ == "__main__":
    sys.exit(write_or_check({"layers.json": layers}, command_line(__doc__).parse_args().check))
