"""Records of log lines: one that is copied says what one that is made says."""

import logging

from kansoku.emit.line_records import LineRecords

_OF_THE_MOMENT = {"created", "msecs", "relativeCreated"}


def told(record: logging.LogRecord) -> dict[str, object]:
    """What a record says, but for when it was made."""
    return {name: value for name, value in vars(record).items() if name not in _OF_THE_MOMENT}


def test_a_later_record_says_of_its_line_what_one_made_for_it_would() -> None:
    logger = logging.getLogger("kansoku.test_line_records")
    records = LineRecords(logger)
    for level in (logging.INFO, logging.ERROR):
        made = [records.record(level, line) for line in ("first", "second % line")]
        alone = [LineRecords(logger).record(level, line) for line in ("first", "second % line")]
        assert list(map(told, made)) == list(map(told, alone))
        assert [each.getMessage() for each in made] == ["first", "second % line"]
        assert {type(each) for each in made} == {logging.LogRecord}


def test_what_a_handler_writes_on_one_record_is_on_no_other() -> None:
    records = LineRecords(logging.getLogger("kansoku.test_line_records"))
    first = records.record(logging.INFO, "a")
    first.request = "r-1"
    second = records.record(logging.INFO, "b")
    second.exc_text = "text"
    third = records.record(logging.INFO, "c")
    assert "request" not in vars(second) | vars(third)
    assert third.exc_text is None


def test_an_application_that_makes_records_its_own_way_makes_each() -> None:
    class Numbered(logging.LogRecord):
        count = 0

        def __init__(self, *args: object, **named: object) -> None:
            super().__init__(*args, **named)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
            Numbered.count += 1
            self.number = Numbered.count

    class Marking(logging.Logger):
        def makeRecord(self, *args: object, **named: object) -> logging.LogRecord:  # noqa: N802
            record = super().makeRecord(*args, **named)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
            record.marked = record.getMessage()
            return record

    before = logging.getLogRecordFactory()
    marking = LineRecords(Marking("m"))
    assert [vars(marking.record(logging.INFO, line))["marked"] for line in ("a", "b")] == ["a", "b"]
    try:
        logging.setLogRecordFactory(Numbered)
        records = LineRecords(logging.getLogger("kansoku.test_line_records"))
        numbers = [vars(records.record(logging.INFO, "a"))["number"] for _ in range(3)]
    finally:
        logging.setLogRecordFactory(before)
    assert numbers == [1, 2, 3]
