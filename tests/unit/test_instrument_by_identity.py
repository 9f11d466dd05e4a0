"""What is kept by object, for objects without a hash, or equal to each other."""

import gc

import pytest

from kansoku.instrument.by_identity import ByIdentity


class Same:  # noqa: PLW1641  that is the point
    """Equal to all of its kind, and so without a hash."""

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Same)


def test_objects_that_are_equal_are_two() -> None:
    one, two = Same(), Same()
    kept: ByIdentity[str] = ByIdentity()
    kept.put(one, "first")
    assert (kept.get(one), kept.get(two)) == ("first", None)
    kept.put(two, "second")
    kept.put(one, "third")
    assert (kept.get(one), kept.get(two)) == ("third", "second")
    assert (kept.pop(one), kept.pop(one)) == ("third", None)
    assert [(owner is two, value) for owner, value in kept.take_all()] == [(True, "second")]
    assert kept.get(two) is None


def test_nothing_is_kept_of_an_object_that_is_gone() -> None:
    kept: ByIdentity[str] = ByIdentity()
    one = Same()
    for number in range(1_000):  # the place of one that is gone is soon another's
        one = Same()
        assert kept.get(one) is None
        kept.put(one, str(number))
    del one
    gc.collect()
    assert kept.take_all() == []


def test_an_object_that_cannot_be_referred_to_weakly_is_refused() -> None:
    kept: ByIdentity[str] = ByIdentity()
    with pytest.raises(TypeError):
        kept.put(7, "number")
    assert kept.get(7) is None
