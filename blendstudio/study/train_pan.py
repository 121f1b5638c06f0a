"""Trains PAN x2 from random weights on folders of photos; stop and start it as you like.

    python -m blendstudio.study.train_pan PHOTOS… -o pan_x2.safetensors [--check SET5]
    python -m blendstudio.study.train_pan --figures SET5 [--published PANx2_DF2K.pth]

The second line trains nothing: it prints the figures of the shipped weights, with others beside them.
Large photos are reduced first (JPEG noise and sensor softness go), then each gives pairs of a patch and its bicubic
half. L1 loss, Adam, cosine learning rate; the running average of the weights is what ships.
"""

import argparse
import math
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from safetensors.torch import save_file
from torch import Tensor
from torch.nn import functional as F

from blendstudio import api
from blendstudio.core.types import U8
from blendstudio.engine.nets.pan import Pan, from_state
from blendstudio.study.super_resolution import lines, measure, to_batch

SUFFIXES = {".png", ".jpg", ".jpeg"}
LARGEST = 1400  # long side, in pixels, to which big photos are reduced before training


@dataclass(frozen=True)
class Plan:
    """What one training run does: `patch` is the side of the small picture, `steps` the whole schedule."""

    steps: int = 6000
    batch: int = 12
    patch: int = 32
    rate: float = 1.2e-3
    seed: int = 1
    average: float = 0.998
    report: int = 50


@dataclass
class State:
    """Everything that a checkpoint keeps."""

    net: Pan
    shadow: Pan
    optimiser: torch.optim.Optimizer
    step: int = 0
    losses: list[float] = field(default_factory=list)


