"""Questions stop by themselves, and a newer one of the same page stops an older."""

import threading

import pytest
from django.db import OperationalError, ProgrammingError, connection, connections

from partners.core.streaming import copied
from partners.core.time_limit import SupersededError, TooSlowError, time_limit
from partners.models import Partner
from tests.factories import PartnerFactory

LONG = {
    "postgresql": "SELECT pg_sleep(5)",
    "sqlite": "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 10000000)"
    " SELECT count(*) FROM n",
}
"""Takes seconds: what is not stopped fails a test, and does not hang it."""
ACTIVE = "SELECT 1 FROM pg_stat_activity WHERE wait_event = 'PgSleep' AND datname = current_database()"


def ask(sql):
    with connection.cursor() as cursor:
        cursor.execute(sql)
        return cursor.fetchall()


@pytest.mark.django_db
def test_what_takes_too_long_is_stopped_and_the_connection_stays_usable():
    with pytest.raises(TooSlowError), time_limit(seconds=0.05):
        ask(LONG[connection.vendor])
    assert ask("SELECT 1") == [(1,)]


@pytest.mark.django_db
def test_nothing_is_asked_when_the_time_is_over():
    with pytest.raises(TooSlowError), time_limit(seconds=0):
        ask("SELECT 1")
    assert ask("SELECT 1") == [(1,)]


@pytest.mark.django_db
def test_a_limit_within_a_limit_ends_no_later():
    with pytest.raises(TooSlowError), time_limit(seconds=0.05), time_limit(seconds=600):
        ask(LONG[connection.vendor])


@pytest.mark.django_db
def test_the_limit_around_a_limit_holds_when_that_is_over():
    def both():
        with time_limit(seconds=0.5):
            with time_limit(seconds=600):
                ask("SELECT 1")
            ask(LONG[connection.vendor])

    with pytest.raises(TooSlowError):
        both()


@pytest.mark.django_db
def test_who_has_no_answer_in_time_goes_on_within_the_limit_around():
    with time_limit(seconds=60):
        with pytest.raises(TooSlowError), time_limit(seconds=0.05):
            ask(LONG[connection.vendor])
        assert ask("SELECT 1") == [(1,)]


@pytest.mark.django_db
def test_what_is_written_is_kept_where_that_is_said():
    with time_limit(seconds=60, keeps=True):
        PartnerFactory()
    assert Partner.objects.exists()


@pytest.mark.django_db
def test_no_limit_is_left_behind():
    with time_limit(seconds=0.05):
        pass
    assert ask("SELECT pg_sleep(0.1)" if connection.vendor == "postgresql" else LONG["sqlite"])


@pytest.mark.django_db
def test_what_is_quick_is_answered():
    with time_limit(seconds=60, page="a page"):
        assert ask("SELECT 1") == [(1,)]


@pytest.mark.django_db
def test_other_trouble_is_not_taken_for_slowness():
    with pytest.raises(OperationalError), time_limit(seconds=60):
        raise OperationalError("the disk is full")


def write_many():
    with connection.cursor() as cursor:
        cursor.executemany("UPDATE partners_partner SET name = %s WHERE id = %s", [("A", 1), ("B", 2)])


FIRST = {
    "a question": lambda: ask("SELECT 1"),
    "one with parameters": lambda: list(Partner.objects.filter(name__contains="100 %")),
    "several writes at once": write_many,
    "a cursor on the server": lambda: list(Partner.objects.iterator(chunk_size=1)),
    "a COPY": lambda: list(copied(connection.cursor(), "COPY (SELECT 1) TO STDOUT", ())),
    "a limit within": lambda: ask_within("SELECT 1"),
}


def ask_within(sql):
    with time_limit(seconds=900):
        return ask(sql)


@pytest.mark.postgresql
@pytest.mark.django_db
@pytest.mark.parametrize("first", FIRST.values(), ids=FIRST)
def test_the_limit_is_told_with_whatever_is_asked_first(first, monkeypatch):
    monkeypatch.setitem(connection.settings_dict, "DISABLE_SERVER_SIDE_CURSORS", False)
    before = first()
    with time_limit(seconds=600):
        assert first() == before
        # Past Django, so that it is not told with this.
        assert connection.connection.execute("SHOW statement_timeout").fetchone() == ("10min",)


def pause_by_server_cursor():
    with connection.chunked_cursor() as cursor:
        cursor.execute("SELECT pg_sleep(5)")
        cursor.fetchall()


def pause_several_times():
    with connection.cursor() as cursor:
        cursor.executemany("SELECT pg_sleep(%s)", [(5,)])


@pytest.mark.postgresql
@pytest.mark.django_db
@pytest.mark.parametrize(
    "pause",
    [
        pause_by_server_cursor,
        pause_several_times,
        lambda: list(copied(connection.cursor(), " copy (SELECT pg_sleep(5)) TO STDOUT", ())),
    ],
)
def test_what_goes_alone_is_stopped_too(pause, monkeypatch):
    monkeypatch.setitem(connection.settings_dict, "DISABLE_SERVER_SIDE_CURSORS", False)
    with pytest.raises(TooSlowError), time_limit(seconds=0.05):
        pause()


@pytest.mark.postgresql
@pytest.mark.django_db
def test_a_statement_that_is_never_sent_does_not_take_the_limit_with_it():
    with time_limit(seconds=600):
        with pytest.raises(ProgrammingError), connection.cursor() as cursor:
            cursor.execute("SELECT %s, %s", ["one"])
        assert ask("SHOW statement_timeout") == [("10min",)]


@pytest.mark.postgresql
@pytest.mark.django_db(transaction=True)
def test_of_two_limits_that_keep_what_is_written_the_inner_one_holds():
    with time_limit(seconds=600, keeps=True), time_limit(seconds=5, keeps=True):
        assert ask("SHOW statement_timeout") == [("5s",)]


@pytest.mark.postgresql
@pytest.mark.django_db(transaction=True)
def test_a_question_within_a_limit_begins_asks_and_ends(django_assert_num_queries):
    with django_assert_num_queries(3), time_limit(seconds=600):
        assert ask("SELECT 1") == [(1,)]


@pytest.mark.postgresql
@pytest.mark.django_db(transaction=True)
class TestAPageThatAsksAnew:
    def overtaken(self, page, newer, *also):
        """Whether a question of the one page is stopped by one of the other, which also stops some."""
        stopped = []

        def older():
            try:
                with time_limit(seconds=20, page=page):
                    ask("SELECT pg_sleep(1)" if page not in (newer, *also) else LONG["postgresql"])
            except SupersededError:
                stopped.append(page)
            finally:
                connections.close_all()

        thread = threading.Thread(target=older)
        thread.start()
        while not ask(ACTIVE):
            pass
        with time_limit(seconds=20, page=newer, also_stops=also):
            assert ask("SELECT 1") == [(1,)]
        thread.join()
        return bool(stopped)

    def test_stops_what_it_asked_before(self):
        assert self.overtaken("session é 1", "session é 1")

    def test_stops_what_was_asked_beside(self):
        assert self.overtaken("session 1 funnel", "session 1", "session 1 values", "session 1 funnel")

    def test_leaves_other_pages_alone(self):
        assert not self.overtaken("session 1", "session 2")

    def test_leaves_no_setting_behind(self):
        before = ask("SHOW statement_timeout") + ask("SHOW work_mem") + ask("SHOW application_name")
        with time_limit(seconds=20, page="a page"):
            assert ask("SHOW statement_timeout") == [("20s",)]
        assert ask("SHOW statement_timeout") + ask("SHOW work_mem") + ask("SHOW application_name") == before
