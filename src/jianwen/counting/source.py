"""The source's counter: a fully convolutional network on ResNet-50, one real number out, exactly as given.

ResNet-50 is written here with torchvision's keys, so that a public torchvision `resnet50` state dict loads.
He et al. 2015, arXiv:1512.03385; upsampling as in Long et al. 2015 (FCN), arXiv:1411.4038.
Its training is in `train.py`, its loss in `losses.py`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
import torch.nn.functional as F  # noqa: N812 - the name everybody uses
from torch import Tensor, nn

from jianwen.counting.trunk import load_state
from jianwen.errors import WeightsDamaged

if TYPE_CHECKING:
    from pathlib import Path

    from jianwen.counting.config import SourceConfig

__all__ = ["ResNet", "SourceNetwork"]

_EXPANSION = 4  # a bottleneck's output has four times its inner channels


class SourceNetwork(nn.Module):
    """Forward: (n, 3, H, W) on 0–1 → (n,) real; the count is its rounded value.

    layer3, layer4 brought up to stride 16, and layer2 max-pooled to stride 16 are concatenated in this order:
    1024 + 2048 + 512 = 3584 channels at full width.
    """

    def __init__(self, config: SourceConfig) -> None:
        super().__init__()
        self.trunk = ResNet(width=config.width, depths=config.depths)
        deep = self.trunk.channels[32]
        self.upsampled = _BilinearDeconvolution(deep) if config.upsampling == "transposed" else None
        self.joined = self.trunk.channels[16] + deep + self.trunk.channels[8]
        self.head = nn.Sequential(
            nn.Conv2d(self.joined, 256, kernel_size=2, padding=1),
            nn.BatchNorm2d(256),
            nn.ReLU(inplace=True),
            nn.AdaptiveAvgPool2d(1),
            nn.Flatten(),
            nn.Linear(256, 1),
        )

    def forward(self, image: Tensor) -> Tensor:
        number: Tensor = self.head(self.join(self.trunk(image)))
        return number[:, 0]

    def join(self, maps: dict[int, Tensor]) -> Tensor:
        """The three maps at stride 16: layer3, layer4, layer2."""
        size = maps[16].shape[-2:]
        if self.upsampled is None:
            deep = F.interpolate(maps[32], size=size, mode="bilinear", align_corners=False)
        else:
            deep = self.upsampled(maps[32])[..., : size[0], : size[1]]
        fine = F.max_pool2d(maps[8], kernel_size=2, ceil_mode=True)
        return torch.cat((maps[16], deep, fine), dim=1)


class ResNet(nn.Module):
    """Forward: (n, 3, H, W) → {8: layer2, 16: layer3, 32: layer4}, and 4: layer1."""

    def __init__(self, *, width: float = 1.0, depths: tuple[int, int, int, int] = (3, 4, 6, 3)) -> None:
        super().__init__()
        base = max(8, round(64 * width / 8) * 8)
        self.channels = {4 * 2**stage: base * 2**stage * _EXPANSION for stage in range(4)}
        self.conv1 = nn.Conv2d(3, base, 7, stride=2, padding=3, bias=False)
        self.bn1 = nn.BatchNorm2d(base)
        self.relu = nn.ReLU(inplace=True)
        self.maxpool = nn.MaxPool2d(3, stride=2, padding=1)
        self.layer1 = _layer(base, base, depths[0], stride=1)
        self.layer2 = _layer(base * 4, base * 2, depths[1], stride=2)
        self.layer3 = _layer(base * 8, base * 4, depths[2], stride=2)
        self.layer4 = _layer(base * 16, base * 8, depths[3], stride=2)
        for module in self.modules():
            if isinstance(module, nn.Conv2d):
                nn.init.kaiming_normal_(module.weight, mode="fan_out", nonlinearity="relu")

    def forward(self, image: Tensor) -> dict[int, Tensor]:
        quarter = self.layer1(self.maxpool(self.relu(self.bn1(self.conv1(image)))))
        eighth = self.layer2(quarter)
        sixteenth = self.layer3(eighth)
        return {4: quarter, 8: eighth, 16: sixteenth, 32: self.layer4(sixteenth)}

    def load_pretrained(self, path: Path) -> None:
        """Take over a torchvision `resnet50` state dict; its classifier `fc.*` may be there or not.

        Raises:
            WeightsDamaged: it does not hold this network.
        """
        state = {key: value for key, value in load_state(path).items() if not key.startswith("fc.")}
        own = self.state_dict()
        counters = {key for key in own if key.endswith("num_batches_tracked")}  # old files lack them
        missing = set(own) - set(state) - counters
        if missing or set(state) - set(own) or any(state[key].shape != own[key].shape for key in state):
            raise WeightsDamaged(name=path.name)
        self.load_state_dict(state, strict=False)


class _Bottleneck(nn.Module):
    """1×1 narrows, 3×3 filters (and strides, as torchvision has it), 1×1 widens."""

    def __init__(self, wide_in: int, inner: int, *, stride: int) -> None:
        super().__init__()
        wide_out = inner * _EXPANSION
        self.conv1 = nn.Conv2d(wide_in, inner, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(inner)
        self.conv2 = nn.Conv2d(inner, inner, 3, stride=stride, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(inner)
        self.conv3 = nn.Conv2d(inner, wide_out, 1, bias=False)
        self.bn3 = nn.BatchNorm2d(wide_out)
        self.relu = nn.ReLU(inplace=True)
        self.downsample = None
        if stride != 1 or wide_in != wide_out:
            shortcut = nn.Conv2d(wide_in, wide_out, 1, stride=stride, bias=False)
            self.downsample = nn.Sequential(shortcut, nn.BatchNorm2d(wide_out))

    def forward(self, x: Tensor) -> Tensor:
        y = self.relu(self.bn1(self.conv1(x)))
        y = self.relu(self.bn2(self.conv2(y)))
        y = self.bn3(self.conv3(y))
        added: Tensor = self.relu(y + (x if self.downsample is None else self.downsample(x)))
        return added


class _BilinearDeconvolution(nn.ConvTranspose2d):
    """FCN's learned upsampling by 2: a 4×4 transposed convolution a channel, which starts out bilinear."""

    def __init__(self, channels: int) -> None:
        super().__init__(channels, channels, 4, stride=2, padding=1, groups=channels, bias=False)
        tent = torch.tensor([0.25, 0.75, 0.75, 0.25])
        with torch.no_grad():
            self.weight.copy_((tent[:, None] * tent[None]).expand_as(self.weight))


def _layer(wide_in: int, inner: int, depth: int, *, stride: int) -> nn.Sequential:
    first = _Bottleneck(wide_in, inner, stride=stride)
    rest = [_Bottleneck(inner * _EXPANSION, inner, stride=1) for _ in range(depth - 1)]
    return nn.Sequential(first, *rest)
