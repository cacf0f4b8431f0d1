"""Define the documents that headquarters and devices exchange: package, token, records, bundle.

This room says how a document is written, read and verified. `kiosk` says what a device does with
it, `headquarters` what headquarters does with it.
"""
