"""What an operator set for a surface."""

from __future__ import annotations

from django.db import models


class SurfaceSetting(models.Model):
    """Settings of one surface; no row means the defaults."""

    surface = models.CharField(primary_key=True, max_length=32)
    #: Industries whose visitors get no entry (部分行业开放, C2); empty means all are open.
    closed_industries = models.JSONField(default=list)
