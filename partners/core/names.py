"""Names as they are compared: without regard to case and surrounding space, in every script.

Databases fold letters each in their own way, so the folded form is made here and kept beside the name.
"""

import re
import unicodedata
from collections.abc import Iterable
from typing import Any, ClassVar, TypeVar

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django_stubs_ext import StrOrPromise

MAX_NAME_LENGTH = 200
LOST = "\ufffd"
"""What programs write in the place of a character that they could not read."""
TURNING = "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
"""Invisible characters that turn around the text after them."""
INVISIBLE = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180e\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\u3164\ufeff"
    "\ufff9-\ufffb\uffa0\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e007f]"
)
"""Characters that show nothing and join nothing: zero-width spaces, marks of direction, fillers, tags."""
FLAG_OR_INVISIBLE = re.compile(rf"(\U0001f3f4[\U000e0061-\U000e007a]+\U000e007f)|{INVISIBLE.pattern}")
"""The flags of England, Scotland and Wales are a black flag and tags, which stay."""
IDLE_JOINERS = re.compile(r"(?<![^\x00-\x7f\s])[\u200c\u200d]+|[\u200c\u200d]+(?![^\x00-\x7f\s])")
"""Joiners and non-joiners at an end, or beside a space or an ASCII character, where they do nothing.

Between other letters they stay: Persian words and many emoji are written with them.
"""
HYPHENS = re.compile("[\u2010-\u2015\u2212]")
"""What looks like one; word processors and spreadsheets put them in its place."""
BLANK = re.compile(r"[\u2800\u180b-\u180d\u180f\ufe00-\ufe0f\U000e0100-\U000e01ef]")
"""The empty Braille cell, and selectors, which show nothing without the sign that they vary."""


def fold(text: str) -> str:
    """The form in which texts are compared: NFKC, casefolded, trimmed. `STRASSE` and `Straße` fold alike."""
    return unicodedata.normalize("NFKC", text).casefold().strip()


def without_invisible(text: str) -> str:
    """The text trimmed, without the characters that nobody sees: the form in which typed texts are kept."""
    return (text if text.isascii() else IDLE_JOINERS.sub("", FLAG_OR_INVISIBLE.sub(r"\1", text))).strip()


def search_words(text: str) -> list[str]:
    """The words of a search, in the form in which names are compared."""
    return fold(without_invisible(text)).split()


def identifier(text: str) -> str:
    """An ID as it is kept and looked for, without regard to how its letters, spaces and hyphens are typed."""
    text = without_invisible(text)
    plain = text if text.isascii() else "".join(map(_plain, text))
    return HYPHENS.sub("-", unicodedata.normalize("NFC", plain)).strip()


def _plain(sign: str) -> str:
    """The sign as one types it; but ² is a mark at an ID, and no 2."""
    small = unicodedata.decomposition(sign).startswith(("<super>", "<sub>", "<circle>", "<fraction>"))
    return sign if small else unicodedata.normalize("NFKC", sign)


def is_blank(text: str) -> bool:
    """Whether the text shows nothing."""
    shown = BLANK.sub("", INVISIBLE.sub("", text))
    return all(unicodedata.category(letter)[0] in "CZ" for letter in shown)


def check_name(text: str) -> None:
    """ValidationError for a name that shows nothing, or holds what can't be shown."""
    if is_blank(text):
        raise ValidationError(_("Give it a name."), code="required")
    if any(
        unicodedata.category(sign) in ("Cc", "Cs", "Zl", "Zp") or sign in f"{TURNING}{LOST}" for sign in text
    ):
        raise ValidationError(_("The name has a character that can't be shown."), code="invalid")


class FoldedNameField(models.TextField):  # type: ignore[type-arg]  # Django's fields take none at run time
    """The folded form of the row's `name`. Every way of saving a row, bulk or single, updates it."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**{**kwargs, "editable": False, "default": ""})

    def deconstruct(self) -> Any:
        """As a TextField: migrations import nothing of the program, so it may move and change."""
        name, _path, args, kwargs = super().deconstruct()
        return name, "django.db.models.TextField", args, kwargs

    def db_parameters(self, connection: Any) -> Any:
        """As Django's. Letters sort by their numbers on PostgreSQL too, as they do on SQLite.

        So both list names in the same order, and what a name starts with is found in the index of that order.
        """
        parameters = super().db_parameters(connection)
        return {**parameters, "collation": "C"} if connection.vendor == "postgresql" else parameters

    def pre_save(self, model_instance: models.Model, add: bool) -> str:  # noqa: ARG002, FBT001 - Django's signature
        """Fold the name of today."""
        folded = fold(model_instance.name)  # type: ignore[attr-defined]  # only Named has this field
        setattr(model_instance, self.attname, folded)
        return folded


NamedT = TypeVar("NamedT", bound="Named")


class NamedQuerySet(models.QuerySet[NamedT]):
    """Updates the folded name where Django saves no rows: `update()` and `bulk_update()`."""

    def update(self, **kwargs: Any) -> int:
        """As Django's; a new name must be a text, for the database can't fold it."""
        if "name" in kwargs and "name_folded" not in kwargs:
            kwargs["name_folded"] = fold(kwargs["name"])
        return super().update(**kwargs)

    def bulk_update(
        self, objs: Iterable[NamedT], fields: Iterable[str], batch_size: int | None = None
    ) -> int:
        rows, names = list(objs), list(fields)
        if "name" in names:
            for row in rows:
                row.name_folded = fold(row.name)
            names.append("name_folded")
        return super().bulk_update(rows, names, batch_size)

    def named(self, name: str) -> "NamedQuerySet[NamedT]":
        """The rows with this name, whatever its letters."""
        return self.filter(name_folded=fold(without_invisible(name)))


class Named(models.Model):
    """A row with a name that is searched and compared in its folded form."""

    taken_message: ClassVar[StrOrPromise | None] = None
    """What a person reads who gives a second row the same name; None where names may repeat."""

    name = models.CharField(_("name"), max_length=MAX_NAME_LENGTH)
    name_folded = FoldedNameField()

    class Meta:
        abstract = True
        constraints = [models.CheckConstraint(condition=~Q(name_folded=""), name="%(class)s_name_check")]

    def __str__(self) -> str:
        return self.name

    def save(self, *args: Any, update_fields: Iterable[str] | None = None, **kwargs: Any) -> None:
        if update_fields is not None and "name" in update_fields:
            update_fields = {*update_fields, "name_folded"}
        super().save(*args, update_fields=update_fields, **kwargs)

    def clean(self) -> None:
        """Take out what nobody sees; refuse an empty name, and one that is taken, in whatever letters."""
        super().clean()
        typed, self.name = self.name, without_invisible(self.name)
        self.name_folded = fold(self.name)
        if typed:
            try:
                check_name(self.name)
            except ValidationError as error:
                raise ValidationError({"name": error}) from None
        others = type(self)._default_manager.filter(name_folded=self.name_folded).exclude(pk=self.pk)
        if self.taken_message and others.exists():
            raise ValidationError({"name": self.taken_message}, code="unique")
