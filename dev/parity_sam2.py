"""Compares our tracker with the official SAM 2 code, tensor by tensor and session by session. A development aid.

Both get the same weights, made from the keys' names, so no download is needed. Run it in an environment of its own that
has torch and `sam2==1.1.0` (built without CUDA); nothing of the project depends on it:

    PYTHONPATH=src:tests python dev/parity_sam2.py modules --px 256
    PYTHONPATH=src:tests python dev/parity_sam2.py sessions --px 256 --frames 120
    PYTHONPATH=src:tests python dev/parity_sam2.py golden tests/tracking/golden
"""  # noqa: INP001 - a script

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import torch
from PIL import Image

from jianwen.tracking import Prompt, TrackerConfig, built_in
from jianwen.tracking.learning import TorchGraphs, TrackerNetwork, empty_network
from jianwen.tracking.pictures import normalised, squared
from tracking.story import STORIES, Story, told
from tracking.worlds import disc_frame, seeded_state

_FILES = {"tiny": "t", "small": "s", "base_plus": "b+", "large": "l"}
_QUANTILES = (0, 0.1, 0.5, 0.9, 1)
_GOLDEN_PX, _GOLDEN_FRAMES, _GOLDEN_EVERY = 128, 104, 8


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=("modules", "sessions", "golden"))
    parser.add_argument("folder", type=Path, nargs="?", default=Path("tests/tracking/golden"))
    parser.add_argument("--px", type=int, default=256)
    parser.add_argument("--frames", type=int, default=120)
    parser.add_argument("--size", choices=sorted(_FILES))
    parser.add_argument("--version", choices=("2.0", "2.1"))
    parser.add_argument("--story", choices=sorted(STORIES))
    parser.add_argument("--bias", type=float, help="of the presence head; the stories' own suits 128 px")
    options = parser.parse_args()
    torch.set_num_threads(1)
    if options.what == "golden":
        make_golden(options.folder)
        return
    sizes = [options.size] if options.size else (list(_FILES) if options.what == "modules" else ["tiny"])
    versions = [options.version] if options.version else ["2.0", "2.1"]
    stories = [options.story] if options.story else sorted(STORIES)
    for config in (built_in(size, version=version).at(options.px) for size in sizes for version in versions):
        if options.what == "modules":
            say(compare_modules(config))
            continue
        for story in stories:
            plot = STORIES[story] if options.bias is None else replace(STORIES[story], presence_bias=options.bias)
            say(compare_story(config, plot, frames=options.frames))


def say(figures: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps(figures) + "\n")
    sys.stdout.flush()


def pair(config: TrackerConfig) -> tuple[Any, TrackerNetwork]:
    """The official video predictor and our network with the same weights, each loaded strictly."""
    from sam2.build_sam import build_sam2_video_predictor  # noqa: PLC0415 - only here

    folder = "sam2.1/sam2.1" if config.is_21 else "sam2/sam2"
    official = build_sam2_video_predictor(
        f"configs/{folder}_hiera_{_FILES[config.name]}.yaml",
        ckpt_path=None,
        device="cpu",
        hydra_overrides_extra=[f"++model.image_size={config.picture_px}"],
    )
    # A corrected frame counts as prompted from then on: ours always, theirs by this switch.
    official.add_all_frames_to_correct_as_cond = True
    ours = empty_network(config)
    shapes = {name: tuple(value.shape) for name, value in official.state_dict().items()}
    state = {name: torch.from_numpy(value) for name, value in seeded_state(shapes).items()}
    official.load_state_dict(state, strict=True)
    ours.load_state_dict(state, strict=True, assign=True)
    return official.eval(), ours.eval()


# --- modules ---------------------------------------------------------------------------------------------------------


