"""On SQLite, keep the log's rows themselves in the order of their keys.

A snapshot reads them in that order, and would else look each of millions up by its place.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import migrations

if TYPE_CHECKING:
    from django.apps.registry import Apps
    from django.db.backends.base.schema import BaseDatabaseSchemaEditor

TABLE = "entry_edgerecord"


def cluster(_: Apps, editor: BaseDatabaseSchemaEditor) -> None:
    """Make the table, which is empty yet, anew."""
    if editor.connection.vendor != "sqlite":
        return
    with editor.connection.cursor() as cursor:
        made = "SELECT sql FROM sqlite_master WHERE tbl_name = %s AND type = %s AND sql IS NOT NULL"
        (table,) = cursor.execute(made, [TABLE, "table"]).fetchone()
        indexes = cursor.execute(made, [TABLE, "index"]).fetchall()
        cursor.execute(f"DROP TABLE {TABLE}")
        cursor.execute(f"{table} WITHOUT ROWID")
        for (index,) in indexes:
            cursor.execute(index)


class Migration(migrations.Migration):
    dependencies = [("entry", "0001_initial")]
    operations = [migrations.RunPython(cluster, migrations.RunPython.noop)]
