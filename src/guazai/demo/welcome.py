"""What `guazai start` prints when everything is healthy."""

from __future__ import annotations

import json
import sys
from pathlib import Path

from rich.console import Console
from rich.panel import Panel
from rich.table import Table

from guazai.certificates import certificates
from guazai.control.capability.states import Dimension
from guazai.control.config import DEFAULT_STATE, ECOSYSTEM_HOSTS, Config
from guazai.demo.credentials import PASSWORD, Credentials, load

SURFACE = "/mini-programs/tt_tea/surfaces/profile_mount"
APPLICATION = "/review/items/capability_application/$A"
CHANGE = "/review/items/landing_change/$C"
MARKS = dict.fromkeys(Dimension, "good")


def _call(role: str, method: str, path: str, body: object = None, pick: str = "") -> str:
    """A command that calls the API; a body with a shell variable is put in double quotes."""
    words = ["guazai demo call", role, method, path]
    if body is not None:
        text = json.dumps(body, ensure_ascii=False)
        words.append(f"'{text}'" if "$" not in text else '"' + text.replace('"', '\\"') + '"')
    if pick:
        words.append(f"--pick {pick}")
    return " ".join(words)


def _keep(name: str, command: str) -> str:
    return f"{name}=$({command})"


#: What happens in each step, then its commands, which keep the ids they need in $A, $B, $C and $H.
STEPS: tuple[tuple[str, ...], ...] = (
    (
        "The developer reads the conditions and applies:",
        _call("developer", "GET", f"{SURFACE}/capability"),
        _keep(
            "A",
            _call(
                "developer",
                "POST",
                f"{SURFACE}/capability/applications",
                {"apply_reason": "购买与售后"},
                "id",
            ),
        ),
    ),
    (
        "A reviewer finds it in the queue, claims it and approves:",
        _call("reviewer", "GET", "/review/queue"),
        _call("reviewer", "POST", f"{APPLICATION}/claim"),
        _call("reviewer", "POST", f"{APPLICATION}/approve", {"marks": MARKS}),
    ),
    (
        "The developer asks to bind tea_brand; open the url as creator-chen and type the number:",
        _keep(
            "B",
            _call(
                "developer",
                "POST",
                f"{SURFACE}/bindings",
                {"aweme_id": "tea_brand", "kind": "brand"},
                "id",
            ),
        ),
        _call("developer", "POST", f"{SURFACE}/bindings/$B/codes", pick="url,match_number"),
    ),
    (
        "The developer submits a landing page, the reviewer approves what was seen:",
        _keep(
            "C",
            _call(
                "developer",
                "POST",
                f"{SURFACE}/records/tea_brand/changes",
                {"page_path": "pages/index/index"},
                "id",
            ),
        ),
        _call("reviewer", "POST", f"{CHANGE}/claim"),
        _keep("H", _call("reviewer", "GET", CHANGE, pick="content_hash")),
        _call("reviewer", "POST", f"{CHANGE}/approve", {"content_hash": "$H"}),
    ),
    (
        "The entry is shown; an operator denies the account, and it is gone:",
        "curl -i {resolver}/v1/entries/tea_brand",
        _call(
            "operator",
            "POST",
            "/operator/denies",
            {"scope": "account", "target": "tea_brand", "reason": "try it"},
        ),
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
    console.print(f"\n[bold green]Guazai runs.[/bold green] Console {config.public_url}")
    console.print(f"Resolver      {config.resolver_url}/v1/entries/AWEME_ID")
    console.print(f"API document  {config.public_url}/api/v1/openapi.json")
    if config.has_tls:
        _show_tls(console, config)
    credentials = load(config.state) if config.is_demo else None
    if credentials is not None:
        _show_demo(console, config, credentials)
    console.print("\nCtrl+C stops everything.")


def _show_tls(console: Console, config: Config) -> None:
    ca, port = certificates(config.state).ca, config.tls_port
    host = ECOSYSTEM_HOSTS[0]
    console.print(f"Over TLS      https://localhost:{port}, and as {', '.join(ECOSYSTEM_HOSTS)}")
    names = " ".join(ECOSYSTEM_HOSTS)
    for how in (
        f"curl --cacert {ca} --resolve {host}:{port}:{config.local_host} https://{host}:{port}/…",
        f"NODE_EXTRA_CA_CERTS={ca}   (Node.js)",
        f"REQUESTS_CA_BUNDLE={ca}   (Python requests)",
        f"{config.local_host} {names}   (in /etc/hosts, and --tls-port 443: where it is fixed)",
    ):
        console.print(f"   {how}", markup=False, soft_wrap=True, style="cyan")


def _show_demo(console: Console, config: Config, credentials: Credentials) -> None:
    console.print("Open the console: one click logs in as anybody below.")
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
            text = text.replace("guazai demo", f"{command_name} demo", 1)
            console.print(f"   {text}", markup=False, soft_wrap=True, style="cyan")
