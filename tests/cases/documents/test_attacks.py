"""List what was tried against the reading of documents, and which test holds how it ends.

Refused: the document or the answer counts for nothing. Told: it is let through, and that is said or counted.
Admitted: it works, and the documents say so.
"""

from __future__ import annotations

import ast
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Final

import pytest

from drivers.errors import SecureMessagingError
from drivers.smartcard.apdu import ApduChannel
from drivers.smartcard.profile import load_profile
from simulators.cards.access import AccessMode, CardAccess
from simulators.cards.chip import ChipKeys
from simulators.cards.eid import EidCard
from simulators.cards.finger_matching import OnCardFingers, enrol
from simulators.cards.issuer import Issuer
from simulators.local_reader import LocalReader
from tests.contract import test_match_on_card as on_card

TESTS: Final = Path(__file__).parents[2]
HERE: Final = "cases/documents/"
ORDER: Final = HERE + "test_order.py"
DRIVERS: Final = "drivers/smartcard/"
STATION: Final = "kiosk/station/"


class End(StrEnum):
    """How an attack ends."""

    REFUSED = "refused"
    TOLD = "told"
    ADMITTED = "admitted"


R, T, A = End

ATTACKS: Final[tuple[tuple[str, End, str, str], ...]] = (
    # Who may sign
    (
        "a signer of another country",
        R,
        HERE + "test_foreign.py",
        "test_signer_of_another_country_in_a_master_list",
    ),
    (
        "signer and authority of two countries",
        R,
        HERE + "test_foreign.py",
        "test_signer_and_authority_of_two_countries",
    ),
    (
        "an authority that another country certified",
        R,
        HERE + "test_foreign.py",
        "test_authority_that_another_country_certified",
    ),
    ("a state that nobody named", R, HERE + "test_foreign.py", "test_state_that_is_not_accepted"),
    ("a document signer as authority", R, DRIVERS + "test_trust.py", "test_a_signer_is_no_trust"),
    (
        "an authority that denies being one",
        R,
        HERE + "test_authorities.py",
        "test_extensions_of_an_authority",
    ),
    (
        "a signer for servers, lists, visas or seals",
        R,
        HERE + "test_foreign.py",
        "test_other_purpose",
    ),
    (
        "a signer with any purpose, critical or not",
        R,
        HERE + "test_families.py",
        "test_any_purpose",
    ),
    (
        "a document signed outside the life of its key",
        R,
        HERE + "test_foreign.py",
        "test_signed_outside_the_keys_life",
    ),
    (
        "a period and no day to compare it with",
        T,
        HERE + "test_foreign.py",
        "test_period_without_a_day",
    ),
    (
        "a kind of document that the signer does not sign",
        R,
        ORDER,
        "test_list_of_document_types",
    ),
    (
        "types of documents in a form of the issuer's own",
        T,
        ORDER,
        "test_list_of_document_types_that_cannot_be_read",
    ),
    (
        "a stolen key that names an hour of its own",
        R,
        DRIVERS + "test_sod.py",
        "test_cards_that_outlive_their_signer",
    ),
    ("a residence permit", R, ORDER, "test_kind_of_a_document"),
    ("another nationality", R, STATION + "test_trusting.py", "test_a_document_that_is_no_citizens"),
    (
        "a national card shown as a passport",
        R,
        STATION + "test_trusting.py",
        "test_the_signed_zone_says_of_which_family_a_document_is",
    ),
    (
        "a national card in a package whose passports' family takes its code, too",
        R,
        "headquarters/test_documents.py",
        "test_no_document_is_of_two_families",
    ),
    (
        "a document of one family, signed by the country of another",
        R,
        "headquarters/test_documents.py",
        "test_a_state_has_one_country_in_all_families",
    ),
    # Who decides what is trusted
    (
        "an authority in the folder of one technician",
        R,
        STATION + "test_trusting.py",
        "test_own_documents_and_a_real_election_exclude_each_other",
    ),
    (
        "the same after the package was loaded",
        R,
        STATION + "test_trusting.py",
        "test_own_documents_that_come_later_stop_the_station",
    ),
    (
        "other trust at one device than at the others",
        T,
        "headquarters/test_evidence.py",
        "test_other_trust_than_the_packages_is_told",
    ),
    (
        "floors that one hand lowers",
        R,
        "headquarters/test_documents.py",
        "test_floors_are_never_lowered",
    ),
    ("all rows of exceptions at once", R, ORDER, "test_a_row_lets_nothing_else_through"),
    ("a copy under a row of exceptions", R, ORDER, "test_a_copy_gets_through_no_row"),
    (
        "a row of exceptions that nobody counts",
        T,
        STATION + "test_trusting.py",
        "test_a_row_prolongs_documents_is_counted_and_ends",
    ),
    ("a clock that was set", R, STATION + "test_trusting.py", "test_the_clock_decides_nothing"),
    ("a link over SHA-1", R, HERE + "test_authorities.py", "test_link_with_sha1"),
    (
        "a member of a list over SHA-1",
        R,
        HERE + "test_authorities.py",
        "test_member_of_a_master_list_with_sha1",
    ),
    (
        "an anchor whose self-signature is over SHA-1",
        A,
        HERE + "test_authorities.py",
        "test_self_signature_with_sha1",
    ),
    (
        "an authority of the same name with another key",
        R,
        DRIVERS + "test_sod.py",
        "test_another_issuer_of_the_same_name",
    ),
    (
        "a forged signer with the number of the right one",
        R,
        HERE + "test_genuine.py",
        "test_two_certificates_with_the_number_of_the_signer",
    ),
    # Who was disowned
    ("a revoked signer, on a list of any form", R, HERE + "test_foreign.py", "test_revoked"),
    (
        "revoked under the name of a successor",
        R,
        HERE + "test_foreign.py",
        "test_revoked_by_a_successor_of_another_name",
    ),
    ("a revoked authority", R, HERE + "test_foreign.py", "test_revoked_authority"),
    (
        "an older list that is still current beside a newer one",
        R,
        HERE + "test_foreign.py",
        "test_revoked_by_a_successor_of_another_name",
    ),
    (
        "a stale list that names the signer",
        R,
        DRIVERS + "test_sod.py",
        "test_a_list_that_is_stale_still_revokes",
    ),
    (
        "numbers on a list of another country",
        A,
        HERE + "test_foreign.py",
        "test_list_of_another_country",
    ),
    (
        "no list that is current: the package",
        R,
        "headquarters/test_documents.py",
        "test_no_package_is_made",
    ),
    (
        "no list that is current: the document",
        R,
        DRIVERS + "test_sod.py",
        "test_revocation_list_that_cannot_be_had",
    ),
    (
        "an older list put beside a newer one at the station",
        R,
        STATION + "test_trusting.py",
        "test_a_newer_list_adds_and_an_older_one_takes_nothing_back",
    ),
    (
        "an added list that is taken away",
        R,
        STATION + "test_trusting.py",
        "test_a_list_that_was_taken_away",
    ),
    (
        "a list that nobody here signed",
        R,
        STATION + "test_trusting.py",
        "test_a_list_that_nobody_here_signed",
    ),
    ("lists by one role alone", R, STATION + "test_trusting.py", "test_lists_take_two_roles"),
    (
        "links of a revoked authority",
        R,
        ORDER,
        "test_a_revoked_authority_takes_its_links_along",
    ),
    # What was signed
    ("decoders fed by unsigned groups", R, ORDER, "test_no_group_is_parsed"),
    (
        "a holder before the verification",
        R,
        ORDER,
        "test_a_card_gives_no_holder_before_it_is_verified",
    ),
    (
        "a SHA-1 signature beside a SHA-256 digest",
        R,
        HERE + "test_genuine.py",
        "test_sha1_signature_beside_a_sha256_digest",
    ),
    (
        "SHA-1 as the hash of PSS, named or by default",
        R,
        HERE + "test_genuine.py",
        "test_pss_over_sha1",
    ),
    ("a mask of PSS over SHA-1", A, HERE + "test_genuine.py", "test_pss"),
    (
        "a hash that the signature does not name",
        R,
        HERE + "test_families.py",
        "test_signature_of_another_hash_than_it_names",
    ),
    ("short keys and small curves", R, HERE + "test_families.py", "test_any_key_with_any_hash"),
    (
        "a curve with a generator of its own",
        R,
        DRIVERS + "test_trust.py",
        "test_a_curve_that_is_almost_a_known_one_is_no_curve",
    ),
    ("BER that can be read in two ways", R, HERE + "test_genuine.py", "test_any_ber_form"),
    ("lengths without end", R, HERE + "test_genuine.py", "test_definite_is_bounded"),
    (
        "another content than the signer saw",
        R,
        DRIVERS + "test_sod.py",
        "test_the_signer_saw_another_type",
    ),
    (
        "a content of another type",
        R,
        HERE + "test_genuine.py",
        "test_content_type_of_old_documents",
    ),
    ("a group of another card", R, DRIVERS + "test_sod.py", "test_an_altered_group"),
    (
        "a picture that nobody has signed",
        R,
        HERE + "test_foreign.py",
        "test_picture_of_a_foreign_card_is_not_decoded",
    ),
    (
        "a group that is listed and withheld",
        R,
        DRIVERS + "test_sod.py",
        "test_a_group_cannot_be_hidden",
    ),
    (
        "a card that fits another printed zone",
        R,
        DRIVERS + "test_sod.py",
        "test_the_printed_zone_is_the_zone_of_the_chip",
    ),
    # Which chip it is
    (
        "a copy that knows the key of Active Authentication",
        R,
        HERE + "test_chips.py",
        "test_rsa_beside_chip_authentication",
    ),
    ("any failed proof beside any others", R, HERE + "test_chips.py", "test_verdict_of_any_proofs"),
    (
        "only proofs that cannot be done here",
        R,
        HERE + "test_chips.py",
        "test_nothing_that_can_be_done_here",
    ),
    (
        "an implied protocol with a wrong key",
        R,
        HERE + "test_chips.py",
        "test_no_chip_authentication_info",
    ),
    ("a copy without keys, or with its own", R, DRIVERS + "test_chip.py", "test_a_copy_is_refused"),
    # Somebody on the line
    ("EF.CardAccess hidden", R, HERE + "test_wire.py", "test_pace_that_was_hidden"),
    (
        "a row for another state that the same family reads",
        R,
        STATION + "test_trusting.py",
        "test_a_row_prolongs_documents_of_the_state_that_it_names",
    ),
    (
        "a card that demands PACE opened by the BAC of another family",
        R,
        DRIVERS + "test_families.py",
        "test_hidden_pace_is_no_way_round_by_another_family",
    ),
    (
        "a chip that is a passport first and a stolen card when it is read again",
        R,
        DRIVERS + "test_families.py",
        "test_a_card_that_is_another_document_each_time",
    ),
    (
        "PACE refused before it begins",
        R,
        HERE + "test_habits.py",
        "test_pace_that_cannot_begin_is_told_where_it_is_signed",
    ),
    (
        "a step of PACE refused",
        R,
        HERE + "test_families.py",
        "test_any_refusal_once_pace_has_begun",
    ),
    (
        "any other answer for EF.CardAccess",
        R,
        HERE + "test_families.py",
        "test_any_answer_for_card_access",
    ),
    (
        "other access parameters than the signed ones",
        R,
        DRIVERS + "test_chip.py",
        "test_other_access_parameters_than_the_signed_ones",
    ),
    (
        "an answer without checksum",
        R,
        DRIVERS + "test_access.py",
        "test_an_answer_changed_on_the_line_ends_the_session",
    ),
    (
        "VERIFY answered without checksum: a stranger's finger",
        R,
        HERE + "test_attacks.py",
        "test_match_without_checksum",
    ),
    (
        "another card after a power cut",
        R,
        "contract/test_cards.py",
        "test_restart_of_a_card_that_has_left_ends_the_session",
    ),
    (
        "the last try of a secret",
        R,
        HERE + "test_families.py",
        "test_any_count_of_tries_before_pace",
    ),
    (
        "a card that never lets a job end",
        R,
        "cases/trust/test_bounds.py",
        "test_a_job_on_a_card_ends_by_its_commands",
    ),
    # Who tries again without the chip
    (
        "a document for whom the chip refused, or who has voted",
        R,
        STATION + "test_documents.py",
        "test_two_days_with_other_persons_and_the_same_classes_leave_equal_bytes",
    ),
    (
        "a document for whom two roles did not say of age",
        R,
        STATION + "test_documents.py",
        "test_whom_two_roles_do_not_say_of_age_comes_with_no_other_document",
    ),
    (
        "another person's number refused by a forged card",
        R,
        STATION + "test_documents.py",
        "test_a_forged_card_bars_nobody",
    ),
    (
        "sums of evidence that hide somebody",
        T,
        "headquarters/test_evidence.py",
        "test_what_does_not_add_up_is_told",
    ),
    (
        "more documents in an hour than allowed, by a used, foreign or guessed code",
        R,
        "election/test_document_codes.py",
        "test_a_code_counts_once_and_where_it_is_meant",
    ),
    (
        "an hour begun anew by setting the clock back",
        R,
        "election/test_admissions.py",
        "test_each_code_allows_the_hours_number_once_more",
    ),
    (
        "a code used again after a memory was exchanged",
        R,
        "election/test_admissions.py",
        "test_a_code_counts_also_after_a_memory_was_lost",
    ),
    (
        "ten equal digits typed in place of a number",
        R,
        HERE + "test_more_families.py",
        "test_lazy_numbers_are_believed_from_a_chip_alone",
    ),
    # Devices and what leaves them
    (
        "a trace of a module searched for whoever's finger it was",
        R,
        "simulators/fingerprint/test_module_replay.py",
        "test_nothing_of_a_finger_is_in_a_trace",
    ),
    (
        "a list so long that every voter waits",
        R,
        HERE + "test_large_lists.py",
        "test_a_document_is_judged_as_quickly_as_with_short_lists",
    ),
    (
        "a module without READ_PARAMETERS",
        R,
        HERE + "test_devices.py",
        "test_module_without_read_parameters",
    ),
    (
        "a module with another password",
        R,
        HERE + "test_devices.py",
        "test_module_that_does_not_let_us_in",
    ),
    ("lines of two people in one zone", R, HERE + "test_devices.py", "test_zone_of_two_people"),
    (
        "a trace that is searched for its holder",
        R,
        DRIVERS + "test_recording.py",
        "test_guesses_find_nothing",
    ),
    (
        "a trace compared with that of a guessed person",
        R,
        DRIVERS + "test_recording.py",
        "test_equal_chips_give_equal_traces",
    ),
    (
        "lengths of files in a trace",
        R,
        DRIVERS + "test_recording.py",
        "test_lengths_of_files_leave_no_trace",
    ),
    (
        "a serial number hidden in identifiers",
        R,
        DRIVERS + "test_recording.py",
        "test_identifiers_of_an_issuers_own_are_left_out",
    ),
    ("recording on the day", R, "commands/test_record.py", "test_refused_where_voters_are_served"),
    # Forms that are not read
    (
        "images of fingers of 39794-4, and 39794-2 without its tags",
        T,
        HERE + "test_biometrics.py",
        "test_fingers_of_39794",
    ),
    (
        "ANSI 378 in place of ISO/IEC 19794-2",
        T,
        HERE + "test_biometrics.py",
        "test_ansi_378_record",
    ),
)
"""What is tried, how it ends, and the test that tries it."""


