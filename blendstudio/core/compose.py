"""The layer stack to one picture, and the resampling of a layer into the document."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import cv2
import numpy as np

from blendstudio.core.document import Blend, Document, Layer
from blendstudio.core.fill import filled
from blendstudio.core.geometry import IntRect, Rect, Size, Transform
from blendstudio.core.masking import alpha_of, grown
from blendstudio.core.matting import Patch, cleaned, eight, own_colours, photo
from blendstudio.core.pixels import Pixels, quantise
from blendstudio.core.tiles import around, box_of, moved, overlap, tiles
from blendstudio.core.types import F32, U8, Samples, floats

TILE = 512  # layer pixels on a side: what is resampled at a time
BICUBIC = 3  # pixels: how far it looks, and some to spare


def warp(values: F32, transform: Transform, rect: IntRect, *, repeat_edge: bool) -> F32:
    """An H×W or H×W×C picture resampled once into `rect` of the document, bicubic, antialiased when it shrinks.

    Beyond the picture lies 0, or its edge pixel when `repeat_edge`.
    """
    border = cv2.BORDER_REPLICATE if repeat_edge else cv2.BORDER_CONSTANT
    scale = transform.magnification
    if scale < 1:
        blurred = cv2.GaussianBlur(values, (0, 0), _blur(scale), borderType=cv2.BORDER_REPLICATE)
        values = np.asarray(blurred, np.float32)
    # OpenCV puts pixel centres at whole numbers; ours lie at halves.
    centred = Transform.moved(0.5, 0.5).then(transform).then(Transform.moved(-0.5 - rect.x0, -0.5 - rect.y0))
    warped = _shifted(values, centred, rect.size)
    if warped is None:
        warped = cv2.warpPerspective(values, centred.matrix, rect.size, flags=cv2.INTER_CUBIC, borderMode=border)
    return np.clip(np.asarray(warped, np.float32), 0.0, 1.0)


def _shifted(values: F32, transform: Transform, size: Size) -> F32 | None:
    """The part of a picture that a shift by whole pixels brings to 0, 0, for there is nothing to resample.

    None when the transform is none, or when the part reaches beyond the picture.
    """
    x, y = -transform.rows[2], -transform.rows[5]
    if transform != Transform.moved(-x, -y) or x % 1 or y % 1 or min(x, y) < 0:
        return None
    part = values[int(y) : int(y) + size.height, int(x) : int(x) + size.width]
    return part if part.shape[:2] == size[::-1] else None


def _blur(scale: float) -> float:
    """The sigma, in layer pixels, of what keeps a shrunk picture from flickering; 0 when it grows."""
    return 0.5 * (1 / scale**2 - 1) ** 0.5 if scale < 1 else 0.0


def colours_of(layer: Layer, alpha: F32) -> F32:
    """The layer's colours in 0..1, H×W×3, cleaned of its old background when its mask asks for that."""
    whole = IntRect(0, 0, *layer.pixels.size)
    return _colours(layer, alpha, whole, _patches(layer, alpha, whole))


def _colours(layer: Layer, alpha: F32, rect: IntRect, patches: Iterable[Patch]) -> F32:
    pixels = layer.pixels
    if _cleans(layer):
        colours = own_colours(pixels.array, pixels.top, alpha, rect, patches)
    else:
        colours = photo(pixels.array[rect.slices], pixels.top)
    exclude = layer.mask.exclude if layer.mask else None
    return colours if exclude is None else filled(colours, exclude[rect.slices] > 0)


def _patches(layer: Layer, alpha: F32, rect: IntRect) -> Iterator[Patch]:
    return cleaned(layer.pixels.array, layer.pixels.top, alpha, rect) if _cleans(layer) else iter(())


def _cleans(layer: Layer) -> bool:
    return layer.mask is not None and layer.mask.refine.colours


def layer_alpha(layer: Layer, context: float = 0.0) -> F32:
    """The layer's soft alpha in its own pixels, with `context` pixels of the photo round it."""
    if layer.mask is None:
        return layer.pixels.alpha()
    alpha = alpha_of(layer.mask, layer.pixels)
    return grown(alpha, context, layer.mask, layer.pixels) if context else alpha


def paste(below: F32, colours: F32, alpha: F32) -> F32:
    """below·(1 − α) + colours·α: “over” on an opaque picture."""
    return floats(below * (1 - alpha[..., None]) + colours * alpha[..., None])


def footprint(layer: Layer, size: Size) -> IntRect:
    """The document pixels that the layer's picture can reach."""
    return layer.transform.bounds(layer.pixels.bounds).grown(2, 2).whole(size)


