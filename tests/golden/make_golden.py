#!/usr/bin/python3
"""Golden values: what PyTorch computes, in float64, for the tests in golden_test.cpp and trajectory_test.cpp.

    make_golden.py [--mnist DIR]            write the JSON files next to this script
    make_golden.py --check [--mnist DIR]    make them again, compare with those committed, write nothing

The committed files were made with PyTorch 1.13.1 (Debian's python3-torch); the tests need no PyTorch. DIR holds
MNIST's four *.gz files; without it trajectory_mnist.json is left alone. Every input is made by splitmix64 below,
not by PyTorch's generator, and is short in binary, so that the C++ tests in float and in double begin with the
very same numbers. Arrays are nested lists, outermost dimension first; null stands for "none".
"""

import argparse
import gzip
import itertools
import json
import math
import pathlib
import sys
from unittest import mock

import numpy as np
import torch
import torch.nn.functional as F
from torch.nn import init

HERE = pathlib.Path(__file__).resolve().parent


# Inputs -----------------------------------------------------------------------------------------------------

def splitmix64(seed, count):
    """The first `count` numbers of the generator (Steele, Lea & Flood 2014) as uint64; all at once, since number
    i depends on seed and i alone."""
    with np.errstate(over="ignore"):
        z = np.uint64(seed) + np.arange(1, count + 1, dtype=np.uint64) * np.uint64(0x9E3779B97F4A7C15)
        z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        return z ^ (z >> np.uint64(31))


def grid(seed, shape, span=2):
    """Uniform multiples of 2^-10 in [-span, span)."""
    steps = splitmix64(seed, math.prod(shape)) % np.uint64(2 * span * 1024)
    return torch.from_numpy(steps.astype(np.float64) / 1024 - span).reshape(shape)


def leaf(tensor):
    return tensor.clone().requires_grad_()


# Batch normalization ----------------------------------------------------------------------------------------

def batchnorm():
    """torch.nn.BatchNorm1d for every combination of its arguments, in every phase of its life."""
    N, C, L = 5, 3, 4
    weight, bias = grid(10, (C,)), grid(11, (C,))
    preset = {"running_mean": grid(12, (C,)), "running_var": grid(13, (C,)).abs() + 0.25,
              "num_batches_tracked": 7}

    def channels_apart(x):  # every channel another deviation and another mean
        shape = (1, C) + (1,) * (x.dim() - 2)
        return x * torch.tensor([0.5, 1, 2]).reshape(shape) + torch.tensor([-1.0, 0, 3]).reshape(shape)

    inputs = {}
    for name, shape in ("NC", (N, C)), ("NCL", (N, C, L)):
        inputs[name] = {"x": [channels_apart(grid(20 + i, shape)) for i in range(3)], "dy": grid(23, shape)}
    # Mean 10^4, deviation about 10^-2: a variance computed as E[x^2] - E[x]^2 has no correct digit in float.
    inputs["offset"] = {"x": [10000 + torch.round(grid(26, (8, C)) * 8) / 1024], "dy": grid(27, (8, C))}

    phases = {  # modes of the forward passes, one after the other
        "train": ["train"],
        "eval": ["eval"],  # starts from `preset`
        "train, train, eval": ["train", "train", "eval"],
    }

    def case(affine, track, momentum, eps, data, phase):
        module = torch.nn.BatchNorm1d(C, eps=eps, momentum=momentum, affine=affine, track_running_stats=track)
        with torch.no_grad():
            if affine:
                module.weight.copy_(weight)
                module.bias.copy_(bias)
            if track and phase == "eval":
                for key, value in preset.items():
                    getattr(module, key).copy_(torch.as_tensor(value))
        outputs = []
        for mode, x in zip(phases[phase], inputs[data]["x"]):
            module.train(mode == "train")
            module.zero_grad()
            x = leaf(x)
            y = module(x)
            y.backward(inputs[data]["dy"])
            outputs.append(y)
        return {
            "name": f"x {data}; {phase}; affine={affine}, track_running_stats={track}, "
                    f"momentum={momentum}, eps={eps}",
            "affine": affine, "track_running_stats": track, "momentum": momentum, "eps": eps,
            "input": data, "modes": phases[phase], "preset": track and phase == "eval",
            "y": outputs, "dx": x.grad,  # gradients: of the last forward pass
            "dweight": module.weight.grad if affine else None, "dbias": module.bias.grad if affine else None,
            "running_mean": module.running_mean, "running_var": module.running_var,
            "num_batches_tracked": module.num_batches_tracked,
        }

    cases = [case(*c) for c in itertools.product((True, False), (True, False), (0.1, 0.3, None), (1e-5, 1e-3),
                                                 ("NC", "NCL"), phases)]
    cases.append(case(True, True, 0.1, 1e-5, "offset", "train"))
    return {"inputs": inputs, "weight": weight, "bias": bias, "preset": preset, "cases": cases}


