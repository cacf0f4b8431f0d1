"""Lead from encrypted ballots to the published result, one pure step per person who has to act.

    admit ballots ─▶ tally ─▶ shuffle (each trustee in turn) ─▶ decrypt (each trustee) ─▶ result ─▶ archive

What travels between the machines of the trustees are the very bytes that the archive will hold.
"""
