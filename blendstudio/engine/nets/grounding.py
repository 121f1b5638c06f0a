"""Grounding DINO (Liu et al., 2023), as its authors' package builds it, of the size that the weights have.

The package (groundingdino-py 0.4.0) was written for transformers 4: its way into BERT is gone from transformers 5, and
it fetches BERT from a hub although its own checkpoint carries all of it. Both are put right here; on the same
checkpoint the numbers are those of the unmodified package on transformers 4.57.
"""

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import torch
from safetensors.torch import load_file
from torch import Tensor, nn

from blendstudio.engine.nets.weights import Weights, fill

# What the published configurations set and the shapes do not tell.
SETTINGS = {
    "position_embedding": "sine",
    "pe_temperatureH": 20,
    "pe_temperatureW": 20,
    "pre_norm": False,
    "dropout": 0.0,
    "nheads": 8,
    "query_dim": 4,
    "num_patterns": 0,
    "enc_n_points": 4,
    "dec_n_points": 4,
    "two_stage_type": "standard",
    "transformer_activation": "relu",
    "embed_init_tgt": True,
    "use_text_enhancer": True,
    "use_fusion_layer": True,
    "use_checkpoint": False,
    "use_transformer_ckpt": False,
    "use_text_cross_attention": True,
    "text_dropout": 0.0,
    "fusion_dropout": 0.0,
    "fusion_droppath": 0.1,
}
SPARE = ("label_enc.weight", "bert.embeddings.position_ids")  # of training and of old transformers
BERT_HEAD = 64  # numbers that one head of BERT's attention sees
SPECIAL = ("[CLS]", "[SEP]", ".", "?")  # tokens between which a phrase stands


class TextEncoder(nn.Module):
    """BERT whose attention stays within each phrase, in place of the package's `BertModelWarper`."""

    def __init__(self, bert_model: Any) -> None:
        super().__init__()
        self.config, self.embeddings = bert_model.config, bert_model.embeddings
        self.encoder, self.pooler = bert_model.encoder, bert_model.pooler

    def forward(
        self,
        input_ids: Tensor,
        attention_mask: Tensor,
        token_type_ids: Tensor | None = None,
        position_ids: Tensor | None = None,
    ) -> dict[str, Tensor]:
        x = self.embeddings(input_ids=input_ids, token_type_ids=token_type_ids, position_ids=position_ids)
        keep = attention_mask if attention_mask.dim() == 3 else attention_mask[:, None, :]
        bias = torch.zeros(keep.shape, dtype=x.dtype, device=x.device)
        bias.masked_fill_(~keep.bool(), torch.finfo(x.dtype).min)
        return {"last_hidden_state": self.encoder(x, attention_mask=bias[:, None])[0]}


def from_state(state: dict[str, Tensor]) -> nn.Module:
    """A `GroundingDINO` with a Swin-T, a Swin-B or any other, told by the shapes. Raises WrongWeights.

    It knows no words before `speak`.
    """
    with warnings.catch_warnings(action="ignore"):  # of what has been renamed since the package was written
        return fill(_blank(Weights(state)), {name: state[name] for name in state if name not in SPARE})


def _blank(weights: Weights) -> nn.Module:
    from groundingdino.models.GroundingDINO import groundingdino as package
    from groundingdino.models.GroundingDINO.transformer import build_transformer
    from transformers import BertModel

    settings = SimpleNamespace(**SETTINGS, **sizes_of(weights))
    wordless = SimpleNamespace(convert_tokens_to_ids=lambda tokens: [0] * len(tokens))
    bert = BertModel(bert_of(weights))
    with (
        _replaced(package, "BertModelWarper", TextEncoder),
        _replaced(package.get_tokenlizer, "get_tokenlizer", lambda _: wordless),
        _replaced(package.get_tokenlizer, "get_pretrained_language_model", lambda _: bert),
    ):
        return package.GroundingDINO(
            backbone_of(weights, settings),
            build_transformer(settings),
            num_queries=settings.num_queries,
            aux_loss=True,
            iter_update=True,
            query_dim=settings.query_dim,
            num_feature_levels=settings.num_feature_levels,
            nheads=settings.nheads,
            two_stage_type=settings.two_stage_type,
            two_stage_bbox_embed_share=False,
            two_stage_class_embed_share=False,
            dn_number=0,
        )


def speak(net: nn.Module, tokenizer: Any) -> None:
    """Gives the net the words that its BERT was trained with."""
    spoken: Any = net
    spoken.tokenizer = tokenizer
    spoken.specical_tokens = tokenizer.convert_tokens_to_ids(list(SPECIAL))  # the package's own spelling


def sizes_of(weights: Weights) -> dict[str, int]:
    """The numbers of a configuration that the shapes tell."""
    return {
        "hidden_dim": weights.shape("feat_map.weight")[0],
        "num_queries": weights.shape("transformer.tgt_embed.weight")[0],
        "num_feature_levels": weights.shape("transformer.level_embed")[0],
        "enc_layers": weights.count("transformer.encoder.layers."),
        "dec_layers": weights.count("transformer.decoder.layers."),
        "dim_feedforward": weights.shape("transformer.encoder.layers.0.linear1.weight")[0],
    }


def backbone_of(weights: Weights, settings: SimpleNamespace) -> nn.Module:
    """The Swin transformer with these weights, joined to its position encoding as in the package's builder."""
    from groundingdino.models.GroundingDINO.backbone.backbone import Joiner
    from groundingdino.models.GroundingDINO.backbone.position_encoding import build_position_encoding
    from groundingdino.models.GroundingDINO.backbone.swin_transformer import SwinTransformer

    swin = "backbone.0."
    stages = range(weights.count(f"{swin}layers."))
    table = "blocks.0.attn.relative_position_bias_table"
    tables = [weights.shape(f"{swin}layers.{stage}.{table}") for stage in stages]
    shown = tuple(stage for stage in stages if f"{swin}norm{stage}.weight" in weights)
    net = SwinTransformer(
        patch_size=weights.shape(f"{swin}patch_embed.proj.weight")[-1],
        embed_dim=weights.shape(f"{swin}patch_embed.proj.weight")[0],
        depths=[weights.count(f"{swin}layers.{stage}.blocks.") for stage in stages],
        num_heads=[heads for _, heads in tables],
        window_size=(round(tables[0][0] ** 0.5) + 1) // 2,
        out_indices=shown,
    )
    joined: Any = Joiner(net, build_position_encoding(settings))
    joined.num_channels = [net.num_features[stage] for stage in shown]
    return joined


def bert_of(weights: Weights) -> Any:
    """The configuration of the BERT with these weights."""
    from transformers import BertConfig

    vocabulary, width = weights.shape("bert.embeddings.word_embeddings.weight")
    return BertConfig(
        vocab_size=vocabulary,
        hidden_size=width,
        num_hidden_layers=weights.count("bert.encoder.layer."),
        num_attention_heads=max(1, width // BERT_HEAD),
        intermediate_size=weights.shape("bert.encoder.layer.0.intermediate.dense.weight")[0],
        max_position_embeddings=weights.shape("bert.embeddings.position_embeddings.weight")[0],
    )


@contextmanager
def _replaced(owner: Any, name: str, value: Any) -> Iterator[None]:
    kept = getattr(owner, name)
    setattr(owner, name, value)
    try:
        yield
    finally:
        setattr(owner, name, kept)


def load(path: Path) -> nn.Module:
    """The net from a safetensors file."""
    return from_state(load_file(path))
