"""The payload of a package: strict models of its maps, to and from `election.definition`.

Times are ISO 8601 texts with an offset, durations whole milliseconds, byte strings are CBOR's own.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated, Literal, TypeAlias

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from crypto import canonical
from crypto.errors import DecodeError
from election.definition import (
    ID_PATTERN,
    BallotForm,
    BallotStyle,
    Branch,
    BranchId,
    Candidate,
    CandidateList,
    Contest,
    ContestId,
    Device,
    DeviceId,
    Election,
    Role,
    Rules,
    SelectionCode,
    StyleId,
    Text,
)


@dataclass(frozen=True, slots=True)
class Content:
    election: Election
    portraits: Mapping[str, bytes]
    """By SHA-256 (hex)."""


def encode_content(content: Content) -> bytes:
    model = _Payload(election=_from_election(content.election), portraits=dict(content.portraits))
    return canonical.encode(model.model_dump())


def decode_content(data: bytes) -> Content:
    """`DecodeError` unless the bytes are exactly one payload of this form."""
    value = canonical.decode(data)
    try:
        payload = _Payload.model_validate(value)
        return Content(_to_election(payload.election), payload.portraits)
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        place = ".".join(map(str, first["loc"]))
        raise DecodeError(
            f"the package's content is malformed at {place}: {first['msg']}"
        ) from error
    except ValueError as error:
        raise DecodeError(f"the package's content is malformed: {error}") from error


# ---------------------------------------------------------------- models


class _Model(BaseModel):
    model_config = ConfigDict(strict=True, frozen=True, extra="forbid")


_Id = Annotated[str, Field(pattern=ID_PATTERN)]
_DeviceRole: TypeAlias = Literal["identity-station", "ballot-terminal"]
_Code = Annotated[int, Field(ge=1, le=65535)]
_Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
_Count = Annotated[int, Field(ge=1, le=1_000_000)]
_Milliseconds = Annotated[int, Field(ge=1, le=86_400_000)]
_Word = Annotated[str, Field(max_length=200)]
_Time = Annotated[str, Field(max_length=40)]


class _Text(_Model):
    fa: Annotated[str, Field(min_length=1, max_length=500)]
    en: Annotated[str, Field(max_length=500)]


class _Candidate(_Model):
    code: _Code
    name: _Text
    list_code: _Code | None
    portrait: _Sha256
    woman: bool


class _List(_Model):
    code: _Code
    name: _Text
    members: list[_Code]


class _Contest(_Model):
    id: _Id
    title: _Text
    seats: _Count
    max_selections: _Count
    form: Literal["slots", "choice"]
    code_width: Annotated[int, Field(ge=1, le=5)]
    blank_code: _Code
    candidates: list[_Candidate]
    lists: list[_List]


class _Style(_Model):
    id: _Id
    name: _Text
    contests: list[_Id]
    residence: list[_Word]


class _Branch(_Model):
    id: _Id
    name: _Text
    district: _Word
    mobile: bool
    offline: bool


class _Device(_Model):
    id: _Id
    role: _DeviceRole
    branch: _Id
    certificate: bytes
    sealed_card_key: bytes


class _Rules(_Model):
    min_age: Annotated[int, Field(ge=0, le=150)]
    finger_tries: Annotated[int, Field(ge=1, le=20)]
    first_capture_ms: _Milliseconds
    next_capture_ms: _Milliseconds
    authorization_minutes: Annotated[int, Field(ge=1, le=1440)]
    inactivity_ms: _Milliseconds
    inactivity_alert_ms: _Milliseconds
    ballots_per_terminal: Annotated[int, Field(ge=1, le=100_000)]
    challenge_allowed: bool
    challenges_per_voter: Annotated[int, Field(ge=1, le=100)]


class _Election(_Model):
    uuid: _Word
    name: _Text
    day: _Time
    opens: _Time
    closes: _Time
    contests: list[_Contest]
    styles: list[_Style]
    branches: list[_Branch]
    devices: list[_Device]
    rules: _Rules
    belenios_election: bytes
    seal_public_key: bytes
    country_signers: list[bytes]
    reconciliation_public_key: bytes
    rehearsal: bool


class _Payload(_Model):
    election: _Election
    portraits: dict[_Sha256, bytes]


# ---------------------------------------------------------------- to the definition


def _to_election(model: _Election) -> Election:
    return Election(
        model.uuid,
        _to_text(model.name),
        _to_day(model.day),
        _to_time(model.opens),
        _to_time(model.closes),
        tuple(_to_contest(each) for each in model.contests),
        tuple(_to_style(each) for each in model.styles),
        tuple(
            Branch(BranchId(each.id), _to_text(each.name), each.district, each.mobile, each.offline)
            for each in model.branches
        ),
        tuple(_to_device(each) for each in model.devices),
        _to_rules(model.rules),
        model.belenios_election,
        model.seal_public_key,
        tuple(model.country_signers),
        model.reconciliation_public_key,
        model.rehearsal,
    )


def _to_contest(model: _Contest) -> Contest:
    return Contest(
        ContestId(model.id),
        _to_text(model.title),
        model.seats,
        model.max_selections,
        BallotForm(model.form),
        model.code_width,
        SelectionCode(model.blank_code),
        tuple(_to_candidate(each) for each in model.candidates),
        tuple(
            CandidateList(
                SelectionCode(each.code),
                _to_text(each.name),
                tuple(SelectionCode(code) for code in each.members),
            )
            for each in model.lists
        ),
    )


def _to_candidate(model: _Candidate) -> Candidate:
    list_code = None if model.list_code is None else SelectionCode(model.list_code)
    name = _to_text(model.name)
    return Candidate(SelectionCode(model.code), name, list_code, model.portrait, model.woman)


def _to_style(model: _Style) -> BallotStyle:
    return BallotStyle(
        StyleId(model.id),
        _to_text(model.name),
        tuple(ContestId(each) for each in model.contests),
        tuple(model.residence),
    )


def _to_device(model: _Device) -> Device:
    return Device(
        DeviceId(model.id),
        Role(model.role),
        BranchId(model.branch),
        model.certificate,
        model.sealed_card_key,
    )


def _to_rules(model: _Rules) -> Rules:
    return Rules(
        min_age=model.min_age,
        finger_tries=model.finger_tries,
        first_capture_s=model.first_capture_ms / 1000,
        next_capture_s=model.next_capture_ms / 1000,
        authorization_minutes=model.authorization_minutes,
        inactivity_s=model.inactivity_ms / 1000,
        inactivity_alert_s=model.inactivity_alert_ms / 1000,
        ballots_per_terminal=model.ballots_per_terminal,
        challenge_allowed=model.challenge_allowed,
        challenges_per_voter=model.challenges_per_voter,
    )


def _to_text(model: _Text) -> Text:
    return Text(model.fa, model.en)


def _to_day(text: str) -> date:
    day = date.fromisoformat(text)
    if day.isoformat() != text:
        raise ValueError("a day is written 2026-06-14")
    return day


def _to_time(text: str) -> datetime:
    time = datetime.fromisoformat(text)
    if time.tzinfo is None or time.isoformat() != text:
        raise ValueError("a time is written 2026-06-14T08:00:00+03:30")
    return time


# ---------------------------------------------------------------- from the definition


def _from_election(election: Election) -> _Election:
    return _Election(
        uuid=election.uuid,
        name=_from_text(election.name),
        day=election.day.isoformat(),
        opens=election.opens.isoformat(),
        closes=election.closes.isoformat(),
        contests=[_from_contest(each) for each in election.contests],
        styles=[_from_style(each) for each in election.styles],
        branches=[
            _Branch(
                id=each.id,
                name=_from_text(each.name),
                district=each.district,
                mobile=each.mobile,
                offline=each.offline,
            )
            for each in election.branches
        ],
        devices=[_from_device(each) for each in election.devices],
        rules=_from_rules(election.rules),
        belenios_election=election.belenios_election,
        seal_public_key=election.seal_public_key,
        country_signers=list(election.country_signers),
        reconciliation_public_key=election.reconciliation_public_key,
        rehearsal=election.rehearsal,
    )


def _from_contest(contest: Contest) -> _Contest:
    return _Contest(
        id=contest.id,
        title=_from_text(contest.title),
        seats=contest.seats,
        max_selections=contest.max_selections,
        form=contest.form.value,
        code_width=contest.code_width,
        blank_code=contest.blank_code,
        candidates=[
            _Candidate(
                code=each.code,
                name=_from_text(each.name),
                list_code=each.list_code,
                portrait=each.portrait,
                woman=each.woman,
            )
            for each in contest.candidates
        ],
        lists=[
            _List(code=each.code, name=_from_text(each.name), members=list(each.members))
            for each in contest.lists
        ],
    )


def _from_style(style: BallotStyle) -> _Style:
    return _Style(
        id=style.id,
        name=_from_text(style.name),
        contests=list(style.contests),
        residence=list(style.residence),
    )


_DEVICE_ROLES: dict[Role, _DeviceRole] = {
    Role.IDENTITY_STATION: "identity-station",
    Role.BALLOT_TERMINAL: "ballot-terminal",
}


def _from_device(device: Device) -> _Device:
    if device.role not in _DEVICE_ROLES:
        raise ValueError("a device is an identity station or a ballot terminal")
    return _Device(
        id=device.id,
        role=_DEVICE_ROLES[device.role],
        branch=device.branch,
        certificate=device.certificate,
        sealed_card_key=device.sealed_card_key,
    )


def _from_rules(rules: Rules) -> _Rules:
    return _Rules(
        min_age=rules.min_age,
        finger_tries=rules.finger_tries,
        first_capture_ms=round(rules.first_capture_s * 1000),
        next_capture_ms=round(rules.next_capture_s * 1000),
        authorization_minutes=rules.authorization_minutes,
        inactivity_ms=round(rules.inactivity_s * 1000),
        inactivity_alert_ms=round(rules.inactivity_alert_s * 1000),
        ballots_per_terminal=rules.ballots_per_terminal,
        challenge_allowed=rules.challenge_allowed,
        challenges_per_voter=rules.challenges_per_voter,
    )


def _from_text(text: Text) -> _Text:
    return _Text(fa=text.fa, en=text.en)
