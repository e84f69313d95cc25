"""A video file as FFmpeg sees it: opened with bounds, its packets, its pictures, and whether it was cut short.

The seam to PyAV: its errors become ours here. Knows no seconds and no turning: `footage.py` does.
"""

from __future__ import annotations

import math
import re
from contextlib import contextmanager
from typing import TYPE_CHECKING

from jianwen.errors import BadRequest, DamagedDocument, EmptyDocument, EncryptedDocument, UnreadableFile

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import av
    from av.container import InputContainer
    from av.video.stream import VideoStream

    from jianwen.errors import JianwenError

__all__ = [
    "LARGEST_SIDE_PX",
    "check_file",
    "check_sides",
    "duration_s_of",
    "first_frame",
    "fps_of",
    "is_cut",
    "opened",
    "packets_of",
    "pictures_from",
    "pictures_of",
]

LARGEST_SIDE_PX = 8192
# Containers that name no other files. FFmpeg would also open playlists, text as pictures, and addresses.
_FORMATS = (
    "mov,mp4,m4a,3gp,3g2,mj2,matroska,webm,avi,mpegts,mpeg,mpegvideo,m4v,h264,hevc,flv,asf,ogg,mxf,dv,gif,apng,ivf"
)
_OPTIONS = {"format_whitelist": _FORMATS, "protocol_whitelist": "file"}
_USUAL_FPS = 25.0  # where a file does not say
_MOST_FPS = 1000.0
_EARLIER_S = (0, 1, 4, 16)  # how far before the wanted second a key frame is looked for
_TOLERANCE_S = 0.5  # by which the end may be before the one that a file tells


def check_file(path: Path, name: str) -> None:
    try:
        with path.open("rb") as file:
            is_empty = not file.read(1)
    except (OSError, ValueError) as exc:  # ValueError: a null byte in the name
        raise UnreadableFile(name=name, detail=getattr(exc, "strerror", None) or "no such name") from exc
    if is_empty:
        raise EmptyDocument(name=name)


def check_sides(width: int, height: int, name: str) -> None:
    if max(width, height) > LARGEST_SIDE_PX:
        raise BadRequest(
            detail=f"{name} is {width} x {height} pixels; a side may have {LARGEST_SIDE_PX}. Scale it down first.",
            detail_zh=f"{name} 为 {width} x {height} 像素，单边最多 {LARGEST_SIDE_PX}。请先缩小。",
        )


@contextmanager
def opened(path: Path, name: str) -> Iterator[tuple[InputContainer, VideoStream]]:
    import av  # noqa: PLC0415 - heavy, and only videos need it

    try:
        container = av.open(str(path), options=_OPTIONS)
    except (av.FFmpegError, OSError, ValueError) as exc:
        raise _no_video(path, name) from exc
    with container:
        stream = next((one for one in container.streams.video if not _is_cover(one)), None)
        if stream is None:
            # A file cut before its index has no streams that are known
            raise _no_pictures(name) if container.streams.audio else DamagedDocument(name=name)
        stream.codec_context.options = {"max_pixels": str(LARGEST_SIDE_PX**2)}
        yield container, stream


def _is_cover(stream: VideoStream) -> bool:
    """The picture on a music file is no video."""
    return bool(stream.disposition & type(stream.disposition).attached_pic)


def first_frame(container: InputContainer, stream: VideoStream, name: str) -> av.VideoFrame:
    is_locked = False
    for packet in packets_of(container, stream):
        is_locked = is_locked or packet.has_sidedata("encryption_info")
        for picture in _decode(packet):
            if picture is not None and not is_locked:
                check_sides(picture.width, picture.height, name)
                return picture
        if is_locked:
            raise EncryptedDocument(name=name)
    raise DamagedDocument(name=name)


