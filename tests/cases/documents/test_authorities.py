"""Country signing authorities in force that cannot be used, or are left out without a word."""

from collections.abc import Callable
from functools import partial

from simulators.cards.issuer import Issuer
from tests.cases.documents.kit import (
    DER,
    NOW,
    Country,
    authentic,
    certificate,
    failed,
    null_parameters,
    self_signed_with_sha1,
    trust,
    works,
)
from tests.cases.runner import collect


def in_the_folder(form: Callable[[Country], bytes]) -> list[str]:
    """A document below an authority whose certificate was put into the folder by hand."""
    country = Country()
    return failed(country.sod(), trust(a__cer=form(country)))


def without(**extension: bool) -> Callable[[Country], bytes]:
    def form(country: Country) -> bytes:
        own = (country.name, country.ca_key)
        return certificate(*own, *own, authority=True, **extension).public_bytes(DER)

    return form


class Raw:
    """A certificate for a master list that no library writes."""

    def __init__(self, der: bytes) -> None:
        self._der = der

    def public_bytes(self, encoding: object) -> bytes:
        return self._der


def loaded_from_a_list() -> int:
    """The list's own authority, an ordinary one, and one with NULL parameters."""
    lists, one, other = Issuer.create("Lists", NOW), Country("IR"), Country("AT")
    listed = lists.master_list([one.ca, Raw(null_parameters(other))], NOW)
    return len(trust(a__cer=lists.authority_der, b__ml=listed).certificates)


authentic("authority-as-the-project-makes-it", partial(in_the_folder, lambda country: country.der))
authentic("self-signature-with-sha1", partial(in_the_folder, self_signed_with_sha1))
authentic("ecdsa-with-null-parameters", partial(in_the_folder, null_parameters))
authentic("without-key-usage", partial(in_the_folder, without(usage=False)))
authentic("without-basic-constraints", partial(in_the_folder, without(constraints=False)))
works("master-list-is-loaded-whole", loaded_from_a_list, lambda number: number == 3)
test_case = collect()
