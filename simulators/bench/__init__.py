"""Device bench: a window where a person operates the simulated hardware of the day and sees it.

`protocol` says what is driven, `window.BenchWindow` shows it. What can be touched, by objectName:
`step-<key>`, `steps-up`, `steps-down`, `shelf-people|operators|cards`, `card-<key>`, `tray-back`,
`tray-next`, `slot-<slot>`, `cable-<cable>`, `sensor`, `touch-right|wrong|wet`, `lift`, `printer`,
`ups`, `scanner`, `more-<cable>`, `fault-<name>`, `sheet-touch-<how>`, `scan-text`, `scan`,
`sheet-close`, `strip-close`, `language`, `tour`, `tour-next`, `tour-skip`.
"""
