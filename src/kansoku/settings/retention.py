"""The `[retention]` table of a file of settings, checked."""

from kansoku.catalog.retention import NAMES, TABLE, Days, checked
from kansoku.settings.document import Document


def retention_of(given: object, document: Document) -> Days:
    """The days that the file gives by name; nothing where it has no such table.

    Raises:
        SettingError: If something in it cannot be used.
    """
    days: Days = {}
    if given is None:
        return days
    for name, value in document.table(given, TABLE, NAMES).items():
        try:
            days[name] = checked(name, value)
        except ValueError as error:
            raise document.wrong(TABLE, name, str(error)) from None
    return days
