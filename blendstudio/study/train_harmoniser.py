"""Trains the harmoniser on folders of photos, and measures it by cross-validation.

    python -m blendstudio.study.train_harmoniser FOLDER… -o harmoniser.safetensors
    python -m blendstudio.study.train_harmoniser FOLDER… --figures MASKS

A folder with dataset.json brings its own masks; in other folders what is salient is masked. The second line trains
five times and measures each time on the photos of MASKS that were left out; give both to do both. The samples are kept
beside the weights, so that a run that was stopped goes on from them.
"""

import argparse
import hashlib
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import torch
from safetensors import safe_open
from safetensors.torch import load_file, save_file
from torch import Tensor
from torch.nn import functional as F

from blendstudio import api
from blendstudio.core.types import F32, U8, floats
from blendstudio.engine.correction import undone
from blendstudio.engine.nets.harmoniser import Harmoniser
from blendstudio.study.harmoniser_figures import measure, summary
from blendstudio.study.harmoniser_samples import Photo, Samples, make_samples, read_photos

FLOOR = 3.2e-5  # mean squared difference, in 0..1, below which nobody sees one: 45 dB
FOLDS = 5
THUMB, SAME = 24, 3.0  # pixels, levels: thumbnails that differ by less on average are of one photo


@dataclass(frozen=True)
class Plan:
    """What one training does. `harm` and `grave` are what losing more than 0.3 and 2 dB costs, per dB²."""

    samples: int = 120
    members: int = 6
    epochs: int = 10
    batch: int = 256
    width: int = 128
    axes: int = 64
    dropout: float = 0.4
    noise: float = 0.1
    rate: float = 1.5e-3
    decay: float = 0.1
    harm: float = 0.03
    grave: float = 0.1
    drawn: float = 1.5
    seed: int = 1


@dataclass(frozen=True)
class Lesson:
    """What a training reads: inputs N×I, pixels N×K×3 uint8 as pasted and as they were, weights N that sum to 1."""

    inputs: Tensor
    pasted: Tensor
    truth: Tensor
    weights: Tensor


def begin(taught: Sequence[Samples], plan: Plan) -> Harmoniser:
    """An untrained net whose standard units and main axes are those of the samples."""
    rows = torch.from_numpy(np.concatenate([one.rows for one in taught]))
    deep = torch.from_numpy(np.concatenate([one.deep for one in taught]))
    torch.manual_seed(plan.seed)
    axes = min(plan.axes, deep.shape[1])
    net = Harmoniser(rows.shape[1], deep.shape[1], axes, plan.width, plan.members, plan.dropout)
    net.centre, net.spread = rows.mean(0), rows.std(0) + 1e-3
    net.deep_centre, net.deep_spread = deep.mean(0), deep.std(0) + 1e-2
    units = ((deep - net.deep_centre) / net.deep_spread).clamp(-5, 5)
    _, _, found = torch.pca_lowrank(units[torch.randperm(len(units))[:8000]], axes, center=False)
    net.axes = found / ((units @ found).std(0) + 1e-6) * 0.5
    return net


def lesson(net: Harmoniser, photos: Sequence[Photo], taught: Sequence[Samples], plan: Plan) -> Lesson:
    """The samples as the members read them; every photo counts the same, hand-drawn masks more."""
    rows = torch.from_numpy(np.concatenate([one.rows for one in taught]))
    deep = torch.from_numpy(np.concatenate([one.deep for one in taught]))
    worth = [
        np.full(len(one.rows), (plan.drawn if photo.drawn else 1.0) / len(one.rows))
        for photo, one in zip(photos, taught, strict=True)
    ]
    weights = torch.from_numpy(np.concatenate(worth))
    with torch.inference_mode():
        inputs = net.inputs(rows, deep)
    pasted = torch.from_numpy(np.concatenate([one.pasted for one in taught]))
    truth = torch.from_numpy(np.concatenate([one.truth for one in taught]))
    return Lesson(inputs.clone(), pasted, truth, weights / weights.sum())


def lost(change: Tensor, pasted: Tensor, truth: Tensor) -> Tensor:
    """N decibels by which undoing N×5 changes takes N×K×3 pixels in 0..1 away from the truth; negative is a gain."""
    before = ((pasted - truth) ** 2).mean((1, 2))
    after = ((undone(pasted, change) - truth) ** 2).mean((1, 2))
    return 10 * torch.log10((after + FLOOR) / (before + FLOOR))


def regret(change: Tensor, pasted: Tensor, truth: Tensor, plan: Plan) -> Tensor:
    """The loss: mean decibels lost, and more for harm."""
    decibels = lost(change, pasted, truth)
    harm = plan.harm * F.relu(decibels - 0.3) ** 2 + plan.grave * F.relu(decibels - 2) ** 2
    return (decibels + harm).mean()


def train_step(
    member: torch.nn.Module, optimiser: torch.optim.Optimizer, taught: Lesson, chosen: Tensor, plan: Plan
) -> float:
    """One update on the chosen samples; returns the loss."""
    inputs = taught.inputs[chosen] + plan.noise * torch.randn(len(chosen), taught.inputs.shape[1])
    few = torch.randint(0, taught.pasted.shape[1], (48,))
    pasted, truth = (values[chosen][:, few].float() / 255 for values in (taught.pasted, taught.truth))
    loss = regret(member(inputs), pasted, truth, plan)
    optimiser.zero_grad()
    loss.backward()
    torch.nn.utils.clip_grad_norm_(member.parameters(), 1.0)
    optimiser.step()
    return float(loss.detach())


