"""The paper's nets, a few thousand random numbers each, built by their authors' own packages."""

import warnings
from functools import partial
from pathlib import Path
from types import SimpleNamespace
from unittest.mock import MagicMock, patch

import numpy as np
import tiny
import torch
from safetensors.torch import save
from torch import nn

from blendstudio.engine.job import Progress
from blendstudio.engine.manifest import shipped
from blendstudio.engine.nets import bert_words
from blendstudio.engine.nets.grounding import TextEncoder, speak
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
    return {
        "grounding-dino-swint": copied(grounding()),
        "bert-words": bert_words.to_state(vocabulary()),
        "sam-vit-b": copied(sam()),
        "vgg19": tiny.features(indices=VGG19),
    }


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


def quiet():
    """Keeps silent what the authors' packages, written years ago, make PyTorch and Python warn of."""
    return warnings.catch_warnings(action="ignore")


def copied(net: nn.Module) -> tiny.State:
    """A net's weights, each with memory of its own."""
    return {name: tensor.detach().clone() for name, tensor in net.state_dict().items()}


def seeded(net: nn.Module, spread: float = 0.3, seed: int = 19) -> nn.Module:
    """The net with random weights, the same every time, also where its authors begin with zeros."""
    random = torch.Generator().manual_seed(seed)
    for tensor in (*net.parameters(), *net.buffers()):
        if tensor.is_floating_point():
            tensor.data = torch.randn(tensor.shape, generator=random) * spread
    return net.eval()


def sam(seed: int = 30) -> nn.Module:  # which makes masks that are neither full nor empty
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
    net = seeded(Sam(image, prompt, decoder, [0, 0, 0], [1, 1, 1]), seed=seed)
    net.pixel_mean.data = torch.tensor([123.675, 116.28, 103.53]).view(-1, 1, 1)
    net.pixel_std.data = torch.tensor([58.395, 57.12, 57.375]).view(-1, 1, 1)
    return net


def vocabulary() -> bytes:
    """A vocabulary that spells every word out of letters, and knows a few whole."""
    letters = "abcdefghijklmnopqrstuvwxyz0123456789"
    tokens = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", ".", "?", "bird", "dog", "red"]
    return "\n".join([*tokens, *letters, *(f"##{letter}" for letter in letters)]).encode() + b"\n"


# The sizes of a tiny Grounding DINO; the package's text layers are fixed to 256 numbers.
SMALL = {"hidden_dim": 256, "enc_layers": 1, "dec_layers": 2, "dim_feedforward": 32, "num_queries": 20}
SMALL_SWIN = {"embed_dim": 8, "depths": [1, 1, 1, 1], "num_heads": [1, 1, 2, 2], "window_size": 3}
SMALL_BERT = {"hidden_size": 64, "num_hidden_layers": 1, "num_attention_heads": 1, "intermediate_size": 64}
SMALL_BERT |= {"max_position_embeddings": 64}


def blank_grounding(words: int, *, tiny: bool = True) -> nn.Module:
    """A Grounding DINO from the package's own builder and configuration, its sizes made small or left.

    Beyond that, only what keeps the package from running on transformers 5, and from reaching for a hub, is replaced.
    """
    from groundingdino.config import GroundingDINO_SwinT_OGC as published
    from groundingdino.models import build_model
    from groundingdino.models.GroundingDINO import groundingdino as package
    from groundingdino.models.GroundingDINO.backbone import backbone
    from groundingdino.models.GroundingDINO.backbone.swin_transformer import SwinTransformer
    from transformers import BertConfig, BertModel

    settings = {name: value for name, value in vars(published).items() if not name.startswith("_")}
    settings |= {"use_checkpoint": False, "use_transformer_ckpt": False} | (SMALL if tiny else {})
    bert = BertConfig(vocab_size=words, **(SMALL_BERT if tiny else {}))
    build = backbone.build_swin_transformer

    def swin(name: str, out_indices: tuple[int, ...], **values: object) -> nn.Module:
        small = SwinTransformer(**SMALL_SWIN, out_indices=out_indices) if tiny else None
        return small or build(name, out_indices=out_indices, **values)

    loader = package.get_tokenlizer
    with (
        patch.object(package, "BertModelWarper", TextEncoder),
        patch.object(loader, "get_tokenlizer", lambda _: MagicMock()),
        patch.object(loader, "get_pretrained_language_model", lambda _: BertModel(bert)),
        patch.object(backbone, "build_swin_transformer", swin),
    ):
        return build_model(SimpleNamespace(**settings))


def grounding() -> nn.Module:
    """A tiny Grounding DINO that knows the tiny vocabulary."""
    with quiet():
        net = seeded(blank_grounding(len(vocabulary().splitlines())), spread=0.2)
    speak(net, bert_words.from_state(bert_words.to_state(vocabulary())).tokenizer)
    return net
