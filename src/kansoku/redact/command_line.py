"""Passwords among the arguments of commands that take them under no telling name, as their manuals say.

And behind `IDENTIFIED BY` of SQL.
"""

import re

from kansoku.redact.detector import PlaceDetector
from kansoku.redact.finding import Finding
from kansoku.redact.placeholder import is_placeholder

_VALUE = r"""(?:'([^'\n]{1,256}+)'|"([^"\n]{1,256}+)"|([^\s'";|&<>()]{1,256}+))"""
_QUOTED = r"""(?:'([^'\n]{1,256}+)'|"([^"\n]{1,256}+)")"""
_USER = r"""["']?[^\s:"']{1,64}+:([^\s"'@]{1,256}+)["']?(?:\s|\Z)"""
_FAR = r"(?=[^\n;|]{0,300}?[ \t]"
_COMMANDS = re.compile(
    "|".join(
        (
            rf"curl{_FAR}(?:-u|--user|-U|--proxy-user)[ \t=]{{0,2}}{_USER})",
            rf"mysql(?:dump|admin|import|show)?{_FAR}-p{_VALUE})",
            rf"sshpass{_FAR}-p[ \t]?{_VALUE})",
            rf"redis-cli{_FAR}-a[ \t]{_VALUE})",
            rf"docker[ \t]login{_FAR}-p[ \t]{_VALUE})",
            rf"identified[ \t]by[ \t]{_QUOTED}",
            rf"convertto-securestring[ \t](?:-string[ \t])?{_VALUE}",
        )
    ),
    re.IGNORECASE,
)
_FEWEST = 4


def argument_at(text: str, at: int) -> Finding | None:
    """The password among the arguments of the command that is named here."""
    match = _COMMANDS.match(text, at)
    group = match.lastindex if match else None
    if match is None or group is None:
        return None
    value = match[group]
    if len(value) < _FEWEST or is_placeholder(value):
        return None
    return Finding(*match.span(group), "SECRET")


COMMAND_LINE = PlaceDetector(
    "SECRET",
    argument_at,
    words=(
        "curl ",
        "mysql",
        "sshpass ",
        "redis-cli ",
        "docker login ",
        "identified by ",
        "convertto-securestring ",
    ),
)
