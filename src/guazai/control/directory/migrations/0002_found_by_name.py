"""Operators find things by how their names begin, and members are told since when they are some."""

from __future__ import annotations

from django.db import migrations, models
from django.utils import timezone


class Migration(migrations.Migration):
    dependencies = [("directory", "0001_initial")]

    operations = [
        migrations.AddField(
            "membership",
            "created_at",
            models.DateTimeField(auto_now_add=True, default=timezone.now),
            preserve_default=False,
        ),
        migrations.AlterField(
            "douyinaccount", "nickname", models.CharField(db_index=True, max_length=64)
        ),
        migrations.AlterField(
            "legalentity", "name", models.CharField(db_index=True, max_length=128)
        ),
        migrations.AlterField("miniprogram", "name", models.CharField(db_index=True, max_length=64)),
    ]
