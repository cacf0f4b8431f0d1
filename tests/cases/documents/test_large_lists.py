"""Lists of real size: as many authorities as the world has, and a hundred thousand revoked certificates."""

from __future__ import annotations

import time
from dataclasses import replace
from pathlib import Path

import pytest
from cryptography import x509

from drivers.smartcard.certificates import load_revocation_list
from drivers.smartcard.trust import CscaStore
from election.trusted import MAX_REVOCATION_LIST
from simulators.benchmarks.large_lists import ENTRIES, revoked
from simulators.cards.issuer import Issuer
from tests.card_issuers import IRAN, CountryIssuer
from tests.cases.documents.kit import NOW, Country, failed, trust
from tests.cases.documents.test_foreign import REVOKED, crl

MEMBERS = 500
REQUIRED = replace(IRAN, require_revocation=True)


def seconds_to_judge(country: Country, store: CscaStore) -> float:
    begun = time.process_time()
    assert failed(country.sod(), store, REQUIRED) == []
    return time.process_time() - begun


@pytest.mark.slow
def test_a_document_is_judged_as_quickly_as_with_short_lists(tmp_path: Path) -> None:
    """The signatures of lists are verified once; memory and time of a document do not grow with them."""
    country, lists = Country(), CountryIssuer.create("Lists", NOW)
    issuer = Issuer.create("Invented country", NOW)
    issuer = replace(issuer, authority=country.ca, authority_key=country.ca_key)
    data = revoked(issuer, ENTRIES, NOW)
    assert len(data) < MAX_REVOCATION_LIST
    others = [Country(f"{chr(65 + number % 26)}Q").ca for number in range(MEMBERS)]
    world = lists.master_list([*others, country.ca], NOW)
    files = {"a.cer": lists.authority_der, "b.ml": world, "c.crl": data}
    begun = time.process_time()
    store = trust(tmp_path, files)
    assert len(store.certificates) == MEMBERS + 2
    first = seconds_to_judge(country, store)
    assert time.process_time() - begun < 20
    short = CscaStore((country.ca,), (crl(country),))
    seconds_to_judge(country, short)
    usual = min(seconds_to_judge(country, short) for _ in range(5))
    again = min(seconds_to_judge(country, store) for _ in range(5))
    assert again < 5 * usual + 0.01
    assert again <= first


def test_whoever_is_on_it_is_found() -> None:
    country = Country()
    issuer = replace(Issuer.create("x", NOW), authority=country.ca, authority_key=country.ca_key)
    long = load_revocation_list(revoked(issuer, 1000, NOW))
    listed: list[x509.Certificate] = [country.signer]
    for lists in ((long,), (long, crl(country, *listed)), (crl(country, *listed), long)):
        wanted = REVOKED if len(lists) == 2 else []
        assert failed(country.sod(), CscaStore((country.ca,), lists), REQUIRED) == wanted


def test_another_store_knows_nothing_of_this_ones_lists() -> None:
    """What was worked out belongs to one store: the next one is judged by its own lists."""
    country = Country()
    clean = CscaStore((country.ca,), (crl(country),))
    assert failed(country.sod(), clean, REQUIRED) == []
    later = replace(clean, revocation_lists=(crl(country, country.signer),))
    assert failed(country.sod(), later, REQUIRED) == REVOKED
    assert clean == CscaStore((country.ca,), clean.revocation_lists)
