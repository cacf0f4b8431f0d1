"""Say by ear what changed on the ballot terminal: one sentence an act, from the states before and after it.

A pure function, as the flow is: whatever the screens do, the voter hears the same. Names of controls
are heard only while the voter moves among them, and are the screens' matter. Nothing here names a person
but the candidates, a card, a time or a device (VVSG 2.0, 7.3; EN 301 549 V3.2.1, 5.1.3).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, assert_never

from election.challenge import TicketError, tracking_groups
from election.definition import Contest, SelectionCode
from election.marks import Marks, may_hold_list
from kiosk.flows.ballot import states as at
from kiosk.station.sound import Tone
from ui.ballot import paper_words as words
from ui.ballot.notices import notice, refusal
from ui.ballot.questions import named, over_question
from words.message import Code, Items, Message, m, plural

SIZES: Final = {
    at.TextSize.SMALL: m("Text size: small"),
    at.TextSize.NORMAL: m("Text size: normal"),
    at.TextSize.LARGE: m("Text size: large"),
    at.TextSize.LARGEST: m("Text size: very large"),
}
THEMES: Final = {
    at.Theme.DEFAULT: m("Contrast: ordinary"),
    at.Theme.BLACK_ON_WHITE: m("Contrast: black on white"),
    at.Theme.WHITE_ON_BLACK: m("Contrast: white on black"),
    at.Theme.LOW_CONTRAST: m("Contrast: soft"),
}


COMPANIONS: Final = {
    at.Companion.NONE: m("You vote alone."),
    at.Companion.SEES: m("A companion may help you, and sees what you choose."),
    at.Companion.DARK: m("A companion may help you. What you choose stays dark: only you hear it."),
}
TYPE_A_CODE: Final = m("You may type a code with the digits, or go through the names.")
TOUCHES: Final = {
    at.Touch.ACTS: m("A touch chooses."),
    at.Touch.HEARS: m("The first touch is heard, the second one chooses."),
}


def heard(before: at.BallotState, after: at.BallotState) -> Message | None:
    """Return the one sentence for a change, None where nothing happened that a voter has to know."""
    if type(before) is not type(after):
        return _arrived(before, after)
    if isinstance(before, at.VoterState) and isinstance(after, at.VoterState):
        return _same_step(before, after)
    match before, after:
        case at.Closed(old), at.Closed(new):
            return None if old is new else where(after)
        case at.Refused(old_reason), at.Refused(new_reason):
            return None if old_reason is new_reason else where(after)
        case at.Inactive(_, _, called), at.Inactive(_, _, calling):
            return where(after) if calling and not called else None
        case at.Recording(), at.Recording(card_out=out):
            return None if before.card_out is out else m("Your vote is being recorded")
        case at.Recorded(), at.Recorded() if after.slip and not before.slip:
            return where(after)
        case at.Recorded(), at.Recorded():
            card = _card(after)
            return card if card != _card(before) or _reminds(before, after) else None
        case at.Abandoned(), at.Abandoned():
            return where(after) if _reminds(before, after) else None
        case _:
            return None


def where(state: at.BallotState) -> Message:
    """Return where the voter is and what can be done: the answer to "where am I?"."""
    match state:
        case at.Preferences():
            return said(m("Your card is in"), m("Press select to begin voting."))
        case at.ProvisionalNotice():
            return said(words.PROVISIONAL, words.PROVISIONAL_TEXT)
        case at.Marking():
            return _where_marking(state)
        case at.Review(session):
            return said(m("Check your choices"), *_all_chosen(session, session.marks))
        case at.Comparing():
            return _where_comparing(state)
        case at.PaperVoid():
            taken_out = (words.UNMARKED,) if state.unmarked else ()
            return said(words.VOID, words.void_text(state.problem), *taken_out)
        case at.CastOrChallenge():
            after = m("It counts as soon as you record it. After that it cannot be changed.")
            return said(m("Your vote is not recorded yet"), after, _number(state.tracking))
        case at.Challenged():
            return said(
                m("This ballot was opened and does not count"),
                m("This ballot becomes public. Now mark your vote anew: it stays secret."),
                _number(state.tracking),
            )
        case at.Recorded(tracking):
            slip = (words.TAKE_SLIP,) if state.slip else ()
            return said(m("Your vote is recorded"), _card(state), *slip, _number(tracking))
        case at.Helping():
            return said(
                m("The officer has been called"),
                m("Your choices are kept, and hidden from whoever comes to help you."),
                m("Go on voting, or leave without a vote."),
            )
        case at.Inactive(_, _, called):
            kept = (
                m("The officer has been called. Your choices are kept, and hidden.")
                if called
                else m(
                    "Your choices are kept, and hidden. Without an answer the officer is called."
                )
            )
            return said(m("Are you still there?"), kept)
        case (
            at.Closed()
            | at.Idle()
            | at.CheckingCard()
            | at.Refused()
            | at.Sealing()
            | at.Printing()
            | at.Recording()
            | at.Spoiling()
            | at.Abandoned()
            | at.NotRecorded()
            | at.OutOfService()
        ):
            told = notice(state)
            why = () if told.why is None else (told.why,)
            return said(told.title, *why, told.text)
        case _:
            assert_never(state)


def tone(before: at.BallotState, after: at.BallotState) -> Tone | None:
    """Return the sound of a change, heard before its sentence; None for most."""
    if isinstance(before, at.VoterState) and isinstance(after, at.VoterState):
        if isinstance(after, at.PaperVoid) and not isinstance(before, at.PaperVoid):
            return Tone.REFUSED
        old, new = before.session, after.session
        if new.asked_over is not None and new.asked_over != old.asked_over:
            return Tone.ATTENTION
        return Tone.REFUSED if new.notice is not None and new.notice != old.notice else None
    if type(before) is type(after):
        match before, after:
            case at.Inactive(), at.Inactive() if after.officer_called and not before.officer_called:
                return Tone.ATTENTION
            case at.Recorded(), at.Recorded() if _reminds(before, after):
                return Tone.ATTENTION
            case at.Abandoned(), at.Abandoned() if _reminds(before, after):
                return Tone.ATTENTION
            case _:
                return None
    match after:
        case at.Idle():
            return Tone.READY
        case at.CheckingCard():
            return Tone.CARD_IN
        case at.Refused() | at.Abandoned() | at.PaperVoid():
            return Tone.REFUSED
        case at.Inactive() | at.Helping():
            return Tone.ATTENTION
        case at.Recorded():
            return Tone.RECORDED
        case at.NotRecorded() | at.OutOfService():
            return Tone.BROKEN
        case _:
            return None


# ---------------------------------------------------------------- a change


def _arrived(before: at.BallotState, after: at.BallotState) -> Message:
    if isinstance(before, at.Helping | at.Inactive) and isinstance(after, at.VoterState):
        return said(m("Go on voting"), where(after))
    match after:
        case at.CheckingCard() | at.Sealing() | at.Printing() | at.Spoiling():
            # A moment: its title is enough, what follows says the rest.
            return notice(after).title
        case _:
            return where(after)


def _same_step(before: at.VoterState, after: at.VoterState) -> Message | None:
    """Return what changed within one step of the voter's way."""
    old, new = before.session.presentation, after.session.presentation
    if old.language != new.language:
        return where(after)
    if old.size != new.size:
        return SIZES[new.size]
    if old.theme != new.theme:
        return THEMES[new.theme]
    if old.companion != new.companion:
        return COMPANIONS[new.companion]
    if old.touch != new.touch:
        return TOUCHES[new.touch]
    if old.hearing != new.hearing:
        return _hearing(old.hearing, new.hearing)
    if isinstance(before, at.Marking) and isinstance(after, at.Marking):
        return _marked(before, after)
    if before.session.contests != after.session.contests:
        return where(after)
    match before, after:
        case at.Comparing(), at.Comparing():
            fresh = before.read != after.read or before.unread is not after.unread
            return where(after) if fresh else None
        case at.PaperVoid(), at.PaperVoid():
            return words.UNMARKED if after.unmarked and not before.unmarked else None
        case _:
            return None


