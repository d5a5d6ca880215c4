"""S2: a route without a line in the matrix fails the build, and so does a line without a route."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from django.urls import URLPattern, URLResolver, get_resolver

from guazai.control.delivery.http import api
from tests.matrix.table import ROUTES, Route

API = "/api/v1"
#: Served by the API, and no operations of it: its document, and nothing at its root.
NO_OPERATIONS = {("GET", f"{API}/openapi.json"), ("GET", f"{API}/")}
PARAMETER = re.compile(r"<(?:\w+:)?(\w+)>")


def lines(routes: Sequence[Route] = ROUTES, *, are_pages: bool) -> set[tuple[str, str]]:
    """The methods and addresses that the matrix has a line for."""
    prefix = "" if are_pages else API
    return {
        (route.method, prefix + route.path.partition("?")[0])
        for route in routes
        if route.is_page is are_pages
    }


def operations() -> set[tuple[str, str]]:
    """The methods and addresses of the API's document."""
    paths = api.get_openapi_schema()["paths"]
    return {(method.upper(), path) for path, found in paths.items() for method in found}


def addresses(patterns: Sequence[URLPattern | URLResolver], prefix: str = "/") -> Iterator[str]:
    """Every address that Django serves."""
    for each in patterns:
        address = prefix + PARAMETER.sub(r"{\1}", str(each.pattern))
        if isinstance(each, URLResolver):
            yield from addresses(each.url_patterns, address)
        else:
            yield address


def address_of(route: Route) -> str:
    """The method and the path of a line, whatever its query asks for."""
    return route.name.partition("?")[0]


def shape(address: str) -> str:
    """An address, whatever its parameters are called."""
    return re.sub(r"{\w+}", "{}", address)


def test_s2_every_operation_has_a_line() -> None:
    assert lines(are_pages=False) == operations() | NO_OPERATIONS


def test_s2_every_address_has_a_line() -> None:
    served = {shape(address) for address in addresses(get_resolver().url_patterns)}
    known = lines(are_pages=False) | lines(are_pages=True)
    assert {shape(path) for _, path in known} == served


def test_s2_twin_without_a_line_is_missed() -> None:
    for place, route in enumerate(ROUTES):
        others = [*ROUTES[:place], *ROUTES[place + 1 :]]
        is_doubled = any(
            (address_of(route), route.is_page) == (address_of(each), each.is_page)
            for each in others
        )
        is_missed = lines(others, are_pages=route.is_page) != lines(are_pages=route.is_page)
        assert is_missed is not is_doubled
