"""Trains the harmoniser on folders of photos, and measures it by cross-validation.

    python -m blendstudio.study.train_harmoniser FOLDER… -o harmoniser.safetensors
    python -m blendstudio.study.train_harmoniser FOLDER… -o harmoniser.safetensors --figures MASKS

A folder with dataset.json brings its own masks; in others what is salient is masked, and regions of like colour.
The second line trains five times more and measures each time on the photos of MASKS that were left out. Samples and
nets are kept beside the weights, so that a run that was stopped goes on from them.
"""

import argparse
import hashlib
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import torch
from safetensors import safe_open
from safetensors.torch import save_file
from torch import Tensor

from blendstudio import api
from blendstudio.core.types import F32, U8, floats
from blendstudio.engine.nets.harmoniser import Harmoniser, load
from blendstudio.study.harmoniser_figures import measure, summary
from blendstudio.study.harmoniser_samples import TURNS, Photo, Samples, make_samples, read_photos

FOLDS = 5
THUMB, SAME = 24, 3.0  # pixels, levels: thumbnails that differ by less on average are of one photo
MAIN = 256  # main axes of the features among which those that betray a mismatch are sought


@dataclass(frozen=True)
class Plan:
    """What one training does; `axes` of the deep features tell photos apart, `betraying` tell mismatches."""

    drawn_samples: int = 96
    samples: int = 40
    members: int = 6
    steps: int = 600
    batch: int = 192
    width: int = 128
    axes: int = 128
    betraying: int = 48
    dropout: float = 0.4
    noise: float = 0.15
    rate: float = 1.5e-3
    decay: float = 0.1
    drawn: float = 1.5
    seed: int = 1


@dataclass(frozen=True)
class Lesson:
    """What a training reads: inputs N×I, changes N×5, weights N."""

    inputs: Tensor
    changes: Tensor
    weights: Tensor


def begin(taught: Sequence[Samples], plan: Plan) -> Harmoniser:
    """An untrained net whose standard units and axes are those of the samples."""
    rows = torch.from_numpy(np.concatenate([one.rows for one in taught]))
    deep = torch.from_numpy(np.concatenate([one.deep for one in taught])).float()
    torch.manual_seed(plan.seed)
    net = Harmoniser(rows.shape[1], deep.shape[1], plan.axes + plan.betraying, plan.width, plan.members)
    net.centre, net.spread = rows.mean(0), rows.std(0) + 1e-3
    net.deep_centre, net.deep_spread = deep.mean(0), deep.std(0) + 1e-2
    net.axes = directions(((deep - net.deep_centre) / net.deep_spread).clamp(-5, 5), plan)
    return net


def directions(units: Tensor, plan: Plan) -> Tensor:
    """D×axes of N×D features in standard units, TURNS rows of each view: the main ones, then those that betray most.

    A direction betrays as much as it varies within the views, where only the object's light does, against how it
    varies over all (Fisher's discriminant, the other way round).
    """
    _, _, main = torch.pca_lowrank(units, min(MAIN, *units.shape), center=False)
    along = units @ main
    views = along.unflatten(0, (-1, TURNS))
    within = (views - views.mean(1, keepdim=True)).flatten(0, 1)
    whole = along.T @ along / len(along) + 0.1 * torch.eye(along.shape[1])
    lower = torch.linalg.inv(torch.linalg.cholesky(whole))
    _, found = torch.linalg.eigh(lower @ (within.T @ within / len(along)) @ lower.T)
    chosen = torch.cat([main[:, : plan.axes], main @ lower.T @ found[:, -plan.betraying :]], 1)
    scale = torch.tensor([0.5] * min(plan.axes, main.shape[1]) + [0.7] * (chosen.shape[1] - plan.axes))
    return chosen / ((units @ chosen).std(0) + 1e-6) * scale


def lesson(net: Harmoniser, photos: Sequence[Photo], taught: Sequence[Samples], plan: Plan) -> Lesson:
    """The samples as the members read them; a photo counts as the root of its samples, hand-drawn masks more."""
    rows = torch.from_numpy(np.concatenate([one.rows for one in taught]))
    deep = torch.from_numpy(np.concatenate([one.deep for one in taught])).float()
    changes = torch.from_numpy(np.concatenate([one.change for one in taught]))
    worth = [
        np.full(len(one.rows), (plan.drawn if photo.drawn else 1.0) / len(one.rows) ** 0.5)
        for photo, one in zip(photos, taught, strict=True)
    ]
    with torch.no_grad():
        inputs = net.inputs(rows, deep)
    return Lesson(inputs, changes, torch.from_numpy(np.concatenate(worth)))


