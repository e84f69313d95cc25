"""Tracking over HTTP: a video is opened, pointed at, followed and closed; nothing of it stays."""

from __future__ import annotations

import io
import threading
import time
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from fastapi.testclient import TestClient
from PIL import Image

from jianwen.assistant import Assistant
from jianwen.errors import NotFound, TooManyWaiting
from jianwen.server import create_app
from jianwen.server.desk import Desk
from jianwen.server.tracking_room import MOST_OPEN, TrackingRoom
from jianwen.server.tracking_shapes import FrameEvent, ObjectShape, TrackingRoomShape, VideoShape
from jianwen.server.tracking_told import track_to_json
from jianwen.tracking import Click, Prompt
from server.serving import events_in, live
from tracker_file import NEVER, make_clip, make_tracker, tiny_graphs

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from jianwen.settings import Settings

FRAMES = 12
ON = {"x": 0.2, "y": 0.5, "on": True}


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_tracker(tmp_path_factory.mktemp("tracker") / "model")


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    return make_clip(tmp_path_factory.mktemp("clip") / "clip.mp4", FRAMES).read_bytes()


@pytest.fixture
def tracker(settings: Settings, model: Path) -> Iterator[Assistant]:
    with Assistant.open(replace(settings, tracker_model=str(model))) as opened:
        yield opened


@pytest.fixture
def tracked(tracker: Assistant) -> Iterator[TestClient]:
    """A client of a server that has a tracker."""
    with TestClient(create_app(tracker), base_url="http://127.0.0.1:8700") as opened:
        yield opened


def opened(client: TestClient, clip: bytes, name: str = "clip.mp4") -> dict[str, Any]:
    answer = client.post("/api/tracking", files={"files": (name, clip)})
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


def say(client: TestClient, video: str, frame: int = 0, name: str = "1", **said: Any) -> Any:
    body = {"object": name, "frame": frame, **(said or {"points": [ON]})}
    return client.post(f"/api/tracking/{video}/prompts", json=body)


def run(client: TestClient, video: str, start: int = 0) -> list[tuple[str, Any]]:
    with client.stream("GET", f"/api/tracking/{video}/run", params={"from": start}) as stream:
        return list(events_in(stream.iter_lines()))


def desk_of(client: TestClient) -> Desk:
    desk = client.app.state.desk  # type: ignore[attr-defined] # it was made by `create_app`
    assert isinstance(desk, Desk)
    return desk


def files_of(assistant: Assistant) -> list[str]:
    """Every file that tracking left on the disk, but for the lock of a server that runs."""
    folder = assistant.settings.home / "tracking"
    return [path.name for path in folder.rglob("*") if path.is_file() and path.name != "lock"]


def test_a_video_is_opened_pointed_at_followed_and_closed(tracked: TestClient, tracker: Assistant, clip: bytes) -> None:
    """What it is, where the object is at once, one event a frame to the end; closed, nothing of it is left."""
    video = opened(tracked, clip, "../../球台 <b>.mp4")
    VideoShape.model_validate(video)
    facts = {"name": "球台 <b>.mp4", "width": 160, "height": 96, "fps": 30.0, "frames": FRAMES, "duration_s": 0.4}
    assert {name: video[name] for name in facts} == facts
    told = say(tracked, video["id"], 3).json()
    ObjectShape.model_validate(told)
    assert (told["name"], told["lost"]) == ("1", False)
    assert sum(told["mask"]["runs"]) == told["mask"]["rows"] * told["mask"]["columns"]
    events = run(tracked, video["id"], 2)
    assert [name for name, _ in events] == ["frame"] * (FRAMES - 2) + ["end"]
    for _, frame in events[:-1]:
        FrameEvent.model_validate(frame)
    assert [[one["name"] for one in frame["objects"]] for _, frame in events[:-1]] == [[]] + [["1"]] * (FRAMES - 3)
    assert events[1][1]["objects"][0]["mask"] == told["mask"]
    assert events[-1][1] == {"frame": FRAMES - 1, "why": "end", "events": []}
    assert tracked.get(f"/api/tracking/{video['id']}").json() == video | {"objects": ["1"]}
    assert tracked.delete(f"/api/tracking/{video['id']}").status_code == 204
    assert files_of(tracker) == []
    assert tracked.get(f"/api/tracking/{video['id']}").status_code == 404
    assert tracked.delete(f"/api/tracking/{video['id']}").status_code == 204


