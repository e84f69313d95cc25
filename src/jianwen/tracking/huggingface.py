"""The names that Hugging Face's files (`facebook/sam2-hiera-*`, `Sam2VideoModel`) give to the official tensors.

Names only: the numbers are the same. Which file it is and whether it is whole, `checkpoint.py` finds out.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from torch import Tensor

__all__ = ["official"]

_MARK = "vision_encoder.backbone."
_POINTS = "prompt_encoder.point_embed.weight"  # (4, width): one tensor instead of four
_OUR_POINTS = "sam_prompt_encoder.point_embeddings"
_DIRECTIONS = "prompt_encoder.shared_embedding.positional_embedding"
_SAME_DIRECTIONS = "shared_image_embedding.positional_embedding"  # either of the two, or both, are in a file

# Their part of a name → the official part, in this order. A perceptron's layers are called by place there, by number
# in the official files: three of them (`proj_in`, `layers.0`, `proj_out`) but in the blocks, which have two.
_PARTS = (
    (r"^vision_encoder\.backbone\.", "image_encoder.trunk."),
    (r"^vision_encoder\.neck\.convs\.(\d)\.", r"image_encoder.neck.convs.\1.conv."),
    (r"^prompt_encoder\.", "sam_prompt_encoder."),
    (r"^mask_decoder\.", "sam_mask_decoder."),
    (r"(\.blocks\.\d+|\.transformer\.layers\.\d)\.mlp\.proj_in\.", r"\1.mlp.layers.0."),
    (r"(\.blocks\.\d+|\.transformer\.layers\.\d)\.mlp\.proj_out\.", r"\1.mlp.layers.1."),
    (r"\.patch_embed\.projection\.", ".patch_embed.proj."),
    (r"(_mlps\.\d|_head|^object_pointer_proj)\.layers\.0\.", r"\1.layers.1."),
    (r"\.proj_in\.", ".layers.0."),
    (r"\.proj_out\.", ".layers.2."),
    (r"\.upscale_conv1\.", ".output_upscaling.0."),
    (r"\.upscale_layer_norm\.", ".output_upscaling.1."),
    (r"\.upscale_conv2\.", ".output_upscaling.3."),
    (r"\.mask_embed\.conv1\.", ".mask_downscaling.0."),
    (r"\.mask_embed\.layer_norm1\.", ".mask_downscaling.1."),
    (r"\.mask_embed\.conv2\.", ".mask_downscaling.3."),
    (r"\.mask_embed\.layer_norm2\.", ".mask_downscaling.4."),
    (r"\.mask_embed\.conv3\.", ".mask_downscaling.6."),
    (r"\.mask_downsampler\.final_conv\.", ".mask_downsampler.encoder.12."),
    (r"\.memory_fuser\.", ".fuser."),
    (r"\.depthwise_conv\.", ".dwconv."),
    (r"\.pointwise_conv", ".pwconv"),
    (r"\.scale$", ".gamma"),
    (r"\.feature_projection\.", ".pix_feat_proj."),
    (r"^memory_encoder\.projection\.", "memory_encoder.out_proj."),
    (r"\.o_proj\.", ".out_proj."),
    (r"\.layer_norm", ".norm"),
    (r"\.shared_embedding\.positional_embedding$", ".pe_layer.positional_encoding_gaussian_matrix"),
    (r"^object_pointer_proj\.", "obj_ptr_proj."),
    (r"^no_object_pointer$", "no_obj_ptr"),
    (r"^no_memory_embedding$", "no_mem_embed"),
    (r"^no_memory_positional_encoding$", "no_mem_pos_enc"),
    (r"^memory_temporal_positional_encoding$", "maskmem_tpos_enc"),
    (r"^temporal_positional_encoding_projection_layer\.", "obj_ptr_tpos_proj."),
    (r"^occlusion_spatial_embedding_parameter$", "no_obj_embed_spatial"),
)
_DOWNSAMPLER = re.compile(r"\.mask_downsampler\.layers\.(\d)\.(conv|layer_norm)\.")


def official(state: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """The same tensors by their official names; a table that has those already is given back as it is."""
    if not any(name.startswith(_MARK) for name in state):
        return dict(state)
    named: dict[str, Tensor] = {}
    for name, value in state.items():
        if name == _POINTS and value.ndim == 2:
            rows = {f"{_OUR_POINTS}.{row}.weight": value[row : row + 1] for row in range(value.shape[0])}
            named |= rows
        else:
            named[_official(name)] = value
    return named


def _official(name: str) -> str:
    name = _DIRECTIONS if name == _SAME_DIRECTIONS else name
    name = _DOWNSAMPLER.sub(_numbered, name)
    for theirs, ours in _PARTS:
        name = re.sub(theirs, ours, name)
    return name


def _numbered(found: re.Match[str]) -> str:
    """A halving is three modules in the official list: convolution, norm, activation."""
    return f".mask_downsampler.encoder.{3 * int(found[1]) + (found[2] == 'layer_norm')}."
