"""Every page, by where it is and who sees it: for pictures, and for what holds on all of them."""

from __future__ import annotations

from dataclasses import dataclass

PHONE, DESK = 390, 1440
WIRE = "/reference/open-platform"


@dataclass(frozen=True, slots=True)
class Shot:
    """One page as `role` sees it; nobody is logged in where there is none.

    `{…}` in the path is an id of the told state, or a fresh consent `{code}`.
    """

    name: str
    path: str
    role: str = ""
    #: Whether documents show it; the others are taken in Chinese alone.
    is_shown: bool = True


#: The pages for account owners and visitors: a phone's.
OWN: tuple[Shot, ...] = (
    Shot("login", "/login"),
    Shot("consent", "/c/{code}", "owner"),
    Shot("accounts", "/me", "owner"),
    Shot("account-shown", "/me/accounts/tea_brand", "owner"),
    Shot("account-hidden", "/me/accounts/tea_staff", "owner"),
    Shot("messages", "/me/messages", "owner"),
    Shot("profile", "/p/tea_brand"),
    Shot("preview", "/p/tea_brand/changes/{change}", "developer"),
    Shot("account-denied", "/me/accounts/tea_active", "owner", is_shown=False),
    Shot("account-past", "/me/accounts/tea_ended?past=1", "owner", is_shown=False),
    Shot("release", "/me/accounts/tea_brand/surfaces/profile_mount/release", "owner", False),
    Shot("binding", "/me/bindings/{bound}", "owner", is_shown=False),
    Shot("binding-asked", "/me/bindings/{asked}", "owner", is_shown=False),
    Shot("binding-refused", "/me/bindings/{refused}", "owner", is_shown=False),
    Shot("end", "/me/bindings/{bound}/end", "owner", is_shown=False),
    Shot("refuse", "/me/bindings/{asked}/refuse", "owner", is_shown=False),
    Shot("block", "/me/bindings/{bound}/block", "owner", is_shown=False),
    Shot("code-invalid", "/c/made-up", "owner", is_shown=False),
    Shot("profile-empty", "/p/tea_staff", is_shown=False),
    Shot("not-found", "/nowhere", is_shown=False),
)
#: The console's pages: a desk's.
CONSOLE: tuple[Shot, ...] = (
    Shot("apps", "/apps", "developer"),
    Shot("capability", "/apps/tt_tea/mount", "developer", is_shown=False),
    Shot("capability-unmet", "/apps/tt_tea_lab/mount", "developer", is_shown=False),
    Shot("capability-in-review", "/apps/tt_tea_gift/mount", "developer"),
    Shot("capability-submitted", "/apps/tt_tea_gift/mount/submitted", "developer", False),
    Shot("capability-rejected", "/apps/tt_tea_class/mount", "developer"),
    Shot("bindings", "/apps/tt_tea/accounts?kind=employee", "developer"),
    Shot("binding-new", "/apps/tt_tea/accounts/new", "developer", is_shown=False),
    Shot("binding-awaiting", "/apps/tt_tea/accounts/{asked}", "developer", is_shown=False),
    Shot("binding-active", "/apps/tt_tea/accounts/{bound}", "developer", is_shown=False),
    Shot("landing-pages", "/apps/tt_tea/pages", "developer"),
    Shot("landing-form", "/apps/tt_tea/pages/tea_brand", "developer"),
    Shot("landing-history", "/apps/tt_tea/pages/tea_brand?history=1", "developer"),
    Shot("why-not-shown", "/apps/tt_tea/pages/tea_active/why", "developer"),
    Shot("why-shown", "/apps/tt_tea/pages/tea_brand/why", "developer", is_shown=False),
    Shot("share-links", "/apps/tt_tea/links", "developer", is_shown=False),
    Shot("members", "/apps/tt_tea/members", "developer", is_shown=False),
    Shot("credential", "/apps/tt_tea/credential", "developer"),
    Shot("credential-none", "/apps/tt_tea_gift/credential", "developer", is_shown=False),
    Shot("webhook", "/apps/tt_tea/webhook", "developer"),
    Shot("webhook-none", "/apps/tt_tea_gift/webhook", "developer", is_shown=False),
    Shot("webhook-delivery", "/apps/tt_tea/webhook?delivery={delivery}", "developer", False),
    Shot("authorizations", "/apps/tt_tea/providers", "developer", is_shown=False),
    Shot("reference", "/reference/open-platform", "developer", is_shown=False),
    Shot("reference-call", f"{WIRE}/capacity_query_aweme_relation_list", "developer"),
    Shot("reference-own", "/reference/guazai/landing_submit_change", "developer", False),
    Shot("inbox", "/inbox", "developer"),
    Shot("no-such-app", "/apps/tt_nothing/mount", "developer", is_shown=False),
    Shot("review-queue", "/review", "reviewer"),
    Shot("review-landing", "/review/landing_change/{change}", "reviewer"),
    Shot("review-capability", "/review/capability_application/{application}", "reviewer"),
    Shot("find", "/operate/find?q=tt_tea", "operator", is_shown=False),
    Shot("find-empty", "/operate/find", "operator", is_shown=False),
    Shot("operate-mini-program", "/operate/mini-programs/tt_tea", "operator"),
    Shot("operate-account", "/operate/accounts/tea_brand", "operator", is_shown=False),
    Shot("system", "/operate/system", "operator"),
    Shot("grants", "/operate/grants", "operator", is_shown=False),
    Shot("denies", "/operate/denies", "operator"),
    Shot("clearances", "/operate/clearances", "operator", is_shown=False),
    Shot("providers", "/operate/providers", "operator", is_shown=False),
    Shot("provider", "/operate/providers?opened={provider}", "operator", is_shown=False),
    Shot("takedowns", "/operate/takedowns", "operator", is_shown=False),
    Shot("policies", "/operate/policies", "operator", is_shown=False),
    Shot("policy", "/operate/policies/1", "operator", is_shown=False),
    Shot("drafts", "/operate/drafts", "operator", is_shown=False),
    Shot("draft", "/operate/drafts/{draft}", "operator"),
    Shot("runs", "/operate/runs", "operator"),
    Shot("run-held", "/operate/runs/{run}", "operator"),
    Shot("alarms", "/operate/alarms", "operator", is_shown=False),
    Shot("calendar", "/operate/calendar", "operator", is_shown=False),
    Shot("audit", "/operate/audit", "operator"),
)
