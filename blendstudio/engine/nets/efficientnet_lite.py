"""EfficientNet-Lite0, a classifier of pictures (Tan and Le, 2019; Lite variant 2020), with its norms folded away."""

from pathlib import Path

from safetensors.torch import load_file
from torch import Tensor, nn
from torch.nn import functional as F

STRIDES = (1, 2, 1, 2, 1, 2, 1, 1, 1, 1, 1, 2, 1, 1, 1, 1)  # of the sixteen blocks
CELL = 32  # pixels of the input per cell of the dense output
Shapes = dict[str, tuple[int, ...]]


class SameConv(nn.Conv2d):
    """A convolution padded the TensorFlow way: the odd zero goes to the right and below."""

    def forward(self, input: Tensor) -> Tensor:
        """N×in×H×W -> N×out×h×w, the sides divided by the stride and rounded up."""
        down, right = (
            max((-(-side // stride) - 1) * stride + kernel - side, 0)
            for side, stride, kernel in zip(input.shape[2:], self.stride, self.kernel_size, strict=True)
        )
        return super().forward(F.pad(input, (right // 2, right - right // 2, down // 2, down - down // 2)))


def conv_like(shape: tuple[int, ...], width_in: int, stride: int = 1, groups: int = 1) -> SameConv:
    """An empty convolution with the outputs and the kernel of weights of that shape."""
    return SameConv(width_in, shape[0], shape[2], stride, groups=groups)


class MobileBlock(nn.Module):
    """Widen (where the weights say so), filter each channel, narrow; added to the input where size and width agree."""

    def __init__(self, shapes: Shapes, width_in: int, stride: int) -> None:
        super().__init__()
        wide = width_in
        self.expand: SameConv | None = None
        if "expand.weight" in shapes:
            self.expand = conv_like(shapes["expand.weight"], width_in)
            wide = self.expand.out_channels
        self.depthwise = conv_like(shapes["depthwise.weight"], wide, stride, groups=wide)
        self.project = conv_like(shapes["project.weight"], wide)
        self.added = stride == 1 and width_in == self.project.out_channels

    def forward(self, x: Tensor) -> Tensor:
        """N×in×H×W -> N×out×h×w."""
        y = F.relu6(self.expand(x)) if self.expand is not None else x
        y = self.project(F.relu6(self.depthwise(y)))
        return x + y if self.added else y


class EfficientNetLite(nn.Module):
    """N×3×H×W with values (rgb − 127) / 128, rgb in 0..255 -> logits of the ImageNet classes."""

    def __init__(self, shapes: Shapes) -> None:
        super().__init__()
        self.stem = conv_like(shapes["stem.weight"], 3, 2)
        width = self.stem.out_channels
        self.blocks = nn.Sequential()
        for number, stride in enumerate(STRIDES):
            block = MobileBlock(_below(shapes, f"blocks.{number}."), width, stride)
            self.blocks.append(block)
            width = block.project.out_channels
        self.head = conv_like(shapes["head.weight"], width)
        self.classifier = nn.Linear(self.head.out_channels, shapes["classifier.weight"][0])

    def features(self, x: Tensor) -> Tensor:
        """N×C×h×w, what the classifier sees, one cell per 32×32 pixels."""
        return F.relu6(self.head(self.blocks(F.relu6(self.stem(x)))))

    def forward_dense(self, x: Tensor) -> Tensor:
        """N×classes×h×w logits of every cell of 32×32 pixels; their mean is what `forward` gives."""
        return F.conv2d(self.features(x), self.classifier.weight[:, :, None, None], self.classifier.bias)

    def forward(self, x: Tensor) -> Tensor:
        """N×classes logits of the whole picture."""
        return self.classifier(self.features(x).mean((2, 3)))


def _below(shapes: Shapes, prefix: str) -> Shapes:
    return {key.removeprefix(prefix): shape for key, shape in shapes.items() if key.startswith(prefix)}


def from_state(state: dict[str, Tensor]) -> EfficientNetLite:
    """A net whose widths are read from the shapes of `state`; raises KeyError or RuntimeError on a mismatch."""
    net = EfficientNetLite({key: tuple(value.shape) for key, value in state.items()})
    net.load_state_dict(state)
    return net.eval()


def load(path: Path) -> EfficientNetLite:
    """The net from a safetensors file."""
    return from_state(load_file(path))
