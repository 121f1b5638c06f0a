"""Trains the judge that tells paintings from photos, and measures it on pictures left out.

    python -m blendstudio.study.train_painting --photos FOLDER… --paintings FOLDER… -o painting.safetensors
        [--figures] [--check FOLDER]

`--figures` trains twenty times, each time without a twentieth of the works, and measures on those; parts of one work
are left out together, and so is what was painted over a photo. `--check` judges the pictures of a folder never used
for training. The samples are kept beside the weights, so that a run that was stopped goes on from them.
"""

import argparse
import hashlib
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from safetensors import safe_open
from safetensors.torch import load_file, save_file
from torch import Tensor
from torch.nn import functional as F

from blendstudio import api
from blendstudio.core.types import F32, floats
from blendstudio.engine.nets.painting import Painting
from blendstudio.engine.painting import painted
from blendstudio.engine.saliency import reduced
from blendstudio.study.painting_samples import Picture, Samples, distinct, make_samples, read_pictures

FOLDS = 20
SIDES = (1200, 512, 256)  # pixels of the long side at which pictures are checked
Say = Callable[[str], None]


@dataclass(frozen=True)
class Plan:
    """What one training does: windows per picture; what windows of each kind weigh, in sum; the penalty on weights."""

    windows: int = 4
    photo: float = 0.55
    painting: float = 0.3
    synthetic: float = 0.15
    decay: float = 3e-3
    steps: int = 60
    seed: int = 1


@dataclass(frozen=True)
class Folders:
    """Where the pictures are."""

    photos: list[Path]
    paintings: list[Path]


@dataclass(frozen=True)
class Lesson:
    """What a training reads: textures N×D, whether they are painted N (0 or 1), weights N that sum to 1."""

    inputs: Tensor
    truth: Tensor
    weights: Tensor


def lesson(pictures: Sequence[Picture], made: Sequence[Samples], plan: Plan) -> Lesson:
    """The samples as one table, in which every work of a kind counts the same."""
    parts: list[F32] = []
    truth: list[float] = []
    works: list[tuple[str, str]] = []
    for picture, one in zip(pictures, made, strict=True):
        kind = "painting" if picture.painting else "photo"
        for name, rows in ((kind, np.concatenate([one.whole, one.windows])), ("synthetic", one.synthetic)):
            parts.append(rows)
            truth += [float(name != "photo")] * len(rows)
            works += [(name, picture.work)] * len(rows)
    sizes = {work: works.count(work) for work in set(works)}
    kinds = {kind: sum(name == kind for name, _ in sizes) for kind, _ in sizes}
    shares = {"photo": plan.photo, "painting": plan.painting, "synthetic": plan.synthetic}
    weights = torch.tensor([shares[work[0]] / kinds[work[0]] / sizes[work] for work in works])
    inputs = torch.from_numpy(np.concatenate(parts))
    return Lesson(inputs, torch.tensor(truth), weights / weights.sum())


def begin(taught: Lesson) -> Painting:
    """An untrained judge whose standard units are those of the samples."""
    net = Painting(taught.inputs.shape[1])
    net.centre, net.spread = taught.inputs.mean(0), taught.inputs.std(0) + 1e-3
    return net


def doubt(net: Painting, taught: Lesson, plan: Plan) -> Tensor:
    """The loss: weighted cross entropy, and the penalty on large weights."""
    entropy = F.binary_cross_entropy_with_logits(net(taught.inputs), taught.truth, taught.weights, reduction="sum")
    return entropy + plan.decay * (net.odds.weight**2).sum()


def train(taught: Lesson, plan: Plan) -> Painting:
    """A trained judge: the minimum of a convex loss, found by L-BFGS."""
    net = begin(taught)
    optimiser = torch.optim.LBFGS(net.odds.parameters(), max_iter=plan.steps, line_search_fn="strong_wolfe")

    def closure() -> Tensor:
        optimiser.zero_grad()
        loss = doubt(net, taught, plan)
        loss.backward()
        return loss

    optimiser.step(closure)
    return net.eval()


