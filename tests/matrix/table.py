# ruff: noqa: E501 - a line of the matrix is one line
"""The matrix: who may use which route, one line each (S2).

A line names the method and the path, who may, what the route needs beside the live entry that
every target has, the body, and the status and audit event of a success. Whoever may not is refused
by the door, or does not find the object; `absent` is what those who see everything are told of an
object that is not there. Pages are lines as well: who is not logged in is sent to the login, which
stands for 401 here.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from itertools import count
from typing import Any

from guazai.control.delivery.console.urls import WORKPLACES
from guazai.control.kernel import clock
from tests.evaluation.samples import draft_json
from tests.matrix.stage import WHY, Target, Values
from tests.world import PAGES, PASSING


@dataclass(frozen=True, slots=True)
class Who:
    """Who passes a route's door, and of which objects it then speaks.

    Of the mini programs that one develops, of the accounts that one owns, of all (`any`), or of
    none in particular (empty).
    """

    door: str
    of: str = ""


ANYBODY = Who("anybody")
BROWSER = Who("browser")
READER, SENDER = Who("reader"), Who("sender")  # of pages that are open to all
PERSON = Who("person")
MEMBER, MEMBER_OF = Who("member"), Who("member", "app")
DEVELOPER, DEVELOPERS = Who("developer", "app"), Who("developer")
OWNER, OWNERS = Who("owner", "account"), Who("owner")
CONSENTER = PAGE_OWNER = Who("person", "account")
PREVIEWER, SEER = Who("person", "app"), Who("person", "change")
REVIEWER, REVIEWERS = Who("reviewer", "any"), Who("reviewer")
OPERATOR, OPERATORS = Who("operator", "any"), Who("operator")
HOST, HOSTS = Who("host", "any"), Who("host")

Body = Callable[[Values], Any]
_numbers = count()


@dataclass(frozen=True, slots=True)
class Route:
    """One line of the matrix."""

    method: str
    path: str
    who: Who
    needs: Callable[[Target], Values] = Target.nothing
    body: Body | None = None
    status: int = 200
    audit: str = ""
    absent: int = 404
    given: Mapping[str, str] = field(default_factory=dict)
    #: Who is sent on to a page of their own, by the door that they pass.
    sent_on: str = ""
    is_page: bool = False

    @property
    def name(self) -> str:
        """The method and the path."""
        return f"{self.method} {self.path}"


def like(**fields: Any) -> Body:
    """A body that is always the same."""
    return lambda _: fields


def unknown(_: Values) -> dict[str, str]:
    """A login that nobody has, another one each time."""
    return {"login": f"nobody-{next(_numbers)}", "password": "x"}


def lines(values: Values) -> bytes:
    """A bulk import of one line."""
    return b'{"kind": "legal_entity", "entity_id": "ent-new", "name": "New"}'


def seen(values: Values) -> dict[str, Any]:
    """The hash of what a reviewer has seen."""
    return {"content_hash": values["content_hash"]}


def facts(values: Values) -> dict[str, Any]:
    """An account's facts of today, which are not those known."""
    return {"as_of": clock.today().isoformat(), "facts": {**PASSING, "effective_followers": 777}}


