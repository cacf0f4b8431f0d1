"""Compute everything cryptographic: ballots, proofs, mixes, keys, certificates and signatures.

This room knows no election data, no device and no screen, and imports nothing local. Its error
tree is in `crypto.errors`. Ballots and the tally follow Belenios specification 3.3; the rest
follows the standards named in each module.
"""
