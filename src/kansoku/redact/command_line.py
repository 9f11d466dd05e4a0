"""Passwords among the arguments of commands that take them under no telling name, as their manuals say.

And behind `IDENTIFIED BY` of SQL, and in a line of `.pgpass`.
"""

import re

from kansoku.redact.detector import PlaceDetector
from kansoku.redact.finding import Finding
from kansoku.redact.placeholder import is_placeholder


def _bare(stops: str) -> str:
    """A word up to white space, a quote, one of the stops, or an escape as JSON in the text has it."""
    return rf"""((?:[^\s"'\\{stops}]|\\{{1,64}}+(?![\\"'nrt])){{1,256}}+)"""


_OPEN = r"""\\{0,3}["']?"""
_QUOTED = (
    r"""(?:'([^'\n]{1,256}?)\\{0,3}'|"([^"\n]{1,256}?)\\{0,3}"|\\{1,3}["']([^"'\\\n]{1,256}+)\\{1,3}["'])"""
)
_VALUE = rf"""(?:{_QUOTED}|{_bare(";|&<>()`")})"""
_USER = rf"""{_OPEN}[^\s:"']{{1,64}}+:{_bare("@")}(?:["'\\]|\s|\Z)"""
_FLAG = r"[ \t]{1,4}-[a-zA-Z]{1,9}+(?:(?<=(?-i:C))[ \t][0-9]{1,2}(?=[ \t]))?"
_WITH = rf"(?:{_FLAG}){{0,3}}?[ \t]{{1,4}}-[a-zA-Z]{{0,8}}"
_WORD = r"[ \t]{1,4}[\"']?[^\s\"';|&<>-][^\s\"';|&<>]{0,127}+[\"']?"
"""Of htpasswd: flags, of which -C has a number; one that has a letter in it; the name of a file or user."""

_FEW_DIGITS = r"[0-9]{4,5}(?![^\s\"'\\`;)])"
"""A password that would be taken for a port, where nothing else can stand."""

