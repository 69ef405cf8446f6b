/* What the compiled kernels have in common. README.md in this folder says how they are laid out: layers, windows,
   who owns what, how errors are raised.

   Each function that Python calls does what the function of the same name in ../reference.py does; that file says
   what. It is here because a query is some dozens of small steps over arrays, and where numpy takes three calls,
   three passes and three arrays, this is one loop.
*/
#ifndef NEWSSEARCH_KERNELS_H
#define NEWSSEARCH_KERNELS_H

#define PY_SSIZE_T_CLEAN
#include <Python.h>
#define NPY_NO_DEPRECATED_API NPY_1_7_API_VERSION
#define PY_ARRAY_UNIQUE_SYMBOL newssearch_kernels_array_api
#ifndef IMPORTS_ARRAY
#define NO_IMPORT_ARRAY
#endif
#include <numpy/arrayobject.h>
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#ifndef KERNELS_VERSION
#error "setup.py compiles this: it passes on the numbers of format/constants.py"
#endif

/* Arrays ------------------------------------------------------------------------------------------------------ */

typedef struct {
    const char *at;
    npy_intp size;
    int width; /* bytes of an item */
} Column;

#define INTS(column) ((const int64_t *)(column).at)
#define FLOATS(column) ((const float *)(column).at)

/* Set the exception for other arguments than those expected; returns NULL. */
static inline PyObject *
expected(const char *what)
{
    PyErr_Format(PyExc_TypeError, "expected %s", what);
    return NULL;
}

/* Take *object* as an array of one dimension; *width* 0 allows any. Returns -1 with an exception set. */
static inline int
take(PyObject *object, char kind, int width, Column *column)
{
    PyArrayObject *array = (PyArrayObject *)object;
    if (!PyArray_Check(object) || PyArray_NDIM(array) != 1 || !PyArray_ISCARRAY_RO(array)
        || PyArray_DESCR(array)->kind != kind || (width && PyArray_ITEMSIZE(array) != width)) {
        PyErr_Format(PyExc_TypeError, "expected a plain array of type %c%d", kind, width);
        return -1;
    }
    column->at = PyArray_BYTES(array);
    column->size = PyArray_DIM(array, 0);
    column->width = (int)PyArray_ITEMSIZE(array);
    return 0;
}

static inline int
take_ints(PyObject *object, Column *column)
{
    return take(object, 'i', 8, column);
}

static inline int
take_floats(PyObject *object, Column *column)
{
    return take(object, 'f', 4, column);
}

/* Floats that are written to. */
static inline int
take_written(PyObject *object, Column *column)
{
    if (take_floats(object, column) < 0)
        return -1;
    if (!PyArray_ISWRITEABLE((PyArrayObject *)object)) {
        PyErr_SetString(PyExc_ValueError, "the scores cannot be written");
        return -1;
    }
    return 0;
}

/* Item *index* of a column of unsigned numbers of any width. */
static inline uint64_t
number(const Column *column, npy_intp index)
{
    switch (column->width) {
    case 1: return ((const uint8_t *)column->at)[index];
    case 2: return ((const uint16_t *)column->at)[index];
    case 4: return ((const uint32_t *)column->at)[index];
    default: return ((const uint64_t *)column->at)[index];
    }
}

/* The first of the items from *first* up to *last* that is not below *wanted*. */
static inline npy_intp
lower_bound(const Column *column, npy_intp first, npy_intp last, uint64_t wanted)
{
    while (first < last) {
        npy_intp middle = first + (last - first) / 2;
        if (number(column, middle) < wanted)
            first = middle + 1;
        else
            last = middle;
    }
    return first;
}

/* The first of *size* ascending numbers from *first* on that is not below *wanted*: by steps that double, as
   the number sought is mostly near. */
static inline npy_intp
seek(const int64_t *numbers, npy_intp size, npy_intp first, int64_t wanted)
{
    npy_intp step = 1, last = first;
    while (last < size && numbers[last] < wanted) {
        first = last + 1;
        last += step;
        step *= 2;
    }
    if (last > size)
        last = size;
    for (step = last - first; step > 0;) { /* by sums, as branches would be mispredicted every other time */
        npy_intp half = (step + 1) / 2;
        first += (numbers[first + half - 1] < wanted) * half;
        step -= half;
    }
    return first;
}

static inline PyObject *
new_ints(npy_intp size)
{
    return PyArray_SimpleNew(1, &size, NPY_INT64);
}

static inline PyObject *
new_floats(npy_intp size)
{
    return PyArray_SimpleNew(1, &size, NPY_FLOAT32);
}

#define INT_ITEMS(array) ((int64_t *)PyArray_DATA((PyArrayObject *)(array)))
#define FLOAT_ITEMS(array) ((float *)PyArray_DATA((PyArrayObject *)(array)))

