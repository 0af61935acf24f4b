"""Answers of impact.com's Brand API, kept as JSON files: which lists they hold, and what is missing of each.

A folder may hold several lists of one kind: contracts by status, partners by campaign. Each answer says of
which list it is a page, by the address that it was asked for (`@uri`, `@nextpageuri`), and how many pages and
entries that list has.
"""

import json
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from partners.core.limits import MEGABYTE, limits
from partners.imports.errors import ImportFileError
from partners.imports.parsing.cells import cell_of

Entry = dict[str, Any]
PARTNERS, GROUPS, CONTRACTS = "partners", "groups", "contracts"
"""The keys of the importers."""
LISTS = {"Partners": PARTNERS, "MediaPartners": PARTNERS, "Groups": GROUPS, "Contracts": CONTRACTS}
GAP = re.compile(r"[\s,]*")
"""What may stand between two answers in a file."""
ADDRESSES = ("@uri", "@firstpageuri", "@nextpageuri", "@previouspageuri", "@lastpageuri")
OF_A_PAGE = {"page", "pagesize", "afterid", "beforeid", "limit", "offset"}
"""What an address says of the page, not of the list."""
MAX_PAGES = 100_000
"""Pages past this one are not missed."""
MAX_NAMED = 20


@dataclass(frozen=True)
class AnswerPage:
    """A page of one list."""

    name: str
    """Under which the answer has the entries."""
    address: str
    """Of the list; empty if the answer doesn't say it."""
    entries: list[Entry]
    number: int
    pages: int
    total: int

    @property
    def said(self) -> tuple[Any, ...]:
        """What tells apart the lists of pages without an address."""
        return self.pages, self.total, tuple(sorted({text(entry, "Status") for entry in self.entries}))


@dataclass
class ApiAnswers:
    """What the files hold."""

    entries: dict[str, list[Entry]] = field(default_factory=lambda: defaultdict(list))
    """By the key of the importer, each once."""
    warnings: list[str] = field(default_factory=list)
    refused: dict[str, str] = field(default_factory=dict)
    """By file, why it wasn't read, or not whole."""


def read_answers(paths: Iterable[Path]) -> ApiAnswers:
    """All that can be read in these files, and what can't be."""
    answers = ApiAnswers()
    pages: list[AnswerPage] = []
    for path in paths:
        try:
            pages += _pages(path, answers)
        except (ImportFileError, OSError) as error:
            answers.refused[path.name] = str(error)
    for what in dict.fromkeys(LISTS.values()):
        mine = [page for page in pages if LISTS[page.name] == what]
        answers.warnings += _gaps(what, _lists(mine))
        answers.entries[what] = _newest(what, mine, answers.warnings)
    return answers


def text(entry: Entry, name: str) -> str:
    """The text or number of this name; empty if there is none."""
    value = entry.get(name)
    return "" if value is None or isinstance(value, dict | list) else cell_of(str(value))


def day(entry: Entry, name: str) -> str:
    """The date as it is written. What is none stays in sight: an empty one would mean something else."""
    value = entry.get(name)
    return json.dumps(value) if value and isinstance(value, dict | list) else text(entry, name)


def _pages(path: Path, answers: ApiAnswers) -> list[AnswerPage]:
    """The pages in a file. Other content is refused; another list of the API is skipped with a warning."""
    pages: list[AnswerPage] = []
    wrong: list[str] = []
    others: dict[str, None] = {}
    found = 0
    for answer in _answers(path):
        found += 1
        names = [name for name, value in answer.items() if isinstance(value, list)]
        known = [name for name in names if name in LISTS]
        pages += [_page(name, answer) for name in known]
        if not known and names and any(key.startswith("@") for key in answer):
            others |= dict.fromkeys(names)
        elif not known:
            wrong.append(_why(answer))
    if others:
        answers.warnings.append(
            _("%(file)s: not read, for it is a list of something else: %(lists)s.")
            % {"file": path.name, "lists": ", ".join(others)}
        )
    if wrong or not found:
        answers.refused[path.name] = _refusal(path, wrong, found)
    return pages


def _why(answer: Entry) -> str:
    """What an answer without a list says of itself."""
    words = [text(answer, name) for name in ("Status", "Message", "Error", "error", "message")]
    return ": ".join(filter(None, words))[:200]


def _refusal(path: Path, wrong: list[str], found: int) -> str:
    which = (
        _("%(wrong)s of the %(found)s answers in %(file)s are") if len(wrong) < found else _("%(file)s is")
    ) % {"wrong": f"{len(wrong):,}", "found": f"{found:,}", "file": path.name}
    reason = _("%(which)s no answer of the Brand API: none of the lists %(lists)s.") % {
        "which": which,
        "lists": ", ".join(LISTS),
    }
    said = next(filter(None, wrong), "")
    return reason + (" " + _("It says: %s") % said if said else "")


def _page(name: str, answer: Entry) -> AnswerPage:
    entries = [entry if isinstance(entry, dict) else {} for entry in answer[name]]
    number, pages, total = (_number(answer, f"@{key}") for key in ("page", "numpages", "total"))
    if not pages and text(answer, "@nextpageuri"):
        pages = (number or 1) + 1
    return AnswerPage(name, _address(answer), entries, number or 1, pages, total)


def _address(answer: Entry) -> str:
    """Which list was asked for: path and query, but for what only says the page."""
    for name in ADDRESSES:
        parts = urlsplit(text(answer, name))
        if "/" in parts.path or parts.query:
            query = parse_qsl(parts.query)
            kept = sorted((key, value) for key, value in query if key.lower() not in OF_A_PAGE)
            return parts.path + (f"?{urlencode(kept)}" if kept else "")
    return ""


