"""The page of metrics says of each what the code does, and names no other."""

import re

from opentelemetry.metrics import NoOpMeterProvider

from telic.adapters.opentelemetry.instruments import METRICS, Instruments, Metric
from telic.kernel.snapshot import Status
from telic.runtime.claims import IntentState
from tests.docs.test_pages import ROOT

PAGE = (ROOT / "docs/reference/metrics.md").read_text(encoding="utf-8")


def rows(section):
    text = PAGE.split(f"\n## {section}\n")[1].split("\n## ")[0]
    return [
        [cell.strip() for cell in line.strip("|").split("|")] for line in re.findall(r"^\| `.*$", text, re.MULTILINE)
    ]


class Written(NoOpMeterProvider):
    """Notes which instruments are made."""

    def __init__(self):
        self.made = []

    def __getattr__(self, name):
        return lambda *made: self.made.append((name, *made))


def test_the_page_says_of_each_metric_what_the_code_says():
    told = [
        Metric(name.strip("`"), kind, unit.strip("`"), tuple(re.findall(r"`([^`]+)`", attributes)), what)
        for name, kind, unit, attributes, what in rows("Metrics")
    ]
    assert told == list(METRICS.values())


def test_the_instruments_are_those_of_the_list():
    meter = Written()
    Instruments(meter)
    how = {"counter": "create_counter", "histogram": "create_histogram", "gauge": "create_observable_gauge"}
    made = {(kind, name, *rest[-2:]) for kind, name, *rest in meter.made}
    assert made == {(how[one.kind], one.name, one.unit, one.what) for one in METRICS.values()}


def test_the_page_explains_each_attribute_and_its_values():
    told = {name.strip("`"): values for name, values in rows("Attributes")}
    assert set(told) == {attribute for one in METRICS.values() for attribute in one.attributes}
    assert re.findall(r"`([^`]+)`", told["telic.status"]) == [str(one) for one in Status]
    standing = [re.findall(r"`([^`]+)`", part)[0] for part in told["telic.standing"].split("; ")]
    assert sorted(standing) == sorted(one.name.lower() for one in IntentState)
