"""The words of Grounding DINO's BERT: a vocabulary of one token per line, kept as bytes beside the nets."""

import tempfile
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file
from torch import Tensor, nn

from blendstudio.engine.nets.weights import Weights, WrongWeights

NAME = "vocabulary"
NEEDED = ("[PAD]", "[UNK]", "[CLS]", "[SEP]", ".", "?")


class Words(nn.Module):
    """A tokenizer that is stored, hashed and handed out as the nets are; it computes nothing."""

    def __init__(self, tokenizer: Any) -> None:
        super().__init__()
        self.tokenizer = tokenizer


def to_state(text: bytes) -> dict[str, Tensor]:
    """A vocabulary as one tensor of its bytes. Raises WrongWeights for a text that is none."""
    state = {NAME: torch.frombuffer(bytearray(text), dtype=torch.uint8)} if text else {}
    from_state(state)
    return state


def from_state(state: dict[str, Tensor]) -> Words:
    """The tokenizer that knows exactly these words. Raises WrongWeights."""
    try:
        text = Weights(state)[NAME].numpy().tobytes().decode("utf-8")
    except UnicodeDecodeError as error:
        raise WrongWeights("it is not a text") from error
    tokens = text.splitlines()
    for token in NEEDED:
        if token not in tokens:
            raise WrongWeights(f"it lacks the word “{token}”")
    return Words(_tokenizer(text, tokens))


def _tokenizer(text: str, tokens: list[str]) -> Any:
    """BERT's own tokenizer, which is then asked whether it took the words: some versions quietly leave them out."""
    from transformers import BertTokenizer

    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "vocab.txt"
        file.write_text(text, "utf-8", newline="\n")
        made: Any = BertTokenizer(str(file), do_lower_case=True)
    known = made.convert_tokens_to_ids(tokens)
    if len(made) != len(tokens) or known != list(range(len(tokens))):
        raise WrongWeights("the installed transformers does not take its words")
    return made


def load(path: Path) -> Words:
    """The words from a safetensors file."""
    return from_state(load_file(path))
