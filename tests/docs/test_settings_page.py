"""The page of settings names every setting there is, with the default that the code has."""

import inspect
import re
from datetime import datetime, timedelta
from enum import Enum
from importlib import import_module

import pytest

from telic import Intent, Machine, Retry, System, Worker, WorkflowRuntime
from telic.adapters.opentelemetry import Telemetry
from telic.kernel.messages import TTL_SECONDS, Publish
from telic.kernel.rates import Rate
from telic.runtime.happenings import Happened
from telic.runtime.protocols import SystemClock
from telic.shell import Limit, Simulation, shift
from telic.shell.hooks import Hook
from telic.shell.retention import Retention
from telic.shell.schedules import Schedule
from telic.shell.triggers import Trigger
from telic.stores.memory import MemoryStore
from telic.stores.postgres import PostgresDatabase
from telic.stores.sqlite import SqliteDatabase
from telic.verify import Bound
from tests.docs.test_pages import ROOT
from tests.house.tree import modules

PAGE = (ROOT / "docs/reference/settings.md").read_text(encoding="utf-8")
SETTINGS = {
    "Machine": Machine.__init__,
    "Intent": Intent.__init_subclass__,
    "Intent.handled_by": Intent.handled_by,
    "Publish": Publish.__init_subclass__,
    "Retry": Retry,
    "WorkflowRuntime": WorkflowRuntime,
    "WorkflowRuntime.run_step": WorkflowRuntime.run_step,
    "System": System,
    "Worker": Worker,
    "Retention": Retention,
    "Limit": Limit,
    "Rate": Rate,
    "Schedule": Schedule,
    "Trigger": Trigger,
    "Hook": Hook,
    "MemoryStore": MemoryStore,
    "SqliteDatabase": SqliteDatabase,
    "PostgresDatabase": PostgresDatabase,
    "Telemetry": Telemetry,
    "Telemetry.gauges": Telemetry.gauges,
    "Simulation": Simulation,
    "Bound": Bound,
}
UNITS = {"_seconds": "seconds", "days": "days", "_days": "days"}
OTHERS = ["Environment variables", "Limits that are no settings"]


def rows(section):
    text = PAGE.split(f"\n## {section}\n")[1].split("\n## ")[0]
    return [
        [cell.strip() for cell in line.strip("|").split("|")] for line in re.findall(r"^\| `.*$", text, re.MULTILINE)
    ]


def shown(value):
    """A default as the page writes it."""
    match value:
        case timedelta():
            return f"{value.total_seconds():g} s"
        case datetime():
            return value.isoformat()
        case Enum():
            return f"{type(value).__name__}.{value.name}"
        case type():
            return value.__name__
        case Retention() | SystemClock():
            return f"{type(value).__name__}()"
        case tuple() if value == tuple(Happened):
            return "tuple(Happened)"
    return repr(value)


def settings(callable_):
    """The names of what can be set, with the defaults as the page writes them."""
    if callable_ is Rate:  # its `__init__` is Pydantic's
        fields = Rate.model_fields.items()
        return [(name, "" if field.is_required() else f"`{shown(field.default)}`") for name, field in fields]
    found = inspect.signature(callable_).parameters.values()
    return [
        (one.name, "" if one.default is inspect.Parameter.empty else f"`{shown(one.default)}`")
        for one in found
        if one.name != "self"
    ]


def test_the_page_has_a_section_for_each_and_no_other():
    assert re.findall(r"^## (.+)$", PAGE, re.MULTILINE) == [*SETTINGS, *OTHERS]


@pytest.mark.parametrize("section", SETTINGS)
def test_a_section_tells_every_setting_with_its_default(section):
    assert [(name.strip("`"), default) for name, default, _, _ in rows(section)] == settings(SETTINGS[section])


@pytest.mark.parametrize("section", SETTINGS)
def test_a_setting_says_what_it_does_and_a_quantity_names_its_unit(section):
    for name, default, unit, what in rows(section):
        assert what, name
        expected = next((unit for end, unit in UNITS.items() if name.strip("`").endswith(end)), unit)
        assert unit == ("timedelta" if default.endswith(" s`") else expected), name
        is_number = default.strip("`").replace(".", "").isdigit() and name.strip("`") not in {
            "version",
            "seed",
            "factor",
        }
        assert unit or not is_number, name


def test_a_default_that_none_stands_for_is_the_one_of_the_code():
    assert f"{TTL_SECONDS:,.0f}" in {name: what for name, _, _, what in rows("Publish")}["`ttl_seconds`"]
    assert Intent.__priority__ == 0
    assert Retry() == shift._DEFAULT_RETRY


def test_every_variable_that_the_code_reads_is_told_and_no_other():
    texts = {path: path.read_text(encoding="utf-8") for path in modules("src")}
    read = {name for text in texts.values() for name in re.findall(r"[\"'](TELIC_[A-Z_]+)[\"']", text)}
    read |= {
        name for text in texts.values() for name in re.findall(r"[\"']([A-Z_]+)[\"'] (?:not )?in os\.environ", text)
    }
    assert {row[0].strip("`") for row in rows("Environment variables")} == read


def test_limits_have_the_values_of_the_code():
    for name, value, unit, what in rows("Limits that are no settings"):
        module, _, constant = name.strip("`").rpartition(".")
        assert value == f"`{getattr(import_module(module), constant)!r}`", name
        assert unit
        assert what
