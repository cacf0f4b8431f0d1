"""The identity station's flow: from a person's card to a one-time ballot authorization.

    Closed ⇄ Idle → ReadingCard → Fingerprint(try n) ⇄ FingerFailed
              ▲         │              │       └→ Overriding (officer, then supervisor) ─┐
              │         └→ Refused ←───┤                     └→ Refused                  │
              └── Done ← WritingAuthorization ← ClaimingBallot ←─────────────────────────┘

The card's holder is checked while the card is read: authentic, of age, entitled to a ballot style.
A pure function as in `kiosk.flows.ballot`. A person's data live in `Holder`, in memory only.
"""