def _hearing(old: at.Hearing, new: at.Hearing) -> Message:
    if old.dark != new.dark:
        return m("The screen is dark.") if new.dark else m("The screen is on.")
    if old.wpm != new.wpm:
        return plural("{count} word a minute", "{count} words a minute", new.wpm)
    return m("Volume {count} of {most}", count=new.volume, most=at.LOUDEST)


def _marked(before: at.Marking, after: at.Marking) -> Message | None:
    if before.index != after.index or before.session.contests != after.session.contests:
        return where(after)
    if after.confirming_blank and not before.confirming_blank:
        return _blank_question()
    if after.session.asked_list != before.session.asked_list and after.session.asked_list:
        return _list_question(after, after.session.asked_list)
    if after.session.asked_over != before.session.asked_over and after.session.asked_over:
        return _over_question(after)
    if after.session.notice is not None and after.session.notice != before.session.notice:
        return refusal(after.session.notice)
    if before.marks != after.marks:
        if after.marks.blank:
            return _chosen(after.contest, after.marks)
        return said(*_differences(after.contest, before.marks, after.marks), _how_many(after))
    # A question that was answered with no, or a refusal that was read: the contest goes on.
    over = before.asking and not after.asking
    read = before.session.notice is not None and after.session.notice is None
    return _how_many(after) if over or read else None


