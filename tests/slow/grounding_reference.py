"""What the unmodified groundingdino-py says, run by a Python whose transformers still is the one it was written for.

Arguments: a folder with weights.pth and bert/ (config.json, vocab.txt, model.safetensors), a photo, a text, and the
file for the answer. Everything is the package's own: its configuration file, its loader, its way of reading pictures.
"""

import sys
from pathlib import Path

import numpy as np
import torch


def main(folder: str, photo: str, text: str, answer: str) -> None:
    import groundingdino
    import transformers
    from groundingdino.models import build_model
    from groundingdino.util.inference import load_image, preprocess_caption
    from groundingdino.util.misc import clean_state_dict
    from groundingdino.util.slconfig import SLConfig

    settings = SLConfig.fromfile(str(Path(groundingdino.__file__).parent / "config" / "GroundingDINO_SwinT_OGC.py"))
    settings.device = "cpu"
    settings.text_encoder_type = str(Path(folder) / "bert")
    model = build_model(settings)
    checkpoint = torch.load(Path(folder) / "weights.pth", map_location="cpu", weights_only=True)
    told = model.load_state_dict(clean_state_dict(checkpoint["model"]), strict=False)
    assert not told.missing_keys
    _, picture = load_image(photo)
    with torch.no_grad():
        said = model.eval()(picture[None], captions=[preprocess_caption(text)])
    np.savez(
        answer,
        logits=said["pred_logits"].sigmoid()[0].numpy(),
        boxes=said["pred_boxes"][0].numpy(),
        transformers=transformers.__version__,
    )


if __name__ == "__main__":
    main(*sys.argv[1:])
