"""What methods take and give: detectors, segmenters, blenders and upscalers.

Every method is a function (task, params, models, progress); pictures for nets are sRGB.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

from blendstudio.core.compose import paste
from blendstudio.core.geometry import Point, Rect
from blendstudio.core.types import F32, U8, Bool
from blendstudio.engine.appearance import Scene, squared
from blendstudio.engine.job import Progress

if TYPE_CHECKING:
    from torch import nn

    from blendstudio.engine.embeddings import Embeddings


class Models(Protocol):
    """The nets that a method may use, by role; `tier` is starter or paper."""

    @property
    def tier(self) -> str:
        """Whose nets these are."""
        ...

    @property
    def embeddings(self) -> "Embeddings":
        """What nets made of pictures so far."""
        ...

    def of(self, tier: str) -> "Models":
        """The nets of a tier on the same device; these, when a tier was asked for by name."""
        ...

    def net(self, role: str) -> "nn.Module":
        """The loaded net; raises ModelMissing when its weights are not on this machine."""
        ...

    def has(self, role: str) -> bool:
        """Whether the weights for a role are here."""
        ...

    def named(self, role: str) -> tuple[str, str]:
        """The id and the sha256 of the weights for a role; raises ModelMissing."""
        ...


class Candidate(NamedTuple):
    """One found instance. `score` is 0..1 and comparable within one method; `mask` is H×W uint8 or None.

    `soft`, H×W uint8, says how firmly each pixel belongs to it, 128 and more being in the mask; `logits` is what its
    segmenter goes on from when it is handed back as `SegmentTask.previous`.
    """

    label: str
    score: float
    box: Rect
    mask: U8 | None = None
    sure: bool = True
    logits: F32 | None = None
    soft: U8 | None = None


@dataclass(frozen=True, eq=False)
class DetectTask:
    """Find the instances of `text` in H×W×3 uint8 `rgb`."""

    rgb: U8
    text: str


@dataclass(frozen=True, eq=False)
class SegmentTask:
    """Mask what `box` or the `points` show in H×W×3 uint8 `rgb`; a point's flag is False for “not this”.

    `previous` is an earlier candidate on the same picture, which the points correct.
    """

    rgb: U8
    box: Rect | None = None
    points: tuple[tuple[Point, bool], ...] = ()
    previous: Candidate | None = None


@dataclass(frozen=True, eq=False)
class BlendTask:
    """A crop of the document round one object. All pictures are float32 in 0..1, all arrays h×w or h×w×3.

    `source` is the object's picture resampled to its place, its edge pixels repeated beyond its border. `mask` is the
    hard optimisation mask, `alpha` the soft one of the composite; `zone` marks the pixels that may change. What stands
    in front of the object is not in `background`, whose pixels there are filled from beside it, nor in `zone`; `mask`
    and `alpha` go on behind it, so that no seam runs along it.
    `share` is the window's part of the whole document's area: the paper's H·W is that of the whole picture.
    `scene` is a small picture of the paste with more of its surroundings than the window shows.
    """

    source: F32
    background: F32
    mask: Bool
    alpha: F32
    zone: Bool
    share: float = 1.0
    seed: int = 0
    scene: Scene | None = None

    def scene_or_own(self) -> Scene:
        """The scene, or one of the window alone."""
        if self.scene is not None:
            return self.scene
        mask = squared(self.mask.astype("float32")) > 0.5
        return Scene(squared(paste(self.background, self.source, self.mask.astype("float32"))), mask)


@dataclass(frozen=True, eq=False)
class UpscaleTask:
    """Enlarge H×W×3 float32 `rgb` in 0..1 by a whole `scale`."""

    rgb: F32
    scale: int


class Method(Protocol):
    """The shape of every method's function; what it returns depends on its kind:
    detect and segment a list of Candidates, best first; blend h×w×3 and upscale H·s×W·s×3 float32 in 0..1."""

    def __call__(self, task: Any, params: Any, models: Models, progress: Progress) -> Any:
        """Does the work."""
        ...
