"""Write the files of a report.

devices.fa.svg … day.en.svg …    the charts in every language, with their font inside
devices.fa.png … day.en.png …    the same as pictures
plan.json                        the plan with everything it was made from
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from functools import partial
from pathlib import Path
from typing import Final

from election.files import PUBLIC, replace_file
from headquarters.capacity.charts import day_chart, devices_chart
from headquarters.capacity.plain import plan_plain
from headquarters.capacity.planning import Plan
from headquarters.seats.report.writing import Fonts, write_charts
from words.speaker import Speaker

_CHARTS: Final = (("devices", devices_chart), ("day", day_chart))


def write_capacity_report(
    folder: Path, plan: Plan, fonts: Fonts, speakers: Iterable[Speaker]
) -> tuple[Path, ...]:
    """Write everything in these languages; return the files. Raises `OSError`, `ReportError`."""
    folder.mkdir(parents=True, exist_ok=True)
    drawn = {name: partial(chart, plan) for name, chart in _CHARTS}
    written = write_charts(folder, drawn, fonts, fonts.css(), speakers)
    document = folder / "plan.json"
    text = json.dumps(plan_plain(plan), ensure_ascii=False, indent=2)
    replace_file(document, f"{text}\n".encode(), PUBLIC)
    return (*written, document)