# Optimizers -------------------------------------------------------------------------------------------------

def optimizers():
    """One parameter (2, 3), ten steps with prescribed gradients and rates, the parameter after each step."""
    start, gradients = grid(30, (2, 3)), grid(31, (10, 2, 3), span=1)
    gradients[:, 1, 1] = 0
    gradients[:, 1, 2] *= 2.0 ** -20  # here Adam's eps counts
    rates = {"constant": lambda lr: [lr] * 10, "halved after 5": lambda lr: [lr] * 5 + [lr / 2] * 5}

    def run(make, lr):
        p = leaf(start)
        optimizer = make([p])
        after = []
        for gradient, rate in zip(gradients, lr):
            optimizer.param_groups[0]["lr"] = rate
            p.grad = gradient.clone()
            optimizer.step()
            after.append(p.detach().clone())
        return after

    sgd, adam = [], []
    for (momentum, dampening, nesterov), decay, (word, rate) in itertools.product(
            ((0, 0, False), (0, 0.1, False), (0.9, 0, False), (0.9, 0.1, False), (0.9, 0, True)), (0, 0.01),
            rates.items()):
        options = {"momentum": momentum, "dampening": dampening, "nesterov": nesterov, "weight_decay": decay}
        sgd.append({"name": f"SGD {options}, rate {word}", **options, "lr": rate(0.1),
                    "params": run(lambda p: torch.optim.SGD(p, lr=1, **options), rate(0.1))})
    for betas, decay, (word, rate) in itertools.product(((0.9, 0.999), (0.8, 0.95)), (0, 0.01),
                                                        rates.items()):
        options = {"betas": betas, "eps": 1e-8, "weight_decay": decay}
        adam.append({"name": f"Adam {options}, rate {word}", **options, "lr": rate(0.01),
                     "params": run(lambda p: torch.optim.Adam(p, amsgrad=False, **options), rate(0.01))})

    clip = []
    for max_norm in 0.5, 1, 100:  # the gradient's norm lies between the last two
        p, q = leaf(start), leaf(grid(32, (4,)))
        p.grad, q.grad = gradients[0].clone(), grid(33, (4,))
        norm = torch.nn.utils.clip_grad_norm_([p, q], max_norm)
        clip.append({"name": f"clip_grad_norm({max_norm})", "max_norm": max_norm, "norm": norm,
                     "gradients": [p.grad, q.grad]})
    return {"start": start, "gradients": gradients, "sgd": sgd, "adam": adam,
            "clip": {"gradients": [gradients[0], grid(33, (4,))], "cases": clip}}


# Initial weights --------------------------------------------------------------------------------------------