def test_frames_are_pictures(tracked: TestClient, clip: bytes) -> None:
    """Any frame as JPEG, in any order; one past the end is not found."""
    video = opened(tracked, clip)["id"]
    for number in (9, 2, 11):
        answer = tracked.get(f"/api/tracking/{video}/frames/{number}.jpg")
        picture = Image.open(io.BytesIO(answer.content)).convert("RGB")
        assert (answer.headers["content-type"], picture.size) == ("image/jpeg", (160, 96))
        red = picture.getpixel((8, 8))
        assert isinstance(red, tuple)
        assert red[0] == pytest.approx(4 * number, abs=14)
    assert tracked.get(f"/api/tracking/{video}/frames/{FRAMES}.jpg").status_code == 404


def test_points_boxes_and_removals(tracked: TestClient, clip: bytes) -> None:
    """A box in any direction, points on and off; taking back the last one takes the object; removing twice is 404."""
    video = opened(tracked, clip)["id"]
    assert say(tracked, video, box=[0.6, 0.7, 0.4, 0.3], points=[{"x": 0.9, "y": 0.9, "on": False}]).status_code == 200
    assert say(tracked, video, 4, name="白球 ?", points=[ON]).status_code == 200
    path = f"/api/tracking/{video}"
    assert tracked.get(path).json()["objects"] == ["1", "白球 ?"]
    assert tracked.delete(f"{path}/objects/1/prompts/0").status_code == 204
    assert tracked.get(path).json()["objects"] == ["白球 ?"]
    assert tracked.delete(f"{path}/objects/1").status_code == 404
    assert tracked.delete(f"{path}/objects/白球 %3F").status_code == 204
    assert tracked.get(path).json()["objects"] == []


@pytest.mark.parametrize(
    ("said", "status"),
    [
        ({"points": []}, 400),
        ({"points": [ON | {"on": False}]}, 400),
        ({"points": [{"x": 1.2, "y": 0.5}]}, 400),
        ({"points": [{"x": "NaN", "y": 0.5}]}, 400),
        ({"box": [0.2, 0.2, 0.2, 0.6]}, 400),
        ({"box": [0.2, 0.2]}, 400),
        ({"points": [ON] * 257}, 400),
        ({"points": [ON], "mask": "x"}, 400),
        ({"points": [ON], "name": "a/b"}, 400),
    ],
)
def test_prompts_that_make_no_sense_are_refused(
    tracked: TestClient, clip: bytes, said: dict[str, Any], status: int
) -> None:
    """Nothing, only "not here", places outside, boxes without area: each an error in both languages."""
    video = opened(tracked, clip)["id"]
    answer = say(tracked, video, **said)
    assert answer.status_code == status
    assert answer.json()["error"]["message_zh"]
    assert say(tracked, video, FRAMES).status_code == 404
    assert tracked.get(f"/api/tracking/{video}").json()["objects"] == []


def test_a_fifth_video_is_told_to_wait(tracked: TestClient, clip: bytes) -> None:
    """429 and one line that says what to do; when one is closed there is room again."""
    videos = [opened(tracked, clip)["id"] for _ in range(MOST_OPEN)]
    room = tracked.get("/api/tracking").json()
    TrackingRoomShape.model_validate(room)
    assert (room["ready"], room["open"], room["most"]) == (True, MOST_OPEN, MOST_OPEN)
    answer = tracked.post("/api/tracking", files={"files": ("clip.mp4", clip)})
    assert answer.status_code == 429
    assert "Close one" in answer.json()["error"]["message"]
    tracked.delete(f"/api/tracking/{videos[0]}")
    assert opened(tracked, clip)["id"] not in videos


@pytest.mark.parametrize(
    ("name", "content", "status", "words"),
    [
        ("letter.mp4", b"Dear all", 400, "letter.mp4"),
        ("empty.mp4", b"", 400, "empty.mp4"),
        ("big.mp4", b"x" * (1 << 21), 413, "JIANWEN_UPLOAD_MB"),
    ],
)
def test_what_is_no_video_is_refused_and_not_kept(
    tracked: TestClient, name: str, content: bytes, status: int, words: str
) -> None:
    """The error names the file as its owner does; no place is taken and no file is left."""
    tracker = desk_of(tracked).assistant
    answer = tracked.post("/api/tracking", files={"files": (name, content)})
    assert (answer.status_code, words in answer.json()["error"]["message"]) == (status, True), answer.text
    assert tracked.get("/api/tracking").json()["open"] == 0
    assert files_of(tracker) == []
    assert list((tracker.settings.home / "uploads").iterdir()) == []


def test_a_request_without_a_file_is_refused(tracked: TestClient) -> None:
    """No multipart, or nothing in the field."""
    for sent in ({"content": b"x"}, {"files": {"other": ("a.mp4", b"x")}}):
        answer = tracked.post("/api/tracking", **sent)
        assert answer.status_code == 400


