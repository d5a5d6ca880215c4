"""What `guazai start` prints when everything is healthy."""

from __future__ import annotations

import sys
from pathlib import Path

from rich.console import Console
from rich.panel import Panel
from rich.table import Table

from guazai.control.config import DEFAULT_STATE, Config
from guazai.demo.credentials import PASSWORD, Credentials, load

SURFACE = "/mini-programs/tt_tea/surfaces/profile_mount"
APPLY = '\'{"apply_reason": "购买与售后"}\''
BIND = '\'{"aweme_id": "tea_brand", "kind": "brand"}\''
PAGE = '\'{"page_path": "pages/index/index"}\''
HASH = '{"content_hash": "HASH"}'
DENY = '\'{"scope": "account", "target": "tea_brand", "reason": "try it"}\''
MARKS = (
    '{"marks": {"functional_utility": "good", "interface_design": "good",'
    ' "interaction_experience": "good", "stability": "good"}}'
)
APPLICATION = "/review/items/capability_application/ID"
CHANGE = "/review/items/landing_change/ID"
#: What happens in each step, then its commands.
STEPS: tuple[tuple[str, ...], ...] = (
    (
        "The developer reads the conditions and applies:",
        f"guazai demo call developer GET {SURFACE}/capability",
        f"guazai demo call developer POST {SURFACE}/capability/applications {APPLY}",
    ),
    (
        "A reviewer takes it from the queue, claims it and approves (ID from the queue):",
        "guazai demo call reviewer GET /review/queue",
        f"guazai demo call reviewer POST {APPLICATION}/claim",
        f"guazai demo call reviewer POST {APPLICATION}/approve '{MARKS}'",
    ),
    (
        "The developer asks to bind tea_brand; open the url as creator-chen, type the number:",
        f"guazai demo call developer POST {SURFACE}/bindings {BIND}",
        f"guazai demo call developer POST {SURFACE}/bindings/ID/codes",
    ),
    (
        "The developer submits a landing page, the reviewer approves what was seen:",
        f"guazai demo call developer POST {SURFACE}/records/tea_brand/changes {PAGE}",
        f"guazai demo call reviewer POST {CHANGE}/claim",
        f"guazai demo call reviewer POST {CHANGE}/approve '{HASH}'",
    ),
    (
        "The entry is shown; an operator denies the account, and it is gone:",
        "curl -i {resolver}/v1/entries/tea_brand",
        f"guazai demo call operator POST /operator/denies {DENY}",
        "curl -i {resolver}/v1/entries/tea_brand",
    ),
)


def logins(credentials: Credentials) -> Table:
    """The demo's logins as a table."""
    table = Table("role", "login", "who", box=None, pad_edge=False)
    for each in credentials.logins:
        table.add_row(each.role, each.login, each.what)
    return table


def show(console: Console, config: Config) -> None:
    """Print the addresses and, in a demo, its logins and the five-step tour."""
    console.print(f"\n[bold green]Guazai runs.[/bold green] Control plane {config.public_url}")
    console.print(f"Resolver      {config.resolver_url}/v1/entries/AWEME_ID")
    console.print(f"API document  {config.public_url}/api/v1/openapi.json")
    credentials = load(config.state) if config.is_demo else None
    if credentials is not None:
        _show_demo(console, config, credentials)
    console.print("\nCtrl+C stops everything.")


def _show_demo(console: Console, config: Config, credentials: Credentials) -> None:
    console.print(f"Owner's page  {config.public_url}/me")
    console.print(f"A profile     {config.public_url}/p/porcelain_brand\n")
    console.print(
        Panel("Demo: public passwords, loopback only. Never put real data in it.", style="yellow")
    )
    console.print(logins(credentials))
    console.print(f"\nEverybody's password is [bold]{PASSWORD}[/bold]. The host's API token:")
    console.print(credentials.host_token, soft_wrap=True, markup=False)
    console.print("\n[bold]Tour[/bold] (all of it at once: guazai demo tour)")
    guazai = Path(sys.executable).parent / "guazai"
    command_name = guazai.relative_to(Path.cwd()) if guazai.is_relative_to(Path.cwd()) else guazai
    if config.state != Path(DEFAULT_STATE).absolute():
        console.print(f"   export GUAZAI_STATE={config.state}", style="cyan", soft_wrap=True)
    for number, (what, *commands) in enumerate(STEPS, start=1):
        console.print(f"\n{number}. {what}", markup=False)
        for command in commands:
            text = command.replace("{resolver}", config.resolver_url)
            if text.startswith("guazai"):
                text = f"{command_name}{text.removeprefix('guazai')}"
            console.print(f"   {text}", markup=False, soft_wrap=True, style="cyan")
