"""Log the kind and place of defects and warnings, without their messages, which may quote feedback."""

import logging
import sys
import traceback
import warnings
from typing import Any, TextIO

from django.core.signals import got_request_exception

logger = logging.getLogger(__name__)


def log_defect(error: BaseException) -> None:
    """Log where a defect happened."""
    logger.error("%s at\n%s", type(error).__name__, "".join(traceback.format_tb(error.__traceback__)))


def log_what_nobody_else_does() -> None:
    """Log defects outside endpoints (a page, a renderer, middleware), and warnings of libraries, without their texts.

    Django's own log of them is switched off, since it has the message of the error.
    """
    got_request_exception.connect(_log_uncaught, dispatch_uid="log_uncaught")
    warnings.showwarning = _show_without_text


def _log_uncaught(**_: Any) -> None:
    error = sys.exception()
    if error is not None:
        log_defect(error)


def _show_without_text(
    message: Warning | str,
    category: type[Warning],
    filename: str,
    lineno: int,
    file: TextIO | None = None,
    line: str | None = None,
) -> None:
    """Log a warning without its text."""
    # Texts of Pydantic's warnings, for example, contain a part of the value.
    logger.warning("%s at %s:%s", category.__name__, filename, lineno)
