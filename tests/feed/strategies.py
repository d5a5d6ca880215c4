"""Records as Hypothesis draws them."""

from __future__ import annotations

from datetime import date

from hypothesis import strategies as st

from guazai.feed import ConfigRecord, DenyRecord, ProgramRecord, Record, Scope, VerdictRecord
from guazai.feed.records import stands_in_json

characters = st.characters(exclude_characters="\0", exclude_categories=["Cs"])
identifiers = st.text(characters, min_size=1, max_size=128).filter(
    lambda text: len(text.encode()) <= 128
)
accounts = identifiers.filter(stands_in_json)
texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=60)
epochs = st.integers(0, 2**32 - 1)
counters = st.integers(0, 2**64 - 1)
days = st.dates(date(2020, 1, 1), date(2100, 1, 1))

live_configs = st.builds(
    ConfigRecord,
    surface=identifiers,
    host=identifiers,
    aweme_id=accounts,
    epoch=epochs,
    version=counters,
    live=st.just(True),
    app_id=identifiers,
    title=texts,
    page_path=texts,
    query=texts,
)
tombstones = st.builds(
    ConfigRecord,
    surface=identifiers,
    host=identifiers,
    aweme_id=accounts,
    epoch=epochs,
    version=counters,
    live=st.just(False),
)
programs = st.builds(
    ProgramRecord,
    surface=identifiers,
    app_id=identifiers,
    epoch=epochs,
    version=counters,
    entity_id=identifiers,
    app_name=texts,
    icon_url=texts,
    link=texts,
)
verdicts = st.builds(
    VerdictRecord, aweme_id=accounts, as_of=days, revision=counters, passed=st.booleans()
)
denies = st.sampled_from(Scope).flatmap(
    lambda scope: st.builds(
        DenyRecord,
        scope=st.just(scope),
        surface=identifiers,
        target=st.just("") if scope is Scope.GLOBAL else identifiers,
        epoch=epochs,
        version=counters,
        denied=st.booleans(),
    )
)
records: st.SearchStrategy[Record] = st.one_of(live_configs, tombstones, programs, verdicts, denies)
