"""PyTorch computes what Norma does with the weights of model.safetensors. Usage: check_torch.py NORMA

The same torch.nn.Sequential is written down here by hand and takes the file's arrays by load_state_dict(strict=True).
Its logits may differ by 1e-5 of the largest: float32 rounds to 6e-8, a logit is a sum of up to 3,136 products through up
to six layers, and the two add up in another order; what is measured is 1e-7 to 1e-6."""
from common import Checks, Runs, need, read_safetensors

need(("numpy", "python3-numpy"), ("torch", "python3-torch"))

import torch
from torch import nn
from torch.nn.utils import spectral_norm, weight_norm


class Residual(nn.Module):
    def __init__(self, main, shortcut=None):
        super().__init__()
        self.main = main
        if shortcut:
            self.shortcut = shortcut

    def forward(self, x):
        return self.main(x) + (self.shortcut(x) if hasattr(self, "shortcut") else x)


# --norm: what stands for it on (N, C), on (N, C, H, W) images of this size, whether the layer before has a bias,
# and what is done to that layer
NORMS = {
    "none": (None, None, True, lambda layer: layer),
    "batch": (nn.BatchNorm1d, lambda c, s: nn.BatchNorm2d(c), False, lambda layer: layer),
    "layer": (nn.LayerNorm, lambda c, s: nn.GroupNorm(1, c), True, lambda layer: layer),
    "group:2": (lambda c: nn.GroupNorm(2, c), lambda c, s: nn.GroupNorm(2, c), True, lambda layer: layer),
    "instance": (None, lambda c, s: nn.InstanceNorm2d(c, affine=True), False, lambda layer: layer),
    "lrn": (lambda c: nn.LocalResponseNorm(5), lambda c, s: nn.LocalResponseNorm(5), True, lambda layer: layer),
    "weight": (None, None, True, weight_norm),
    "spectral": (None, None, True, spectral_norm),
}


class Net:
    """Appends layers as Norma's sentences do."""

    def __init__(self, norm):
        self.layers = []
        self.flat_norm, self.image_norm, self.bias, self.change = NORMS[norm]

    def add(self, *layers):
        self.layers += [layer for layer in layers if layer is not None]
        return self

    def linear(self, inputs, units, activation):
        normed = self.flat_norm(units) if self.flat_norm else None
        return self.add(self.change(nn.Linear(inputs, units, bias=self.bias or normed is None)), normed, activation())

    def conv(self, inputs, channels, kernel, activation=nn.ReLU, size=0, **options):
        options.setdefault("padding", (kernel - 1) // 2)
        normed = self.image_norm(channels, size) if self.image_norm else None
        layer = self.change(nn.Conv2d(inputs, channels, kernel, bias=self.bias or normed is None, **options))
        return self.add(layer, normed, activation() if activation else None)

    def done(self):
        return nn.Sequential(*self.layers)


def mlp(norm):
    n = Net(norm)
    return n.linear(784, 100, nn.Sigmoid).linear(100, 100, nn.Sigmoid).linear(100, 100, nn.Sigmoid).add(nn.Linear(100, 10))


def cnn(norm):
    n = Net(norm).conv(1, 16, 5).add(nn.MaxPool2d(2)).conv(16, 32, 5).add(nn.MaxPool2d(2)).conv(32, 64, 3)
    return n.add(nn.Flatten(), nn.Linear(64 * 7 * 7, 10))


def lenet(norm):
    n = Net(norm).conv(1, 6, 5).add(nn.AvgPool2d(2)).conv(6, 16, 5, padding=0).add(nn.AvgPool2d(2), nn.Flatten())
    return n.linear(400, 120, nn.ReLU).linear(120, 84, nn.ReLU).add(nn.Linear(84, 10))


def resnet(norm):
    def block(inputs, channels, stride):
        main = Net(norm).conv(inputs, channels, 3, stride=stride).conv(channels, channels, 3, None)
        shortcut = Net(norm).conv(inputs, channels, 1, None, stride=stride) if stride > 1 else None
        return Residual(main.done(), shortcut and shortcut.done())

    n = Net(norm).conv(1, 16, 3).add(block(16, 16, 1), nn.ReLU(), block(16, 32, 2), nn.ReLU(), block(32, 64, 2), nn.ReLU())
    return n.add(nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(64, 10))


def vgg(norm):
    n, channels, size = Net(norm), 1, 28
    for stage, times in enumerate((1, 2, 4, 8, 8)):
        for _ in range(1 if stage < 2 else 2):
            n.conv(channels, 4 * times, 3, size=size)
            channels = 4 * times
        n.add(nn.MaxPool2d(2, ceil_mode=True))
        size = (size + 1) // 2
    return n.add(nn.Flatten(), nn.Linear(channels, 10))


def plain(norm):
    n, channels = Net(norm), 1
    for i, width in enumerate((16, 16, 32, 32, 64)):
        n.conv(channels, width, 3, stride=2 if i in (2, 4) else 1)
        channels = width
    return n.add(nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(64, 10))


OPTIONS = {"vgg": ["--width", "4", "--init", "kaiming_normal"], "plain": ["--depth", "5"]}
runs, check = Runs(), Checks()
torch.set_grad_enabled(False)
for model in (mlp, cnn, lenet, resnet, vgg, plain):
    for norm in NORMS:
        if (model is mlp and norm == "instance") or (model in (mlp, lenet) and norm == "lrn"):
            continue  # PyTorch's local response normalization wants positions
        run = runs.train("--model", model.__name__, *OPTIONS.get(model.__name__, []), "--norm", norm)
        net = model(norm).done()
        state = {k: torch.from_numpy(v.copy()) for k, v in read_safetensors(runs.path(f"{run}/model.safetensors")).items()}
        net.load_state_dict(state, strict=True)
        net.eval()
        images, wanted = runs.logits(run, 50)
        check.close(f"{model.__name__}, norm {norm}", net(torch.from_numpy(images)).numpy(), wanted, 1e-5)

        # Another image's logits are far away: the comparison can fail.
        other = torch.from_numpy(images).flip(0)
        check(abs(net(other).numpy() - wanted).max() > 1e-3 * abs(wanted).max(), "and not for other images")
check.end()
