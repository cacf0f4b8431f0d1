"""What headquarters puts into a package about identity documents, and what it does not sign."""

from __future__ import annotations

import json
import unicodedata
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Literal

import pytest
from click.testing import Result
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from drivers.smartcard.exempt import Exempt
from drivers.smartcard.policy import fingerprint
from drivers.smartcard.profile import profile_text
from election.errors import ManifestError
from election.trusted import ExceptionRow, Trusted
from election.trusted_digest import trusted_digest
from headquarters.documents import check_trusted, trusted_of, warnings_of
from headquarters.election_config import PlanFile, plan_template, read_plan
from tests.card_issuers import CountryIssuer
from tests.cases.documents.kit import Country, Says
from tests.cases.documents.test_authorities import with_sha1
from tests.headquarters.unlocking import run_election

DAY = date(2031, 3, 4)
OPENS = datetime(2031, 3, 4, 4, 30, tzinfo=UTC)
NOW = OPENS - timedelta(days=30)
OWN = CountryIssuer.create("Own", NOW)


def plan(*changes: tuple[str, str], rehearsal: bool = False) -> PlanFile:
    text = plan_template("Mf4VPQhYzYqYyL", "انتخابات", DAY, rehearsal=rehearsal)
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    return read_plan(text.encode())


def exceptions(*rows: tuple[str, str, date]) -> tuple[str, str]:
    """A change of the plan: a table of exceptions."""
    tables = "".join(
        f'[[documents.exceptions]]\nwhom = "{whom}"\nwhat = "{what}"\nuntil = {until}\nreason = "x"\n'
        for whom, what, until in rows
    )
    return "[seats]", f"{tables}[seats]"


def folder(place: Path, **files: bytes) -> Path:
    """A folder of documents; `__` in a name stands for the dot."""
    made = place / "documents"
    made.mkdir(exist_ok=True)
    for name, data in files.items():
        (made / name.replace("__", ".")).write_bytes(data)
    return made


