"""Publish the creator rules that ship with Guazai, in force since 2024-08-15 (E1)."""

from django.db import migrations
from django.utils import timezone

from guazai.policy import POLICY_2024_08_15


def publish(apps, schema_editor):
    apps.get_model("eligibility", "PolicyVersion").objects.create(
        version=POLICY_2024_08_15.version,
        effective_at=POLICY_2024_08_15.effective_at,
        body=POLICY_2024_08_15.to_json(),
        content_hash=POLICY_2024_08_15.content_hash,
        reason="The creator rules of 2024-08-15, shipped with Guazai",
        published_by="guazai",
        published_at=timezone.now(),
    )


class Migration(migrations.Migration):
    dependencies = [("eligibility", "0001_initial")]

    operations = [migrations.RunPython(publish, migrations.RunPython.noop)]
