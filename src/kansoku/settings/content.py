"""The `[content]` table of a file of settings, checked."""

from dataclasses import dataclass

from kansoku.catalog import content as names
from kansoku.settings.document import Document


@dataclass(frozen=True, slots=True)
class ContentSettings:
    """Whether what is said in calls is kept.

    Attributes:
        capture: Whether it is; None where the file says nothing.
        max_bytes: Of each attribute that holds it.
    """

    capture: bool | None = None
    max_bytes: int = names.USUAL_BYTES


def content_of(given: object, document: Document) -> ContentSettings:
    """What the table says.

    Raises:
        SettingError: If something in it cannot be used.
    """
    if given is None:
        return ContentSettings()
    table = document.table(given, names.TABLE, names.KEYS)
    capture, size = table.get(names.CAPTURE), table.get(names.MAX_BYTES, names.USUAL_BYTES)
    if capture is not None and not isinstance(capture, bool):
        raise document.wrong(names.TABLE, names.CAPTURE, f"{capture!r} is neither true nor false")
    is_size = isinstance(size, int) and names.LEAST_BYTES <= size <= names.MOST_BYTES
    if not isinstance(size, int) or not is_size:
        raise document.wrong(
            names.TABLE,
            names.MAX_BYTES,
            f"{size!r} is not taken; give bytes from {names.LEAST_BYTES} to {names.MOST_BYTES}",
        )
    return ContentSettings(capture, size)