def steps(net: Harmoniser, taught: Lesson, plan: Plan) -> Iterator[float]:
    """Every update of a training, one at a time: the loss, which is how much the true changes surprise the members."""
    torch.manual_seed(plan.seed)
    members = len(net.layers[0])
    optimiser = torch.optim.AdamW(net.parameters(), plan.rate, weight_decay=plan.decay)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, plan.rate, total_steps=plan.steps, pct_start=0.15)
    for _ in range(plan.steps):
        drawn = torch.multinomial(taught.weights, members * plan.batch, replacement=True).reshape(members, -1)
        inputs = taught.inputs[drawn]
        opinions = net.answers(inputs + plan.noise * torch.randn_like(inputs), plan.dropout)
        loss = opinions.surprise(taught.changes[drawn]).mean()
        optimiser.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(net.parameters(), 3.0)
        optimiser.step()
        schedule.step()
        yield float(loss.detach())


def train(photos: Sequence[Photo], taught: Sequence[Samples], plan: Plan) -> Harmoniser:
    """A trained net, in halves of single precision as it is kept."""
    net = begin(taught, plan)
    for _ in steps(net, lesson(net, photos, taught, plan), plan):
        pass
    return net.half().float().eval()


def run(plan: Plan, folders: list[Path], out: Path, figures: Path | None, say: Callable[[str], None]) -> None:
    """Trains on everything and writes `out`; then measures on the photos of `figures`, each left out once."""
    torch.set_num_threads(1)  # waiting for a second core that others use costs more than it brings
    photos = [photo for folder in folders for photo in read_photos(folder)]
    made = make_samples(photos, (plan.drawn_samples, plan.samples), plan.seed, out.with_suffix(".samples"))
    pairs = [(photo, one) for photo, one in zip(photos, made, strict=True) if one is not None]
    say(f"{len(pairs)} photos, {sum(len(one.rows) for _, one in pairs)} samples")
    trained_once(out, pairs, plan, say)
    if figures:
        cross_validate(pairs, figures, out, plan, say)


def trained_once(
    path: Path, pairs: Sequence[tuple[Photo, Samples]], plan: Plan, say: Callable[[str], None]
) -> Harmoniser:
    """The net in `path` where an earlier run left it with the same plan and the same photos, else trained and left."""
    made_of = hashlib.sha256(repr((plan, [photo.id for photo, _ in pairs])).encode()).hexdigest()
    if path.is_file():
        with safe_open(path, "pt") as file:
            if (file.metadata() or {}).get("made_of") == made_of:
                return load(path)
    started = time.monotonic()
    net = train(*_columns(pairs), plan)
    save_file({name: value.half() for name, value in net.state_dict().items()}, path, {"made_of": made_of})
    say(f"trained on {len(pairs)} photos in {time.monotonic() - started:.0f} s")
    return net


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


def cross_validate(
    pairs: list[tuple[Photo, Samples]], folder: Path, out: Path, plan: Plan, say: Callable[[str], None]
) -> None:
    """Five trainings; each is measured on a fifth of the folder's photos, none of which it saw."""
    models = api.nets("auto", "auto")
    models.net("words")
    torch.set_num_threads(1)  # loading a net asked for all of them
    measured = read_photos(folder)
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
        net = trained_once(out.with_suffix(f".fold{number}"), rest, plan, say)
        rows += measure(net, [photo for photo in measured if photo.id in held], models)
    for line in summary(rows):
        say(line)


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def main() -> None:
    """Reads the command line; trains, and measures."""
    parser = argparse.ArgumentParser(description="Train the harmoniser on folders of photos.")
    parser.add_argument("folders", nargs="+", type=Path, help="folders of photos, with or without dataset.json")
    parser.add_argument("-o", "--out", type=Path, required=True, help="the safetensors to write")
    parser.add_argument("--figures", type=Path, help="a folder with dataset.json: cross-validate on its photos")
    options = parser.parse_args()
    run(Plan(), options.folders, options.out, options.figures, _say)


if __name__ == "__main__":
    main()
