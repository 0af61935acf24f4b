"""Words of other systems for our stages: the user says once what each means, and it is remembered."""

from collections.abc import Iterable, Mapping, Sequence

from django.db.models import TextChoices
from django.utils.translation import gettext as _
from django_stubs_ext import StrOrPromise

from partners.core.actor import Actor, UserOrName
from partners.core.placeholders import normalize_word
from partners.core.streaming import streamed
from partners.imports.errors import LeftOut, Refused
from partners.imports.importers.base import Importer
from partners.imports.parsing.cells import Cell, ChoiceReader, Content, content, quote_for_message
from partners.models.imports import MAX_WORD_LENGTH, Import, StageWord

MAX_WORDS = 40
"""A column with more words that are no stages holds none."""
LEAVE_OUT = ""
"""What a word means whose cells are left out."""


class Stages(ChoiceReader):
    """Reads a stage: by key or label, by a word that means it everywhere, or as it was said for the file."""

    def __init__(
        self,
        choices: type[TextChoices],
        what: StrOrPromise,
        *,
        also: Mapping[str, str] | None = None,
        unsure: Mapping[str, Sequence[str]] | None = None,
    ) -> None:
        """`also` maps further normalized words to stages; `unsure` those that could be one of several."""
        super().__init__(choices.choices, what)
        self.keys |= also or {}
        self.unsure = unsure or {}

    def __call__(self, cell: Content, words: Mapping[str, str] | None = None) -> str:
        """The stage; what `words` say of others."""
        word = word_in(cell)
        said = (words or {}).get(word)
        if said is None or word in self.keys:
            return self._known(cell, word)
        if said == LEAVE_OUT:
            raise LeftOut(_("“%s” is left out, as was said.") % quote_for_message(cell))
        return said

    def _known(self, cell: Content, word: str) -> str:
        if possible := self.unsure.get(word):
            labels = _(" or ").join(map(self.label, possible))
            raise Refused(
                _("“%(cell)s” can be %(stages)s. Say which.")
                % {"cell": quote_for_message(cell), "stages": labels}
            )
        return super().__call__(cell)


def stages_of(importer: Importer) -> Stages | None:
    """What reads the stages of such a file; None if it has none."""
    read = importer.column(importer.stage).read if importer.stage else None
    return read if isinstance(read, Stages) else None


def unknown_words(record: Import, columns: Sequence[str], importer: Importer) -> dict[str, str]:
    """The words in the stage column that are no stages: by normalized word, as the file writes it."""
    stages = stages_of(importer)
    if stages is None or importer.stage not in columns:
        return {}
    place, seen, found = columns.index(importer.stage), set[Cell](), dict[str, str]()
    # Headings may be repeated among the rows.
    known = {*stages.keys, normalize_word(record.headings[place])}
    for part in streamed(record.parts.all(), at_once=5):
        for cell in {cells[place] for _number, cells in part.rows if place < len(cells)} - seen:
            seen.add(cell)
            word = _word(cell)
            if word and word not in known and len(word) <= MAX_WORD_LENGTH:
                found.setdefault(word, quote_for_message(cell))
        if len(found) > MAX_WORDS:
            return {}
    return dict(sorted(found.items()))


def _word(cell: Cell) -> str:
    try:
        said = content(cell)
    except Refused:
        return ""
    return "" if said is None else word_in(said)


def word_in(said: Content) -> str:
    """The normalized word in a cell; empty where there is none: a boolean, a number, a day, punctuation."""
    text = "" if isinstance(said, bool) else str(said)
    return normalize_word(text) if any(sign.isalpha() for sign in text) else ""


def remembered(importer: Importer, words: Iterable[str]) -> dict[str, StageWord]:
    """What was said of these words, for files of this kind."""
    return {said.word: said for said in StageWord.objects.filter(kind=importer.key, word__in=list(words))}


def remember(importer: Importer, words: Mapping[str, str], asked: Iterable[str], user: UserOrName) -> None:
    """Keep what was said of these words, and forget the others that were asked for."""
    stamp = Actor(user).stamp()
    known = remembered(importer, asked)
    forgotten = known.keys() - words.keys()
    StageWord.objects.filter(kind=importer.key, word__in=forgotten).delete()
    StageWord.objects.bulk_create(
        [
            StageWord(kind=importer.key, word=word, stage=stage, **stamp)
            for word, stage in words.items()
            if word not in known or known[word].stage != stage
        ],
        update_conflicts=True,
        unique_fields=["kind", "word"],
        update_fields=["stage", "user", "user_name", "at"],
    )
