"""Make operators' cards from one table: PIN letters, certificates for the cards' own keys, and losses.

    operators.csv                number,role,branch,district      two cards for each role and branch at least
    card-requests/<number>.csr   what the card itself signed: PKCS #10, PEM or DER
    operators/<number>.der       the certificate; .pem beside it goes onto the card
    reserves/<district>/<number>.der     of a reserve, whose line has a district and no branch
    lost-cards.json              numbers that are never used again

A number is a person's at headquarters alone; the certificate, which becomes public, has nothing else. The
key is made in the card and never leaves it. The same command is given again as requests come in: what is
there stays. A branch, a district and the country are lines of the same table.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import timedelta
from itertools import pairwise
from pathlib import Path
from typing import Annotated, Final, Literal

from annotated_types import MaxLen
from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.types import CertificatePublicKeyTypes
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.x509.oid import NameOID

from crypto.certificates import MAX_CERTIFICATE_SIZE, OperatorCardKey, read_subject, valid_from
from crypto.strict_json import read_json
from drivers.file_system import keeps_old_blocks
from election.acts import RESERVE
from election.definition import BranchId, Role
from election.errors import ManifestError
from election.fields import Pattern
from election.files import PUBLIC, read_file, replace_file, write_new
from election.roles import ROLES
from headquarters.authority import AuthorityError, Issuer, Validity, issue_operator
from headquarters.candidate_files import MAX_SIZE, numbered
from headquarters.registering import OPERATORS_FOLDER, RESERVES_FOLDER
from headquarters.typed import plain, spelled
from headquarters.workspace import ElectionFolder, FolderError, load_plan
from words.message import Code, Items, Latin, Message, m

REQUESTS_FOLDER: Final = "card-requests"
LOST_FILE: Final = "lost-cards.json"
BEFORE: Final = timedelta(days=60)
"""How long before the polls a card serves: devices are loaded and tried by cards."""
AFTER: Final = timedelta(days=30)
"""How long after the polls a card still serves: what is closed late is closed by cards."""
LETTER: Final = m(
    "For the holder of this card alone. Tell nobody the PIN; the second half of this letter, the PUK, "
    "stays sealed in the branch's bag and opens a card whose PIN was typed wrongly three times."
)
_MEMORY: Final = frozenset({"tmpfs", "ramfs"})
_MAX_REQUEST: Final = 16 * 1024
_RSA_SIZES: Final = frozenset({2048, 3072})
_CURVES: Final = frozenset({"secp256r1", "secp384r1"})


@dataclass(frozen=True, slots=True)
class OperatorRow:
    """A line of operators.csv."""

    number: Annotated[str, Pattern("[0-9]{1,12}")]
    role: Literal["officer", "supervisor"]
    branch: Annotated[str, Pattern("([A-Za-z0-9][A-Za-z0-9-]{0,31})?")]
    district: Annotated[str, MaxLen(64), Pattern(r"([^/\x00.][^/\x00]*)?")]


@dataclass(frozen=True, slots=True)
class CardsMade:
    """State of the table after a run."""

    made: tuple[str, ...]
    """Numbers whose certificate was issued now."""
    there: tuple[str, ...]
    waiting: tuple[str, ...]
    """Numbers without a request."""
    lost: tuple[str, ...]
    letters: int
    """PIN letters written now."""
    told: tuple[Message, ...]


def as_plain(made: CardsMade) -> dict[str, object]:
    """Give the state for JSON."""
    return {**asdict(made), "told": [str(line) for line in made.told]}


def lines(made: CardsMade) -> tuple[Message, ...]:
    """Say the state for people."""
    waiting = Items(tuple(map(Latin, made.waiting)))
    return (
        m(
            "{made} certificates made now, {there} were there, {letters} PIN letters",
            made=len(made.made),
            there=len(made.there),
            letters=made.letters,
        ),
        *made.told,
        *((m("no request yet: {numbers}", numbers=waiting),) if made.waiting else ()),
    )


def read_operators(data: bytes, folder: ElectionFolder, name: str) -> Sequence[OperatorRow]:
    """Read the table and compare it with the plan. Raises `ManifestError`, `FolderError`."""
    branches = {branch.id: branch.district for branch in load_plan(folder).branches}
    districts = tuple(dict.fromkeys(branches.values()))
    rows = [
        replace(row, district=spelled(row.district, districts) or row.district)
        for _, row in numbered(OperatorRow, data, name, tidy=_tidy)
    ]
    seen: set[str] = set()
    for row in rows:
        if row.number in seen:
            raise ManifestError.of("{name}: two lines have {number}", name=name, number=row.number)
        seen.add(row.number)
        if bool(row.branch) == bool(row.district):
            raise ManifestError.of(
                "{name}: {number}: name a branch, or for a reserve a district",
                name=name,
                number=row.number,
            )
        if row.branch and BranchId(row.branch) not in branches:
            raise ManifestError.of(
                "{name}: {number}: there is no branch {branch} in election.toml",
                name=name,
                number=row.number,
                branch=Latin(row.branch),
            )
        if row.district and row.district not in districts:
            raise ManifestError.of(
                "{name}: {number}: no branch is in the district {district}",
                name=name,
                number=row.number,
                district=row.district,
            )
    return rows


def write_letters(
    rows: Iterable[OperatorRow], letters: Path, lost: Sequence[str], text: str
) -> int:
    """Write a letter with PIN and PUK for each number that has none, once; how many.

    `text`: what stands before the secrets. Print the letters, seal them, and empty the folder: it should
    be in memory. Secrets are drawn here and kept nowhere else.
    """
    letters.mkdir(mode=0o700, parents=True, exist_ok=True)
    written = 0
    for row in rows:
        path = letters / f"{row.number}.txt"
        if path.exists() or row.number in lost:
            continue
        pin, puk = _digits(6), _digits(8)
        where = row.branch or row.district
        lines = [text, f"{row.number}  {row.role}  {where}", f"PIN {pin}", f"PUK {puk}", ""]
        write_new(path, "\n".join(lines).encode())
        written += 1
    return written


def where_kept(letters: Path) -> tuple[Message, ...]:
    """Tell if the folder of the letters is not in memory: a disk keeps what was removed from it."""
    if keeps_old_blocks(letters) in _MEMORY:
        return ()
    return (
        m("{folder} is not in memory: PIN letters can be found on its disk later", folder=letters),
    )


def make_cards(
    folder: ElectionFolder, rows: Sequence[OperatorRow], issuer: Issuer, letters: int = 0
) -> CardsMade:
    """Issue a certificate for each number that has a request and none yet. Raises `ElectionError`."""
    _check_open(folder)
    plan = load_plan(folder)
    # A card is judged as of when it begins (`election.register`), and its issuer must be valid then.
    begins = max(plan.opens - BEFORE, valid_from(issuer.root))
    validity = Validity(begins, plan.closes + AFTER)
    lost = lost_numbers(folder)
    made, there, waiting = [], [], []
    keys: dict[bytes, str] = {}
    for row in rows:
        if row.number in lost:
            _take_out(folder, row)  # what a power cut left
            continue
        request = _request(folder.path / REQUESTS_FOLDER, row.number)
        if request is None:
            waiting.append(row.number)
            continue
        key = _card_key(request, row.number)
        _check_once(keys, key, row.number)
        target = _place(folder, row)
        if target.exists():
            _check_same(target, row, key)
            there.append(row.number)
            continue
        certificate = issue_operator(
            issuer,
            row.number,
            key,
            role=Role(row.role),
            branch=BranchId(row.branch) if row.branch else None,
            validity=validity,
        )
        target.parent.mkdir(parents=True, exist_ok=True)
        pem = x509.load_der_x509_certificate(certificate).public_bytes(Encoding.PEM)
        # The register is made of the .der files: the card's copy comes first.
        replace_file(target.with_suffix(".pem"), pem, PUBLIC)
        write_new(target, certificate, PUBLIC)
        made.append(row.number)
    told = tuple(_too_few(rows, lost))
    return CardsMade(tuple(made), tuple(there), tuple(waiting), tuple(lost), letters, told)


def declare_lost(folder: ElectionFolder, rows: Sequence[OperatorRow], number: str) -> None:
    """Take a card out before the register is made: its number never serves again.

    Its certificate moves out of what is registered. After the register two offices rule on it
    (`amin election rule --revoke`). Raises `FolderError`, `ManifestError`.
    """
    _check_open(folder)
    row = next((each for each in rows if each.number == number), None)
    if row is None:
        raise ManifestError.of("the table has no card {number}", number=Code(number))
    lost = sorted({*lost_numbers(folder), number})
    replace_file(folder.path / LOST_FILE, json.dumps(lost).encode() + b"\n", PUBLIC)
    _take_out(folder, row)


def lost_numbers(folder: ElectionFolder) -> tuple[str, ...]:
    """Read which numbers are lost. Raises `FolderError` for a damaged file."""
    path = folder.path / LOST_FILE
    if not path.exists():
        return ()
    found = read_json(read_file(path, MAX_SIZE))
    if not isinstance(found, list) or not all(isinstance(each, str) for each in found):
        raise FolderError.of("{path} is damaged: restore it", path=path)
    return tuple(str(each) for each in found)


def _check_open(folder: ElectionFolder) -> None:
    if folder.register.exists():
        raise FolderError(
            m(
                "{register} is made: no card is added after it; one that is lost is revoked with "
                "amin election rule --revoke",
                register=folder.register,
            )
        )


def _tidy(column: str, cell: str) -> str:
    return cell if column == "district" else plain(cell)


def _place(folder: ElectionFolder, row: OperatorRow) -> Path:
    if row.branch:
        return folder.path / OPERATORS_FOLDER / f"{row.number}.der"
    return folder.path / RESERVES_FOLDER / row.district / f"{row.number}.der"


def _take_out(folder: ElectionFolder, row: OperatorRow) -> None:
    place = _place(folder, row)
    for path in (place, place.with_suffix(".pem")):
        path.unlink(missing_ok=True)


def _check_same(target: Path, row: OperatorRow, key: OperatorCardKey) -> None:
    """Refuse a line or a request that changed after its certificate: the card would serve nobody."""
    certificate = read_file(target, MAX_CERTIFICATE_SIZE)
    found = read_subject(certificate)
    issued = x509.load_der_x509_certificate(certificate).public_key()
    wanted = (row.role, row.branch or RESERVE, _raw(key))
    if (found.role, found.branch, _raw(issued)) != wanted:
        raise AuthorityError.of(
            "{number} has a certificate for another key, role or branch: declare it lost, and write a "
            "new line",
            number=Code(row.number),
        )


def _raw(key: CertificatePublicKeyTypes) -> bytes:
    return key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


def _request(folder: Path, number: str) -> x509.CertificateSigningRequest | None:
    path = folder / f"{number}.csr"
    if not path.exists():
        return None
    data = read_file(path, _MAX_REQUEST)
    load = x509.load_pem_x509_csr if data.lstrip().startswith(b"-----") else x509.load_der_x509_csr
    try:
        request = load(data)
        signed = request.is_signature_valid
    except (ValueError, UnsupportedAlgorithm, InvalidSignature) as error:
        raise AuthorityError.of("{name} is no certificate request", name=path.name) from error
    if not signed:
        raise AuthorityError.of(
            "{name}: the card did not sign this request: make it again with the card",
            name=path.name,
        )
    return request


def _card_key(request: x509.CertificateSigningRequest, number: str) -> OperatorCardKey:
    names = request.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
    if [name.value for name in names] != [number]:
        raise AuthorityError.of(
            "{number}.csr was made for another name: the card asks for its own number",
            number=Code(number),
        )
    match request.public_key():
        case rsa.RSAPublicKey() as key if key.key_size in _RSA_SIZES:
            return key
        case ec.EllipticCurvePublicKey() as key if key.curve.name in _CURVES:
            return key
    raise AuthorityError.of(
        "{number}.csr: the key has to be ECCP256, ECCP384 or RSA2048", number=Code(number)
    )


def _check_once(keys: dict[bytes, str], key: OperatorCardKey, number: str) -> None:
    """Refuse one key under two numbers: two roles in one hand."""
    first = keys.setdefault(_raw(key), number)
    if first != number:
        raise AuthorityError.of(
            "{first} and {number} are one key: a card serves one number only",
            first=Code(first),
            number=Code(number),
        )


def _too_few(rows: Sequence[OperatorRow], lost: Sequence[str]) -> Iterable[Message]:
    """Tell where one lost card would stop a branch."""
    there: dict[tuple[str, str], int] = {}
    for row in rows:
        if row.branch:
            there.setdefault((row.branch, row.role), 0)
            there[row.branch, row.role] += row.number not in lost
    for (branch, role), count in sorted(there.items()):
        if count < 2:
            yield m(
                "branch {branch} has {count} card for the role {role}: make two, one of them sealed",
                branch=Latin(branch),
                count=count,
                role=ROLES[Role(role)],
            )


def _digits(count: int) -> str:
    """Draw a PIN that nobody guesses first: not all digits alike, not a row."""
    while True:
        drawn = "".join(secrets.choice("0123456789") for _ in range(count))
        steps = {int(b) - int(a) for a, b in pairwise(drawn)}
        if steps not in ({0}, {1}, {-1}):
            return drawn
