"""Identity cards with the LDS1 application (ICAO Doc 9303 part 10): read, and verify."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Final

from drivers.errors import ApduError, AuthenticityError, ProtocolError, SessionEndedError
from drivers.smartcard import fields, lds, mrz, photo
from drivers.smartcard.access import AccessMethod, access_method
from drivers.smartcard.access_secret import AccessSecret, MrzKey
from drivers.smartcard.apdu import SW, ApduChannel, Command, select_application
from drivers.smartcard.chip import (
    NOT_OFFERED,
    ChipEvidence,
    ProofResult,
    compare_access,
    failed,
    not_possible,
    prove_active,
    prove_chip,
)
from drivers.smartcard.dates import PartialDate
from drivers.smartcard.evidence import Evidence
from drivers.smartcard.faces import Face
from drivers.smartcard.files import CardFiles
from drivers.smartcard.lds import FingerTemplate
from drivers.smartcard.match_on_card import OnCardMatcher
from drivers.smartcard.policy import MIN_ACTIVE_RSA_BITS, PassivePolicy
from drivers.smartcard.profile import Access, CardProfile
from drivers.smartcard.security_infos import SecurityInfo, parse_dg14
from drivers.smartcard.sod import check_passive, parse_sod
from drivers.smartcard.trust import CscaStore

EMRTD_AID: Final = bytes.fromhex("A0000002471001")
DG_PROTOCOLS: Final = 14
DG_ACTIVE_KEY: Final = 15


@dataclass(frozen=True, slots=True)
class ReadProgress:
    """Bytes read so far, and in all."""

    done: int
    total: int


@dataclass(frozen=True, slots=True)
class Identity:
    """Data of a card's holder.

    `national_number` has ten digits, `expiry` is the card's last valid day, None if it has none. The
    fields hold personal data and are left out of `repr`.
    """

    national_number: str = field(repr=False)
    surname: str = field(repr=False)
    given_names: str = field(repr=False)
    latin_surname: str = field(repr=False)
    latin_given_names: str = field(repr=False)
    birth_date: PartialDate = field(repr=False)
    sex: str = field(repr=False)
    document_number: str = field(repr=False)
    expiry: date | None
    address: tuple[str, ...] = field(repr=False)
    face: Face = field(repr=False)
    fingers: tuple[FingerTemplate, ...] = field(repr=False)
    groups: Mapping[int, bytes] = field(repr=False)
    sod: bytes = field(repr=False)

    @property
    def photo(self) -> bytes:
        """The face as a JPEG file; decoded now, so ask only after the card was verified.

        Raises `ProtocolError` for a picture that cannot be decoded.
        """
        return photo.decode(self.face.image).jpeg

    @property
    def name(self) -> str:
        """Given names and surname in the state's script."""
        return f"{self.given_names} {self.surname}".strip()

    @property
    def latin_name(self) -> str:
        """Given names and surname in Latin letters."""
        return f"{self.latin_given_names} {self.latin_surname}".strip()


