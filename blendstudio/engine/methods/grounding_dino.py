"""Grounding DINO (Liu et al., 2023), the paper's detector: boxes for any words."""

import re
import warnings
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from blendstudio.core.geometry import Rect
from blendstudio.core.params import knob
from blendstudio.core.types import U8
from blendstudio.engine.job import Progress
from blendstudio.engine.kinds import Candidate, DetectTask, Models
from blendstudio.engine.phrases import Phrase, meant, read
from blendstudio.engine.registry import method
from blendstudio.errors import NothingFound, UnknownWord, UsageError, short

if TYPE_CHECKING:
    from torch import Tensor, nn

WIDEST = 1333 / 800  # how much longer than the short side the long one may be
MARKS = re.compile(r"\[[A-Z]+\]|\.")  # what stands round a phrase for the net alone
SAME = 0.9  # boxes that overlap more are one find


@dataclass(frozen=True)
class GroundingDinoKnobs:
    """Knobs of Grounding DINO; the defaults are its authors'."""

    box_threshold: float = knob(0.35, 0.0, 1.0, "Found from", "How well a box must fit the words.")
    text_threshold: float = knob(0.25, 0.0, 1.0, "Word from", "How well each word must fit to stand in the label.")
    size: int = knob(800, 64, 1333, "Looked at", "Short side of the picture that the net sees, in pixels.")
    alternatives: int = knob(9, 1, 50, "Alternatives", "How many finds are offered.")


@method(
    "detect",
    "grounding-dino",
    "Grounding DINO",
    GroundingDinoKnobs,
    needs=("grounding", "grounding-words"),
    tier="paper",
)
def detect(task: DetectTask, params: GroundingDinoKnobs, models: Models, progress: Progress) -> list[Candidate]:
    """Boxes without masks for one noun or several (“red bird, left dog”), best first; each noun is a pass of its own.

    Raises UsageError for an empty text, UnknownWord for one without a letter that it knows, NothingFound.
    """
    phrases = read(task.text)
    net, words = models.net("grounding"), _tokenizer(models)
    for phrase in phrases:
        check_readable(phrase, words, net)
    picture = seen(task.rgb, params.size)
    found: list[Candidate] = []
    for number, phrase in enumerate(phrases):
        part = progress.part(number / len(phrases), (number + 1) / len(phrases))
        candidates = passed(net, picture, phrase.noun, params, part)
        candidates = [_placed(one, task.rgb) for one in candidates]
        candidates = [one for one in candidates if one.box.area > 0]
        found += [candidates[chosen] for chosen in meant(phrase, [one.box for one in candidates])]
    progress(1.0, "Looking for words")
    if not found:
        raise _nothing(phrases)
    return _distinct(sorted(found, key=lambda one: -one.score))[: params.alternatives]


def _tokenizer(models: Models) -> Any:
    words: Any = models.net("grounding-words")
    return words.tokenizer


def check_readable(phrase: Phrase, words: Any, net: "nn.Module") -> None:
    """Gives the net its words; raises UnknownWord or UsageError for a phrase that it could not read."""
    from blendstudio.engine.nets.grounding import speak

    speak(net, words)
    reader: Any = net
    ids = words(caption_of(phrase.noun))["input_ids"]
    if len(ids) > min(reader.max_text_len, reader.bert.config.max_position_embeddings):
        raise UsageError("The text is too long for Grounding DINO.", "Write fewer words between two commas.")
    if not set(ids) - {*reader.specical_tokens, words.unk_token_id}:
        raise UnknownWord(f"Grounding DINO cannot read “{short(phrase.noun)}”.", "Write it in plain English words.")


def caption_of(noun: str) -> str:
    """The noun as the net was trained to read it."""
    return f"{noun}."


def seen(rgb: U8, size: int) -> "Tensor":
    """What the net sees of H×W×3 `rgb`, 3×h×w, resized and normalised by the authors' own transforms.

    Raises UsageError for a picture as thin as a thread.
    """
    import groundingdino.datasets.transforms as T
    from torchvision.transforms.functional import to_pil_image

    longest = round(size * WIDEST)
    if longest * min(rgb.shape[:2]) / max(rgb.shape[:2]) < 1:
        raise UsageError("The picture is too thin for Grounding DINO.", "Choose one that is less wide or less high.")
    normalised = T.Normalize([0.485, 0.456, 0.406], [0.229, 0.224, 0.225])
    steps = T.Compose([T.RandomResize([size], max_size=longest), T.ToTensor(), normalised])
    return steps(to_pil_image(np.ascontiguousarray(rgb)), None)[0]


def passed(
    net: "nn.Module", picture: "Tensor", noun: str, params: GroundingDinoKnobs, progress: Progress
) -> list[Candidate]:
    """One pass as in the authors' `predict`: boxes that fit the noun, all sides in 0..1, in its order."""
    import torch
    from groundingdino.util.utils import get_phrases_from_posmap

    from blendstudio.engine.watch import watched

    reader: Any = net
    caption = caption_of(noun)
    parts = [block for layer in reader.backbone[0].layers for block in layer.blocks]
    parts += [*reader.transformer.encoder.layers, *reader.transformer.decoder.layers]
    quiet = warnings.catch_warnings(action="ignore")  # of what PyTorch has renamed since the package was written
    with watched(parts, progress, f"Looking for {short(noun)}"), torch.inference_mode(), quiet:
        answer = reader(picture[None].to(next(net.parameters()).device), captions=[caption])
    logits, boxes = answer["pred_logits"].cpu().sigmoid()[0], answer["pred_boxes"].cpu()[0]
    kept = logits.max(dim=1).values > params.box_threshold
    tokens = reader.tokenizer(caption)
    found = []
    for fit, (x, y, width, height) in zip(logits[kept], boxes[kept].tolist(), strict=True):
        label = MARKS.sub("", get_phrases_from_posmap(fit > params.text_threshold, tokens, reader.tokenizer)).strip()
        box = Rect(x - width / 2, y - height / 2, x + width / 2, y + height / 2)
        found.append(Candidate(label or noun, float(fit.max()), box))
    return found


def _placed(one: Candidate, rgb: U8) -> Candidate:
    """The candidate with its box in pixels, cut to the picture."""
    height, width = rgb.shape[:2]
    x0, x1 = (min(1.0, max(0.0, side)) * width for side in (one.box.x0, one.box.x1))
    y0, y1 = (min(1.0, max(0.0, side)) * height for side in (one.box.y0, one.box.y1))
    return one._replace(box=Rect(x0, y0, x1, y1))


def _distinct(found: list[Candidate]) -> list[Candidate]:
    """Without the boxes that repeat a better one."""
    kept: list[Candidate] = []
    for one in found:
        if all(one.box.overlap(other.box) <= SAME for other in kept):
            kept.append(one)
    return kept


def _nothing(phrases: list[Phrase]) -> NothingFound:
    listed = short(" or ".join(phrase.noun for phrase in phrases))
    return NothingFound(
        f"No {listed} was found in the picture.", "Draw a box round it (--box X0,Y0,X1,Y1), or try another word."
    )
