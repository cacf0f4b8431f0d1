"""Allocate seats: from votes per group to elected persons, every step explained.

readings.py    the questions that the law leaves open, and the readings that answer them
model.py       groups, parameters (an answer to every question), the result
apportion.py   votes of contenders → seats: quota, left-over seats, taking back, averages
lot.py         ties, drawn from a published seed; anybody can repeat a draw
allocate.py    who takes part, their seats, persons and reserves
vacancies.py   who follows a member who leaves
steps.py       what happened, as values that say themselves; explain.py puts them in order
phrases.py     votes, seats, shares and names, as sentences, tables and charts share them
compare.py     what other readings would give, who would gain or lose; verdict.py says it
plain.py       allocations and comparisons for JSON
votes_file.py  votes as CSV or JSON, from anybody
report/        pages and charts

votes ─ allocate ─→ Allocation (groups, steps) ─ explain ─→ text, JSON, page
      └ compare ──→ SeatComparison (alternatives, outcomes) ──┘
"""
