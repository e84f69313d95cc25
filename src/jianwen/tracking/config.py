"""The sizes of a tracking network. Builds nothing: `network.py` does."""

from __future__ import annotations

from dataclasses import dataclass, replace

__all__ = ["BUILT_IN", "Block", "TrackerConfig", "built_in"]


@dataclass(frozen=True, slots=True)
class Block:
    """One block of the trunk: what it reads and what it gives."""

    dim_in: int
    dim_out: int
    heads: int
    window: int  # cells of a side, before pooling; 0 looks over the whole picture
    pools: bool  # halves the sides by pooling its queries


@dataclass(frozen=True, slots=True, kw_only=True)
class TrackerConfig:
    """Every number that shapes the network; two equal configs take the same weights."""

    name: str
    version: str = "2.1"  # "2.0" knows neither time of pointers nor how absence looks in space
    picture_px: int = 1024  # side of the square that is looked at; a multiple of 32
    object_share: float = 0.0  # of that side an object takes: looked at in a region round it; 0: in the whole picture
    # trunk
    embed_dim: int = 96  # of the first stage; doubles with each stage
    heads: int = 1  # of the first stage; double with each stage
    depths: tuple[int, int, int, int] = (1, 2, 7, 2)  # blocks of each stage
    global_blocks: tuple[int, ...] = (5, 7, 9)  # those that look over the whole picture, counted from 0
    windows: tuple[int, int, int, int] = (8, 4, 14, 7)
    position_grid: int = 7  # side of the background position grid, resized to any picture
    # everything after the trunk
    width: int = 256
    memory_width: int = 64  # channels of a memory; `width` is a multiple of it
    memory_layers: int = 4
    feedforward: int = 2048  # hidden width in the memory attention and in the mask decoder
    decoder_heads: int = 8
    decoder_depth: int = 2
    fuser_layers: int = 2
    # memory
    recent_slots: int = 6  # frames remembered as maps, besides prompted ones
    pointer_slots: int = 16  # frames remembered as pointers, the prompted one counted in

    @property
    def is_21(self) -> bool:
        return self.version == "2.1"

    @property
    def cells(self) -> int:
        """Side of the map that is remembered (stride 16)."""
        return self.picture_px // 16

    @property
    def mask_px(self) -> int:
        """Side of the masks the decoder draws (stride 4)."""
        return self.picture_px // 4

    @property
    def stage_dims(self) -> tuple[int, int, int, int]:
        return (self.embed_dim, self.embed_dim * 2, self.embed_dim * 4, self.embed_dim * 8)

    @property
    def stage_ends(self) -> tuple[int, ...]:
        """Index of the last block of each stage."""
        return tuple(sum(self.depths[: stage + 1]) - 1 for stage in range(4))

    def blocks(self) -> list[Block]:
        """The trunk's blocks in order. The first of a stage pools, inside the window of the stage before."""
        found: list[Block] = []
        ends, dim, heads, stage = self.stage_ends, self.embed_dim, self.heads, 0
        for index in range(sum(self.depths)):
            window = 0 if index in self.global_blocks else self.windows[stage]
            starts_stage = index - 1 in ends[:3]
            if starts_stage:
                stage, heads = stage + 1, heads * 2
            found.append(Block(dim, self.stage_dims[stage], heads, window, starts_stage))
            dim = self.stage_dims[stage]
        return found

    def at(self, picture_px: int) -> TrackerConfig:
        """The same network for another picture side: the weights do not depend on it."""
        return replace(self, picture_px=picture_px)


_TINY = TrackerConfig(name="tiny")
_SMALL = replace(_TINY, name="small", depths=(1, 2, 11, 2), global_blocks=(7, 10, 13))
_BASE_PLUS = replace(
    _TINY,
    name="base_plus",
    embed_dim=112,
    heads=2,
    depths=(2, 3, 16, 3),
    global_blocks=(12, 16, 20),
    position_grid=14,
)
_LARGE = replace(
    _TINY,
    name="large",
    embed_dim=144,
    heads=2,
    depths=(2, 6, 36, 4),
    global_blocks=(23, 33, 43),
    windows=(8, 4, 16, 8),
)
# A network small enough for a processor; a start for training, no official weights.
_NANO = replace(
    _TINY,
    name="nano",
    picture_px=256,
    embed_dim=24,
    depths=(1, 1, 3, 1),
    global_blocks=(3,),
    windows=(8, 4, 8, 4),
    width=64,
    memory_width=32,
    memory_layers=2,
    feedforward=256,
    decoder_heads=4,
)
# The same for balls: a region of six diameters, looked at as closely as the camera has it.
_BALL_NANO = replace(_NANO, name="ball-nano", picture_px=128, object_share=1 / 6, windows=(8, 4, 8, 4))

# (size, version) → config
BUILT_IN = {
    (config.name, version): replace(config, version=version)
    for config in (_TINY, _SMALL, _BASE_PLUS, _LARGE, _NANO, _BALL_NANO)
    for version in ("2.0", "2.1")
    if version == "2.1" or config not in (_NANO, _BALL_NANO)
}


def built_in(name: str, *, version: str = "2.1") -> TrackerConfig:
    """The config of a size: "tiny", "small", "base_plus", "large", or our own "nano" and "ball-nano" (2.1 only)."""
    return BUILT_IN[(name, version)]