def flatten(document: Document) -> Pixels:
    """All visible layers on the background, at the background's size, depth and profile.

    Where nothing lies above the background, or where it stands in front, its samples are kept bit for bit.
    """
    background = document.background.pixels
    layers = [layer for layer in document.layers[1:] if layer.visible]
    front = front_of(document) if layers else None
    samples = background.array.copy()
    for layer in layers:
        _lay(samples, layer, front)
    return Pixels(samples, background.profile)


def laid_on(below: Pixels, layer: Layer, front: "Front | None") -> Pixels:
    """The picture below with one more layer on it, as `flatten` lays it, behind what stands in front."""
    samples = below.array.copy()
    _lay(samples, layer, front)
    return Pixels(samples, below.profile)


@dataclass(frozen=True, eq=False)
class Front:
    """What of the background stands in front of the objects: its alpha, H×W, and the layer that it is of."""

    layer: Layer
    alpha: F32

    def before(self, colours: F32, rect: IntRect) -> F32:
        """Colours that lie in `rect` of the document, h×w×3, behind it."""
        alpha = self.alpha[rect.slices]
        if not alpha.any():
            return colours
        own = _colours(self.layer, self.alpha, rect, _patches(self.layer, self.alpha, rect))
        return paste(colours, own, alpha)

    def removed(self, picture: Pixels) -> Pixels:
        """A picture of the document without it, and without the pixel round it that resampling has mixed."""
        seen = cv2.dilate((self.alpha > 0).view(np.uint8), np.ones((3, 3), np.uint8))
        return Pixels(filled(picture.array, np.asarray(seen, np.uint8) > 0), picture.profile)


def front_of(document: Document) -> Front | None:
    """What stands in front of the objects; None when nothing does."""
    background = document.background
    alpha = layer_alpha(background) if background.mask else None
    return None if alpha is None or not alpha.any() else Front(background, alpha)


def cutout(layer: Layer, rect: IntRect, own_alpha: F32 | None = None) -> tuple[F32, F32]:
    """The layer's clean colours, h×w×3, and its alpha, h×w, in `rect` of the document; `own_alpha` if it is known.

    Costs as much as `rect`, not as the layer. Beyond the layer's picture its edge pixels go on, with alpha 0.
    """
    alpha = layer_alpha(layer) if own_alpha is None else own_alpha
    patches = _patches(layer, alpha, _window(layer, rect))
    return _colours_on(layer, alpha, rect, patches), _alpha_on(layer, alpha, rect)


def _alpha_on(layer: Layer, own_alpha: F32, rect: IntRect) -> F32:
    window = _window(layer, rect)
    alpha = own_alpha[window.slices]
    if not alpha.any():
        return np.zeros(rect.size[::-1], np.float32)
    return warp(alpha, _from(window, layer.transform), rect, repeat_edge=False)


def _colours_on(layer: Layer, own_alpha: F32, rect: IntRect, patches: Iterable[Patch]) -> F32:
    window = _window(layer, rect)
    return warp(_colours(layer, own_alpha, window, patches), _from(window, layer.transform), rect, repeat_edge=True)


def _from(window: IntRect, transform: Transform) -> Transform:
    return Transform.moved(window.x0, window.y0).then(transform)


def _window(layer: Layer, rect: IntRect) -> IntRect:
    """The pixels of the layer that show in `rect` of the document; at its border where none do."""
    width, height = layer.pixels.size
    if not _flat(layer.transform):
        return IntRect(0, 0, width, height)
    seen = Transform.of(np.asarray(np.linalg.inv(layer.transform.matrix), np.float64)).bounds(rect.real)
    box = Rect(*np.clip(seen, 0, (width, height, width, height)).tolist())
    reach = _reach(layer.transform)
    return box.grown(reach, reach).whole(layer.pixels.size)


def _flat(transform: Transform) -> bool:
    """Whether parallels stay parallel and nothing is squeezed to a line, so that there is a way back."""
    return transform.rows[6:] == (0.0, 0.0, 1.0) and transform.magnification > 0


def _reach(transform: Transform) -> int:
    """How many pixels of a layer, to each side, resampling mixes into one."""
    return BICUBIC + round(4 * _blur(transform.magnification)) + 1  # OpenCV's blur of floats ends at 4 sigma


def _lay(samples: Samples, layer: Layer, front: Front | None) -> None:
    size = Size(samples.shape[1], samples.shape[0])
    blend = layer.shown_blend
    own_alpha = layer_alpha(layer, blend.context if blend else 0.0)
    rect = blend.rect if blend else _visible(layer, own_alpha, size)
    if min(rect.size) <= 0:
        return
    patches = list(_patches(layer, own_alpha, _window(layer, rect)))
    for tile in tiles(rect, _side(layer.transform, size)):
        if blend:
            inner = moved(tile, -blend.rect.x0, -blend.rect.y0)
            alpha, added = blend.alpha[inner.slices], correction(blend, inner) * np.float32(layer.opacity)
        else:
            alpha, added = _alpha_on(layer, own_alpha, tile), None
        if alpha.any() or (added is not None and added.any()):
            colours = _colours_on(layer, own_alpha, tile, patches)
            if front:
                colours = front.before(colours, tile)
                alpha, added = _behind(front.alpha[tile.slices], alpha, added)
            _lay_on(samples[tile.slices], colours, alpha, layer.opacity, added)


