"""Clicks to regions: geodesic distances and the random walker with a prior, both on a reduced picture."""

from collections.abc import Sequence

import cv2
import numpy as np

from blendstudio.core.geometry import Point, Size
from blendstudio.core.types import F32, F64, U8
from blendstudio.engine.saliency import enlarged, size_of

GEODESIC_SIDE = 192
WALKER_SIDE = 256
EDGE_COST = 40.0  # how much dearer a step across a full edge is
COLOUR = 90.0  # β of Grady (2006), for Lab in 0..1
PRIOR = 0.02  # how strongly the prior holds a pixel
HARD = 100.0  # how strongly a click holds one
CLICK = 0.012  # radius of a click, of the long side
Clicks = Sequence[tuple[Point, bool]]


def geodesic(rgb: U8, points: Sequence[Point]) -> F32:
    """H×W: the length of the cheapest path to the nearest point, where crossing an edge costs; 1 is the long side."""
    from scipy import sparse
    from scipy.sparse import csgraph

    size, small = _reduced_lab(rgb, GEODESIC_SIDE, blur=1.0)
    slope = [cv2.Sobel(small, cv2.CV_32F, *order) ** 2 for order in ((1, 0), (0, 1))]
    cost = (1.0 + EDGE_COST * np.sqrt((slope[0] + slope[1]).sum(-1)) / 4) / GEODESIC_SIDE
    index = np.arange(cost.size).reshape(cost.shape)
    links = [_links(index, cost, step) for step in ((0, 1), (1, 0), (1, 1), (1, -1))]
    first, second, price = (np.concatenate(part) for part in zip(*links, strict=True))
    graph = sparse.csr_matrix((price, (first, second)), shape=(cost.size, cost.size))
    scale = size.width / rgb.shape[1]
    seeds = {_cell(point, scale, size) for point in points}
    distance = csgraph.dijkstra(graph, directed=False, indices=sorted(seeds), min_only=True)
    return enlarged(distance.reshape(cost.shape).astype(np.float32), size_of(rgb))


def random_walk(rgb: U8, prior: F32, clicks: Clicks) -> F32:
    """H×W in 0..1: the chance that a walker who avoids edges meets a “this” click before a “not this” click.

    Minimises Σ w_ij (x_i − x_j)² + λ Σ (x_i − prior_i)² with the discs of the clicks held (Grady, 2005, with a prior).
    """
    size, lab = _reduced_lab(rgb, WALKER_SIDE)
    target = cv2.resize(prior, size, interpolation=cv2.INTER_AREA).astype(np.float64)
    hold = np.full(target.shape, PRIOR)
    scale = size.width / rgb.shape[1]
    radius = max(1, int(CLICK * max(rgb.shape[:2]) * scale))
    for point, inside in clicks:
        disc = np.zeros(target.shape, np.uint8)
        cv2.circle(disc, (int(point.x * scale), int(point.y * scale)), radius, 1, -1)
        hold[disc > 0] = HARD
        target[disc > 0] = inside
    chance = _solved(lab, target, hold)
    return enlarged(np.clip(chance, 0, 1).astype(np.float32), size_of(rgb))


def _solved(lab: F32, target: F64, hold: F64) -> F64:
    from scipy import sparse
    from scipy.sparse import linalg as solvers

    index = np.arange(target.size).reshape(target.shape)
    pairs = [(index[:, :-1], index[:, 1:]), (index[:-1], index[1:])]
    first = np.concatenate([a.ravel() for a, _ in pairs])
    second = np.concatenate([b.ravel() for _, b in pairs])
    colours = lab.reshape(-1, 3)
    weight = np.exp(-COLOUR * ((colours[first] - colours[second]) ** 2).sum(-1)).astype(np.float64) + 1e-4
    both = (np.concatenate([first, second]), np.concatenate([second, first]))
    links = sparse.csr_matrix((np.concatenate([weight, weight]), both), shape=(target.size, target.size))
    diagonal = np.asarray(links.sum(1)).ravel() + hold.ravel()
    matrix = sparse.diags(diagonal) - links
    start = target.ravel()
    chance, _ = solvers.cg(matrix, hold.ravel() * start, x0=start, rtol=1e-4, maxiter=150, M=sparse.diags(1 / diagonal))
    return chance.reshape(target.shape)


def _reduced_lab(rgb: U8, side: int, blur: float = 0.0) -> tuple[Size, F32]:
    scale = side / max(rgb.shape[:2])
    size = Size(max(8, round(rgb.shape[1] * scale)), max(8, round(rgb.shape[0] * scale)))
    small = cv2.resize(rgb, size, interpolation=cv2.INTER_AREA)
    if blur:
        small = cv2.GaussianBlur(small, (0, 0), blur)
    return size, cv2.cvtColor(small, cv2.COLOR_RGB2LAB).astype(np.float32) / np.float32(255)


def _links(index: np.ndarray, cost: F32, step: tuple[int, int]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """All pairs of cells one step apart, and what the step costs."""
    down, right = step
    high, wide = cost.shape
    here = (slice(0, high - down), slice(0, wide - right) if right >= 0 else slice(-right, wide))
    there = (slice(down, high), slice(right, wide) if right >= 0 else slice(0, wide + right))
    price = (cost[here] + cost[there]) / 2 * float(np.hypot(*step))
    return index[here].ravel(), index[there].ravel(), price.ravel()


def _cell(point: Point, scale: float, size: Size) -> int:
    column = min(size.width - 1, max(0, int(point.x * scale)))
    row = min(size.height - 1, max(0, int(point.y * scale)))
    return row * size.width + column