def samples_beside(path: Path, pictures: list[Picture], plan: Plan) -> list[Samples]:
    """The pictures' samples, from `path` where an earlier run left those of the same pictures, else made and left."""
    described = repr((plan.windows, plan.seed, [(one.id, one.rgb.shape) for one in pictures]))
    made_of = hashlib.sha256(described.encode()).hexdigest()
    if path.is_file():
        with safe_open(path, "pt") as file:
            fresh = (file.metadata() or {}).get("made_of") == made_of
        if fresh:
            kept = load_file(path)
            return [
                Samples(*(kept[f"{number}/{name}"].numpy() for name in Samples._fields))
                for number in range(len(pictures))
            ]
    made = make_samples(pictures, plan.windows, plan.seed)
    tensors = {
        f"{number}/{name}": torch.from_numpy(values)
        for number, one in enumerate(made)
        for name, values in one._asdict().items()
    }
    save_file(tensors, path, {"made_of": made_of})
    return made


def judged(net: Painting, rows: F32) -> F32:
    """N×D textures -> N likelihoods of paint."""
    with torch.inference_mode():
        return torch.sigmoid(net(torch.from_numpy(rows))).numpy()


def cross_validate(pictures: Sequence[Picture], made: Sequence[Samples], plan: Plan, say: Say) -> None:
    """Twenty trainings; says what share of the works left out are judged right, and which are not."""
    works = sorted({one.work for one in pictures})
    np.random.default_rng(0).shuffle(works)
    fold = {work: number % FOLDS for number, work in enumerate(works)}
    found: dict[tuple[str, bool], list[float]] = {}
    for number in range(FOLDS):
        rest = [n for n, one in enumerate(pictures) if fold[one.work] != number]
        net = train(lesson([pictures[n] for n in rest], [made[n] for n in rest], plan), plan)
        for picture, one in zip(pictures, made, strict=True):
            if fold[picture.work] != number:
                continue
            whole = float(judged(net, one.whole)[0])
            for name, rows in one._asdict().items():
                if len(rows):
                    found.setdefault((name, picture.painting), []).extend(judged(net, rows).tolist())
            if (whole > 0.5) != picture.painting:
                say(f"wrong: {picture.id} {whole:.2f}")
    for (name, painting), scores in sorted(found.items()):
        right = np.mean([(score > 0.5) == (painting or name == "synthetic") for score in scores])
        say(f"{'paintings' if painting else 'photos'}, {name}: {right:.1%} of {len(scores)} right")


def check(net: Painting, folder: Path, say: Say) -> None:
    """Judges every picture of a folder at several sizes."""
    words = api.nets("auto", "auto").net("words")
    for picture in read_pictures(folder, painting=True, say=say):
        scores = [painted(floats(reduced(picture.rgb, side), 255), words, net) for side in SIDES]
        say(f"{picture.id}: {' '.join(f'{score:.2f}' for score in scores)}")


def run(plan: Plan, folders: Folders, out: Path, checks: Sequence[Path], say: Say, *, figures: bool) -> None:
    """Trains on everything and writes `out`; then measures on works left out, and on the pictures of `checks`."""
    photos = [one for folder in folders.photos for one in read_pictures(folder, painting=False, say=say)]
    paintings = [one for folder in folders.paintings for one in read_pictures(folder, painting=True, say=say)]
    pictures = distinct(photos + paintings)
    made = samples_beside(out.with_suffix(".samples"), pictures, plan)
    taught = lesson(pictures, made, plan)
    say(f"{len(pictures)} pictures, {len(taught.inputs)} samples")
    net = train(taught, plan)
    save_file(net.state_dict(), out)
    if figures:
        cross_validate(pictures, made, plan, say)
    for folder in checks:
        check(net, folder, say)


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def main() -> None:
    """Reads the command line; trains, and measures where asked."""
    parser = argparse.ArgumentParser(description="Train the judge that tells paintings from photos.")
    parser.add_argument("--photos", nargs="+", type=Path, required=True, help="folders of photos")
    parser.add_argument("--paintings", nargs="+", type=Path, required=True, help="folders of paintings and drawings")
    parser.add_argument("-o", "--out", type=Path, required=True, help="the safetensors to write")
    parser.add_argument("--figures", action="store_true", help="measure on works left out")
    parser.add_argument("--check", nargs="+", type=Path, default=[], help="folders of pictures to judge")
    options = parser.parse_args()
    folders = Folders(options.photos, options.paintings)
    run(Plan(), folders, options.out, options.check, _say, figures=options.figures)


if __name__ == "__main__":
    main()
