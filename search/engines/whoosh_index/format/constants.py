"""Numbers that Python and the compiled kernels share.

Whole numbers by name and nothing else: setup.py runs this file by itself and hands each of them to the C compiler,
and `search.engines.whoosh_index.kernels` leaves aside what was compiled with others.
"""

#: Version of the kernel signatures; bump it when one changes.
KERNELS_VERSION = 17

#: Bits of a document number in a segment.
DOCUMENT_BITS = 16

#: The column of keys has the first eight bytes of one in this number of a dictionary's strings.
KEY_STEP = 4

#: The low bits of a posting's code are the frequency less 1, the high ones how much more the weight is.
FREQUENCY_BITS = 6
FREQUENCY_MASK = (1 << FREQUENCY_BITS) - 1
#: A code that says: the true numbers are among the exceptions.
ESCAPE = 255

#: An occurrence as one number, ordered by document and then position: document << 32 | position.
POSITION_BITS = 32
POSITION_MASK = (1 << POSITION_BITS) - 1