@cache
def found_in(path: str) -> frozenset[str]:
    tree = ast.parse((TESTS / path).read_text("utf-8"))
    return frozenset(node.name for node in tree.body if isinstance(node, ast.FunctionDef))


@pytest.mark.parametrize(("attack", "end", "path", "test"), ATTACKS)
def test_attack_is_tried(attack: str, end: End, path: str, test: str) -> None:
    assert test in found_in(path), f"{attack}: {end}"


class Forging:
    """Somebody on the line who answers every command to compare a finger."""

    def __init__(self, card: EidCard, answer: bytes) -> None:
        self._card, self._answer, self.atr = card, answer, card.atr
        self.forged = 0
        self.armed = False

    def process(self, apdu: bytes) -> bytes:
        genuine = self._card.process(apdu)
        if not self.armed or apdu[1] not in (0x20, 0x21):
            return genuine
        self.forged += 1
        return self._answer

    def reset(self) -> None:
        self._card.reset()


@pytest.mark.parametrize(
    "answer", ["9000", "990290009000", "63CF", "99029000" + "8E08" + "00" * 8 + "9000"]
)
def test_match_without_checksum(answer: str) -> None:
    """A plain word, or one in an object that nobody protected, is no match of a stranger's finger."""
    issuer = Issuer.create("Test", on_card.NOW)
    fingers = OnCardFingers([enrol(0x96, 0x09, on_card.HOLDER.template())], pause=lambda _: None)
    access = CardAccess(AccessMode.PACE, on_card.CAN)
    card = issuer.issue(on_card.PERSON, access=access, keys=ChipKeys.create(), on_card=fingers)
    line, reader = Forging(card, bytes.fromhex(answer)), LocalReader("slot")
    reader.insert(line)
    matcher = on_card.opened(ApduChannel(reader.open()), issuer, load_profile("moc"))
    (finger,) = matcher.fingers()
    line.armed = True
    with pytest.raises(SecureMessagingError):
        matcher.verify(finger, on_card.live(on_card.STRANGER))
    assert line.forged == 1


def test_each_attack_is_listed_once() -> None:
    assert len({attack for attack, *_ in ATTACKS}) == len(ATTACKS)