/* Shorten a new array, which was made as long as it could get. */
static inline int
shorten(PyObject *array, npy_intp size)
{
    PyArray_Dims shape = {&size, 1};
    PyObject *none;
    if (PyArray_DIM((PyArrayObject *)array, 0) == size)
        return 0;
    none = PyArray_Resize((PyArrayObject *)array, &shape, 0, NPY_CORDER);
    Py_XDECREF(none);
    return none == NULL ? -1 : 0;
}

/* Set the exception for an altered index; returns NULL. */
static inline PyObject *
out_of_bounds(const char *what)
{
    PyErr_Format(PyExc_IndexError, "%s out of bounds", what);
    return NULL;
}

/* Return two new arrays as a pair, both shortened to *size*. Takes the references over; NULL where one is NULL. */
static inline PyObject *
pair(PyObject *left, PyObject *right, npy_intp size)
{
    if (left == NULL || right == NULL || shorten(left, size) < 0 || shorten(right, size) < 0) {
        Py_XDECREF(left);
        Py_XDECREF(right);
        return NULL;
    }
    return Py_BuildValue("(NN)", left, right);
}

/* Postings ---------------------------------------------------------------------------------------------------- */

#define FREQUENCY_OF(code) (((code) & FREQUENCY_MASK) + 1)
/* As many documents as a segment can have: the numbers of a snapshot that a window covers. */
#define WINDOW (1 << DOCUMENT_BITS)
#define WINDOW_MASK (WINDOW - 1)
/* Ascending documents are taken a span at a time, whose sums stay in the nearest cache. */
#define SPAN_BITS 13
#define SPAN (1 << SPAN_BITS)
#define SPAN_MASK (SPAN - 1)

#define WEIGHT_OF(code) (FREQUENCY_OF(code) + ((code) >> FREQUENCY_BITS))

/* Postings in a row of a segment, see `PostingRun` in arguments.py. */
typedef struct {
    int64_t base;
    const uint16_t *documents;
    const uint8_t *codes;
    Column exceptional, frequencies, weights, positions;
    npy_intp first, last, position;
} Run;

/* The postings of a word: runs, one a segment; or documents and their weights, see `RunsOrArrays` in arguments.py. */
typedef struct {
    Run *runs; /* NULL where there are documents; freed by drop_word */
    Py_ssize_t count;
    npy_intp postings;
    Column documents;
    const float *weights; /* NULL where none were given */
} Word;

/* What was taken is dropped by the caller: PyMem_Free of the runs, or drop_word. -1 or NULL: an exception is set. */
Run *take_runs(PyObject *object, Py_ssize_t *count, npy_intp *postings);
int take_word(PyObject *object, Word *word);
int take_list_columns(PyObject *lists, npy_intp *postings, Run *run);
void drop_word(Word *word);
void copy_documents(const Run *run, int64_t *out);
void copy_weights(const Run *run, float *out);

/* The weighted frequency of a posting. *exception* is where its exception is looked for; it moves on as postings
   ascend. */
static inline float
weight_at(const Run *run, npy_intp posting, npy_intp *exception)
{
    uint8_t code = run->codes[posting];
    if (code == ESCAPE) {
        *exception = lower_bound(&run->exceptional, *exception, run->exceptional.size, (uint64_t)posting);
        if (*exception < run->exceptional.size && number(&run->exceptional, *exception) == (uint64_t)posting)
            return (float)number(&run->weights, *exception);
    }
    return (float)WEIGHT_OF(code);
}

/* What the lengths of documents make of BM25's denominator, see `Penalties` in arguments.py. */
typedef struct {
    Column lengths;
    float scale, base, least;
} Penalties;

int take_penalties(PyObject *object, Penalties *penalties);

static inline float
penalty_of(const Penalties *penalties, int64_t document)
{
    return (float)number(&penalties->lengths, (npy_intp)document) * penalties->scale + penalties->base;
}

static inline float
score_of(float weight, const Penalties *penalties, int64_t document, float factor)
{
    return factor * (weight / (weight + penalty_of(penalties, document)));
}

/* The first posting from *first* on whose document is not below *wanted*. */
static inline npy_intp
seek_document(const Run *run, npy_intp first, uint32_t wanted)
{
    npy_intp step = 1, last = first;
    while (last < run->last && run->documents[last] < wanted) {
        first = last + 1;
        last += step;
        step *= 2;
    }
    if (last > run->last)
        last = run->last;
    for (step = last - first; step > 0;) {
        npy_intp half = (step + 1) / 2;
        first += (run->documents[first + half - 1] < wanted) * half;
        step -= half;
    }
    return first;
}

/* Windows ----------------------------------------------------------------------------------------------------- */

/* A number of each kind for every document of a window. The bits tell which documents have any, so that only these
   are read and reset: between two uses no bit is set and every sum is 0. */
typedef struct {
    uint64_t bits[WINDOW / 64];
    float sums[WINDOW];
    uint16_t votes[WINDOW];
    uint32_t indices[WINDOW];
} Window;

