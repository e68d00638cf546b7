"""One table says who may do what, and every route says what it needs."""

from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.routing import iter_route_contexts
from starlette.routing import Mount

from api.access.gate import is_open
from api.access.roles import MAY, MEANING, Caller, Needs
from api.access.terms import PERMISSIONS, ROLES
from api.app import create_app
from api.settings import Settings

NEEDED = {
    ("GET", "/"): None,
    ("GET", "/healthz"): None,
    ("GET", "/readyz"): None,
    ("GET", "/metrics"): "watch",
    ("GET", "/openapi.json"): "look",
    ("GET", "/v1/alerts"): "alert",
    ("GET", "/v1/calls/{call_id:path}"): "history",
    ("GET", "/v1/follow-ups"): "follow",
    ("GET", "/v1/mode"): "look",
    ("GET", "/v1/policy"): "look",
    ("GET", "/v1/schema"): "look",
    ("GET", "/v1/team/{call_id:path}"): "team",
    ("POST", "/v1/alerts/{alert_id}/acknowledgement"): "alert",
    ("POST", "/v1/decisions"): "decide",
    ("POST", "/v1/eido"): "suggest",
    ("POST", "/v1/follow-ups"): "report",
    ("POST", "/v1/outcomes"): "report",
    ("POST", "/v1/suggest"): "suggest",
    ("POST", "/v1/units"): "decide",
    ("PUT", "/v1/mode"): "switch",
    ("WEBSOCKET", "/v1/live"): "suggest",
}
"""What each route needs; None: nothing. A new route is entered here, with what it is worth."""


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> FastAPI:
    return create_app(Settings(data_dir=tmp_path_factory.mktemp("empty"), record=False))


def routes(app: FastAPI) -> dict[tuple[str, str], list[Any]]:
    """Every route of the application, and what its dependencies ask for."""
    found = {}
    for route in iter_route_contexts(app.routes):
        if isinstance(route.original_route, Mount):
            assert route.path == "/console"  # its files are open
            continue
        asked = [each.call for each in route.dependant.dependencies if isinstance(each.call, Needs)]
        for method in sorted((route.methods or {"WEBSOCKET"}) - {"HEAD"}):
            found[method, route.path] = asked
    return found


def test_every_route_states_what_it_needs_and_only_once(app):
    for (method, path), asked in routes(app).items():
        assert len(asked) == 1, f"{method} {path} must state `needs(...)` or `anyone()`"


def test_what_the_routes_need_is_what_this_page_says(app):
    assert {route: asked[0].permission for route, asked in routes(app).items()} == NEEDED


def test_the_gate_is_open_just_where_a_route_asks_for_nothing(app):
    for (_, path), asked in routes(app).items():
        assert is_open(path) == (asked[0].permission is None), path


@pytest.mark.parametrize("path", ["/console", "/console/", "/console/app.js"])
def test_the_consoles_files_are_open(path):
    assert is_open(path)


@pytest.mark.parametrize("path", ["", "//", "/consoles", "/healthz/", "/v1/suggest", "/HEALTHZ"])
def test_nothing_else_is(path):
    assert not is_open(path)


def test_every_permission_has_a_meaning_and_somebody_who_has_it():
    assert set(MEANING) == set(PERMISSIONS)
    assert set(MAY) == set(ROLES)
    assert set().union(*MAY.values()) == set(PERMISSIONS)


@pytest.mark.parametrize(
    ("role", "may_not"),
    [
        ("telecommunicator", {"history", "switch", "watch", "team", "follow"}),
        ("clinician", {"suggest", "decide", "history", "switch", "watch"}),
        ("supervisor", {"switch"}),
        ("data_scientist", {"decide", "report", "follow", "alert", "team", "history", "switch"}),
        ("admin", {"suggest", "decide", "report", "follow", "alert", "team", "history"}),
        ("monitor", set(PERMISSIONS) - {"watch"}),
    ],
)
def test_a_role_has_no_more_than_it_needs(role, may_not):
    assert set(PERMISSIONS) - MAY[role] == may_not


def test_who_holds_several_roles_is_recorded_by_the_one_that_allowed_it():
    both = Caller(id="pat", roles=("telecommunicator", "admin"), via="token")

    assert both.actor("suggest").role == "telecommunicator"
    assert both.actor("switch").role == "admin"
    assert not both.may("history")


BODIES = {
    "/v1/mode": {"mode": "live"},
    "/v1/suggest": {"note": "male asleep in lobby"},
    "/v1/eido": {"notesComponent": [{"notesActionComments": "male asleep in lobby"}]},
    "/v1/decisions": {"call_id": "24-1", "action": "accepted"},
    "/v1/outcomes": {"call_id": "24-1"},
    "/v1/units": {"call_id": "24-1", "units": ["CRT"]},
    "/v1/follow-ups": {"call_id": "24-1"},
}


@pytest.mark.parametrize("role", [None, *ROLES])
def test_every_route_is_answered_to_every_role_as_the_table_says(role, guarded):
    service = guarded(record=True)
    headers = {} if role is None else service.key(role)
    for (method, path), permission in NEEDED.items():
        if method == "WEBSOCKET":  # its handshake is held to the same in test_live
            continue
        filled = path.replace("{call_id:path}", "24-1").replace("{alert_id}", "none")
        answer = service.client.request(
            method, filled, json=BODIES.get(path, {}), headers=headers, follow_redirects=False
        )
        if permission is None:
            allowed = True
        elif role is None:
            assert answer.status_code == 401, (method, path)
            continue
        else:
            allowed = permission in MAY[role]
        assert (answer.status_code != 403) == allowed, (method, path, answer.text)
        assert answer.status_code not in (401, 405, 429, 500), (method, path, answer.text)


def test_a_refusal_says_who_may(guarded):
    service = guarded()
    answer = service.client.post("/v1/suggest", json={"note": "x"}, headers=service.key("monitor"))

    assert answer.status_code == 403
    assert answer.headers["content-type"] == "application/problem+json"
    assert "A monitor may not have a note read" in answer.json()["detail"]
    assert "telecommunicator" in answer.json()["detail"]
