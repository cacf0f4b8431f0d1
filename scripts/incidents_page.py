"""Write docs/incidents.md and docs/incidents.fa.md from the table of `election.incidents`.

`python -m scripts.incidents_page` after a row was changed; `tests/docs/test_incidents.py` compares.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

from election.incidents import INCIDENTS
from words.languages import installed
from words.message import Code
from words.text import ENGLISH, Language

_DOCS: Final = Path(__file__).parents[1] / "docs"
PERSIAN: Final = Language("fa")
PAGES: Final = {ENGLISH: _DOCS / "incidents.md", PERSIAN: _DOCS / "incidents.fa.md"}
_HEADS: Final = {
    ENGLISH: """\
# When a device stops: codes and what to do

[فارسی](incidents.fa.md)

A device that is out of service, or an export that was not done, shows a **code of three digits**. Say it on
the telephone digit by digit. The last digit checks the other two (ISO/IEC 7064, MOD 11-2): if a digit was
misheard, or two were exchanged, there is no such code, and it has to be said again.

Whatever it is: a vote whose screen said *recorded* is on the device's memories. Leave them in unless the
line says otherwise. A voter whose screen did not say so keeps a good card.

Closing and exporting are possible in every state. **If nothing helps**: take the second memory out, put it
into a bag, note the seal's number, and hand it over to headquarters. What the device had recorded is told
there by its log:

```
amin operator log verify terminal-1.audit.jsonl --register register.json
```

## The codes

| code | word in the log | what it is | what to do | who | the votes |
|---|---|---|---|---|---|
""",
    PERSIAN: """\
<div dir="rtl">

# وقتی دستگاهی می‌ایستد: کدها و آنچه باید کرد

[English](incidents.md)

دستگاهی که از کار افتاده یا خروجی‌ای که انجام نشده است **کدی سه‌رقمی** نشان می‌دهد. آن را در تلفن رقم به رقم
بگویید. رقم آخر دو رقم دیگر را می‌سنجد (`ISO/IEC 7064, MOD 11-2`): اگر رقمی اشتباه شنیده شود یا جای دو رقم
عوض شود چنین کدی نیست و باید دوباره گفته شود.

هرچه باشد: رأیی که صفحه گفت *ثبت شد* در حافظه‌های دستگاه است. آن‌ها را بیرون نیاورید، مگر آنکه سطر آن چیز دیگری
بگوید. رأی‌دهنده‌ای که صفحه‌اش چنین نگفت کارت معتبری دارد.

پایان دادن و خروجی گرفتن در همهٔ حالت‌ها شدنی است. **اگر هیچ‌چیز کمک نکرد**: حافظهٔ دوم را بیرون بیاورید، در کیسه
بگذارید، شمارهٔ پلمب را یادداشت کنید و به ستاد تحویل دهید.
آنچه دستگاه ثبت کرده بود را آنجا دفتر رویدادهایش می‌گوید:

</div>

```
amin operator log verify terminal-1.audit.jsonl --register register.json
```

<div dir="rtl">

## کدها

| کد | واژه در دفتر | چیست | چه باید کرد | چه کسی | رأی‌ها |
|---|---|---|---|---|---|
""",
}


def page(language: Language) -> str:
    """Return the text of a page."""
    t = installed().speaker(language).without_isolates()
    rows = (
        (
            t("{code}", code=Code(row.code)),
            f"`{incident.value}`",
            *map(t, (row.cause, row.remedy, row.who.value, row.votes.value)),
        )
        for incident, row in INCIDENTS.items()
    )
    table = "".join(f"| {' | '.join(cells)} |\n" for cells in rows)
    return _HEADS[language] + table + ("\n</div>\n" if language == PERSIAN else "")


if __name__ == "__main__":
    for each, path in PAGES.items():
        path.write_text(page(each), encoding="utf-8")
