"""The values that make a work: Document, Layer, Mask, Prompt, Blend and Recipe. All are frozen."""

from dataclasses import dataclass, field

from blendstudio.core.geometry import IntRect, Point, Rect, Size, Transform
from blendstudio.core.params import Value, choice, knob, switch
from blendstudio.core.pixels import Pixels
from blendstudio.core.types import F32, U8, frozen


@dataclass(frozen=True)
class Refine:
    """How the found mask becomes the mask that is used: the paper's erosion, then dilation (section 3.1), and edges.

    Sizes are in source pixels.
    """

    erode: int = knob(1, 0, 64, "Erode", "How far the mask shrinks first, in pixels; thin spurs go.")
    dilate: int = knob(1, 0, 64, "Dilate", "How far it grows after that, in pixels.")
    kernel: str = choice("ellipse", ("ellipse", "square", "cross"), "Kernel", "The shape that erodes and dilates.")
    holes: float = knob(0.005, 0.0, 1.0, "Fill holes", "Fill holes smaller than this share of the mask.")
    islands: float = knob(0.1, 0.0, 1.0, "Drop islands", "Drop parts smaller than this share of the largest one.")
    smooth: float = knob(
        0.0, 0.0, 64.0, "Smooth", "Round the edge: corners and notches about this large go, in pixels."
    )
    matting: int = knob(3, 0, 64, "Soft edge", "Width of the band in which the picture decides the alpha, in pixels.")
    feather: float = knob(0.0, 0.0, 64.0, "Feather", "Blur of the edge, in pixels.")
    colours: bool = switch(True, "Clean colours", "Take the old background's colour out of the soft edge.")


AS_GIVEN = Refine(erode=0, dilate=0, holes=0.0, islands=0.0, matting=0, colours=False)


@dataclass(frozen=True, eq=False)
class Mask:
    """Parts in layer pixels, H×W uint8, 0 outside and 255 inside: what the models found, what the hand added, and
    what the hand took away. Final = (refine(auto) − exclude) ∪ add − subtract.

    `exclude` is what must not come along with the object: other objects of the photo that touch it."""

    auto: U8 | None = None
    add: U8 | None = None
    subtract: U8 | None = None
    refine: Refine = field(default_factory=Refine)
    exclude: U8 | None = None

    def __post_init__(self) -> None:
        for name in ("auto", "add", "subtract", "exclude"):
            part = getattr(self, name)
            if part is not None:
                object.__setattr__(self, name, frozen(part))

    @property
    def parts(self) -> tuple[U8 | None, ...]:
        """All four, whether they are there or not."""
        return self.auto, self.add, self.subtract, self.exclude


@dataclass(frozen=True)
class Prompt:
    """What the person pointed at, in source pixels. A point's flag is False for “not this”."""

    text: str = ""
    boxes: tuple[Rect, ...] = ()
    points: tuple[tuple[Point, bool], ...] = ()

    @property
    def empty(self) -> bool:
        """Whether nothing was said."""
        return not (self.text.strip() or self.boxes or self.points)


@dataclass(frozen=True)
class Recipe:
    """All that is needed to make a result again."""

    method: str
    knobs: tuple[tuple[str, Value], ...] = ()
    seed: int = 0
    models: tuple[tuple[str, str], ...] = ()  # id, sha256
    versions: tuple[tuple[str, str], ...] = ()
    device: str = "cpu"
    threads: int = 1
    notes: tuple[str, ...] = ()  # what was not as asked: stopped early, a smaller size


@dataclass(frozen=True, eq=False)
class Contribution:
    """One named part of a blend, h×w×3 float32, added to the pasted picture; samples run over 0..1."""

    name: str
    values: F32

    def __post_init__(self) -> None:
        object.__setattr__(self, "values", frozen(self.values))


@dataclass(frozen=True, eq=False)
class Blend:
    """What a method made of a layer on `rect` of the document. `alpha` is h×w float32 in 0..1; `inputs` is the
    digest of what the result was made from. A blend is stale, and not shown, once an edit has changed any of that.
    `context` is how much of the object's own photo came along round it, in layer pixels."""

    rect: IntRect
    alpha: F32
    contributions: tuple[Contribution, ...]
    recipe: Recipe
    inputs: str
    margin: int
    strength: float = 1.0
    stale: bool = False
    context: float = 0.0

    def __post_init__(self) -> None:
        object.__setattr__(self, "alpha", frozen(self.alpha))


@dataclass(frozen=True, eq=False)
class Layer:
    """A picture, where it lies, what of it shows, and its blend. The background shows whole: its mask says what of it
    stands in front of the objects.

    `recipe` is how the next blend is to be made; None means as the program would.
    """

    id: str
    name: str
    pixels: Pixels
    mask: Mask | None = None
    transform: Transform = Transform()
    blend: Blend | None = None
    prompt: Prompt = Prompt()
    recipe: Recipe | None = None
    opacity: float = 1.0
    visible: bool = True

    @property
    def shown_blend(self) -> Blend | None:
        """The blend, unless it is stale: then the plain paste is shown."""
        return None if self.blend is None or self.blend.stale else self.blend


@dataclass(frozen=True, eq=False)
class Document:
    """A stack of layers, lowest first. The first is the background; it sets the size, the depth and the profile."""

    layers: tuple[Layer, ...]

    @property
    def background(self) -> Layer:
        """The lowest layer."""
        return self.layers[0]

    @property
    def size(self) -> Size:
        """Width and height in pixels."""
        return self.background.pixels.size

    def layer(self, layer_id: str) -> Layer:
        """The layer with this id; KeyError when there is none."""
        for layer in self.layers:
            if layer.id == layer_id:
                return layer
        raise KeyError(layer_id)

    def below(self, layer_id: str) -> "Document":
        """The document without that layer and all above it."""
        index = [layer.id for layer in self.layers].index(layer_id)
        return Document(self.layers[:index])
