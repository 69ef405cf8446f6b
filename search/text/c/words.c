/* The words of many texts: found, put together again, and each once. What each function does is written in the function of the
   same name in search/text/batch.py and search/text/strings.py; tests/text/test_kernels.py holds one to the other.

   Arrays come by the buffer protocol, and what is made is written into arrays of the caller. Every number is checked before it
   is used as an index.
*/
#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#ifndef WORDS_VERSION
#error "setup.py compiles this: it passes on the numbers of search/text/constants.py"
#endif

/* Bytes that are read as one number; the first n of them, as `_FIRST_BYTES` in batch.py has it. */
#define EIGHT 8
/* A hash takes in no more bytes of a chunk: `_MAX_FORM_BYTES` there. */
#define MOST_HASHED 400
/* What a table has of a hash that it does not have: `_UNKNOWN` there. */
#define NO_CHUNK INT32_MIN
/* How many chunks ahead the places of a table are asked for: they are seldom in the nearest cache. */
#define AHEAD 12
/* Bytes that are looked at together: a bit each in a number of that many. */
#define BLOCK 64

/* Arrays ------------------------------------------------------------------------------------------------------ */

#define MOST_ARRAYS 10

typedef struct {
    Py_buffer views[MOST_ARRAYS];
    int count;
} Arrays;

#define ITEMS(arrays, i, type) ((type *)(arrays)->views[i].buf)
#define SIZE_OF(arrays, i) ((arrays)->views[i].len / (arrays)->views[i].itemsize)

static void
release(Arrays *arrays)
{
    while (arrays->count > 0)
        PyBuffer_Release(&arrays->views[--arrays->count]);
}

/* Take arrays whose items have these *widths*, a digit each; those from *written* on are written to. -1: an exception is set. */
static int
take(PyObject *const *objects, const char *widths, int written, Arrays *arrays)
{
    for (arrays->count = 0; widths[arrays->count] != 0;) {
        int i = arrays->count, how = PyBUF_C_CONTIGUOUS | (i >= written ? PyBUF_WRITABLE : 0);
        if (PyObject_GetBuffer(objects[i], &arrays->views[i], how) < 0) {
            release(arrays);
            return -1;
        }
        arrays->count++;
        if (arrays->views[i].itemsize != widths[i] - '0' || (uintptr_t)arrays->views[i].buf % (size_t)(widths[i] - '0') != 0) {
            release(arrays);
            PyErr_Format(PyExc_TypeError, "argument %d: a plain array of items of %c bytes expected", i + 1, widths[i]);
            return -1;
        }
    }
    return 0;
}

static PyObject *
wrong(Arrays *arrays, PyObject *error, const char *what)
{
    release(arrays);
    PyErr_SetString(error, what);
    return NULL;
}

/* Whether *texts* counts are of *size* words together, none below 0. */
static int
are_counts(const int64_t *counts, Py_ssize_t texts, Py_ssize_t size)
{
    Py_ssize_t i;
    for (i = 0; i < texts; i++) {
        if (counts[i] < 0 || counts[i] > size)
            return 0;
        size -= (Py_ssize_t)counts[i];
    }
    return size == 0;
}

/* Chunks ------------------------------------------------------------------------------------------------------ */

/* `_chunk_edges` in batch.py, of lower-cased text: a chunk is of bytes of words, and of joiners between two of these. Without branches,
   so that many bytes are compared at once. */
static inline uint8_t
is_of_word(uint8_t byte)
{
    return ((uint8_t)(byte - 'a') < 26) | ((uint8_t)(byte - '0') < 10) | (byte >= 128) | (byte == '_');
}

static inline uint8_t
is_joiner(uint8_t byte)
{
    return (byte == '.') | (byte == ',') | (byte == '\'') | (byte == '&');
}

/* A bit for each of a block of bytes that are 0 or 1. */
static inline uint64_t
bits_of(const uint8_t *flags)
{
    uint64_t bits = 0;
    int i;
    for (i = 0; i < BLOCK; i += EIGHT) {
#if PY_LITTLE_ENDIAN
        uint64_t eight;
        memcpy(&eight, flags + i, EIGHT);
        bits |= (eight * 0x0102040810204080u) >> 56 << i; /* the top byte gathers the lowest bit of each */
#else
        int k;
        for (k = 0; k < EIGHT; k++)
            bits |= (uint64_t)flags[i + k] << (i + k);
#endif
    }
    return bits;
}

