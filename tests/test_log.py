"""Logs: one JSON object a line whatever is logged, and lines for people that nothing from outside can forge."""

import io
import json
import logging
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bailiwick import log
from bailiwick.secret import Secret

FIELDS = st.dictionaries(
    st.text(alphabet="abcdefghijklmnopqrstuvwxyz_", min_size=1).map(lambda name: "x_" + name),
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.binary(),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
        max_leaves=8,
    ),
    max_size=4,
)


def record(message: str, *arguments: object, **fields: object) -> logging.LogRecord:
    """A record as `logging` makes it."""
    logger = logging.getLogger("bailiwick.test")
    return logger.makeRecord(logger.name, logging.INFO, __file__, 1, message, arguments, None, extra=fields)


@pytest.fixture
def own_logging() -> Iterator[None]:
    """Puts the process's logging back."""
    root = logging.getLogger()
    handlers, level, own = list(root.handlers), root.level, logging.getLogger("bailiwick").level
    yield
    root.handlers[:] = handlers
    root.setLevel(level)
    logging.getLogger("bailiwick").setLevel(own)
    logging.captureWarnings(capture=False)


def test_a_line_of_json_holds_time_level_message_and_the_fields() -> None:
    line = json.loads(log.JsonFormatter().format(record("It took %d s", 4, request_id="r-1", addresses=["a", "b"])))

    assert line.pop("time").endswith("Z")
    assert line == {
        "level": "info",
        "logger": "bailiwick.test",
        "message": "It took 4 s",
        "request_id": "r-1",
        "addresses": ["a", "b"],
    }


@given(message=st.text(), fields=FIELDS)
def test_every_record_is_one_json_object_on_one_line(message: str, fields: dict[str, object]) -> None:
    line = log.JsonFormatter().format(record(message.replace("%", "%%"), **fields))

    assert len(line.splitlines()) == 1
    assert isinstance(json.loads(line), dict)


@given(message=st.text(), fields=FIELDS)
def test_every_record_is_one_line_for_people_with_nothing_that_moves_the_cursor(
    message: str, fields: dict[str, object]
) -> None:
    line = log.ConsoleFormatter().format(record(message.replace("%", "%%"), **fields))

    assert line.isprintable()


def test_a_field_cannot_pass_for_one_of_the_line_itself() -> None:
    line = json.loads(log.JsonFormatter().format(record("hello", level="error", time="never")))

    assert line["level"] == "info"
    assert line["level_"] == "error"
    assert line["time_"] == "never"


def test_a_secret_shows_nothing_of_itself() -> None:
    secret = Secret(b"s3cret")
    logged = record("key %s", secret, key=secret, keys=[secret, {"deep": secret}])

    for formatter in (log.JsonFormatter(), log.ConsoleFormatter()):
        line = formatter.format(logged)
        assert "s3cret" not in line
        assert "Secret(...)" in line


def test_a_sentence_whose_arguments_do_not_fit_still_has_its_line() -> None:
    assert "two %s and %s ('one',)" in json.loads(log.JsonFormatter().format(record("two %s and %s", "one")))["message"]


def test_an_exception_has_its_traceback_in_the_same_line() -> None:
    logger = logging.getLogger("bailiwick.test")
    try:
        raise RuntimeError("broken")
    except RuntimeError:
        import sys

        failed = logger.makeRecord(logger.name, logging.ERROR, __file__, 1, "failed", (), sys.exc_info())

    line = log.JsonFormatter().format(failed)

    assert len(line.splitlines()) == 1
    assert json.loads(line)["error"] == "RuntimeError"
    assert "broken" in json.loads(line)["traceback"]
    assert "broken" in log.ConsoleFormatter().format(failed)


def test_a_long_text_is_cut() -> None:
    assert len(log.JsonFormatter().format(record("x", body="y" * 1_000_000))) < 40_000


@pytest.mark.parametrize(("log_format", "is_json"), [("json", True), ("console", False), ("auto", True)])
@pytest.mark.usefixtures("own_logging")
def test_the_format_is_json_unless_a_terminal_or_the_setting_says_otherwise(log_format: str, is_json: bool) -> None:
    stream = io.StringIO()

    log.configure(log_format=log_format, level="info", stream=stream)
    logging.getLogger("bailiwick.part").info("hello")
    logging.getLogger("bailiwick.part").debug("too little")
    logging.getLogger("library").info("not ours")

    assert stream.getvalue().startswith("{") == is_json
    assert len(stream.getvalue().splitlines()) == 1
