"""Fingerprint modules on a serial line: Suprema SFM and ZFM / R30x / R50x."""
