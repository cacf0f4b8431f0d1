"""The table of `rename_names.py`: what is called otherwise from now on.

Modules stand at the paths of today's layout (after `move_rooms.py`), under their old names; a module at
another path is found by its last component and by what it defines.
"""

from __future__ import annotations

from dataclasses import dataclass

MODULES = {
    "crypto.multiples": "scalar_mult",
    "crypto.alternative": "alt_signature",
    "election.issued": "issuance",
    "headquarters.district": "batch_tally",
    "headquarters.folder": "workspace",
    "headquarters.plan_file": "election_config",
    "headquarters.define": "definition_builder",
    "headquarters.issued": "issuance_check",
    "headquarters.tally.entries": "archive_writer",
    "headquarters.ceremony.organiser": "coordinator",
    "headquarters.ceremony.board": "ceremony_files",
    "headquarters.ceremony.examination": "validation",
    "ui.ballot.desk": "contest_view_state",
}
"""Module to its new last component; its test file follows."""

NAMES: dict[str, dict[str, str]] = {
    # ------------------------------------------------------------ crypto
    "crypto.archive": {"Entry": "ArchiveEntry"},
    "crypto.canonical": {"Value": "CanonicalValue"},
    "crypto.card_box": {"CardKey": "CardPublicKey", "close_for_card": "seal_to_card"},
    "crypto.certificates": {
        "Holder": "Subject",
        "HolderKey": "SubjectKey",
        "read_holder": "read_subject",
        "CardKey": "OperatorCardKey",
        "CertificateRefused": "CertificateRefusedError",
    },
    "crypto.election": {"Election": "BeleniosElection"},
    "crypto.errors": {
        "UnsupportedVersion": "UnsupportedVersionError",
        "UntrustedKey": "UntrustedKeyError",
    },
    "crypto.group": {"Draw": "ScalarSource"},
    "crypto.multiples": {"weighted_sum": "multi_scalar_mult"},
    "crypto.passphrase": {
        "open_box": "decrypt_with_passphrase",
        "close_box": "encrypt_with_passphrase",
        "WeakPassphrase": "WeakPassphraseError",
        "NotEnoughMemory": "NotEnoughMemoryError",
    },
    "crypto.proofs": {
        "knows": "is_schnorr_valid",
        "prove_knowledge": "prove_schnorr",
        "same_logarithm": "is_dleq_valid",
        "prove_same_logarithm": "prove_dleq",
        "holds_one_of": "is_disjunction_valid",
        "prove_one_of": "prove_disjunction",
    },
    "crypto.result": {"Item": "ItemT", "Counts": "QuestionCounts", "Result": "TallyResult"},
    "crypto.threshold.certificates": {"Place": "TrusteePlace"},
    "crypto.threshold.messages": {"StepRefused": "StepRefusedError"},
    # ------------------------------------------------------------ drivers
    "drivers.errors": {
        "DeviceNotFound": "DeviceNotFoundError",
        "DeviceLost": "DeviceLostError",
        "DeviceTimeout": "DeviceTimeoutError",
        "CardRemoved": "CardRemovedError",
        "CardInUse": "CardInUseError",
        "CardMute": "CardMuteError",
        "WrongPin": "WrongPinError",
        "PinBlocked": "PinBlockedError",
        "WrongAccessSecret": "WrongAccessSecretError",
    },
    "drivers.fingerprint.limits": {"Limits": "FingerprintLimits"},
    "drivers.fingerprint.seam": {
        "TemplateRefused": "TemplateFormatError",
        "Feedback": "SensorFeedback",
    },
    "drivers.fingerprint.sfm_wire": {
        "Code": "SfmCode",
        "Command": "SfmCommand",
        "Decoder": "SfmDecoder",
    },
    "drivers.fingerprint.zfm_link": {"Answer": "ZfmAnswer"},
    "drivers.fingerprint.zfm_wire": {
        "Code": "ZfmCode",
        "Command": "ZfmCommand",
        "Decoder": "ZfmDecoder",
        "Frame": "ZfmFrame",
        "Parameters": "ZfmParameters",
    },
    "drivers.power.nut": {"Limits": "NutLimits"},
    "drivers.printer.seam": {"Paper": "PaperState"},
    "drivers.printer.strip": {"Limits": "PrinterLimits", "_Stop": "_StripStoppedError"},
    "drivers.scanner.seam": {"Rejected": "RejectedScan", "Rejection": "ScanRejection"},
    "drivers.scanner.serial_scanner": {"Limits": "ScannerLimits"},
    "drivers.serial_line": {"Line": "ByteLine"},
    "drivers.smartcard.bit": {"Order": "MinutiaeOrder"},
    "drivers.smartcard.chip": {"Proof": "ChipProof"},
    "drivers.smartcard.curves": {"Point": "CurvePoint", "ScalarSource": "CurveScalarSource"},
    "drivers.smartcard.pace": {"Step": "PaceStep"},
    "drivers.smartcard.photo": {"Picture": "CardPhoto"},
    "drivers.smartcard.piv": {"Slot": "PivSlot"},
    "drivers.smartcard.profile": {"Secret": "AccessSecretKind"},
    "drivers.smartcard.public_keys": {"PublicKey": "ChipPublicKey"},
    "drivers.smartcard.recognise": {"Kind": "CardKind"},
    "drivers.smartcard.secure_messaging": {
        "Fault": "SecureMessagingFault",
        "ProtectionFault": "ProtectionError",
    },
    "drivers.smartcard.sod": {"Check": "DocumentCheck", "Outcome": "DocumentCheckOutcome"},
    "drivers.smartcard.tracking": {"Look": "SlotSnapshot"},
    "drivers.smartcard.winscard": {"Card": "CardHandle"},
    # ------------------------------------------------------------ election
    "election.answers": {"Counts": "AnswerCounts"},
    "election.bundle": {"Granted": "GrantedCount"},
    "election.challenge": {"Ticket": "ChallengeTicket"},
    "election.definition": {"Device": "EnrolledDevice"},
    "election.envelope": {"EnvelopeRefused": "EnvelopeRefusedError"},
    "election.files": {"FileRefused": "FileRefusedError"},
    "election.package.envelope": {"Check": "PackageCheck"},
    "election.polls": {"Act": "PollsAct"},
    "election.provisional": {"Entry": "ProvisionalEntry"},
    "election.schema": {"Form": "DocumentForm"},
    "election.signed": {"SignatureRefused": "SignatureRefusedError"},
    "election.token": {"TokenRefused": "TokenRefusedError"},
    # ------------------------------------------------------------ headquarters
    "headquarters.archive_index": {
        "Told": "ProgressCallback",
        "Count": "BallotCount",
        "Index": "ArchiveIndex",
    },
    "headquarters.candidate_files": {"Key": "CandidateKey"},
    "headquarters.ceremony.board": {"Board": "CeremonyFiles", "read_board": "read_ceremony_files"},
    "headquarters.ceremony.definition": {"Mode": "TrusteeMode", "Step": "CeremonyStep"},
    "headquarters.ceremony.examination": {
        "Told": "ProgressCallback",
        "quiet": "no_progress",
        "Examination": "Validation",
        "examine": "validate_files",
    },
    "headquarters.ceremony.machine": {"Turn": "TrusteeTurn"},
    "headquarters.ceremony.organiser": {"Result": "CeremonyResult", "Standing": "CeremonyStatus"},
    "headquarters.ceremony.trustee": {
        "Person": "TrusteeDialog",
        "Visit": "DueStepsReport",
        "visit": "run_due_steps",
    },
    "headquarters.challenge.check": {"Fault": "ChallengeFault", "Verdict": "ChallengeVerdict"},
    "headquarters.challenge.reading": {
        "Chosen": "ChosenCandidate",
        "Kind": "ReadingKind",
        "Reading": "ContestReading",
    },
    "headquarters.decisions": {
        "Reason": "DecisionGround",
        "Signature": "DecisionSignature",
        "Statement": "DecisionList",
        "Verdict": "DecisionVerdict",
    },
    "headquarters.exclusion": {"Settled": "FinalBallots", "Opened": "HandleOpening"},
    "headquarters.exclusion_check": {"Problem": "ExclusionProblem"},
    "headquarters.import_report": {"Finding": "ImportFinding"},
    "headquarters.issued": {"Problem": "IssuanceProblem"},
    "headquarters.seats.apportion": {"price_of_a_seat": "electoral_quota"},
    "headquarters.seats.compare": {"Outcome": "SeatOutcome", "Comparison": "SeatComparison"},
    "headquarters.seats.model": {
        "LeftOvers": "RemainderSeats",
        "OverSum": "Overallocation",
        "Parameters": "SeatParameters",
        "Reading": "LawReading",
    },
    "headquarters.seats.report.charts": {
        "Places": "SeatPositions",
        "half_round_chart": "hemicycle",
    },
    "headquarters.seats.steps": {"Step": "AllocationStep", "Ticket": "LotTicket"},
    "headquarters.supplement": {"Challenged": "ChallengedBallot"},
    "headquarters.tally.admission": {"Refusal": "BallotRefusal"},
    "headquarters.tally.relay": {"Standing": "ArchiveStatus"},
    "headquarters.tally.steps": {
        "CiphertextLists": "TallyCiphertexts",
        "Counts": "QuestionCounts",
        "Result": "TallyResult",
    },
    "headquarters.tally.work": {"Progress": "ProgressCallback", "silent": "no_progress"},
    "headquarters.verification.ballots": {"BallotBox": "BallotChecker"},
    "headquarters.verification.container": {"Entry": "ArchivedFile", "Event": "ChainEvent"},
    "headquarters.verification.counting": {"Count": "CountCheck"},
    "headquarters.verification.formulas": {
        "knows_logarithm": "is_schnorr_valid",
        "encrypts_one_of": "is_disjunction_valid",
        "decrypts": "is_dleq_valid",
        "signed": "is_signature_valid",
        "shuffles": "are_shuffles_valid",
        "Generators": "GeneratorCache",
        "ShuffleProof": "ParsedShuffleProof",
    },
    "headquarters.verification.report": {
        "Flaw": "FlawError",
        "Progress": "ProgressCallback",
        "Reason": "FailureReason",
        "Report": "VerificationReport",
    },
    "headquarters.verification.setup": {
        "Frame": "ElectionFrame",
        "Group": "TrusteeGroup",
        "Question": "QuestionShape",
    },
    "headquarters.verification.values": {"Json": "ParsedJson", "Proof": "ParsedProof"},
    "headquarters.verification.work": {"Done": "DoneT", "Piece": "PieceT", "Line": "WorkQueue"},
    # ------------------------------------------------------------ kiosk
    "kiosk.errors": {
        "TamperedStore": "TamperedStoreError",
        "MediumFull": "MediumFullError",
        "MediumLost": "MediumLostError",
        "RegistryUnreachable": "RegistryUnreachableError",
        "RegistryRejected": "RegistryRejectedError",
    },
    "kiosk.flows.ballot.events": {"Effect": "BallotEffect", "Event": "BallotEvent"},
    "kiosk.flows.ballot.flow": {"Step": "BallotStep"},
    "kiosk.flows.ballot.states": {"State": "BallotState"},
    "kiosk.flows.common": {
        "AskReadiness": "CheckReadiness",
        "Broken": "DeviceFault",
        "Log": "WriteAudit",
        "Mended": "DeviceRecovered",
    },
    "kiosk.flows.identity.events": {"Effect": "IdentityEffect", "Event": "IdentityEvent"},
    "kiosk.flows.identity.flow": {"Step": "IdentityStep"},
    "kiosk.flows.identity.states": {
        "Feedback": "FingerHint",
        "Holder": "CardHolder",
        "Refusal": "VoterRefusal",
        "State": "IdentityState",
        "Way": "AccessWay",
    },
    "kiosk.flows.operator.events": {"Effect": "ConsoleEffect", "Event": "ConsoleEvent"},
    "kiosk.flows.operator.flow": {"Step": "ConsoleStep"},
    "kiosk.flows.operator.states": {
        "Act": "ConsoleAct",
        "Outcome": "ActOutcome",
        "State": "ConsoleState",
        "View": "ConsoleView",
    },
    "kiosk.reports": {"Check": "CheckLine", "Line": "ReportLine"},
    "kiosk.runtime.loop": {"Effect": "EffectT", "Event": "EventT", "State": "StateT"},
    "kiosk.settings": {
        "Limits": "DeviceLimits",
        "PcscReader": "PcscReaderSettings",
        "Reader": "ReaderSettings",
        "Screen": "ScreenSettings",
        "SerialLine": "SerialLineSettings",
        "SocketReader": "SocketReaderSettings",
    },
    "kiosk.station.base": {"Base": "DeviceContext"},
    "kiosk.station.cards": {"CardDesk": "CardReaderService"},
    "kiosk.station.console": {"Console": "OperatorConsole", "Duties": "DeviceOperations"},
    "kiosk.station.device": {"Device": "StationDevice"},
    "kiosk.station.fingers": {"FingerDesk": "FingerprintService"},
    "kiosk.station.paper": {"Paper": "ReportPrinter"},
    "kiosk.station.power": {"PowerDesk": "PowerService", "Told": "PowerCallback"},
    "kiosk.storage.medium": {"CapacityReached": "CapacityReachedError"},
    "kiosk.storage.votes": {
        "AlreadyRecorded": "AlreadyRecordedError",
        "Counts": "StoreCounts",
        "ForeignStore": "ForeignStoreError",
        "MirrorFailed": "MirrorFailedError",
        "RecordInDoubt": "RecordInDoubtError",
    },
    # ------------------------------------------------------------ ui
    "ui.ballot.cards": {"Form": "CardForm"},
    "ui.ballot.desk": {"Desk": "ContestViewState"},
    "ui.ballot.finding": {"Chosen": "ChosenCodes", "Way": "FindingPage"},
    "ui.ballot.preferences": {"Choice": "SampleButton"},
    "ui.ballot.rows": {"Index": "ModelIndex"},
    "ui.ballot.tray": {"Tray": "SelectionTray"},
    "ui.ballot.window": {"Key": "ScreenKey"},
    "ui.identity.page": {"Page": "SituationPage"},
    "ui.identity.voter": {"Told": "VoterNotice", "told": "voter_notice"},
    "ui.operator.words": {"Question": "ConfirmationText"},
    "ui.raster": {"Raster": "ReceiptRaster"},
    "ui.widgets.buttons": {"Kind": "ButtonKind"},
    "ui.widgets.frames": {"Card": "BorderedFrame"},
    "ui.widgets.keyboard": {"Order": "KeyOrder"},
    "ui.widgets.settings": {"Choice": "SettingChoice"},
    "ui.widgets.signin": {"Signature": "SignatureFrame"},
    "ui.widgets.slot": {"CardSlot": "CardSlotPicture"},
    # ------------------------------------------------------------ commands
    "commands.ceremony_console": {"Told": "ProgressCallback"},
    "commands.doctor.devices": {"Question": "DeviceQuestion"},
    "commands.doctor.finding": {"Finding": "DoctorFinding"},
    "commands.station": {"Shell": "UiBridge"},
    "commands.verify": {"Failure": "BatchFailure"},
    "commands.working": {"Told": "ProgressCallback", "tell": "print_result"},
    # ------------------------------------------------------------ simulators
    "simulators.bench.cards": {"Tray": "CardTray"},
    "simulators.bench.devices": {
        "Printer": "PrinterDrawing",
        "Reader": "ReaderDrawing",
        "Sensor": "SensorDrawing",
    },
    "simulators.bench.protocol": {
        "CardKey": "BenchCardId",
        "CardKind": "BenchCardKind",
        "Slot": "ReaderSlot",
        "Supply": "SupplySetting",
        "Touch": "TouchStyle",
    },
    "simulators.benchmarks.command": {"Bench": "Benchmark"},
    "simulators.benchmarks.events": {
        "Count": "EventCount",
        "Counted": "CountedStep",
        "Station": "BenchmarkStation",
    },
    "simulators.benchmarks.measure": {"Tell": "StatusCallback"},
    "simulators.cards.base": {"Refused": "CommandRefusedError"},
    "simulators.cards.eid": {"Finger": "EnrolledFinger"},
    "simulators.cards.issuer": {"PrivateKey": "CardPrivateKey"},
    "simulators.cards.issuer_certificates": {"Validity": "ValidityPeriod"},
    "simulators.cards.piv_keys": {"PrivateKey": "PivPrivateKey"},
    "simulators.cards.piv_secrets": {"Secret": "PivSecret"},
    "simulators.cards.piv_vendor": {"Memory": "VendorMemory"},
    "simulators.commands.authority": {
        "AuthorityError": "AuthorityFolderError",
        "PrivateKey": "AuthorityPrivateKey",
    },
    "simulators.commands.card": {"Reader": "SlotReader"},
    "simulators.commands.fingerprint": {"Memory": "ModuleMemory"},
    "simulators.commands.host": {"Value": "ControlValue", "_Closed": "_ClosedError"},
    "simulators.commands.personalise": {
        "CardError": "PersonalisationError",
        "CardKey": "CardKeyType",
    },
    "simulators.commands.scanner": {"Frame": "ScanFrame"},
    "simulators.control": {
        "Command": "ControlCommand",
        "Device": "SimulatedDevice",
        "State": "StateRequest",
    },
    "simulators.demo.booth": {"Choice": "ContestChoice", "Way": "SearchWay"},
    "simulators.demo.day": {"Said": "ProgressBars", "Turn": "VoterTurn"},
    "simulators.demo.electorate": {"Kind": "VisitKind"},
    "simulators.demo.hands": {"Stuck": "StuckError", "View": "RobotView"},
    "simulators.demo.hardware": {"Place": "CardPlace"},
    "simulators.demo.office": {"Counted": "CountedElection", "Progress": "ProgressCallback"},
    "simulators.demo.places": {"Places": "DayFolders"},
    "simulators.demo.report": {"Timing": "StepDurations"},
    "simulators.demo.stations": {"Station": "StationProcess"},
    "simulators.fingerprint.matcher": {"Comparison": "FingerComparison"},
    "simulators.fingerprint.module": {"Timing": "ModuleTiming"},
    "simulators.fingerprint.sensor": {"Result": "CaptureResult", "Touch": "SensorTouch"},
    "simulators.fingerprint.zfm_template": {"Verdict": "TemplateVerdict"},
    "simulators.names": {"Text": "BilingualName"},
    "simulators.portraits.look": {"Look": "PortraitLook"},
    "simulators.portraits.pen": {"Point": "PenPoint"},
    "simulators.printer.page": {"Page": "PrintedPage"},
    "simulators.printer.parser": {"Command": "PrinterCommand"},
    "simulators.robot": {"Answer": "RobotAnswer", "Hands": "RobotHands"},
    "simulators.ups.battery": {"Fault": "UpsFault"},
    # ------------------------------------------------------------ tests
    "tests.golden.subject": {"Subject": "DocumentUnderTest"},
}
"""Module to its names: old to new."""


