"""The ballot terminal's flow: from a voter's card to a recorded vote.

    Closed ⇄ Idle → CheckingCard → Preferences → Marking ⇄ Review → Sealing → CastOrChallenge
              ▲          └→ Refused                          ▲                  │         │
              │                                              │       Recording ←┘         └→ Spoiling
              └── Recorded | NotRecorded ←─────────────────────────── ┘                        │
                                                             └───────── Challenged ←───────────┘

`Helping` and `Inactive` interrupt any state that waits for the voter, and return to it; a card
pulled before casting leads to `Abandoned`; a missing device to `OutOfService`.

A pure function: `step(state, event) -> Step(state, effects)`. No input or output, no clock: time is
the event `Tick`. The runtime carries out the effects and posts their results back as events. A result
that no longer fits the state (the voter pulled the card meanwhile) is dropped, except the outcome of
recording, which is always shown.
"""
