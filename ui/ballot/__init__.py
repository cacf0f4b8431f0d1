"""Screens of the ballot terminal.

`BallotWindow` (ui.ballot.window) draws the flow's state and sends its events.

A screen is built anew for every kind of state, presentation and contest, and discarded with everything
in it; only a contest's search index, which holds nothing of a voter, is kept. The tab, letters and digits
that a voter had open are in a `ContestViewState` per contest and are discarded with the voter.

objectNames, for robots and tests:

    everywhere       help, settings; in its panel lang-fa, lang-en, size-<TextSize>, theme-<Theme>,
                     settings-close
    Preferences      the same choices, begin
    Marking          back, skip, next; tab-name, tab-code, tab-list, tab-all
      by name        search (line edit), search-clear, key-<letter>, key-space, key-erase, key-order,
                     key-hide; keyboard-show while it is hidden; search-show where keyboard and
                     results do not fit together
      by code        digit-0 … digit-9, digit-erase, digit-clear; confirm-yes, confirm-no
      by list        lists (item view), list-back, choose-list
      results        candidates (item view; a row's selection code is under UserRole),
                     candidates-up, candidates-down, lists-up, lists-down
      tray           tray-<code>, clear-all, tray-pages-up, tray-pages-down; label chosen-count
      questions      question-list, question-blank, question-clear, each with confirm-yes, confirm-no
      notice         label notice-text
    Review           change-<index of the contest>, back, accept, review-up, review-down
    CastOrChallenge  cast, challenge, back; label tracking
    Challenged       begin; label tracking; opening-qr
    Recorded         labels tracking, take-card; tracking-qr
    Helping, Inactive  still-here; label time-left
    messages         labels message-title, message-text, message-title-other; incident, incident-todo

The window's properties `flow` and `console` name the states' classes.
"""