def packets_of(container: InputContainer, stream: VideoStream) -> Iterator[av.Packet[VideoStream]]:
    """Up to the end, or to where nothing more can be read."""
    import av  # noqa: PLC0415 - as in `opened`

    packets = container.demux(stream)
    while True:
        try:
            packet = next(packets, None)
        except av.FFmpegError:
            return
        if packet is None:
            return
        yield packet


def _decode(packet: av.Packet[VideoStream]) -> list[av.VideoFrame | None]:
    """The pictures that a packet completes; None for one that is damaged."""
    import av  # noqa: PLC0415 - as in `opened`

    try:
        pictures = [picture for picture in packet.decode() if isinstance(picture, av.VideoFrame)]
    except av.FFmpegError:
        return [None]
    return [*pictures, None] if packet.is_corrupt else list(pictures)


def pictures_of(container: InputContainer, stream: VideoStream) -> Iterator[av.VideoFrame | None]:
    for packet in packets_of(container, stream):
        yield from _decode(packet)


def pictures_from(container: InputContainer, stream: VideoStream, stamp: int) -> Iterator[av.VideoFrame | None]:
    """From a key frame at or before a time stamp; from the beginning where that cannot be found."""
    import av  # noqa: PLC0415 - as in `opened`

    second = round(1 / (stream.time_base or 1))
    for earlier_s in _EARLIER_S:
        try:
            container.seek(max(stamp - earlier_s * second, 0), stream=stream)
        except av.FFmpegError:
            continue
        packets = packets_of(container, stream)
        key = next((packet for packet in packets if packet.is_keyframe), None)
        if key is not None and key.pts is not None and key.pts <= stamp:
            yield from _decode(key)
            for packet in packets:
                yield from _decode(packet)
            return
    container.seek(0)
    yield from pictures_of(container, stream)


def is_cut(container: InputContainer, stream: VideoStream, path: Path, end_s: float) -> bool:
    """Whether the file says of itself that there is more than was found in it up to `end_s`."""
    if entries := stream.index_entries if container.format.name.startswith("mov") else ():
        return max(entry.pos + entry.size for entry in entries) > path.stat().st_size
    told_s = _told_s(container, stream)
    return told_s is not None and end_s + _TOLERANCE_S < told_s


def _told_s(container: InputContainer, stream: VideoStream) -> float | None:
    """How long the pictures go on, in files that say so; what MPEG streams seem to say is only guessed."""
    if container.format.name.startswith("avi") and stream.duration and stream.time_base:
        return float(stream.duration * stream.time_base)
    told = re.fullmatch(r"(\d+):(\d\d):(\d\d(?:\.\d+)?)", stream.metadata.get("DURATION", ""))
    return int(told[1]) * 3600 + int(told[2]) * 60 + float(told[3]) if told else None


def fps_of(stream: VideoStream) -> float:
    for rate in (stream.average_rate, stream.guessed_rate, stream.base_rate):
        if rate and math.isfinite(rate) and 0 < rate <= _MOST_FPS:
            return float(rate)
    return _USUAL_FPS


def duration_s_of(container: InputContainer, stream: VideoStream) -> float | None:
    if stream.duration and stream.duration > 0 and stream.time_base:
        return float(stream.duration * stream.time_base)
    return container.duration / 1e6 if container.duration and container.duration > 0 else None


def _no_video(path: Path, name: str) -> JianwenError:
    with path.open("rb") as file:
        head = file.read(16)
    if head[4:8] == b"ftyp":
        return DamagedDocument(name=name)
    return BadRequest(
        detail=f"{name} is no video. MP4, MOV, MKV, WebM, AVI, MPEG and GIF are read, among others.",
        detail_zh=f"{name} 不是视频。可读取 MP4、MOV、MKV、WebM、AVI、MPEG、GIF 等格式。",
    )


def _no_pictures(name: str) -> BadRequest:
    return BadRequest(
        detail=f"{name} has sound but no pictures. Name a video.",
        detail_zh=f"{name} 只有声音，没有画面。请给出视频文件。",
    )
