"""Sound: speech, tones and clips for one listener, mixed in one queue.

    text ──▶ espeak-ng (a process a sentence, over pipes) ──▶ libsonic ──▶ Player ──▶ PlaybackDevice
    clip ──▶ Ogg Vorbis, checked by its hash ───────────────────────────▶   │  gain, pause, repeat
    tone ───────────────────────────────────────────────────────────────▶   │

Waves are `Wave`s: 16 bit signed samples, one channel, `RATE` a second. A new utterance cuts the old one.
What is said may be a vote: nothing of it is written or logged, and the process that speaks ends with the
sentence.
"""
