"""Report a drill: lines for the terminal, one JSON object, and a page to print and sign."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from html import escape

from simulators.demo.exercises import PAR_S, Score
from words.message import Code
from words.speaker import Speaker

_STYLE = """@page { size: A4; margin: 16mm }
body { font: 11pt/1.6 Vazirmatn, sans-serif; margin: 0 auto; max-width: 180mm; color: #000 }
table { border-collapse: collapse; width: 100% } tr { break-inside: avoid }
th, td { border: 1px solid #000; padding: 2mm; text-align: start; vertical-align: top }"""


def is_passed(scores: Sequence[Score]) -> bool:
    """Tell whether every exercise was passed, and there was one."""
    return bool(scores) and all(each.passed for each in scores)


def as_json(scores: Sequence[Score], who: str, seed: int) -> Mapping[str, object]:
    """Return the report for JSON."""
    return {
        "who": who,
        "seed": seed,
        "passed": is_passed(scores),
        "exercises": [
            {
                "incident": each.incident.value,
                "code": each.incident.row.code,
                "percent": each.percent,
                "passed": each.passed,
                "seconds": round(each.seconds, 1),
                "wrong": each.wrong,
                "steps": [
                    {"step": x.step.name.lower(), "tries": x.tries, "seconds": round(x.seconds, 1)}
                    for x in each.answered
                ],
            }
            for each in scores
        ],
    }


def lines(scores: Sequence[Score], t: Speaker) -> Iterator[str]:
    """Yield the report as lines of text."""
    for each in scores:
        yield t(
            "{code}  {percent} %, {seconds} s, {wrong} wrong: {verdict}",
            code=Code(each.incident.row.code),
            percent=each.percent,
            seconds=round(each.seconds),
            wrong=each.wrong,
            verdict=t("passed") if each.passed else t("to be repeated"),
        )
        if not each.passed:
            yield f"     {t(each.incident.row.cause)}"
            yield f"     {t(each.incident.row.remedy)}"
    yield t("The drill is passed.") if is_passed(scores) else t("The drill is to be repeated.")


def page(scores: Sequence[Score], who: str, when: datetime, seed: int, t: Speaker) -> str:
    """Return the report as a page that needs no other file."""
    heads = (t("Code"), t("Incident"), t("Steps"), t("Result"))
    rows = "\n".join(
        "<tr>" + "".join(f"<td>{cell}</td>" for cell in _cells(each, t)) + "</tr>"
        for each in scores
    )
    last = t("The drill is passed.") if is_passed(scores) else t("The drill is to be repeated.")
    said = (
        t("Who: {who}", who=who or "……………"),
        t("On {day} at {time}; drawn with the number {seed}", day=when.date(), time=when, seed=seed),
        t("A step right at once counts two, at the second try one; the time counts two below "
          "{par} seconds a step.", par=round(PAR_S)),
    )  # fmt: skip
    title = t("Drill: what to do when a device stops")
    return f"""<!doctype html>
<html lang="{t.language}" dir="{"rtl" if t.right_to_left else "ltr"}"><head><meta charset="utf-8">
<title>{escape(title)}</title><style>
{_STYLE}
</style></head><body><h1>{escape(title)}</h1>
{"".join(f"<p>{escape(line)}</p>" for line in said)}
<table><thead><tr>{"".join(f"<th>{escape(head)}</th>" for head in heads)}</tr></thead><tbody>
{rows}
</tbody></table><p><b>{escape(last)}</b></p>
<p>{escape(t("Signature of who led the drill:"))} ……………………</p></body></html>
"""


def _cells(score: Score, t: Speaker) -> tuple[str, ...]:
    steps = "<br>".join(
        escape(
            t(
                "{step}: try {tries}, {seconds} s",
                step=t(each.step.value),
                tries=each.tries,
                seconds=round(each.seconds),
            )
        )
        for each in score.answered
    )
    verdict = t("passed") if score.passed else t("to be repeated")
    return (
        escape(t.code(score.incident.row.code)),
        escape(t(score.incident.row.cause)),
        steps,
        escape(f"{t('{percent} %', percent=score.percent)} · {verdict}"),
    )
