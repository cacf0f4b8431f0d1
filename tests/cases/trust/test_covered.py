"""List the tests that play each small case of trust and of the office.

A case is one example of a rule; most of these tests play the kind that it is one of.
"""

from __future__ import annotations

import ast
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Final

import pytest

CASES_OF: Final = Path(__file__).parents[1]
Cases = Mapping[str, str]


def _all(prefix: str, names: str, test: str) -> dict[str, str]:
    """Cases of one kind that one test plays."""
    return {f"{prefix}{name}": test for name in names.split()}


TRUST: Final[Mapping[str, Cases]] = {
    "anchor": {
        "old-media-are-noticed-at-the-start": "test_put_back::test_old_media_are_noticed_at_the_start",
        "old-media-are-noticed-by-headquarters": "test_put_back::test_old_media_are_noticed_by_headquarters",
        "closed-polls-stay-closed": "test_put_back::test_closed_polls_stay_closed",
        "operators-are-certified": "test_put_back::test_acts_are_signed_by_certified_operators",
        "cut-log-is-noticed": "test_put_back::test_cut_log_is_noticed",
    },
    "at_rest": {
        "seed-of-the-last-voter-is-gone": "test_at_rest::test_seeds_are_gone",
        "station-writes-no-core-file": "test_at_rest::test_station_keeps_memory_and_files_to_itself",
        "stores-are-private": "test_at_rest::test_station_keeps_memory_and_files_to_itself",
    },
    "bounds": {
        "bundle-of-many-items": "test_bounds::test_bundle_that_nobody_signed",
        "bundle-with-content-of-many-items": "test_bounds::test_content_that_its_device_did_not_sign",
        "package-of-many-items": "test_bounds::test_package_that_nobody_signed",
        "card-that-drips": "test_bounds::test_card_that_drips",
    },
    "counting": {
        "spent-authorizations-were-issued": "test_counting::test_spent_authorizations_were_issued",
        "provisional-ballots-wait-for-a-decision": (
            "test_counting::test_provisional_ballots_wait_for_a_decision"
        ),
        "second-export-is-the-same-bundle": "test_second_export::test_second_export_is_the_same_bundle",
    },
    "devices": {
        "honest-day": "test_devices::test_honest_day",
        "terminal-left-out": "test_devices::test_terminal_left_out",
        "terminal-exchanged": "test_devices::test_terminal_exchanged",
        "branch-added": "test_devices::test_branch_added",
    },
    "holds": {
        **_all(
            "bundle-",
            "signed-by-another-device signed-by-another-device-with-the-right-certificate "
            "with-a-box-of-another-device ed25519-half-replaced ml-dsa-half-replaced "
            "ml-dsa-half-stripped cut-off with-a-byte-behind with-changed-content without-a-record "
            "cast-called-spoiled with-a-sealed-form-of-another-record closed-by-one-role "
            "closed-by-one-card-in-two-roles",
            "test_bundles::test_changed_bundle_is_refused",
        ),
        "bundle-of-another-election": "test_bundles::test_bundle_of_another_election",
        "bundle-of-another-package": "test_bundles::test_bundle_of_another_package",
        "ballot-copied-to-another-terminal": "test_bundles::test_ballot_copied_to_another_terminal",
        **_all(
            "certificate-",
            "of-a-card-with-a-device-role of-a-device-as-operator of-a-device-as-package-signer "
            "root-as-leaf of-a-device-as-root expired of-another-branch with-a-byte-behind",
            "test_certificates::test_certificate_is_refused",
        ),
        "token-as-issued-is-accepted": "test_tokens::test_token_as_issued_is_accepted",
        "token-expired": "test_tokens::test_token_expired",
        "token-of-another-branch": "test_tokens::test_token_of_another_branch",
        **_all(
            "token-",
            "signed-by-a-terminal that-names-a-terminal-as-issuer with-a-contest-its-style-has-not "
            "too-large that-announces-two-to-the-64-items nested-200-deep with-the-signature-of-a-record",
            "test_tokens::test_token_is_refused",
        ),
        **_all(
            "shuffle-",
            "errors-that-cancel two-responses-of-one-chain opposite-errors-in-two-claims "
            "one-ciphertext-twice",
            "test_shuffles::test_shuffle_is_refused",
        ),
        **_all(
            "order-of-",
            "records-on-the-primary records-on-the-mirror spent-hashes-on-the-primary "
            "spent-hashes-on-the-mirror overflow-pages-on-the-primary overflow-pages-on-the-mirror",
            "test_order::test_order_of_what_was_stored",
        ),
        **_all(
            "order-of-slot-keys-on-the-", "primary mirror", "test_order::test_order_of_slot_keys"
        ),
        **_all(
            "spent-hashes-beside-records-on-the-",
            "primary mirror",
            "test_order::test_spent_hashes_beside_records",
        ),
        "order-of-records-in-the-bundle": "test_order::test_order_of_records_in_the_bundle",
        "places-on-the-mirror-beside-the-primary": (
            "test_order::test_places_on_the_mirror_beside_the_primary"
        ),
        "order-of-rows-in-the-pollbook": "test_order::test_order_of_rows_in_the_pollbook",
        "final-files-have-no-free-pages-and-no-copies": (
            "test_order::test_final_files_have_no_free_pages_and_no_copies"
        ),
    },
    "journals": {
        "kept-journals-tie-votes-to-authorizations": (
            "../../order/test_raw_media::test_a_zeroed_journal_leaves_no_trace_in_freed_blocks"
        ),
    },
    "report_order": {
        "report-after-every-voter": (
            "test_report_order::test_reports_between_voters_differ_in_the_number_cast_alone"
        ),
        "report-after-every-third-voter": (
            "test_report_order::test_reports_between_voters_differ_in_the_number_cast_alone"
        ),
        "status-report-says-nothing-of-the-records": (
            "test_report_order::test_terminals_with_as_many_ballots_report_the_same"
        ),
        "status-report-does-not-count-challenges": (
            "test_report_order::test_status_report_does_not_count_challenges"
        ),
        "report-is-in-the-log": "test_report_order::test_each_report_is_in_the_log",
        "zero-and-closing-reports-keep-the-root": (
            "test_report_order::test_zero_and_closing_reports_keep_the_root"
        ),
    },
    "simulation": {
        "robot": "test_simulation::test_robot",
        "reader-that-is-a-socket": "test_simulation::test_reader_that_is_a_socket",
    },
    "stick": {
        "export-does-not-follow-links-to-the-media": "test_usb_drive::test_export_follows_no_link",
        "export-does-not-follow-links-to-the-key": "test_usb_drive::test_export_follows_no_link",
        **_all(
            "package-",
            "without-end of-one-gib that-is-a-fifo",
            "test_usb_drive::test_loading_refuses_at_once",
        ),
    },
    "unchecked": {
        "index-without-a-root": "test_unchecked::test_root_that_nobody_compared",
        "archive-whose-supplement-is-gone": "test_unchecked::test_archive_whose_supplement_is_gone",
    },
}
OFFICE: Final[Mapping[str, Cases]] = {
    "clocks": {
        "token-good-for-half-an-hour": "test_clocks::test_token_good_for_half_an_hour",
        **_all(
            "token-",
            "of-a-clock-three-hours-ahead until-2099",
            "test_clocks::test_token_of_a_fast_clock",
        ),
        "polls-of-an-ordinary-day": "test_clocks::test_polls_of_an_ordinary_day",
        **_all(
            "polls-",
            "closed-before-they-opened opened-in-2000 closed-in-2099 closed-four-hours-early",
            "test_clocks::test_polls_of_a_wrong_clock",
        ),
    },
    "files": {
        **_all(
            "own-",
            "lists-again candidates-again portraits-again",
            "test_files::test_own_files_again",
        ),
        "portrait-nobody-can-draw": "test_files::test_portrait_nobody_can_draw",
        "portrait-lying-on-its-side": "test_files::test_portrait_stands_upright_and_says_nothing_else",
        "portrait-that-is-a-fifo": "test_files::test_portrait_that_is_no_picture_file",
        "separated-by-semicolons": "test_files::test_table_is_read",
        "empty-rows-at-the-end": "test_files::test_table_is_read",
        "excel-workbook": "test_files::test_table_is_refused_with_what_to_do",
        "hidden-file-beside-the-requests": "test_files::test_hidden_file_beside_the_requests",
    },
    "folder": {
        "package-made-again": "test_plan::test_package_made_again",
        "candidates-after-the-package": "test_plan::test_candidates_after_the_package",
        "branch-without-a-station": "test_plan::test_branch_without_a_device_is_told",
        "ceremony-file-that-is-none": "test_titles::test_ceremony_file_that_is_none",
        "cut-bundle-then-the-whole-one": "test_folder::test_wrong_file_is_named_once",
        "package-given-to-the-import": "test_folder::test_wrong_file_is_named_once",
        "log-given-to-the-import": "test_folder::test_wrong_file_is_named_once",
        "next-line-of-a-ceremony-can-be-pasted": (
            "test_folder::test_next_line_of_a_ceremony_can_be_pasted"
        ),
        "seats-after-a-count-on-several-machines": (
            "test_folder::test_seats_after_a_count_on_several_machines"
        ),
    },
    "names": {
        **_all(
            "name-with-",
            "zero-width-space word-joiner byte-order-mark tag-letter line-separator deprecated-format "
            "hangul-filler braille-blank private-use unassigned soft-hyphen annotation-anchor",
            "test_names::test_refusal_names_line_column_and_character",
        ),
        **_all(
            "name-",
            "of-a-non-joiner of-a-hangul-filler of-two-marks of-119-marks-on-a-letter",
            "test_names::test_name_nobody_can_read_is_refused",
        ),
        **_all(
            "name-with-a-",
            "non-joiner-inside-is-accepted shadda-is-accepted madda-is-accepted",
            "test_names::test_name_is_accepted",
        ),
        "lists-that-differ-by-arabic-and-persian-yeh": "test_names::test_lists_that_look_the_same",
        **_all(
            "lists-that-differ-by-",
            "zero-width-space tatweel",
            "test_names::test_lists_that_differ_by_what_is_not_written",
        ),
        "registration-numbers-that-differ-by-case": (
            "test_names::test_registration_numbers_that_differ_by_case"
        ),
    },
    "persian": {
        **_all(
            "search-",
            "kurdish-e heh-doachashmee heh-goal swash-kaf kurdish-ye-and-o kurdish-l yeh-barree "
            "lone-hamza hyphen-as-a-space hyphen-as-nothing hamza-on-yeh-as-waw apostrophe "
            "latin-letter-with-a-mark arabic-yeh half-space",
            "test_persian::test_name_is_found",
        ),
        "number-of-ten-ones": "test_persian::test_ten_equal_digits",
        "registry-list-with-ten-ones": "test_persian::test_ten_equal_digits",
        "number-with-a-wrong-check-digit": "test_persian::test_number_with_a_wrong_check_digit",
    },
    "plan": {
        **_all(
            "",
            "jalali-dates day-that-is-over inactivity-without-end inactivity-of-1e300-s "
            "inactivity-of-0.0001-s two-offsets-on-one-day lot-seed-of-the-template",
            "test_plan::test_plan_is_refused_with_the_key",
        ),
        "jalali-day-of-a-new-election": "test_plan::test_day_of_a_new_election",
        **_all(
            "device-name",
            "s-that-differ-by-case -windows-keeps-for-itself",
            "test_plan::test_device_names_that_cannot_lie_in_one_folder",
        ),
    },
    "published": {
        "honest-publication": "test_published::test_honest_publication",
        "ground-decryption-in-an-archive": "test_published::test_ground_decryption_in_an_archive",
        "ground-decryption-in-a-whole-election": (
            "test_published::test_ground_decryption_in_a_whole_election"
        ),
        **_all(
            "member-twice-in-",
            "boxes challenged stations",
            "test_published::test_member_twice_in_a_supplement",
        ),
        "member-twice-in-a-signed-index": "test_published::test_member_twice_in_a_signed_index",
        "supplement-of-three-gib": "test_published::test_supplement_of_three_gib",
        "one-fault-told-once": "test_published::test_one_fault_is_told_once",
        "index-in-capitals": "test_published::test_index_in_capitals",
    },
    "seats": {
        "member-twice-candidates": "test_seats::test_member_twice",
        "member-twice-votes": "test_seats::test_member_twice",
        "list-in-two-spellings": "test_seats::test_list_in_two_spellings",
        "more-votes-than-ballots": "test_seats::test_more_votes_than_ballots",
        "tie-without-a-seed": "test_seats::test_tie_without_a_seed_stops",
        "terminal-escapes-in-names": "test_seats::test_what_a_terminal_would_obey_is_in_no_name",
    },
    "titles": {
        **_all(
            "title-",
            "of-45-bytes of-65-bytes of-103-bytes of-77-latin-letters with-a-backslash",
            "test_titles::test_title_is_accepted",
        ),
        "title-of-two-lines": "test_titles::test_unreadable_title_leaves_nothing",
        "second-try-after-a-failure": "test_titles::test_unreadable_title_leaves_nothing",
    },
}
ROOMS: Final = {"trust": TRUST, "office": OFFICE}


@cache
def written_in(path: Path) -> frozenset[str]:
    """Return the names of a file's tests."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return frozenset(node.name for node in tree.body if isinstance(node, ast.FunctionDef))


@pytest.mark.parametrize("room", ROOMS)
def test_every_case_is_played(room: str) -> None:
    unplayed = []
    for cases in ROOMS[room].values():
        for case, test in cases.items():
            file, name = test.split("::")
            path = CASES_OF / room / f"{file}.py"
            if not path.exists() or name not in written_in(path):
                unplayed.append(f"{case}: {test}")
    assert unplayed == []


def test_no_case_is_missing() -> None:
    trust, office = (
        sum(len(cases) for cases in ROOMS[room].values()) for room in ("trust", "office")
    )
    print(f"{trust} of trust, {office} of the office")
    assert (trust, office) == (88, 101)
