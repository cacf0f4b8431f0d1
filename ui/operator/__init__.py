"""Operator console, shown by a device while an operator card is inserted.

`panel.OperatorPanel` covers the window of either device. What can be touched, by objectName:
`pin-0`…`pin-9`, `pin-erase`, `pin-clear`, `pin-ok`, `act-<value>`, `confirm-yes`, `confirm-no`, `cancel`,
`message-ok`, `view-checks`, `view-report`, `settings` and what it opens (`ui.widgets.settings`).
What can be read: `state`, `note`, `operator`, `digest`, `check-<n>`, `report`, `message`, `tries-left`.
"""
