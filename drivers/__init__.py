"""Drivers of a branch's devices; of the other rooms they import `words` only."""

import logging

# Silent until a program asks for this logger by its name: a root logger at DEBUG is not enough to
# log the frames of devices (see `frame_log`).
logging.getLogger(__name__).addHandler(logging.NullHandler())
logging.getLogger(__name__).setLevel(logging.WARNING)
