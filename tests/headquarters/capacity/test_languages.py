"""The answer and its charts in any language that is there, none of it left in another one."""

from __future__ import annotations

from xml.etree import ElementTree as ET

import pytest

from headquarters.capacity.charts import day_chart, devices_chart
from headquarters.capacity.phrases import lines
from headquarters.capacity.planning import Plan, plan
from tests.headquarters.capacity.days import small
from tests.words.pseudo import PSEUDO, english, foreign, pseudo_languages, write_pseudo
from words.languages import Languages
from words.text import ENGLISH, PERSIAN


@pytest.fixture(scope="module")
def languages(tmp_path_factory: pytest.TempPathFactory) -> Languages:
    return pseudo_languages(write_pseudo(tmp_path_factory.mktemp("languages")))


@pytest.fixture(scope="module", params=[(None, None), (1, 1)], ids=["enough", "too few"])
def found(request: pytest.FixtureRequest) -> Plan:
    return plan(small(60, *request.param))


def shown(found: Plan, languages: Languages, language: str) -> list[str]:
    t = languages.speaker(PSEUDO if language == "qps" else PERSIAN)
    charts = [chart(found, t, "x").root for chart in (devices_chart, day_chart)]
    return [*lines(found, t), *(text for chart in charts for text in chart.itertext())]


def test_nothing_is_left_in_another_language(found: Plan, languages: Languages) -> None:
    texts = shown(found, languages, "qps")
    assert len(texts) > 40
    # The command that repeats the answer stands in an isolate in lines, and bare in charts.
    assert foreign(texts, ["--seed 1 --replications 10"]) == set()


def test_nothing_is_left_in_english(found: Plan, languages: Languages) -> None:
    assert english(shown(found, languages, "fa"), ["--seed 1 --replications 10"]) == set()


def test_charts_are_mirrored_and_described(found: Plan, languages: Languages) -> None:
    def at(language: str) -> list[float]:
        t = languages.speaker(ENGLISH if language == "en" else PERSIAN)
        root = ET.fromstring(devices_chart(found, t, "x").document())
        return [
            float(x.attrib["x"]) + (float(x.attrib["width"]) if language == "fa" else 0)
            for x in root.findall("{*}rect")
        ]

    assert at("en") == pytest.approx([900 - x for x in at("fa")], abs=0.05)
    description = devices_chart(found, languages.speaker(ENGLISH), "x").root.findtext("desc")
    assert description
    assert "--seed 1" in description
