"""Hold the key ceremony: n trustees make the election key, each on a machine of their own.

A USB drive (a folder) goes round. It holds no secret; each trustee's secret stays in a folder on the
trustee's machine, closed by a passphrase or a smart card. Everybody writes one file per step:

    ceremony.json            the organiser: title, names, how many are needed
    certificate-I.json       trustee I's keys for signing and for sealed messages
    commitment-I.json        hash of the next file, signed: nobody can choose it after the others'
    polynomial-I.json        threshold: the dealing            │ key-I.json    single: public key
    share-I.json             threshold: public share           │
    confirmation-I.json      signature over the hashes of all files and the election key
    trustees.json            what an election is defined with
    transcript.json          hashes of all files, election key, signatures of all trustees

A step begins when everybody has done the one before. Files are those of the reference tool where
it has them (`crypto.threshold`); commitment and confirmation are this project's.

    definition        ceremony.json, modes, steps, names of files
    ceremony_files    a USB drive read into a value; files written so that a pulled USB drive harms nothing
    statements        the texts that commitments and confirmations sign
    validation        pure: every file of a USB drive checked, with a reason for each that is refused
    transcript        pure: trustees.json, transcript.json, and their check
    journal           what a trustee has made and seen; its file in the secret folder
    secret            the secret file and who can open it (`headquarters.keepers`)
    machine           pure: which step is due, and doing it
    trustee           a trustee's visit to the USB drive: machine, journal and secret together
    coordinator       making a ceremony, its state, the end, and the check of a finished one
    share             the key a trustee decrypts with, after the election
"""