def _answers(path: Path) -> Iterator[Entry]:
    """A file holds one answer, a list of them, or one after the other."""
    most = limits().import_json_max_bytes
    if path.stat().st_size > most:
        size = most // MEGABYTE
        raise ImportFileError(_("%(file)s is larger than %(size)s MB.") % {"file": path.name, "size": size})
    try:
        whole = _decoded(path)
        # Numbers stay as they are written, however many digits they have.
        decoder, end = json.JSONDecoder(parse_int=str, parse_float=str), 0
        while (start := _past_gap(whole, end)) < len(whole):
            answer, end = decoder.raw_decode(whole, start)
            for one in answer if isinstance(answer, list) else [answer]:
                yield one if isinstance(one, dict) else {}
    except (ValueError, RecursionError) as error:
        raise ImportFileError(
            _("%(file)s is no JSON: %(why)s.") % {"file": path.name, "why": error}
        ) from None


def _decoded(path: Path) -> str:
    content = path.read_bytes()
    try:
        return content.decode(json.detect_encoding(content)).removeprefix("\ufeff")
    except UnicodeDecodeError:
        raise ValueError(_("its text is neither UTF-8 nor UTF-16. Save it again as UTF-8")) from None


def _past_gap(whole: str, start: int) -> int:
    gap = GAP.match(whole, start)
    return gap.end() if gap else start


def _lists(pages: Sequence[AnswerPage]) -> dict[str, list[AnswerPage]]:
    """The lists of which these are pages, by what they are called.

    Pages without an address belong to the only list that there is. Where they can't all be of one, since a
    number comes twice, they are told apart by what they say of it.
    """
    lists: dict[str, list[AnswerPage]] = defaultdict(list)
    addresses = {page.address for page in pages} - {""}
    only = next(iter(addresses)) if len(addresses) == 1 else ""
    for page in pages:
        lists[page.address or only].append(page)
    nameless = lists.get("", [])
    if len({page.number for page in nameless}) < len(nameless):
        del lists[""]
        for page in nameless:
            pages_, total, statuses = page.said
            name = ", ".join(filter(None, [page.name, *statuses[:3], f"@numpages {pages_}, @total {total}"]))
            lists[name].append(page)
    return lists


def _gaps(what: str, lists: dict[str, list[AnswerPage]]) -> Iterator[str]:
    """What is missing of the lists, by what their pages say of themselves."""
    for name, pages in lists.items():
        there = len({_key(entry) for page in pages for entry in page.entries})
        total = max(page.total for page in pages)
        last = min(max(page.pages for page in pages), MAX_PAGES)
        missing = sorted(set(range(1, last + 1)) - {page.number for page in pages})
        if not missing and there >= total:
            continue
        words = {
            "what": what,
            "list": f" ({name})" if len(lists) > 1 else "",
            "there": f"{there:,}",
            "total": f"{total:,}" if total else _("more"),
        }
        told = _("Not all %(what)s%(list)s are there: %(there)s of %(total)s.") % words
        if missing:
            told += " " + _("Missing pages: %s.") % ", ".join(f"{each:,}" for each in missing[:MAX_NAMED])
        else:
            told += "".join(f" {text}" for text in _repeated(pages))
        yield told


def _repeated(pages: Iterable[AnswerPage]) -> Iterator[str]:
    """What is said of entries that stand twice, on one page or on two."""
    on_pages = [Counter(map(_key, page.entries)) for page in pages]
    if on_one := sum(page.total() - len(page) for page in on_pages):
        yield (
            ngettext(
                "%s stands on a page that has it already.",
                "%s stand on a page that has them already.",
                on_one,
            )
            % f"{on_one:,}"
        )
    if on_two := sum(map(len, on_pages)) - len(set().union(*on_pages)):
        yield (
            ngettext(
                "%s stands on two pages: the list changed while it was saved. Save it again.",
                "%s stand on two pages: the list changed while it was saved. Save it again.",
                on_two,
            )
            % f"{on_two:,}"
        )


def _key(entry: Entry) -> str:
    """What tells an entry from others."""
    return text(entry, "Id") or json.dumps(entry, sort_keys=True)


def _newest(what: str, pages: Iterable[AnswerPage], warnings: list[str]) -> list[Entry]:
    """Each entry once. Of several that differ the one last updated counts; all, if none says that it is."""
    by_key: dict[str, list[Entry]] = defaultdict(list)
    for page in pages:
        for entry in page.entries:
            if entry not in by_key[_key(entry)]:
                by_key[_key(entry)].append(entry)
    changed = []
    for key, several in by_key.items():
        # All of them say when, and one alone says the latest time.
        times = [_updated(entry) for entry in several]
        if len(several) > 1 and None not in times and times.count(max(filter(None, times))) == 1:
            by_key[key] = [several[times.index(max(filter(None, times)))]]
            changed.append(key)
    if changed:
        warnings.append(
            _("Answers differ about the same %(what)s; the last updated values are taken: %(ids)s.")
            % {"what": what, "ids": ", ".join(changed[:MAX_NAMED])}
        )
    return [entry for several in by_key.values() for entry in several]


def _updated(entry: Entry) -> datetime | None:
    try:
        moment = datetime.fromisoformat(text(entry, "DateLastUpdated"))
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _number(entry: Entry, name: str) -> int:
    number = text(entry, name)
    return int(number) if number.isdecimal() and len(number) < 10 else 0
