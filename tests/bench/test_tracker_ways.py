"""The other ways in the tracker's table: blobs find what is plain to see, and a session without memory has none."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from jianwen.bench.blobs import BlobWay
from jianwen.bench.trackerways import FORGETFUL, Forgetful, SessionWay, Start
from jianwen.places import Box
from jianwen.tracking import RECENT, Recalled, built_in
from tracking.worlds import Stub, disc_frame, disc_place

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from jianwen.tracking import Policy

HEIGHT, WIDTH, RADIUS = 288, 384, 27


def starts() -> list[Start]:
    """Boxes of both discs in frame 0."""
    places = [disc_place(disc, 0) for disc in (0, 1)]
    half_x, half_y = RADIUS / WIDTH, RADIUS / HEIGHT
    return [Start.of_box(Box(x - half_x, y - half_y, x + half_x, y + half_y)) for x, y in places]


def frames(count: int, hidden: tuple[int, int] = (0, 0)) -> Iterator[NDArray[np.uint8]]:
    return (disc_frame(index, height=HEIGHT, width=WIDTH, hidden=hidden) for index in range(count))


def test_blobs_follow_discs_and_lose_what_is_hidden() -> None:
    """Within a sixth of a radius all the way; in frames without discs nothing is seen, and after them both are."""
    places = np.array(list(BlobWay().follow(frames(30, hidden=(10, 13)), starts())))
    true = np.array([[np.multiply(disc_place(disc, frame), (WIDTH, HEIGHT)) for disc in (0, 1)] for frame in range(30)])
    away = np.hypot(*np.moveaxis(places - true, 2, 0)) / RADIUS
    assert np.isnan(away[10:13]).all()
    assert away[1:10].max() < 1 / 6
    assert away[15:].max() < 1 / 6


def test_blobs_of_no_picture_are_none() -> None:
    """An empty video gives no places."""
    assert list(BlobWay().follow(iter(()), starts())) == []


class Listening(Stub):
    """Notes how much is recalled."""

    def attend(self, cells: NDArray[np.float32], recalled: Recalled) -> NDArray[np.float32]:
        self.recalled.append((recalled.maps.shape[1], recalled.pointers.shape[1]))
        return super().attend(cells, recalled)

    recalled: list[tuple[int, int]]


def recalled(policy: Policy, *, forgets: bool) -> list[tuple[int, int]]:
    stub = Listening(built_in("tiny").at(64))
    stub.recalled = []
    way = SessionWay(Forgetful(stub) if forgets else stub, policy=policy)
    assert all(places.shape == (2, 2) for places in way.follow(frames(6), starts()))
    return stub.recalled


def test_without_memory_only_the_prompted_frame_speaks() -> None:
    """One map and one pointer in every frame, while our own session recalls more and more."""
    assert set(recalled(FORGETFUL, forgets=True)) == {(1, 1)}
    assert max(recalled(RECENT, forgets=False)) == (5, 5)


def test_a_way_can_be_watched() -> None:
    """Every frame is shown with its tracks, in time."""
    seen: list[int] = []
    way = SessionWay(Stub(built_in("tiny").at(64)), watch=lambda _, tracks: seen.append(len(tracks)))
    assert len(list(way.follow(frames(3), starts()))) == 3
    assert seen == [2, 2, 2]
