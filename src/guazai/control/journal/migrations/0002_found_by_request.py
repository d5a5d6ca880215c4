"""Events are found by the request that they came of."""

from __future__ import annotations

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("journal", "0001_initial")]

    operations = [
        migrations.AddIndex(
            "auditevent",
            models.Index(fields=["request_id", "id"], name="audit_by_request"),
        ),
    ]
