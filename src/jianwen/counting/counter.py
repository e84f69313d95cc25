"""The counter in use: a picture in, a `Count` out. ONNX Runtime and NumPy; no torch.

Does not learn: `learning` does.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from jianwen.counting.calibration import Calibration, probabilities
from jianwen.counting.config import CounterConfig, from_json
from jianwen.counting.count import Count
from jianwen.counting.detail import shows_something
from jianwen.counting.modelfile import ModelFile, packaged
from jianwen.counting.pictures import fit_picture, read_picture
from jianwen.errors import BadRequest

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from jianwen.counting.pictures import Fitted

__all__ = ["Counter"]


class Counter:
    """Counts with a model file, the shipped one by default. May be used by several threads at once."""

    def __init__(self, path: Path | None = None, *, size_px: int | None = None, threads: int = 2) -> None:
        """`size_px`: side of the square that is looked at, a multiple of 32; None: the one that it learned with.

        Raises:
            BadRequest: as `ModelFile`, or the file takes no other size than its own.
        """
        self._file = ModelFile(path or packaged("counter.onnx"), kind="counter", threads=threads)
        config = from_json(CounterConfig, self._file.facts["config"])
        if size_px not in (None, config.size_px) and not self._file.takes_any_size:
            raise BadRequest(
                detail=f"{self._file.path.name} looks at {config.size_px} px only. Train one anew for other sizes.",
                detail_zh=f"{self._file.path.name} 只能处理 {config.size_px} 像素的图像。其他尺寸请重新训练。",
            )
        self.config = replace(config, size_px=size_px or config.size_px)
        self.calibration = from_json(Calibration, self._file.facts["calibration"])

    @property
    def takes_any_size(self) -> bool:
        """Whether `size_px` may be another than it learned with."""
        return self._file.takes_any_size

    def count(self, picture: NDArray[np.uint8] | Path | bytes, *, name: str | None = None) -> Count:
        """The visible balls of a picture: RGB (H, W, 3), a file, or a file's bytes. Of a blank one it cannot tell.

        Raises: as `read_picture`.
        """
        image = picture if isinstance(picture, np.ndarray) else read_picture(picture, name=name)
        side = self.config.size_px
        fitted = fit_picture(image, height_px=side, width_px=side, fit=self.config.fit)
        logits, density = self._file.run(fitted.image)
        said = probabilities(logits, self.calibration.temperature)[0]
        number = int(said.argmax())
        if not shows_something(image):  # the network would be quite sure of its guess
            said = np.full_like(said, 1 / len(said))
        confidence = float(said[number])
        return Count(
            number,
            confidence,
            confidence < self.calibration.bound,
            _over_picture(density[0, 0], fitted),
            said.astype(np.float32),
        )


def _over_picture(density: NDArray[np.float32], fitted: Fitted) -> NDArray[np.float32]:
    """The cells that the picture covers, without the bars beside it."""
    height, width = density.shape
    top, bottom = int(fitted.top * height), -int(-(fitted.top + fitted.height) * height // 1)
    left, right = int(fitted.left * width), -int(-(fitted.left + fitted.width) * width // 1)
    return np.ascontiguousarray(density[top:bottom, left:right])
