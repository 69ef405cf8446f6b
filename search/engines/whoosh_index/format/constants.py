"""Numbers that Python and the compiled kernels share.

Whole numbers by name and nothing else: setup.py runs this file by itself and hands each of them to the C compiler,
and `search.engines.whoosh_index.kernels` leaves aside what was compiled with others.
"""

#: Version of the kernel signatures; bump it when one changes.
KERNELS_VERSION = 6

#: A document number in a segment has so many bits.
DOCUMENT_BITS = 16

#: One in so many of a dictionary's strings has its first eight bytes in the column of keys.
KEY_STEP = 4

#: The low bits of a posting's code are the frequency less 1, the high ones how much more the weight is.
FREQUENCY_BITS = 6
FREQUENCY_MASK = (1 << FREQUENCY_BITS) - 1
#: A code that says: the true numbers are among the exceptions.
ESCAPE = 255

#: An occurrence as one number, ordered by document and then position: document << 32 | position.
POSITION_BITS = 32
POSITION_MASK = (1 << POSITION_BITS) - 1
