"""Decide what the operator can do on either device: load the package, test, open, pause, close, export.

    Away → SigningIn → Console ⇄ (loading, testing, printing, exporting)
                          └ an act of two roles → SecondSignature → Acting → Console
                                                    (first card out, the other role's card in)

Taking the card out ends the session. Opening and closing the polls take an officer and a
supervisor; either may come first. A pure function as in `kiosk.flows.ballot`.
"""
