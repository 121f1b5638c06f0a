"""Segment Anything (Kirillov et al., 2023), the paper's segmenter: boxes, points and an earlier mask."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from blendstudio.core.geometry import Rect
from blendstudio.core.masking import bounds
from blendstudio.core.params import choice, knob
from blendstudio.core.types import F32, U8
from blendstudio.engine.embeddings import key_of
from blendstudio.engine.job import Progress
from blendstudio.engine.kinds import Candidate, Models, SegmentTask
from blendstudio.engine.methods.starter_mask import check
from blendstudio.engine.registry import method
from blendstudio.errors import NothingFound, UsageError

if TYPE_CHECKING:
    from torch import Tensor, nn

FULL, HALF = "full", "bfloat16"
FIRM = 12.0  # levels of a soft map per unit of a logit: 10 is as firm as can be


@dataclass(frozen=True)
class SamKnobs:
    """Knobs of SAM."""

    alternatives: int = knob(3, 1, 3, "Alternatives", "How many different masks are offered.")
    sure: float = knob(0.7, 0.0, 1.0, "Sure from", "Masks that SAM itself gives a lower score are marked as not sure.")
    precision: str = choice(
        "auto",
        ("auto", FULL, HALF),
        "Precision",
        "Of the numbers that the picture is looked at with; bfloat16 takes half the time where the processor has it.",
    )


def embed(rgb: U8, params: SamKnobs, models: Models, progress: Progress) -> None:
    """Looks at a picture before anybody asks about it, so that the first prompt is answered as fast as the next."""
    _embedding(rgb, params, models, progress)
    progress(1.0, "Looking at the picture")


@method("segment", "sam", "SAM", SamKnobs, needs=("sam",), tier="paper", prepare=embed)
def segment(task: SegmentTask, params: SamKnobs, models: Models, progress: Progress) -> list[Candidate]:
    """SAM's three masks, best first, each with the overlap that SAM expects of it as its score.

    Raises UsageError when nothing says what is meant, NothingFound when every mask is empty.
    """
    check(task)
    features = _embedding(task.rgb, params, models, progress.part(0.0, 0.9))
    logits, scores, low = predicted(models.net("sam"), features, task)
    progress(0.95, "Masking")
    made = [_candidate(logits[best], float(scores[best]), low[best], params) for best in np.argsort(-scores).tolist()]
    found = [one for one in made if one is not None][: params.alternatives]
    progress(1.0, "Masking")
    if not found:
        raise NothingFound("SAM sees nothing there.", "Draw a larger box, or click on the middle of the object.")
    return found


def predicted(net: "nn.Module", features: "Tensor", task: SegmentTask) -> tuple[F32, F32, F32]:
    """What the authors' predictor says: 3×H×W logits, upsampled before any threshold; 3 scores; 3×h×w raw logits."""
    predictor = _predictor(net)
    size = task.rgb.shape[:2]
    predictor.features = features.to(predictor.device)
    predictor.original_size = size
    predictor.input_size = predictor.transform.get_preprocess_shape(*size, predictor.transform.target_length)
    predictor.is_image_set = True
    places = np.array([[point.x - 0.5, point.y - 0.5] for point, _ in task.points])  # SAM counts from pixel centres
    box, low = task.box, None
    if task.previous:
        low = task.previous.logits
        box = task.previous.box if box is None and low is None else box
    return predictor.predict(
        point_coords=places if task.points else None,
        point_labels=np.array([int(inside) for _, inside in task.points]) if task.points else None,
        box=_cut(box, task.rgb) if box else None,
        mask_input=None if low is None else low[None],
        multimask_output=True,
        return_logits=True,
    )


def _predictor(net: "nn.Module") -> Any:
    from segment_anything import SamPredictor

    return SamPredictor(net)  # type: ignore[arg-type] - a Sam, which the store knows as a Module


def _cut(box: Rect, rgb: U8) -> F32:
    height, width = rgb.shape[:2]
    return np.clip(np.array(box, np.float32), 0, np.array([width, height, width, height], np.float32))


def _candidate(logits: F32, score: float, low: F32, params: SamKnobs) -> Candidate | None:
    inside = logits > 0
    box = bounds(inside)
    if box is None:
        return None
    score = min(1.0, max(0.0, score))
    soft = np.clip(logits * np.float32(FIRM) + np.float32(128), 0, 255).astype(np.uint8)
    return Candidate("object", score, box, inside.astype(np.uint8) * 255, score >= params.sure, low, soft)


def _embedding(rgb: U8, params: SamKnobs, models: Models, progress: Progress) -> "Tensor":
    """SAM's view of a picture, 1×C×h×w, from the memory of earlier ones or made now."""
    net = models.net("sam")
    half = in_half(params.precision, next(net.parameters()).device.type)
    key = key_of(rgb, models.named("sam")[1], HALF if half else FULL)
    return models.embeddings.get(key, lambda: looked_at(net, rgb, progress, half=half), progress)


def looked_at(net: "nn.Module", rgb: U8, progress: Progress, *, half: bool) -> "Tensor":
    """The image encoder's output for H×W×3 `rgb`, 1×C×h×w. Raises UsageError for a picture as thin as a thread."""
    import torch

    from blendstudio.engine.watch import watched

    predictor = _predictor(net)
    if min(predictor.transform.get_preprocess_shape(*rgb.shape[:2], predictor.transform.target_length)) < 1:
        raise UsageError("The picture is too thin for SAM.", "Choose a picture that is less wide or less high.")
    autocast = torch.autocast(predictor.device.type, torch.bfloat16, enabled=half)
    with watched(predictor.model.image_encoder.blocks, progress, "Looking at the picture"), autocast:
        predictor.set_image(np.ascontiguousarray(rgb))
    return predictor.features.float()


def in_half(precision: str, device: str) -> bool:
    """Whether to look in bfloat16: as told, or where the machine computes in it natively and so gains by it."""
    import torch

    if precision != "auto":
        return precision == HALF
    if device == "cuda":
        return torch.cuda.is_bf16_supported(including_emulation=False)
    able = getattr(torch.cpu, "get_capabilities", dict)() if device == "cpu" else {}
    return bool(able.get("avx512_bf16") or able.get("amx_bf16"))
