"""Mask R-CNN (He et al., 2017) with a ResNet-50 and a feature pyramid, as torchvision builds and loads it."""

from pathlib import Path

from safetensors.torch import load_file
from torch import Tensor, nn

from blendstudio.engine.nets.weights import Weights, WrongWeights


def from_state(state: dict[str, Tensor]) -> nn.Module:
    """A `torchvision.models.detection.MaskRCNN`; names of older torchvisions are understood. Raises WrongWeights."""
    from torchvision.models.detection import MaskRCNN
    from torchvision.models.detection.backbone_utils import resnet_fpn_backbone
    from torchvision.ops.misc import FrozenBatchNorm2d

    classes = Weights(state).shape("roi_heads.box_predictor.cls_score.weight")[0]
    net = MaskRCNN(resnet_fpn_backbone(backbone_name="resnet50", weights=None), num_classes=classes)
    for part in net.modules():
        if isinstance(part, FrozenBatchNorm2d):
            part.eps = 0.0  # as torchvision does for these weights, which were trained so
    try:
        told = net.load_state_dict(state, strict=False, assign=True)
    except RuntimeError as error:
        raise WrongWeights("a part of it has another shape") from error
    if told.missing_keys:
        raise WrongWeights(f"it lacks “{told.missing_keys[0]}”")
    if told.unexpected_keys:
        raise WrongWeights(f"it holds “{told.unexpected_keys[0]}”, which that model does not have")
    return net.eval()


def load(path: Path) -> nn.Module:
    """The net from a safetensors file."""
    return from_state(load_file(path))
