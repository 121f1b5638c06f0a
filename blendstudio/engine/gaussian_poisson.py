"""The Gaussian-Poisson equation (Wu et al., GP-GAN, 2019, equations 5 to 8) in closed form.

Wanted is the picture x that minimises ‖L x − u‖² + β ‖G x − c‖²: L is the Laplacian, u the divergence of the wanted
gradients, G a small Gaussian blur, and c a picture that holds the colours. With borders that mirror, the cosine
transform makes both L and G diagonal, so that x is a quotient, number by number:
(l² + β g²) x̂ = l û + β g ĉ.
"""

import numpy as np

from blendstudio.core.types import F32, floats

SIGMA = 0.5  # pixels: the published blur, which is 3 pixels wide


def solve(source: F32, background: F32, mask: F32, colours: F32, beta: float) -> F32:
    """h×w×3: the gradients of `source` inside h×w `mask` (0 or 1), of `background` outside, and the `colours`.

    Not clamped. `beta` is above 0.
    """
    from scipy import fft

    def transformed(picture: F32) -> F32:
        return np.asarray(fft.dctn(picture, axes=(0, 1), norm="ortho"))

    wanted = divergence(source, background, mask)
    across, along = (np.cos(np.pi * np.arange(count) / count) for count in mask.shape)
    bend = (4 - 2 * across[:, None] - 2 * along)[..., None]
    blur = (_blur(across)[:, None] * _blur(along))[..., None]
    wave = bend * transformed(wanted) + beta * blur * transformed(colours)
    found = fft.idctn(floats(wave / (bend**2 + beta * blur**2)), axes=(0, 1), norm="ortho")
    return np.asarray(found, np.float32)


def divergence(source: F32, background: F32, mask: F32) -> F32:
    """u, with the Laplacian's sign: four times a pixel minus its neighbours; h×w×3.

    Between a pixel of the mask and one beyond it the mean of both pictures' gradients, as published.
    """
    total = np.zeros_like(source)
    for axis in (0, 1):
        ends = np.moveaxis(mask, axis, 0)
        inside = np.moveaxis((ends[:-1] + ends[1:]) / 2, 0, axis)[..., None]
        step = inside * np.diff(source, axis=axis) + (1 - inside) * np.diff(background, axis=axis)
        step, turned = np.moveaxis(step, axis, 0), np.moveaxis(total, axis, 0)
        turned[1:] += step
        turned[:-1] -= step
    return total


def doubled(colours: F32, size: tuple[int, ...]) -> F32:
    """The next larger step of a pyramid, whose even pixels these h×w×3 are, by cubic splines as published.

    A softer way up takes contrast at every step.
    """
    from scipy import ndimage

    planes = [
        ndimage.affine_transform(plane, (0.5, 0.5), output_shape=size, order=3, mode="mirror")
        for plane in colours.transpose(2, 0, 1)
    ]
    return floats(np.dstack(planes))


def _blur(wave: np.ndarray) -> np.ndarray:
    """What the blur leaves of each wave along one axis, given its cosine."""
    side = np.exp(-0.5 / SIGMA**2)
    return (1 + 2 * side * wave) / (1 + 2 * side)
