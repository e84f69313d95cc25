"""The five graphs run by torch. Arrays in, arrays out, no gradients; on a processor nothing is copied."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import torch

from jianwen.tracking.graphs import Cells, Decoded, Features, Floats, Recalled

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from torch import Tensor

    from jianwen.tracking.network import TrackerNetwork

__all__ = ["TorchGraphs"]


class TorchGraphs:
    """`Graphs` over a `TrackerNetwork`."""

    def __init__(self, network: TrackerNetwork) -> None:
        self.config = network.config
        self.no_memory = _array(network.no_mem_embed).reshape(-1)
        self.no_pointer = _array(network.no_obj_ptr).reshape(-1)
        self._network = network.eval()

    @torch.inference_mode()
    def encode(self, picture: Floats) -> Features:
        cells, skip4, skip8 = self._network.encode(_tensor(picture))
        return Features(_array(cells), _array(skip4), _array(skip8))

    @torch.inference_mode()
    def attend(self, cells: Cells, recalled: Recalled) -> Cells:
        parts = (recalled.maps, recalled.rows, recalled.pointers, recalled.times)
        return _array(self._network.attend(_tensor(cells), *(_tensor(part) for part in parts)))

    @torch.inference_mode()
    def decode(self, cells: Cells, features: Features, places: Floats, labels: Floats, mask: Floats | None) -> Decoded:
        drawn, pointers = self._network.decode(
            _tensor(cells),
            (_tensor(features.skip4), _tensor(features.skip8)),
            _tensor(places),
            _tensor(labels),
            None if mask is None else _tensor(mask),
        )
        return Decoded(_array(drawn.masks), _array(drawn.qualities), _array(pointers), _array(drawn.presence)[:, 0])

    @torch.inference_mode()
    def condense(self, masks: Floats) -> Floats:
        return _array(self._network.condense(_tensor(masks)))

    @torch.inference_mode()
    def memorise(self, cells: Cells, masks: Floats, is_prompted: NDArray[np.bool_], presence: Floats) -> Floats:
        parts = (cells, masks, is_prompted, presence[:, None])
        return _array(self._network.memorise(*(_tensor(part) for part in parts)))


def _tensor(array: NDArray[np.generic]) -> Tensor:
    return torch.from_numpy(np.ascontiguousarray(array))


def _array(tensor: Tensor) -> Floats:
    out: Floats = tensor.detach().cpu().numpy()
    return out
