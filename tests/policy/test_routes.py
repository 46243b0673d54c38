"""Does every route say who may use it, in an address that travels well?"""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterator

import pytest
from flask import Flask
from werkzeug.routing import Rule

from app.accounts import guards
from app.accounts.rules import Role
from tests.policy.tree import ROOT, listed

PUBLIC = {
    "pages.home": "the first page",
    "pages.healthz": "a load balancer asks it",
    "pages.choose_language": "one reads before one signs in",
    "accounts.sign_in": "the way in",
    "accounts.sign_in_try": "the way in",
    "accounts.forgotten": "who forgot the password cannot sign in",
    "accounts.ask_for_reset": "who forgot the password cannot sign in",
    "accounts.new_password": "the link of the letter is the key",
    "accounts.set_password": "the link of the letter is the key",
    "signature.show": "the way in",
    "signature.text": "what this browser is to have signed; the cookie is the key",
    "signature.sign_in": "the way in; the signature is the key",
    "demonstration.letters": "only in a demonstration that sends nothing; 404 elsewhere",
    "factor.code": "the half session in the cookie is the key: the password was right",
    "factor.take": "the half session in the cookie is the key; tries are counted",
    "invitations.show": "the link of the letter is the key",
    "invitations.accept": "the link of the letter is the key",
    "registration.start": "who has no account yet cannot sign in",
    "registration.begin": "who has no account yet cannot sign in",
    "registration.code": "the token in the cookie is the key",
    "registration.confirm": "the token in the cookie and the code of the letter; tries are counted",
    "registration.send_again": "the token in the cookie is the key; letters are counted",
    "registration.password": "the token in the cookie is the key, once its code is confirmed",
    "registration.complete": "the token in the cookie is the key, once its code is confirmed",
    "registration.done": "says only that a form was sent before",
    "registration.stop": "the token in the cookie is the key; deletes what that browser typed",
    "prospectus.index": "what is asked is everybody's to know",
    "prospectus.show": "what is asked is everybody's to know",
    "prospectus.version": "the rules that a certificate rests on",
    "practice.start": "anybody practises",
    "practice.begin": "anybody practises; runs that are open at once are counted",
    "ceremony.index": "anybody checks a draw",
    "ceremony.show": "anybody checks a draw",
    "ceremony.transcript": "anybody checks a draw, once its secret is revealed",
    "ceremony.verifier": "anybody checks a draw: the program for it",
    "receipts.again": "leads back to the form whoever reloads an answer",
    "receipts.answer": "anybody checks a receipt; a code has 75 bits, so trying codes leads nowhere",
    "receipts.scanned": "anybody checks a receipt: the address of its QR code",
    "receipts.start": "anybody checks a receipt",
    "certificates.root_certificate": "anybody verifies",
    "certificates.status_list": "anybody verifies",
    "certificates.trust_list": "anybody verifies",
    "verification.start": "anybody verifies",
    "verification.scanned": "anybody verifies: the address of the QR code",
    "verification.by_token": "anybody verifies",
    "verification.by_number": "anybody verifies; tries are counted",
    "verification.again": "leads back to the form whoever reloads an answer",
    "witness.checkpoint": "whoever keeps the signed notes of the log keeps it honest",
    "witness.consistency": "hashes alone; shows that the log has only grown",
    "witness.key": "anybody verifies",
}
"""Routes open to everybody, each with its reason."""

OWN_CHECKS = {
    "practice token": "the signed cookie carries the token that began the run; another's looks absent",
    "ready browser": "the signed cookie gives the nonce of the sign-in; the statement compares it",
    "live browser": "the signed cookie carries the live nonce of the sitting",
}
"""Guards by ``guarded_by``: views that check for themselves, each with its reason."""

UNFETCHED: dict[str, str] = {}
"""Pages that no test fetches, each with its reason."""

PARAMETER = re.compile(r"<(?:(?P<converter>[a-z_]+)(?:\(.*?\))?:)?(?P<name>[a-z_]+)>")
SEGMENT = re.compile(r"\.?[a-z0-9]+(?:[-.][a-z0-9]+)*")
UNRESERVED_PATH = re.compile(r"(?:/[A-Za-z0-9._~-]+)+")

EXAM_PATHS = ("/sittings/", "/bookings/")
PLAIN_CONVERTERS = ("uuid", "int")

METHODS_THAT_WRITE = {"POST", "PUT", "PATCH", "DELETE"}


def routes(app: Flask) -> Iterator[Rule]:
    """Return our own routes, not those of the framework."""
    return (rule for rule in app.url_map.iter_rules() if rule.endpoint not in guards.FRAMEWORK_ENDPOINTS)


def guard_of(app: Flask, rule: Rule) -> str | None:
    return getattr(app.view_functions[rule.endpoint], "guard", None)


def test_every_route_declares_a_guard(app: Flask) -> None:
    with app.app_context():
        silent = sorted({rule.endpoint for rule in routes(app) if not guards.declared(rule.endpoint)})

    assert not silent, f"give these views a guard of app.accounts.guards, directly below the route:{listed(silent)}"


