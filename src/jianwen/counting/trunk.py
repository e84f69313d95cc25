"""EfficientNet-Lite0 as a trunk: a picture in, feature maps at strides 4, 8, 16 and 32 out.

Keys are those of `efficientnet_pytorch` (`_conv_stem`, `_blocks.N._expand_conv` …), so that the packaged ImageNet
weights load. Tan & Le 2019, arXiv:1905.11946; the Lite variant has no squeeze-excite and clips at 6.
Has no head: the networks that use it bring theirs.
"""

from __future__ import annotations

import pickle
from typing import TYPE_CHECKING, Any, Self

import torch
from torch import Tensor, nn

from jianwen.errors import UnreadableFile, WeightsDamaged, WeightsUnfit

if TYPE_CHECKING:
    from pathlib import Path

    from jianwen.errors import JianwenError

__all__ = ["Lite0", "load_state", "loaded"]

# What `torch.load` raises for a file that is cut short, damaged, or not its own.
_BROKEN = (RuntimeError, EOFError, ValueError, LookupError, AttributeError, TypeError, pickle.UnpicklingError)

# (expansion, kernel, stride, channels out, repeats) of each stage, table 1 of the paper; Lite0 keeps B0's.
_STAGES = (
    (1, 3, 1, 16, 1),
    (6, 3, 2, 24, 2),
    (6, 5, 2, 40, 2),
    (6, 3, 2, 80, 3),
    (6, 5, 1, 112, 3),
    (6, 5, 2, 192, 4),
    (6, 3, 1, 320, 1),
)
_LAST_BLOCK = {4: 2, 8: 4, 16: 10, 32: 15}  # the block that a stride's map is taken from
_HEAD = ("_conv_head.", "_bn1.", "_fc.")  # of the classifier; not built here


class Lite0(nn.Module):
    """Forward: (n, 3, H, W) on 0–1, H and W multiples of 32 → {stride: (n, channels[stride], H/stride, W/stride)}.

    `frozen` blocks and the stem before them do not learn. They have most of the pixels: 3 save a third of a step.
    """

    channels = {4: 24, 8: 40, 16: 112, 32: 320}  # noqa: RUF012 - a constant of the network

    def __init__(self, *, deepest: int = 32, frozen: int = 0) -> None:
        super().__init__()
        self.taken = {_LAST_BLOCK[stride]: stride for stride in (4, 8, 16, 32) if stride <= deepest}
        self._conv_stem = _SameConv(3, 32, kernel=3, stride=2)
        self._bn0 = _norm(32)
        self._act = nn.ReLU6(inplace=True)
        self._blocks = nn.ModuleList(_blocks()[: _LAST_BLOCK[deepest] + 1])
        self._frozen = [self._conv_stem, self._bn0, *self._blocks[:frozen]] if frozen else []
        for module in self._frozen:
            module.requires_grad_(requires_grad=False)
        self.train()

    def train(self, mode: bool = True) -> Self:
        """Frozen blocks keep their statistics: edges and colours of ImageNet, which need no more learning here."""
        super().train(mode)
        for module in self._frozen:
            module.eval()
        return self

    def forward(self, image: Tensor) -> dict[int, Tensor]:
        x = image * 2 - 1  # the weights were trained on -1 … 1
        x = self._act(self._bn0(self._conv_stem(x)))
        maps: dict[int, Tensor] = {}
        for number, block in enumerate(self._blocks):
            x = block(x)
            if number in self.taken:
                maps[self.taken[number]] = x
        return maps

    def load_pretrained(self, path: Path) -> None:
        """Take over a state dict file; the classifier's and the unused deep blocks' keys are left out.

        Raises:
            UnreadableFile, WeightsUnfit: as `load_state`.
            WeightsDamaged: it does not hold this network.
        """
        own = set(self.state_dict())
        state = {key: value for key, value in load_state(path).items() if not key.startswith(_HEAD)}
        fits = own <= set(state) and all(key in own or key.startswith("_blocks.") for key in state)
        if not fits or any(state[key].shape != value.shape for key, value in self.state_dict().items()):
            raise WeightsDamaged(name=path.name)
        self.load_state_dict({key: state[key] for key in own})


