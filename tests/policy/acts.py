"""Which functions change a table, and which of them tell the log? Read from the source, not run."""

from __future__ import annotations

import ast
import importlib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

RECORDERS = {"record", "enlist"}
HEAD = ("session", "at", "actor", "subject")
"""What every act has beside its facts."""

Function = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True)
class Act:
    """A call of ``record``: its kind and the names of its facts."""

    kind: str
    facts: frozenset[str]
    where: str


@dataclass
class Module:
    """One module of the application."""

    name: str
    tree: ast.Module
    models: Mapping[str, frozenset[str]]
    """The models that count, by class name: the names of their columns."""
    functions: dict[str, Function] = field(init=False)
    imported: dict[str, str] = field(init=False)

    def __post_init__(self) -> None:
        self.functions = {
            node.name: node for node in ast.walk(self.tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        }
        self.imported = {
            alias.asname or alias.name: f"{node.module}.{alias.name}"
            for node in ast.walk(self.tree)
            if isinstance(node, ast.ImportFrom) and node.module
            for alias in node.names
        }

    @property
    def models_here(self) -> dict[str, frozenset[str]]:
        """The models that this module imports, under the names that it gives them."""
        found = {}
        for name, origin in self.imported.items():
            module, _, model = origin.rpartition(".")
            if module.endswith(".models") and model in self.models:
                found[name] = self.models[model]
        return found

    def silent_writers(self) -> Iterator[str]:
        """Name each function that changes a table that counts, and of which the log hears nothing."""
        for name, function in self.functions.items():
            if self.writes(function) and not self.is_told(name):
                yield f"{self.name}.{name}"

    def writes(self, function: Function) -> bool:
        """Say whether a function makes, changes or deletes rows of a model that counts."""
        return any(self._writes(node) for node in ast.walk(function))

    def is_told(self, name: str, asked: frozenset[str] = frozenset()) -> bool:
        """Say whether a function records, or calls one that does; or is private, and each of its callers records."""
        if name in asked:
            return False
        if self._records(name):
            return True
        callers = [caller for caller in self.functions if caller != name and name in self._calls(caller)]
        return name.startswith("_") and bool(callers) and all(self.is_told(each, asked | {name}) for each in callers)

    def acts(self) -> Iterator[Act]:
        """Give every act that the module records.

        Raises:
            ValueError: A kind cannot be read from the source.
        """
        for name, function in self.functions.items():
            for node in ast.walk(function):
                if isinstance(node, ast.Call) and self._is_recorder(node) and node.args:
                    facts = frozenset(word.arg for word in node.keywords if word.arg and word.arg not in HEAD)
                    for kind in self._kinds(node.args[0], name):
                        yield Act(kind=kind, facts=facts, where=f"{self.name}.{name}")

    def _records(self, name: str, asked: frozenset[str] = frozenset()) -> bool:
        if name in asked:
            return False
        nodes = ast.walk(self.functions[name])
        if any(isinstance(node, ast.Call) and self._is_recorder(node) for node in nodes):
            return True
        return any(self._records(called, asked | {name}) for called in self._calls(name))

    def _calls(self, name: str) -> set[str]:
        names = (node.func for node in ast.walk(self.functions[name]) if isinstance(node, ast.Call))
        called = {each.id if isinstance(each, ast.Name) else getattr(each, "attr", "") for each in names}
        return called & self.functions.keys() - {name}

    def _is_recorder(self, call: ast.Call) -> bool:
        match call.func:
            case ast.Attribute(value=ast.Name(id=base), attr=verb) if verb in RECORDERS:
                return self.imported.get(base, "").startswith("app.audit.")
            case ast.Name(id=name):
                origin = self.imported.get(name, f"{self.name}.{name}")
                return origin in {"app.audit.service.record", "app.audit.writer.enlist"}
        return False

    def _writes(self, node: ast.AST) -> bool:  # noqa: PLR0911  # one line a form
        models = self.models_here
        match node:
            case ast.Constant(value=str(text)):
                return bool(set(_WRITTEN.findall(text)) & {_table(model) for model in self.models})
            case ast.Attribute(ctx=ast.Store(), value=ast.Name(id=base), attr=column):
                return base != "self" and any(column in columns for columns in models.values())
            case ast.Call(func=ast.Name(id=name)) if name in models:
                return True
            case ast.Call(func=ast.Name(id="setattr")):
                return bool(models)
            case ast.Call(func=ast.Attribute(value=ast.Name(id="session"), attr="delete")):
                return bool(models)
            case ast.Call(args=[ast.Name(id=name), *_]):
                return _called(node) in {"insert", "update", "delete"} and name in models
        return False

    def _kinds(self, argument: ast.expr, name: str) -> list[str]:
        match argument:
            case ast.Constant(value=str(kind)):
                return [kind]
            case ast.JoinedStr(values=[ast.Constant(value=str(start)), ast.FormattedValue(value=ast.Name(id=word))]):
                return [start + end for end in self._handed_in(name, word)]
            case ast.Name(id=word):
                found = self._assigned(name, word) or self._constant(word)
                if found:
                    return found
        if self.name == "app.audit.service" and name == "record":
            return []
        raise ValueError(f"{self.name}.{name}: write the kind of the act so that a reader finds it")

    def _handed_in(self, name: str, parameter: str) -> list[str]:
        """Give the texts that callers in this module hand in for a positional parameter."""
        place = [argument.arg for argument in self.functions[name].args.args].index(parameter)
        calls = [node for node in ast.walk(self.tree) if isinstance(node, ast.Call) and _called(node) == name]
        return [call.args[place].value for call in calls if isinstance(call.args[place], ast.Constant)]  # type: ignore[attr-defined]

    def _assigned(self, name: str, word: str) -> list[str]:
        """Give the texts that a function assigns to a local name, alone or in a tuple."""
        found = []
        for node in ast.walk(self.functions[name]):
            if not isinstance(node, ast.Assign):
                continue
            for target in node.targets:
                pairs = [(target, node.value)]
                if isinstance(target, ast.Tuple) and isinstance(node.value, ast.Tuple):
                    pairs = list(zip(target.elts, node.value.elts, strict=True))
                for goal, value in pairs:
                    if isinstance(goal, ast.Name) and goal.id == word and isinstance(value, ast.Constant):
                        found.append(str(value.value))
        return found

    def _constant(self, word: str) -> list[str]:
        module, _, attribute = self.imported.get(word, f"{self.name}.{word}").rpartition(".")
        value = getattr(importlib.import_module(module), attribute, None)
        return [value] if isinstance(value, str) else []


_WRITTEN = re.compile(r"(?:INSERT\s+INTO|UPDATE|DELETE\s+FROM)\s+([a-z_]+)", re.IGNORECASE)


def _table(model: str) -> str:
    return re.sub(r"(?<!^)(?=[A-Z])", "_", model).lower()


def _called(call: ast.Call) -> str:
    return call.func.id if isinstance(call.func, ast.Name) else getattr(call.func, "attr", "")
