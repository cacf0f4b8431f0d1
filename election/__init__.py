"""The documents that travel between headquarters and devices: definition, package, token, records, bundle.

Here stands how a document is written, read and verified; what a device does with it stands in `kiosk`,
what headquarters does with it in `headquarters`.
"""