def _behind(front: F32, alpha: F32, added: F32 | None) -> tuple[F32, F32 | None]:
    """The alpha without the pixels that stand wholly in front, and what a blend adds, as far as it shows."""
    shown = floats(np.where(front == 1, 0, alpha))
    return shown, None if added is None else added * (1 - front[..., None])


def _side(transform: Transform, size: Size) -> int:
    """How much of the document is laid at a time."""
    return max(32, round(TILE * min(1.0, transform.magnification))) if _flat(transform) else max(size)


def _visible(layer: Layer, own_alpha: F32, size: Size) -> IntRect:
    """The document pixels that what is seen of the layer can reach."""
    whole = footprint(layer, size)
    box = box_of((own_alpha > 0).view(np.uint8))
    if not box.x1 or not _flat(layer.transform):
        return whole if box.x1 else IntRect(0, 0, 0, 0)
    reach = _reach(layer.transform)
    return overlap(whole, layer.transform.bounds(box.real.grown(reach, reach)).grown(2, 2).whole(size))


def _lay_on(crop: Samples, colours: F32, alpha: F32, opacity: float, added: F32 | None) -> None:
    """“Over”, on a part of a picture, where it lies."""
    top = float(np.iinfo(crop.dtype).max)
    *below, behind = (floats(plane, top) for plane in cv2.split(crop))
    cover = floats(alpha * opacity)
    together = cover + behind * (1 - cover)
    share = np.where(behind == 1, cover, cover / np.maximum(together, 1e-6))  # of the object in what is seen
    touched = alpha > 0
    planes = [old * (1 - share) + new * share for old, new in zip(below, cv2.split(colours), strict=True)]
    if added is not None:
        planes = [plane + more for plane, more in zip(planes, cv2.split(added), strict=True)]
        touched |= (added != 0).any(-1)
    made = cv2.merge([quantise(floats(plane), crop) for plane in (*planes, together)])
    cv2.copyTo(made, touched.view(np.uint8), crop)


def correction(blend: Blend, within: IntRect | None = None) -> F32:
    """What the blend adds to the pasted picture, at its strength; of `within` its rectangle alone if given."""
    place = (within or IntRect(0, 0, *blend.rect.size)).slices
    total = np.zeros((*blend.alpha[place].shape, 3), np.float32)
    for part in blend.contributions:
        total += part.values[place]
    return total * np.float32(blend.strength)


def cut_out(layer: Layer, alpha: F32 | None = None, size_limit: int | None = None) -> tuple[U8, IntRect]:
    """The object as it is shown before it is placed: clean colours with their soft alpha, h×w×4 of 8 bits, straight,
    and the layer pixels that it covers: all that is not clear, and two more on each side.

    `alpha` is the layer's, if it is known; `size_limit` the longest side wanted. One clear pixel when nothing shows.
    """
    alpha = layer_alpha(layer) if alpha is None else alpha
    box = box_of((alpha > 0).view(np.uint8))
    if not box.x1:
        return np.zeros((1, 1, 4), np.uint8), IntRect(0, 0, 1, 1)
    rect = around(box, 2, alpha.shape)[0]
    picture = _shown(layer, alpha, rect)
    scale = (size_limit or max(rect.size)) / max(rect.size)
    if scale >= 1:
        return picture, rect
    small = max(1, round(rect.size.width * scale)), max(1, round(rect.size.height * scale))
    weighted = cv2.resize(cv2.cvtColor(picture, cv2.COLOR_RGBA2mRGBA), small, interpolation=cv2.INTER_AREA)
    return np.asarray(cv2.cvtColor(weighted, cv2.COLOR_mRGBA2RGBA), np.uint8), rect


def _shown(layer: Layer, alpha: F32, rect: IntRect) -> U8:
    pixels = layer.pixels
    picture = np.zeros((*rect.size[::-1], 4), np.uint8)
    patches = list(_patches(layer, alpha, rect))
    for tile in tiles(rect, TILE):
        cover = alpha[tile.slices]
        if cover.any():
            rgb = np.asarray(cv2.merge(cv2.split(eight(pixels.array[tile.slices]))[:3]), np.uint8)
            soft = cover < 1
            for patch in patches:
                patch.put(rgb, tile, soft)
            shown = cv2.merge([*cv2.split(rgb), quantise(cover, rgb)])
            picture[moved(tile, -rect.x0, -rect.y0).slices] = shown
    return picture
