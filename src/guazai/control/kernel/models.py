"""Rows that belong to no context: working-day calendars and remembered answers to writes."""

from __future__ import annotations

from django.db import models


class CalendarYear(models.Model):
    """A published year of working days; lies over the shipped table (C3, R16)."""

    year = models.PositiveSmallIntegerField(primary_key=True)
    #: Weekdays that are off, and weekend days that are worked; lists of ISO dates.
    days_off = models.JSONField()
    make_up_days = models.JSONField()


class IdempotencyKey(models.Model):
    """One `Idempotency-Key` of one principal (S6): in flight until it has an answer to repeat."""

    principal = models.CharField(max_length=64)
    key = models.CharField(max_length=128)
    request_hash = models.CharField(max_length=64)
    #: Names the attempt that holds the key, so that one that was overtaken cannot finish.
    attempt = models.CharField(max_length=32)
    locked_until = models.DateTimeField()
    created_at = models.DateTimeField(auto_now_add=True, db_index=True)
    #: The answer; without a type where it held a secret, which is kept nowhere (S9).
    response_status = models.PositiveSmallIntegerField(null=True)
    response_type = models.CharField(max_length=64, default="")
    response_body = models.BinaryField(default=b"")

    class Meta:
        constraints = [
            # Idempotent writes rely on it: of two racing duplicates one gets the row.
            models.UniqueConstraint(fields=["principal", "key"], name="one_row_per_key"),
        ]
