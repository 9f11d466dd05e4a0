"""Many measures over one scope, read in one pass over each table that they need."""

# Only names and literals of the catalog are written into the text; what users give is bound.

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from kansoku.catalog.measures import Measure, Reading
from kansoku.query import sql
from kansoku.query.scope import Scope
from kansoku.query.statement import Cells, Statement, reading


@dataclass(frozen=True, slots=True)
class Survey:
    """A statement that answers all the named measures of one table, in one row."""

    statement: Statement
    names: tuple[str, ...]

    def readings(self, rows: Sequence[Cells]) -> dict[str, Reading]:
        """The readings by name, from the rows that the statement gave."""
        cells = rows[0]
        return {
            name: reading(cells[2 * place], cells[2 * place + 1]) for place, name in enumerate(self.names)
        }


def surveys(measures: Mapping[str, Measure], scope: Scope) -> tuple[Survey, ...]:
    """One survey for each table that the measures are about.

    Raises:
        DefinitionError: If a measure or the scope names a field that its relation lacks.
    """
    tables: dict[str, dict[str, Measure]] = {}
    for name, measure in measures.items():
        tables.setdefault(measure.relation.table, {})[name] = measure
    return tuple(_survey(asked, scope) for asked in tables.values())


def selected(measures: Iterable[Measure]) -> str:
    """The list of a SELECT: value and n of each measure, called v0, n0, v1, n1 and so on."""
    pairs = enumerate(sql.measure(measure) for measure in measures)
    return ", ".join(f"{pair.value} AS v{at}, {pair.n} AS n{at}" for at, pair in pairs)


def _survey(asked: Mapping[str, Measure], scope: Scope) -> Survey:
    relation = next(iter(asked.values())).relation
    where, bound = sql.scoped(scope, relation)
    text = f"SELECT {selected(asked.values())} FROM {relation.table} WHERE {where}"
    return Survey(Statement(text, bound), tuple(asked))
