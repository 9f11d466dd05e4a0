"""Which tables of a database are Kansoku's: on a server of the user's own there may be others beside them."""

from __future__ import annotations

from typing import Final

from kansoku.store.schema.newest import SCHEMA_VERSION, tables
from kansoku.store.upkeep.rollups import rollup_tables

OWN: Final = frozenset(table.name for table in (SCHEMA_VERSION, *tables(), *rollup_tables()))
