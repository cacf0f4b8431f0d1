"""The line to a registry: one thread that asks, probes and hands over, and knows whether the line is up.

link        is the line up, and when is it to be probed     pure
line        one exchange over mutual TLS 1.3, within a time
attendant   the thread: asks for the voter who waits, probes, hands over between voters
"""