GOOD = {
    "functional_utility": "good",
    "interface_design": "good",
    "interaction_experience": "good",
    "stability": "good",
}
SAID = like(reason=WHY)
LIMIT = like(quota=50, reason=WHY)
APP = "/mini-programs/{app_id}"
ON = f"{APP}/surfaces/{{surface}}"
CAPABILITY = f"{ON}/capability"
BINDING = f"{ON}/bindings/{{binding_id}}"
RECORD = f"{ON}/records/{{aweme_id}}"
WEBHOOK, MAIL = f"{APP}/webhook", f"{APP}/mail"
CREDENTIAL = f"{APP}/credential"
PROVIDER = "/operator/providers/{client_key}"
ITEM = "/review/items/{kind}/{item_id}"
DENY = "/operator/denies/{deny_id}"
DRAFT = "/operator/policy-drafts/{draft_id}"
RUN = "/operator/runs/{run_id}"
OWN = "/me/accounts/{aweme_id}"
SLOT = f"{OWN}/surfaces/{{surface}}/release"
BOUND = "/me/bindings/{binding_id}"
T = Target
R = Route
P = partial(Route, is_page=True)
# fmt: off
ROUTES = (
    # For all. A login that nobody has is refused alike, whoever tries; see tests/directory.
    R("GET", "/", ANYBODY, status=404),
    R("GET", "/openapi.json", ANYBODY),
    R("GET", "/session", ANYBODY),
    R("POST", "/session", BROWSER, body=unknown, status=401),
    R("DELETE", "/session", PERSON, status=204),
    R("GET", "/health", ANYBODY),
    R("GET", "/surfaces", PERSON),

    # Developers, by their entity or their token's mini program.
    R("GET", "/mini-programs", DEVELOPERS),
    R("GET", APP, DEVELOPER),
    R("GET", f"{APP}/members", MEMBER_OF),
    R("GET", CAPABILITY, DEVELOPER),
    R("GET", f"{CAPABILITY}/applications", DEVELOPER),
    R("POST", f"{CAPABILITY}/applications", DEVELOPER, T.ungranted, like(apply_reason=WHY), 201, "capability.apply"),
    R("POST", f"{CAPABILITY}/applications/{{application_id}}/withdraw", DEVELOPER, T.application, audit="capability.withdraw"),
    R("GET", f"{ON}/bindings", DEVELOPER),
    R("POST", f"{ON}/bindings", DEVELOPER, T.candidate, lambda v: {"aweme_id": v["aweme_id"], "kind": "brand"}, 201, "binding.request"),
    R("GET", BINDING, DEVELOPER),
    R("POST", f"{BINDING}/cancel", DEVELOPER, T.awaiting, audit="binding.cancel"),
    R("POST", f"{BINDING}/codes", DEVELOPER, T.awaiting, status=201, audit="binding.issue_code"),
    R("POST", f"{BINDING}/unbind", DEVELOPER, audit="landing.unbind"),
    R("GET", f"{ON}/quota", DEVELOPER),
    R("GET", f"{APP}/share-links", DEVELOPER, T.share_link),
    R("POST", f"{APP}/share-links", DEVELOPER, body=like(name="Shop", page_path=PAGES[0]), status=201, audit="landing.create_share_link"),
    R("DELETE", f"{APP}/share-links/{{link_id}}", DEVELOPER, T.share_link, audit="landing.remove_share_link"),
    R("GET", f"{ON}/records", DEVELOPER),
    R("GET", RECORD, DEVELOPER),
    R("GET", f"{RECORD}/changes", DEVELOPER),
    R("POST", f"{RECORD}/changes", DEVELOPER, body=like(page_path=PAGES[1]), status=201, audit="landing.submit"),
    R("POST", f"{RECORD}/changes/{{change_id}}/withdraw", DEVELOPER, T.change, audit="landing.withdraw"),
    R("POST", f"{RECORD}/checks", DEVELOPER, body=like(page_path=PAGES[1])),  # it stores nothing
    R("DELETE", f"{RECORD}/live", DEVELOPER, audit="landing.remove"),
    R("GET", f"{RECORD}/takedowns/{{takedown_id}}", DEVELOPER, T.removed),
    R("GET", f"{RECORD}/why", DEVELOPER),
    R("POST", f"{RECORD}/reminders", DEVELOPER, T.failing, status=201, audit="entry.remind_owner"),
    R("GET", WEBHOOK, MEMBER_OF, T.webhook),
    R("PUT", WEBHOOK, MEMBER_OF, body=like(url="https://hooks.example.com/guazai"), audit="webhooks.set_endpoint"),
    R("DELETE", WEBHOOK, MEMBER_OF, T.webhook, status=204, audit="webhooks.remove"),
    R("POST", f"{WEBHOOK}/verify", MEMBER_OF, T.webhook_off, audit="webhooks.verify"),
    R("POST", f"{WEBHOOK}/test", MEMBER_OF, T.webhook, audit="webhooks.test"),
    R("POST", f"{WEBHOOK}/disable", MEMBER_OF, T.webhook, audit="webhooks.disable"),
    R("POST", f"{WEBHOOK}/enable", MEMBER_OF, T.webhook_off, audit="webhooks.enable"),
    R("POST", f"{WEBHOOK}/replay", MEMBER_OF, T.dead_letter, like(status="dead"), audit="webhooks.replay_dead"),
    R("GET", f"{WEBHOOK}/deliveries", MEMBER_OF, T.dead_letter),
    R("GET", f"{WEBHOOK}/deliveries/{{delivery_id}}", MEMBER_OF, T.dead_letter),
    R("POST", f"{WEBHOOK}/deliveries/{{delivery_id}}/replay", MEMBER_OF, T.dead_letter, audit="webhooks.replay"),
    R("GET", MAIL, MEMBER_OF, T.mail),
    R("PUT", MAIL, MEMBER_OF, body=like(address="ops@example.com"), status=409),  # no mail server is set
    R("DELETE", MAIL, MEMBER_OF, T.mail, status=204, audit="mail.remove"),
    R("POST", f"{MAIL}/confirm", MEMBER_OF, T.mail, like(code="246810"), audit="mail.confirm"),
    R("GET", CREDENTIAL, MEMBER_OF, T.credential),
    R("POST", f"{CREDENTIAL}/secrets", MEMBER_OF, body=like(keep_hours=24), status=201, audit="openapi.create_secret"),
    R("DELETE", f"{CREDENTIAL}/secrets/{{secret_id}}", MEMBER_OF, T.credential, status=204, audit="openapi.end_secret"),
    R("PUT", f"{CREDENTIAL}/scopes", MEMBER_OF, body=like(scopes=["ma.relation.bind"]), audit="openapi.set_scopes"),
    R("PUT", f"{CREDENTIAL}/allowed-networks", MEMBER_OF, body=like(networks=["203.0.113.0/24"]), audit="openapi.set_allowed_networks"),
    R("GET", "/providers", MEMBER, T.provider),
    R("GET", f"{APP}/providers", MEMBER_OF, T.authorized),
    R("POST", f"{APP}/providers", MEMBER_OF, T.provider, lambda v: {"client_key": v["client_key"], "permissions": [3]}, 201, "openapi.authorize_provider"),
    R("DELETE", f"{APP}/providers/{{authorization_id}}", MEMBER_OF, T.authorized, status=204, audit="openapi.revoke_provider"),
    R("GET", "/inbox", MEMBER),
    R("POST", "/inbox/mark", MEMBER, body=like(is_read=True)),  # what is read is nobody's act

    # Owners of accounts.
    R("GET", "/owner/accounts", OWNERS),
    R("GET", "/owner/accounts/{aweme_id}/surfaces/{surface}/entry", OWNER),
    R("POST", "/owner/accounts/{aweme_id}/surfaces/{surface}/release", OWNER, audit="landing.release"),
    R("GET", "/owner/consent/{code}", CONSENTER, T.code),
    R("POST", "/owner/consent/{code}", CONSENTER, T.code, lambda v: {"match_number": v["match_number"]}, audit="binding.consent"),
    R("GET", "/owner/bindings", OWNERS),
    R("POST", "/owner/bindings/{binding_id}/refuse", OWNER, T.awaiting, audit="binding.refuse"),
    R("POST", "/owner/bindings/{binding_id}/block", OWNER, audit="binding.block"),
    R("POST", "/owner/bindings/{binding_id}/end", OWNER, audit="landing.end_binding"),
    R("GET", "/owner/blocks", OWNERS, T.blocked),
    R("DELETE", "/owner/blocks/{app_id}/{aweme_id}", OWNER, T.blocked, status=204, audit="binding.unblock"),
    R("GET", "/owner/inbox", OWNERS),
    R("POST", "/owner/inbox/mark", OWNERS, body=like(is_read=True)),  # as above

    # Reviewers. A heartbeat changes neither who holds an item nor the item.
    R("GET", "/review/queue", REVIEWERS),
    R("GET", "/review/reasons", REVIEWERS),
    R("GET", ITEM, REVIEWER, T.change),
    R("POST", f"{ITEM}/claim", REVIEWER, T.change, like(), audit="review.claim"),
    R("POST", f"{ITEM}/heartbeat", REVIEWER, T.claimed),
    R("POST", f"{ITEM}/release", REVIEWER, T.claimed, audit="review.release"),
    R("POST", f"{ITEM}/approve", REVIEWER, T.claimed, seen, audit="landing.approve"),
    R("POST", f"{ITEM}/approve", REVIEWER, T.application, like(marks=GOOD), audit="capability.approve"),
    R("POST", f"{ITEM}/reject", REVIEWER, T.claimed, lambda v: {**seen(v), "reasons": [{"code": "page_unrelated"}]}, audit="landing.reject"),
    R("POST", f"{ITEM}/reject", REVIEWER, T.application, like(marks=GOOD, reasons=[{"code": "unstable"}]), audit="capability.reject"),

    # Operators.
    R("GET", "/operator/find?q={app_id}", OPERATORS),
    R("GET", "/operator/mini-programs/{app_id}", OPERATOR, T.denied),
    R("GET", "/operator/accounts/{aweme_id}", OPERATOR, T.cleared),
    R("GET", "/operator/system", OPERATORS),
    R("GET", "/operator/grants", OPERATORS),
    R("POST", f"/operator{CAPABILITY}/revoke", OPERATOR, body=SAID, audit="capability.revoke"),
    R("POST", f"/operator{CAPABILITY}/restore", OPERATOR, T.revoked, SAID, audit="capability.restore"),
    R("GET", f"/operator{ON}/bindings", OPERATOR),
    R("PUT", f"/operator{ON}/quotas/{{kind}}", OPERATOR, body=LIMIT, audit="binding.set_quota", given={"kind": "brand"}),
    R("PUT", f"/operator{ON}/unbind-limit", OPERATOR, body=LIMIT, audit="binding.set_unbind_limit"),
    R("GET", "/operator/clearances", OPERATORS, T.cleared),
    R("POST", "/operator/clearances", OPERATOR, body=lambda v: {"aweme_id": v["aweme_id"], "app_id": v["app_id"], "reason": WHY}, status=201, audit="binding.clear_enterprise", absent=422),
    R("DELETE", "/operator/clearances/{clearance_id}", OPERATOR, T.cleared, status=204, audit="binding.revoke_clearance"),
    R("GET", "/operator/policies", OPERATORS),
    R("GET", "/operator/policies/{version}", OPERATORS, given={"version": "1"}),
    R("GET", "/operator/policy-drafts", OPERATORS),
    R("POST", "/operator/policy-drafts", OPERATORS, body=lambda _: draft_json(), status=201, audit="evaluation.create_draft"),
    R("GET", DRAFT, OPERATOR, T.draft),
    R("PUT", DRAFT, OPERATOR, T.draft, lambda _: {**draft_json(400), "revision": 1}, audit="evaluation.edit_draft"),
    R("DELETE", DRAFT, OPERATOR, T.draft, status=204, audit="evaluation.discard_draft"),
    R("GET", f"{DRAFT}/dry-runs", OPERATOR, T.draft),
    R("POST", f"{DRAFT}/dry-runs", OPERATOR, T.draft, status=201, audit="evaluation.request_dry_run"),
    R("GET", f"{DRAFT}/dry-runs/{{dry_run_id}}", OPERATOR, T.tried),
    R("GET", f"{DRAFT}/dry-runs/{{dry_run_id}}/examples.csv", OPERATOR, T.tried),
    R("POST", f"{DRAFT}/schedule", OPERATOR, T.tried, like(effective_at="2040-01-01T00:00:00+08:00", staged=True, reason=WHY), audit="evaluation.schedule"),
    R("GET", "/operator/runs", OPERATORS, T.held),
    R("GET", RUN, OPERATOR, T.held),
    R("POST", f"{RUN}/propose", OPERATOR, T.held, like(decision="release", reason=WHY), 201, "evaluation.propose"),
    R("POST", f"{RUN}/confirm", OPERATOR, T.decided, audit="evaluation.reject_run"),
    R("POST", f"{RUN}/withdraw-proposal", OPERATOR, T.decided, audit="evaluation.withdraw_proposal"),
    R("GET", "/operator/alarms", OPERATORS, T.held),
    R("POST", "/operator/alarms/{alarm_id}/acknowledge", OPERATOR, T.held, audit="evaluation.acknowledge_alarm"),
    R("GET", "/operator/accounts/{aweme_id}/verdict", OPERATOR),
    R("GET", "/operator/accounts/{aweme_id}/surfaces/{surface}/why", OPERATOR),
    R("GET", "/operator/denies", OPERATORS, T.denied),
    R("GET", "/operator/takedowns", OPERATORS),
    R("GET", "/operator/takedowns/{takedown_id}", OPERATOR, T.denied),
    R("GET", "/operator/resolvers", OPERATORS),
    R("POST", "/operator/denies", OPERATOR, body=lambda v: {"scope": "account", "target": v["aweme_id"], "reason": WHY}, status=201, audit="entry.deny", absent=422),
    R("GET", "/operator/impact?scope=account&target={aweme_id}", OPERATORS),
    R("POST", f"{DENY}/lift", OPERATOR, T.denied, SAID, audit="entry.lift"),
    R("POST", f"{DENY}/confirm-lift", OPERATOR, T.proposed, audit="governance.confirm_lift"),
    R("POST", f"{DENY}/cancel-lift", OPERATOR, T.proposed, audit="governance.cancel_lift"),
    R("GET", "/operator/audit-events", OPERATORS),
    R("PUT", "/operator/surfaces/{surface}/industries", OPERATORS, body=like(closed_industries=["games"], reason=WHY), audit="surfaces.close_industries"),
    R("GET", "/operator/people?id=nobody", OPERATORS),
    R("GET", "/operator/tokens", OPERATORS, T.token),
    R("POST", "/operator/tokens", OPERATOR, body=lambda v: {"name": WHY, "scopes": ["developer:read"], "app_id": v["app_id"]}, status=201, audit="directory.issue_token", absent=422),
    R("DELETE", "/operator/tokens/{token_id}", OPERATOR, T.token, audit="directory.revoke_token"),
    R("GET", "/operator/providers", OPERATORS, T.provider),
    R("POST", "/operator/providers", OPERATORS, body=like(name=WHY), status=201, audit="openapi.create_provider"),
    R("POST", f"{PROVIDER}/secrets", OPERATOR, T.provider, like(), 201, "openapi.create_secret"),
    R("DELETE", f"{PROVIDER}/secrets/{{secret_id}}", OPERATOR, T.provider, status=204, audit="openapi.end_secret"),
    R("PUT", f"{PROVIDER}/allowed-networks", OPERATOR, T.provider, like(networks=["2001:db8::/32"]), audit="openapi.set_allowed_networks"),
    R("POST", f"{PROVIDER}/disable", OPERATOR, T.provider, audit="openapi.disable_provider"),
    R("POST", f"{PROVIDER}/enable", OPERATOR, T.provider, audit="openapi.enable_provider"),
    R("GET", "/operator/calendar/{year}", OPERATORS, given={"year": "2030"}),
    R("PUT", "/operator/calendar/{year}", OPERATORS, body=like(days_off=["2030-01-01"], make_up_days=[], reason=WHY), audit="delivery.publish_calendar", given={"year": "2030"}),

    # The host's server. What is not there yet is made, unless it refers to something unknown.
    R("PUT", "/host/legal-entities/{entity_id}", HOST, body=like(name="Renamed"), audit="directory.upsert_legal_entity", absent=200),
    R("PUT", "/host/mini-programs/{app_id}", HOST, body=lambda v: {"entity_id": v["entity_id"], "name": "Renamed", "is_online": True, "credit_score": 70}, audit="directory.upsert_mini_program", absent=422),
    R("PUT", "/host/mini-programs/{app_id}/versions/{number}", HOST, body=like(pages=PAGES), audit="directory.publish_version", absent=422, given={"number": "9.9.9"}),
    R("PUT", "/host/accounts/{aweme_id}", HOST, body=like(nickname="Renamed", account_type="personal"), audit="directory.upsert_account", absent=200),
    R("PUT", "/host/legal-entities/{entity_id}/employments/{aweme_id}", HOST, body=like(ends_on="2040-01-01"), audit="directory.upsert_employment", absent=422),
    R("PUT", "/host/legal-entities/{entity_id}/members/{member}", HOST, body=like(role="member"), audit="directory.upsert_membership", absent=422, given={"member": "new"}),
    R("DELETE", "/host/legal-entities/{entity_id}/members/{member}", HOST, T.member, audit="directory.remove_member", absent=200),
    R("PUT", "/host/accounts/{aweme_id}/facts", HOST, body=facts, audit="eligibility.record_facts"),
    R("PATCH", "/host/accounts/{aweme_id}/facts", HOST, body=facts, audit="eligibility.record_facts"),
    R("POST", "/host/facts", HOSTS, body=lambda v: [{**facts(v), "aweme_id": v["aweme_id"]}], audit="eligibility.record_facts"),
    R("GET", "/host/links/{link_id}", HOST, T.url_link),
    R("POST", "/host/import", HOSTS, body=lines, audit="directory.upsert_legal_entity"),

    # Pages: for all, then for owners; any person finds an empty page of their own.
    P("GET", "/", PERSON, sent_on="owner"),
    *(P("GET", f"/{place}", PERSON) for place in WORKPLACES),
    *(P("GET", f"/{place}/{{rest}}", PERSON, given={"rest": "a/b"}) for place in WORKPLACES),
    P("GET", "/open-platform.json", READER),
    P("GET", "/login", READER, sent_on="person"),
    P("POST", "/login", SENDER, body=unknown, status=401),
    P("POST", "/logout", SENDER, status=302),
    P("POST", "/language", SENDER, body=like(language="en"), status=302),
    P("POST", "/login", SENDER, body=like(demo="operator-zhou"), status=404),
    P("GET", "/p/{aweme_id}", Who("reader", "any")),
    P("GET", "/p/{aweme_id}/qr.svg?of=live", Who("reader", "any")),
    P("GET", "/p/{aweme_id}/qr.svg?of=draft&app_id={app_id}", PREVIEWER),
    P("GET", "/p/{aweme_id}/qr.svg?of=change&change_id={change_id}", SEER, T.change),
    P("GET", "/p/{aweme_id}/draft?app_id={app_id}&title=New", PREVIEWER),
    P("GET", "/p/{aweme_id}/changes/{change_id}", SEER, T.change),
    P("GET", "/me", PERSON),
    P("GET", "/me/messages", PERSON),
    P("POST", "/me/messages", PERSON, body=like(read="all"), status=302),
    P("GET", "/l/{link_id}", Who("reader", "any"), T.url_link),
    P("GET", "/openapi/qrcode/{code}.svg", Who("reader", "any"), T.code),
    P("GET", "/c/{code}", CONSENTER, T.code),
    P("POST", "/c/{code}", CONSENTER, T.code, lambda v: {"match_number": v["match_number"]}, 302, "binding.consent"),
    P("GET", OWN, PAGE_OWNER),
    P("POST", OWN, PAGE_OWNER, T.blocked, lambda v: {"unblock": v["app_id"]}, 302, "binding.unblock"),
    P("GET", SLOT, PAGE_OWNER),
    P("POST", SLOT, PAGE_OWNER, status=302, audit="landing.release"),
    P("GET", BOUND, PAGE_OWNER),
    P("GET", f"{BOUND}/{{verb}}", PAGE_OWNER, given={"verb": "end"}),
    P("POST", f"{BOUND}/{{verb}}", PAGE_OWNER, status=302, audit="landing.end_binding", given={"verb": "end"}),
    P("POST", f"{BOUND}/{{verb}}", PAGE_OWNER, status=302, audit="binding.block", given={"verb": "block"}),
    P("POST", f"{BOUND}/{{verb}}", PAGE_OWNER, T.awaiting, status=302, audit="binding.refuse", given={"verb": "refuse"}),
)
# fmt: on
