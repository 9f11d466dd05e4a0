"""Whether a server redacts, and by what."""

from kansoku.receive.door import Door
from kansoku.server.settings import ServerSettings
from kansoku.settings import settings as read_settings


def door_of(settings: ServerSettings) -> Door | None:
    """What redacts what arrives, as `[redaction]` in `kansoku.toml` says; None where it is not wanted.

    Raises:
        SettingError: If the file cannot be used.
    """
    told = read_settings()
    wanted = told.server_redacts if settings.redact is None else settings.redact
    if not wanted:
        return None
    from kansoku.redact.configured import configured

    return Door(configured(told.redaction))
