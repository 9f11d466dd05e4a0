"""Makers of facts: the instances of a frozen dataclass, in a third of the time.

A frozen dataclass sets every field by `object.__setattr__`, as its own refuses. A maker is a class with the
same slots that is not frozen; what it makes becomes the frozen class's in its last step.
"""

from dataclasses import field, fields, is_dataclass, make_dataclass
from typing import Any, TypeVar, cast

T = TypeVar("T")


def maker(frozen: type[T]) -> type[T]:
    """What makes instances of a frozen dataclass with slots; it takes the same arguments.

    Raises:
        TypeError: If the class is none such, or does something of its own when an instance is made.
    """
    own = {"__post_init__", "__new__"} & vars(frozen).keys()
    if not is_dataclass(frozen) or "__slots__" not in vars(frozen) or own:
        raise TypeError(f"{frozen.__name__}: is no dataclass with slots that only keeps its fields")

    def become(made: Any) -> None:  # noqa: ANN401  of a class that is made below
        made.__class__ = frozen

    same = [
        (
            each.name,
            each.type,
            field(default=each.default, default_factory=each.default_factory, kw_only=each.kw_only),  # pyright: ignore[reportCallIssue, reportArgumentType, reportUnknownVariableType]  its overloads know no absent default
        )
        for each in fields(frozen)
    ]
    return cast(
        "type[T]", make_dataclass(frozen.__name__, same, slots=True, namespace={"__post_init__": become})
    )
