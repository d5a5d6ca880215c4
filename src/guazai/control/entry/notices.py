"""Messages about entries that the rules, or a new version, hide or show (E4, L7, N1)."""

from __future__ import annotations

from guazai.control.directory import queries as directory
from guazai.control.inbox import actions as inbox
from guazai.control.inbox.states import RecipientKind
from guazai.control.kernel import clock
from guazai.control.landing import queries as landing
from guazai.control.surfaces.registry import SURFACES
from guazai.feed.codec import FLAG
from guazai.feed.records import ConfigRecord, Record, VerdictRecord


def tell(before: bytes | None, after: Record) -> None:
    """Send what the step to `after` calls for, from the value told `before`.

    Called in the relay's transaction.
    """
    held = before is not None and bool(before[FLAG])
    if isinstance(after, VerdictRecord):
        if after.passed != held:
            _tell_verdict(after)
    elif isinstance(after, ConfigRecord) and held and not after.live:
        _tell_missing_page(after)


def _tell_verdict(verdict: VerdictRecord) -> None:
    kind = "shown_by_rules" if verdict.passed else "hidden_by_rules"
    account = directory.any_account(verdict.aweme_id)
    entities = {
        change.mini_program.entity_id
        for surface in SURFACES.values()
        if (change := landing.live_change(account.pk, surface))
    }
    if not entities:
        return
    for recipient_kind, recipients in (
        (RecipientKind.LEGAL_ENTITY, entities),
        (RecipientKind.ACCOUNT, {account.pk}),
    ):
        inbox.send(
            recipient_kind,
            sorted(recipients),
            kind,
            "account",
            account.pk,
            {"nickname": account.nickname},
            dedupe_key=f"visibility:{account.pk}:{clock.today()}",
        )


def _tell_missing_page(config: ConfigRecord) -> None:
    change = landing.live_change(config.aweme_id, SURFACES[config.surface])
    if change is None or landing.has_page(change):
        return
    version = change.mini_program.published_version
    inbox.send(
        RecipientKind.LEGAL_ENTITY,
        [change.mini_program.entity_id],
        "page_missing",
        "landing_change",
        change.pk,
        {
            "app_name": change.mini_program.name,
            "page_path": change.page_path,
            "nickname": change.account.nickname,
        },
        dedupe_key=f"page_missing:{change.pk}:{version.pk if version else ''}",
    )
