"""Records as Hypothesis draws them."""

from __future__ import annotations

from datetime import date

from hypothesis import strategies as st

from guazai.feed import ConfigRecord, DenyRecord, Record, Scope, VerdictRecord

identifiers = st.text(
    st.characters(exclude_characters="\0", exclude_categories=["Cs"]), min_size=1, max_size=128
).filter(lambda text: len(text.encode()) <= 128)
epochs = st.integers(0, 2**32 - 1)
counters = st.integers(0, 2**64 - 1)
days = st.dates(date(2020, 1, 1), date(2100, 1, 1))

live_configs = st.builds(
    ConfigRecord,
    surface=identifiers,
    host=identifiers,
    aweme_id=identifiers,
    epoch=epochs,
    version=counters,
    live=st.just(True),
    app_id=identifiers,
    entity_id=identifiers,
    body=st.binary(min_size=1, max_size=600),
)
tombstones = st.builds(
    ConfigRecord,
    surface=identifiers,
    host=identifiers,
    aweme_id=identifiers,
    epoch=epochs,
    version=counters,
    live=st.just(False),
    app_id=st.just(""),
    entity_id=st.just(""),
    body=st.just(b""),
)
verdicts = st.builds(
    VerdictRecord, aweme_id=identifiers, as_of=days, revision=counters, passed=st.booleans()
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
records: st.SearchStrategy[Record] = st.one_of(live_configs, tombstones, verdicts, denies)
