"""Measures PAN x2 on Set5, with bicubic and, if you have them, the published weights beside it.

    python -m blendstudio.study.check_pan SET5 [--published PANx2_DF2K.pth]

Y-PSNR on SET5/HR and SET5/LRx2 without a border of two pixels; seconds per megapixel of result and the difference
between tiles and the whole picture on the largest photo of SET5/HR.
"""

import argparse
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from blendstudio import api
from blendstudio.core.types import F32, floats
from blendstudio.engine import registry
from blendstudio.engine.job import Progress
from blendstudio.engine.kinds import Models, UpscaleTask
from blendstudio.engine.nets import pan
from blendstudio.engine.tensors import to_picture, to_tensor
from blendstudio.study.train_pan import measure


def lines(set5: Path, models: Models, published: Path | None) -> Iterator[str]:
    """The figures, one line each."""
    yield f"{'bicubic':<28}{measure(None, set5):6.2f} dB"
    for title, ensemble in (("these weights", "off"), ("these weights, ensemble", "on")):
        yield f"{title:<28}{measure(Enlarge(models, ensemble), set5):6.2f} dB"
    if published:
        state = torch.load(published, map_location="cpu", weights_only=True)
        yield f"{'the published weights':<28}{measure(pan.from_state(state, scale=2), set5):6.2f} dB"
    else:
        yield f"{'the published weights':<28}not run: weights absent"
    yield from _tiles(set5, models)


class Enlarge:
    """The program's own method, pictures of N = 1 in and out as the measurement wants them."""

    def __init__(self, models: Models, ensemble: str) -> None:
        self._models, self._entry = models, registry.find("upscale", "pan")
        self._params = registry.params(self._entry, values={"ensemble": ensemble})

    def __call__(self, small: Tensor) -> Tensor:
        """1×3×H×W -> 1×3×2H×2W in 0..1."""
        return to_tensor(self.picture(to_picture(small)), small.device)

    def picture(self, rgb: F32) -> F32:
        """H×W×3 -> 2H×2W×3 in 0..1."""
        return self._entry.call(UpscaleTask(rgb, 2), self._params, self._models, Progress())


def _tiles(set5: Path, models: Models) -> Iterator[str]:
    photos = [np.asarray(Image.open(path).convert("RGB")) for path in sorted((set5 / "HR").glob("*.png"))]
    photo = floats(max(photos, key=lambda x: x.size), 255)
    net = models.net("upscale")
    began = time.perf_counter()
    tiled = Enlarge(models, "off").picture(photo)
    seconds = time.perf_counter() - began
    with torch.inference_mode():
        whole = to_picture(net(to_tensor(photo, next(net.parameters()).device)))
    yield f"{'tiles against the whole':<28}{np.abs(tiled - whole).max():.1e} of 1, {photo.shape[1]}×{photo.shape[0]}"
    yield f"{'seconds per megapixel':<28}{seconds / (tiled.shape[0] * tiled.shape[1] / 1e6):6.2f}"


def main() -> None:
    """Reads the command line and measures."""
    parser = argparse.ArgumentParser(description="Measure PAN x2 on Set5.")
    parser.add_argument("set5", type=Path, help="a folder with HR and LRx2")
    parser.add_argument("--published", type=Path, help="the published checkpoint, to measure beside ours")
    options = parser.parse_args()
    for line in lines(options.set5, api.nets("auto", "auto"), options.published):
        sys.stdout.write(line + "\n")


if __name__ == "__main__":
    main()
