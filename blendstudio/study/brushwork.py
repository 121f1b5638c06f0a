"""Photos painted over, for a judge to learn paint from, and pictures worn by cameras and files, for it to ignore."""

import cv2
import numpy as np

from blendstudio.core.types import F32, U8, floats

STROKES = 0.35  # of the pixels of a layer that strokes would cover if they did not overlap, per stroke's own area


def painted_over(rgb: U8, rng: np.random.Generator) -> U8:
    """H×W×3 as if painted: in one of five manners, each from mild to strong."""
    manner = (stylised, smoothed_on_canvas, dabbed, stroked, few_colours)[int(rng.integers(5))]
    return manner(rgb, rng)


def stylised(rgb: U8, rng: np.random.Generator) -> U8:
    """Watercolour: flat areas between kept edges (Gastal and Oliveira, 2011)."""
    return np.asarray(cv2.stylization(rgb, sigma_s=rng.uniform(15, 80), sigma_r=rng.uniform(0.2, 0.6)), np.uint8)


def smoothed_on_canvas(rgb: U8, rng: np.random.Generator) -> U8:
    """Thin paint on a woven canvas."""
    smooth = cv2.edgePreservingFilter(rgb, flags=1, sigma_s=rng.uniform(15, 60), sigma_r=rng.uniform(0.2, 0.5))
    height, width = rgb.shape[:2]
    period = rng.uniform(3, 6)
    across = np.sin(np.arange(width) * 2 * np.pi / period)[None]
    down = np.sin(np.arange(height) * 2 * np.pi / period)[:, None]
    weave = np.where((across * down) > 0, across, down) + rng.normal(0, 0.5, (height, width))
    return _bytes(smooth * (1 + rng.uniform(0.02, 0.08) * weave[..., None]))


def dabbed(rgb: U8, rng: np.random.Generator) -> U8:
    """Dabs of even colour: at every pixel the calmest of the four squares that touch it (Kuwahara, 1976)."""
    radius = int(rng.integers(2, 6))
    values = rgb.astype(np.float32)
    side = (radius + 1, radius + 1)
    grey = values.mean(-1)
    best, least = values, np.full(grey.shape, np.inf, np.float32)
    for x in (0, radius):
        for y in (0, radius):
            mean = cv2.boxFilter(values, -1, side, anchor=(x, y))
            tone = cv2.boxFilter(grey, -1, side, anchor=(x, y))
            unrest = cv2.boxFilter(grey * grey, -1, side, anchor=(x, y)) - tone * tone
            calmer = unrest < least
            best, least = np.where(calmer[..., None], mean, best), np.where(calmer, unrest, least)
    return _bytes(best)


def stroked(rgb: U8, rng: np.random.Generator) -> U8:
    """Oil: layers of finer and finer strokes along the edges (after Hertzmann, 1998), in relief."""
    height, width = rgb.shape[:2]
    canvas = _blurred(rgb, 8)
    relief = np.zeros((height, width), np.float32)
    size = rng.uniform(4, 14)
    for share in (1.0, 0.6, 0.35):
        _layer(canvas, relief, rgb, size * share, rng)
    light = cv2.Sobel(cv2.GaussianBlur(relief, (0, 0), 0.7), cv2.CV_32F, 1, 1)
    return _bytes(canvas + rng.uniform(0, 25) * light[..., None])