_PORT = r"[0-9]{1,5}(?:/(?:tcp|udp))?(?![^\s\"'\\`,)\]])"
_ZIP = "(?:(?<![a-z])|(?<=(?<![a-z])un))zip"
_AS_USER = r"(?:-u|--username)[ =][^\s-]\S{0,63}[ \t]{1,4}"
_MONGO = r"mongo(?:sh|dump|restore|export|import|stat|top|files)?(?![\w-])"
_PGPASS = r"(?<=[A-Za-z0-9_*\]]):5432:(?!(?:[0-9]{1,3}|5432):)[\w*-]{1,64}+:[\w*-]{1,64}+:"
_PIPED = rf"{_OPEN}[ \t]?\|[ \t]?(?:sudo[ \t])?"
_FAR = r"(?=(?:[^\n;|&]|&(?![&\s])){0,120}?[ \t]"
_COMMANDS = re.compile(
    "|".join(
        (
            rf"curl{_FAR}{_OPEN}(?:-u|--user|-U|--proxy-user)[ \t=]{{0,2}}{_USER})",
            rf"mysql(?:dump|admin|import|show)?{_FAR}(?-i:-p){_VALUE})",
            rf"sshpass{_FAR}-p[ \t]?{_VALUE})",
            rf"redis-cli{_FAR}-a[ \t]{_VALUE})",
            rf"(?:docker|podman|registry|az)[ \t]login{_FAR}-p[ \t]{_VALUE})",
            rf"wget{_FAR}--(?:http-|ftp-|proxy-)?password[ =]{_VALUE})",
            rf"openssl{_FAR}(?:-k[ \t]|-pass(?:in|out)?[ \t]pass:){_VALUE})",
            rf"ldap(?:search|modify|add|delete|whoami|passwd){_FAR}(?-i:-w)[ \t]?{_VALUE})",
            rf"ldappasswd{_FAR}(?-i:-[as])[ \t]{_VALUE})",
            rf"htpasswd(?={_WITH}(?-i:b))(?={_WITH}n)(?:{_FLAG}){{1,3}}+{_WORD}[ \t]{{1,4}}{_VALUE}",
            rf"htpasswd(?={_WITH}(?-i:b))(?:{_FLAG}){{1,3}}+{_WORD}{_WORD}[ \t]{{1,4}}{_VALUE}",
            rf"net[ \t]use[ \t][^\s]{{1,64}}+[ \t]\\\\\S{{1,128}}+[ \t](?!/){_VALUE}",
            rf"net1?[ \t]user[ \t](?!/)[^\s]{{1,64}}+[ \t](?![/*]){_VALUE}",
            rf"smbclient{_FAR}-U[ \t]?{_OPEN}[^\s%\"']{{1,64}}%{_bare('')})",
            rf"sqlcmd{_FAR}(?-i:-P)[ \t]?{_VALUE})",
            rf"{_ZIP}{_FAR}(?-i:-P)[ \t]?(?!{_PORT}){_VALUE})",
            rf"{_ZIP}(?:{_FLAG}){{0,3}}?[ \t]{{1,4}}(?-i:-P)[ \t]?({_FEW_DIGITS})(?=[ \t][^\s-])",
            rf"{_MONGO}{_FAR}{_AS_USER}(?:(?-i:-p)[ \t]?|--password[ =])({_FEW_DIGITS}))",
            rf"{_MONGO}{_FAR}(?<!mkdir )(?-i:-p)[ \t](?!(?:\S{{0,64}}:)?{_PORT}){_VALUE})",
            rf"rabbitmqctl[ \t](?:add_user|change_password)[ \t]\S{{1,64}}+[ \t]{_VALUE}",
            rf"keytool{_FAR}-(?:store|key|src|dest)\w{{0,16}}pass[ \t]{_VALUE})",
            rf"echo[ \t]{_OPEN}[a-z_][\w\-]{{0,31}}:{_bare('|')}{_PIPED}chpasswd",
            rf"https?{_FAR}(?:-a|--auth)[ =]{_USER})",
            rf"{_PGPASS}{_bare(':')}(?=[\s\\\"']|\Z)",
            rf"wpa-psk[ \t](?:ascii|hex)[ \t](?:[0-9][ \t])?{_VALUE}",
            rf"identified[ \t]by[ \t]{_QUOTED}",
            rf"convertto-securestring[ \t](?:-string[ \t])?{_VALUE}",
        )
    ),
    re.IGNORECASE,
)
_FEWEST = 4
_EXAMPLE = re.compile(
    r"(?:(?:my|the|your|new|user)?[_-]?(?:pass(?:word|wd|phrase)?|pwd|secret))|change[_-]?(?:it|me)"
    r"|.*\.(?:pem|key|crt|cer|der|csr|p12|pfx|jks|txt|bin|conf|json)",
    re.IGNORECASE,
)
"""What stands for a password where commands are explained, and names of files, which say nothing."""


def argument_at(text: str, at: int) -> Finding | None:
    """The password among the arguments of the command that is named here."""
    match = _COMMANDS.match(text, at)
    group = match.lastindex if match else None
    if match is None or group is None:
        return None
    value = match[group]
    if len(value) < _FEWEST or is_placeholder(value) or _EXAMPLE.fullmatch(value):
        return None
    return Finding(*match.span(group), "SECRET")


COMMAND_LINE = PlaceDetector(
    "SECRET",
    argument_at,
    words=(
        "curl ",
        "wpa-psk ",
        "mysql",
        "sshpass ",
        "redis-cli ",
        "docker login ",
        "podman login ",
        "registry login ",
        "az login ",
        "http -",
        "https -",
        ":5432:",
        "wget ",
        "openssl ",
        "ldap",
        "htpasswd ",
        "net use ",
        "net user ",
        "smbclient ",
        "sqlcmd ",
        "zip ",
        "mongo",
        "rabbitmqctl ",
        "keytool ",
        "echo ",
        "identified by ",
        "convertto-securestring ",
    ),
)