def _differences(contest: Contest, old: Marks, new: Marks) -> Sequence[Message]:
    gone = [c for c in _codes(old) if c not in _codes(new)]
    come = [c for c in _codes(new) if c not in _codes(old)]
    if len(gone) > 1:
        return (m("All are taken away."), *(_name_chosen(contest, c) for c in come))
    return (
        *(m("{name}: taken away", name=named(contest, c)) for c in gone),
        *(_name_chosen(contest, c) for c in come),
    )


def _name_chosen(contest: Contest, code: SelectionCode) -> Message:
    return m("{name}: chosen", name=named(contest, code))


# ---------------------------------------------------------------- a contest


def _where_marking(state: at.Marking) -> Message:
    session, contest = state.session, state.contest
    if state.confirming_blank:
        return _blank_question()
    if session.asked_list is not None:
        return _list_question(state, session.asked_list)
    if session.asked_over is not None:
        return _over_question(state)
    place = m("{place} of {count}", place=state.index + 1, count=len(session.contests))
    first = m("{contest}, {place}", contest=contest.title, place=place)
    if contest.only is not None:
        alone = m("Only {name} stands here. Yes or no?", name=named(contest, contest.only))
        return said(first, _chosen(contest, state.marks) if state.marks.settled else alone)
    rule = (
        m("Choose up to {most} candidates, or one list.", most=contest.max_selections)
        if may_hold_list(contest)
        else plural(
            "Choose one candidate.", "Choose up to {count} candidates.", contest.max_selections
        )
    )
    told = (rule, TYPE_A_CODE) if state.marks.empty else (_chosen(contest, state.marks),)
    return said(first, *told)


def _where_comparing(state: at.Comparing) -> Message:
    """Return what was read from the paper; nothing is said from memory as if it were the paper."""
    if state.read is not None:
        read = _all_chosen(state.session, state.read)
        return said(words.COMPARE, words.WAS_READ, *read, words.IS_IT_RIGHT)
    told = words.reading(state) or words.BY_EYE_ALONE
    waits = told is words.BEING_READ
    return said(words.COMPARE, told, *(() if waits else (words.ASK_FOR_HELP,)))


