"""`ball-nano`, trained on rendered shots alone."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from jianwen.training.kept import Kept
from jianwen.training.sequences import GROUP, Rallies, pack_sequence, unpack_sequence

if TYPE_CHECKING:
    from pathlib import Path

    from jianwen.counting.learning import Progress, Trained

__all__ = ["train_tracker"]

SCENES = 545
HELD_OUT = 96  # sequences
HELD_OUT_SEED = 1_000_000


def train_tracker(folder: Path, *, steps: int, resume: bool = False, progress: Progress | None = None) -> Trained:
    """Render what is not rendered yet, train, and write the model folder `ball-nano` beside the checkpoints.

    Args:
        folder: of sequences, checkpoints and the model.
        steps: batches in all.
        resume: go on with the training in `folder`.
        progress: called after every step.

    Raises:
        BadRequest: `folder` holds another training, or this one and `resume` is not set.
    """
    import torch  # noqa: PLC0415 - only trainings need it

    from jianwen.counting import learning  # noqa: PLC0415 - as above
    from jianwen.tracking.learning import export_tracker  # noqa: PLC0415 - as above
    from jianwen.training.trackertask import TrackerTask, TrackerTraining  # noqa: PLC0415 - as above

    if not resume:
        learning.check_free(folder)
    torch.set_num_threads(1)  # the batches' process has the other core
    config = TrackerTraining()
    config = replace(config, train=replace(config.train, steps=steps))
    side, share = config.network.picture_px, config.network.object_share
    sequences = Kept(
        Rallies(side=side, share=share), pack_sequence, unpack_sequence, folder / "sequences", SCENES * GROUP, GROUP
    )
    held_out = Kept(
        Rallies(HELD_OUT_SEED, side, share), pack_sequence, unpack_sequence, folder / "held-out", HELD_OUT, GROUP
    )
    task = TrackerTask(config, sequences, held_out.all())
    trained = learning.train(task, folder, resume=resume, progress=progress)
    best = learning.load_best(task.model, folder).to(memory_format=torch.contiguous_format)  # type: ignore[call-overload]
    export_tracker(best, folder / "ball-nano", made_of=f"{trained.step} steps of rendered shots")
    return trained
