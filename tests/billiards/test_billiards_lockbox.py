"""The lock box: labels that agree with what is drawn, and a split that shares no family with the other."""

from __future__ import annotations

from jianwen.billiards import box_sample


def test_the_same_seed_gives_the_same_bytes() -> None:
    """A sample made twice from one seed agrees to the last bit, and another seed does not."""
    one, two, other = (box_sample(seed, size=96) for seed in (3, 3, 4))
    assert one.image.tobytes() == two.image.tobytes()
    assert one.owner.tobytes() == two.owner.tobytes()
    assert one.visible_share.tobytes() == two.visible_share.tobytes()
    assert one.image.tobytes() != other.image.tobytes()
