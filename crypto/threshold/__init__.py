"""Generate a key that any k of n trustees can use (Pedersen), as in Belenios protocol 1.

    1 certificate    every trustee: verification key vk, encryption key ek, signed   certificates
    3 dealing        every trustee: a secret polynomial f, f(j) sealed to every j,   dealing
                     and commitments A_m = a_m·G to its coefficients
    4 input          of j: what every dealing holds for j                            dealing
    5 share          every trustee: checks its f_i(j) against the commitments; the   shares
                     sum S_j is its decryption key, X_j = S_j·G is published
    6 parameters     anybody: all of it, checked, in one object                      parameters

(2 is everybody's check of the certificates.) The key is Σ A_i0; nobody ever holds its logarithm.
Every object has one encoding; signed texts and sealed channels are in `messages`. The step
numbers are those of the reference tool. Facts: Belenios specification 3.3, "Threshold
decryption", and the behaviour of belenios-tool 3.3.
"""
