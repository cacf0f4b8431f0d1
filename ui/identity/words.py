"""Texts of the identity station by reason: why in one sentence, then what to do."""

from __future__ import annotations

from dataclasses import dataclass

from kiosk.flows.common import ClosedReason
from kiosk.flows.identity import states as at
from ui.widgets.pictures import Scene
from words.message import Message, m


@dataclass(frozen=True, slots=True)
class Saying:
    """Sentence with the reason, and what to do."""

    why: Message
    todo: Message


REFUSALS: dict[at.VoterRefusal, Saying] = {
    at.VoterRefusal.UNKNOWN_CARD: Saying(
        m("This is not an identity card."),
        m("Ask for the voter's identity card."),
    ),
    at.VoterRefusal.UNREADABLE: Saying(
        m("The card does not answer."),
        m("Wipe the chip, check which way round the card goes in, and put it in again."),
    ),
    at.VoterRefusal.CHIP_DEAD: Saying(
        m("The chip of this card does not answer."),
        m(
            "Wipe the chip, check which way round the card goes in, and put it in again. If it stays "
            "silent, ask for another identity document."
        ),
    ),
    at.VoterRefusal.PULLED: Saying(
        m("The card was pulled out while it was being read."),
        m("Put it in again and leave it in."),
    ),
    at.VoterRefusal.NOT_AUTHENTIC: Saying(
        m("The data on this card carry no valid signature."),
        m("Give no ballot. Call the supervisor."),
    ),
    at.VoterRefusal.COPIED: Saying(
        m("The chip of this card is a copy, or it is damaged."),
        m("Give no ballot. Keep the card and call the supervisor."),
    ),
    at.VoterRefusal.NOT_PROVEN: Saying(
        m("Whether the chip of this card is genuine cannot be proven with this device."),
        m("The card may be genuine. Ask for another identity document, or call the supervisor."),
    ),
    at.VoterRefusal.NO_PROOF: Saying(
        m("The chip of this card has nothing to prove with that it is not a copy."),
        m("Ask for another identity document, or call the supervisor."),
    ),
    at.VoterRefusal.NOT_OPENED: Saying(
        m("The card was not opened: what is printed on it could not be read."),
        m("Ask for another identity document, or call the supervisor."),
    ),
    at.VoterRefusal.OTHER_ISSUER: Saying(
        m("This card was issued by an authority that is not accepted here."),
        m("Ask for another identity document."),
    ),
    at.VoterRefusal.NOT_CITIZEN: Saying(
        m("This is no document of a citizen."),
        m("Give it back and ask for the national card or the passport."),
    ),
    at.VoterRefusal.CARD_EXPIRED: Saying(
        m("This card has expired."),
        m("Ask for another identity document."),
    ),
    at.VoterRefusal.BAD_NUMBER: Saying(
        m("The national number on this card is not a valid one."),
        m("Give no ballot. Call the supervisor."),
    ),
    at.VoterRefusal.UNDER_AGE: Saying(
        m("This person is not old enough to vote today."),
        m("Give the card back and explain it in a friendly way."),
    ),
    at.VoterRefusal.AGE_UNKNOWN: Saying(
        m("Officer and supervisor did not confirm that this person is old enough to vote."),
        m("Ask for another identity document, or call the supervisor."),
    ),
    at.VoterRefusal.NOT_ELIGIBLE: Saying(
        m("This person has no vote in any contest of this branch."),
        m("Give the card back and explain where the person can ask."),
    ),
    at.VoterRefusal.FINGERPRINT: Saying(
        m(
            "The fingerprint does not match, and officer and supervisor did not let the person pass."
        ),
        m("Give the card back. The refusal is recorded."),
    ),
    at.VoterRefusal.ALREADY_VOTED: Saying(
        m("This person has already received a ballot today."),
        m("Give the card back. If the person disagrees, call the supervisor."),
    ),
    at.VoterRefusal.CLAIMED_NOT_ISSUED: Saying(
        m("This person was claimed before, and the check-in was not finished."),
        m("Put the card in again: officer and supervisor together can issue it."),
    ),
    at.VoterRefusal.PAPERS_CUT: Saying(
        m(
            "This person was checked in, and the power failed before the ballot papers were handed out."
        ),
        m("Put the document in again: officer and supervisor together can finish it."),
    ),
    at.VoterRefusal.REGISTRY_UNREACHABLE: Saying(
        m("The registry does not answer, so nobody can tell whether this person has voted."),
        m("Check the line, then put the card in again. Nothing was claimed."),
    ),
    at.VoterRefusal.STORE: Saying(
        m("The station could not write its pollbook."),
        m("Issue no more ballots here. Call technical support."),
    ),
    at.VoterRefusal.REFUSED_TODAY: Saying(
        m("A card of this person was refused here today; another document does not mend that."),
        m("Give no ballot. Call the supervisor."),
    ),
    at.VoterRefusal.NOT_ON_ROLL: Saying(
        m("Nobody on the roll has this number and this birth date."),
        m("Give the document back and explain where the person can ask."),
    ),
    at.VoterRefusal.TOO_MANY_CHECKS: Saying(
        m("As many documents as allowed were checked by eye in this hour."),
        m(
            "Ask for a card with a chip, or for patience until the next hour. The supervisor can ask"
            " headquarters for a code."
        ),
    ),
    at.VoterRefusal.NOT_ON_PAPER: Saying(
        m(
            "Whether this person has voted the night decides, and a ballot paper cannot wait for that."
        ),
        m("Send the person to a branch with ballot terminals, which gives a provisional ballot."),
    ),
    at.VoterRefusal.NO_CARDS: Saying(
        m("This branch votes on paper: no card is needed here, and none is written."),
        m("Take the card out of the second reader. Put the voter's document into the first one."),
    ),
}