def _all_chosen(session: at.Session, marks: Sequence[Marks]) -> Sequence[Message]:
    """Return what is chosen in every contest of the voter's, by the marks of these contests among others."""
    by_contest = {each.contest: each for each in marks}
    return [
        m("{contest}: {chosen}", contest=c.title, chosen=_chosen(c, by_contest[c.id]))
        for c in session.contests
    ]


def _how_many(state: at.Marking) -> Message:
    marks, contest = state.marks, state.contest
    if marks.list_code is not None:
        the_list = contest.list_of(marks.list_code)
        members = len(the_list.members) if the_list else 0
        return plural(
            "It stands for its {count} member.", "It stands for its {count} members.", members
        )
    return m("{count} of {most} chosen", count=marks.count(), most=contest.max_selections)


def _chosen(contest: Contest, marks: Marks) -> Message:
    """Return what is chosen in a contest, by name, and how many places are left."""
    if marks.skipped:
        return m("You take no part in this contest.")
    if marks.blank:
        return m("A blank vote: nobody is chosen.")
    if marks.list_code is not None:
        name = named(contest, marks.list_code)
        return said(m("One list chosen, with all its members."), m("{name}", name=name))
    if not marks.persons:
        return m("You have chosen nobody")
    names = m("{names}", names=Items(tuple(named(contest, code) for code in marks.persons)))
    left = contest.max_selections - marks.count()
    if not left:
        return names
    more = plural(
        "{chosen} chosen. You could choose {count} more.",
        "{chosen} chosen. You could choose {count} more.",
        left,
        chosen=marks.count(),
    )
    return said(names, more)


def _blank_question() -> Message:
    return said(
        m("You have chosen nobody"),
        m("A blank vote is counted as cast, but for nobody. Is that what you want?"),
    )


def _list_question(state: at.Marking, code: SelectionCode) -> Message:
    asked = state.contest.list_of(code)
    members = len(asked.members) if asked else 0
    return said(
        m("Choose the list {name} instead?", name=named(state.contest, code)),
        m(
            "A vote is for one list, or for single candidates. The list stands for its "
            "{members} members; the {count} you have chosen would be taken away.",
            members=members,
            count=state.marks.count(),
        ),
    )


def _over_question(state: at.Marking) -> Message:
    asked = over_question(state)
    return said(asked.title, asked.text)


def _codes(marks: Marks) -> tuple[SelectionCode, ...]:
    return marks.persons if marks.list_code is None else (marks.list_code,)


# ---------------------------------------------------------------- parts of sentences


def _number(tracking: str) -> Message:
    """Return the tracking number, digit by digit, in groups."""
    try:
        groups = tracking_groups(tracking)
    except TicketError:
        return m("Tracking number")
    spoken = Items(tuple(Code(" ".join(group)) for group in groups))
    return m("Your tracking number: {number}", number=spoken)


def said(*sentences: Message) -> Message:
    """Make one of several sentences, with a pause between two."""
    first, *others = sentences
    if not others:
        return first
    if _is_ended(first):
        return m("{first} {others}", first=first, others=said(*others))
    return m("{first}. {others}", first=first, others=said(*others))


def _is_ended(sentence: Message) -> bool:
    """Whether a sentence, or what it ends with, has its stop: two of them are a stumble."""
    source = sentence.source
    if source.endswith("}"):
        last = dict(sentence.values).get(source[source.rindex("{") + 1 : -1])
        return isinstance(last, Message) and _is_ended(last)
    return source.endswith((".", "?", "!"))


def _card(state: at.Recorded) -> Message:
    """Return what to do with the card after the vote is recorded."""
    if state.card_busy:
        return m("Leave your card in for a moment.")
    if state.card_out:
        return m("Hand the card to the officer.")
    return m("Take your card and hand it to the officer.")


def _reminds(before: at.Recorded | at.Abandoned, after: at.Recorded | at.Abandoned) -> bool:
    return after.reminded and not before.reminded
