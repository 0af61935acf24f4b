"""Which partners changed, in the order in which it was written down: what columns in memory catch up from."""

from django.db import models


class PartnerChange(models.Model):
    """A partner's own row, memberships or contracts changed: triggers say so, for every writer.

    The same partner may stand here several times. `manage.py prune_changes` deletes old rows, and nothing but
    `partners.change_log` reads them.
    """

    transaction = models.BigIntegerField()
    """PostgreSQL's 64-bit number of the transaction that wrote it; 0 on SQLite, where writers queue."""
    partner = models.BigIntegerField(null=True)
    """The Partner ID, of a partner who may be gone by now; None: all of them, their table was emptied."""

    class Meta:
        default_permissions = ()
        indexes = [models.Index(fields=["transaction"], name="partnerchange_transaction_idx")]

    def __str__(self) -> str:
        return f"{self.partner} in {self.transaction}"
