"""What the checks of exports share: runs of norma, and an end that cannot be taken for success."""
import json
import os
import struct
import subprocess
import sys
import tempfile

SKIPPED = 77  # what CTest shows as "Skipped"


def need(*modules):
    """Leaves with SKIPPED unless all modules can be imported."""
    import importlib
    for name, package in modules:
        try:
            importlib.import_module(name)
        except ImportError:
            print(f"SKIPPED: {sys.modules['__main__'].__doc__.split('. ')[0]} (Debian: apt-get install {package})")
            sys.exit(SKIPPED)


def write_pictures(folder, kind, count):
    """IDX files of noisy 28×28 pictures of ten classes, a bright bar for each."""
    import numpy as np
    labels = np.arange(count) % 10
    pixels = np.random.RandomState(count).randint(0, 150, (count, 28, 28))
    for picture, label in zip(pixels, labels):
        picture[2 * label + 3 : 2 * label + 6] += 100
    for name, sizes, values in ((f"{kind}-images-idx3-ubyte", (count, 28, 28), pixels),
                                (f"{kind}-labels-idx1-ubyte", (count,), labels)):
        with open(os.path.join(folder, name), "wb") as file:
            file.write(struct.pack(f">BBBB{len(sizes)}I", 0, 0, 8, len(sizes), *sizes) + values.astype("u1").tobytes())


class Runs:
    """Trains small networks in a temporary folder and exports them."""

    def __init__(self):
        self.norma = os.path.abspath(sys.argv[1])
        self.folder = tempfile.TemporaryDirectory(prefix="norma-exports-")
        self.count = 0
        os.mkdir(self.path("data"))
        write_pictures(self.path("data"), "train", 400)
        write_pictures(self.path("data"), "t10k", 60)

    def call(self, *words):
        done = subprocess.run([self.norma, *words], cwd=self.folder.name, capture_output=True, text=True)
        if done.returncode != 0:
            sys.exit(f"norma {' '.join(words)}: code {done.returncode}\n{done.stderr}")
        return done.stdout

    def path(self, name):
        return os.path.join(self.folder.name, name)

    def train(self, *options):
        """A run of a few steps, so that running statistics and γ, β have moved; its name."""
        self.count += 1
        name = f"run{self.count}"
        self.call("train", "--data", "data", "--batch-size", "40", "--steps", "5", "--lr", "0.03", "--quiet", "--out",
                  name, *options)
        return name

    def logits(self, name, images):
        """The first test images and what norma answers to them, in float32."""
        import numpy as np
        self.call("export", name, "--logits", f"{name}.npz", "--images", str(images), "--overwrite")
        with np.load(self.path(f"{name}.npz")) as file:
            return file["images"], file["logits"]


class Checks:
    """Counts what was checked; exit code 1 if something was wrong, or if nothing was checked."""

    def __init__(self):
        self.done = self.wrong = 0

    def __call__(self, ok, text):
        self.done += 1
        self.wrong += not ok
        print("  " if ok else "WRONG ", text)

    def close(self, what, found, wanted, tolerance):
        """Largest difference at most `tolerance` times the largest expected number."""
        import numpy as np
        same = found.shape == wanted.shape
        error = float(np.abs(found - wanted).max() / np.abs(wanted).max()) if same else float("nan")
        self(same and error <= tolerance, f"{what}: {error:.1e} of the largest, expected at most {tolerance:g}")

    def end(self):
        print(f"{self.done} checks, {self.wrong} wrong")
        sys.exit(1 if self.wrong or not self.done else 0)


def read_safetensors(path):
    """The arrays of a file, by the format's own page: header length, JSON header, values."""
    import numpy as np
    with open(path, "rb") as file:
        (length,) = struct.unpack("<Q", file.read(8))
        header = json.loads(file.read(length))
        data = file.read()
    arrays = {}
    for name, entry in header.items():
        if name == "__metadata__":
            continue
        begin, end = entry["data_offsets"]
        dtype = {"F32": "<f4", "I64": "<i8"}[entry["dtype"]]
        arrays[name] = np.frombuffer(data[begin:end], dtype).reshape(entry["shape"])
    return arrays