def initial_weights():
    """What PyTorch draws initial weights from: the arguments of its calls of uniform_ and normal_."""
    shapes = [(100, 784), (10, 100), (1000, 784), (16, 1, 3, 3), (32, 16, 5, 5)]  # (out, in, kernel...)

    def drawn_from(initialize):
        calls = []

        def uniform(tensor, low, high):
            assert low == -high
            calls.append({"distribution": "uniform", "std": high / math.sqrt(3), "bound": high})
            return tensor

        def normal(tensor, mean, std):
            assert mean == 0
            calls.append({"distribution": "normal", "std": std, "bound": None})
            return tensor

        with mock.patch.multiple(torch.Tensor, uniform_=uniform, normal_=normal):
            initialize()
        return calls

    kinds = {("kaiming", "normal"): lambda w, a: init.kaiming_normal_(w, nonlinearity=a),
             ("kaiming", "uniform"): lambda w, a: init.kaiming_uniform_(w, nonlinearity=a),
             ("xavier", "normal"): lambda w, a: init.xavier_normal_(w, init.calculate_gain(a)),
             ("xavier", "uniform"): lambda w, a: init.xavier_uniform_(w, init.calculate_gain(a))}
    # LeCun's is not in PyTorch by name; it is Kaiming's with gain 1.
    lecun = {("lecun", d): kinds["kaiming", d] for d in ("normal", "uniform")}

    cases = []
    for shape in shapes:
        fan_in, fan_out = init._calculate_fan_in_and_fan_out(torch.empty(shape))
        about = {"shape": shape, "fan_in": fan_in, "fan_out": fan_out}
        wanted = [(k, a) for k in kinds for a in ("linear", "sigmoid", "tanh", "relu", "leaky_relu")]
        for (kind, activation) in wanted + [(k, "linear") for k in lecun]:
            (call,) = drawn_from(lambda: {**kinds, **lecun}[kind](torch.empty(shape), activation))
            # kaiming_*_ has slope 0 for leaky_relu if none is given, calculate_gain has 0.01.
            slope = 0 if kind[0] == "kaiming" else 0.01
            cases.append({"name": f"{kind[0]} {kind[1]}, {activation}, {shape}", "kind": kind[0],
                          "activation": activation, "gain": init.calculate_gain(activation, slope),
                          "slope": slope, **about, **call})
        layer = torch.nn.Linear if len(shape) == 2 else torch.nn.Conv2d
        weight, bias = drawn_from(lambda: layer(shape[1], shape[0], *shape[2:3]))
        cases.append({"name": f"default, {shape}", "kind": "pytorch", "activation": "linear", "gain": 1,
                      "slope": 0, **about, **weight, "bias_bound": bias["bound"]})

    torch.manual_seed(1)
    measured = []
    for kind, initialize in {**kinds, **lecun}.items():
        activation = "linear" if kind[0] == "lecun" else "tanh"
        w = initialize(torch.empty(1000, 784), activation)
        measured.append({"name": f"{kind[0]} {kind[1]}, {activation}", "kind": kind[0],
                         "distribution": kind[1], "gain": init.calculate_gain(activation),
                         "shape": [1000, 784], "measured_std": w.std(unbiased=False)})
    return {"cases": cases, "measured": measured}


# Losses and activations -------------------------------------------------------------------------------------

def losses():
    logits = {
        "ordinary": grid(40, (4, 5)),
        "large": torch.tensor([[1e3, 0, -1e3, 5, 1], [-1e3, -1e3, -1e3, -1e3, -1e3], [1e3, 1e3, 0, 1e3, -1e3],
                               [0, 0.5, 1e3, 0, 999]]),
        "one class only": grid(41, (3, 1)),
        "one sample": grid(42, (1, 10), span=8),
    }
    labels = {"ordinary": [3, 0, 4, 1], "large": [2, 1, 3, 2], "one class only": [0, 0, 0], "one sample": [7]}
    cross_entropy = []
    for (name, z), smoothing in itertools.product(logits.items(), (0, 0.1)):
        z = leaf(z)
        loss = F.cross_entropy(z, torch.tensor(labels[name]), label_smoothing=smoothing)
        loss.backward()
        cross_entropy.append({"name": f"cross entropy, {name}, label smoothing {smoothing}",
                              "smoothing": smoothing, "logits": z, "labels": labels[name], "loss": loss,
                              "dlogits": z.grad})

    mse = []
    for shape in (4, 5), (1,), (2, 3, 2):
        a, b = leaf(grid(43, shape)), leaf(grid(44, shape))
        loss = F.mse_loss(a, b)
        loss.backward()
        mse.append({"name": f"mse {shape}", "a": a, "b": b, "loss": loss, "da": a.grad, "db": b.grad})

    functions = {"relu": F.relu, "leaky_relu": lambda x: F.leaky_relu(x, 0.01), "tanh": torch.tanh,
                 "sigmoid": torch.sigmoid}
    points = {  # one case each, since a test's tolerance goes by the largest element
        "zeros": [0.0, -0.0],
        "tiny": [2.0 ** -20, -2.0 ** -20, 2.0 ** -23, -2.0 ** -21],  # about 1e-6
        "ordinary": [0.125, -0.125, 0.5, -0.5, 0.75, -0.75, 1, -1, 2.5, -2.5, 5, -5, 9, -9],
        "huge": [1, 30, -30, 88, -88, 100, -100, 1000, -1000],
        "very negative": [-16, -24, -30],  # sigmoid is small here, and its digits count
    }
    activations = []
    for (function, f), (name, values) in itertools.product(functions.items(), points.items()):
        if function == "tanh" and name == "very negative":
            continue  # its gradient 1 - y^2 is what rounding leaves of 0
        x = leaf(torch.tensor(values, dtype=torch.float64))
        dy = grid(45, (len(values),))
        y = f(x)
        y.backward(dy)
        activations.append({"name": f"{function}, {name}", "function": function,
                            "x": x, "dy": dy, "y": y, "dx": x.grad})
    return {"cross_entropy": cross_entropy, "mse": mse, "activations": activations}