def test_a_box_without_a_tracker_says_so(settings: Settings, tmp_path: Path, clip: bytes) -> None:
    """503 with what to do, before the video is received; and the page can know before it is sent."""
    with (
        Assistant.open(replace(settings, tracker_model=str(tmp_path / "nowhere"))) as assistant,
        TestClient(create_app(assistant), base_url="http://127.0.0.1:8700") as client,
    ):
        room = client.get("/api/tracking").json()
        answer = client.post("/api/tracking", files={"files": ("clip.mp4", clip)})
    assert room["ready"] is False
    assert room["detail"]
    assert room["detail_zh"]
    assert answer.status_code == 503
    assert answer.json()["error"]["message"] == room["detail"]


def test_a_lost_object_is_told_as_lost(clip: bytes, tmp_path: Path) -> None:
    """A network that never sees it gives no box, no mask, no confidence."""
    room = TrackingRoom(tmp_path / "room")
    (tmp_path / "upload").write_bytes(clip)
    with room.place():
        tracking = room.open(tmp_path / "upload", "clip.mp4", tiny_graphs(NEVER))
    told = track_to_json(tracking.say("1", 0, Prompt(clicks=(Click(0.2, 0.5),))))
    ObjectShape.model_validate(told)
    assert (told["lost"], told["box"], told["mask"], told["confidence"]) == (True, None, None, 0.0)
    room.close_all()


def test_leaving_stops_the_tracker(tracker: Assistant, clip: bytes) -> None:
    """When the connection is closed in the middle, the next request is served at once, and the run did not go on."""
    with live(tracker) as url, httpx.Client(base_url=url, timeout=30, trust_env=False) as client:
        video = client.post("/api/tracking", files={"files": ("clip.mp4", clip)}).json()["id"]
        path = f"/api/tracking/{video}"
        client.post(f"{path}/prompts", json={"object": "1", "frame": 0, "points": [ON]})
        with client.stream("GET", f"{path}/run?watched=true") as stream:
            next(events_in(stream.iter_lines()))
        assert client.post(f"{path}/prompts", json={"object": "2", "frame": 0, "points": [ON]}).status_code == 200
        begin, (name, last) = run_live(client, path)
        assert (begin[1]["frame"], name, last["why"]) == (0, "end", "end")


def run_live(client: httpx.Client, path: str) -> tuple[tuple[str, Any], tuple[str, Any]]:
    with client.stream("GET", f"{path}/run") as stream:
        events = list(events_in(stream.iter_lines()))
    return events[0], events[-1]


def test_an_idle_video_is_closed_and_deleted(clip: bytes, tmp_path: Path) -> None:
    """Left alone for the given time it is gone; one that is looked at stays."""
    room = TrackingRoom(tmp_path / "room", idle_s=0.6)
    for name in ("idle", "watched"):
        (tmp_path / name).write_bytes(clip)
    graphs = tiny_graphs()
    with room.place():
        idle = room.open(tmp_path / "idle", "idle.mp4", graphs)
    with room.place():
        watched = room.open(tmp_path / "watched", "watched.mp4", graphs)
    deadline_s = time.monotonic() + 20
    while not idle.is_closed and time.monotonic() < deadline_s:
        room.get(watched.id)
        threading.Event().wait(0.05)
    assert idle.is_closed
    with pytest.raises(NotFound):
        room.get(idle.id)
    assert room.get(watched.id) is watched
    assert len(list((tmp_path / "room").rglob("video"))) == 1
    room.close_all()
    assert list((tmp_path / "room").iterdir()) == []
    with pytest.raises(TooManyWaiting), room.place():
        pass


def test_what_a_crashed_server_left_is_deleted_at_the_next_start(clip: bytes, tmp_path: Path) -> None:
    """Folders whose server is gone are removed; those of a server that runs beside are left alone."""
    (tmp_path / "upload").write_bytes(clip)
    left = tmp_path / "room" / "left" / "0" / "video"
    left.parent.mkdir(parents=True)
    left.write_bytes(clip)
    beside = TrackingRoom(tmp_path / "room")
    with beside.place():
        beside.open(tmp_path / "upload", "clip.mp4", tiny_graphs())
    TrackingRoom(tmp_path / "room").tidy()
    assert not left.exists()
    assert len(list((tmp_path / "room").rglob("video"))) == 1
    beside.close_all()


def test_other_sites_cannot_use_it(tracked: TestClient, clip: bytes) -> None:
    """What changes something is refused when another site's page asks, and no session is there for a guessed name."""
    foreign = {"origin": "http://evil.example"}
    answer = tracked.post("/api/tracking", files={"files": ("clip.mp4", clip)}, headers=foreign)
    assert (answer.status_code, answer.json()["error"]["type"]) == (403, "WrongOrigin")
    assert tracked.get("/api/tracking/..%2F..%2Fetc").status_code == 404
    assert tracked.get("/api/tracking/x/run").status_code == 404
