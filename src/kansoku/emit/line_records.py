"""Log lines as records of Python's `logging`: the first of a batch is made, the others are like it."""

import logging


class LineRecords:
    """Makes the records of lines that are logged together, by one thread at one moment.

    They differ in their lines and levels alone, and to make one costs ten times as much as to copy it. Where
    the application makes records in a way of its own, each is made that way.

    Args:
        logger: Whose records.
    """

    def __init__(self, logger: logging.Logger) -> None:
        self._logger = logger
        self._like: dict[int, dict[str, object]] = {}
        made = type(logger).makeRecord, logging.getLogRecordFactory()
        self._is_usual = made == (logging.Logger.makeRecord, logging.LogRecord)

    def record(self, level: int, line: str) -> logging.LogRecord:
        """The record of a line. Its place in the code is known: `Logger.log` would walk the stack for it."""
        like = self._like.get(level)
        if like is None:
            logger = self._logger
            record = logger.makeRecord(logger.name, level, __file__, 0, "%s", (line,), None)
            if self._is_usual:
                self._like[level] = dict(vars(record))
            return record
        record = logging.LogRecord.__new__(logging.LogRecord)
        vars(record).update(like, args=(line,))
        return record
