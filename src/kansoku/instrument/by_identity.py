"""Something kept for each of the application's objects, as long as that lives.

Objects are told apart by identity: those of an application need not have a hash, and two that it calls
equal are still two.
"""

from typing import Any, Generic, TypeVar
from weakref import ref

T = TypeVar("T")


class ByIdentity(Generic[T]):
    """What is kept, by object. The objects must be ones that can be referred to weakly."""

    def __init__(self) -> None:
        self._kept: dict[int, tuple[ref[object], T]] = {}

    def get(self, owner: object) -> T | None:
        """What is kept for the object, or None."""
        found = self._kept.get(id(owner))
        return None if found is None else found[1]

    def put(self, owner: object, value: T) -> None:
        """Keeps the value for the object.

        Raises:
            TypeError: If the object cannot be referred to weakly.
        """
        key = id(owner)

        def forget(gone: ref[object]) -> None:
            found = self._kept.get(key)
            if found is not None and found[0] is gone:  # else another object has its place already
                del self._kept[key]

        self._kept[key] = ref(owner, forget), value

    def pop(self, owner: object) -> T | None:
        """What was kept for the object, no longer."""
        found = self._kept.pop(id(owner), None)
        return None if found is None else found[1]

    def take_all(self) -> list[tuple[Any, T]]:
        """Every object that still lives with what was kept for it, no longer."""
        kept, self._kept = self._kept, {}
        found = [(owner(), value) for owner, value in kept.values()]
        return [(owner, value) for owner, value in found if owner is not None]
