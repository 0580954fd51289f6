#!/usr/bin/python3
"""Golden values: what PyTorch makes of Norma's models of convolutions, in float64, for golden_models_test.cpp.

    make_golden_models.py            write models.json next to this script
    make_golden_models.py --check    make it again, compare with the one committed, write nothing

The committed file was made with PyTorch 1.13 (Debian's python3-torch); data as in make_golden.py. The k-th entry of a
model's state_dict, if it is the weight or bias of a convolution or linear layer, comes from seed 100 + k, within the
greatest power of two that is no more than the square root of 6 over the fan-in; BatchNorm begins as PyTorch makes it.
"""

import math
import sys

import torch
import torch.nn.functional as F
from torch import nn

from make_golden import command_line, formula_data, uniform_weights, write_or_check

BATCH = 20


class Residual(nn.Module):
    def __init__(self, main, shortcut=None):
        super().__init__()
        self.main = main
        if shortcut:
            self.shortcut = shortcut

    def forward(self, x):
        return self.main(x) + (self.shortcut(x) if hasattr(self, "shortcut") else x)


def conv(inputs, channels, batch_norm, kernel=3, stride=1):
    layers = [nn.Conv2d(inputs, channels, kernel, stride, kernel // 2, bias=not batch_norm)]
    return layers + ([nn.BatchNorm2d(channels)] if batch_norm else [])


def vgg(batch_norm, width):
    """Simonyan & Zisserman 2015, table 1, column A: eight convolutions, five poolings."""
    layers, channels = [], 1
    for stage, (times, convolutions) in enumerate([(1, 1), (2, 1), (4, 2), (8, 2), (8, 2)]):
        for _ in range(convolutions):
            layers += conv(channels, times * width, batch_norm) + [nn.ReLU()]
            channels = times * width
        layers.append(nn.MaxPool2d(2, ceil_mode=True))
    return nn.Sequential(*layers, nn.Flatten(), nn.Linear(channels, 10))


def plain(batch_norm, convolutions):
    """He et al. 2016, section 4.2: `convolutions` of each stage."""
    layers, channels = [], 1
    for stage, many in enumerate(convolutions):
        for i in range(many):
            layers += conv(channels, 16 << stage, batch_norm, stride=2 if stage and not i else 1) + [nn.ReLU()]
            channels = 16 << stage
    return nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(channels, 10))


def resnet(batch_norm):
    def block(inputs, channels, stride):
        main = conv(inputs, channels, batch_norm, 3, stride) + [nn.ReLU()] + conv(channels, channels, batch_norm)
        shortcut = conv(inputs, channels, batch_norm, 1, stride) if stride > 1 else None
        return [Residual(nn.Sequential(*main), shortcut and nn.Sequential(*shortcut)), nn.ReLU()]

    return nn.Sequential(*conv(1, 16, batch_norm), nn.ReLU(), *block(16, 16, 1), *block(16, 32, 2), *block(32, 64, 2),
                         nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(64, 10))


def set_weights(net):
    state = net.state_dict()
    fan_in = 0
    for k, (name, value) in enumerate(state.items()):
        if value.dim() >= 2:
            fan_in = math.prod(value.shape[1:])
        elif not name.endswith(".bias"):
            fan_in = 0  # BatchNorm
        if fan_in:
            value.copy_(uniform_weights(100 + k, tuple(value.shape), 2.0 ** math.floor(math.log2(math.sqrt(6 / fan_in)))))


def models():
    """The gradients of the first step, the loss of every step before it, and the trained network's logits of the first
    five samples."""
    settings = [
        {"name": "vgg with BN", "model": "vgg", "net": vgg(True, 4), "width": 4, "lr": 0.05, "steps": 200},
        {"name": "vgg without BN", "model": "vgg", "net": vgg(False, 2), "width": 2, "lr": 0.02, "steps": 20},
        {"name": "plain with BN", "model": "plain", "net": plain(True, [2, 2, 1]), "depth": 5, "lr": 0.05, "steps": 20},
        {"name": "plain without BN", "model": "plain", "net": plain(False, [2, 1, 1]), "depth": 4, "lr": 0.02,
         "steps": 20},
        {"name": "resnet with BN", "model": "resnet", "net": resnet(True), "lr": 0.05, "steps": 200},
    ]
    pixels, labels = formula_data()
    x, target = torch.from_numpy(pixels / 255.0).reshape(-1, 1, 28, 28), torch.from_numpy(labels)
    runs = []
    for setting in settings:
        net = setting.pop("net").double()
        set_weights(net)
        optimizer = torch.optim.SGD(net.parameters(), lr=setting["lr"])
        losses, gradients = [], {}
        for step in range(setting["steps"]):
            batch = slice(step * BATCH, (step + 1) * BATCH)
            optimizer.zero_grad()
            loss = F.cross_entropy(net(x[batch]), target[batch])
            loss.backward()
            if step == 0:
                gradients = {name: [p.grad.norm(), *p.grad.flatten()[:3].tolist()] for name, p in net.named_parameters()}
            optimizer.step()
            losses.append(loss)
        net.eval()
        runs.append({**setting, "batch_norm": "with BN" in setting["name"], "batch": BATCH, "gradients": gradients,
                     "loss": losses, "logits": net(x[:5])})
    return {"runs": runs}


def main():
    return write_or_check({"models.json": models}, command_line(__doc__).parse_args().check)


if __name__ == "__main__":
    sys.exit(main())