def half(photo: U8) -> U8:
    """The bicubic, antialiased half of an even-sized photo."""
    size = (photo.shape[1] // 2, photo.shape[0] // 2)
    return np.asarray(Image.fromarray(photo).resize(size, Image.Resampling.BICUBIC))


def read_photo(path: Path) -> U8:
    """RGB, even sides, at most LARGEST pixels long."""
    image = Image.open(path).convert("RGB")
    shrink = max(1, math.ceil(max(image.size) / LARGEST))
    image = image.reduce(shrink)
    return np.asarray(image.crop((0, 0, image.width // 2 * 2, image.height // 2 * 2)))


def read_pairs(folders: list[Path]) -> list[tuple[U8, U8]]:
    """(half, full) of every photo below the folders, in name order."""
    paths = sorted(p for folder in folders for p in folder.rglob("*") if p.suffix.lower() in SUFFIXES)
    photos = [read_photo(p) for p in paths]
    return [(half(photo), photo) for photo in photos]


def draw(pairs: list[tuple[U8, U8]], plan: Plan, rng: np.random.Generator) -> tuple[Tensor, Tensor]:
    """One batch, N×3×p×p and N×3×2p×2p in 0..1, photos chosen by area, flipped and turned at random."""
    areas = np.array([small.shape[0] * small.shape[1] for small, _ in pairs], float) ** 0.5
    small_patches, large_patches = [], []
    for index in rng.choice(len(pairs), plan.batch, p=areas / areas.sum()):
        small, large = pairs[index]
        y = int(rng.integers(small.shape[0] - plan.patch + 1))
        x = int(rng.integers(small.shape[1] - plan.patch + 1))
        turns, flip = int(rng.integers(4)), rng.random() < 0.5
        for source, scale, kept in ((small, 1, small_patches), (large, 2, large_patches)):
            side = plan.patch * scale
            patch = np.rot90(source[y * scale : y * scale + side, x * scale : x * scale + side], turns)
            kept.append(patch[:, ::-1] if flip else patch)
    return to_batch(small_patches), to_batch(large_patches)


def rate_at(step: int, plan: Plan) -> float:
    """Cosine from `plan.rate` to a hundredth of it, after a short warm-up."""
    warm = min(1.0, (step + 1) / 100)
    return plan.rate * warm * (0.01 + 0.99 * 0.5 * (1 + math.cos(math.pi * step / plan.steps)))


def begin(plan: Plan) -> State:
    """Random weights, small in the last layer so that the first output is the bilinear picture."""
    torch.manual_seed(plan.seed)
    net, shadow = Pan().to(memory_format=torch.channels_last), Pan()
    with torch.no_grad():
        for part in net.conv_last.parameters():
            part.mul_(0.1)
    shadow.load_state_dict(net.state_dict())
    return State(net, shadow, torch.optim.Adam(net.parameters(), plan.rate, betas=(0.9, 0.99)))


def train_step(state: State, batch: tuple[Tensor, Tensor], plan: Plan) -> float:
    """One update; returns the batch's mean absolute error in levels of 255."""
    for group in state.optimiser.param_groups:
        group["lr"] = rate_at(state.step, plan)
    loss = F.l1_loss(state.net(batch[0]), batch[1])
    state.optimiser.zero_grad()
    loss.backward()
    torch.nn.utils.clip_grad_norm_(state.net.parameters(), 1.0)
    state.optimiser.step()
    keep = min(plan.average, (state.step + 1) / (state.step + 10))
    with torch.no_grad():
        for slow, fast in zip(state.shadow.parameters(), state.net.parameters(), strict=True):
            slow.lerp_(fast, 1 - keep)
    state.step += 1
    return float(loss.detach()) * 255


def save_checkpoint(state: State, path: Path) -> None:
    """Weights, averages, optimiser and step, so that a run can go on."""
    parts = {"net": state.net, "shadow": state.shadow, "optimiser": state.optimiser}
    torch.save({name: part.state_dict() for name, part in parts.items()} | {"step": state.step}, path)


def resume(state: State, path: Path) -> None:
    """Puts a checkpoint of `save_checkpoint` into `state`."""
    kept = torch.load(path, map_location="cpu", weights_only=True)
    state.net.load_state_dict(kept["net"])
    state.shadow.load_state_dict(kept["shadow"])
    state.optimiser.load_state_dict(kept["optimiser"])
    state.step = int(kept["step"])


def run(plan: Plan, folders: list[Path], out: Path, check: Path | None, say: Callable[[str], None]) -> None:
    """Trains to the end of the plan, writing `out` and a checkpoint beside it as it goes."""
    checkpoint = out.with_suffix(".ckpt")
    state = begin(plan)
    if checkpoint.exists():
        resume(state, checkpoint)
    pairs = read_pairs(folders)
    rng = np.random.default_rng(plan.seed + state.step)
    started, first = time.monotonic(), state.step
    while state.step < plan.steps:
        state.losses.append(train_step(state, draw(pairs, plan, rng), plan))
        if state.step % plan.report == 0:
            pace = (time.monotonic() - started) / (state.step - first)
            say(f"step {state.step} loss {np.mean(state.losses[-plan.report :]):.3f} {pace:.2f} s/step")
        if state.step % (plan.report * 10) == 0 or state.step == plan.steps:
            save_checkpoint(state, checkpoint)
            save_file(state.shadow.state_dict(), out)
            if check:
                say(f"Set5 Y-PSNR {measure(state.shadow.eval(), check):.2f} dB")


def _published(path: Path) -> Pan:
    return from_state(torch.load(path, map_location="cpu", weights_only=True), scale=2)


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def main() -> None:
    """Reads the command line and trains."""
    parser = argparse.ArgumentParser(description="Train PAN x2 on folders of photos.")
    parser.add_argument("photos", nargs="*", type=Path, help="folders of PNG and JPEG photos")
    parser.add_argument("-o", "--out", type=Path, help="the safetensors to write")
    parser.add_argument("--check", type=Path, help="a folder with HR and LRx2, measured on the way")
    parser.add_argument("--steps", type=int, default=Plan.steps, help=f"of the whole schedule ({Plan.steps})")
    parser.add_argument("--figures", type=Path, help="a folder with HR and LRx2: measure the shipped weights on it")
    parser.add_argument("--published", type=Path, help="the published checkpoint, to measure beside them")
    options = parser.parse_args()
    if options.figures:
        beside = _published(options.published) if options.published else None
        for line in lines(options.figures, api.nets("auto", "auto"), beside):
            _say(line)
        return
    if not options.photos or not options.out:
        parser.error("name the folders of photos and, with -o, the file to write")
    run(Plan(steps=options.steps), options.photos, options.out, options.check, _say)


if __name__ == "__main__":
    main()