class IdentityCard:
    """One session with an identity card.

    In this order: `read` (which opens the card), `verify_authenticity`, `verify_genuineness`, `identity`.
    No group is parsed before the signature over its hash was found authentic.

    All methods raise what `ApduChannel.send` raises, `ApduError` when the card refuses and
    `ProtocolError` when its files are malformed.
    """

    def __init__(
        self,
        channel: ApduChannel,
        profile: CardProfile,
        secret: AccessSecret | None = None,
        *,
        access: AccessMethod | None = None,
    ) -> None:
        """Prepare a session; `secret` is the text read from the card's face, None for open cards.

        Raises ValueError if the profile demands one and there is none.
        """
        self._channel = channel
        self._profile = profile
        self._access = access or access_method(profile, secret)
        self._printed_zone = secret.information if isinstance(secret, MrzKey) else ""
        self._files = CardFiles(channel, profile.chunk)
        self._opened = False
        self._groups: dict[int, bytes] = {}
        self._sod = b""
        self._evidence: Evidence | None = None

    @property
    def access(self) -> Access:
        """The way that opened the card; PACE_OR_BAC: BAC, because PACE could not be begun."""
        allowed = self._profile.access
        if allowed is Access.PACE_OR_BAC and not self._access.fell_back:
            return Access.PACE
        return allowed

    def open(self) -> None:
        """Gain access and select the application; do nothing if that was done.

        Raises `WrongAccessSecretError`; another card object on the same channel may try again.
        """
        if self._opened:
            return
        # Secure messaging of another object on this channel is over, also for the card.
        self._channel.set_secure_messaging(None)
        self._files.select_master()
        self._files.learn_lengths()
        self._access.before_select(self._channel)
        try:
            self._enter()
        except ApduError:
            if not self._access.is_first_only:
                raise
            # Some chips open by BAC only if nothing was tried since they got power.
            self._channel.restart()
            self._enter()
        self._opened = True

    def _enter(self) -> None:
        response = select_application(self._channel, self._profile.aid, want_fci=False)
        if response.sw != SW.OK:
            raise ApduError(response.sw, "select the identity application")
        self._access.after_select(self._channel)

    @property
    def profile(self) -> CardProfile:
        """The family of the card that is read."""
        return self._profile

    def read(self, progress: Callable[[ReadProgress], None] | None = None) -> None:
        """Read EF.SOD and the groups of the profile; nothing of them but EF.SOD is parsed.

        `progress` is called in the calling thread after every piece.
        """
        while True:
            try:
                self._read_files(progress)
                break
            except SessionEndedError:
                # Cards drop their keys over a length they do not like. They open again, at most twice:
                # without extended lengths, then with the smallest pieces. Not all find back to where
                # they were without a power cut.
                self._opened = False
                if not self._files.ask_for_less(at_once=True):
                    raise
                self._channel.restart()

    def identity(self, day: date) -> Identity:
        """Return the holder. `day` settles the century of short dates.

        Raises `AuthenticityError` unless `verify_authenticity` found the groups authentic.
        """
        if self._evidence is None:
            raise AuthenticityError("signature", "it was not checked before")
        self._evidence.require()
        return build_identity(self._sod, self._groups, self._profile, day)

    def _read_files(self, progress: Callable[[ReadProgress], None] | None) -> None:
        """Read EF.SOD, and the groups in it that the profile wants or that hold the keys of the chip.

        EF.COM is not asked: it is not signed, and issuers list what is not there, or have none. A group
        that EF.SOD lists and the card withholds is left out here; `verify_authenticity` and
        `verify_genuineness` find it. Only one the profile cannot do without raises `ApduError`.
        """
        self.open()
        self._evidence = None
        self._groups = {}
        self._sod = self._files.read_object(lds.FID_SOD, lds.TAG_SOD)
        sizes: dict[int, int] = {}
        for group in self._wanted():
            try:
                sizes[group] = self._files.size(lds.group_file(group), lds.GROUP_TAGS[group])
            except ApduError:
                if group in self._profile.groups:
                    raise
        total = len(self._sod) + sum(sizes.values())
        before = len(self._sod)

        def report(done: int) -> None:
            if progress is not None:
                progress(ReadProgress(before + done, total))

        report(0)
        for group, size in sizes.items():
            self._groups[group] = self._files.read(lds.group_file(group), size, report)
            before += size

    def _wanted(self) -> list[int]:
        """List the groups to read: those of the profile first, then the keys of the chip."""
        of_profile = [*self._profile.groups, *self._profile.optional_groups]
        try:
            listed = {number for number, _ in parse_sod(self._sod).group_hashes}
        except ProtocolError:
            return of_profile  # `verify_authenticity` tells what is wrong with EF.SOD
        keys = [group for group in (DG_PROTOCOLS, DG_ACTIVE_KEY) if group not in of_profile]
        return [group for group in of_profile + keys if group in listed]

    def verify_authenticity(
        self, store: CscaStore, day: datetime, policy: PassivePolicy | None = None
    ) -> Evidence:
        """Run passive authentication on what `read` read; see `sod` for the checks.

        `day`: the moment everything has to be valid at. `policy` None accepts the profile's documents.
        All groups of the profile are expected, whatever `policy` says.
        """
        profile = self._profile
        policy = policy or PassivePolicy((profile.kind,))
        expected = (*policy.expected, *profile.groups, *profile.optional_groups)
        self._evidence = check_passive(
            self._sod,
            self._groups,
            store,
            day,
            replace(policy, expected=expected),
            self._printed_zone,
        )
        return self._evidence

    @property
    def state(self) -> str:
        """The state in the signed zone, which rows of exceptions are about.

        Raises `AuthenticityError` as `identity` does.
        """
        if self._evidence is None:
            raise AuthenticityError("signature", "it was not checked before")
        self._evidence.require()
        return mrz.parse(lds.parse_dg1(self._groups[1])).state

    def verify_genuineness(self, min_active_bits: int = MIN_ACTIVE_RSA_BITS) -> ChipEvidence:
        """Let the chip prove that it is no copy, in every way its signed groups offer.

        What is missing or wrong is in the evidence, not raised; `ChipEvidence.require` judges it. If
        Chip Authentication fails, the card is of no further use. `min_active_bits`: shortest RSA key of
        Active Authentication. Raises `AuthenticityError` unless `verify_authenticity` found the groups
        authentic.
        """
        evidence = self._evidence
        if evidence is None:
            raise AuthenticityError("genuineness", "the signature was not checked before")
        evidence.require()
        listed = {*evidence.groups_checked, *evidence.groups_not_read}
        infos: tuple[SecurityInfo, ...] = ()
        if DG_PROTOCOLS in self._groups:
            try:
                infos = parse_dg14(self._groups[DG_PROTOCOLS])
            except ProtocolError as error:
                return ChipEvidence(active=NOT_OFFERED, chip=not_possible(str(error)))
        if DG_ACTIVE_KEY in self._groups:
            active = prove_active(
                self._channel,
                self._groups[DG_ACTIVE_KEY],
                infos,
                min_rsa_bits=min_active_bits,
            )
        elif DG_ACTIVE_KEY in listed:
            active = failed("the key is listed in EF.SOD and cannot be read")
        else:
            active = NOT_OFFERED
        if DG_PROTOCOLS not in self._groups:
            hidden = failed("the key is listed in EF.SOD and cannot be read")
            return ChipEvidence(active, hidden if DG_PROTOCOLS in listed else NOT_OFFERED)
        fid = lds.FID_SOD.to_bytes(2, "big")
        chip = prove_chip(self._channel, infos, Command(0x00, 0xA4, 0x02, 0x0C, fid))
        return ChipEvidence(
            active,
            chip,
            compare_access(self._access.offered, infos, fell_back=self._access.fell_back),
        )

    def finger_matcher(self, proof: ChipEvidence) -> OnCardMatcher:
        """Select and return the part of the card that compares fingers.

        `proof` is the result of `verify_genuineness`. Raises ValueError for a profile without matching on
        the card, and `AuthenticityError` unless the chip passed Chip Authentication: only then do its
        answers come from itself, and not from something between it and the reader.
        """
        if self._profile.on_card is None:
            raise ValueError("the cards of this profile do not compare fingers")
        if proof.chip.result is not ProofResult.PASSED:
            raise AuthenticityError("genuineness", "matching on the card needs chip authentication")
        matcher = OnCardMatcher(self._channel, self._profile.on_card)
        matcher.select()
        return matcher


