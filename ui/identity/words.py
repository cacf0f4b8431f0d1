"""What the identity station says, by reason. Each refusal: why in one sentence, then what to do."""

from __future__ import annotations

from dataclasses import dataclass

from kiosk.flows.common import ClosedReason
from kiosk.flows.identity.states import (
    AccessProblem,
    Feedback,
    FingerName,
    OverrideReason,
    Refusal,
    WriteProblem,
)
from ui.text import N_
from ui.widgets.pictures import Scene


@dataclass(frozen=True, slots=True)
class Saying:
    """Texts are msgids: the page translates them."""

    why: str
    todo: str


REFUSALS: dict[Refusal, Saying] = {
    Refusal.UNKNOWN_CARD: Saying(
        N_("This is not an identity card."),
        N_("Ask for the voter's identity card."),
    ),
    Refusal.UNREADABLE: Saying(
        N_("The card does not answer."),
        N_("Wipe the chip, check which way round the card goes in, and put it in again."),
    ),
    Refusal.PULLED: Saying(
        N_("The card was pulled out while it was being read."),
        N_("Put it in again and leave it in."),
    ),
    Refusal.NOT_AUTHENTIC: Saying(
        N_("The data on this card carry no valid signature."),
        N_("Give no ballot. Call the supervisor."),
    ),
    Refusal.COPIED: Saying(
        N_("The chip of this card is a copy, or it is damaged."),
        N_("Give no ballot. Keep the card and call the supervisor."),
    ),
    Refusal.NOT_OPENED: Saying(
        N_("The card was not opened: what is printed on it could not be read."),
        N_("Ask for another identity document, or call the supervisor."),
    ),
    Refusal.OTHER_ISSUER: Saying(
        N_("This card was issued by an authority that is not accepted here."),
        N_("Ask for another identity document."),
    ),
    Refusal.CARD_EXPIRED: Saying(
        N_("This card has expired."),
        N_("Ask for another identity document."),
    ),
    Refusal.BAD_NUMBER: Saying(
        N_("The national number on this card is not a valid one."),
        N_("Give no ballot. Call the supervisor."),
    ),
    Refusal.UNDER_AGE: Saying(
        N_("This person is not old enough to vote today."),
        N_("Give the card back and explain it in a friendly way."),
    ),
    Refusal.NOT_ELIGIBLE: Saying(
        N_("This person has no vote in any contest of this branch."),
        N_("Give the card back and explain where the person can ask."),
    ),
    Refusal.FINGERPRINT: Saying(
        N_(
            "The fingerprint does not match, and officer and supervisor did not let the person pass."
        ),
        N_("Give the card back. The refusal is recorded."),
    ),
    Refusal.ALREADY_VOTED: Saying(
        N_("This person has already received a ballot today."),
        N_("Give the card back. If the person disagrees, call the supervisor."),
    ),
    Refusal.CLAIMED_NOT_ISSUED: Saying(
        N_("A ballot was claimed for this person before, but no card was written."),
        N_("Put the card in again: officer and supervisor together can issue it."),
    ),
    Refusal.REGISTRY_UNREACHABLE: Saying(
        N_("The registry does not answer, so nobody can tell whether this person has voted."),
        N_("Check the line, then put the card in again. Nothing was claimed."),
    ),
    Refusal.STORE: Saying(
        N_("The station could not write its pollbook."),
        N_("Issue no more ballots here. Call technical support."),
    ),
}


@dataclass(frozen=True, slots=True)
class Guidance:
    """What the sensor wants: one sentence, one hint, drawn."""

    say: str
    hint: str
    scenes: tuple[Scene, ...]


GUIDANCE: dict[Feedback, Guidance] = {
    Feedback.PLACE: Guidance(
        N_("Put the finger on the sensor"),
        N_("Flat, in the middle, and keep it still."),
        (Scene.FINGER_PLACE,),
    ),
    Feedback.SCANNED: Guidance(
        N_("Got it – comparing"),
        N_("The finger can come off now."),
        (Scene.FINGER_SCANNED,),
    ),
    Feedback.NO_FINGER: Guidance(
        N_("There was no finger on the sensor"),
        N_("Show the voter where the finger goes."),
        (Scene.FINGER_PLACE,),
    ),
    Feedback.POOR: Guidance(
        N_("The picture was not clear"),
        N_("Clean the finger, put it in the middle, press a little harder."),
        (Scene.FINGER_CLEAN, Scene.FINGER_CENTRE, Scene.FINGER_PRESS),
    ),
    Feedback.DRY: Guidance(
        N_("The finger is too dry"),
        N_("Breathe on it, or rub it on the palm, then put it on again."),
        (Scene.FINGER_BREATHE,),
    ),
    Feedback.WET: Guidance(
        N_("The finger is too wet"),
        N_("Dry the finger and the sensor with a cloth."),
        (Scene.FINGER_WIPE,),
    ),
    Feedback.PARTIAL: Guidance(
        N_("Only a part of the finger was seen"),
        N_("Put it flat in the middle, not the tip alone."),
        (Scene.FINGER_CENTRE,),
    ),
    Feedback.MOVED: Guidance(
        N_("The finger moved"),
        N_("Put it on and keep it still until the screen says so."),
        (Scene.FINGER_STILL,),
    ),
    Feedback.PRESS: Guidance(
        N_("Press a little harder"),
        N_("Flat, with even pressure."),
        (Scene.FINGER_PRESS,),
    ),
    Feedback.NO_MATCH: Guidance(
        N_("The finger does not match the card"),
        N_("Try another finger, or the same one flatter."),
        (Scene.FINGER_OTHER, Scene.FINGER_CENTRE),
    ),
    Feedback.LIFT: Guidance(
        N_("Lift the finger"),
        N_("Then put it on again."),
        (Scene.FINGER_LIFT,),
    ),
}