def der(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(Encoding.DER)


GOOD = {"a__cer": OWN.authority_der, "a__crl": OWN.revocation_list(NOW, days=40)}


def judged(made: PlanFile, documents: Path) -> str:
    """What is wrong; empty if a package is made."""
    try:
        check_trusted(made, trusted_of(made, documents.parent, documents))
    except ManifestError as error:
        return str(error)
    return ""


def test_a_good_folder_and_an_empty_one(tmp_path: Path) -> None:
    assert "no authority is there" in judged(plan(), tmp_path / "nowhere")
    assert "no current revocation list" in judged(plan(), tmp_path / "nowhere")
    assert judged(plan(), folder(tmp_path, **GOOD)) == ""


@pytest.mark.parametrize("written", ["NFC", "NFD"])
@pytest.mark.parametrize("kept", ["NFC", "NFD"])
def test_a_profile_is_found_however_its_name_is_encoded(
    tmp_path: Path, written: Literal["NFC", "NFD"], kept: Literal["NFC", "NFD"]
) -> None:
    """A Mac's file names are decomposed; `آ` of a plan is one character."""
    name = "آزمون.toml"
    (tmp_path / unicodedata.normalize(kept, name)).write_text(profile_text("standard"), "utf-8")
    made = plan(
        ('profiles = ["standard"]', f'profiles = ["{unicodedata.normalize(written, name)}"]')
    )
    assert trusted_of(made, tmp_path, tmp_path / "nowhere").profiles == (profile_text("standard"),)


def test_a_rehearsal_does_without_and_says_so(tmp_path: Path) -> None:
    made = plan(rehearsal=True)
    assert judged(made, tmp_path / "nowhere") == ""
    rules = check_trusted(made, trusted_of(made, tmp_path, tmp_path / "nowhere"))
    assert len(warnings_of(rules)) == 2
    assert not rules.policy.require_revocation
    real = check_trusted(plan(), trusted_of(plan(), tmp_path, folder(tmp_path, **GOOD)))
    assert warnings_of(real) == ()
    assert real.policy.require_revocation


FOREIGN = Country("XX")
OTHER = CountryIssuer.create("Own", NOW)
BAD: dict[str, tuple[dict[str, bytes], str]] = {
    "no list": ({"a__crl": b""}, "a.crl"),
    "list ends before the polls close": (
        {"a__crl": OWN.revocation_list(NOW, days=30)},
        "before the polls close",
    ),
    "list is over": ({"a__crl": OWN.revocation_list(NOW, days=3)}, "no current revocation list"),
    "list begins after the opening": (
        {"a__crl": OWN.revocation_list(OPENS + timedelta(hours=1))},
        "no current revocation list",
    ),
    "list of a namesake": (
        {"a__crl": OTHER.revocation_list(NOW, days=40)},
        "no authority here signed",
    ),
    "authority of another state": ({"b__cer": FOREIGN.der}, "are not accepted"),
    "authority that denies": (
        {"b__cer": der(Country().authority(Says.NO, Says.YES))},
        "not the certificate of an authority",
    ),
    "a signer instead of an authority": (
        {"b__cer": der(OWN.signer)},
        "not the certificate of an authority",
    ),
    "authority that is over": (
        {"b__cer": CountryIssuer.create("Old", NOW - timedelta(days=365 * 16)).authority_der},
        "not valid on the day",
    ),
    "a file of another kind": ({"b__exe": b"x"}, "b.exe"),
    "nonsense": ({"b__cer": b"x"}, "b.cer"),
}


@pytest.mark.parametrize("name", BAD)
def test_no_package_is_made(tmp_path: Path, name: str) -> None:
    """Whatever lies in the folder is used, or refused with its reason: nothing is left out in silence."""
    files, why = BAD[name]
    assert why in judged(plan(), folder(tmp_path, **{**GOOD, **files}))
    assert judged(plan(rehearsal=True), folder(tmp_path)) != "", "nor for a rehearsal"


LAST = DAY + timedelta(days=1)


@pytest.mark.parametrize(
    ("row", "why"),
    [
        (("IRN", "no-revocation-list", LAST), ""),
        (("IRN", "no-revocation-list", DAY), ""),
        (("IRN", "no-revocation-list", DAY - timedelta(days=1)), "it ends before the day"),
        (("UTO", "no-revocation-list", LAST), "no profile accepts documents of"),
        (("IRN", "expired-document", LAST), "no current revocation list"),
        (("ab" * 32, "denying-authority", LAST), "it names an authority that is not there"),
    ],
)
def test_rows(tmp_path: Path, row: tuple[str, str, date], why: str) -> None:
    """A row lets through what it names, for whom it names, as long as it says."""
    documents = folder(tmp_path, a__cer=OWN.authority_der)
    found = judged(plan(exceptions(row)), documents)
    assert why in found
    assert bool(found) == bool(why)


@pytest.mark.parametrize("what", ["revocation", "", "Expired-document"])
def test_unknown_rows_are_refused(what: str) -> None:
    with pytest.raises(ManifestError, match="exceptions"):
        plan(exceptions(("IRN", what, LAST)))


def test_an_authority_that_denies_by_row(tmp_path: Path) -> None:
    country = Country()
    denying = country.authority(Says.NO, Says.YES)
    files = {**GOOD, "b__cer": der(denying)}
    # Made a few years before the day.
    found = judged(
        plan(exceptions((fingerprint(denying), "denying-authority", LAST))),
        folder(tmp_path, **files),
    )
    assert found == ""


@pytest.mark.parametrize(
    ("old", "new", "why"),
    [
        ('["standard"]', "[]", "name at least one family"),
        ('["standard"]', '["nobody"]', "nobody"),
        ('["standard"]', '["mine.toml"]', "mine.toml"),
        ('["standard"]', '["standard", "standard"]', "twice"),
        ('["standard"]', '["standard", "icao"]', "what is printed"),
        ('["standard"]', '["standard"]\nfloors = { rsa_bits = 3072, curve_bits = 384 }', ""),
    ],
)
def test_profiles(tmp_path: Path, old: str, new: str, why: str) -> None:
    found = judged(plan((f"profiles = {old}", f"profiles = {new}")), folder(tmp_path, **GOOD))
    assert why in found
    assert bool(found) == bool(why)


def own_family(
    place: Path, states: str = '{ IRN = "IR" }', codes: str = '["P"]'
) -> tuple[str, str]:
    """A family of cards beside the standard one; the change of the plan that names both."""
    text = profile_text("standard").replace('name = "standard"', 'name = "mine"')
    text = text.replace('{ IRN = "IR" }', states).replace('["I", "ID"]', codes)
    (place / "mine.toml").write_text(text, encoding="utf-8")
    return '["standard"]', '["standard", "mine.toml"]'


@pytest.mark.parametrize(
    ("states", "why"),
    [
        ('{ IRN = "XX" }', "two countries for one state"),
        ('{ XOM = "IR", IRN = "XX" }', "two countries for one state"),
        ('{ IRN = "IR", XOM = "IR" }', ""),
    ],
)
def test_a_state_has_one_country_in_all_families(tmp_path: Path, states: str, why: str) -> None:
    """Else the documents of one family could be signed by the other's country."""
    found = judged(plan(own_family(tmp_path, states)), folder(tmp_path, **GOOD))
    assert why in found
    assert bool(found) == bool(why)


@pytest.mark.parametrize(
    ("codes", "why"),
    [
        ('["P", "PP"]', ""),
        ('["I"]', "standard and mine"),
        ('["P", "ID"]', "standard and mine"),
        ('["I", "ID"]', "standard and mine"),
    ],
)
def test_no_document_is_of_two_families(tmp_path: Path, codes: str, why: str) -> None:
    """A national card that a passport's family takes, too, would be read without its fingers."""
    found = judged(plan(own_family(tmp_path, codes=codes)), folder(tmp_path, **GOOD))
    assert why in found
    assert bool(found) == bool(why)
    elsewhere = own_family(tmp_path, '{ XOM = "IR" }', codes)
    assert judged(plan(elsewhere), folder(tmp_path, **GOOD)) == ""


@pytest.mark.parametrize("order", ['["icao", "moc"]', '["moc", "icao"]'])
def test_families_that_come_with_the_program_and_read_one_document(
    tmp_path: Path, order: str
) -> None:
    found = judged(plan(('["standard"]', order)), folder(tmp_path, **GOOD))
    assert "one document could be of both" in found


@pytest.mark.parametrize("state", ["IRN", "XOM"])
def test_a_row_for_either_state_of_one_country(tmp_path: Path, state: str) -> None:
    """Devices take a row of any state whose certificates have the country; so does the package."""
    families = own_family(tmp_path, '{ IRN = "IR", XOM = "IR" }')
    documents = folder(tmp_path, a__cer=OWN.authority_der)
    rows = exceptions((state, "no-revocation-list", LAST))
    assert judged(plan(families, rows), documents) == ""
    assert "no current revocation list" in judged(plan(families), documents)


@pytest.mark.parametrize("floors", ["rsa_bits = 1024", "curve_bits = 192", "hash = 1"])
def test_floors_are_never_lowered(floors: str) -> None:
    with pytest.raises(ManifestError, match="floors"):
        plan(('["standard"]', f'["standard"]\nfloors = {{ {floors} }}'))


def test_the_digest_changes_with_every_part() -> None:
    row = ExceptionRow("IRN", Exempt.PURPOSE, DAY, "x")
    base = Trusted(("p",), (b"a",), (b"l",), exceptions=(row,))
    others = (
        replace(base, profiles=("q",)),
        replace(base, authorities=(b"b",)),
        replace(base, authorities=()),
        replace(base, revocation_lists=(b"m",)),
        replace(base, floors=replace(base.floors, rsa_bits=3072)),
        *(
            replace(base, exceptions=(changed,))
            for changed in (
                replace(row, whom="UTO"),
                replace(row, what=Exempt.CONTENT_TYPE),
                replace(row, until=LAST),
                replace(row, reason="y"),
            )
        ),
        replace(base, exceptions=()),
    )
    digests = {trusted_digest(each) for each in (base, *others)}
    digests |= {trusted_digest(base, [b"m"]), trusted_digest(base, [b"m", b"n"])}
    assert len(digests) == len(others) + 3
    assert trusted_digest(base, [b"m", b"n"]) == trusted_digest(base, [b"n", b"m"])


# ---------------------------------------------------------------- one state's part of a master list


@pytest.fixture
def begun(tmp_path: Path) -> Path:
    place = tmp_path / "election"
    place.mkdir()
    text = plan_template("Mf4VPQhYzYqYyL", "انتخابات", DAY, rehearsal=False)
    (place / "election.toml").write_text(text, encoding="utf-8")
    return place


def add(begun: Path, *arguments: str | Path, **files: bytes) -> Result:
    paths = []
    for name, data in files.items():
        path = begun.parent / name.replace("__", ".")
        path.write_bytes(data)
        paths.append(path)
    return run_election("add-authorities", begun, *paths, *arguments)


def test_one_state_out_of_a_list_of_many(begun: Path) -> None:
    """What is kept, and why all the others are not."""
    abroad = CountryIssuer.create("Abroad", NOW)
    successor = OWN.renewed("Own, renewed", NOW)
    assert successor.link is not None
    own, weak = Country(), Country()
    denying = Country().authority(Says.NO, Says.YES)
    old = CountryIssuer.create("Old", NOW - timedelta(days=365 * 16)).authority
    members = [
        OWN.authority,
        successor.link,
        own.ca,
        x509.load_der_x509_certificate(with_sha1(weak.ca, weak.ca_key)),
        denying,
        old,
        FOREIGN.ca,
        Country("YY").ca,
        Country("YY").ca,
    ]
    listed = abroad.master_list(members, NOW)
    told = add(begun, "--yes", world__ml=listed)
    assert told.exit_code == 0, told.output
    kept = {path.name for path in (begun / "documents").iterdir()}
    expected = {fingerprint(x)[:16] + ".cer" for x in (OWN.authority, successor.link, own.ca)}
    assert kept == expected
    for certificate, why in (
        (members[3], "the certificate's hash is too weak"),
        (denying, "denies to be an authority"),
        (old, "not valid on the day"),
    ):
        assert fingerprint(certificate) in told.output
        assert why in told.output
    assert "3 of other countries" in told.output
    assert "XX 1, YY 2" in told.output
    assert "no issuer was given" in told.output
    assert "a link" in told.output

    again = add(begun, "--yes", world__ml=listed)
    assert again.exit_code == 2
    assert "there already" in again.output


@pytest.mark.parametrize("issuer", ["right", "wrong", "none"])
def test_who_signed_the_list_is_said(begun: Path, issuer: str) -> None:
    abroad = CountryIssuer.create("Abroad", NOW)
    other = CountryIssuer.create("Abroad", NOW)
    path = begun.parent / "issuer.pem.cer"
    path.write_bytes((abroad if issuer == "right" else other).authority_der)
    given = () if issuer == "none" else ("--issuer", path)
    told = add(begun, "--yes", *given, world__ml=abroad.master_list([OWN.authority], NOW))
    assert told.exit_code == 0
    assert ("confirmed by its issuer" in told.output) == (issuer == "right")


def test_nothing_is_kept_before_somebody_has_compared(begun: Path) -> None:
    told = run_election("add-authorities", begun, _file(begun, OWN.authority_der))
    assert told.exit_code != 0
    assert not (begun / "documents").exists()


def _file(begun: Path, data: bytes) -> Path:
    path = begun.parent / "one.cer"
    path.write_bytes(data)
    return path


def test_lists_are_taken_if_an_authority_signed_them(begun: Path) -> None:
    assert add(begun, "--yes", a__cer=OWN.authority_der).exit_code == 0
    good, foreign = OWN.revocation_list(NOW, [7], days=40), OTHER.revocation_list(NOW, [7])
    told = add(begun, "--yes", "--json", good__crl=good, bad__crl=foreign)
    assert told.exit_code == 0, told.output
    answer = json.loads(told.stdout)
    assert (answer["lists"], len(answer["left_out"])) == (1, 1)
    assert "no authority here signed this list" in answer["left_out"][0]
    made = read_plan((begun / "election.toml").read_bytes())
    assert judged(made, begun / "documents") == ""


@pytest.mark.parametrize(
    "file", [{"a__ml": b"x"}, {"a__cer": b"x"}, {"a__crl": b"x"}, {"a__txt": b"x"}, {"a__ml": b""}]
)
def test_a_file_that_cannot_be_read_is_named(begun: Path, file: dict[str, bytes]) -> None:
    told = add(begun, "--yes", **file)
    assert told.exit_code == 2
    assert next(iter(file)).replace("__", ".") in told.output


def test_an_altered_list_is_refused(begun: Path) -> None:
    listed = CountryIssuer.create("Abroad", NOW).master_list([OWN.authority], NOW)
    at = listed.index(OWN.authority_der) + 300
    altered = listed[:at] + bytes((listed[at] ^ 1,)) + listed[at + 1 :]
    told = add(begun, "--yes", world__ml=altered)
    assert told.exit_code == 2
    assert not (begun / "documents").exists()


@pytest.mark.parametrize(("state", "status"), [("IRN", 0), ("UTO", 2), ("IR", 2)])
def test_the_state_is_one_that_the_profiles_accept(begun: Path, state: str, status: int) -> None:
    told = add(begun, "--yes", "--state", state, a__cer=OWN.authority_der)
    assert told.exit_code == status
