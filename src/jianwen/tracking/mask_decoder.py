"""The mask decoder: tokens and map look at each other twice, then four masks, their quality, and "is it there?".

Gives all four masks; which one counts is the session's to say. Skips at strides 4 and 8 pass the memory by.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch
from torch import Tensor, nn

from jianwen.tracking.layers import Attention, ChannelNorm, Perceptron, plain

if TYPE_CHECKING:
    from jianwen.tracking.config import TrackerConfig

__all__ = ["Drawn", "MaskDecoder"]

_MASKS = 4  # one for a clear prompt, three for a doubtful one


@dataclass(frozen=True, slots=True)
class Drawn:
    """What the decoder draws for n objects."""

    masks: Tensor  # (n, 4, mask side, mask side) logits
    qualities: Tensor  # (n, 4) expected IoU, 0–1
    tokens: Tensor  # (n, 4, width)
    presence: Tensor  # (n, 1) logit of being in the picture


class MaskDecoder(nn.Module):
    def __init__(self, config: TrackerConfig) -> None:
        super().__init__()
        width = config.width
        self.transformer = _TwoWay(config)
        self.obj_score_token = nn.Embedding(1, width)
        self.iou_token = nn.Embedding(1, width)
        self.mask_tokens = nn.Embedding(_MASKS, width)
        self.output_upscaling = nn.Sequential(
            nn.ConvTranspose2d(width, width // 4, 2, stride=2),
            ChannelNorm(width // 4),
            nn.GELU(),
            nn.ConvTranspose2d(width // 4, width // 8, 2, stride=2),
            nn.GELU(),
        )
        self.conv_s0 = nn.Conv2d(width, width // 8, 1)
        self.conv_s1 = nn.Conv2d(width, width // 4, 1)
        self.output_hypernetworks_mlps = nn.ModuleList(
            Perceptron(width, width, width, width // 8) for _ in range(_MASKS)
        )
        self.iou_prediction_head = Perceptron(width, width, width, _MASKS)
        self.pred_obj_score_head = Perceptron(width, width, width, 1)

    def skips(self, at4: Tensor, at8: Tensor) -> tuple[Tensor, Tensor]:
        """The pyramid's fine maps, narrowed once a frame: (n, width / 8, …) and (n, width / 4, …)."""
        return self.conv_s0(at4), self.conv_s1(at8)

    def forward(self, cells: Tensor, positions: Tensor, prompts: Tensor, skips: tuple[Tensor, Tensor]) -> Drawn:
        """Cells (n, width, h, w) with the dense prompt added, positions (1, h·w, width), prompts (n, k, width)."""
        fixed = torch.cat((self.obj_score_token.weight, self.iou_token.weight, self.mask_tokens.weight))
        tokens = torch.cat((fixed.expand(prompts.shape[0], -1, -1), prompts), dim=1)
        _, width, side, _ = plain(cells.shape)
        flat = cells.reshape(-1, width, side * side).transpose(1, 2)
        tokens, flat = self.transformer(tokens, flat, positions)
        fine = self._upscaled(flat.transpose(1, 2).reshape(-1, width, side, side), *skips)
        drawn = tokens[:, 2 : 2 + _MASKS]
        heads = zip(self.output_hypernetworks_mlps, drawn.unbind(1), strict=True)
        strokes = torch.stack([head(token) for head, token in heads], dim=1)  # (n, 4, width / 8)
        return Drawn(
            masks=(strokes @ fine.reshape(-1, width // 8, 16 * side * side)).reshape(-1, _MASKS, 4 * side, 4 * side),
            qualities=self.iou_prediction_head(tokens[:, 1]).sigmoid(),
            tokens=drawn,
            presence=self.pred_obj_score_head(tokens[:, 0]),
        )

    def _upscaled(self, cells: Tensor, at4: Tensor, at8: Tensor) -> Tensor:
        to8, norm, act, to4, last_act = self.output_upscaling
        cells = act(norm(to8(cells) + at8))
        out: Tensor = last_act(to4(cells) + at4)
        return out


class _TwoWay(nn.Module):
    def __init__(self, config: TrackerConfig) -> None:
        super().__init__()
        self.layers = nn.ModuleList(_Layer(config, is_first=index == 0) for index in range(config.decoder_depth))
        self.final_attn_token_to_image = _narrow(config)
        self.norm_final_attn = nn.LayerNorm(config.width)

    def forward(self, prompts: Tensor, cells: Tensor, positions: Tensor) -> tuple[Tensor, Tensor]:
        """Tokens (n, k, width), cells (n, h·w, width), positions (1, h·w, width) → tokens and cells."""
        tokens = prompts
        for layer in self.layers:
            tokens, cells = layer(tokens, cells, prompts, positions)
        tokens = tokens + self.final_attn_token_to_image(tokens + prompts, cells + positions, cells)
        return self.norm_final_attn(tokens), cells


class _Layer(nn.Module):
    def __init__(self, config: TrackerConfig, *, is_first: bool) -> None:
        super().__init__()
        width = config.width
        self.self_attn = Attention(width, heads=config.decoder_heads)
        self.norm1 = nn.LayerNorm(width)
        self.cross_attn_token_to_image = _narrow(config)
        self.norm2 = nn.LayerNorm(width)
        self.mlp = Perceptron(width, config.feedforward, width)
        self.norm3 = nn.LayerNorm(width)
        self.norm4 = nn.LayerNorm(width)
        self.cross_attn_image_to_token = _narrow(config)
        self._is_first = is_first

    def forward(self, tokens: Tensor, cells: Tensor, prompts: Tensor, positions: Tensor) -> tuple[Tensor, Tensor]:
        if self._is_first:  # the prompts stand for themselves: neither added again nor passed by
            tokens = self.self_attn(tokens, tokens, tokens)
        else:
            asked = tokens + prompts
            tokens = tokens + self.self_attn(asked, asked, tokens)
        tokens = self.norm1(tokens)
        placed = cells + positions
        tokens = self.norm2(tokens + self.cross_attn_token_to_image(tokens + prompts, placed, cells))
        tokens = self.norm3(tokens + self.mlp(tokens))
        cells = self.norm4(cells + self.cross_attn_image_to_token(placed, tokens + prompts, tokens))
        return tokens, cells


def _narrow(config: TrackerConfig) -> Attention:
    return Attention(config.width, heads=config.decoder_heads, inner=config.width // 2)
