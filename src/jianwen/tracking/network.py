"""The tracking network: the boxes of the paper's figure put together, and the learned constants between them.

Holds mathematics only, each step a method on tensors; `torchgraphs.py` runs it, `session.py` holds the state. The names
of its parameters are those of the official files.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
import torch.nn.functional as F  # noqa: N812 - the name everybody uses
from torch import Tensor, nn

from jianwen.tracking.layers import Perceptron, plain, sine_map, sine_times
from jianwen.tracking.mask_decoder import MaskDecoder
from jianwen.tracking.memory_attention import MemoryAttention
from jianwen.tracking.memory_encoder import MemoryEncoder
from jianwen.tracking.neck import ImageEncoder
from jianwen.tracking.prompt_encoder import PromptEncoder

if TYPE_CHECKING:
    from jianwen.tracking.config import TrackerConfig
    from jianwen.tracking.mask_decoder import Drawn

__all__ = ["TrackerNetwork"]

_MASK_SCALE, _MASK_BIAS = 20.0, -10.0  # a mask enters the memory as −10 … 10


class TrackerNetwork(nn.Module):
    def __init__(self, config: TrackerConfig) -> None:
        super().__init__()
        width, narrow = config.width, config.memory_width
        self.config = config
        self.image_encoder = ImageEncoder(config)
        self.memory_attention = MemoryAttention(config)
        self.memory_encoder = MemoryEncoder(config)
        self.sam_prompt_encoder = PromptEncoder(config)
        self.sam_mask_decoder = MaskDecoder(config)
        self.mask_downsample = nn.Conv2d(1, 1, 4, stride=4)
        self.obj_ptr_proj = Perceptron(width, width, width, width)
        # one row a slot: row 0 the frame just before, the last row prompted frames
        self.maskmem_tpos_enc = nn.Parameter(torch.zeros(config.recent_slots + 1, 1, 1, narrow))
        self.no_mem_embed = nn.Parameter(torch.zeros(1, 1, width))
        self.no_mem_pos_enc = nn.Parameter(torch.zeros(1, 1, width))  # in the official files, used by nobody
        self.no_obj_ptr = nn.Parameter(torch.zeros(1, width))
        if config.is_21:
            self.no_obj_embed_spatial = nn.Parameter(torch.zeros(1, narrow))
            self.obj_ptr_tpos_proj = nn.Linear(width, narrow)
        self._start()

    def encode(self, picture: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Pictures (n, 3, side, side), normalised → cells (n, width, h, h), skips at strides 4 and 8."""
        at4, at8, cells = self.image_encoder(picture)
        return (cells, *self.sam_mask_decoder.skips(at4, at8))

    def unremembered(self, cells: Tensor) -> Tensor:
        """The frame's map for an object of which nothing is remembered yet."""
        return cells + self.no_mem_embed.reshape(1, -1, 1, 1)

    def attend(self, cells: Tensor, maps: Tensor, rows: Tensor, pointers: Tensor, times: Tensor) -> Tensor:
        """The frame's map, as n objects with equally many memories see it.

        Args:
            cells: (1 or n, width, h, h).
            maps: (n, m, memory width, h, h), what was remembered as maps.
            rows: (n, m) row of the time encoding of each.
            pointers: (n, p, width), what was remembered as pointers.
            times: (n, p) frames since each; negative for the future.

        Returns:
            (n, width, h, h).
        """
        width, narrow, side, count = self.config.width, self.config.memory_width, plain(cells.shape)[-1], maps.shape[1]
        places = sine_map(narrow, side, like=maps)  # (1, h², memory width)
        when = self.maskmem_tpos_enc[rows][:, :, 0]  # (n, m, 1, memory width)
        map_positions = (places.unsqueeze(1) + when).reshape(maps.shape[0], -1, narrow)
        tokens = maps.reshape(-1, narrow, side * side).transpose(1, 2)  # (n · m, h², memory width)
        memory = [part.reshape(maps.shape[0], -1, narrow) for part in (tokens, pointers)]
        positions = torch.cat((map_positions, self._pointer_positions(times)), dim=1)
        own = sine_map(width, side, like=cells)
        flat = cells.reshape(-1, width, side * side).transpose(1, 2)
        seen = self.memory_attention(flat, own, torch.cat(memory, dim=1), positions, maps=count, side=side)
        out: Tensor = seen.transpose(1, 2).reshape(-1, width, side, side)
        return out

    def _pointer_positions(self, times: Tensor) -> Tensor:
        """(n, p) → (n, p · parts, memory width). The longest time is fixed, so that a stream needs no length."""
        parts = self.config.width // self.config.memory_width
        if self.config.is_21:
            shares = times / (self.config.pointer_slots - 1)
            positions = self.obj_ptr_tpos_proj(sine_times(shares, self.config.width))
        else:
            positions = times.new_zeros(*times.shape, self.config.memory_width)
        out: Tensor = positions.repeat_interleave(parts, dim=1)
        return out

    def decode(
        self, cells: Tensor, skips: tuple[Tensor, Tensor], places: Tensor, labels: Tensor, mask: Tensor | None
    ) -> tuple[Drawn, Tensor]:
        """Cells (n, width, h, h), skips (1 or n, …) and prompts → what is drawn, and a pointer for each mask."""
        dense = self.sam_prompt_encoder.no_mask() if mask is None else self.sam_prompt_encoder.mask(mask)
        return self._drawn(cells, skips, places, labels, dense)

    def decode_perhaps(
        self, cells: Tensor, skips: tuple[Tensor, Tensor], points: tuple[Tensor, Tensor], mask: Tensor, has_mask: Tensor
    ) -> tuple[Drawn, Tensor]:
        """`decode` for a graph, which always takes masks (1 or n, …): those count for which `has_mask` is above 0."""
        is_there = (has_mask > 0)[:, None, None, None]
        dense = torch.where(is_there, self.sam_prompt_encoder.mask(mask), self.sam_prompt_encoder.no_mask())
        places, labels = points
        return self._drawn(cells, skips, places, labels, dense)

    def _drawn(
        self, cells: Tensor, skips: tuple[Tensor, Tensor], places: Tensor, labels: Tensor, dense: Tensor
    ) -> tuple[Drawn, Tensor]:
        side = plain(cells.shape)[-1]
        prompts = self.sam_prompt_encoder.points(places, labels, 16 * side)
        drawn = self.sam_mask_decoder(cells + dense, self.sam_prompt_encoder.positions(side), prompts, skips)
        there = (drawn.presence > 0).to(cells).unsqueeze(-1)
        pointers = there * self.obj_ptr_proj(drawn.tokens) + (1 - there) * self.no_obj_ptr
        return drawn, pointers

    def condense(self, masks: Tensor) -> Tensor:
        """A mask prompt (n, 1, side, side) of 0 and 1 → the hint that the prompt encoder takes."""
        out: Tensor = self.mask_downsample(masks)
        return out

    def memorise(self, cells: Tensor, masks: Tensor, is_prompted: Tensor, presence: Tensor) -> Tensor:
        """What n objects remember of one frame.

        Args:
            cells: (1 or n, width, h, h), as encoded, before any memory.
            masks: (n, 1, mask side, mask side) logits.
            is_prompted: (n,) whether a person said so: then the mask enters as black and white.
            presence: (n, 1) logit of being in the picture.

        Returns:
            (n, memory width, h, h).
        """
        large = F.interpolate(masks, scale_factor=4.0, mode="bilinear")  # to the picture's side
        shares = torch.where(is_prompted[:, None, None, None], (large > 0).to(large), large.sigmoid())
        memory: Tensor = self.memory_encoder(cells, shares * _MASK_SCALE + _MASK_BIAS)
        if self.config.is_21:
            absent = (presence <= 0).to(memory)[:, :, None, None]
            memory = memory + absent * self.no_obj_embed_spatial[:, :, None, None]
        return memory

    def _start(self) -> None:
        """Constants that would stay nought by symmetry get a little noise, so that training can begin."""
        positions = (self.image_encoder.trunk.pos_embed, self.image_encoder.trunk.pos_embed_window)
        for name, value in self.named_parameters(recurse=False):
            if name.startswith(("no_", "maskmem")):
                nn.init.trunc_normal_(value, std=0.02)
        for value in positions:
            nn.init.trunc_normal_(value, std=0.02)
