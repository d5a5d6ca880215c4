"""The demo's people and things, made through the real actions; the same every time."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from guazai.control.binding import actions as binding
from guazai.control.binding import queries as bindings
from guazai.control.capability import actions as capability
from guazai.control.capability.states import Dimension, Mark
from guazai.control.config import Config
from guazai.control.directory import actions as directory
from guazai.control.directory import queries
from guazai.control.directory.states import AccountType, MemberRole
from guazai.control.eligibility import actions as eligibility
from guazai.control.kernel import clock
from guazai.control.kernel.actor import Actor, Scope, system
from guazai.control.landing import actions as landing
from guazai.control.surfaces.registry import PROFILE_MOUNT, SURFACES, BindingKind
from guazai.demo.credentials import PASSWORD, Credentials, Login, save

DEMO = system("demo")
SURFACE = SURFACES[PROFILE_MOUNT]
#: What they are is what they find after logging in; see `Login`.
PEOPLE = tuple(
    Login(role, login, PASSWORD, what, what_zh, kind)
    for kind, role, login, what, what_zh in (
        (
            "developer",
            "developer",
            "tea-developer",
            "owner of the legal entity 山间茶业",
            "「山间茶业」的管理员，申请能力、绑定抖音号、配置落地页",
        ),
        ("developer", "teammate", "tea-teammate", "member of 山间茶业", "「山间茶业」的成员"),
        (
            "developer",
            "outsider",
            "porcelain-developer",
            "owner of another legal entity, 景瓷文化",
            "另一个主体「景瓷文化」的管理员，已有生效的入口",
        ),
        (
            "reviewer",
            "reviewer",
            "reviewer-lin",
            "reviews applications and landing pages",
            "审核能力申请与落地页",
        ),
        ("reviewer", "reviewer2", "reviewer-wu", "a second reviewer", "第二位审核员"),
        (
            "operator",
            "operator",
            "operator-zhou",
            "revokes, denies, sets quotas and policies",
            "收回能力、封禁入口、设置配额与规范",
        ),
        (
            "operator",
            "operator2",
            "operator-xu",
            "a second operator, for two-person acts",
            "第二位运营，用于需要两人确认的操作",
        ),
        (
            "owner",
            "owner",
            "creator-chen",
            "owns the accounts tea_brand and tea_staff",
            "抖音号 tea_brand 与 tea_staff 的号主",
        ),
        (
            "owner",
            "owner2",
            "creator-luo",
            "owns the accounts porcelain_brand and tea_company",
            "抖音号 porcelain_brand 与 tea_company 的号主",
        ),
    )
)
ENTITIES = {"ent_tea": "山间茶业有限公司", "ent_porcelain": "景瓷文化有限公司"}
MEMBERS = {
    ("ent_tea", "tea-developer"): MemberRole.OWNER,
    ("ent_tea", "tea-teammate"): MemberRole.MEMBER,
    ("ent_porcelain", "porcelain-developer"): MemberRole.OWNER,
}
#: app_id: legal entity, name, industry, credit score.
MINI_PROGRAMS = {
    "tt_tea": ("ent_tea", "山间好茶", "retail", 92),
    "tt_tea_lab": ("ent_tea", "茶研所", "retail", 45),
    "tt_porcelain": ("ent_porcelain", "瓷上生活", "retail", 85),
}
PAGES = ["pages/index/index", "pages/shop/detail", "pages/coupon/list"]
#: aweme_id: nickname, type, legal entity, owner, effective followers.
ACCOUNTS = {
    "tea_brand": ("山间好茶官方", AccountType.INSTITUTION, "ent_tea", "creator-chen", 12_800),
    "tea_staff": ("茶师小陈", AccountType.PERSONAL, None, "creator-chen", 499),
    "tea_company": ("山间茶业企业号", AccountType.ENTERPRISE, "ent_tea", "creator-luo", 5_000),
    "porcelain_brand": (
        "瓷上生活旗舰店",
        AccountType.INSTITUTION,
        "ent_porcelain",
        "creator-luo",
        36_000,
    ),
}


def exists() -> bool:
    """Whether the demo's data is in the database."""
    return queries.find_entity("ent_tea") is not None


