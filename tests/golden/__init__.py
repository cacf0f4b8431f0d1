"""Golden bytes: the formats of everything that travels, held by stored files.

    vault       fixed keys; signatures and sealed bytes that cannot be computed a second time
    people      keys and certificates of headquarters, two branches and the reconciliation office
    ceremonies  two key ceremonies with fixed random numbers
    day         an election with four ballots, a challenge and two provisional check-ins
    documents   every document: how it is written, how it is read, what it says
    mutate      structural changes of a decoded document, and the exact bounds of its parts
    readers     every document's reader over changed content, signed anew
    make        writes tests/vectors/golden again (`python -m tests.golden.make`)

A folder `tests/vectors/golden/NAME` holds a document's files; `signed.txt` has a line for each
signature made while it was written (key, context, message), and `NAME.txt` beside a CBOR file shows
its content. `refusals/NAME.json` is the table of changes and what the reader says to each.

A changed format is meant to show here. Bump its version, run `make`, and read the difference:
signatures over unchanged messages keep their bytes, so nothing else is in it.
"""
