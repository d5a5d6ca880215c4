"""What the database itself refuses, whatever the code does."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.db.models import F

from guazai.control.binding.models import Binding, BindingQuota, ConsentLoad, UnbindCount
from guazai.control.kernel import clock
from tests.binding.scene import Scene

NOW = clock.now()


def refused(rows: Any, **fields: Any) -> bool:
    try:
        with transaction.atomic():
            rows.update(**fields)
    except IntegrityError:
        return True
    return False


@pytest.mark.parametrize(
    "fields",
    [
        {"status": "unknown"},
        {"kind": "cooperation"},
        {"status": "active"},
        {"status": "active", "consented_by": "psn_1"},
        {"status": "cancelled"},
        {"status": "cancelled", "ended_at": NOW},
        {"status": "cancelled", "ended_by_side": "nobody", "ended_at": NOW},
        {"ended_by_side": "owner"},
        {"ended_at": NOW},
    ],
)
def test_b5_a_binding_that_makes_no_sense_is_not_stored(
    scene: Scene, fields: dict[str, Any]
) -> None:
    request = scene.request(scene.employee())
    rows = Binding.objects.filter(pk=request.pk)
    assert refused(rows, **fields)
    assert not refused(rows, status="cancelled", ended_by_side="developer", ended_at=NOW)


def test_b4_counters_stay_within_their_limits(scene: Scene) -> None:
    binding = scene.bind(scene.employee())
    UnbindCount.objects.create(
        mini_program=scene.app, surface=scene.surface.key, month="2026-05", quota=5
    )
    for model in (BindingQuota, UnbindCount):
        assert refused(model.objects.all(), used=F("quota") + 1)
        assert refused(model.objects.all(), used=-1)
    loads = ConsentLoad.objects.filter(account=binding.account)
    assert refused(loads, awaiting=4)
    assert refused(loads, awaiting=-1)
    assert not refused(loads, awaiting=3)


def test_b4_two_open_bindings_of_one_account_are_not_stored(scene: Scene) -> None:
    request = scene.request(scene.employee())
    twin = Binding(
        **{field.attname: getattr(request, field.attname) for field in Binding._meta.fields}
    )
    twin.pk = "bnd_twin"
    with pytest.raises(IntegrityError), transaction.atomic():
        twin.save(force_insert=True)