def test_every_guard_is_one_that_we_know(app: Flask) -> None:
    roles = {role.value for role in Role}
    strange = {
        f"{rule.endpoint}: {guard}"
        for rule in routes(app)
        if (guard := guard_of(app, rule) or "public") != "public"
        and guard not in OWN_CHECKS
        and not (guard.startswith("role:") and set(guard.removeprefix("role:").split(",")) <= roles)
    }

    assert not strange, f"name the guard with its reason in OWN_CHECKS, or use role_required:{listed(sorted(strange))}"


def test_public_routes_are_exactly_those_listed_here(app: Flask) -> None:
    public = {rule.endpoint for rule in routes(app) if guard_of(app, rule) == "public"}

    new, gone = sorted(public - PUBLIC.keys()), sorted(PUBLIC.keys() - public)
    assert not new, f"open to everybody? Then add it to PUBLIC with the reason, else guard it:{listed(new)}"
    assert not gone, f"these are no longer public; take them out of PUBLIC:{listed(gone)}"


def test_route_without_a_guard_is_closed_to_everybody(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(app.view_functions, "pages.home", lambda: "open")

    assert app.test_client().get("/").status_code == 403, "factory._refuse_unguarded has to refuse an unguarded view"


def test_every_url_parameter_has_a_converter(app: Flask) -> None:
    untyped = [rule.rule for rule in routes(app) if any(not found["converter"] for found in parameters(rule))]

    assert not untyped, f"type the parameters, <uuid:…>, <int:…> or <string:…>:{listed(untyped)}"


def test_every_path_is_kebab_case_of_unreserved_characters(app: Flask) -> None:
    crooked = [
        rule.rule
        for rule in app.url_map.iter_rules()
        if not all(SEGMENT.fullmatch(part) for part in PARAMETER.sub("", rule.rule).split("/") if part)
    ]

    assert not crooked, f"write paths in lower-case ASCII with hyphens, parameters between slashes:{listed(crooked)}"


def test_exam_paths_are_unreserved_ascii_whatever_they_name(app: Flask) -> None:
    exam = [rule for rule in routes(app) if any(path in rule.rule for path in EXAM_PATHS)]
    loose = [
        rule.rule for rule in exam if any(found["converter"] not in PLAIN_CONVERTERS for found in parameters(rule))
    ]
    built = [build(app, rule) for rule in exam]

    assert exam, f"no route lies below {EXAM_PATHS}; name the new place of the exam pages there"
    assert not loose, f"a lockdown browser hashes the address as sent: use <uuid:…> or <int:…> only:{listed(loose)}"
    assert not [path for path in built if not UNRESERVED_PATH.fullmatch(path)], f"not unreserved ASCII:{listed(built)}"


def test_no_route_is_exempt_from_csrf_protection(app: Flask) -> None:
    protection = app.extensions["csrf"]

    exempt = sorted(protection._exempt_views | protection._exempt_blueprints)
    assert not exempt, f"take csrf.exempt away; scripts send the token in the header X-CSRFToken:{listed(exempt)}"
    assert app.config["WTF_CSRF_ENABLED"], "WTF_CSRF_ENABLED has to stay on, in tests too"
    assert app.config["WTF_CSRF_CHECK_DEFAULT"], "WTF_CSRF_CHECK_DEFAULT has to stay on"
    assert set(app.config["WTF_CSRF_METHODS"]) >= METHODS_THAT_WRITE, "WTF_CSRF_METHODS has to hold all that write"


def test_every_post_without_a_token_is_refused(app: Flask) -> None:
    browser = app.test_client()
    taken = [
        f"{method} {path}: {status}"
        for rule in routes(app)
        for method in sorted(METHODS_THAT_WRITE & (rule.methods or set()))
        if (status := browser.open((path := build(app, rule)), method=method).status_code) != 400
    ]

    assert not taken, f"these did not answer 400 to a request without a CSRF token:{listed(taken)}"


def test_every_page_is_fetched_by_some_test(app: Flask) -> None:
    tests = "\n".join(
        path.read_text(encoding="utf-8")
        for path in sorted((ROOT / "tests").rglob("*.py"))
        if "policy" not in path.parts
    )
    pages = [rule for rule in routes(app) if "GET" in (rule.methods or set())]
    unfetched = {rule.endpoint for rule in pages if not is_named(rule, tests)}

    forgotten, fetched = sorted(unfetched - UNFETCHED.keys()), sorted(UNFETCHED.keys() - unfetched)
    assert not forgotten, f"fetch these in a test, or add them to UNFETCHED with a reason:{listed(forgotten)}"
    assert not fetched, f"these are fetched by now; take them out of UNFETCHED:{listed(fetched)}"


def is_named(rule: Rule, tests: str) -> bool:
    """Tell whether the tests name the endpoint, or spell its address out."""
    address = "[^\"'/]+".join(re.escape(part) for part in re.split(r"<[^>]+>", rule.rule))
    return f'"{rule.endpoint}"' in tests or re.search(f"[\"'}}]{address}[\"'?#]", tests) is not None


def parameters(rule: Rule) -> list[re.Match[str]]:
    return list(PARAMETER.finditer(rule.rule))


def build(app: Flask, rule: Rule) -> str:
    """Return an address of the route; what it names is not there."""
    samples = {"uuid": uuid.UUID(int=0), "int": 1, "string": "x", "path": "x"}
    values = {found["name"]: samples[found["converter"]] for found in parameters(rule)}
    return app.url_map.bind("localhost").build(rule.endpoint, values, method=next(iter(rule.methods or ())))