@dataclass(frozen=True, slots=True)
class Guidance:
    """Sensor's guidance: one sentence, one hint and a scene."""

    say: Message
    hint: Message
    scenes: tuple[Scene, ...]


GUIDANCE: dict[at.SensorFeedback, Guidance] = {
    at.SensorFeedback.PLACE_FINGER: Guidance(
        m("Put the finger on the sensor"),
        m("Flat, in the middle, and keep it still."),
        (Scene.FINGER_PLACE,),
    ),
    at.SensorFeedback.SCANNED: Guidance(
        m("Got it – comparing"),
        m("The finger can come off now."),
        (Scene.FINGER_SCANNED,),
    ),
    at.SensorFeedback.NO_FINGER: Guidance(
        m("There was no finger on the sensor"),
        m("Flat, in the middle, and keep it still."),
        (Scene.FINGER_PLACE,),
    ),
    at.SensorFeedback.TRY_AGAIN: Guidance(
        m("The picture was not clear"),
        m("Clean the finger, put it in the middle, press a little harder."),
        (Scene.FINGER_CLEAN, Scene.FINGER_CENTRE, Scene.FINGER_PRESS),
    ),
    at.SensorFeedback.TOO_DRY: Guidance(
        m("The finger is too dry"),
        m("Breathe on it, or rub it on the palm, then put it on again."),
        (Scene.FINGER_BREATHE,),
    ),
    at.SensorFeedback.TOO_WET: Guidance(
        m("The finger is too wet"),
        m("Dry the finger and the sensor with a cloth."),
        (Scene.FINGER_WIPE,),
    ),
    at.SensorFeedback.PARTIAL: Guidance(
        m("Only a part of the finger was seen"),
        m("Put it flat in the middle, not the tip alone."),
        (Scene.FINGER_CENTRE,),
    ),
    at.SensorFeedback.MOVED: Guidance(
        m("The finger moved"),
        m("Put it on and keep it still until the screen says so."),
        (Scene.FINGER_STILL,),
    ),
    at.SensorFeedback.PRESS_HARDER: Guidance(
        m("Press a little harder"),
        m("Flat, with even pressure."),
        (Scene.FINGER_PRESS,),
    ),
    at.SensorFeedback.NO_MATCH: Guidance(
        m("The finger does not match the card"),
        m("Try another finger, or the same one flatter."),
        (Scene.FINGER_OTHER, Scene.FINGER_CENTRE),
    ),
    at.SensorFeedback.LIFT_FINGER: Guidance(
        m("Lift the finger"),
        m("Then put it on again."),
        (Scene.FINGER_LIFT,),
    ),
}

SAME_FINGER = Guidance(
    m("The finger does not match the card"),
    m("Put on the finger that is named above, flat and in the middle."),
    (Scene.FINGER_CENTRE,),
)
"""No match, where the card compares one certain finger."""

FINGERS: dict[at.FingerName, Message] = {
    at.FingerName.RIGHT_THUMB: m("Right thumb"),
    at.FingerName.RIGHT_INDEX: m("Right index finger"),
    at.FingerName.RIGHT_MIDDLE: m("Right middle finger"),
    at.FingerName.RIGHT_RING: m("Right ring finger"),
    at.FingerName.RIGHT_LITTLE: m("Right little finger"),
    at.FingerName.LEFT_THUMB: m("Left thumb"),
    at.FingerName.LEFT_INDEX: m("Left index finger"),
    at.FingerName.LEFT_MIDDLE: m("Left middle finger"),
    at.FingerName.LEFT_RING: m("Left ring finger"),
    at.FingerName.LEFT_LITTLE: m("Left little finger"),
}
"""Which finger the card wants; one that it does not name is not named."""