/* Which of *size* bytes, a block at most, are of words, and which are joiners. */
static inline void
tell_apart(const uint8_t *text, Py_ssize_t size, uint64_t *words, uint64_t *joiners)
{
    uint8_t own[BLOCK], flags[BLOCK];
    int i;
    memset(own, 0, BLOCK);
    memcpy(own, text, (size_t)(size < BLOCK ? size : BLOCK));
    for (i = 0; i < BLOCK; i++)
        flags[i] = is_of_word(own[i]);
    *words = bits_of(flags);
    for (i = 0; i < BLOCK; i++)
        flags[i] = is_joiner(own[i]);
    *joiners = bits_of(flags);
}

/* Put down where the chunks between *first* and *last* start and end; return how many there are. The s of "U.S.'s" is no
   word of its own: full stop and apostrophe belong to the chunk, so up to two bytes after *last* are looked at. */
static Py_ssize_t
find_chunks(const uint8_t *text, Py_ssize_t first, Py_ssize_t last, int64_t *starts, int64_t *ends)
{
    Py_ssize_t at, size = 0;
    uint64_t words, joiners, next_words = 0, next_joiners = 0, word_before = 0, inside_before = 0;
    int is_open = 0;
    if (first < last)
        tell_apart(text + first, last - first, &next_words, &next_joiners);
    for (at = first; at < last || is_open; at += BLOCK) {
        uint64_t inside, edges;
        words = next_words;
        joiners = next_joiners;
        next_words = next_joiners = 0;
        if (at + BLOCK < last)
            tell_apart(text + at + BLOCK, last - at - BLOCK, &next_words, &next_joiners);
        inside = words | (joiners & (words << 1 | word_before) & (words >> 1 | next_words << (BLOCK - 1)));
        edges = inside ^ (inside << 1 | inside_before);
        word_before = words >> (BLOCK - 1);
        inside_before = inside >> (BLOCK - 1);
        for (; edges != 0; edges &= edges - 1) {
            Py_ssize_t edge = at + __builtin_ctzll(edges);
            if (!is_open)
                starts[size] = edge;
            else {
                if (text[edge] == '.' && edge + 2 < last && text[edge + 1] == '\'' && is_of_word(text[edge + 2])) {
                    /* the next edge is the start of what this goes on with */
                    is_open = 2;
                    continue;
                }
                if (is_open == 2) {
                    is_open = 1;
                    continue;
                }
                ends[size++] = edge;
            }
            is_open = !is_open;
        }
    }
    return size;
}

static inline uint64_t
mixed(uint64_t value, const uint64_t *by)
{
    value ^= value >> 32;
    value *= by[0];
    value ^= value >> 29;
    value *= by[1];
    return value ^ value >> 32;
}

/* The first *size* bytes at *at*, eight at most, as a little-endian number. There are eight to be read. */
static inline uint64_t
first_bytes(const uint8_t *at, Py_ssize_t size)
{
    uint64_t value;
    memcpy(&value, at, EIGHT);
#if PY_BIG_ENDIAN
    value = __builtin_bswap64(value);
#endif
    return size >= EIGHT ? value : value & (((uint64_t)1 << (8 * size)) - 1);
}

static inline uint64_t
hash_of(const uint8_t *chunk, Py_ssize_t size, const uint64_t *by)
{
    uint64_t hash = mixed(first_bytes(chunk, size), by);
    Py_ssize_t at;
    for (at = EIGHT; at < size && at < MOST_HASHED; at += EIGHT)
        hash = mixed(hash + first_bytes(chunk + at, size - at) * by[2], by);
    return hash;
}

/* What the table of a power of two of places has of *hash*: `NO_CHUNK` where it has nothing. */
static inline int32_t
find_hash(const uint64_t *hashes, const int32_t *numbers, Py_ssize_t size, uint64_t hash)
{
    uint64_t mask = (uint64_t)size - 1, slot = hash & mask;
    Py_ssize_t steps;
    for (steps = 0; steps < size && numbers[slot] != NO_CHUNK; steps++) {
        if (hashes[slot] == hash)
            return numbers[slot];
        slot = (slot + 1) & mask;
    }
    return NO_CHUNK;
}

