"""Many measures over one scope, read in one pass over each table that they need."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from kansoku.catalog.measures import Measure, Reading
from kansoku.query.rolled import NOTHING, Held
from kansoku.query.scope import Scope
from kansoku.query.source import source
from kansoku.query.statement import Cells, Statement, reading


@dataclass(frozen=True, slots=True)
class Survey:
    """A statement that answers all the named measures of one table, in one row.

    `error` tells how far a quantile may lie off, as a share of it; None where every value is exact.
    """

    statement: Statement
    names: tuple[str, ...]
    error: float | None = None

    def readings(self, rows: Sequence[Cells]) -> dict[str, Reading]:
        """The readings by name, from the rows that the statement gave."""
        cells = rows[0]
        return {
            name: reading(cells[2 * place], cells[2 * place + 1]) for place, name in enumerate(self.names)
        }


def surveys(measures: Mapping[str, Measure], scope: Scope, held: Held = NOTHING) -> tuple[Survey, ...]:
    """One survey for each table that the measures are about.

    Raises:
        DefinitionError: If a measure or the scope names a field that its relation lacks.
    """
    tables: dict[str, dict[str, Measure]] = {}
    for name, measure in measures.items():
        tables.setdefault(measure.relation.table, {})[name] = measure
    return tuple(_survey(asked, scope, held) for asked in tables.values())


def _survey(asked: Mapping[str, Measure], scope: Scope, held: Held) -> Survey:
    rows = source(scope, asked.values(), held=held)
    statement = Statement(f"SELECT {rows.columns} FROM {rows.rows}", rows.bound)
    return Survey(statement, tuple(asked), rows.error)
