"""How good an enlargement by two is: Y-PSNR on Set5's layout, tiles against the whole picture, and time."""

import math
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from torch import Tensor, nn

from blendstudio.core.types import F32, U8, floats
from blendstudio.engine import registry
from blendstudio.engine.job import Progress
from blendstudio.engine.kinds import Models, UpscaleTask
from blendstudio.engine.tensors import to_picture, to_tensor


def to_batch(patches: list[U8]) -> Tensor:
    """N×3×H×W in 0..1."""
    batch = torch.from_numpy(np.stack(patches)).permute(0, 3, 1, 2)
    return batch.float().contiguous(memory_format=torch.channels_last) / 255


def luma(batch: Tensor) -> Tensor:
    """BT.601 Y in 16..235 of N×3×H×W RGB in 0..1, the plane on which super-resolution is measured."""
    return 16 + 65.481 * batch[:, 0] + 128.553 * batch[:, 1] + 24.966 * batch[:, 2]


def y_psnr(result: Tensor, truth: Tensor, border: int = 2) -> float:
    """Decibels on Y, without `border` pixels, both pictures rounded to 8 bits."""
    both = [luma((x.clamp(0, 1) * 255).round() / 255)[..., border:-border, border:-border] for x in (result, truth)]
    return 10 * math.log10(255**2 / float(((both[0] - both[1]) ** 2).mean()))


def measure(net: Callable[[Tensor], Tensor] | None, folder: Path) -> float:
    """Mean Y-PSNR over folder/HR and folder/LRx2 (Set5's layout); bicubic when `net` is None."""
    scores = []
    for path in sorted((folder / "HR").glob("*.png")):
        small_path = folder / "LRx2" / f"{path.stem}x2.png"
        small = Image.open(small_path).convert("RGB")
        double = (small.width * 2, small.height * 2)
        truth = to_batch([np.asarray(Image.open(path).convert("RGB").crop((0, 0, *double)))])
        with torch.inference_mode():
            if net:
                result = net(to_batch([np.asarray(small)]))
            else:
                result = to_batch([np.asarray(small.resize(double, Image.Resampling.BICUBIC))])
        scores.append(y_psnr(result, truth))
    return float(np.mean(scores))


def lines(set5: Path, models: Models, published: nn.Module | None) -> Iterator[str]:
    """The figures, one line each."""
    yield f"{'bicubic':<28}{measure(None, set5):6.2f} dB"
    for title, ensemble in (("these weights", "off"), ("these weights, ensemble", "on")):
        yield f"{title:<28}{measure(Enlarge(models, ensemble), set5):6.2f} dB"
    if published:
        yield f"{'the published weights':<28}{measure(published, set5):6.2f} dB"
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
