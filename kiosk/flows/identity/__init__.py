"""Decide what the identity station does, from a person's card to a one-time ballot authorization.

    Closed ⇄ Idle → ReadingCard → Fingerprint(try n) ⇄ FingerFailed
              ▲ └ ▶ AwaitingAccess ⇄ │ │       └→ Overriding (officer, then supervisor) ─┐
              │         └→ Refused ←─┴─┤                     └→ Refused                  │
              └── Done ← WritingAuthorization ← ClaimingBallot ←─────────────────────────┘

Cards that open only with what is printed on them wait in AwaitingAccess until it is typed or scanned;
if the card does not open with it, it is asked for again. The card's holder is checked while the card is read:
authentic, no copy, of age, entitled to a ballot style. Where the card compares fingers itself, the same
tries are made on it, and its own counter is heeded.
A pure function as in `kiosk.flows.ballot`. A person's data live in `CardHolder`, in memory only.
"""