static PyObject *
known_chunks(PyObject *self, PyObject *const *objects, Py_ssize_t given)
{
    Arrays arrays;
    Py_ssize_t first, last, size = 0, room, slots, i;
    const uint8_t *text;
    const uint64_t *by, *known;
    const int32_t *numbers;
    int64_t *starts, *ends;
    uint64_t *hashes;
    int32_t *values;
    (void)self;
    if (given != 10) {
        PyErr_SetString(PyExc_TypeError, "from where to where, text, multipliers, columns of a table and four arrays expected");
        return NULL;
    }
    first = PyLong_AsSsize_t(objects[0]);
    last = PyErr_Occurred() ? 0 : PyLong_AsSsize_t(objects[1]);
    if (PyErr_Occurred() || take(objects + 2, "18848884", 4, &arrays) < 0)
        return NULL;
    slots = SIZE_OF(&arrays, 2);
    if (SIZE_OF(&arrays, 1) != 3 || SIZE_OF(&arrays, 3) != slots || slots < 1 || (slots & (slots - 1)) != 0)
        return wrong(&arrays, PyExc_TypeError, "three multipliers expected, and a table of a power of two of places");
    if (first < 0 || last < first || last > SIZE_OF(&arrays, 0) - EIGHT)
        return wrong(&arrays, PyExc_IndexError, "text out of bounds");
    room = (last - first) / 2 + 1;
    for (i = 4; i < 8; i++)
        if (SIZE_OF(&arrays, (int)i) < room)
            return wrong(&arrays, PyExc_IndexError, "no room for the chunks");
    text = ITEMS(&arrays, 0, const uint8_t);
    by = ITEMS(&arrays, 1, const uint64_t);
    known = ITEMS(&arrays, 2, const uint64_t);
    numbers = ITEMS(&arrays, 3, const int32_t);
    starts = ITEMS(&arrays, 4, int64_t);
    ends = ITEMS(&arrays, 5, int64_t);
    hashes = ITEMS(&arrays, 6, uint64_t);
    values = ITEMS(&arrays, 7, int32_t);
    Py_BEGIN_ALLOW_THREADS
    size = find_chunks(text, first, last, starts, ends);
    for (i = 0; i < size; i++)
        hashes[i] = hash_of(text + starts[i], (Py_ssize_t)(ends[i] - starts[i]), by);
    for (i = 0; i < size; i++) {
        if (i + AHEAD < size) {
            Py_ssize_t slot = (Py_ssize_t)(hashes[i + AHEAD] & (uint64_t)(slots - 1));
            __builtin_prefetch(known + slot);
            __builtin_prefetch(numbers + slot);
        }
        values[i] = find_hash(known, numbers, slots, hashes[i]);
    }
    Py_END_ALLOW_THREADS
    release(&arrays);
    return PyLong_FromSsize_t(size);
}

/* Texts of words ---------------------------------------------------------------------------------------------- */

/* How long the strings *numbers* are with *gap* bytes between two; -1 where one is out of bounds. */
static Py_ssize_t
length_of(const int32_t *numbers, Py_ssize_t count, const int64_t *starts, Py_ssize_t strings, Py_ssize_t gap)
{
    Py_ssize_t i, length = count > 0 ? (count - 1) * gap : 0;
    for (i = 0; i < count; i++) {
        if (numbers[i] < 0 || numbers[i] >= strings)
            return -1;
        length += (Py_ssize_t)(starts[numbers[i] + 1] - starts[numbers[i]]);
    }
    return length;
}

static char *
put(char *at, const char *what, Py_ssize_t size)
{
    memcpy(at, what, (size_t)size);
    return at + size;
}

static PyObject *
joined(PyObject *self, PyObject *const *objects, Py_ssize_t given)
{
    Arrays arrays;
    const int32_t *numbers;
    const int64_t *counts, *starts;
    const char *text, *signs[3]; /* before, between and after */
    Py_ssize_t texts, strings, size, sizes[3], i, k;
    PyObject *made;
    (void)self;
    for (i = 0; i < 3; i++) {
        if (given != 7 || !PyBytes_Check(objects[4 + i])) {
            PyErr_SetString(PyExc_TypeError, "numbers, counts, the text of strings, where they start, and three times bytes expected");
            return NULL;
        }
        signs[i] = PyBytes_AS_STRING(objects[4 + i]);
        sizes[i] = PyBytes_GET_SIZE(objects[4 + i]);
    }
    if (take(objects, "4818", 4, &arrays) < 0)
        return NULL;
    numbers = ITEMS(&arrays, 0, const int32_t);
    counts = ITEMS(&arrays, 1, const int64_t);
    text = ITEMS(&arrays, 2, const char);
    starts = ITEMS(&arrays, 3, const int64_t);
    texts = SIZE_OF(&arrays, 1);
    size = SIZE_OF(&arrays, 2);
    strings = SIZE_OF(&arrays, 3) - 1;
    if (strings < 0 || !are_counts(counts, texts, SIZE_OF(&arrays, 0)))
        return wrong(&arrays, PyExc_IndexError, "words out of bounds");
    for (i = 0, k = starts[0] < 0 || starts[strings] > size; i < strings; i++)
        k |= starts[i] > starts[i + 1];
    if (k)
        return wrong(&arrays, PyExc_IndexError, "strings out of bounds");
    made = PyList_New(texts);
    for (i = 0; made != NULL && i < texts; i++) {
        Py_ssize_t count = (Py_ssize_t)counts[i], length = length_of(numbers, count, starts, strings, sizes[1]);
        PyObject *own;
        char *at;
        if (length < 0) {
            Py_DECREF(made);
            return wrong(&arrays, PyExc_IndexError, "words out of bounds");
        }
        own = PyBytes_FromStringAndSize(NULL, count > 0 ? sizes[0] + length + sizes[2] : 0);
        if (own == NULL) {
            Py_CLEAR(made);
            break;
        }
        at = PyBytes_AS_STRING(own);
        for (k = 0; k < count; k++) {
            at = put(at, signs[k > 0], sizes[k > 0]);
            at = put(at, text + starts[numbers[k]], (Py_ssize_t)(starts[numbers[k] + 1] - starts[numbers[k]]));
        }
        if (count > 0)
            put(at, signs[2], sizes[2]);
        numbers += count;
        PyList_SET_ITEM(made, i, own);
    }
    release(&arrays);
    return made;
}

