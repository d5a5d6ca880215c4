"""What one account may do in sequence, and whether a history of many clients agrees with it.

Pure. An operation is what a client asked, what it was told, and when: it took effect at one moment
between. A history is linearizable when such moments can be chosen so that every answer is the one
that `answers` gives. Accounts are checked apart from each other, which is enough: a history is
linearizable exactly when it is for each object.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

MAX_AWAITING = 3
OK = "ok"
WRONG_STATE = "wrong_state"


class Op(NamedTuple):
    """One operation: `verb` on `target` by the mini program `app`, and what was answered.

    `told` is `ok` or the code of the refusal; `given` what came with it: the id of what was made,
    or what a read saw. Times are nanoseconds of the machine's monotonic clock.
    """

    account: str
    client: int
    verb: str
    app: str
    target: str
    told: str
    given: object
    begin: int
    end: int


class Bound(NamedTuple):
    """An open binding: awaiting consent, with its newest code, or active."""

    app: str
    binding: str
    is_active: bool = False
    code: str = ""
    is_spent: bool = False


class Held(NamedTuple):
    """A change and the mini program that submitted it."""

    app: str
    change: str


class State(NamedTuple):
    """One account: its bindings by mini program, the codes of closed ones, and its slot."""

    bound: frozenset[Bound] = frozenset()
    left: frozenset[Bound] = frozenset()
    refused: frozenset[str] = frozenset()
    blocked: frozenset[str] = frozenset()
    live: Held | None = None
    in_review: Held | None = None

    def of(self, app: str) -> Bound | None:
        """The open binding of a mini program."""
        return next((bound for bound in self.bound if bound.app == app), None)

    def awaiting(self, binding: str) -> Bound | None:
        """The binding of that id, where it awaits consent."""
        found = (b for b in self.bound if b.binding == binding and not b.is_active)
        return next(found, None)

    def active(self, binding: str) -> Bound | None:
        """The binding of that id, where it is active."""
        return next((b for b in self.bound if b.binding == binding and b.is_active), None)

    def by_code(self, code: str) -> Bound | None:
        """The binding that a code is for, where it is its newest and not spent."""
        every = (*self.bound, *self.left)
        return next((bound for bound in every if bound.code == code and not bound.is_spent), None)

    def put(self, before: Bound, after: Bound) -> State:
        """With one binding changed, whether it is open or closed."""
        if before in self.bound:
            return self._replace(bound=self.bound - {before} | {after})
        return self._replace(left=self.left - {before} | {after})

    def close(self, bound: Bound) -> State:
        """Without a binding, and without what its mini program has in the slot."""
        kept = self.left | {bound} if bound.code and not bound.is_spent else self.left
        freed = self._replace(bound=self.bound - {bound}, left=kept)
        return freed.clear(bound.app) if bound.is_active else freed

    def clear(self, app: str) -> State:
        """With the slot empty of what a mini program has in it."""
        return self._replace(
            live=None if self.live and self.live.app == app else self.live,
            in_review=None if self.in_review and self.in_review.app == app else self.in_review,
        )

    def holds_slot(self, app: str) -> bool:
        """Whether a mini program is live or in review."""
        return any(held is not None and held.app == app for held in (self.live, self.in_review))


#: What a state answers: the code, and the state after it.
Answer = tuple[str, State]


def answers(state: State, op: Op) -> Iterator[Answer]:
    """Every answer that `state` gives to what `op` asks; more than one where a quota decides."""
    verb = _VERBS[op.verb]
    yield from verb(state, op)


def step(state: State, op: Op) -> State | None:
    """The state after `op`, or None where `state` does not answer what it was told."""
    return next((after for told, after in answers(state, op) if told == op.told), None)


def _request(state: State, op: Op) -> Iterator[Answer]:
    held = state.of(op.app)
    if held is not None:
        # Who is refused because of a binding that is closed before it can be named, gets no name.
        if op.given in {held.binding, None}:
            is_bound = held.is_active and op.given is not None
            yield ("already_bound" if is_bound else "binding_in_progress"), state
    elif op.app in state.blocked:
        yield "blocked_by_owner", state
    elif op.app in state.refused:
        yield "cooling_down", state
    elif sum(not bound.is_active for bound in state.bound) >= MAX_AWAITING:
        yield "too_many_open_requests", state
    else:
        yield "quota_reached", state  # `quota_refusals` looks at whether it was
        yield OK, state._replace(bound=state.bound | {Bound(op.app, str(op.given))})


def _issue(state: State, op: Op) -> Iterator[Answer]:
    found = state.awaiting(op.target)
    if found is None:
        yield WRONG_STATE, state
    else:
        yield OK, state.put(found, found._replace(code=str(op.given), is_spent=False))


def _consent(state: State, op: Op) -> Iterator[Answer]:
    found = state.by_code(op.target)
    if found is None:
        yield "consent_code_invalid", state
    elif found not in state.bound or found.is_active:
        yield WRONG_STATE, state
    else:
        yield OK, state.put(found, found._replace(is_active=True, is_spent=True))


def _mistype(state: State, op: Op) -> Iterator[Answer]:
    found = state.by_code(op.target)
    if found is None:
        yield "consent_code_invalid", state
    else:
        yield "consent_number_wrong", state.put(found, found._replace(is_spent=True))


def _cancel(state: State, op: Op) -> Iterator[Answer]:
    found = state.awaiting(op.target)
    yield (WRONG_STATE, state) if found is None else (OK, state.close(found))


def _refuse(state: State, op: Op) -> Iterator[Answer]:
    found = state.awaiting(op.target)
    if found is None:
        yield WRONG_STATE, state
    else:
        yield OK, state.close(found)._replace(refused=state.refused | {found.app})


def _block(state: State, op: Op) -> Iterator[Answer]:
    if op.app in state.blocked:
        yield "already_blocked", state
        return
    after, found = state, state.of(op.app)
    if found is not None and not found.is_active:
        after = state.close(found)._replace(refused=state.refused | {op.app})
    yield OK, after._replace(blocked=state.blocked | {op.app})


def _unblock(state: State, op: Op) -> Iterator[Answer]:
    is_found = op.app in state.blocked
    after = state._replace(blocked=state.blocked - {op.app})
    yield (OK, after) if is_found else ("not_found", state)


def _unbind(state: State, op: Op) -> Iterator[Answer]:
    found = state.active(op.target)
    if found is None:
        yield WRONG_STATE, state
    else:
        yield "unbind_limit_reached", state
        yield OK, state.close(found)


def _end(state: State, op: Op) -> Iterator[Answer]:
    found = state.active(op.target)
    yield (WRONG_STATE, state) if found is None else (OK, state.close(found))


def _submit(state: State, op: Op) -> Iterator[Answer]:
    bound = state.of(op.app)
    if bound is None or not bound.is_active:
        yield "binding_not_active", state
    elif any(held and held.app != op.app for held in (state.live, state.in_review)):
        yield "slot_occupied", state
    else:
        yield OK, state._replace(in_review=Held(op.app, str(op.given)))


def _is_in_review(state: State, op: Op) -> bool:
    return state.in_review is not None and state.in_review.change == op.target


def _withdraw(state: State, op: Op) -> Iterator[Answer]:
    is_found = _is_in_review(state, op)
    yield (OK, state._replace(in_review=None)) if is_found else (WRONG_STATE, state)


def _approve(state: State, op: Op) -> Iterator[Answer]:
    is_found = _is_in_review(state, op)
    after = state._replace(in_review=None, live=state.in_review)
    yield (OK, after) if is_found else (WRONG_STATE, state)


def _remove(state: State, op: Op) -> Iterator[Answer]:
    is_found = state.holds_slot(op.app)
    yield (OK, state.clear(op.app)) if is_found else ("nothing_to_remove", state)


def _release(state: State, op: Op) -> Iterator[Answer]:
    is_found = state.live is not None or state.in_review is not None
    after = state._replace(live=None, in_review=None)
    yield (OK, after) if is_found else ("nothing_to_remove", state)


def _read_bindings(state: State, op: Op) -> Iterator[Answer]:
    if op.given == frozenset((b.app, b.binding, b.is_active) for b in state.bound):
        yield OK, state


def _read_review(state: State, op: Op) -> Iterator[Answer]:
    if op.given == state.in_review:
        yield OK, state


def _read_live(state: State, op: Op) -> Iterator[Answer]:
    if op.given == state.live:
        yield OK, state


_VERBS = {
    "request": _request,
    "issue_code": _issue,
    "consent": _consent,
    "mistype": _mistype,
    "cancel": _cancel,
    "refuse": _refuse,
    "block": _block,
    "unblock": _unblock,
    "unbind": _unbind,
    "end": _end,
    "submit": _submit,
    "withdraw": _withdraw,
    "approve": _approve,
    "reject": _withdraw,
    "remove": _remove,
    "release": _release,
    "read_bindings": _read_bindings,
    "read_review": _read_review,
    "read_live": _read_live,
}
#: What frees a place in a quota when it succeeds; a block does where a request was waiting.
FREEING = frozenset({"cancel", "refuse", "unbind", "end"})
BLOCKING = "block"


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether a history is linearizable; if not, the most that is, and who could not be next."""

    is_linearizable: bool
    longest: Sequence[Op] = ()
    stuck: Sequence[Op] = ()

    def __str__(self) -> str:
        if self.is_linearizable:
            return "linearizable"
        before, after = map(_line, self.longest[-12:]), map(_line, self.stuck)
        return "\n".join(["not linearizable; in order so far", *before, "then none of", *after])


