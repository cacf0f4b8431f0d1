"""Answer stations about voters: one vote per person, in whatever branch a person comes.

    rules       what is answered to a claim, from what is known about the voter      pure
    settling    a batch of requests against what is known: answers and changes       pure
    book        where claims are kept: the seam, and the store in SQLite
    postgres    the store in PostgreSQL
    door        who may ask: register, opening, closing, pace
    service     the same as a web service, over mutual TLS
    processes   several of them, which one core each bounds
    evaluator   the supervision board's half of a voter's pseudonym

A claim only reserves. The registry is the day's filter; the night decides from the stations' signed books and
spent hashes. Nothing here holds a name, a national number, a time, or the order in which people came.
"""
