"""Do the templates keep to their rules? Nothing unescaped, nothing inline, nothing untranslated, nothing left over."""

from __future__ import annotations

import re
from collections.abc import Iterator

from flask import Flask
from jinja2 import nodes

from tests.policy.templates import HOLE, PARSER, Template, templates
from tests.policy.tree import APP, listed

BASES = {"layouts/base.html", "layouts/exam.html", "layouts/step.html"}

MARKUP = ("safe", "Markup")

DATA_SCRIPTS = ("application/json",)

SPOKEN_ATTRIBUTES = ("alt", "aria-label", "aria-description", "content", "label", "placeholder", "title", "value")

NOT_SPOKEN = {
    "meta": "content",  # names and numbers for the browser, but see its description
    "input": "value",
    "option": "value",
}

SAME_IN_EVERY_LANGUAGE = {
    "Synaq": "the name of the engine",
    "A−": "sign of the button that makes the text smaller",
    "A+": "sign of the button that makes the text larger",
}
"""Words outside of ``_()``, each with its reason."""

LETTERS = re.compile(r"[^\W\d_]{2,}|[^\W\d_][−+]")

ID_SUFFIX = re.compile(r"-[a-z]+(?:-[a-z]+)*")


def parsed(template: Template) -> nodes.Template:
    return PARSER.parse(template.source, filename=str(template.path))


def test_there_are_templates() -> None:
    assert sum(template.is_page for template in templates()) > 1, "no template was found: are they in app/templates?"


def test_nothing_is_marked_as_safe() -> None:
    unsafe = [
        f"{template.name}:{node.lineno}"
        for template in templates()
        for node in parsed(template).find_all((nodes.Filter, nodes.Name, nodes.ScopedEvalContextModifier))
        if getattr(node, "name", "") in MARKUP or isinstance(node, nodes.EvalContextModifier)
    ]

    assert not unsafe, f"let the template escape; build markup in the template, not in a string:{listed(unsafe)}"


def test_no_script_is_inline() -> None:
    inline = [
        f"{template.name}:{tag.line}"
        for template in templates()
        for tag in template.elements().tags
        if tag.name == "script" and not tag.attributes.get("src") and tag.attributes.get("type") not in DATA_SCRIPTS
    ]

    assert not inline, (
        f"move the code to a module below app/static/js; hand data over in data- attributes:{listed(inline)}"
    )


def test_no_style_is_inline() -> None:
    inline = [
        f"{template.name}:{tag.line}: <{tag.name}>"
        for template in templates()
        for tag in template.elements().tags
        if tag.name == "style" or "style" in tag.attributes
    ]

    assert not inline, f"move it to app/static/css: the content security policy refuses it here:{listed(inline)}"


def test_no_element_carries_a_handler() -> None:
    handlers = [
        f"{template.name}:{tag.line}: <{tag.name} {name}>"
        for template in templates()
        for tag in template.elements().tags
        for name in tag.attributes
        if re.fullmatch(r"on[a-z]+", name)
    ]

    assert not handlers, f"listen in a module below app/static/js: the policy refuses handlers here:{listed(handlers)}"


def test_every_import_is_used() -> None:
    unused = [f"{template.name}: {name}" for template in templates() for name in sorted(unused_imports(template))]

    assert not unused, f"take these imports out:{listed(unused)}"


def test_every_page_extends_the_base() -> None:
    loose = [
        template.name
        for template in templates()
        if template.is_page and not BASES & extended(template) and not holds_only_macros(template)
    ]

    assert not loose, (
        f'begin with {{% extends "layouts/base.html" %}}, or move shared parts to components/:{listed(loose)}'
    )


def test_every_word_can_be_translated() -> None:
    foreign = [
        f"{template.name}:{line}: {words!r}" for template in templates() for line, words in untranslated(template)
    ]

    assert not foreign, f"put words into _(…); see SAME_IN_EVERY_LANGUAGE for the few others:{listed(foreign)}"


def test_no_template_is_left_over() -> None:
    sources = [path.read_text(encoding="utf-8") for path in APP.rglob("*.py")]
    sources += [template.source for template in templates()]
    used = set(re.findall(r"""["']([a-z_]+/[a-z_]+\.(?:html|txt))["']""", "\n".join(sources)))

    left = sorted(
        template.name for template in templates() if template.name not in used and template.path.suffix == ".html"
    )
    absent = sorted(used - {template.name for template in templates()})
    assert not left, f"nothing renders, extends or imports these; take them out:{listed(left)}"
    assert not absent, f"these are named and are not there:{listed(absent)}"


def test_every_address_leads_to_a_route_and_every_file_is_there(app: Flask) -> None:
    astray = []
    for template in templates():
        for call in parsed(template).find_all(nodes.Call):
            if not (isinstance(call.node, nodes.Name) and call.node.name == "url_for"):
                continue
            endpoint = call.args[0].value if call.args and isinstance(call.args[0], nodes.Const) else None
            named = {given.key: given.value.value for given in call.kwargs if isinstance(given.value, nodes.Const)}
            if endpoint is not None and endpoint not in app.view_functions:
                astray.append(f"{template.name}:{call.lineno}: {endpoint}")
            if endpoint == "static" and "filename" in named and not (APP / "static" / named["filename"]).is_file():
                astray.append(f"{template.name}:{call.lineno}: static/{named['filename']}")

    assert not astray, f"correct the endpoint or the file name:{listed(astray)}"


def unused_imports(template: Template) -> set[str]:
    tree = parsed(template)
    brought = {alias(name) for node in tree.find_all(nodes.FromImport) for name in node.names}
    brought |= {node.target for node in tree.find_all(nodes.Import)}
    return brought - {node.name for node in tree.find_all(nodes.Name) if node.ctx == "load"}


def alias(name: str | tuple[str, str]) -> str:
    return name if isinstance(name, str) else name[1]


def extended(template: Template) -> set[str]:
    return {
        node.template.value
        for node in parsed(template).find_all(nodes.Extends)
        if isinstance(node.template, nodes.Const)
    }


def holds_only_macros(template: Template) -> bool:
    return all(
        isinstance(node, nodes.Macro | nodes.Import | nodes.FromImport | nodes.Assign) or is_blank(node)
        for node in parsed(template).body
    )


def is_blank(node: nodes.Node) -> bool:
    return isinstance(node, nodes.Output) and all(
        isinstance(part, nodes.TemplateData) and not part.data.strip() for part in node.nodes
    )


def untranslated(template: Template) -> Iterator[tuple[int, str]]:
    """Return words that stand in the template itself, as text or in an attribute that is shown or read out."""
    if template.path.suffix == ".txt":
        spoken = list(enumerate(template.plain().splitlines(), 1))
    else:
        elements = template.elements()
        spoken = elements.words + [
            (tag.line, value)
            for tag in elements.tags
            for name, value in tag.attributes.items()
            if value and name in SPOKEN_ATTRIBUTES and NOT_SPOKEN.get(tag.name) != name
        ]
    for line, words in spoken:
        for part in re.split(f"[\n·{HOLE}]", words):
            said = part.strip()
            if LETTERS.search(said) and said not in SAME_IN_EVERY_LANGUAGE and not ID_SUFFIX.fullmatch(said):
                yield line, said
