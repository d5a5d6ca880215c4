"""House rules that no linter knows, each a function from one file to what is wrong in it."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

ROOT = Path(__file__).resolve().parents[2]
CONTROL = "src/guazai/control/"
LONGEST_FILE = 500
#: What other contexts may import of a context: its verbs, its questions, their words and shapes.
PUBLIC_ROOMS = frozenset({"answers", "actions", "queries", "states", "errors"})
PRIVATE_ROOMS = frozenset({"models", "api"})
#: What is vocabulary for all contexts: every name in it is public.
COMMON_GROUND = frozenset({"kernel", "config", "backends", "logs"})
#: Modules that are a context's vocabulary beside the usual rooms.
VOCABULARY = frozenset({("journal", "keys"), ("surfaces", "registry")})
HTTP_FREE_ROOMS = frozenset({"actions.py", "queries.py", "models.py", "states.py"})
HTTP_PACKAGES = ("django.http", "django.shortcuts", "django.views", "ninja")
SQL_STATUS = re.compile(r"\bupdate\b.+\bset\b[^;]*\bstatus\b\s*=", re.IGNORECASE | re.DOTALL)


@dataclass(frozen=True, slots=True)
class Source:
    """A file of src: its path from the repository's root, and its text."""

    path: PurePosixPath
    text: str

    @property
    def tree(self) -> ast.Module:
        """The file, parsed."""
        return ast.parse(self.text)

    @property
    def context(self) -> str:
        """The context of the control plane that the file is in; empty elsewhere."""
        inside = str(self.path).removeprefix(CONTROL)
        return inside.split("/")[0] if inside != str(self.path) and "/" in inside else ""


@dataclass(frozen=True, slots=True)
class Finding:
    """A line that breaks a rule."""

    path: PurePosixPath
    line: int
    what: str

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: {self.what}"


Rule = Callable[[Source], Iterator[Finding]]


def sources() -> list[Source]:
    """Every Python file under src that a person wrote."""
    return [
        Source(PurePosixPath(path.relative_to(ROOT)), path.read_text())
        for path in sorted((ROOT / "src").rglob("*.py"))
        if "migrations" not in path.parts
    ]


def only_move_assigns_status(source: Source) -> Iterator[Finding]:
    """A status changes by `kernel.transitions.move` alone; a new row may start with one."""
    path = str(source.path)
    if not path.startswith(CONTROL) or path == f"{CONTROL}kernel/transitions.py":
        return
    for node in ast.walk(source.tree):
        for line in _status_writes(node):
            yield Finding(source.path, line, "a status is written outside kernel.transitions.move")


def _status_writes(node: ast.AST) -> Iterator[int]:
    if isinstance(node, ast.Attribute) and node.attr == "status":
        if isinstance(node.ctx, ast.Store | ast.Del):
            yield node.lineno
    elif isinstance(node, ast.Constant) and isinstance(node.value, str):
        if SQL_STATUS.search(node.value):
            yield node.lineno
    elif isinstance(node, ast.Call):
        name = node.func.attr if isinstance(node.func, ast.Attribute) else ""
        if isinstance(node.func, ast.Name):
            name = node.func.id
        named = {keyword.arg for keyword in node.keywords}
        words = {
            inner.value
            for argument in (*node.args, *(keyword.value for keyword in node.keywords))
            for inner in ast.walk(argument)
            if isinstance(inner, ast.Constant)
        }
        by_keyword = name in {"update", "aupdate"} and "status" in named
        by_word = (
            name in {"setattr", "bulk_update", "abulk_update", "update_or_create", "bulk_create"}
            or (name in {"save", "asave"} and "update_fields" in named)
        ) and "status" in words
        by_dict = name in {"update", "aupdate"} and any(
            keyword.arg is None and "status" in words for keyword in node.keywords
        )
        if by_keyword or by_word or by_dict:
            yield node.lineno


