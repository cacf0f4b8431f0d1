"""The ballot terminal's screens. `BallotWindow` draws the flow's state and sends its events."""