def _layer(canvas: U8, relief: F32, rgb: U8, size: float, rng: np.random.Generator) -> None:
    """Paints strokes of one width onto `canvas` and their heights onto `relief`, where the canvas is still wrong."""
    soft = _blurred(rgb, size / 2)
    grey = cv2.GaussianBlur(cv2.cvtColor(soft, cv2.COLOR_RGB2GRAY).astype(np.float32), (0, 0), size)
    along = np.degrees(np.arctan2(cv2.Sobel(grey, cv2.CV_32F, 0, 1), cv2.Sobel(grey, cv2.CV_32F, 1, 0))) + 90
    wrong = np.abs(canvas.astype(np.float32) - soft).mean(-1)
    count = min(6000, int(rgb.shape[0] * rgb.shape[1] / (STROKES * size * size)))
    rows, columns = rng.integers(rgb.shape[0], size=count), rng.integers(rgb.shape[1], size=count)
    for y, x in zip(rows.tolist(), columns.tolist(), strict=True):
        if wrong[y, x] < rng.uniform(2, 12):
            continue
        axes = (max(1, int(size * rng.uniform(0.8, 1.8))), max(1, int(size * rng.uniform(0.25, 0.45))))
        colour = (soft[y, x] + rng.normal(0, 6) + rng.normal(0, 4, 3)).clip(0, 255).tolist()
        angle = float(along[y, x] + rng.normal(0, 12))
        cv2.ellipse(canvas, (x, y), axes, angle, 0, 360, colour, -1, cv2.LINE_AA)
        cv2.ellipse(relief, (x, y), axes, angle, 0, 360, float(rng.uniform()), -1, cv2.LINE_AA)


def few_colours(rgb: U8, rng: np.random.Generator) -> U8:
    """A print or drawing: a dozen colours, and at times drawn outlines."""
    flat = cv2.medianBlur(rgb, int(rng.choice((3, 5, 7))))
    pixels = flat.reshape(-1, 3).astype(np.float32)
    few = pixels[rng.integers(len(pixels), size=min(len(pixels), 3000))]
    stop = (cv2.TERM_CRITERIA_EPS | cv2.TERM_CRITERIA_MAX_ITER, 8, 1.0)
    cv2.setRNGSeed(int(rng.integers(1 << 30)))
    _, _, palette = cv2.kmeans(few, int(rng.integers(5, 17)), np.empty(0, np.int32), stop, 1, cv2.KMEANS_RANDOM_CENTERS)
    nearest = ((pixels[:, None] - palette[None]) ** 2).sum(-1).argmin(1)
    result = palette[nearest].reshape(rgb.shape)
    if rng.random() < 0.5:
        edges = cv2.Canny(cv2.GaussianBlur(rgb, (0, 0), 1.5), 40, 100) > 0
        result[edges] *= rng.uniform(0.1, 0.6)
    return _bytes(cv2.GaussianBlur(result, (0, 0), rng.uniform(0.4, 0.8)))


def worn(rgb: U8, rng: np.random.Generator) -> U8:
    """A picture as files and cameras leave it: at times resampled, blurred, noisy, relit or compressed."""
    if rng.random() < 0.5:
        factor = float(np.exp(rng.uniform(np.log(0.4), np.log(2))))
        size = (max(16, int(rgb.shape[1] * factor)), max(16, int(rgb.shape[0] * factor)))
        rgb = np.asarray(
            cv2.resize(rgb, size, interpolation=cv2.INTER_AREA if factor < 1 else cv2.INTER_CUBIC), np.uint8
        )
    if rng.random() < 0.25:
        rgb = _blurred(rgb, rng.uniform(0.4, 2.5))
    if rng.random() < 0.3:
        grain = rng.normal(0, rng.uniform(1, 10), (*rgb.shape[:2], 3 if rng.random() < 0.5 else 1))
        rgb = _bytes(rgb + grain)
    if rng.random() < 0.4:
        tone = (rgb / np.float32(255)) ** rng.uniform(0.6, 1.6)
        grey = tone.mean(-1, keepdims=True)
        rgb = _bytes(255 * (grey + (tone - grey) * rng.uniform(0.2, 1.6)))
    if rng.random() < 0.5:
        quality = int(rng.integers(35, 96))
        _, data = cv2.imencode(".jpg", rgb, (cv2.IMWRITE_JPEG_QUALITY, quality))
        rgb = np.asarray(cv2.imdecode(data, cv2.IMREAD_COLOR), np.uint8)
    return rgb


def _blurred(rgb: U8, sigma: float) -> U8:
    return np.asarray(cv2.GaussianBlur(rgb, (0, 0), sigma), np.uint8)


def _bytes(values: np.ndarray) -> U8:
    return floats(values).round().clip(0, 255).astype(np.uint8)
