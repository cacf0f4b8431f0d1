"""List the tests that play each small case, and those that generate the kind that a rule is about.

A case is one example of a rule; `FAMILIES` names, for every rule of reading documents and devices, the
tests that draw variants of it. What is tried against the reading stands in `test_attacks`.
"""

from __future__ import annotations

import ast
import re
from functools import cache
from pathlib import Path
from typing import Final

import pytest

TESTS: Final = Path(__file__).parents[2]
HERE: Final = "cases/documents/"

CASES: Final = {
    "authorities": {
        "authority-as-the-project-makes-it": "test_authority_as_the_project_makes_it",
        "self-signature-with-sha1": "test_self_signature_with_sha1",
        "ecdsa-with-null-parameters": "test_anchor_with_null_parameters",
        "without-key-usage": "test_extensions_of_an_authority",
        "without-basic-constraints": "test_extensions_of_an_authority",
        "master-list-is-loaded-whole": "test_master_list_is_read_whole",
    },
    "biometrics": {
        "face-as-the-project-makes-it": "test_face_as_the_project_makes_it",
        "face-after-iso-39794-5": "test_face_of_39794",
        "ansi-378-record-on-the-card": "test_ansi_378_record",
        "ansi-378-record-alone": "test_ansi_378_record",
    },
    "chips": {
        "chip-as-the-project-makes-it": "test_chip_as_the_project_makes_it",
        "no-chip-authentication-info": "test_no_chip_authentication_info",
        "rsa-1792-beside-chip-authentication": "test_rsa_beside_chip_authentication",
        "two-keys-one-on-a-curve-that-is-not-allowed": "test_entries_of_group_14",
        "one-way-without-a-key-id": "test_entries_of_group_14",
        "unknown-entry-of-four-fields": "test_entries_of_group_14",
        "rsa-trailer-bc": "test_rsa_trailer",
        "rsa-trailer-33cc": "test_rsa_trailer",
    },
    "devices": {
        "piv-certificate-packed-01": "test_piv_certificate_packed",
        "piv-certificate-packed-80": "test_piv_certificate_packed",
        "zfm-module-without-read-parameters": "test_module_without_read_parameters",
        "zfm-module-with-another-password": "test_module_that_does_not_let_us_in",
        "zone-four-clean-passes": "test_zone_four_clean_passes",
        "zone-first-line-twice": "test_zone_after_anything",
        "zone-second-line-lost-once": "test_zone_after_anything",
    },
    "fields": {
        "birth-date-day-and-month-unknown": "test_birth_date_with_unknown_parts",
        "birth-date-month-unknown": "test_birth_date_with_unknown_parts",
        "birth-date-all-unknown": "test_birth_date_with_unknown_parts",
        "no-expiry-written-as-991231": "test_no_expiry",
        "no-expiry-written-as-990101": "test_no_expiry",
        "no-expiry-written-as-fillers": "test_no_expiry",
        "expiry-of-this-year": "test_expiry_of_this_year",
        "group-11-birth-date-19850000": "test_birth_date_in_group_11",
        "group-11-birth-date-1985-and-fillers": "test_birth_date_in_group_11",
        "group-11-place-of-birth-in-latin-1": "test_place_of_birth_in_latin_1",
        "national-number-as-it-should-be": "test_national_number",
        "national-number-with-fillers-behind": "test_national_number",
        "national-number-in-persian-digits": "test_national_number",
        "national-number-in-groups": "test_national_number",
        "national-number-with-blanks-behind": "test_national_number",
    },
    "foreign": {
        "signer-of-another-country-in-a-master-list": (
            "test_signer_of_another_country_in_a_master_list"
        ),
        "master-list-signer": "test_other_purpose",
        "tls-server": "test_other_purpose",
        "visible-seal-signer": "test_other_purpose",
        "signed-after-the-keys-life": "test_signed_outside_the_keys_life",
        "signer-and-authority-of-two-countries": "test_signer_and_authority_of_two_countries",
        "revoked": "test_revoked",
        "revoked-on-a-list-with-sha1": "test_revoked",
        "revoked-on-a-list-of-another-key": "test_revoked",
        "revoked-on-a-list-with-small-letters": "test_revoked",
    },
    "genuine": {
        "as-the-project-issues-it": "test_as_the_project_issues_it",
        "ber-indefinite-lengths": "test_ber_indefinite_lengths",
        "issuer-names-in-another-order": "test_issuer_names_in_another_order",
        "curve-by-numbers": "test_curve_by_numbers",
        "curve-by-numbers-seed-with-unused-bits": "test_curve_by_numbers",
        "content-type-id-data": "test_content_type_of_old_documents",
        "content-type-1.3.27.1.1.1": "test_content_type_of_old_documents",
        "digest-sha256-signature-sha384": "test_two_hashes",
        "pss-usual-salt": "test_pss",
        "pss-longest-salt": "test_pss",
        "pss-mgf1-over-sha1": "test_pss",
        "issuer-country-in-small-letters": "test_issuer_written_otherwise",
    },
    "wire": {
        "card-as-the-project-makes-it": "test_card_as_the_project_makes_it",
        "bac-card-without-card-access": "test_bac_card",
        "bac-card-says-6982-to-card-access": "test_bac_card",
        "bac-card-says-6985-to-card-access": "test_bac_card",
        "bac-card-says-6a81-to-card-access": "test_bac_card",
        "bac-card-says-6a86-to-card-access": "test_bac_card",
        "bac-card-says-6a87-to-card-access": "test_bac_card",
        "bac-card-says-6a88-to-card-access": "test_bac_card",
        "bac-card-says-6d00-to-card-access": "test_bac_card",
        "bac-card-that-also-has-pace-ecdh-im-p521": "test_bac_card_that_also_has_pace",
        "bac-card-that-also-has-pace-dh-gm-3des": "test_bac_card_that_also_has_pace",
        "bac-card-that-also-has-pace-ecdh-gm-3des": "test_bac_card_that_also_has_pace",
        "pace-begins-with-63c2": "test_pace_begins_with_a_warning",
    },
    "habits": {
        "6700-above-192-bytes": "test_habit",
        "6700-above-128-bytes": "test_habit",
        "extended-length-promised-then-6700": "test_habit",
        "extended-length-promised-then-9000": "test_habit",
        "extended-length-promised-then-6982": "test_habit",
        "common-lists-a-group-that-is-not-there": "test_habit",
        "no-common-file": "test_habit",
    },
}
"""By file, each case and the test that plays it. A face in 7F2E that is no ISO/IEC 39794 is no case."""

