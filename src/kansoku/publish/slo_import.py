"""Files of Sloth and of OpenSLO v1 as entries of `kansoku.toml`: all of them, or none."""

from collections.abc import Iterable
from dataclasses import dataclass

from kansoku.errors import SettingError
from kansoku.publish import slo_openslo, slo_sloth
from kansoku.publish.slo_entries import Entries, entries
from kansoku.publish.slo_spec import Notes, Spec
from kansoku.publish.yaml_tree import Node, documents
from kansoku.settings.entry import Faults

_FORMATS = (
    f"version: {slo_sloth.VERSION}",
    f"apiVersion: {slo_sloth.KUBERNETES}",
    f"apiVersion: {slo_openslo.VERSION}",
)


@dataclass(frozen=True, slots=True)
class Imported:
    """The entries, and of each thing that is not taken over, where it stands and why."""

    entries: Entries
    notes: tuple[str, ...]


def imported(files: Iterable[tuple[str, str]], window_s: int, faults: Faults) -> Imported:
    """What files, each a name and its text, say of objectives.

    Args:
        files: The files; objects of OpenSLO may refer to those of another.
        window_s: Seconds over which Sloth's objectives are held.
        faults: Hears everything that cannot be taken over.

    Raises:
        SettingError: If something cannot be taken over, unless faults are collected.
    """
    notes, objects, specs = Notes(), slo_openslo.Objects(), list[Spec]()
    for name, text in files:
        with faults.kept():
            found = [one for each in documents(text, name) for one in _objects(each)]
            if not found:
                raise SettingError(f"{name}: holds no document; give a specification ({'; '.join(_FORMATS)})")
            for node in found:
                with faults.kept():
                    _take(node, (objects, specs), window_s, notes, faults)
    specs += objects.specs(notes, faults)
    made: list[Entries] = []
    named: dict[str, Spec] = {}
    for spec in specs:
        with faults.kept():
            if spec.name in named:
                first = named[spec.name].node.said
                raise spec.node.wrong(f"is named {spec.name}, as the one at {first}; give each its own name")
            named[spec.name] = spec
            made.append(entries(spec, notes))
    slos, alerts = ([one for each in made for one in getattr(each, key)] for key in ("slos", "alerts"))
    return Imported(Entries(tuple(slos), tuple(alerts)), tuple(notes.told))


def _objects(node: Node) -> list[Node]:
    """The objects of a document, which may be a list of them."""
    return node.value if isinstance(node.value, list) else [node]


def _take(
    node: Node, into: tuple[slo_openslo.Objects, list[Spec]], window_s: int, notes: Notes, faults: Faults
) -> None:
    """Takes in one document, by what it says that it is."""
    objects, specs = into
    found = node.mapping()
    said = found.get("apiVersion") or found.get("version")
    match said.value if said else None:
        case slo_sloth.VERSION | slo_sloth.KUBERNETES:
            specs.extend(slo_sloth.specs_of(node, window_s, notes, faults))
        case slo_openslo.VERSION:
            objects.add(node, notes)
        case _:
            at = said or node
            raise at.wrong(f"is of no format that is read; give one with {' or '.join(_FORMATS)}")
