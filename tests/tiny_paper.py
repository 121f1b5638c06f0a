"""The paper's nets, a few thousand random numbers each, built by their authors' own packages."""

from functools import partial
from pathlib import Path

import numpy as np
import tiny
import torch
from safetensors.torch import save
from torch import nn

from blendstudio.engine.job import Progress
from blendstudio.engine.manifest import shipped
from blendstudio.engine.store import Store

SIDE, PATCH = 64, 8  # of SAM's square
VGG19 = (0, 2, 5, 7, 10, 12, 14, 16, 19, 21, 23, 25, 28, 30, 32, 34)


def paper_home(folder: Path) -> Path:
    """A home with tiny nets of both tiers; returns it, for BLENDSTUDIO_HOME."""
    tiny.tiny_home(folder)
    store = Store(folder / "models", shipped())
    for id, state in states().items():
        store.keep(id, save(state))
    return folder


def states() -> dict[str, tiny.State]:
    """Id -> weights of one net for every role of the paper's tier."""
    return {"sam-vit-b": copied(sam()), "vgg19": tiny.features(indices=VGG19)}


def photo(height=80, width=100):
    """A red blob on grey grain, H×W×3 uint8."""
    rgb = np.random.default_rng(4).integers(110, 140, (height, width, 1), np.uint8).repeat(3, 2)
    y, x = np.mgrid[:height, :width]
    rgb[((y - 40) / 18) ** 2 + ((x - 45) / 24) ** 2 < 1] = (220, 40, 40)
    return rgb


def stopped_after(reports):
    """A progress that is stopped after some reports."""
    heard = []
    return Progress(lambda share, stage: heard.append(share), cancelled=lambda: len(heard) >= reports)


def copied(net: nn.Module) -> tiny.State:
    """A net's weights, each with memory of its own."""
    return {name: tensor.detach().clone() for name, tensor in net.state_dict().items()}


def seeded(net: nn.Module, spread: float = 0.3) -> nn.Module:
    """The net with random weights, the same every time, also where its authors begin with zeros."""
    random = torch.Generator().manual_seed(19)
    for tensor in (*net.parameters(), *net.buffers()):
        if tensor.is_floating_point():
            tensor.data = torch.randn(tensor.shape, generator=random) * spread
    return net.eval()


def sam() -> nn.Module:
    """A SAM with two blocks, one of which looks at windows."""
    from segment_anything.modeling import ImageEncoderViT, MaskDecoder, PromptEncoder, Sam, TwoWayTransformer

    grid = SIDE // PATCH
    image = ImageEncoderViT(
        img_size=SIDE,
        patch_size=PATCH,
        embed_dim=24,
        depth=2,
        num_heads=3,
        mlp_ratio=2,
        out_chans=32,
        norm_layer=partial(nn.LayerNorm, eps=1e-6),
        use_rel_pos=True,
        window_size=3,
        global_attn_indexes=(1,),
    )
    prompt = PromptEncoder(
        embed_dim=32, image_embedding_size=(grid, grid), input_image_size=(SIDE, SIDE), mask_in_chans=8
    )
    decoder = MaskDecoder(
        num_multimask_outputs=3,
        transformer=TwoWayTransformer(depth=2, embedding_dim=32, mlp_dim=48, num_heads=8),
        transformer_dim=32,
        iou_head_depth=3,
        iou_head_hidden_dim=16,
    )
    net = seeded(Sam(image, prompt, decoder, [0, 0, 0], [1, 1, 1]))
    net.pixel_mean.data = torch.tensor([123.675, 116.28, 103.53]).view(-1, 1, 1)
    net.pixel_std.data = torch.tensor([58.395, 57.12, 57.375]).view(-1, 1, 1)
    return net
