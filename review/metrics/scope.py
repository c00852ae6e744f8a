"""What the dashboard was asked about: the last days, of one catalog or of all."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from django.db.models import CharField, Expression, Q
from django.db.models.functions import Cast, Substr
from django.utils import timezone

WINDOWS = (7, 30, 90)


@dataclass(frozen=True)
class Scope:
    """The days from `first` to `last`, both in, local; `catalog` is a primary key or None for all."""

    first: date
    last: date
    catalog: int | None = None

    @classmethod
    def of_days(cls, days: int, catalog: int | None = None) -> "Scope":
        """The last `days` days, today among them."""
        today = timezone.localdate()
        return cls(today - timedelta(days=days - 1), today, catalog)

    @property
    def days(self) -> list[date]:
        """Every day, the oldest first."""
        return [self.first + timedelta(days=n) for n in range((self.last - self.first).days + 1)]

    def rows(self, at: str, catalog: str) -> Q:
        """Rows whose time `at` lies in the scope, and whose catalog is the one at the path `catalog`."""
        start, end = _midnight(self.first), _midnight(self.last + timedelta(days=1))
        return Q(**{f"{at}__gte": start, f"{at}__lt": end}) & self.of_catalog(catalog)

    def of_catalog(self, catalog: str) -> Q:
        """Rows of the catalog alone, whenever they happened."""
        return Q(**{catalog: self.catalog}) if self.catalog else Q()


def _midnight(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time.min))


# Times are grouped by their text, which SQLite and PostgreSQL both write as "2026-11-23 15:04:05" in UTC: Django's own
# Trunc functions call Python for every row on SQLite, seconds where this takes milliseconds.
HOUR, MINUTE = 13, 16


def moment(at: str, length: int) -> Expression:
    """The first `length` characters of a time: HOUR or MINUTE."""
    return Substr(Cast(at, CharField()), 1, length)


def local_day(text: str) -> date:
    """The local day in which the hour or minute written by `moment` lies."""
    whole = f"{text}:00" if len(text) == HOUR else text
    return timezone.localtime(datetime.fromisoformat(whole).replace(tzinfo=UTC)).date()