ACCESS: dict[at.AccessProblem, Saying] = {
    at.AccessProblem.WRONG: Saying(
        m("The card did not open."),
        m("Compare what you typed with the card, digit by digit, and type it again."),
    ),
    at.AccessProblem.UNUSABLE: Saying(
        m("That is not what opens this card."),
        m("Scan or type what is printed on the card itself."),
    ),
}

ENTRIES: dict[at.EntryProblem, Saying] = {
    at.EntryProblem.NUMBER: Saying(
        m("This is no national number."),
        m("Compare the ten digits with the document and type both again."),
    ),
    at.EntryProblem.BIRTH: Saying(
        m("This is no day on which a voter can be born."),
        m("Year first, then month and day. Look which calendar the document has."),
    ),
    at.EntryProblem.DOES_NOT_FIT: Saying(
        m("Number and birth date do not fit anybody on the roll."),
        m("Compare both with the document and type them again. It can be asked once more."),
    ),
}

REASONS: dict[at.OverrideReason, Message] = {
    at.OverrideReason.WISH: m("The voter wishes another way"),
    at.OverrideReason.WORN: m("Worn or dry fingers"),
    at.OverrideReason.INJURED: m("Injury or bandage"),
    at.OverrideReason.NO_FINGERS: m("No fingers"),
    at.OverrideReason.NO_TEMPLATE: m("No fingerprint on the card"),
    at.OverrideReason.DEVICE: m("The sensor is broken"),
    at.OverrideReason.CARD_BLOCKED: m("The card compares no finger any more"),
    at.OverrideReason.NO_ANSWER: m(
        "Nobody can tell whether this person has voted: the night decides whether the ballot counts."
    ),
    at.OverrideReason.PROTEST: m(
        "Not voted, or begun at a terminal that is gone: the night decides whether the ballot counts."
    ),
    at.OverrideReason.OF_AGE: m("The person is old enough: the document leaves it open"),
    at.OverrideReason.REISSUE: m("The check-in was not finished the first time"),
    at.OverrideReason.PAPERS: m(
        "The power failed: sign only if this person has no ballot paper yet. It is given once."
    ),
    at.OverrideReason.RENEWAL: m("The voter's own card has expired, or its terminal is gone"),
}

CHOOSABLE = (
    at.OverrideReason.WISH,
    at.OverrideReason.WORN,
    at.OverrideReason.INJURED,
    at.OverrideReason.NO_FINGERS,
    at.OverrideReason.NO_TEMPLATE,
    at.OverrideReason.DEVICE,
)
"""A re-issue and a blocked card are no choice: the flow says when it is one."""

PROBLEMS: dict[at.WriteProblem, Saying] = {
    at.WriteProblem.NO_CARD: Saying(
        m("No authorization card in the second reader"),
        m("Put an empty authorization card in."),
    ),
    at.WriteProblem.WRONG_CARD: Saying(
        m("This is not an authorization card of this branch"),
        m("Take it out and put an empty authorization card in."),
    ),
    at.WriteProblem.PULLED: Saying(
        m("The card was pulled out while it was being written"),
        m("Put the same card in again and leave it in."),
    ),
    at.WriteProblem.NOT_WRITTEN: Saying(
        m("The card could not be written"),
        m("Try again; if it fails once more, take another card."),
    ),
    at.WriteProblem.NOT_RENEWABLE: Saying(
        m("There is nothing to renew on this card"),
        m("Put in the card that was given to this voter."),
    ),
    at.WriteProblem.RESCUED: Saying(
        m("The vote of this card is recorded"),
        m("It is among those rescued from the dead terminal. Tell the voter, and keep the card."),
    ),
    at.WriteProblem.OCCUPIED: Saying(
        m("This card still carries somebody else's unused authorization"),
        m("Best take another card. Overwrite it only if you know that its voter has left."),
    ),
}

CLOSED: dict[ClosedReason, Saying] = {
    ClosedReason.NO_PACKAGE: Saying(
        m("No election package is loaded"),
        m("Put the USB drive and an operator card in, then load the package."),
    ),
    ClosedReason.NOT_OPENED: Saying(
        m("The polls are not open yet"),
        m("Put an operator card in to open them."),
    ),
    ClosedReason.PAUSED: Saying(
        m("The polls are paused"),
        m("Put an operator card in to resume."),
    ),
    ClosedReason.CLOSED: Saying(
        m("The polls are closed"),
        m("Put an operator card in for reports and export."),
    ),
    ClosedReason.REPLACED: Saying(
        m("A spare took over from this device"),
        m("Nobody is served here any more. Put an operator card in to close and export."),
    ),
    ClosedReason.POWER: Saying(
        m("No line power: no new voter now"),
        m("Look after the mains. It goes on by itself when line power is back."),
    ),
}