# Whole trainings --------------------------------------------------------------------------------------------
# The same data and first weights are made by trajectory_data.h.

SAMPLES, PIXELS, CLASSES, BATCH = 12000, 784, 10, 60


def formula_data():
    """Every class has a prototype of random bytes; a sample is a quarter prototype and three quarters noise."""
    prototypes = (splitmix64(1, CLASSES * PIXELS) >> np.uint64(56)).astype(np.int64).reshape(CLASSES, PIXELS)
    labels = (splitmix64(2, SAMPLES) % np.uint64(CLASSES)).astype(np.int64)
    noise = splitmix64(3, SAMPLES * PIXELS // 8).astype("<u8").view(np.uint8)  # low byte first
    pixels = (prototypes[labels] + 3 * noise.astype(np.int64).reshape(SAMPLES, PIXELS)) // 4
    return pixels, labels


def mnist_data(folder):
    """The first training images, in the file's order."""
    def read(name, header, count):
        with gzip.open(pathlib.Path(folder) / name) as file:
            return np.frombuffer(file.read(header + count), np.uint8, offset=header).astype(np.int64)

    pixels = read("train-images-idx3-ubyte.gz", 16, SAMPLES * PIXELS).reshape(SAMPLES, PIXELS)
    return pixels, read("train-labels-idx1-ubyte.gz", 8, SAMPLES)


def uniform_weights(seed, shape, bound):
    """Uniform on [-bound, bound) in steps of bound * 2^-23: exact in float if bound is a power of two."""
    steps = (splitmix64(seed, math.prod(shape)) >> np.uint64(40)).astype(np.int64) - 2 ** 23
    return torch.from_numpy(steps.astype(np.float64) * (bound * 2.0 ** -23)).reshape(shape)


def network(sizes, activation, batch_norm, bound):
    """Linear, [BatchNorm1d], activation, ..., Linear. A Linear under a BatchNorm1d has no bias. The k-th
    Linear's weight comes from seed 100 + 2k, its bias from 101 + 2k; the first layer's lie within `bound`, the
    others' within four times that. BatchNorm1d begins as PyTorch makes it."""
    layers = []
    for k, (fan_in, fan_out) in enumerate(zip(sizes, sizes[1:])):
        last = k == len(sizes) - 2
        linear = torch.nn.Linear(fan_in, fan_out, bias=last or not batch_norm)
        linear.weight.data = uniform_weights(100 + 2 * k, (fan_out, fan_in), bound if k == 0 else 4 * bound)
        if linear.bias is not None:
            linear.bias.data = uniform_weights(101 + 2 * k, (fan_out,), bound if k == 0 else 4 * bound)
        layers.append(linear)
        if not last:
            layers += [torch.nn.BatchNorm1d(fan_out)] if batch_norm else []
            layers.append({"sigmoid": torch.nn.Sigmoid, "relu": torch.nn.ReLU}[activation]())
    return torch.nn.Sequential(*layers)


def trajectory(pixels, labels):
    """The training loss of every step, before it, and the trained network's logits of the first five samples."""
    settings = [  # weight_decay: of the weights of linear layers alone
        {"hidden": [100, 100, 100], "activation": "sigmoid", "bound": 2 ** -3, "steps": 200, "lr": 0.1,
         "momentum": 0, "weight_decay": 0},
        {"hidden": [32, 32], "activation": "relu", "bound": 2 ** -4, "steps": 50, "lr": 0.02,
         "momentum": 0.9, "weight_decay": 0.01},
    ]
    x, target = torch.from_numpy(pixels / 255.0), torch.from_numpy(labels)  # byte / 255 in double
    runs = []
    for setting, batch_norm in itertools.product(settings, (False, True)):
        sizes = [PIXELS, *setting["hidden"], CLASSES]
        net = network(sizes, setting["activation"], batch_norm, setting["bound"])
        first = {key: value.flatten()[:3].tolist() for key, value in net.state_dict().items()}
        weights = [p for p in net.parameters() if p.dim() == 2]
        others = [p for p in net.parameters() if p.dim() == 1]
        optimizer = torch.optim.SGD(
            [{"params": weights, "weight_decay": setting["weight_decay"]}, {"params": others}],
            lr=setting["lr"], momentum=setting["momentum"])
        losses = []
        for step in range(setting["steps"]):
            batch = slice(step * BATCH, (step + 1) * BATCH)
            optimizer.zero_grad()
            loss = F.cross_entropy(net(x[batch]), target[batch])
            loss.backward()
            optimizer.step()
            losses.append(loss)
        net.eval()
        name = f"{setting['activation']} {setting['hidden']}, {'BN' if batch_norm else 'no BN'}"
        runs.append({"name": name, **setting, "batch_norm": batch_norm, "batch": BATCH, "first_values": first,
                     "loss": losses, "logits": net(x[:5])})

    def checksum(values):  # sum of (i + 1) value[i]; text, since it may not fit a double
        return str(np.sum(np.arange(1, values.size + 1, dtype=np.uint64) * values.astype(np.uint64).ravel()))

    return {"pixel_checksum": checksum(pixels), "label_checksum": checksum(labels), "runs": runs}


# Files ------------------------------------------------------------------------------------------------------

def text(value):
    """JSON with a line for each member of the outer objects and for each case. Numbers are written with as
    many digits, up to 17, as give the same double back."""
    def nested(v):
        if isinstance(v, torch.Tensor):
            return v.tolist()
        if isinstance(v, (list, tuple)):
            return [nested(e) for e in v]
        return {k: nested(e) for k, e in v.items()} if isinstance(v, dict) else v

    value = nested(value)

    def write(v, depth):
        pad = " " * depth
        if isinstance(v, dict) and depth < 2:
            inner = ",\n".join(f"{pad} {json.dumps(k)}: {write(e, depth + 1)}" for k, e in v.items())
            return f"{{\n{inner}\n{pad}}}"
        if isinstance(v, list) and v and isinstance(v[0], dict):
            inner = ",\n".join(pad + " " + write(e, 9) for e in v)
            return f"[\n{inner}\n{pad}]"
        return json.dumps(v, separators=(",", ":"), allow_nan=False)

    return write(value, 0) + "\n"


def difference(old, new, where=""):
    """The first place where two JSON values differ by more than rounding, or None."""
    if isinstance(old, dict) and isinstance(new, dict):
        if list(old) != list(new):
            return f"{where}: {list(old)} committed, {list(new)} made"
        places = (difference(old[k], new[k], f"{where}.{k}") for k in old)
        return next(filter(None, places), None)
    if isinstance(old, list) and isinstance(new, list):
        if len(old) != len(new):
            return f"{where}: {len(old)} elements committed, {len(new)} made"
        places = (difference(o, n, f"{where}[{i}]") for i, (o, n) in enumerate(zip(old, new)))
        return next(filter(None, places), None)
    if isinstance(old, float) and isinstance(new, float):
        # PyTorch's own random numbers may differ from version to version.
        loose = where.endswith(".measured_std")
        same = math.isclose(old, new, rel_tol=1e-2 if loose else 1e-9, abs_tol=0 if loose else 1e-12)
    else:
        same = type(old) is type(new) and old == new
    return None if same else f"{where}: {old} committed, {new} made"


def command_line(doc):
    """A parser of the command line, with what both scripts take."""
    parser = argparse.ArgumentParser(description=doc, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true", help="compare with the committed files, write nothing")
    return parser


def write_or_check(files, check):
    """Makes every file of `files` (its name: what returns its content); returns the exit code."""
    torch.set_default_dtype(torch.float64)
    torch.set_num_threads(1)  # one order of summation
    wrong = 0
    for name, make in files.items():
        made, path = text(make()), HERE / name
        if check:
            problem = "missing"
            if path.exists():
                problem = difference(json.loads(path.read_text()), json.loads(made), name)
            print(f"{name}: {problem or 'same'}")
            wrong += problem is not None
        else:
            path.write_text(made)
            print(f"{name}: {len(made)} bytes")
    return 1 if wrong else 0


def main():
    parser = command_line(__doc__)
    parser.add_argument("--mnist", metavar="DIR", help="folder with MNIST's four .gz files")
    arguments = parser.parse_args()
    files = {"batchnorm.json": batchnorm, "optim.json": optimizers, "init.json": initial_weights,
             "loss.json": losses, "trajectory.json": lambda: trajectory(*formula_data())}
    if arguments.mnist:
        files["trajectory_mnist.json"] = lambda: trajectory(*mnist_data(arguments.mnist))
    return write_or_check(files, arguments.check)


if __name__ == "__main__":
    sys.exit(main())
