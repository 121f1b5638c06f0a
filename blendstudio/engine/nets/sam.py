"""Segment Anything (Kirillov et al., 2023), as its authors' package builds it, of the size that the weights have."""

from functools import partial
from pathlib import Path
from typing import Any

from safetensors.torch import load_file
from torch import Tensor, nn

from blendstudio.engine.nets.weights import Weights, fill

HEADS = 8  # of the mask decoder; the one number that the shapes do not tell
MEAN, DEVIATION = [123.675, 116.28, 103.53], [58.395, 57.12, 57.375]


def from_state(state: dict[str, Tensor]) -> nn.Module:
    """A `segment_anything.modeling.Sam`: ViT-B, L, H or any other, told by the shapes. Raises WrongWeights."""
    from segment_anything.modeling import ImageEncoderViT, MaskDecoder, PromptEncoder, Sam, TwoWayTransformer

    weights = Weights(state)
    image = encoder_of(weights)
    norm: Any = partial(nn.LayerNorm, eps=1e-6)
    width, grid = image["out_chans"], image["img_size"] // image["patch_size"]
    decoder = "mask_decoder.transformer.layers."
    head = "mask_decoder.iou_prediction_head.layers."
    net = Sam(
        image_encoder=ImageEncoderViT(**image, norm_layer=norm),
        prompt_encoder=PromptEncoder(
            embed_dim=width,
            image_embedding_size=(grid, grid),
            input_image_size=(image["img_size"], image["img_size"]),
            mask_in_chans=weights.shape("prompt_encoder.mask_downscaling.3.weight")[0],
        ),
        mask_decoder=MaskDecoder(
            num_multimask_outputs=weights.shape("mask_decoder.mask_tokens.weight")[0] - 1,
            transformer=TwoWayTransformer(
                depth=weights.count(decoder),
                embedding_dim=width,
                mlp_dim=weights.shape(f"{decoder}0.mlp.lin1.weight")[0],
                num_heads=HEADS,
            ),
            transformer_dim=width,
            iou_head_depth=weights.count(head),
            iou_head_hidden_dim=weights.shape(f"{head}0.weight")[0],
        ),
        pixel_mean=MEAN,
        pixel_std=DEVIATION,
    )
    return fill(net, weights)


def encoder_of(weights: Weights) -> dict[str, Any]:
    """The arguments of the image encoder that has these weights.

    A block that looks at the whole picture has relative positions for the whole grid, the others for a window.
    """
    _, grid, _, width = weights.shape("image_encoder.pos_embed")
    patch = weights.shape("image_encoder.patch_embed.proj.weight")[-1]
    depth = weights.count("image_encoder.blocks.")
    reaches = [weights.shape(f"image_encoder.blocks.{number}.attn.rel_pos_h") for number in range(depth)]
    spans = [(reach + 1) // 2 for reach, _ in reaches]
    return {
        "img_size": grid * patch,
        "patch_size": patch,
        "embed_dim": width,
        "depth": depth,
        "num_heads": width // reaches[0][1],
        "mlp_ratio": weights.shape("image_encoder.blocks.0.mlp.lin1.weight")[0] / width,
        "out_chans": weights.shape("image_encoder.neck.0.weight")[0],
        "use_rel_pos": True,
        "window_size": min(spans),
        "global_attn_indexes": tuple(number for number, span in enumerate(spans) if span == grid),
    }


def random_vit_b() -> nn.Module:
    """A ViT-B of the published size with random numbers, as its authors build it: to be timed, never to be believed."""
    from segment_anything import sam_model_registry

    return sam_model_registry["vit_b"]()


def load(path: Path) -> nn.Module:
    """The net from a safetensors file."""
    return from_state(load_file(path))