def train_member(member: torch.nn.Module, taught: Lesson, plan: Plan, seed: int) -> list[float]:
    """All updates of one member; returns their losses."""
    torch.manual_seed(seed)
    steps = max(1, plan.epochs * len(taught.inputs) // plan.batch)
    optimiser = torch.optim.AdamW(member.parameters(), plan.rate, weight_decay=plan.decay)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, plan.rate, total_steps=steps, pct_start=0.15)
    losses = []
    member.train()
    for _ in range(steps):
        chosen = torch.multinomial(taught.weights, plan.batch, replacement=True)
        losses.append(train_step(member, optimiser, taught, chosen, plan))
        schedule.step()
    return losses


def train(photos: Sequence[Photo], taught: Sequence[Samples], plan: Plan) -> Harmoniser:
    """A trained net."""
    net = begin(taught, plan)
    read = lesson(net, photos, taught, plan)
    for number, member in enumerate(net.members):
        train_member(member, read, plan, plan.seed + number)
    return net.eval()


def samples_beside(path: Path, photos: list[Photo], plan: Plan) -> list[Samples | None]:
    """The photos' samples, from `path` where an earlier run left those of the same photos, else made and left there."""
    made_of = hashlib.sha256(repr((plan.samples, plan.seed, [photo.id for photo in photos])).encode()).hexdigest()
    if path.is_file():
        with safe_open(path, "pt") as file:
            fresh = (file.metadata() or {}).get("made_of") == made_of
        if fresh:
            kept = load_file(path)
            return [_kept(kept, number) for number in range(len(photos))]
    made = make_samples(photos, plan.samples, plan.seed)
    tensors = {
        f"{number}/{name}": torch.from_numpy(np.ascontiguousarray(values))
        for number, one in enumerate(made)
        if one is not None
        for name, values in one._asdict().items()
    }
    save_file(tensors, path, {"made_of": made_of})
    return made


def _kept(tensors: dict[str, Tensor], number: int) -> Samples | None:
    if f"{number}/rows" not in tensors:  # too small a photo
        return None
    return Samples(*(tensors[f"{number}/{name}"].numpy() for name in Samples._fields))


def run(plan: Plan, folders: list[Path], out: Path | None, figures: Path | None, say: Callable[[str], None]) -> None:
    """Trains once on everything and writes `out`, or measures on the photos of `figures`, each left out once."""
    models = api.nets("auto", "auto")
    photos = [photo for folder in folders for photo in read_photos(folder, models.net("saliency"), say)]
    made = (
        samples_beside(out.with_suffix(".samples"), photos, plan)
        if out
        else make_samples(photos, plan.samples, plan.seed)
    )
    pairs = [(photo, one) for photo, one in zip(photos, made, strict=True) if one is not None]
    say(f"{len(pairs)} photos, {sum(len(one.rows) for _, one in pairs)} samples")
    if out:
        started = time.monotonic()
        save_file(train(*_columns(pairs), plan).state_dict(), out)
        say(f"trained in {time.monotonic() - started:.0f} s")
    if figures:
        cross_validate(pairs, figures, plan, say)


def _columns(pairs: Sequence[tuple[Photo, Samples]]) -> tuple[list[Photo], list[Samples]]:
    return [photo for photo, _ in pairs], [one for _, one in pairs]


def same_pictures(held: Sequence[Photo], seen: Sequence[Photo]) -> list[str]:
    """“id = id” of every photo that is in both, under whatever name and at whatever size."""
    thumbs = [_thumb(photo.rgb) for photo in seen]
    return [
        f"{one.id} = {other.id}"
        for one in held
        for other, thumb in zip(seen, thumbs, strict=True)
        if np.abs(_thumb(one.rgb) - thumb).mean() < SAME
    ]


def _thumb(rgb: U8) -> F32:
    return floats(cv2.resize(rgb, (THUMB, THUMB), interpolation=cv2.INTER_AREA))


def cross_validate(pairs: list[tuple[Photo, Samples]], folder: Path, plan: Plan, say: Callable[[str], None]) -> None:
    """Five trainings; each is measured on a fifth of the folder's photos, none of which it saw."""
    models = api.nets("auto", "auto")
    measured = read_photos(folder, models.net("saliency"), say)
    ids = sorted(photo.id for photo in measured)
    np.random.default_rng(0).shuffle(ids)
    folds = [set(ids[start::FOLDS]) for start in range(FOLDS)]
    seen = [[pair for pair in pairs if pair[0].id not in held] for held in folds]
    for held, rest in zip(folds, seen, strict=True):
        if twins := same_pictures([one for one in measured if one.id in held], _columns(rest)[0]):
            raise SystemExit(f"measured by weights that saw them: {twins}")
    rows = []
    for number, (held, rest) in enumerate(zip(folds, seen, strict=True), 1):
        say(f"fold {number}: trained on {len(rest)} photos, measured on {' '.join(sorted(held))}")
        net = train(*_columns(rest), plan)
        rows += measure(net, [photo for photo in measured if photo.id in held], models)
    for line in summary(rows):
        say(line)


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def main() -> None:
    """Reads the command line; trains or measures."""
    parser = argparse.ArgumentParser(description="Train the harmoniser on folders of photos.")
    parser.add_argument("folders", nargs="+", type=Path, help="folders of photos, with or without dataset.json")
    parser.add_argument("-o", "--out", type=Path, help="the safetensors to write")
    parser.add_argument("--figures", type=Path, help="a folder with dataset.json: cross-validate on its photos")
    parser.add_argument("--members", type=int, default=Plan.members, help=f"nets that vote ({Plan.members})")
    options = parser.parse_args()
    if not options.out and not options.figures:
        parser.error("name the file to write with -o, or the folder to measure on with --figures")
    run(Plan(members=options.members), options.folders, options.out, options.figures, _say)


if __name__ == "__main__":
    main()