@dataclass(frozen=True, slots=True)
class Attribute:
    """A field, method or keyword to rename in some modules.

    `owners`: the classes whose body and `self` have it; empty for all. `skip`: expressions (regular
    expressions) whose attribute of this name is another one.
    """

    old: str
    new: str
    within: tuple[str, ...]
    owners: tuple[str, ...] = ()
    skip: tuple[str, ...] = ()


_SEATS = ("headquarters", "commands.seats", "kiosk.cli.seats", "tests.headquarters")
_STATION = (
    "kiosk.station",
    "commands.station",
    "kiosk.cli.station",
    "simulators.benchmarks.events",
    "kiosk.cli.bench.events",
    "tests.kiosk.station",
)
_CEREMONY = ("headquarters.ceremony", "headquarters.archive_index")

ATTRIBUTES = (
    Attribute(
        "left_overs",
        "remainder_seats",
        _SEATS,
        owners=("Parameters", "SeatParameters", "PlanFile"),
        skip=(r"given", r"plan\.seats"),
    ),
    Attribute(
        "over_sum",
        "overallocation",
        _SEATS,
        owners=("Parameters", "SeatParameters"),
        skip=(r"given", r"plan\.seats"),
    ),
    Attribute("_told", "_progress", _CEREMONY),
    Attribute("base", "context", _STATION),
    Attribute("_base", "_context", _STATION),
    Attribute("desk", "card_service", _STATION),
    Attribute("_desk", "_card_service", _STATION),
    Attribute("_desks", "_card_services", _STATION),
    Attribute("identity_desk", "identity_card_service", _STATION),
    Attribute("_duties", "_operations", ("kiosk.station.console",)),
    Attribute("desk", "view_state", ("ui.ballot", "tests.ui.ballot")),
    Attribute("_desk", "_view_state", ("ui.ballot", "tests.ui.ballot")),
)