def create(config: Config) -> Credentials:
    """Make the demo's data and credentials."""
    _people()
    _things()
    _facts()
    _live_entry("tt_porcelain", "porcelain_brand")
    credentials = Credentials(
        control_url=config.public_url,
        resolver_url=config.resolver_url,
        host_token=directory.issue_token(DEMO, "demo host", [Scope.HOST_WRITE], days=365)[1],
        logins=PEOPLE,
    )
    save(config.state, credentials)
    return credentials


def keep(config: Config, known: Credentials) -> None:
    """Note the addresses that this start listens on, and its people, beside the known token."""
    save(
        config.state,
        replace(
            known,
            control_url=config.public_url,
            resolver_url=config.resolver_url,
            logins=PEOPLE,
        ),
    )


def _people() -> None:
    for each in PEOPLE:
        directory.save_person(
            DEMO,
            each.login,
            password=each.password,
            display_name=each.login,
            is_reviewer=each.role.startswith("reviewer"),
            is_operator=each.role.startswith("operator"),
        )


def _things() -> None:
    for entity_id, name in ENTITIES.items():
        directory.upsert_entity(DEMO, entity_id, name=name)
    for (entity_id, login), role in MEMBERS.items():
        directory.upsert_member(DEMO, entity_id, login, role=role)
    for app_id, (entity_id, name, industry, credit) in MINI_PROGRAMS.items():
        directory.upsert_mini_program(
            DEMO,
            app_id,
            entity_id=entity_id,
            name=name,
            industry=industry,
            is_online=True,
            credit_score=credit,
        )
        directory.publish_version(DEMO, app_id, "1.0.0", PAGES)
    for aweme_id, (nickname, account_type, entity, owner, _) in ACCOUNTS.items():
        directory.upsert_account(
            DEMO,
            aweme_id,
            nickname=nickname,
            account_type=account_type,
            entity_id=entity,
            owner_login=owner,
        )
    ends_on = clock.today() + timedelta(days=365)
    directory.upsert_employment(DEMO, "ent_tea", "tea_staff", ends_on=ends_on)


def _facts() -> None:
    for aweme_id, (*_, followers) in ACCOUNTS.items():
        facts = {
            "effective_followers": followers,
            "is_verified_adult": True,
            "has_serious_violation": False,
            "meets_regulatory_requirements": True,
        }
        yesterday = clock.today() - timedelta(days=1)
        account = queries.any_account(aweme_id)
        eligibility.record_facts(DEMO, account, yesterday, facts, is_event=False)


def _live_entry(app_id: str, aweme_id: str) -> None:
    """One entry that is shown from the start, made by the people who would make it."""
    developer, reviewer, owner = (
        _actor(login) for login in ("porcelain-developer", "reviewer-lin", "creator-luo")
    )
    app, account = queries.any_mini_program(app_id), queries.any_account(aweme_id)
    application = capability.apply(developer, app, SURFACE, "品牌官方小程序,服务粉丝购买与售后")
    marks = {dimension.value: Mark.GOOD.value for dimension in Dimension}
    capability.approve(reviewer, application, marks)
    bound = binding.request(developer, app, SURFACE, aweme_id, BindingKind.BRAND)
    code = binding.issue_code(developer, bindings.of_app(app, SURFACE).get(pk=bound.pk))
    binding.consent(owner, code.raw, code.match_number)
    change = landing.submit(developer, app, SURFACE, account, page_path=PAGES[0], title="进店看看")
    landing.approve(reviewer, change, change.content_hash)


def _actor(login: str) -> Actor:
    person = queries.find_person(login)
    if person is None:
        raise LookupError(login)
    return queries.actor_of_person(person, "demo")