@torch.inference_mode()
def compare_modules(config: TrackerConfig) -> dict[str, Any]:
    """The largest difference of every box of the figure, and the size of what it gives."""
    official, ours = pair(config)
    draw = torch.Generator().manual_seed(7)
    picture = torch.randn(1, 3, config.picture_px, config.picture_px, generator=draw)
    theirs = official.forward_image(picture)
    cells, skip4, skip8 = ours.encode(picture)
    found = {
        "cells": (theirs["backbone_fpn"][2], cells),
        "skip4": (theirs["backbone_fpn"][0], skip4),
        "skip8": (theirs["backbone_fpn"][1], skip8),
    }
    found |= _memory_pairs(official, ours, cells, theirs["vision_pos_enc"][2], draw)
    found |= _decoder_pairs(official, ours, cells, (skip4, skip8), draw)
    figures: dict[str, Any] = {"config": f"{config.name} {config.version}", "px": config.picture_px}
    for name, (one, other) in found.items():
        figures[name] = float((one - other).abs().max())
        figures[f"{name}_size"] = round(float(one.abs().mean()), 3)
    return figures


def _memory_pairs(official: Any, ours: TrackerNetwork, cells: Any, positions: Any, draw: Any) -> dict[str, Any]:
    config = ours.config
    side, n, m, p = config.cells, 2, 3, 5
    masks = 4 * torch.randn(n, 1, config.mask_px, config.mask_px, generator=draw)
    presence = torch.tensor([[2.0], [-1.0]])
    large = torch.nn.functional.interpolate(masks, size=(config.picture_px, config.picture_px), mode="bilinear")
    flat = cells.flatten(2).permute(2, 0, 1)
    pairs: dict[str, Any] = {}
    for said in (True, False):
        theirs, places = official._encode_new_memory(  # noqa: SLF001 - compared box by box
            [flat.expand(-1, n, -1)], [(side, side)], large, presence, is_mask_from_pts=said
        )
        pairs[f"memory_{'said' if said else 'seen'}"] = (
            theirs,
            ours.memorise(cells, masks, torch.full((n,), fill_value=said), presence),
        )
    maps = torch.randn(n, m, config.memory_width, side, side, generator=draw)
    pointers = torch.randn(n, p, config.width, generator=draw)
    rows = torch.tensor([[6, 3, 0]] * n)
    times = torch.tensor([[40.0, 1, 2, 3, 15]] * n)
    when = official.maskmem_tpos_enc[rows[0]][:, 0]  # (m, 1, narrow)
    spread = places[-1].flatten(2).permute(2, 0, 1)[:, :1]
    their_places = torch.cat([spread + row for row in when]).expand(-1, n, -1)
    parts = config.width // config.memory_width
    tokens = torch.cat(
        (maps.permute(1, 3, 4, 0, 2).flatten(0, 2), pointers.unflatten(2, (parts, -1)).flatten(1, 2).transpose(0, 1))
    )
    pointer_places = ours._pointer_positions(times).transpose(0, 1)  # noqa: SLF001 - sessions compare it
    theirs = official.memory_attention(
        curr=[flat.expand(-1, n, -1)],
        curr_pos=[positions.flatten(2).permute(2, 0, 1).expand(-1, n, -1)],
        memory=tokens,
        memory_pos=torch.cat((their_places, pointer_places)),
        num_obj_ptr_tokens=p * parts,
    )
    mine = ours.attend(cells, maps, rows, pointers, times)
    pairs["attended"] = (theirs.permute(1, 2, 0).unflatten(2, (side, side)), mine)
    return pairs


def _decoder_pairs(official: Any, ours: TrackerNetwork, cells: Any, skips: Any, draw: Any) -> dict[str, Any]:
    config, n = ours.config, 2
    places = torch.rand(n, 3, 2, generator=draw) * config.picture_px
    labels = torch.tensor([[1, 0, -1], [2, 3, 1]])
    hint = torch.randn(n, 1, config.mask_px, config.mask_px, generator=draw)
    official.sam_mask_decoder.dynamic_multimask_via_stability = False
    pairs: dict[str, Any] = {}
    for name, mask in (("plain", None), ("hinted", hint)):
        sparse, dense = official.sam_prompt_encoder(points=(places, labels), boxes=None, masks=mask)
        masks, qualities, _, presence = official.sam_mask_decoder(
            image_embeddings=cells.expand(n, -1, -1, -1),
            image_pe=official.sam_prompt_encoder.get_dense_pe(),
            sparse_prompt_embeddings=sparse,
            dense_prompt_embeddings=dense,
            multimask_output=True,
            repeat_image=False,
            high_res_features=list(skips),
        )
        drawn, _ = ours.decode(cells.expand(n, -1, -1, -1), skips, places, labels.float(), mask)
        pairs[f"masks_{name}"] = (masks, drawn.masks[:, 1:])
        pairs[f"qualities_{name}"] = (qualities, drawn.qualities[:, 1:])
        pairs[f"presence_{name}"] = (presence, drawn.presence)
    return pairs