WORDS: tuple[tuple[tuple[str, ...], dict[str, str]], ...] = (
    (
        ("headquarters.seats", "commands.seats", "kiosk.cli.seats"),
        {"left_overs": "remainder_seats", "over_sum": "overallocation"},
    ),
    (
        (
            "headquarters.archive_index",
            "headquarters.ceremony",
            "commands.ceremony",
            "commands.ceremony_console",
            "kiosk.cli.ceremony",
            "kiosk.cli.ceremony_console",
        ),
        {"told": "progress"},
    ),
    (("headquarters.ceremony",), {"board": "ceremony_files"}),
    (
        ("kiosk.station", "commands.station", "kiosk.cli.station"),
        {
            "base": "context",
            "desk": "card_service",
            "desks": "card_services",
            "duties": "operations",
            "shell": "bridge",
        },
    ),
    (("ui.ballot",), {"desk": "view_state"}),
)
"""Modules, and their local variables and parameters: old to new."""

_CALLBACKS = (
    "headquarters.progress",
    "commands.ceremony_console",
    "commands.working",
    "headquarters.archive_index",
    "headquarters.ceremony.examination",
    "headquarters.tally.work",
    "headquarters.verification.report",
    "simulators.demo.office",
)

MERGED = {"ProgressCallback": _CALLBACKS, "no_progress": _CALLBACKS}
"""New name to its home and to the modules whose definition of it goes."""