def _line(op: Op) -> str:
    span = f"{op.begin / 1e6:.3f}–{op.end / 1e6:.3f} ms"
    return f"  {span} client {op.client}: {op.verb} {op.app} {op.target} → {op.told} {op.given}"


def check(history: Iterable[Op], start: State | None = None) -> Verdict:
    """Whether the history of one account is linearizable (Wing and Gong, with Lowe's memory).

    Depth first: the next operation is any that began before every other one left has ended, and
    that the state answers as it was answered. A set of done operations is tried once in a state.
    """
    ops = sorted(history, key=lambda op: op.begin)
    everything = (1 << len(ops)) - 1
    seen: set[tuple[int, State]] = set()
    longest: list[Op] = []
    path: list[Op] = []
    first = start or State()
    stack = [(0, first, _next(ops, 0))]
    while stack:
        done, state, tries = stack[-1]
        if done == everything:
            return Verdict(is_linearizable=True)
        for place in tries:
            after = step(state, ops[place])
            reached = (done | 1 << place, after)
            if after is None or reached in seen:
                continue
            seen.add((reached[0], after))
            path.append(ops[place])
            longest = max(longest, path[:], key=len)
            stack.append((reached[0], after, _next(ops, reached[0])))
            break
        else:
            stack.pop()
            if path:
                path.pop()
    known = set(longest)
    done = sum(1 << place for place, op in enumerate(ops) if op in known)
    return Verdict(False, longest, [ops[place] for place in _next(ops, done)])


