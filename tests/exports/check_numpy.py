"""NumPy reads what norma export writes for it: every array of the model, exactly. Usage: check_numpy.py NORMA"""
from common import Checks, Runs, need, read_safetensors

need(("numpy", "python3-numpy"))

import zipfile

import numpy as np

runs, check = Runs(), Checks()
for options in (["--norm", "batch"], ["--model", "resnet", "--norm", "batch"], ["--norm", "weight"]):
    run = runs.train(*options)
    state = read_safetensors(runs.path(f"{run}/model.safetensors"))
    runs.call("export", run, "--npz", "all.npz", "--npy", "0.bias=bias.npy" if "0.bias" in state else "1.bias=bias.npy",
              "--overwrite")
    with zipfile.ZipFile(runs.path("all.npz")) as archive:
        check(archive.testzip() is None, f"{options}: zipfile finds every CRC right")
    with np.load(runs.path("all.npz"), allow_pickle=False) as file:
        check(sorted(file) == sorted(state), f"{options}: {len(state)} names")
        for name, wanted in state.items():
            found = file[name]
            right = found.dtype == wanted.dtype and found.shape == wanted.shape and np.array_equal(found, wanted)
            check(right, f"{name}: {found.dtype} {found.shape}")
    bias = np.load(runs.path("bias.npy"), allow_pickle=False)
    check(np.array_equal(bias, state["0.bias" if "0.bias" in state else "1.bias"]), "one array alone")
    # Written again by NumPy, the same bytes.
    np.save(runs.path("again.npy"), bias)
    with open(runs.path("again.npy"), "rb") as a, open(runs.path("bias.npy"), "rb") as b:
        check(a.read() == b.read(), "as numpy.save writes it")
check.end()
