"""Handle the election package: one signed file from headquarters to every device.

envelope.py   the file: write, verify, open
wire.py       its content: an `election.definition.Election` and portraits
manifest.py   does the definition contradict itself?
"""

from election.package.envelope import (
    Expected,
    LoadedPackage,
    PackageCheck,
    encode_package,
    open_package,
    open_sent_package,
)

__all__ = [
    "Expected",
    "LoadedPackage",
    "PackageCheck",
    "encode_package",
    "open_package",
    "open_sent_package",
]
