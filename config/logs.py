"""What goes into the log: a refusal is a line, a failure of the program comes with its traceback."""

import logging

FAILURE = 500


class RefusalsInOneLine(logging.Filter):
    """Takes the traceback from what Django logs of an answer that is no failure of the program."""

    def filter(self, record: logging.LogRecord) -> bool:
        if getattr(record, "status_code", FAILURE) < FAILURE:
            record.exc_info = record.exc_text = None
        return True
