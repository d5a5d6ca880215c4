"""What `guazai start` does, in order: settings, preflight, database, demo, processes."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from rich.console import Console

from guazai import certificates, supervisor
from guazai.control.config import DEFAULT_STATE, Config, ConfigError, export, remember, remembered
from guazai.supervisor import StartError

__all__ = ["StartError", "start"]


def start(
    console: Console,
    *,
    state: Path | None,
    demo: bool,
    reset: bool,
    check: bool,
    **settings: object,
) -> int:
    """Prepare everything and run it; returns the exit code. Raises `StartError`, `ConfigError`.

    `settings` are exported as they are: port_base, database, tls, tls_port.
    """
    home = (state or Path(DEFAULT_STATE)).absolute()
    if reset:
        _refuse_to_reset_real_data(home)
    supervisor.make_secret(home)
    export(state=home, demo=demo, **settings)
    config = Config.from_env()
    _refuse_to_mix(home, demo=demo, reset=reset)
    with _step(console, "Machine checked"):
        supervisor.preflight(config)
    if not config.database_url.startswith("sqlite"):
        _refuse_another_database(home, config, demo=demo, reset=reset)
    if reset:
        with _step(console, "Demo state deleted"):
            _reset(config)
    own_port = config.tls_port if config.tls_port != config.port_base + 3 else None
    remember(
        home,
        port_base=config.port_base,
        database=config.database_url,
        demo=demo,
        tls=config.has_tls,
        tls_port=own_port,
    )
    if config.has_tls:
        with _step(console, "Certificates ready"):
            certificates.prepare(config.state, config.tls_names)
    with _step(console, f"Database ready ({_without_password(config.database_url)})"):
        _migrate()
    if demo:
        with _step(console, "Demo data ready"):
            _make_demo(config)
    else:
        _say_how_to_begin(console)

    def welcome() -> None:
        from guazai.demo import welcome as greeting  # noqa: PLC0415 - after Django's set-up

        greeting.show(console, config)

    front = ", TLS front" if config.has_tls else ""
    console.print(
        f"[dim]…[/dim] Starting control plane{front}, relay, worker, evaluator and resolver"
    )
    return supervisor.run(config, console, welcome, check=check)


@contextmanager
def _step(console: Console, what: str) -> Iterator[None]:
    started = time.monotonic()
    with console.status(what):
        yield
    console.print(f"[green]✓[/green] {what} [dim]{time.monotonic() - started:.1f} s[/dim]")


def _refuse_to_reset_real_data(home: Path) -> None:
    if home.exists() and any(home.iterdir()) and not remembered(home).get("demo"):
        raise ConfigError(
            f"--reset deletes demo data only, and {home} holds none."
            " To begin anew, stop Guazai and delete that folder yourself."
        )


def _refuse_to_mix(home: Path, *, demo: bool, reset: bool) -> None:
    was_demo = remembered(home).get("demo")
    if was_demo and not demo and not reset:
        raise ConfigError(
            f"{home} holds demo data, whose passwords are public: choose another --state,"
            " or delete it with --reset."
        )
    if was_demo is False and demo:
        raise ConfigError(
            f"{home} holds real data: add --no-demo, or choose another --state for the demo."
        )


def _refuse_another_database(home: Path, config: Config, *, demo: bool, reset: bool) -> None:
    """Refuse a database outside the state folder that somebody else has filled with other data."""
    known = remembered(home)
    if known.get("demo") and known.get("database") == config.database_url:
        return
    import django  # noqa: PLC0415

    django.setup()
    from django.db import connection  # noqa: PLC0415

    from guazai.control.journal import queries as journal  # noqa: PLC0415
    from guazai.demo import data  # noqa: PLC0415

    with _reaching_the_database():
        tables = connection.introspection.table_names()
        if "journal_auditevent" not in tables or not journal.search().exists():
            return
        holds_demo = data.exists()
    if (demo or reset) and not holds_demo:
        raise ConfigError(
            "the database holds real data, which a demo neither joins nor resets:"
            " choose another --database, or add --no-demo and leave --reset out."
        )
    if holds_demo and not demo and not reset:
        raise ConfigError(
            "the database holds demo data, whose passwords are public:"
            " choose another --database, or delete it with --reset."
        )


@contextmanager
def _reaching_the_database() -> Iterator[None]:
    from django.db import OperationalError  # noqa: PLC0415

    try:
        yield
    except OperationalError as error:
        raise StartError(
            f"the database cannot be reached ({str(error).strip()}):"
            " check --database, and that the server runs."
        ) from None


def _reset(config: Config) -> None:
    if not config.database_url.startswith("sqlite"):
        _drop_tables()
    supervisor.forget(config.state)


def _drop_tables() -> None:
    import django  # noqa: PLC0415

    django.setup()
    from django.db import connection  # noqa: PLC0415

    tables = [*connection.introspection.django_table_names(), "django_migrations"]
    with connection.cursor() as cursor:
        for table in tables:
            name = connection.ops.quote_name(table)
            cursor.execute(f"DROP TABLE IF EXISTS {name} CASCADE")


def _migrate() -> None:
    import django  # noqa: PLC0415

    django.setup()
    from django.core.management import call_command  # noqa: PLC0415

    with _reaching_the_database():
        call_command("migrate", interactive=False, verbosity=0)


def _make_demo(config: Config) -> None:
    from guazai.demo import credentials, data  # noqa: PLC0415 - after Django's set-up

    if not data.exists():
        data.create(config)
    elif (known := credentials.load(config.state)) is None:
        raise StartError("the demo's credentials are gone: start with --reset.")
    else:
        data.keep(config, known)


def _say_how_to_begin(console: Console) -> None:
    console.print(
        "[dim]No demo: make the first operator with `guazai person save NAME --operator`.[/dim]"
    )


def _without_password(url: str) -> str:
    scheme, _, rest = url.partition("://")
    return f"{scheme}://{rest.rpartition('@')[2]}"