# --- sessions --------------------------------------------------------------------------------------------------------


def compare_story(config: TrackerConfig, story: Story, *, frames: int) -> dict[str, Any]:
    """One story told to both; the largest difference of logits, and the least IoU of masks at the video's size."""
    official, network = pair(config)
    _balance(official, network, story)
    with tempfile.TemporaryDirectory() as folder:
        pictures = _film(Path(folder), frames, story)
        theirs = official_story(official, Path(folder), story, frames=frames)
        ours = told(TorchGraphs(network), story, pictures)
    first = {event.name: event.frame for event in reversed(story.events)}
    prompted, followed, flips, lost, compared = 0.0, 0.0, 0, 0, 0
    shares: list[tuple[float, int, int, str]] = []  # IoU, pixels that differ, pixels in either mask, where
    for key, track in ours.items():
        if key not in theirs:
            continue
        compared += 1
        logits, large, presence = theirs[key]
        difference = float(np.abs(logits - track.logits).max())
        if key[1] == first[key[0]]:
            prompted = max(prompted, difference)
        else:
            followed = max(followed, difference)
        shares.append((*_overlap(large > 0, track.mask), f"{key[0]} {key[1]}"))
        flips += (presence <= 0) != track.is_lost
        lost += track.is_lost
    return {
        "config": f"{config.name} {config.version}",
        "px": config.picture_px,
        "story": story.name,
        "compared": compared,
        "not_compared": len(theirs) - compared,
        "prompted": prompted,
        "followed": followed,
        "iou": min(shares)[0],
        "worst": min(shares)[1:],
        "mean_iou": float(np.mean([share[0] for share in shares])),
        "joint_iou": 1 - sum(share[1] for share in shares) / max(1, sum(share[2] for share in shares)),
        "presence_flips": int(flips),
        "lost": int(lost),
        "presence": [round(float(value), 3) for value in np.quantile([t[2] for t in theirs.values()], _QUANTILES)],
        "logit_size": round(float(np.mean([np.abs(t[0]).mean() for t in theirs.values() if t[2] > 0] or [0])), 3),
        "on_share": round(float(np.mean([t[1].__gt__(0).mean() for t in theirs.values()])), 3),
    }


def _overlap(one: Any, other: Any) -> tuple[float, int, int]:
    differ, either = int((one ^ other).sum()), int((one | other).sum())
    return 1 - differ / max(1, either), differ, either


def _balance(official: Any, network: TrackerNetwork, story: Story) -> None:
    """Shifts the presence head, so that random weights see an object mostly there, or sometimes gone."""
    for model in (official, network):
        with torch.inference_mode():
            model.sam_mask_decoder.pred_obj_score_head.layers[2].bias.copy_(torch.tensor([story.presence_bias]))


def _film(folder: Path, frames: int, story: Story) -> list[Any]:
    """JPEG files for the official loader, and what is really in them for ours."""
    pictures = []
    for index in range(frames):
        path = folder / f"{index:05d}.jpg"
        Image.fromarray(disc_frame(index, height=720, width=960, hidden=story.hidden)).save(path, quality=95)
        pictures.append(np.asarray(Image.open(path).convert("RGB")))
    return pictures


