"""Makers make what the class itself does, and only of classes that they can."""

import pickle
from copy import copy
from dataclasses import FrozenInstanceError, dataclass, replace

import pytest

from kansoku.price.usage import Usage
from kansoku.record.facts import Call, Place
from kansoku.record.maker import maker
from kansoku.record.observer import Began


def test_what_is_made_is_an_instance_like_any_other() -> None:
    usage = maker(Usage)(input_tokens=3, output_tokens=0)
    own = Usage(input_tokens=3, output_tokens=0)
    assert usage == own
    assert hash(usage) == hash(own)
    assert type(usage) is Usage
    assert repr(usage) == repr(own)
    assert pickle.loads(pickle.dumps(usage)) == copy(usage) == own
    assert replace(usage, input_tokens=4) == Usage(input_tokens=4, output_tokens=0)
    with pytest.raises(FrozenInstanceError):
        usage.input_tokens = 5  # pyright: ignore[reportAttributeAccessIssue]


def test_defaults_and_order_are_the_classs() -> None:
    assert maker(Place)(1, 2) == Place(1, 2, 0, None)
    told = {"started_unix_ns": 1, "duration_s": 0.5, "operation": "chat", "provider": "anthropic"}
    made = maker(Call)(place=Place(1, 2), request_model="m", outcome="ok", **told)  # pyright: ignore[reportArgumentType]
    assert made == Call(place=Place(1, 2), request_model="m", outcome="ok", **told)  # pyright: ignore[reportArgumentType]
    with pytest.raises(TypeError, match="place"):
        maker(Call)(outcome="ok")  # pyright: ignore[reportCallIssue]


def test_each_instance_has_what_a_factory_makes_for_it() -> None:
    from dataclasses import field

    @dataclass(frozen=True, slots=True)
    class Listed:
        names: list[str] = field(default_factory=list[str])

    make = maker(Listed)
    make().names.append("a")
    assert make().names == []


def test_a_class_that_does_more_than_keep_its_fields_is_refused() -> None:
    @dataclass(frozen=True, slots=True)
    class Checked:
        number: int

        def __post_init__(self) -> None:
            raise ValueError(self.number)

    @dataclass(frozen=True)
    class Slotless:
        number: int

    for refused in (Checked, Slotless, int):
        with pytest.raises(TypeError, match=refused.__name__):
            maker(refused)
    assert maker(Began) is not Began
