"""Pictures to tensors and back: the only crossing."""

import numpy as np
import torch
from torch import Tensor

from blendstudio.core.types import F32, Bool
from blendstudio.errors import Diverged


def to_tensor(picture: F32 | Bool, device: torch.device | None = None) -> Tensor:
    """H×W or H×W×C -> 1×C×H×W float32, a copy."""
    values = np.atleast_3d(picture).transpose(2, 0, 1)[None]
    return torch.from_numpy(np.array(values, np.float32, order="C")).to(device)


def to_picture(tensor: Tensor) -> F32:
    """1×C×H×W -> H×W×C in 0..1, clamped; raises Diverged for a value that is not finite."""
    picture = tensor.detach()[0].permute(1, 2, 0).float().cpu().numpy()
    if not np.isfinite(picture).all():
        raise Diverged("The blend ran away and has no usable picture.", "Lower the weights or choose the paper preset.")
    return np.clip(picture, 0.0, 1.0)
