"""Decide what the operator can do on either device: load the package, test, open, pause, close, export.

    Away → SigningIn → Console ⇄ (loading, testing, printing, exporting)
                          └ an act of two roles → SecondSignature → Acting → Console
                (the first card signs)      (first card out, the other role's card in; it signs the same)

At a station CLOSE asks first in which order the branch closes (`order`), and then what every act asks:

    Console → AskingDevices → AskingCards → Console
                  (the last station, while cards are missing)

From the console an operator may ask what to do (`Guided`, `election.ways_out`): answers lead to a code.

Taking the card out ends the session. Opening and closing the polls take an officer and a
supervisor; either may come first. A pure function as in `kiosk.flows.ballot`.
"""
