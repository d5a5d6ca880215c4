"""`guazai feed`: feeds as files, with or without a platform on this machine."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.markup import escape
from rich.table import Table

from guazai.console import StateOption, bar, err, fail, out, platform
from guazai.control.config import Config, ConfigError, export, feed_secret
from guazai.policy import POLICY_2024_08_15, FactType
from guazai.policy.validation import CHINA

if TYPE_CHECKING:
    from guazai.batch.check import CheckedPart, Feed
    from guazai.batch.errors import FeedError

app = typer.Typer(
    help="The T+1 feed: make its manifest, check it, generate one.", no_args_is_help=True
)
Day = datetime | None


@app.command()
def check(
    directory: Annotated[Path, typer.Argument(help="The folder dt=YYYY-MM-DD.")],
    *,
    state: StateOption = None,
) -> None:
    """Check every row of a feed; exits 1 where it would be refused.

    Its columns are to be the facts that the platform's policies ask for.
    Where no platform is here, those of the policy that comes with Guazai.
    """
    from guazai.batch.check import check as check_rows  # noqa: PLC0415 - Polars is slow to load

    with _refusing():
        feed = _open(directory.absolute(), state)
        with bar("checking", feed.rows) as advance:
            parts = check_rows(feed, advance)
    out.print(_summary(feed, parts))
    out.print("[green]The feed is sound.[/green]")


@app.command()
def manifest(
    directory: Annotated[Path, typer.Argument(help="The folder of the Parquet files.")],
    *,
    date: Annotated[
        Day, typer.Option(formats=["%Y-%m-%d"], help="The day of the facts.", show_default="dt=…")
    ] = None,
) -> None:
    """Write manifest.json for the Parquet files in a folder, in the order of their names.

    Where GUAZAI_FEED_SECRET is set the manifest is signed with it.
    """
    from guazai.batch.describe import describe  # noqa: PLC0415 - Polars is slow to load
    from guazai.batch.manifest import day_of  # noqa: PLC0415

    secret = _secret()
    with _refusing():
        as_of = day_of(directory.absolute()) if date is None else date.date()
        size = sum(path.stat().st_size for path in directory.glob("*.parquet"))
        with bar("hashing", size) as advance:
            found = describe(directory, as_of, advance)
    signed = found if secret is None else found.signed(secret)
    signed.write(directory)
    out.print(
        f"{found.rows:,} rows in {_files(len(found.files))} as of {found.as_of},"
        f" {'not signed' if secret is None else 'signed'}"
    )
    out.print("Now check it: guazai feed check FOLDER", style="dim")


@app.command()
def generate(
    *,
    accounts: Annotated[int, typer.Option(min=1, help="Accounts on the first day.")],
    date: Annotated[datetime, typer.Option(formats=["%Y-%m-%d"], help="The first day.")],
    root: Annotated[Path, typer.Option("--out", help="Where the folders dt=… are made.")],
    seed: Annotated[int, typer.Option(help="The same seed makes the same feed.")] = 1,
    days: Annotated[int, typer.Option(min=1, help="How many days.")] = 1,
    files: Annotated[
        int | None, typer.Option(min=1, help="Files a day.", show_default="one for 5 million")
    ] = None,
    state: StateOption = None,
) -> None:
    """Make realistic feeds for trials: skewed follower counts, small changes from day to day."""
    from guazai.batch import generate as generating  # noqa: PLC0415 - Polars is slow to load

    facts = _facts(state)
    try:
        with bar("generating", accounts * days) as advance:
            made = generating.generate(
                root,
                date.date(),
                days,
                accounts,
                seed,
                facts=facts,
                file_count=files,
                secret=_secret(),
                progress=advance,
            )
    except (OSError, ValueError) as error:
        raise fail(str(error)) from None
    size = sum(path.stat().st_size for each in made for path in each.iterdir())
    days_made = made[0].name if len(made) == 1 else f"{made[0].name} to {made[-1].name}"
    out.print(f"{days_made} in {root}, {size / 1e6:,.0f} MB", markup=False)


def _open(directory: Path, state: Path | None) -> Feed:
    """The feed in `directory`, opened as the platform here would open it."""
    config = _platform(state)
    if config is None:
        from guazai.batch.check import open_feed  # noqa: PLC0415 - Polars is slow to load

        err.print("columns as declared by the policy that comes with Guazai", style="dim")
        facts, today = POLICY_2024_08_15.facts, datetime.now(CHINA).date()
        return open_feed(directory, facts=facts, today=today, secret=_secret())
    from guazai.control.evaluation import feeds  # noqa: PLC0415 - after Django's set-up

    err.print(f"columns as the platform in {escape(str(config.state))} asks", style="dim")
    with _asking(config):
        return feeds.open_feed(directory)


def _facts(state: Path | None) -> Mapping[str, FactType]:
    """All facts that the policies of the platform here declare."""
    config = _platform(state)
    if config is None:
        return POLICY_2024_08_15.facts
    from guazai.control.eligibility import queries  # noqa: PLC0415 - after Django's set-up

    with _asking(config):
        return queries.fact_types()


def _platform(state: Path | None) -> Config | None:
    """The platform in `state`, set up; None where there is none and none was named."""
    export(state=state)
    try:
        Config.from_env()
    except ConfigError as error:
        if state is not None:
            raise fail(str(error), 2) from None
        return None
    return platform()


@contextmanager
def _asking(config: Config) -> Iterator[None]:
    from django.db import DatabaseError  # noqa: PLC0415 - after Django's set-up

    try:
        yield
    except DatabaseError as error:
        raise fail(
            f"the platform in {config.state} cannot be asked ({error}); run `guazai migrate`", 2
        ) from None


def _secret() -> bytes | None:
    try:
        return feed_secret()
    except ConfigError as error:
        raise fail(str(error), 2) from None


def _summary(feed: Feed, parts: tuple[CheckedPart, ...]) -> Table:
    table = Table(box=None, show_header=False, pad_edge=False)
    table.add_row("as of", str(feed.as_of))
    table.add_row("accounts", f"{feed.rows:,} in {_files(len(parts))}")
    table.add_row("ids", f"{parts[0].first_id} to {parts[-1].last_id}")
    table.add_row("signed", "no" if feed.manifest.hmac is None else "yes")
    table.add_row("hash", feed.content_hash)
    return table


def _files(count: int) -> str:
    return "1 file" if count == 1 else f"{count:,} files"


@contextmanager
def _refusing() -> Iterator[None]:
    from guazai.batch.errors import FeedError  # noqa: PLC0415

    try:
        yield
    except FeedError as error:
        raise _refusal(error) from None


def _refusal(error: FeedError) -> typer.Exit:
    place = "" if error.file is None else f" in {error.file}"
    place += "" if error.row is None else f", row {error.row}"
    err.print(f"[red]refused:[/red] [bold]{error.code}[/bold]{escape(place)}")
    err.print(escape(error.message))
    return typer.Exit(1)