FAMILY: Final = HERE + "test_families.py"
MORE: Final = HERE + "test_more_families.py"
RULES: Final = HERE + "test_rule_families.py"
DEVICES: Final = HERE + "test_device_families.py"

FAMILIES: Final = {
    "encodings: BER, segments, orders of sets": (
        (HERE + "test_genuine.py", "test_any_ber_form"),
        (FAMILY, "test_any_order_of_what_is_a_set"),
        ("drivers/smartcard/test_sod.py", "test_no_damage_changes_what_is_believed"),
    ),
    "encodings of curves": (
        (MORE, "test_any_seed_of_a_curve"),
        ("drivers/smartcard/test_trust.py", "test_a_curve_that_is_almost_a_known_one_is_no_curve"),
    ),
    "names": ((FAMILY, "test_any_writing_of_a_name"),),
    "algorithms, hashes, keys": (
        (FAMILY, "test_any_key_with_any_hash"),
        (FAMILY, "test_signature_of_another_hash_than_it_names"),
        (HERE + "test_genuine.py", "test_two_hashes"),
        (MORE, "test_any_salt_and_mask"),
    ),
    "kinds of documents": ((RULES, "test_any_table_of_kinds"),),
    "exceptions": (
        (RULES, "test_any_rows_for_any_defects"),
        (RULES, "test_any_row_ends_on_its_day"),
        (MORE, "test_rows_of_states_with_one_country"),
    ),
    "nothing is parsed before it was judged": (
        (RULES, "test_any_changed_group_reaches_no_parser"),
        (HERE + "test_order.py", "test_no_group_is_parsed"),
    ),
    "what a card withholds or hides": (
        (RULES, "test_any_groups_that_a_card_withholds"),
        (RULES, "test_any_ways_of_pace_that_were_hidden"),
    ),
    "answers without checksum": (
        (RULES, "test_any_answer_without_checksum"),
        (RULES, "test_any_match_without_checksum"),
    ),
    "master lists": ((RULES, "test_any_master_list"),),
    "evidence": (
        (RULES, "test_any_day_leaves_its_sums_alone"),
        ("headquarters/test_evidence.py", "test_what_does_not_add_up_is_told"),
    ),
    "purposes": ((FAMILY, "test_any_purpose"),),
    "kinds that a signer signs": ((MORE, "test_any_list_of_types"),),
    "periods and days": (
        (FAMILY, "test_any_day_of_signing"),
        (FAMILY, "test_any_day_of_reading"),
    ),
    "authorities": ((HERE + "test_authorities.py", "test_extensions_of_an_authority"),),
    "states": ((MORE, "test_any_table_of_states"), (MORE, "test_rows_of_states_with_one_country")),
    "revocation": ((MORE, "test_any_lists"),),
    "chip proofs": (
        (HERE + "test_chips.py", "test_verdict_of_any_proofs"),
        (HERE + "test_chips.py", "test_entries_of_group_14"),
        (FAMILY, "test_any_key_of_active_authentication"),
    ),
    "status words before PACE, and in it": (
        (FAMILY, "test_any_answer_for_card_access"),
        (FAMILY, "test_any_refusal_of_every_way_of_pace"),
        (FAMILY, "test_any_refusal_once_pace_has_begun"),
        (FAMILY, "test_any_count_of_tries_before_pace"),
    ),
    "lengths of answers and habits": (
        (HERE + "test_habits.py", "test_habits_together"),
        (HERE + "test_habits.py", "test_habit"),
        ("simulators/cards/test_replay.py", "test_habits_together_are_imitated"),
    ),
    "dates": (
        (HERE + "test_fields.py", "test_any_expiry"),
        (HERE + "test_fields.py", "test_birth_date_with_unknown_parts"),
        ("kiosk/station/test_holder.py", "test_any_birth_date"),
        ("election/test_persons.py", "test_every_day_is_read_in_both_calendars_and_any_script"),
    ),
    "numbers": (
        (MORE, "test_any_spelling_of_a_number"),
        (MORE, "test_any_other_text_is_no_number"),
    ),
    "faces and fingers": (
        (HERE + "test_biometrics.py", "test_face_of_2011"),
        (HERE + "test_biometrics.py", "test_face_of_39794"),
        (HERE + "test_biometrics.py", "test_fingers_of_2011"),
        ("drivers/smartcard/test_minutiae_block.py", "test_any_fingers_in_any_layout"),
    ),
    "document checks": (
        (
            "election/test_admissions.py",
            "test_no_hour_has_more_checks_than_allowed_whatever_the_clock_does",
        ),
        ("kiosk/flows/test_identity_documents.py", "test_whatever_happens"),
        (RULES, "test_any_number_refused_today_in_any_digits"),
    ),
    "zones that are scanned": (
        (DEVICES, "test_any_scans_before_two_clean_passes"),
        (DEVICES, "test_lines_of_two_people_never_meet"),
    ),
    "fingerprint modules": (
        (DEVICES, "test_module_with_any_commands"),
        (DEVICES, "test_no_password_is_ever_tried_but_the_configured_one"),
    ),
    "power supplies": (
        (DEVICES, "test_any_words_of_a_supply_in_any_order"),
        (DEVICES, "test_any_figure_with_any_unit"),
    ),
    "printers": (
        (DEVICES, "test_any_bytes_before_a_status"),
        (DEVICES, "test_any_bytes_without_a_status"),
    ),
    "traces": (
        ("drivers/smartcard/test_recording.py", "test_equal_chips_give_equal_traces"),
        ("drivers/smartcard/test_recording.py", "test_lengths_of_files_leave_no_trace"),
    ),
}
"""By rule, the tests that generate its kind."""