NEW_FILES = {
    "headquarters/progress.py": '''\
"""The callback by which long work reports progress, and the one that reports nothing."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

ProgressCallback: TypeAlias = Callable[[str, int, int], None]
"""Called with the name of a step, the number of items done and the number of items in all."""


def no_progress(step: str, done: int, total: int) -> None:
    """Report nothing."""
    del step, done, total
''',
}
"""Path to content, written if there is no such file."""

FINISH = {
    "ui/operator/words.py": (
        (')  # fmt: skip\n"""From what is probably next', ')\n"""From what is probably next'),
    ),
    "headquarters/import_report.py": (
        ("RefusedRecord, Finding,", "RefusedRecord, ImportFinding,"),
    ),
    "tests/kiosk/station/test_ballot_terminal.py": (('["MirrorFailed"]', '["MirrorFailedError"]'),),
    "tests/drivers/smartcard/test_frame_log.py": (('"< CardRemoved"', '"< CardRemovedError"'),),
    "tests/kiosk/storage/test_votes.py": (
        ("import MediumFull\n", "import MediumFullError\n"),
        ("except MediumFull:\n", "except MediumFullError:\n"),
    ),
    "docs/architecture.md": (("CardRemoved, CardInUse", "CardRemovedError, CardInUse"),),
    "docs/adr/0017-two-families-of-fingerprint-modules.md": (
        ("a field of `Limits`", "a field of `FingerprintLimits`"),
    ),
    "docs/adr/0018-paper-codes-and-power.md": (
        ("one `Limits` value", "one `PrinterLimits` value"),
    ),
    "docs/adr/0019-control-protocol.md": (("into a `Command`", "into a `ControlCommand`"),),
    "docs/adr/0020-seats.md": (("(`Parameters`)", "(`SeatParameters`)"),),
    "docs/adr/0023-two-signatures.md": (("- `alternative` cuts", "- `alt_signature` cuts"),),
}
"""Path to replacements that follow the renames: where a mention alone does not tell what it means."""
