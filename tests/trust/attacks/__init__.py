"""Play what somebody could do, on the full publication of a small day, with the verdict it has to get.

`day` makes the day, `publication` a copy of what is published that can be tampered with, and `table` says who
does what and what `amin election verify --number` has to answer.
"""
