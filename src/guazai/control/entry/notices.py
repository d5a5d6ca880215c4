"""What is said about entries that the rules, or a new version, hide or show (E4, L7, N1, N2)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from guazai.control.directory import queries as directory
from guazai.control.inbox import actions as inbox
from guazai.control.inbox.actions import Letter
from guazai.control.inbox.states import RecipientKind
from guazai.control.journal import actions as journal
from guazai.control.journal.keys import NoticeKind
from guazai.control.kernel import clock
from guazai.control.landing import queries as landing
from guazai.control.surfaces.registry import SURFACES
from guazai.feed.codec import FLAG
from guazai.feed.records import ConfigRecord, DenyRecord, Record, VerdictRecord


class Step(NamedTuple):
    """From the value that was told, if any, to a record."""

    before: bytes | None
    after: Record

    @property
    def was_set(self) -> bool:
        """Whether what was told was live, or passed."""
        return self.before is not None and bool(self.before[FLAG])


def tell(steps: Iterable[Step]) -> None:
    """Send what some steps call for; called in the relay's transaction."""
    turned: list[VerdictRecord] = []
    ended: list[ConfigRecord] = []
    seen: dict[str, None] = {}
    closed: dict[str, None] = {}
    for step in steps:
        match step.after:
            case VerdictRecord(aweme_id=aweme_id, passed=passed) if passed != step.was_set:
                turned.append(step.after)
                seen[aweme_id] = None
            case ConfigRecord(aweme_id=aweme_id, live=live):
                seen[aweme_id] = None
                if step.was_set and not live:
                    ended.append(step.after)
            case DenyRecord(scope=scope, target=target):
                closed[f"{scope}:{target}"] = None
    inbox.send_all([*_of_rules(turned), *_of_missing_pages(ended)])
    journal.notice(NoticeKind.VISIBILITY, seen)
    journal.notice(NoticeKind.CLOSED, closed)


def _of_rules(verdicts: Sequence[VerdictRecord]) -> Iterator[Letter]:
    if not verdicts:
        return
    aweme_ids = [each.aweme_id for each in verdicts]
    apps: dict[str, dict[str, str]] = defaultdict(dict)
    for surface in SURFACES.values():
        for aweme_id, change in landing.live_changes(aweme_ids, surface).items():
            apps[aweme_id][change.mini_program.entity_id] = change.mini_program_id
    accounts = directory.find_accounts(apps)
    for verdict in verdicts:
        if verdict.aweme_id not in apps:
            continue
        account = accounts[verdict.aweme_id]
        for recipient_kind, recipient, about in (
            *(
                (RecipientKind.LEGAL_ENTITY, entity_id, {"app_id": app_id})
                for entity_id, app_id in sorted(apps[account.pk].items())
            ),
            (RecipientKind.ACCOUNT, account.pk, {}),
        ):
            yield Letter(
                recipient_kind,
                [recipient],
                "shown_by_rules" if verdict.passed else "hidden_by_rules",
                "account",
                account.pk,
                {"aweme_id": account.pk, "nickname": account.nickname, **about},
                dedupe_key=f"visibility:{account.pk}:{clock.today()}",
            )


def _of_missing_pages(configs: Sequence[ConfigRecord]) -> Iterator[Letter]:
    on_surface: dict[str, set[str]] = defaultdict(set)
    for config in configs:
        on_surface[config.surface].add(config.aweme_id)
    for key, aweme_ids in on_surface.items():
        for change in landing.live_changes(sorted(aweme_ids), SURFACES[key]).values():
            if landing.has_page(change):
                continue
            app = change.mini_program
            version = app.published_version
            yield Letter(
                RecipientKind.LEGAL_ENTITY,
                [app.entity_id],
                "page_missing",
                "landing_change",
                change.pk,
                {
                    "app_id": app.pk,
                    "app_name": app.name,
                    "aweme_id": change.account_id,
                    "page_path": change.page_path,
                    "nickname": change.account.nickname,
                },
                dedupe_key=f"page_missing:{change.pk}:{version.pk if version else ''}",
            )
