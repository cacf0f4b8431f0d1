"""Screen of the identity station: the voter at the table, the next step, and the state of the devices.

    ┌ mode banner ───────────────────────────────────────────────┐
    │ ┌ band: the state in one word, and the time left ┐ ┌ rail ┐ │
    │ │ page: photo and facts beside the guidance      │ │ clock│ │
    │ │                                                │ │ lamps│ │
    │ │ foot: the acts that are possible now           │ │ sums │ │
    │ └────────────────────────────────────────────────┘ └──────┘ │
    └────────────────────────────────────────────────────────────┘

`window.IdentityWindow` holds it all; the operator console (`ui.operator`) takes its place while an
operator card is in. A person's data live in one page and go with it.

What can be touched, by objectName: `access-0`…`access-9`, `access-erase`, `access-clear`, `access-open`,
`access-way`, `access-give-up`, `zone-number|birth|expiry`, `zone-key-<letter>`, `zone-erase`, `zone-open`,
`try-again`, `override`, `reason-<value>`, `change-reason`, `deny`, `deny-yes`, `deny-no`, `overwrite`,
`pin-0`…`pin-9`, `pin-clear`, `pin-erase`, `pin-ok`, `settings`, `language-<value>`, `size-<value>`,
`theme-<value>`, `settings-close`.
What can be read: `state`, `why`, `todo`, `time-left`, `holder-name`, `lamp-<key>`, `counter-<key>`.
"""
