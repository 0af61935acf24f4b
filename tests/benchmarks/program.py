"""A made-up program of any size, quickly: a part is made up row by row, and copied by the database."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import gettempdir

from django.db import connection, models
from tqdm import tqdm

from contracts.models import Contract, ContractStageChange, TemplateTerm
from partners.models import Membership, Partner, PartnerGroup, PartnerStageChange
from segments.demo.program import fill

MADE_UP = 20_000
"""Partners in the part that is copied."""
CAMPAIGNS = (20,) * 4 + (50,) * 8 + (200,) * 10 + (1_000,) * 10 + (10_000,) * 4 + (100_000,) * 4
"""Groups beside the made-up ones: one partner of how many is in each."""
PILOT = "Nordic Pilot"
"""The name of a template term that few contracts use: one of a thousand."""
RARE, USUAL = "publisher_deactivated", "cancelled"
"""A contract stage that copies don't have, and what they have instead."""

COPIES = {
    Partner: {
        "id": "id + {step}",
        "name": "name || ' {copy}'",
        "name_folded": "name_folded || ' {copy}'",
        "email": "CASE WHEN email = '' THEN '' ELSE '{copy}.' || email END",
        "website": "replace(website, '://', '://{copy}.')",
    },
    Membership: {"partner_id": "partner_id + {step}"},
    Contract: {
        "id": "id + {step}",
        "number": "number || '-{copy}'",
        "partner_id": "partner_id + {step}",
        "stage": f"replace(stage, '{RARE}', '{USUAL}')",
        "template_term_id": "CASE WHEN id %% 1000 = {copy} THEN {pilot} ELSE template_term_id END",
    },
    PartnerStageChange: {"subject_id": "subject_id + {step}"},
    ContractStageChange: {
        "subject_id": "subject_id + {step}",
        "to_stage": f"replace(to_stage, '{RARE}', '{USUAL}')",
    },
}
"""What differs in a copy; other columns are as they were, and keys that are not named are new ones."""


def make_program(partners: int) -> None:
    """Fill the empty database with at least so many partners and all that belongs to them."""
    fill(min(partners, MADE_UP), days=0, quiet=True)
    pilot = TemplateTerm.objects.create(name=PILOT)
    highest = {model: _highest(model) for model in COPIES}
    step = max(highest[Partner], highest[Contract])
    copies = -(-partners // MADE_UP) - 1
    with tqdm(total=copies * len(COPIES) + len(CAMPAIGNS), desc="Making the program") as progress:
        for model, changed in COPIES.items():
            for copy in range(1, copies + 1):
                _copy(model, changed, highest[model], copy=copy, step=copy * step, pilot=pilot.pk)
                progress.update()
        for _group in add_campaigns():
            progress.update()
    tidy()


def _highest(model: type[models.Model]) -> int:
    highest: int = model._default_manager.aggregate(highest=models.Max("pk"))["highest"]
    return highest


def _copy(model: type[models.Model], changed: dict[str, str], up_to: int, **numbers: int) -> None:
    columns = [field.column for field in model._meta.concrete_fields]
    if "id" not in changed:
        columns.remove("id")
    values = [changed.get(column, column).format(**numbers) for column in columns]
    table = model._meta.db_table
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {table} ({', '.join(columns)})"
            f" SELECT {', '.join(values)} FROM {table} WHERE id <= %s ORDER BY id",
            [up_to],
        )


def add_campaigns() -> Iterator[PartnerGroup]:
    """Groups from large to tiny, one after the other."""
    for number, one_of in enumerate(CAMPAIGNS, 1):
        group = PartnerGroup.objects.create(name=campaign(number))
        with connection.cursor() as cursor:
            cursor.execute(
                f"INSERT INTO {Membership._meta.db_table} (partner_id, group_id)"
                f" SELECT id, %s FROM {Partner._meta.db_table} WHERE (id * 2654435761 %% 1000003) %% %s = %s",
                [group.pk, one_of, number % one_of],
            )
        yield group


def tidy() -> None:
    """The tables as after a night's vacuum."""
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE" if connection.vendor == "postgresql" else "ANALYZE")


@contextmanager
def own_database(partners: int, *, keep: bool = False, purpose: str = "") -> Iterator[None]:
    """A database on the server of DATABASE_URL, filled with a program; its name ends in size and purpose.

    It is deleted afterwards, or kept for the next time; a kept one is used as it is.
    """
    before = connection.settings_dict["NAME"]
    connection.settings_dict["TEST"]["NAME"] = name_for(str(before), f"{partners}{purpose}")
    connection.creation.create_test_db(verbosity=0, autoclobber=True, serialize=False, keepdb=keep)
    try:
        if not _is_filled():
            make_program(partners)
        yield
    finally:
        connection.creation.destroy_test_db(str(before), verbosity=0, keepdb=keep)


def name_for(name: str, size: str) -> str:
    """The name of the database of this size: beside the one that DATABASE_URL names."""
    if connection.vendor != "sqlite":
        return f"{name}_{size}"
    place = Path(gettempdir()) if ":memory:" in name or "mode=memory" in name else Path(name).parent
    return str(place / f"bench_{size}.sqlite3")


def _is_filled() -> bool:
    return PartnerGroup.objects.filter(name=campaign(len(CAMPAIGNS))).exists()


def campaign(number: int) -> str:
    """A group's name."""
    return f"Campaign {number:02}"
