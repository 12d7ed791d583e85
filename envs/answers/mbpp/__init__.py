"""MBPP: small Python programs written from a description, and run where they can do no harm.

An answer is a program that a model wrote, and so is not to be trusted. ``sandbox`` starts a process
that runs ``boot``; in it ``judge`` evaluates the tests, and a child of it, ``worker``, locked in by
``confine``, runs the program. Between the two go plain values alone (``wire``): a program can say
what its functions return, and no more.
"""
