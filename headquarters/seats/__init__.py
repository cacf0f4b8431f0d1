"""Allocate seats: from votes per group to elected persons, every step explained.

model.py       groups, parameters (every unsettled reading is a named one), the result
wording.py     what each question and each reading means, in Persian and English
apportion.py   votes of contenders → seats: quota, left-over seats, taking back, averages
lot.py         ties, drawn from a published seed; anybody can repeat a draw
allocate.py    who takes part, their seats, persons and reserves
vacancies.py   who follows a member who leaves
steps.py       what happened, as values; sentences.py says them, explain.py puts them in order
text.py        numbers, names and codes as each language writes them
compare.py     what other readings would give, who would gain or lose
votes_file.py  votes as CSV or JSON, from anybody
report/        pages and charts

votes ─ allocate ─→ Allocation (groups, steps) ─ explain ─→ text, JSON, page
      └ compare ──→ SeatComparison (alternatives, outcomes) ──┘
"""
