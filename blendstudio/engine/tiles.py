"""Large pictures through a net in tiles that overlap, so that no seam shows and memory stays bounded."""

from collections.abc import Callable, Iterator

from torch import Tensor

from blendstudio.engine.job import Progress


def in_tiles(
    picture: Tensor, net: Callable[[Tensor], Tensor], scale: int, side: int, reach: int, progress: Progress
) -> Tensor:
    """net(picture), 1×C×H×W -> 1×C×H·s×W·s, computed on tiles of `side` pixels that see `reach` pixels around them.

    Equal to the whole picture at once when `reach` covers the net's receptive field.
    """
    height, width = picture.shape[-2:]
    if max(height, width) <= side + 2 * reach:
        return net(picture)
    result = picture.new_empty((*picture.shape[:2], height * scale, width * scale))
    spans = [(y, x) for y in _starts(height, side) for x in _starts(width, side)]
    for number, ((top, bottom), (left, right)) in enumerate(spans):
        progress(number / len(spans), "Enlarging")
        y, x = max(0, top - reach), max(0, left - reach)
        tile = net(picture[..., y : bottom + reach, x : right + reach])
        rows = slice((top - y) * scale, (bottom - y) * scale)
        columns = slice((left - x) * scale, (right - x) * scale)
        result[..., top * scale : bottom * scale, left * scale : right * scale] = tile[..., rows, columns]
    return result


def _starts(length: int, side: int) -> Iterator[tuple[int, int]]:
    return ((start, min(start + side, length)) for start in range(0, length, side))