def _next(ops: Sequence[Op], done: int) -> Iterator[int]:
    """The places of the operations that can come next, once those of `done` have been."""
    found: list[int] = []
    first_end = math.inf
    for place, op in enumerate(ops):
        if not done >> place & 1:
            if op.begin > first_end:
                break
            first_end = min(first_end, op.end)
            found.append(place)
    return iter([place for place in found if ops[place].begin <= first_end])


def quota_faults(history: Iterable[Op], low: int, high: int) -> Iterator[str]:
    """Where the history of one mini program's quota cannot be right, whatever order is chosen.

    The quota was between `low` and `high`. More places than `high` were surely taken at once, or a
    request was refused although fewer than `low` can have been taken.
    """
    ops = list(history)
    taken = [op for op in ops if op.verb == "request" and op.told == OK]
    freed = [op for op in ops if op.verb in FREEING and op.told == OK]
    maybe = [op for op in ops if op.verb == BLOCKING and op.told == OK]
    for op in taken:
        surely = sum(t.end <= op.end for t in taken) - sum(f.begin <= op.end for f in freed + maybe)
        if surely > high:
            yield f"{surely} places of {high} taken:\n{_line(op)}"
    for op in ops:
        if op.told == "quota_reached":
            possibly = sum(t.begin <= op.end for t in taken) - sum(f.end <= op.begin for f in freed)
            if possibly < low:
                yield f"refused with at most {possibly} places of {low} taken:\n{_line(op)}"