Window *take_window(void);
void keep_window(Window *window);
npy_intp empty_window(Window *window, uint32_t size, int64_t base, uint16_t needed, int64_t *documents, float *sums);
npy_intp find_in_run(const Run *run, const int64_t *documents, npy_intp size, npy_intp first, int64_t *kept,
                     float *weights, Window *window, int is_marked_already);
void mark_documents(int64_t base, const int64_t *documents, npy_intp size, Window *window);
void unmark_documents(int64_t base, const int64_t *documents, npy_intp size, Window *window);

static inline void
mark(Window *window, uint32_t local)
{
    window->bits[local >> 6] |= (uint64_t)1 << (local & 63);
}

static inline int
is_marked(const Window *window, uint32_t local)
{
    return window->bits[local >> 6] >> (local & 63) & 1;
}

/* Occurrences ------------------------------------------------------------------------------------------------- */

typedef struct {
    int64_t *items;
    npy_intp size, room;
} Keys;

/* What can go wrong while Python's lock is not held; keys_or_error raises it afterwards. */
enum { ALTERED = -1, NO_MEMORY = -2 };

/* Walks through the postings of a run, and knows where the positions of the current one start. */
typedef struct {
    const Run *run;
    npy_intp posting, position, exception;
} Walk;

/* How often the word is in the document of the current posting. The walk's exception is the first that is not
   before that posting, as walk_to leaves it. */
static inline npy_intp
frequency_at(const Walk *walk)
{
    uint8_t code = walk->run->codes[walk->posting];
    const Run *run = walk->run;
    if (code == ESCAPE && walk->exception < run->exceptional.size
        && number(&run->exceptional, walk->exception) == (uint64_t)walk->posting)
        return (npy_intp)number(&run->frequencies, walk->exception);
    return FREQUENCY_OF(code);
}

int make_room(Keys *keys, npy_intp more);
void walk_to(Walk *walk, npy_intp posting);
int merge_sort(Keys *keys);
PyObject *keys_or_error(const Keys *keys, int failed);
PyObject *occurrences_of_word(PyObject *object, const Column *within);

/* Dictionaries ------------------------------------------------------------------------------------------------ */

/* A sorted column of strings, see `SortedStrings` in segment/family.py. */
typedef struct {
    Column bytes, starts, keys;
    npy_intp size;
} Strings;

/* The words of one segment, see `WordColumns` in arguments.py. */
typedef struct {
    PyObject *base, *form_lists, *positions, *stem_lists;
    Strings forms, stems;
    Column first_posting, first_position, first_stem_posting, first_form, forms_of_stems;
} Words;

int take_words(PyObject *object, Words *words);
uint64_t string_key(const char *string, npy_intp length);
npy_intp find_from(const Strings *strings, npy_intp before, const char *wanted, npy_intp length);
npy_intp only_form(const Words *words, npy_intp stem);

/* Words in common --------------------------------------------------------------------------------------------- */

/* A term in the forward column of a document, what it weighs there, and which of the stems it is; -1 of none. */
typedef struct {
    npy_intp owner, stem;
    int64_t term;
    float saturated;
    double weight;
} TermOf;

/* A stem that documents have in common. */
typedef struct {
    const char *at; /* in the columns of a segment */
    npy_intp length, documents;
    int is_form; /* whether it is known to be a form that is its own stem */
    double share, idf;
} Stem;

/* What some documents have in common: their terms, the sum of the squares of these, and the heaviest stems. */
typedef struct {
    TermOf *terms;
    Stem *stems;
    double *squares;
    npy_intp size, stems_size;
} Common;

int find_common(PyObject *object, const Column *documents, const Column *shares, const Penalties *penalties,
                float saturation, npy_intp wanted, Common *common);
void drop_common(Common *common);
void count_by_length(const double *shares, const double *squares, npy_intp size, double *out);

/* `idf` in ranking.py. */
static inline double
idf_of(npy_intp documents, int64_t frequency)
{
    return log(1 + ((double)(documents - frequency) + 0.5) / ((double)frequency + 0.5));
}

/* What Python calls ------------------------------------------------------------------------------------------- */

#define KERNEL(NAME) PyObject *NAME(PyObject *Py_UNUSED(module), PyObject *const *arguments, Py_ssize_t count)

KERNEL(strings_with_prefix);
KERNEL(near_strings);
KERNEL(find_word);
KERNEL(postings);
KERNEL(merged_postings);
KERNEL(occurrences);
KERNEL(occurrence_weights);
KERNEL(scored);
KERNEL(find_in);
KERNEL(add_scores);
KERNEL(highest);
KERNEL(best);
KERNEL(best_exactly);
KERNEL(top);
KERNEL(union_of);
KERNEL(count_values);
KERNEL(most_values);
KERNEL(count_copies);
KERNEL(heaviest_terms);
KERNEL(feedback);
KERNEL(gathered);
KERNEL(sketches);
KERNEL(entities_as_json);
KERNEL(entity_values);
KERNEL(numbered);

int import_posting_run(void);

#endif
