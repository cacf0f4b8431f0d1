"""Generate the kinds that `test_families` leaves: salts, seeds, lists, states, types, spellings."""

from __future__ import annotations

import string
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import cache
from typing import Final

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from hypothesis import given, settings
from hypothesis import strategies as st

from drivers.errors import DriverError
from drivers.smartcard.evidence import DocumentCheck, DocumentCheckOutcome
from drivers.smartcard.exempt import Exempt
from drivers.smartcard.policy import Exemptions
from drivers.smartcard.trust import CscaStore
from election.persons import typed_number
from tests.card_issuers import CITIZENS, IRAN
from tests.cases.documents.kit import NOW, Country, failed, names, new_key
from tests.cases.documents.test_fields import personal_number
from tests.cases.documents.test_foreign import REVOKED, crl
from tests.cases.documents.test_genuine import pss, spelt_out
from tests.cases.documents.test_order import judged, types, zone

# ------------------------------------------------------------ keys and signatures


@settings(max_examples=25, deadline=None)
@given(salt=st.integers(0, 222), mask=st.sampled_from(["sha1", "sha256", "sha512"]))
def test_any_salt_and_mask(salt: int, mask: str) -> None:
    """Up to the longest that a key of 2048 bits takes; the hash of what is signed may not be SHA-1."""
    assert pss(salt, mask) == []
    assert "algorithms: a hash is too weak" in pss(salt, mask, "sha1")


@settings(max_examples=20, deadline=None)
@given(seed=st.binary(max_size=64), unused=st.integers(0, 7))
def test_any_seed_of_a_curve(seed: bytes, unused: int) -> None:
    """It says how a curve was found, and nothing of the curve; bits that are not used are 0."""
    country = own()
    unused = unused if seed else 0
    seed = (int.from_bytes(seed, "big") >> unused << unused).to_bytes(len(seed), "big")
    signer, ca = (
        spelt_out(made, country.ca_key, unused, seed) for made in (country.signer, country.ca)
    )
    assert failed(country.sod(signer=signer), CscaStore((ca,))) == []


# ------------------------------------------------------------ revocation


@cache
def own() -> Country:
    return Country()


@cache
def successor() -> Country:
    return Country(common="Invented CSCA 2")


@cache
def other() -> Country:
    return Country("XX")


@cache
def stranger() -> ec.EllipticCurvePrivateKey:
    return new_key()


DAYS: Final = 30
"""That a list of `crl` is current."""


@dataclass(frozen=True)
class MadeList:
    """A list: under whose name, by whose key, of which day before, and what is on it."""

    name: int
    key: int
    age: int
    on_it: frozenset[int]

    def made(self) -> x509.CertificateRevocationList:
        countries = (own(), successor(), other())
        keys = (*(country.ca_key for country in countries), stranger())
        listed = (own().signer, own().ca, successor().signer, other().signer)
        return crl(
            own(),
            *(listed[number] for number in sorted(self.on_it)),
            issuer=countries[self.name].name,
            key=keys[self.key],
            made=NOW - timedelta(days=self.age),
        )

    @property
    def names_the_guilty(self) -> bool:
        """A signer by a list of whoever's key, its authority by one that an authority signed."""
        return self.is_of_the_country and bool(self.on_it & ({0, 1} if self.key < 2 else {0}))

    @property
    def is_of_the_country(self) -> bool:
        return self.name < 2

    @property
    def counts_as_current(self) -> bool:
        return self.is_of_the_country and self.key < 2 and self.age <= DAYS


LISTS = st.lists(
    st.builds(
        MadeList,
        st.integers(0, 2),
        st.integers(0, 3),
        st.integers(0, 2 * DAYS),
        st.frozensets(st.integers(0, 3), max_size=2),
    ),
    max_size=4,
)


@settings(max_examples=40, deadline=None)
@given(made=LISTS)
def test_any_lists(made: Sequence[MadeList]) -> None:
    """Whoever is on any list of the country is revoked; without a current one it is not passed."""
    store = CscaStore((own().ca, successor().ca, other().ca), tuple(one.made() for one in made))
    revoked = any(one.names_the_guilty for one in made)
    assert failed(own().sod(), store) == (REVOKED if revoked else [])
    required = replace(IRAN, require_revocation=True)
    current = any(one.counts_as_current for one in made)
    assert (failed(own().sod(), store, required) == []) == (current and not revoked)


# ------------------------------------------------------------ states and types

COUNTRIES: Final = ("IR", "XX", "YY")
STATES: Final = ("IRN", "XXX", "XOM")