@cache
def written_in(path: str) -> dict[str, list[str]]:
    """Names of the tests of a file, with those of their decorators."""
    tree = ast.parse((TESTS / path).read_text("utf-8"))
    return {
        node.name: [ast.unparse(decorator) for decorator in node.decorator_list]
        for node in tree.body
        if isinstance(node, ast.FunctionDef)
    }


@pytest.mark.parametrize("room", CASES)
def test_cases_are_played(room: str) -> None:
    found = written_in(f"{HERE}test_{room}.py")
    assert {case: test for case, test in CASES[room].items() if test not in found} == {}


def test_no_case_is_missing() -> None:
    """83 with the one that is none."""
    names = [case for cases in CASES.values() for case in cases]
    assert len(names) == len(set(names)) == 82


@pytest.mark.parametrize("rule", FAMILIES)
def test_kinds_are_generated(rule: str) -> None:
    """By hypothesis, or over all members of a table: one example of a rule does not hold it."""
    for path, test in FAMILIES[rule]:
        decorators = written_in(path).get(test, [])
        assert [one for one in decorators if "given(" in one or "parametrize(" in one], (path, test)


PAGE: Final = TESTS.parent / "docs/devices.md"
HEADING: Final = "## What was tried against it"
NAMED: Final = re.compile(r"`(tests/[a-z0-9_/]+\.py)`: ((?:`test_\w+`(?:, )?)+)")


def test_the_page_names_tests_that_exist() -> None:
    """Each row ends with files and tests; what has none is said in a sentence below the table."""
    section = PAGE.read_text("utf-8").split(HEADING)[1].split("\n## ")[0]
    rows = [line for line in section.splitlines() if line.startswith("| ")][1:]
    assert len(rows) >= 25
    for row in rows:
        named = NAMED.findall(row.rsplit(" | ", 1)[1])
        assert named, row
        for path, listed in named:
            missing = set(re.findall(r"test_\w+", listed)) - set(
                written_in(path.removeprefix("tests/"))
            )
            assert not missing, path