def only_config_reads_environment(source: Source) -> Iterator[Finding]:
    """The environment is read in `control/config.py` alone; a default may be set for Django."""
    if str(source.path) == f"{CONTROL}config.py":
        return
    names = {"environ", "environb", "getenv", "getenvb"}
    tree = source.tree
    only_set = {
        statement.value.func.value
        for statement in ast.walk(tree)
        if isinstance(statement, ast.Expr)
        and isinstance(statement.value, ast.Call)
        and isinstance(statement.value.func, ast.Attribute)
        and statement.value.func.attr == "setdefault"
    }
    for node in ast.walk(tree):
        if node in only_set or not isinstance(node, ast.Attribute | ast.ImportFrom):
            continue
        is_attribute = (
            isinstance(node, ast.Attribute)
            and node.attr in names
            and isinstance(node.value, ast.Name)
            and node.value.id == "os"
        )
        is_import = (
            isinstance(node, ast.ImportFrom)
            and node.module == "os"
            and any(alias.name in names for alias in node.names)
        )
        if is_attribute or is_import:
            yield Finding(source.path, node.lineno, "the environment is read outside config.py")


def contexts_keep_their_rooms(source: Source) -> Iterator[Finding]:
    """Of another context only `PUBLIC_ROOMS` are imported; delivery also mounts `api` and `wire`.

    A model may be named as a type: domain objects are handed around, only their writer is private.
    """
    rooms = PUBLIC_ROOMS | {"api", "wire"} if source.context == "delivery" else PUBLIC_ROOMS
    as_types = _lines_for_types(source)
    for line, module in _imports(source):
        parts = module.split(".")
        if line in as_types:
            continue
        if parts[:2] != ["guazai", "control"] or len(parts) < 4:
            continue
        context, room = parts[2], parts[3]
        if context == source.context or context in COMMON_GROUND or context == "delivery":
            continue  # layers of import-linter hold who may import delivery
        is_public = room in rooms or (context, room) in VOCABULARY
        if not (is_public if source.context else room not in PRIVATE_ROOMS):
            yield Finding(source.path, line, f"{context}.{room} is private to {context}")


def only_api_knows_http(source: Source) -> Iterator[Finding]:
    """Actions, queries, models and states of a context never see a request or an answer."""
    if not source.context or source.path.name not in HTTP_FREE_ROOMS:
        return
    for line, module in _imports(source):
        if any(module == package or module.startswith(f"{package}.") for package in HTTP_PACKAGES):
            yield Finding(source.path, line, f"{module} in {source.path.name}: HTTP is api.py's")


def files_are_short(source: Source) -> Iterator[Finding]:
    """A file is one room: at most `LONGEST_FILE` lines."""
    lines = source.text.count("\n")
    if lines > LONGEST_FILE:
        yield Finding(source.path, lines, f"{lines} lines, at most {LONGEST_FILE}")


def _lines_for_types(source: Source) -> set[int]:
    """The lines under `if TYPE_CHECKING:`, which never run."""
    return {
        inner.lineno
        for node in ast.walk(source.tree)
        if isinstance(node, ast.If)
        and isinstance(node.test, ast.Name)
        and node.test.id == "TYPE_CHECKING"
        for inner in ast.walk(node)
        if isinstance(inner, ast.stmt)
    }


def _imports(source: Source) -> Iterator[tuple[int, str]]:
    """Every module imported, `from a import b` as a.b, relative ones made absolute."""
    package = source.path.with_suffix("").parts[1:-1]
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield node.lineno, alias.name
        elif isinstance(node, ast.ImportFrom):
            above = package[: len(package) - node.level + 1] if node.level else ()
            base = ".".join((*above, *([node.module] if node.module else [])))
            for alias in node.names:
                yield node.lineno, f"{base}.{alias.name}"


RULES: tuple[Rule, ...] = (
    only_move_assigns_status,
    only_config_reads_environment,
    contexts_keep_their_rooms,
    only_api_knows_http,
    files_are_short,
)