@cache
def signed_by(authority: str, signer: str) -> tuple[Country, x509.Certificate]:
    country = Country(authority)
    return country, country.certify_signer(subject=names(signer, "Invented signer"))


@settings(max_examples=60, deadline=None)
@given(
    table=st.dictionaries(st.sampled_from(STATES), st.sampled_from(COUNTRIES)),
    authority=st.sampled_from(COUNTRIES),
    signer=st.sampled_from(COUNTRIES),
    state=st.sampled_from(STATES),
)
def test_any_table_of_states(
    table: dict[str, str], authority: str, signer: str, state: str
) -> None:
    """The signed zone, the signer and its authority name one state, which the package has a row for."""
    country, certificate = signed_by(authority, signer)
    groups = zone(state=state)
    ef_sod = country.sod(groups=groups, signer=certificate)
    policy = replace(IRAN, kinds=(replace(CITIZENS, states=tuple(table.items())),))
    failures = failed(ef_sod, CscaStore((country.ca,)), policy, groups)
    assert (failures == []) == (table.get(state) == signer == authority)


@cache
def for_servers() -> Country:
    usage = x509.ExtendedKeyUsage([x509.ObjectIdentifier("1.3.6.1.5.5.7.3.1")])
    return Country(extra=[usage])


@settings(max_examples=40, deadline=None)
@given(
    table=st.dictionaries(st.sampled_from(STATES), st.sampled_from(COUNTRIES[:2])),
    row=st.sampled_from(STATES),
    state=st.sampled_from(STATES),
)
def test_rows_of_states_with_one_country(table: dict[str, str], row: str, state: str) -> None:
    """Signers are judged before the zone is read: states with one country share the rows of either."""
    groups = zone(state=state)
    kinds = (replace(CITIZENS, states=tuple(table.items())),)
    policy = replace(IRAN, kinds=kinds, exemptions=Exemptions(frozenset({(row, Exempt.PURPOSE)})))
    country = for_servers()
    failures = failed(country.sod(groups=groups), CscaStore((country.ca,)), policy, groups)
    assert (failures == []) == (table.get(state) == table.get(row) == "IR")


CODE = st.text("IPDCA", min_size=1, max_size=2)


@settings(max_examples=40, deadline=None)
@given(
    listed=st.lists(CODE, min_size=1, max_size=4),
    code=CODE,
    form=st.sampled_from(["standard", "no version", "no set"]),
)
def test_any_list_of_types(listed: list[str], code: str, form: str) -> None:
    """One letter means all codes that begin so, two mean one code (Doc 9303-12, 7.1.1.6)."""
    kind = replace(CITIZENS, codes=(code,))
    evidence = judged(zone(code), kind, extra=(types(*listed, form=form),))
    fits = any(code.startswith(one) if len(one) == 1 else code == one for one in listed)
    passed = evidence.outcome(DocumentCheck.DOCUMENT_TYPE) is DocumentCheckOutcome.PASSED
    assert passed == evidence.authentic == fits


# ------------------------------------------------------------ numbers

SCRIPTS: Final = (string.digits, "۰۱۲۳۴۵۶۷۸۹", "٠١٢٣٤٥٦٧٨٩")
BETWEEN = st.text("< -", max_size=3)


@settings(max_examples=60)
@given(
    digits=st.text(string.digits, min_size=10, max_size=10),
    script=st.sampled_from(SCRIPTS),
    between=st.lists(BETWEEN, min_size=11, max_size=11),
)
def test_any_spelling_of_a_number(digits: str, script: str, between: list[str]) -> None:
    """In any digits, filled up and in any groups: one number, normalised once."""
    spelt = "".join(
        gap + script[int(digit)] for gap, digit in zip(between[:10], digits, strict=True)
    )
    assert personal_number((spelt + between[10]).encode()) == digits


@given(text=st.text(st.sampled_from("0123456789۰٣²½AaZ<- \u200f"), max_size=14))
def test_any_other_text_is_no_number(text: str) -> None:
    """Ten digits, or a refusal; nothing is guessed."""
    digits = [each for each in text if each.isdecimal()]
    try:
        found = personal_number(text.encode())
    except DriverError:
        assert len(digits) != 10 or set(text) & set("²½AaZ\u200f")
    else:
        assert len(found) == len(digits) == 10
        assert found.isascii()


@pytest.mark.parametrize("digit", range(10))
def test_lazy_numbers_are_believed_from_a_chip_alone(digit: int) -> None:
    """Ten equal digits have a right check digit: a signed group says so, a keyboard does not."""
    for script in SCRIPTS:
        text = script[digit] * 10
        assert personal_number(text.encode()) == str(digit) * 10
        assert typed_number(text) is None