@torch.inference_mode()
def official_story(
    official: Any, folder: Path, story: Story, *, frames: int, exact: list[Any] | None = None
) -> dict[tuple[str, int], Any]:
    """(object, frame) → low-resolution logits, logits at the video's size, presence.

    `exact` puts pictures in place of what the official loader reads from the folder's JPEG files.
    """
    state = official.init_state(str(folder))
    if exact is not None:
        side = official.image_size
        state["images"] = torch.cat([torch.from_numpy(normalised(squared(one, side))) for one in exact])
        state["cached_features"].clear()
    numbers = {name: index for index, name in enumerate(story.names)}
    found: dict[tuple[str, int], Any] = {}
    stops = [*story.stops(frames), frames]
    for start, stop in pairwise(stops):
        for event in story.events:
            if event.told_at == start:
                _tell(official, state, numbers[event.name], event.frame, event.prompt, is_further=event.is_further)
        begin = story.begin(start)
        for frame, ids, masks in official.propagate_in_video(state, begin, max_frame_num_to_track=stop - begin):
            for place, number in enumerate(ids):
                index = state["obj_id_to_idx"][number]
                kinds = state["output_dict_per_obj"][index]
                out = kinds["cond_frame_outputs"].get(frame) or kinds["non_cond_frame_outputs"][frame]
                name = story.names[number]
                logits, large = out["pred_masks"][0, 0].numpy(), masks[place, 0].numpy()
                found[(name, frame)] = (logits, large, float(out["object_score_logits"]))
    return found


def _tell(official: Any, state: Any, number: int, frame: int, prompt: Prompt, *, is_further: bool) -> None:
    height, width = state["video_height"], state["video_width"]
    if prompt.mask is not None:
        official.add_new_mask(state, frame, number, prompt.mask)
        return
    box = None if prompt.box is None else np.array([prompt.box.x0, prompt.box.y0, prompt.box.x1, prompt.box.y1])
    clicks = prompt.clicks
    official.add_new_points_or_box(
        state,
        frame,
        number,
        points=np.array([(one.x * width, one.y * height) for one in clicks], np.float32) if clicks else None,
        labels=np.array([one.is_on for one in clicks], np.int32) if clicks else None,
        box=None if box is None else (box * [width, height, width, height]).astype(np.float32),
        clear_old_points=not is_further,
    )


# --- golden ----------------------------------------------------------------------------------------------------------


def make_golden(folder: Path) -> None:
    """What the official code says, small enough to be kept: CI compares ours with it."""
    folder.mkdir(parents=True, exist_ok=True)
    np.savez_compressed(folder / "modules.npz", **_golden_modules())
    config = built_in("tiny").at(_GOLDEN_PX)
    for story in STORIES.values():
        official, network = pair(config)
        _balance(official, network, story)
        with tempfile.TemporaryDirectory() as place:
            # JPEG decoders differ by a bit of a colour, and CI has only the formula
            exact = [disc_frame(index, hidden=story.hidden) for index in range(_GOLDEN_FRAMES)]
            _film(Path(place), _GOLDEN_FRAMES, story)
            theirs = official_story(official, Path(place), story, frames=_GOLDEN_FRAMES, exact=exact)
        kept = {
            f"{name}/{frame}": logits
            for (name, frame), (logits, _, _) in theirs.items()
            if frame % _GOLDEN_EVERY == _GOLDEN_EVERY - 1 or frame in story.prompted_frames
        }
        presence = {
            f"{name}/presence": np.array([theirs[(name, frame)][2] for frame in range(_GOLDEN_FRAMES)], np.float32)
            for name in story.names
            if (name, _GOLDEN_FRAMES - 1) in theirs and (name, 0) in theirs
        }
        np.savez_compressed(folder / f"story_{story.name}.npz", **kept, **presence)
        say({"story": story.name, "frames": len(exact), "kept": len(kept)})


@torch.inference_mode()
def _golden_modules() -> dict[str, Any]:
    kept: dict[str, Any] = {}
    for size in _FILES:
        for version in ("2.0", "2.1"):
            config = built_in(size, version=version).at(_GOLDEN_PX)
            official, _ = pair(config)
            steps = np.linspace(-2, 2, 3 * _GOLDEN_PX**2, dtype=np.float32).reshape(1, 3, _GOLDEN_PX, _GOLDEN_PX)
            fpn = official.forward_image(torch.from_numpy(np.sin(steps * 40)))["backbone_fpn"]
            for name, maps in zip(("skip4", "skip8", "cells"), fpn, strict=True):
                kept[f"{size}/{version}/{name}"] = maps.flatten()[:: maps.numel() // 512].numpy()
    return kept


if __name__ == "__main__":
    main()
