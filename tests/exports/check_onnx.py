"""What norma export --onnx writes is valid ONNX and computes Norma's logits. Usage: check_onnx.py NORMA [opencv]

onnx's own checker (with shape inference) passes it, and a plain evaluation of the operators in float64, written here after
their definitions, gives the logits to 1e-5 of the largest; so does onnx's own reference if there is one (onnx 1.13). With "opencv", OpenCV's cv::dnn gives them to 1e-4 instead."""
import json
import struct
import sys

from common import Checks, Runs, need

opencv = sys.argv[2:] == ["opencv"]
need(("numpy", "python3-numpy"), ("cv2", "python3-opencv") if opencv else ("onnx", "python3-onnx"))

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

if opencv:
    import cv2
else:
    import onnx
    from onnx import numpy_helper
    try:
        from onnx.reference import ReferenceEvaluator
    except ImportError:  # before onnx 1.13
        ReferenceEvaluator = None


def windows(x, a, fill):
    """(N, C, H', W', kh, kw): what each window sees, by the attributes of Conv or a pooling."""
    top, left, bottom, right = a.get("pads", [0, 0, 0, 0])
    x = np.pad(x, ((0, 0), (0, 0), (top, bottom), (left, right)), constant_values=fill)
    dilation, stride = a.get("dilations", [1, 1]), a["strides"]
    span = [d * (k - 1) + 1 for d, k in zip(dilation, a["kernel_shape"])]
    seen = sliding_window_view(x, span, (2, 3))
    return seen[:, :, :: stride[0], :: stride[1], :: dilation[0], :: dilation[1]]


def conv(a, x, w, b=None):
    parts, outputs = np.split(x, a["group"], 1), np.split(w, a["group"], 0)
    y = np.concatenate([np.tensordot(windows(p, a, 0), o, ((1, 4, 5), (1, 2, 3))) for p, o in zip(parts, outputs)], 3)
    y = y.transpose(0, 3, 1, 2)
    return y if b is None else y + per_channel(b, y)


def per_channel(v, x):
    return v.reshape([1, -1] + [1] * (x.ndim - 2))


