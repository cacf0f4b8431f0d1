"""Write what nginx needs to stand in front of a registry or an evaluator: configuration, certificates, key.

    nginx.conf                the configuration of `registry/nginx.conf`, filled in
    tls.pem   tls.key         with what a station expects to see: the office's own certificate
    root.pem                  who of the stations is let in

The folder belongs on a file system in memory: its key is open, for this account and the folder's group.
"""

from __future__ import annotations

import os
import ssl
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from election.errors import ElectionError
from election.files import replace_file
from election.register import PublishedRegister
from registry.running import Keys, is_port
from registry.server import nginx_configuration
from words.message import m

NGINX_FILE: Final = "nginx.conf"
SECONDS: Final = 10
"""A client has so long for its request."""
_GROUP_READS: Final = 0o640
_PLAIN: Final = frozenset("/-_.")


@dataclass(frozen=True, slots=True)
class Front:
    """Where nginx listens, and where it keeps its own files while it runs."""

    nginx: Path
    listen: str
    """Port, or address:port."""
    processes: int = 1
    """Of the service."""


def write_front(folder: Path, published: PublishedRegister, keys: Keys, front: Front) -> None:
    """Write the files into `folder`, which is there; the service listens at `folder`/socket.

    Raises `ElectionError` for what nginx would read as something else, `OSError`.
    """
    if not all(path.is_absolute() and _is_plain(str(path)) for path in (folder, front.nginx)):
        raise ElectionError(m("nginx takes whole paths of letters, digits and -_. alone"))
    host, colon, port = front.listen.rpartition(":")
    if not is_port(port) or not (
        _is_plain(host.strip("[]").replace(":", "")) if colon else not host
    ):
        raise ElectionError(m("say where to listen as a port, or as address:port"))
    files = {
        "tls.pem": ssl.DER_cert_to_PEM_cert(keys.certificate).encode(),
        "tls.key": keys.pair.classical.to_pem(),
        "root.pem": ssl.DER_cert_to_PEM_cert(published.register.root).encode(),
    }
    values = {
        "WORKERS": str(os.cpu_count() or 1),
        "FOLDER": str(front.nginx),
        "SOCKET": str(folder / "socket"),
        "ADDRESS": front.listen,
        "CERTIFICATE": str(folder / "tls.pem"),
        "KEY": str(folder / "tls.key"),
        "ROOT": str(folder / "root.pem"),
        "SECONDS": str(SECONDS),
    }
    files[NGINX_FILE] = nginx_configuration(values, front.processes).encode()
    for name, content in files.items():
        replace_file(folder / name, content)
        (folder / name).chmod(_GROUP_READS)


def _is_plain(text: str) -> bool:
    """Whether nginx reads it as one word and nothing else (no `;`, blank, quote, `$`)."""
    return bool(text) and all(
        letter in _PLAIN or (letter.isascii() and letter.isalnum()) for letter in text
    )
