"""Which of the two languages a terminal is spoken to in."""

from collections.abc import Mapping

from kansoku.catalog.text import Language

_VARIABLES = ("LC_ALL", "LC_MESSAGES", "LANG")


def language_of(environment: Mapping[str, str]) -> Language:
    """The language of the environment's locale: Japanese for ja*, English for all others."""
    told = next((environment[name] for name in _VARIABLES if environment.get(name)), "")
    return "ja" if told.lower().startswith("ja") else "en"