def lrn(a, x):
    c, size = x.shape[1], a["size"]
    total = np.stack([(x[:, max(0, i - (size - 1) // 2) : i + size // 2 + 1] ** 2).sum(1) for i in range(c)], 1)
    return x / (a["bias"] + a["alpha"] / size * total) ** a["beta"]


def instance_norm(a, x, scale, bias):
    axes = tuple(range(2, x.ndim))
    normal = (x - x.mean(axes, keepdims=True)) / np.sqrt(x.var(axes, keepdims=True) + a["epsilon"])
    return per_channel(scale, x) * normal + per_channel(bias, x)


OPERATORS = {
    "Gemm": lambda a, x, w, b=0: x @ (w.T if a["transB"] else w) + b,
    "Conv": conv,
    "BatchNormalization": lambda a, x, g, b, m, v: per_channel(g / np.sqrt(v + a["epsilon"]), x) * (x - per_channel(m, x))
    + per_channel(b, x),
    "InstanceNormalization": instance_norm,
    "LRN": lrn,
    "Reshape": lambda a, x, s: x.reshape([x.shape[i] if n == 0 else n for i, n in enumerate(s.astype(int))]),
    "Pad": lambda a, x, p: np.pad(x, p.astype(int).reshape(2, -1).T),
    "Mul": lambda a, x, y: x * y,
    "Sub": lambda a, x, y: x - y,
    "Div": lambda a, x, y: x / y,
    "Add": lambda a, x, y: x + y,
    "Relu": lambda a, x: np.maximum(x, 0),
    "LeakyRelu": lambda a, x: np.where(x < 0, a["alpha"] * x, x),
    "Sigmoid": lambda a, x: 1 / (1 + np.exp(-x)),
    "Tanh": lambda a, x: np.tanh(x),
    "MaxPool": lambda a, x: windows(x, a, -np.inf).max((4, 5)),
    "AveragePool": lambda a, x: windows(x, a, np.nan).mean((4, 5)),  # NaN: there is no padding left to average over
    "GlobalAveragePool": lambda a, x: x.mean((2, 3), keepdims=True),
    "Flatten": lambda a, x: x.reshape(len(x), -1),
}


def evaluate(model, images):
    values = {c.name: numpy_helper.to_array(c).astype(np.float64) for c in model.graph.initializer}
    values["input"] = images.astype(np.float64)
    for node in model.graph.node:
        attributes = {a.name: onnx.helper.get_attribute_value(a) for a in node.attribute}
        values[node.output[0]] = OPERATORS[node.op_type](attributes, *(values[i] for i in node.input))
    return values["logits"]


runs, check = Runs(), Checks()


def class_names(run):
    """As model.safetensors has them: eight bytes of length, a header in JSON."""
    with open(runs.path(f"{run}/model.safetensors"), "rb") as file:
        (length,) = struct.unpack("<Q", file.read(8))
        return json.loads(json.loads(file.read(length))["__metadata__"]["data"])["classes"]


def compare(what, run, *options):
    runs.call("export", run, "--onnx", "model.onnx", "--overwrite", *options)
    (by_opencv if opencv else by_definition)(what, run, runs.path("model.onnx"), *runs.logits(run, 20))


def by_definition(what, run, path, images, wanted):
    model = onnx.load(path)
    try:
        onnx.checker.check_model(model, full_check=True)
        check(model.producer_name == "norma" and model.opset_import[0].version == 15, f"{what}: valid ONNX")
    except Exception as e:
        check(False, f"{what}: {e}")
    shapes = [[d.dim_param or d.dim_value for d in v.type.tensor_type.shape.dim]
              for v in (*model.graph.input, *model.graph.output)]
    check(shapes == [["N", *images.shape[1:]], ["N", 10]], f"{what}: {shapes}")
    names = json.loads({p.key: p.value for p in model.metadata_props}["classes"])
    check(names == class_names(run), f"{what}: classes {names}")
    check.close(f"{what}: by its definitions", evaluate(model, images), wanted, 1e-5)
    if ReferenceEvaluator and all(node.op_type != "LRN" for node in model.graph.node):  # its LRN takes more channels than there are
        found = ReferenceEvaluator(model).run(None, {"input": images})[0]
        check.close(f"{what}: by onnx's own reference", found, wanted, 1e-5)


def by_opencv(what, run, path, images, wanted):
    net = cv2.dnn.readNetFromONNX(path)
    # OpenCV 4.6 computes InstanceNormalization wrongly for more than one image at a time.
    with open(path, "rb") as file:
        alone = b"InstanceNormalization" in file.read()
    answers = []
    for part in np.split(images, len(images) if alone else 1):
        net.setInput(np.ascontiguousarray(part))
        answers.append(net.forward().copy())
    found = np.concatenate(answers)
    error = abs(found - wanted).max() if found.shape == wanted.shape else np.nan
    check(error <= 1e-4, f"{what}: by OpenCV {cv2.__version__}, {error:.1e} at most where {abs(wanted).max():.2f} is largest")


OPTIONS = {"vgg": ("--width", "4"), "plain": ("--depth", "5")}
for name in ("mlp", "dln", "cnn", "lenet", "resnet", "vgg", "plain"):
    for norm in ("none", "batch", "layer", "group:2", "instance", "batch-renorm", "weight", "weight+mean-only", "spectral",
                 "lrn", "l1", "linf"):
        if norm == "instance" and name in ("mlp", "dln"):
            continue
        if name in ("dln", "lenet", "resnet", "vgg", "plain") and norm not in ("none", "batch", "layer"):
            continue
        trained = runs.train("--model", name, *OPTIONS.get(name, ()), "--norm", norm)
        compare(f"{name}, norm {norm}", trained)
        if norm == "batch":
            compare(f"{name}, norm {norm}, folded", trained, "--fold")
for layers in (
    "conv 8 3 stride 2 groups 1, ln, leaky_relu 0.2, noise, residual(conv 8 3 dilation 2, tanh, dropout 0.2), "
    "residual(dropout 0.5), pool 3 stride 2 pad 1, avgpool 3 stride 1 pad 1, conv 16 3 groups 4 nobias, gn 2, sigmoid, "
    "globalpool, flatten, linear 10, dropout 0.1",
    "conv 4 5 pad 0, lrn 3 alpha 0.5 beta 0.6 k 2, noise layer, residual(conv 8 3 stride 2, bn | avgpool 2, conv 8 1), "
    "flatten, linear 10",
):
    compare(layers, runs.train("--layers", layers))
for options in ("--standardize on", "--model cnn --norm batch --standardize on", "--data shapes --standardize on",
                "--data shapes --model cnn --standardize on"):
    compare(options, runs.train(*options.split()))
check.end()