static PyObject *
firsts(PyObject *self, PyObject *const *objects, Py_ssize_t given)
{
    Arrays arrays;
    const int32_t *numbers;
    const int64_t *counts;
    int32_t *kept;
    int64_t *kept_counts;
    uint32_t *seen;
    Py_ssize_t texts, size, below, i, k, at = 0, left = 0;
    (void)self;
    if (given != 5) {
        PyErr_SetString(PyExc_TypeError, "what numbers are below, numbers, counts and two arrays expected");
        return NULL;
    }
    below = PyLong_AsSsize_t(objects[0]);
    if (PyErr_Occurred() || take(objects + 1, "4848", 2, &arrays) < 0)
        return NULL;
    numbers = ITEMS(&arrays, 0, const int32_t);
    counts = ITEMS(&arrays, 1, const int64_t);
    kept = ITEMS(&arrays, 2, int32_t);
    kept_counts = ITEMS(&arrays, 3, int64_t);
    size = SIZE_OF(&arrays, 0);
    texts = SIZE_OF(&arrays, 1);
    if (!are_counts(counts, texts, size) || SIZE_OF(&arrays, 2) < size || SIZE_OF(&arrays, 3) < texts
        || texts >= (Py_ssize_t)UINT32_MAX)
        return wrong(&arrays, PyExc_IndexError, "words out of bounds");
    for (i = 0; i < size; i++)
        if (numbers[i] < 0 || numbers[i] >= below)
            return wrong(&arrays, PyExc_IndexError, "words out of bounds");
    /* of each number the last text that has it, from 1 on */
    seen = PyMem_Calloc((size_t)(below > 0 ? below : 1), sizeof(uint32_t));
    if (seen == NULL) {
        release(&arrays);
        return PyErr_NoMemory();
    }
    for (i = 0; i < texts; i++) {
        Py_ssize_t before = left;
        for (k = 0; k < counts[i]; k++, at++) {
            if (seen[numbers[at]] != (uint32_t)i + 1) {
                seen[numbers[at]] = (uint32_t)i + 1;
                kept[left++] = numbers[at];
            }
        }
        kept_counts[i] = left - before;
    }
    PyMem_Free(seen);
    release(&arrays);
    return PyLong_FromSsize_t(left);
}

/* The module -------------------------------------------------------------------------------------------------- */

#define FUNCTION(NAME) {#NAME, (PyCFunction)(void (*)(void))NAME, METH_FASTCALL, NULL}

static PyMethodDef functions[] = {
    FUNCTION(known_chunks),
    FUNCTION(joined),
    FUNCTION(firsts),
    {NULL, NULL, 0, NULL},
};

static struct PyModuleDef module = {
    PyModuleDef_HEAD_INIT, "_words", "The inner loops of search.text, compiled.", -1, functions, NULL, NULL, NULL, NULL,
};

/* `kernels.py` leaves aside what was compiled with another version. */
PyMODINIT_FUNC
PyInit__words(void)
{
    PyObject *made = PyModule_Create(&module);
    if (made != NULL && PyModule_AddIntMacro(made, WORDS_VERSION) < 0)
        Py_CLEAR(made);
    return made;
}
