"""Mask R-CNN (He et al., 2017), which the paper compares its masks with (Fig. 3): instances of the 80 COCO classes."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from blendstudio.core.geometry import Point
from blendstudio.core.masking import bounds
from blendstudio.core.params import knob
from blendstudio.core.types import U8
from blendstudio.engine.job import Progress
from blendstudio.engine.kinds import Candidate, DetectTask, Models, SegmentTask
from blendstudio.engine.methods.starter_mask import check
from blendstudio.engine.phrases import meant, read
from blendstudio.engine.registry import method
from blendstudio.errors import NothingFound, UnknownWord, short

STAGE = "Looking for instances"


@dataclass(frozen=True)
class MaskRcnnKnobs:
    """Knobs of Mask R-CNN."""

    least: float = knob(0.05, 0.0, 1.0, "Found from", "Instances with a lower score are left out.")
    sure: float = knob(0.5, 0.0, 1.0, "Sure from", "Instances with a lower score are marked as not sure.")
    alternatives: int = knob(9, 1, 50, "Alternatives", "How many instances are offered.")


@method("detect", "mask-rcnn", "Mask R-CNN", MaskRcnnKnobs, needs=("instances",), tier="paper", rival=True)
def detect(task: DetectTask, params: MaskRcnnKnobs, models: Models, progress: Progress) -> list[Candidate]:
    """Instances of the classes that the text names, with masks, best first.

    Raises UsageError for an empty text, UnknownWord for a word that is no COCO class, NothingFound.
    """
    phrases = [(phrase, known_class(phrase.noun)) for phrase in read(task.text)]
    seen = instances(task.rgb, params, models, progress)
    found = []
    for phrase, name in phrases:
        own = [one for one in seen if one.label == name]
        found += [own[number] for number in meant(phrase, [one.box for one in own])]
    if not found:
        named = short(" or ".join(name for _, name in phrases))
        raise NothingFound(f"No {named} was found in the picture.", "Draw a box round it, or try another word.")
    return sorted(found, key=lambda one: -one.score)[: params.alternatives]


@method("segment", "mask-rcnn", "Mask R-CNN", MaskRcnnKnobs, needs=("instances",), tier="paper", rival=True)
def segment(task: SegmentTask, params: MaskRcnnKnobs, models: Models, progress: Progress) -> list[Candidate]:
    """The instance whose box overlaps the task's most, or the instances on which the points lie, best first.

    Raises UsageError when nothing says what is meant, NothingFound when no instance is there.
    """
    check(task)
    found = [one for one in instances(task.rgb, params, models, progress) if _fits(one, task.points)]
    if task.box is not None:
        box = task.box
        found = sorted((one for one in found if one.box.overlap(box) > 0), key=lambda one: -one.box.overlap(box))[:1]
    if not found:
        raise NothingFound("Mask R-CNN knows nothing that is there.", "Choose another method of masking.")
    return found[: params.alternatives]


def known_class(noun: str) -> str:
    """The COCO class that a noun names, also in the plural; raises UnknownWord."""
    classes = coco_classes()
    for name in (noun, noun.removesuffix("s"), noun.removesuffix("es")):
        if name in classes:
            return name
    raise UnknownWord(f"Mask R-CNN has no class for “{short(noun)}”.", "Try another word: it knows 80 everyday things.")


def coco_classes() -> list[str]:
    """The name of every class, by its number; “N/A” for numbers without one."""
    from torchvision.models.detection import MaskRCNN_ResNet50_FPN_Weights

    return MaskRCNN_ResNet50_FPN_Weights.COCO_V1.meta["categories"]


def instances(rgb: U8, params: MaskRcnnKnobs, models: Models, progress: Progress) -> list[Candidate]:
    """Everything that the net sees, best first; a pixel is in a mask from 0.5 on, as the authors draw them."""
    answer = looked(models.net("instances"), rgb, progress.part(0.0, 0.95))
    classes = coco_classes()
    found = []
    for label, score, mask in zip(answer["labels"], answer["scores"], answer["masks"], strict=True):
        inside = mask[0] >= 0.5
        box = bounds(inside)
        if box is not None and score >= params.least:
            sure = bool(score >= params.sure)
            found.append(Candidate(classes[label], float(score), box, inside.astype(np.uint8) * 255, sure))
    progress(1.0, STAGE)
    return found


def looked(net: Any, rgb: U8, progress: Progress) -> dict[str, np.ndarray]:
    """What torchvision's net says of H×W×3 `rgb`: n boxes, labels and scores, and n×1×H×W masks in 0..1."""
    import torch
    from torchvision.transforms.functional import to_tensor

    from blendstudio.engine.watch import watched

    picture = to_tensor(np.ascontiguousarray(rgb)).to(next(net.parameters()).device)
    parts = [*net.backbone.body.values(), net.rpn, net.roi_heads]
    with watched(parts, progress, STAGE), torch.inference_mode():
        return {name: value.cpu().numpy() for name, value in net([picture])[0].items()}


def _fits(one: Candidate, points: tuple[tuple[Point, bool], ...]) -> bool:
    """Whether every point lies where its sign says: on the instance, or beside it."""
    return all(_inside(one, point) == wanted for point, wanted in points)


def _inside(one: Candidate, point: Point) -> bool:
    return one.mask is not None and bool(one.mask[int(point.y), int(point.x)])