SAME_FINGER = Guidance(
    N_("The finger does not match the card"),
    N_("Put on the finger that is named above, flat and in the middle."),
    (Scene.FINGER_CENTRE,),
)
"""No match, where the card compares one certain finger."""

FINGERS: dict[FingerName, str] = {
    FingerName.RIGHT_THUMB: N_("Right thumb"),
    FingerName.RIGHT_INDEX: N_("Right index finger"),
    FingerName.RIGHT_MIDDLE: N_("Right middle finger"),
    FingerName.RIGHT_RING: N_("Right ring finger"),
    FingerName.RIGHT_LITTLE: N_("Right little finger"),
    FingerName.LEFT_THUMB: N_("Left thumb"),
    FingerName.LEFT_INDEX: N_("Left index finger"),
    FingerName.LEFT_MIDDLE: N_("Left middle finger"),
    FingerName.LEFT_RING: N_("Left ring finger"),
    FingerName.LEFT_LITTLE: N_("Left little finger"),
}
"""Which finger the card wants; one that it does not name is not named."""

ACCESS: dict[AccessProblem, Saying] = {
    AccessProblem.WRONG: Saying(
        N_("The card did not open."),
        N_("Compare what you typed with the card, digit by digit, and type it again."),
    ),
    AccessProblem.UNUSABLE: Saying(
        N_("That is not what opens this card."),
        N_("Scan or type what is printed on the card itself."),
    ),
}

REASONS: dict[OverrideReason, str] = {
    OverrideReason.WORN: N_("Worn or dry fingers"),
    OverrideReason.INJURED: N_("Injury or bandage"),
    OverrideReason.NO_FINGERS: N_("No fingers"),
    OverrideReason.NO_TEMPLATE: N_("No fingerprint on the card"),
    OverrideReason.DEVICE: N_("The sensor is broken"),
    OverrideReason.CARD_BLOCKED: N_("The card compares no finger any more"),
    OverrideReason.REISSUE: N_("The card was not written the first time"),
}

CHOOSABLE = (
    OverrideReason.WORN,
    OverrideReason.INJURED,
    OverrideReason.NO_FINGERS,
    OverrideReason.NO_TEMPLATE,
    OverrideReason.DEVICE,
)
"""A re-issue and a blocked card are no choice: the flow says when it is one."""

PROBLEMS: dict[WriteProblem, Saying] = {
    WriteProblem.NO_CARD: Saying(
        N_("No authorization card in the second reader"),
        N_("Put an empty authorization card in."),
    ),
    WriteProblem.WRONG_CARD: Saying(
        N_("This is not an authorization card of this branch"),
        N_("Take it out and put an empty authorization card in."),
    ),
    WriteProblem.PULLED: Saying(
        N_("The card was pulled out while it was being written"),
        N_("Put the same card in again and leave it in."),
    ),
    WriteProblem.NOT_WRITTEN: Saying(
        N_("The card could not be written"),
        N_("Try again; if it fails once more, take another card."),
    ),
    WriteProblem.OCCUPIED: Saying(
        N_("This card still carries somebody else's unused authorization"),
        N_("Best take another card. Overwrite it only if you know that its voter has left."),
    ),
}

CLOSED: dict[ClosedReason, Saying] = {
    ClosedReason.NO_PACKAGE: Saying(
        N_("No election package is loaded"),
        N_("Put the USB stick and an operator card in, then load the package."),
    ),
    ClosedReason.NOT_OPENED: Saying(
        N_("The polls are not open yet"),
        N_("Put an operator card in to open them."),
    ),
    ClosedReason.PAUSED: Saying(
        N_("The polls are paused"),
        N_("Put an operator card in to resume."),
    ),
    ClosedReason.CLOSED: Saying(
        N_("The polls are closed"),
        N_("Put an operator card in for reports and export."),
    ),
    ClosedReason.POWER: Saying(
        N_("No line power: no new voter now"),
        N_("Look after the mains. It goes on by itself when line power is back."),
    ),
}