def load_state(path: Path) -> dict[str, Tensor]:
    """The tensors of a state dict file, which cannot run code.

    Raises:
        UnreadableFile: it is not there or may not be read.
        WeightsUnfit: it is no state dict, or a damaged one.
    """
    state = loaded(path, name=path.name, broken=_no_weights(path))
    if not isinstance(state, dict) or not all(isinstance(value, Tensor) for value in state.values()):
        raise _no_weights(path)
    return state


def loaded(path: Path, *, name: str, broken: JianwenError) -> Any:
    """What torch saved in a file, which cannot run code.

    Args:
        path: of the file.
        name: of the file, in an error.
        broken: what is raised where it is damaged, or not torch's.

    Raises:
        UnreadableFile: it is not there or may not be read.
    """
    try:
        return torch.load(path, map_location="cpu", weights_only=True)
    except OSError as exc:
        raise UnreadableFile(name=name, detail=exc.strerror or str(exc)) from exc
    except _BROKEN as exc:
        raise broken from exc


def _no_weights(path: Path) -> WeightsUnfit:
    return WeightsUnfit(
        name=path.name,
        detail="the file holds no state dict, or is damaged",
        detail_zh="文件中没有 state dict，或已损坏",
        remedy="Get it anew, or choose another",
        remedy_zh="请重新获取，或另选一个",
    )


class _Block(nn.Module):
    """Inverted bottleneck: widen, filter each channel, narrow; added to its input where the shapes agree."""

    def __init__(self, wide_in: int, wide_out: int, *, expansion: int, kernel: int, stride: int) -> None:
        super().__init__()
        inner = wide_in * expansion
        self.widens = expansion != 1
        if self.widens:
            self._expand_conv = nn.Conv2d(wide_in, inner, 1, bias=False)
            self._bn0 = _norm(inner)
        self._depthwise_conv = _SameConv(inner, inner, kernel=kernel, stride=stride, groups=inner)
        self._bn1 = _norm(inner)
        self._project_conv = nn.Conv2d(inner, wide_out, 1, bias=False)
        self._bn2 = _norm(wide_out)
        self._act = nn.ReLU6(inplace=True)
        self.adds = stride == 1 and wide_in == wide_out

    def forward(self, x: Tensor) -> Tensor:
        y = self._act(self._bn0(self._expand_conv(x))) if self.widens else x
        y = self._act(self._bn1(self._depthwise_conv(y)))
        narrow: Tensor = self._bn2(self._project_conv(y))
        return x + narrow if self.adds else narrow


class _SameConv(nn.Conv2d):
    """TensorFlow's "same" padding for even sides: at stride 2 one pixel more on the right and below."""

    def __init__(self, wide_in: int, wide_out: int, *, kernel: int, stride: int, groups: int = 1) -> None:
        whole = kernel - stride
        even = whole % 2 == 0
        padding = whole // 2 if even else 0
        super().__init__(wide_in, wide_out, kernel, stride=stride, padding=padding, groups=groups, bias=False)
        before = whole // 2
        self.uneven = None if even else (before, whole - before, before, whole - before)

    def forward(self, input: Tensor) -> Tensor:  # noqa: A002 - the name of the base class
        padded = input if self.uneven is None else nn.functional.pad(input, self.uneven)
        filtered: Tensor = super().forward(padded)
        return filtered


def _blocks() -> list[nn.Module]:
    blocks: list[nn.Module] = []
    wide_in = 32
    for expansion, kernel, stride, wide_out, repeats in _STAGES:
        for number in range(repeats):
            first = number == 0
            blocks.append(_Block(wide_in, wide_out, expansion=expansion, kernel=kernel, stride=stride if first else 1))
            wide_in = wide_out
    return blocks


def _norm(channels: int) -> nn.BatchNorm2d:
    # eps as TensorFlow has it; its momentum of 0.01 would leave the statistics behind in our short trainings
    return nn.BatchNorm2d(channels, eps=1e-3, momentum=0.1)