def build_identity(
    sod: bytes, groups: Mapping[int, bytes], profile: CardProfile, today: date
) -> Identity:
    """Parse the group files of a card. Raises `ProtocolError`."""
    for group in profile.groups:
        if group not in groups:
            raise ProtocolError(f"the card has no DG{group}")
    zone = mrz.parse(lds.parse_dg1(groups[1]))
    details = lds.parse_dg11(groups[11]) if 11 in groups else None
    number = fields.national_number(profile.national_number, zone, groups)
    surname, given_names = fields.person_name(profile.person_name, zone, groups)
    template = profile.template_group
    fingers = (
        lds.parse_finger_group(groups[template], template, profile.minutiae)
        if template in groups
        else ()
    )
    born = mrz.birth_date(zone.birth, today)
    written_out = details.birth_date if details is not None else None
    if written_out is not None and (written_out.is_exact or not born.is_exact):
        born = written_out  # with the century
    face = lds.parse_faces(groups[profile.photo_group], profile.photo_group)[0]
    return Identity(
        national_number=number,
        surname=surname,
        given_names=given_names,
        latin_surname=zone.surname,
        latin_given_names=zone.given_names,
        birth_date=born,
        sex=zone.sex,
        document_number=zone.number,
        expiry=mrz.expiry_date(zone.expiry, today),
        address=details.address if details is not None else (),
        face=face,
        fingers=fingers,
        groups=groups,
        sod=sod,
    )
