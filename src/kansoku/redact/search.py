"""The search: the findings of all detectors in one text, the more certain detector's where two overlap."""

from bisect import bisect_left
from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache
from itertools import islice
from operator import itemgetter

from kansoku.redact.column import Tables
from kansoku.redact.detector import AreaDetector, Detector, NumberDetector, OverBudget, PlaceDetector
from kansoku.redact.finding import Finding
from kansoku.redact.folded import Folded, folded
from kansoku.redact.jury import Judges, Jury
from kansoku.redact.number import Begin, Groups, Number, begins, first_taken
from kansoku.redact.scan import Place, PlainScan, Scan, Triggers, triggers

MOST_PLACES = 20_000
"""Triggers and groups of digits that one text may have; looking at more could take half a second."""


_FORMS = 4096
"""Groups and first digits of which it is kept who judges them; texts have few."""

Ranked = tuple[int, int, int, str]
"""A finding that is not settled yet: its detector's rank, start, end and entity."""


class Search:
    """Finds what detectors find.

    Args:
        detectors: What is looked for, in order of precedence.
        scan: Makes the scan for the detectors' triggers.
    """

    def __init__(self, detectors: Sequence[Detector], scan: Callable[[Triggers], Scan] = PlainScan) -> None:
        self._detectors = tuple(detectors)
        self._scan = scan(triggers(detectors))
        self._of_numbers = tuple(
            (rank, one) for rank, one in enumerate(detectors) if isinstance(one, NumberDetector)
        )
        self._jury = lru_cache(maxsize=_FORMS)(self._made)

    def _made(self, groups: Groups, first: str) -> Jury:
        """Who judges numbers of these groups that begin with the digit."""
        return Jury.of(self._of_numbers, groups, first)

    def find(self, text: str) -> tuple[Folded, list[Finding]]:
        """The text folded, and every finding in that, in order, none overlapping.

        Raises:
            OverBudget: If there is too much to look at.
        """
        places = self._scan.as_written(text)
        seen = folded(text) if places is None else Folded(text, is_writable=True)
        return seen, self._findings(seen.text, self._scan(seen.text) if places is None else places)

    def _findings(self, text: str, scanned: Iterable[Place]) -> list[Finding]:
        """Every finding in a folded text."""
        places = list(islice(scanned, MOST_PLACES + 1))
        if not places:
            return []
        if len(places) > MOST_PLACES:
            raise OverBudget
        found: list[Ranked] = []
        stretches: list[tuple[int, int]] = []
        wanted: dict[int, list[int]] = {}
        for at, rank in set(places):
            if rank < 0:
                stretches.append((at, -rank))
            elif rank in wanted:
                wanted[rank].append(at)
            else:
                wanted[rank] = [at]
        for rank, ats in wanted.items():  # one detector after another: what each runs through stays near
            ats.sort()
            self._look(text, rank, ats, found)
        if stretches:
            stretches.sort()
            self._numbers(text, stretches, found, MOST_PLACES - len(places))
        return settled(found) if found else []

    def _look(self, text: str, rank: int, ats: list[int], found: list[Ranked]) -> None:
        """Adds what the detector finds at its places; inside of a finding, it is not asked again."""
        detector = self._detectors[rank]
        done = 0
        if isinstance(detector, PlaceDetector):
            look = detector.at
            for at in ats:
                finding = look(text, at) if at >= done else None
                if finding is not None:
                    found.append((rank, finding.start, finding.end, finding.entity))
                    done = finding.end
        elif isinstance(detector, AreaDetector):
            for at in ats:
                area = detector.at(text, at) if at >= done else None
                if area is not None:
                    found += [(rank, one.start, one.end, one.entity) for one in area.findings]
                    done = area.end

    def _numbers(self, text: str, stretches: list[tuple[int, int]], found: list[Ranked], budget: int) -> None:
        """Adds what detectors of numbers find in the stretches, in order."""
        tables = Tables(text, len(stretches))
        for start, end in stretches:
            groups = begins(text, start, end, budget)
            budget -= len(groups)
            if budget < 0:
                raise OverBudget
            self._stretch(tables, start, groups, found)

    def _stretch(
        self, tables: Tables, start: int, groups: Sequence[Begin | None], found: list[Ranked]
    ) -> None:
        """Adds what is found in one stretch: at each group, the longest number that is anything."""
        at = 0
        while at < len(groups):
            begin = groups[at]
            if begin is None:
                at += 1
                continue
            ranked, taken = first_taken(tables, start, begin, self._jury, _judged)
            if ranked is not None:
                found.append(ranked)
            at += taken


def _judged(number: Number, judges: Judges) -> Ranked | None:
    """What the number is, by the first detector that takes it."""
    for rank, detector in judges:
        if detector.is_one(number):
            lead = _lead(number, detector.leads) if detector.leads else 0
            return rank, number.start - lead, number.end, detector.entity
    return None


def _lead(number: Number, leads: tuple[str, ...]) -> int:
    """How many characters in front of the number belong to it; a bracket does that is closed within."""
    before = number.before(4)
    if before[-1:] not in _LEAD_ENDS:
        return 0
    for lead in leads:
        opened = lead.strip("+\uff0b%2b")
        if before.endswith(lead) and (not opened or _CLOSED.get(opened, "") in number.written):
            return len(lead)
    return 0


_CLOSED = {"(": ")", "（": "）"}
_LEAD_ENDS = ("+", "\uff0b", "(", "（", "b")
"""What a lead ends in: a plus, a bracket or `%2b`."""


_BY_PLACE = itemgetter(1, 2)


def settled(found: list[Ranked]) -> list[Finding]:
    """The findings in order, without those that overlap one of a better rank."""
    in_order = sorted(found, key=_BY_PLACE)
    at = 0
    for _, start, end, _ in in_order:
        if start < at:
            break
        at = end
    else:
        return [Finding(start, end, entity) for _, start, end, entity in in_order]
    starts: list[int] = []
    kept: list[Finding] = []
    for _, start, end, entity in sorted(found):
        at = bisect_left(starts, end)
        if at and kept[at - 1].end > start:
            continue
        starts.insert(at, start)
        kept.insert(at, Finding(start, end, entity))
    return kept
