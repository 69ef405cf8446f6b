/* The inner loops of the engine, compiled.

   Each function does what the function of the same name in kernels_numpy.py does; that file says what. They are
   here because a query is some dozens of small steps over arrays, and numpy takes three calls, three passes and
   three arrays for what is one loop.

   Every number that comes from a file is checked before it is used as a place: an altered index must raise, not
   crash. Loops run without Python's lock. Nothing is kept between calls.
*/
#define PY_SSIZE_T_CLEAN
#include <Python.h>
#define NPY_NO_DEPRECATED_API NPY_1_7_API_VERSION
#include <numpy/arrayobject.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* Arrays as they come from Python ----------------------------------------------------------------------------- */

typedef struct {
    const char *at;
    npy_intp size;
    int width; /* bytes of an item */
} Column;

#define INTS(column) ((const int64_t *)(column).at)
#define FLOATS(column) ((const float *)(column).at)

/* Take *object* for an array of one dimension; *width* 0 allows any. Returns -1 with an exception set. */
static int
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

static int
take_ints(PyObject *object, Column *column)
{
    return take(object, 'i', 8, column);
}

static int
take_floats(PyObject *object, Column *column)
{
    return take(object, 'f', 4, column);
}

/* Floats that are changed. */
static int
take_written(PyObject *object, Column *column)
{
    if (take_floats(object, column) < 0)
        return -1;
    if (!PyArray_ISWRITEABLE((PyArrayObject *)object)) {
        PyErr_SetString(PyExc_ValueError, "the scores are not to be changed");
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
static npy_intp
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
   what is looked for is mostly near. */
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
    for (step = last - first; step > 0;) { /* by sums: branches would be guessed wrong every other time */
        npy_intp half = (step + 1) / 2;
        first += (numbers[first + half - 1] < wanted) * half;
        step -= half;
    }
    return first;
}

static PyObject *
new_ints(npy_intp size)
{
    return PyArray_SimpleNew(1, &size, NPY_INT64);
}

static PyObject *
new_floats(npy_intp size)
{
    return PyArray_SimpleNew(1, &size, NPY_FLOAT32);
}

#define INT_ITEMS(array) ((int64_t *)PyArray_DATA((PyArrayObject *)(array)))
#define FLOAT_ITEMS(array) ((float *)PyArray_DATA((PyArrayObject *)(array)))

/* Make a new array as short as it turned out to be. */
static int
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

static PyObject *
altered(const char *what)
{
    PyErr_Format(PyExc_IndexError, "%s out of bounds", what);
    return NULL;
}

/* Dictionaries ------------------------------------------------------------------------------------------------ */

typedef struct {
    Column bytes, starts, keys;
    npy_intp step, size;
} Strings;

/* How many strings come before *wanted*, -1 where the column is altered. */
static npy_intp
place_of(const Strings *strings, const char *wanted, npy_intp length)
{
    uint64_t key = 0;
    npy_intp i, first, last, before, behind;
    for (i = 0; i < 8; i++)
        key = key << 8 | (i < length ? (uint8_t)wanted[i] : 0);
    before = lower_bound(&strings->keys, 0, strings->keys.size, key);
    behind = before;
    while (behind < strings->keys.size && number(&strings->keys, behind) == key)
        behind = key == UINT64_MAX ? strings->keys.size
                                   : lower_bound(&strings->keys, behind + 1, strings->keys.size, key + 1);
    first = before > 0 ? (before - 1) * strings->step : 0;
    last = behind < strings->size / strings->step + 1 ? behind * strings->step : strings->size;
    if (last > strings->size)
        last = strings->size;
    while (first < last) {
        npy_intp middle = first + (last - first) / 2;
        uint64_t start = number(&strings->starts, middle), end = number(&strings->starts, middle + 1);
        npy_intp own = (npy_intp)(end - start);
        int order;
        if (start > end || end > (uint64_t)strings->bytes.size)
            return -1;
        order = memcmp(strings->bytes.at + start, wanted, (size_t)(own < length ? own : length));
        if (order < 0 || (order == 0 && own < length))
            first = middle + 1;
        else
            last = middle;
    }
    return first;
}

/* The place of *wanted*, -1 if it is not there, -2 where the column is altered. */
static npy_intp
find(const Strings *strings, const char *wanted, npy_intp length)
{
    npy_intp place = place_of(strings, wanted, length);
    uint64_t start, end;
    if (place < 0)
        return -2;
    if (place == strings->size)
        return -1;
    start = number(&strings->starts, place);
    end = number(&strings->starts, place + 1);
    if (start > end || end > (uint64_t)strings->bytes.size)
        return -2;
    return end - start == (uint64_t)length && memcmp(strings->bytes.at + start, wanted, (size_t)length) == 0 ? place : -1;
}

static int
take_strings(PyObject *const *arguments, Py_ssize_t count, Strings *strings, char **wanted, Py_ssize_t *length)
{
    if (count != 5) {
        PyErr_SetString(PyExc_TypeError, "expected bytes, starts, keys, step, wanted");
        return -1;
    }
    if (take(arguments[0], 'u', 1, &strings->bytes) < 0 || take(arguments[1], 'u', 0, &strings->starts) < 0
        || take(arguments[2], 'u', 0, &strings->keys) < 0)
        return -1;
    strings->step = PyLong_AsSsize_t(arguments[3]);
    if (strings->step < 1 || strings->starts.size < 1) {
        if (!PyErr_Occurred())
            PyErr_SetString(PyExc_IndexError, "strings without a start");
        return -1;
    }
    strings->size = strings->starts.size - 1;
    return PyBytes_AsStringAndSize(arguments[4], wanted, length);
}

static PyObject *
string_place(PyObject *Py_UNUSED(module), PyObject *const *arguments, Py_ssize_t count)
{
    Strings strings;
    char *wanted;
    Py_ssize_t length;
    npy_intp place;
    if (take_strings(arguments, count, &strings, &wanted, &length) < 0)
        return NULL;
    place = place_of(&strings, wanted, length);
    return place < 0 ? altered("string") : PyLong_FromSsize_t(place);
}

static PyObject *
find_string(PyObject *Py_UNUSED(module), PyObject *const *arguments, Py_ssize_t count)
{
    Strings strings;
    char *wanted;
    Py_ssize_t length;
    npy_intp place;
    if (take_strings(arguments, count, &strings, &wanted, &length) < 0)
        return NULL;
    place = find(&strings, wanted, length);
    return place < -1 ? altered("string") : PyLong_FromSsize_t(place);
}

/* Characters are counted in so many classes, by code point modulo their number. */
#define LETTER_CLASSES 32

/* Read UTF-8 into code points; returns how many, -1 where a character is cut off. */
static npy_intp
code_points(const uint8_t *text, npy_intp size, uint32_t *points)
{
    npy_intp i = 0, found = 0;
    while (i < size) {
        uint32_t point = text[i];
        int width = point < 0x80 ? 1 : point < 0xe0 ? 2 : point < 0xf0 ? 3 : 4, j;
        if (width > size - i)
            return -1;
        if (width > 1)
            point &= 0x7fu >> width;
        for (j = 1; j < width; j++)
            point = point << 6 | (text[i + j] & 0x3f);
        points[found++] = point;
        i += width;
    }
    return found;
}

/* A word that others are compared with, and room for what comparing takes. */
typedef struct {
    uint32_t *points, *others;
    npy_intp size;
    int counts[LETTER_CLASSES];
    int edits, *rows;
} Compared;

/* Whether a word's letters are so far from the others that the words must be: an edit changes the counts of two
   classes at most, by one each. */
static int
are_far(const Compared *word, npy_intp size)
{
    int left[LETTER_CLASSES], distance = (int)word->size;
    npy_intp i;
    memcpy(left, word->counts, sizeof(left));
    for (i = 0; i < size; i++)
        distance += left[word->others[i] % LETTER_CLASSES]-- > 0 ? -1 : 1;
    return distance > 2 * word->edits;
}

/* Whether the two words are within the edits of each other: optimal string alignment, row by row. */
static int
are_near(const Compared *word, npy_intp size)
{
    const uint32_t *a = word->points, *b = word->others;
    npy_intp i, j, width = size + 1;
    int *before = word->rows, *above = before + width, *row = above + width;
    for (j = 0; j < width; j++)
        above[j] = (int)j;
    for (i = 1; i <= word->size; i++) {
        int *swap, least = row[0] = (int)i;
        for (j = 1; j < width; j++) {
            int best = above[j - 1] + (a[i - 1] != b[j - 1]);
            best = above[j] + 1 < best ? above[j] + 1 : best;
            best = row[j - 1] + 1 < best ? row[j - 1] + 1 : best;
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] && before[j - 2] + 1 < best)
                best = before[j - 2] + 1;
            row[j] = best;
            least = best < least ? best : least;
        }
        if (least > word->edits)
            return 0;
        swap = before;
        before = above;
        above = row;
        row = swap;
    }
    return above[size] <= word->edits;
}

/* Longer words are not compared: no form is so long. */
#define MAX_COMPARED 4096

static PyObject *
near_strings(PyObject *Py_UNUSED(module), PyObject *const *arguments, Py_ssize_t count)
{
    Column bytes, starts;
    Compared word = {0};
    char *form;
    Py_ssize_t length, i;
    npy_intp found = 0, longest;
    int failed = 0;
    PyObject *result = NULL;
    if (count != 4) {
        PyErr_SetString(PyExc_TypeError, "expected bytes, starts, a string, edits");
        return NULL;
    }
    word.edits = (int)PyLong_AsLong(arguments[3]);
    if (PyErr_Occurred() || take(arguments[0], 'u', 1, &bytes) < 0 || take(arguments[1], 'u', 0, &starts) < 0
        || PyBytes_AsStringAndSize(arguments[2], &form, &length) < 0)
        return NULL;
    if (starts.size < 1 || word.edits < 0 || word.edits > MAX_COMPARED || length > MAX_COMPARED)
        return altered("string");
    longest = length + word.edits;
    word.points = PyMem_Calloc((size_t)length + 1, sizeof(uint32_t));
    word.others = PyMem_Malloc((size_t)(4 * longest + 4) * sizeof(uint32_t));
    word.rows = PyMem_Malloc((size_t)(3 * (4 * longest + 5)) * sizeof(int));
    if (word.points == NULL || word.others == NULL || word.rows == NULL) {
        PyErr_NoMemory();
        goto done;
    }
    word.size = code_points((const uint8_t *)form, length, word.points);
    if (word.size < 0 || (result = new_ints(starts.size - 1)) == NULL) {
        if (word.size < 0)
            altered("string");
        goto done;
    }
    for (i = 0; i < word.size; i++)
        word.counts[word.points[i] % LETTER_CLASSES]++;
    Py_BEGIN_ALLOW_THREADS
    for (i = 0; i + 1 < starts.size && !failed; i++) {
        uint64_t start = number(&starts, i), end = number(&starts, i + 1);
        npy_intp size;
        if (start > end || end > (uint64_t)bytes.size) {
            failed = 1;
            break;
        }
        /* A character has one to four bytes. */
        if ((npy_intp)(end - start) > 4 * (word.size + word.edits) || (npy_intp)(end - start) < word.size - word.edits)
            continue;
        size = code_points((const uint8_t *)bytes.at + start, (npy_intp)(end - start), word.others);
        failed = size < 0;
        if (!failed && size <= word.size + word.edits && size >= word.size - word.edits && !are_far(&word, size)
            && are_near(&word, size))
            INT_ITEMS(result)[found++] = i;
    }
    Py_END_ALLOW_THREADS
    if (failed)
        altered("string");
    if (failed || shorten(result, found) < 0)
        Py_CLEAR(result);
done:
    PyMem_Free(word.points);
    PyMem_Free(word.others);
    PyMem_Free(word.rows);
    return result;
}

/* Posting lists ----------------------------------------------------------------------------------------------- */

/* One code a posting: frequency less 1 in the low bits, what the weight is more in the high ones (codes.py). */
#define FREQUENCY_BITS 6
#define FREQUENCY_MASK 63
#define ESCAPE 255
/* What FREQUENCY_OF(ESCAPE) comes to, where the true number is among the exceptions. */
#define ESCAPED_FREQUENCY 64
#define FREQUENCY_OF(code) (((code) & FREQUENCY_MASK) + 1)
/* Documents of a segment, which is a window of the numbers of a snapshot where arrays are filled up. */
#define WINDOW_BITS 16
#define WINDOW (1 << WINDOW_BITS)
#define WINDOW_MASK (WINDOW - 1)

/* Neighbouring postings of a segment, see `Run` in postings.py. */
typedef struct {
    int64_t base;
    const uint16_t *documents;
    const uint8_t *codes;
    Column exceptional, frequencies, weights, positions;
    npy_intp first, last, position;
} Run;

static int
take_run(PyObject *object, Run *run)
{
    PyObject *lists, *positions;
    Column documents, codes;
    if (!PyTuple_Check(object) || PyTuple_GET_SIZE(object) != 6) {
        PyErr_SetString(PyExc_TypeError, "expected a run");
        return -1;
    }
    lists = PyTuple_GET_ITEM(object, 1);
    if (!PyTuple_Check(lists) || PyTuple_GET_SIZE(lists) != 5) {
        PyErr_SetString(PyExc_TypeError, "expected the columns of lists");
        return -1;
    }
    run->base = PyLong_AsLongLong(PyTuple_GET_ITEM(object, 0));
    run->first = PyLong_AsSsize_t(PyTuple_GET_ITEM(object, 2));
    run->last = PyLong_AsSsize_t(PyTuple_GET_ITEM(object, 3));
    positions = PyTuple_GET_ITEM(object, 4);
    run->position = PyLong_AsSsize_t(PyTuple_GET_ITEM(object, 5));
    if (PyErr_Occurred() || take(PyTuple_GET_ITEM(lists, 0), 'u', 2, &documents) < 0
        || take(PyTuple_GET_ITEM(lists, 1), 'u', 1, &codes) < 0
        || take(PyTuple_GET_ITEM(lists, 2), 'u', 0, &run->exceptional) < 0
        || take(PyTuple_GET_ITEM(lists, 3), 'u', 0, &run->frequencies) < 0
        || take(PyTuple_GET_ITEM(lists, 4), 'u', 0, &run->weights) < 0)
        return -1;
    run->positions.at = NULL;
    run->positions.size = 0;
    if (positions != Py_None && take(positions, 'u', 0, &run->positions) < 0)
        return -1;
    if (run->base < 0 || run->first < 0 || run->first > run->last || run->last > documents.size
        || run->last > codes.size || run->position < 0
        || run->frequencies.size < run->exceptional.size || run->weights.size < run->exceptional.size) {
        altered("posting");
        return -1;
    }
    run->documents = (const uint16_t *)documents.at;
    run->codes = (const uint8_t *)codes.at;
    return 0;
}

/* Take a list of runs into memory that the caller frees; NULL with an exception set. */
static Run *
take_runs(PyObject *object, Py_ssize_t *count, npy_intp *postings)
{
    Run *runs;
    Py_ssize_t i;
    if (!PyList_Check(object)) {
        PyErr_SetString(PyExc_TypeError, "expected a list of runs");
        return NULL;
    }
    *count = PyList_GET_SIZE(object);
    *postings = 0;
    runs = PyMem_Malloc((size_t)(*count ? *count : 1) * sizeof(Run));
    if (runs == NULL) {
        PyErr_NoMemory();
        return NULL;
    }
    for (i = 0; i < *count; i++) {
        if (take_run(PyList_GET_ITEM(object, i), runs + i) < 0) {
            PyMem_Free(runs);
            return NULL;
        }
        *postings += runs[i].last - runs[i].first;
    }
    return runs;
}

/* Where a word is: runs, one a segment, or documents and their weights. */
typedef struct {
    Run *runs; /* NULL where there are documents; freed by drop_source */
    Py_ssize_t count;
    npy_intp postings;
    Column documents, weights;
} Source;

static int
take_source(PyObject *object, Source *source)
{
    source->runs = NULL;
    source->count = 0;
    if (PyList_Check(object)) {
        source->runs = take_runs(object, &source->count, &source->postings);
        return source->runs == NULL ? -1 : 0;
    }
    if (!PyTuple_Check(object) || PyTuple_GET_SIZE(object) != 2) {
        PyErr_SetString(PyExc_TypeError, "expected runs, or documents and weights");
        return -1;
    }
    if (take_ints(PyTuple_GET_ITEM(object, 0), &source->documents) < 0
        || take_floats(PyTuple_GET_ITEM(object, 1), &source->weights) < 0)
        return -1;
    source->postings = source->documents.size;
    if (source->weights.size != source->postings) {
        altered("weight");
        return -1;
    }
    return 0;
}

static void
drop_source(Source *source)
{
    PyMem_Free(source->runs);
}

static PyObject *
documents_of(PyObject *Py_UNUSED(module), PyObject *object)
{
    Py_ssize_t count, r;
    npy_intp postings, i;
    PyObject *result;
    int64_t *out;
    Run *runs = take_runs(object, &count, &postings);
    if (runs == NULL)
        return NULL;
    result = new_ints(postings);
    if (result != NULL) {
        NPY_BEGIN_THREADS_DEF;
        out = INT_ITEMS(result);
        NPY_BEGIN_THREADS_THRESHOLDED(postings);
        for (r = 0; r < count; r++) {
            const uint16_t *documents = runs[r].documents + runs[r].first;
            npy_intp size = runs[r].last - runs[r].first;
            int64_t base = runs[r].base;
            for (i = 0; i < size; i++)
                out[i] = base + documents[i];
            out += size;
        }
        NPY_END_THREADS;
    }
    PyMem_Free(runs);
    return result;
}

/* The words of one segment, see `WordColumns` in runs.py. */
typedef struct {
    PyObject *base, *form_lists, *positions, *stem_lists;
    Strings forms, stems;
    Column first_posting, first_position, first_stem_posting, first_form, forms_of_stems;
} Words;

#define WORD_COLUMNS 15

static int
take_words(PyObject *object, npy_intp step, Words *words)
{
    PyObject **items;
    if (!PyTuple_Check(object) || PyTuple_GET_SIZE(object) != WORD_COLUMNS) {
        PyErr_SetString(PyExc_TypeError, "expected the columns of words");
        return -1;
    }
    items = ((PyTupleObject *)object)->ob_item;
    words->base = items[0];
    words->form_lists = items[4];
    words->positions = items[6];
    words->stem_lists = items[11];
    words->forms.step = words->stems.step = step;
    if (take(items[1], 'u', 1, &words->forms.bytes) < 0 || take(items[2], 'u', 0, &words->forms.starts) < 0
        || take(items[3], 'u', 0, &words->forms.keys) < 0 || take(items[5], 'u', 0, &words->first_posting) < 0
        || take(items[7], 'u', 0, &words->first_position) < 0 || take(items[8], 'u', 1, &words->stems.bytes) < 0
        || take(items[9], 'u', 0, &words->stems.starts) < 0 || take(items[10], 'u', 0, &words->stems.keys) < 0
        || take(items[12], 'u', 0, &words->first_stem_posting) < 0
        || take(items[13], 'u', 0, &words->first_form) < 0 || take(items[14], 'u', 0, &words->forms_of_stems) < 0)
        return -1;
    words->forms.size = words->forms.starts.size - 1;
    words->stems.size = words->stems.starts.size - 1;
    if (words->forms.size < 0 || words->stems.size < 0 || words->first_posting.size != words->forms.size + 1
        || words->first_position.size != words->forms.size + 1
        || words->first_stem_posting.size != words->stems.size + 1
        || words->first_form.size != words->stems.size + 1) {
        altered("word");
        return -1;
    }
    return 0;
}

/* Append a run of *lists* to *found*. */
static int
append_run(PyObject *found, PyTypeObject *type, const Words *words, PyObject *lists, const Column *starts,
           npy_intp place, int has_positions)
{
    PyObject *run = type->tp_alloc(type, 6);
    int failed;
    if (run == NULL)
        return -1;
    Py_INCREF(words->base);
    Py_INCREF(lists);
    PyTuple_SET_ITEM(run, 0, words->base);
    PyTuple_SET_ITEM(run, 1, lists);
    PyTuple_SET_ITEM(run, 2, PyLong_FromUnsignedLongLong(number(starts, place)));
    PyTuple_SET_ITEM(run, 3, PyLong_FromUnsignedLongLong(number(starts, place + 1)));
    PyTuple_SET_ITEM(run, 4, Py_NewRef(has_positions ? words->positions : Py_None));
    PyTuple_SET_ITEM(run, 5, PyLong_FromUnsignedLongLong(has_positions ? number(&words->first_position, place) : 0));
    failed = PyErr_Occurred() || PyList_Append(found, run) < 0;
    Py_DECREF(run);
    return failed ? -1 : 0;
}

static int
append_form(PyObject *found, PyTypeObject *type, const Words *words, npy_intp form)
{
    return append_run(found, type, words, words->form_lists, &words->first_posting, form, 1);
}

/* Append where the forms of a listed stem are; -1 with an exception set. *only* is the form of one that has no
   list of its own, else -1. */
static int
append_stem(PyObject *found, PyTypeObject *type, const Words *words, npy_intp stem, int with_positions, npy_intp *only)
{
    uint64_t first = number(&words->first_form, stem), last = number(&words->first_form, stem + 1);
    uint64_t form;
    *only = -1;
    if (first >= last || last > (uint64_t)words->forms_of_stems.size) {
        altered("form");
        return -1;
    }
    if (!with_positions && number(&words->first_stem_posting, stem) < number(&words->first_stem_posting, stem + 1))
        return append_run(found, type, words, words->stem_lists, &words->first_stem_posting, stem, 0);
    for (; first < last; first++) {
        form = number(&words->forms_of_stems, (npy_intp)first);
        if (form >= (uint64_t)words->forms.size) {
            altered("form");
            return -1;
        }
        if (!with_positions)
            *only = (npy_intp)form;
        else if (append_form(found, type, words, (npy_intp)form) < 0)
            return -1;
    }
    return 0;
}

static PyObject *
find_word(PyObject *Py_UNUSED(module), PyObject *const *arguments, Py_ssize_t count)
{
    PyObject *found, *exact, *result = NULL;
    PyTypeObject *type;
    char *form, *stem;
    Py_ssize_t form_length, stem_length, i;
    npy_intp step;
    int is_fixed, with_positions, is_same, is_only = 1;
    if (count != 7 || !PyTuple_Check(arguments[0]) || !PyType_Check(arguments[1])
        || !PyType_IsSubtype((PyTypeObject *)arguments[1], &PyTuple_Type)) {
        PyErr_SetString(PyExc_TypeError, "expected segments, type, step, form, stem, is_fixed, with_positions");
        return NULL;
    }
    type = (PyTypeObject *)arguments[1];
    step = PyLong_AsSsize_t(arguments[2]);
    is_fixed = PyObject_IsTrue(arguments[5]);
    with_positions = PyObject_IsTrue(arguments[6]);
    if (PyErr_Occurred() || PyBytes_AsStringAndSize(arguments[3], &form, &form_length) < 0
        || PyBytes_AsStringAndSize(arguments[4], &stem, &stem_length) < 0)
        return NULL;
    is_same = form_length == stem_length && memcmp(form, stem, (size_t)form_length) == 0;
    found = PyList_New(0);
    exact = PyList_New(0);
    if (found == NULL || exact == NULL || step < 1)
        goto done;
    for (i = 0; i < PyTuple_GET_SIZE(arguments[0]); i++) {
        Words words;
        npy_intp at, listed, other;
        if (take_words(PyTuple_GET_ITEM(arguments[0], i), step, &words) < 0)
            goto done;
        at = find(&words.forms, form, form_length);
        listed = find(&words.stems, stem, stem_length);
        other = listed >= 0 || !is_fixed ? -1 : is_same ? at : find(&words.forms, stem, stem_length);
        if (at == -2 || listed == -2 || other == -2) {
            altered("string");
            goto done;
        }
        if (at >= 0 && append_form(exact, type, &words, at) < 0)
            goto done;
        if (listed >= 0 && append_stem(found, type, &words, listed, with_positions, &other) < 0)
            goto done;
        if (other >= 0 && append_form(found, type, &words, other) < 0)
            goto done;
        is_only = is_only && listed < 0 ? other == at : is_only && !with_positions && other >= 0 && other == at;
    }
    result = PyTuple_Pack(2, is_only ? exact : found, exact);
done:
    Py_XDECREF(found);
    Py_XDECREF(exact);
    if (result == NULL && !PyErr_Occurred())
        PyErr_SetString(PyExc_ValueError, "step must be above 0");
    return result;
}

#define WEIGHT_OF(code) (FREQUENCY_OF(code) + ((code) >> FREQUENCY_BITS))

/* Write the weighted frequency of each posting of *run*. */
static void
weigh(const Run *run, float *out)
{
    npy_intp i, size = run->last - run->first;
    const uint8_t *codes = run->codes + run->first;
    npy_intp at = lower_bound(&run->exceptional, 0, run->exceptional.size, (uint64_t)run->first);
    for (i = 0; i < size; i++)
        out[i] = (float)WEIGHT_OF(codes[i]);
    for (; at < run->exceptional.size; at++) {
        uint64_t posting = number(&run->exceptional, at);
        if (posting >= (uint64_t)run->last)
            break;
        if (posting >= (uint64_t)run->first)
            out[posting - (uint64_t)run->first] = (float)number(&run->weights, at);
    }
}

static PyObject *
weights_of(PyObject *Py_UNUSED(module), PyObject *object)
{
    Py_ssize_t count, r;
    npy_intp postings;
    PyObject *result;
    float *out;
    Run *runs = take_runs(object, &count, &postings);
    if (runs == NULL)
        return NULL;
    result = new_floats(postings);
    if (result != NULL) {
        NPY_BEGIN_THREADS_DEF;
        out = FLOAT_ITEMS(result);
        NPY_BEGIN_THREADS_THRESHOLDED(postings);
        for (r = 0; r < count; r++) {
            weigh(runs + r, out);
            out += runs[r].last - runs[r].first;
        }
        NPY_END_THREADS;
    }
    PyMem_Free(runs);
    return result;
}

/* Numbers of the documents of a window. A bitmap tells which have any, so that only these are looked at and set
   back: sums are 0 between two uses. */
typedef struct {
    uint64_t bits[WINDOW / 64];
    float sums[WINDOW];
    uint16_t votes[WINDOW];
    uint32_t places[WINDOW];
} Window;

/* One that nobody uses, kept from one query to the next: fresh pages of so many bytes take as long as what is
   done in them. Only touched with Python's lock held. */
static Window *spare = NULL;

/* A window without a document; NULL with an exception set. */
static Window *
take_window(void)
{
    Window *window = spare;
    spare = NULL;
    if (window == NULL) {
        window = PyMem_RawCalloc(1, sizeof(Window));
        if (window == NULL)
            PyErr_NoMemory();
    }
    return window;
}

/* Give a window back, in which no document is left. */
static void
keep_window(Window *window)
{
    if (spare == NULL)
        spare = window;
    else
        PyMem_RawFree(window);
}

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

/* Write which documents of the window have at least *needed* votes (0: all), with their sums; clear the window. */
static npy_intp
empty_window(Window *window, int64_t base, uint16_t needed, int64_t *documents, float *sums)
{
    npy_intp found = 0;
    uint32_t w;
    for (w = 0; w < WINDOW / 64; w++) {
        uint64_t word = window->bits[w];
        while (word) {
            uint32_t local = w * 64 + (uint32_t)__builtin_ctzll(word);
            word &= word - 1;
            documents[found] = base + local;
            sums[found] = window->sums[local];
            found += !needed || window->votes[local] >= needed;
            window->sums[local] = 0.0f;
        }
        window->bits[w] = 0;
    }
    return found;
}

/* Return two arrays as a pair, both shortened to *size*. Takes the references over. */
static PyObject *
pair(PyObject *some, PyObject *others, npy_intp size)
{
    if (shorten(some, size) < 0 || shorten(others, size) < 0) {
        Py_DECREF(some);
        Py_DECREF(others);
        return NULL;
    }
    return Py_BuildValue("(NN)", some, others);
}

/* The weighted frequency of a posting; *exception* is where to look for it from on, as postings ascend. */
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

/* Add the weights of the postings of *run* to the sums of their documents. */
static void
add_weights(const Run *run, Window *window)
{
    npy_intp i, exception = 0;
    for (i = run->first; i < run->last; i++) {
        mark(window, run->documents[i]);
        window->sums[run->documents[i]] += weight_at(run, i, &exception);
    }
}

static PyObject *
united(PyObject *Py_UNUSED(module), PyObject *object)
{
    Py_ssize_t count, r;
    npy_intp postings, found = 0;
    PyObject *documents, *weights, *result = NULL;
    Window *window;
    Run *runs = take_runs(object, &count, &postings);
    if (runs == NULL)
        return NULL;
    documents = new_ints(postings);
    weights = new_floats(postings);
    window = take_window();
    if (documents != NULL && weights != NULL && window != NULL) {
        Py_BEGIN_ALLOW_THREADS
        for (r = 0; r < count; r++) {
            add_weights(runs + r, window);
            if (r + 1 == count || runs[r + 1].base != runs[r].base)
                found += empty_window(window, runs[r].base, 0, INT_ITEMS(documents) + found,
                                      FLOAT_ITEMS(weights) + found);
        }
        Py_END_ALLOW_THREADS
        result = pair(documents, weights, found);
        documents = weights = NULL;
    }
    Py_XDECREF(documents);
    Py_XDECREF(weights);
    if (window != NULL)
        keep_window(window);
    PyMem_Free(runs);
    return result;
}

/* Occurrences ------------------------------------------------------------------------------------------------- */

#define POSITION_BITS 32
#define POSITION_MASK 0xffffffff

typedef struct {
    int64_t *items;
    npy_intp size, room;
} Keys;

/* Make room for *more* keys; -1 where there is no memory. */
static int
make_room(Keys *keys, npy_intp more)
{
    npy_intp room;
    int64_t *items;
    if (keys->size + more <= keys->room)
        return 0;
    room = 2 * keys->room > keys->size + more ? 2 * keys->room : keys->size + more + 64;
    items = PyMem_RawRealloc(keys->items, (size_t)room * sizeof(int64_t));
    if (items == NULL)
        return -1;
    keys->items = items;
    keys->room = room;
    return 0;
}

/* Walks through the postings of a run, and knows where the positions of the next one start. */
typedef struct {
    const Run *run;
    npy_intp posting, position, exception;
} Walk;

/* How often the word of posting number *posting* is in its document; *exception* is the first not before it. */
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

/* Go on to a later posting. */
static void
walk_to(Walk *walk, npy_intp posting)
{
    const Run *run = walk->run;
    const uint8_t *codes = run->codes;
    npy_intp i = walk->posting, sum = 0;
    for (; i + 64 <= posting; i += 64) { /* so few fit into 16 bits */
        uint16_t part = 0;
        int j;
        for (j = 0; j < 64; j++)
            part = (uint16_t)(part + FREQUENCY_OF(codes[i + j]));
        sum += part;
    }
    for (; i < posting; i++)
        sum += FREQUENCY_OF(codes[i]);
    while (walk->exception < run->exceptional.size
           && number(&run->exceptional, walk->exception) < (uint64_t)posting)
        sum += (npy_intp)number(&run->frequencies, walk->exception++) - ESCAPED_FREQUENCY;
    walk->posting = posting;
    walk->position += sum;
}

/* Add *frequency* positions, which are there, to keys that have room for four more. */
static inline void
copy_positions(const Run *run, npy_intp first, npy_intp frequency, int64_t document, Keys *keys)
{
    int64_t *out = keys->items + keys->size;
    npy_intp i;
    keys->size += frequency;
    if (run->positions.width == 2 && frequency <= 4 && first + 4 <= run->positions.size) {
        /* Nearly always; all four, as a loop that ends here and there is guessed wrong. */
        const uint16_t *positions = (const uint16_t *)run->positions.at + first;
        for (i = 0; i < 4; i++)
            out[i] = document | positions[i];
        return;
    }
    for (i = 0; i < frequency; i++)
        out[i] = document | (int64_t)(number(&run->positions, first + i) & POSITION_MASK);
}

/* Add the occurrences of the posting that the walk is at. -1: altered, -2: no memory. */
static int
add_occurrences(Walk *walk, Keys *keys)
{
    const Run *run = walk->run;
    npy_intp frequency = frequency_at(walk);
    int64_t document = (run->base + run->documents[walk->posting]) << POSITION_BITS;
    if (frequency < 0 || walk->position < 0 || walk->position > run->positions.size
        || frequency > run->positions.size - walk->position)
        return -1;
    if (make_room(keys, frequency + 4) < 0)
        return -2;
    copy_positions(run, walk->position, frequency, document, keys);
    return 0;
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

static int
add_run(const Run *run, const Column *within, Keys *keys)
{
    Walk walk = {run, run->first, run->position, 0};
    npy_intp w, last;
    int failed = 0;
    walk.exception = lower_bound(&run->exceptional, 0, run->exceptional.size, (uint64_t)run->first);
    if (within == NULL) {
        while (walk.posting < run->last && !failed) {
            failed = add_occurrences(&walk, keys);
            walk_to(&walk, walk.posting + 1);
        }
        return failed;
    }
    w = seek(INTS(*within), within->size, 0, run->base);
    last = seek(INTS(*within), within->size, w, run->base + WINDOW);
    for (; w < last && !failed; w++) {
        int64_t local = INTS(*within)[w] - run->base;
        npy_intp posting;
        if (local < 0 || local >= WINDOW)
            break;
        posting = seek_document(run, walk.posting, (uint32_t)local);
        if (posting == run->last)
            break;
        if (run->documents[posting] == local) {
            walk_to(&walk, posting);
            failed = add_occurrences(&walk, keys);
        }
    }
    return failed;
}

/* Sort keys that are a few ascending runs one behind another. -1 where there is no memory. */
static int
merge_sort(Keys *keys)
{
    int64_t *from = keys->items, *into = NULL;
    npy_intp size = keys->size;
    for (;;) {
        npy_intp at = 0, out = 0, merged = 0;
        while (at < size) {
            npy_intp left = at, middle, right, end;
            for (middle = left + 1; middle < size && from[middle - 1] <= from[middle]; middle++)
                ;
            for (end = middle < size ? middle + 1 : middle; end < size && from[end - 1] <= from[end]; end++)
                ;
            if (left == 0 && middle == size) { /* in order */
                if (from != keys->items) {
                    memcpy(keys->items, from, (size_t)size * sizeof(int64_t));
                    into = (int64_t *)from;
                }
                PyMem_RawFree(into);
                return 0;
            }
            if (into == NULL && (into = PyMem_RawMalloc((size_t)size * sizeof(int64_t))) == NULL)
                return -1;
            for (right = middle, at = left; at < middle && right < end;)
                into[out++] = from[at] <= from[right] ? from[at++] : from[right++];
            while (at < middle)
                into[out++] = from[at++];
            while (right < end)
                into[out++] = from[right++];
            at = end;
            merged++;
        }
        if (size == 0)
            return 0;
        { int64_t *swap = from; from = into; into = swap; }
    }
}

/* The keys as an array, or what has *failed* as an exception: -1 an altered index, -2 no memory. */
static PyObject *
keys_or_error(const Keys *keys, int failed)
{
    PyObject *result;
    if (failed == -2)
        return PyErr_NoMemory();
    if (failed)
        return altered("position");
    result = new_ints(keys->size);
    if (result != NULL && keys->size)
        memcpy(INT_ITEMS(result), keys->items, (size_t)keys->size * sizeof(int64_t));
    return result;
}

static PyObject *
occurrences(PyObject *Py_UNUSED(module), PyObject *const *arguments, Py_ssize_t count)
{
    Py_ssize_t runs_count, r;
    npy_intp postings;
    Column within;
    Keys keys = {NULL, 0, 0};
    int failed = 0, some;
    PyObject *result;
    Run *runs;
    if (count != 2) {
        PyErr_SetString(PyExc_TypeError, "expected runs and documents");
        return NULL;
    }
    some = arguments[1] != Py_None;
    if (some && take_ints(arguments[1], &within) < 0)
        return NULL;
    runs = take_runs(arguments[0], &runs_count, &postings);
    if (runs == NULL)
        return NULL;
    Py_BEGIN_ALLOW_THREADS
    for (r = 0; r < runs_count && !failed; r++)
        failed = add_run(runs + r, some ? &within : NULL, &keys);
    if (!failed && merge_sort(&keys) < 0)
        failed = -2;
    Py_END_ALLOW_THREADS
    PyMem_Free(runs);
    result = keys_or_error(&keys, failed);
    PyMem_RawFree(keys.items);
    return result;
}

/* Where the positions of a run stand in each of some documents, and how many there are (0: none). */
typedef struct {
    const Run *run;
    npy_intp *starts, *frequencies;
} Placed;

/* A word of a phrase in one segment: its runs there. */
typedef struct {
    Placed *runs;
    Py_ssize_t count;
} PlacedWord;

/* Marking all postings of a run beats seeking the documents where these are one in so many of them or more. */
#define MANY 8

/* Find the *size* documents *within*, which are marked in the window, in a run. -1 where it is altered. */
static int
place_run(Placed *placed, const int64_t *within, npy_intp size, const Window *window)
{
    const Run *run = placed->run;
    Walk walk = {run, run->first, run->position, 0};
    npy_intp i, posting;
    walk.exception = lower_bound(&run->exceptional, 0, run->exceptional.size, (uint64_t)run->first);
    memset(placed->frequencies, 0, (size_t)(size + 1) * sizeof(npy_intp));
    if (size * MANY > run->last - run->first) {
        npy_intp position = run->position;
        for (posting = run->first; posting < run->last; posting++) {
            uint32_t local = run->documents[posting];
            npy_intp frequency = FREQUENCY_OF(run->codes[posting]);
            /* Without a branch that could be guessed wrong: others go behind the last. */
            npy_intp place = is_marked(window, local) ? (npy_intp)window->places[local] : size;
            if (run->codes[posting] == ESCAPE) {
                walk_to(&walk, posting);
                frequency = frequency_at(&walk);
            }
            placed->starts[place] = position;
            placed->frequencies[place] = frequency;
            position += frequency;
        }
    }
    else
        for (i = 0, posting = run->first; i < size; i++) {
            posting = seek_document(run, posting, (uint32_t)(within[i] - run->base));
            if (posting == run->last)
                break;
            if (run->documents[posting] != within[i] - run->base)
                continue;
            walk_to(&walk, posting);
            placed->starts[i] = walk.position;
            placed->frequencies[i] = frequency_at(&walk);
        }
    for (i = 0; i < size; i++)
        if (placed->frequencies[i]
            && (placed->frequencies[i] < 0 || placed->starts[i] < 0 || placed->starts[i] > run->positions.size
                || placed->frequencies[i] > run->positions.size - placed->starts[i]))
            return -1;
    return 0;
}

/* Whether a word stands at *position* of document number *i*. */
static inline int
stands_at(const PlacedWord *word, npy_intp i, int64_t position)
{
    Py_ssize_t r;
    for (r = 0; r < word->count; r++) {
        const Placed *placed = word->runs + r;
        npy_intp first = placed->starts[i], size = placed->frequencies[i];
        if (size == 0)
            continue;
        while (size > 1) {
            npy_intp half = size / 2;
            first += (int64_t)number(&placed->run->positions, first + half) <= position ? half : 0;
            size -= half;
        }
        if ((int64_t)number(&placed->run->positions, first) == position)
            return 1;
    }
    return 0;
}

/* Add where the words stand one behind another in document number *i*. -2: no memory. */
static int
add_phrase(const PlacedWord *words, Py_ssize_t count, npy_intp i, int64_t document, Keys *keys)
{
    Py_ssize_t w, r, rarest = 0;
    npy_intp fewest = -1, at;
    for (w = 0; w < count; w++) {
        npy_intp own = 0;
        for (r = 0; r < words[w].count; r++)
            own += words[w].runs[r].frequencies[i];
        if (own == 0)
            return 0;
        if (fewest < 0 || own < fewest) {
            fewest = own;
            rarest = w;
        }
    }
    if (make_room(keys, fewest) < 0)
        return -2;
    for (r = 0; r < words[rarest].count; r++) {
        const Placed *placed = words[rarest].runs + r;
        for (at = 0; at < placed->frequencies[i]; at++) {
            int64_t start = (int64_t)number(&placed->run->positions, placed->starts[i] + at) - rarest;
            int stands = start >= 0;
            for (w = 0; stands && w < count; w++)
                stands = w == rarest || stands_at(words + w, i, start + w);
            if (stands)
                keys->items[keys->size++] = document << POSITION_BITS | (start & POSITION_MASK);
        }
    }
    return 0;
}

/* Add where a phrase stands in those documents of one segment that are *within*. */
static int
add_phrases(PlacedWord *words, Py_ssize_t count, const int64_t *within, npy_intp size, Window *window, Keys *keys)
{
    npy_intp i, runs = 0, *room, *next;
    Py_ssize_t w, r;
    int64_t base = words[0].runs[0].run->base;
    int failed = 0;
    for (w = 0; w < count; w++)
        runs += words[w].count;
    room = next = PyMem_RawMalloc((size_t)runs * 2 * (size_t)(size + 1) * sizeof(npy_intp));
    if (room == NULL)
        return -2;
    for (i = 0; i < size; i++) {
        mark(window, (uint32_t)(within[i] - base));
        window->places[within[i] - base] = (uint32_t)i;
    }
    for (w = 0; w < count; w++)
        for (r = 0; r < words[w].count && !failed; r++) {
            words[w].runs[r].starts = next;
            words[w].runs[r].frequencies = next + size + 1;
            next += 2 * (size + 1);
            failed = place_run(words[w].runs + r, within, size, window);
        }
    for (i = 0; i < size; i++)
        window->bits[(within[i] - base) >> 6] = 0;
    for (i = 0; i < size && !failed; i++)
        failed = add_phrase(words, count, i, within[i], keys);
    PyMem_RawFree(room);
    return failed;
}

/* The words of a phrase: the runs of each, and what is placed of them. */
typedef struct {
    Run *runs;
    Py_ssize_t count, at;
} PhraseWord;

static int
add_segments(PhraseWord *every, PlacedWord *words, Py_ssize_t count, const Column *within, Window *window, Keys *keys)
{
    Py_ssize_t w;
    int failed = 0;
    while (!failed) {
        int64_t base = -1;
        npy_intp first, last;
        int has_all = 1;
        for (w = 0; w < count; w++) {
            if (every[w].at == every[w].count)
                return 0; /* nothing of this word from here on */
            if (every[w].runs[every[w].at].base > base)
                base = every[w].runs[every[w].at].base;
        }
        for (w = 0; w < count; w++) {
            while (every[w].at < every[w].count && every[w].runs[every[w].at].base < base)
                every[w].at++;
            words[w].count = 0;
            while (every[w].at < every[w].count && every[w].runs[every[w].at].base == base)
                words[w].runs[words[w].count++].run = every[w].runs + every[w].at++;
            has_all = has_all && words[w].count;
        }
        first = seek(INTS(*within), within->size, 0, base);
        last = seek(INTS(*within), within->size, first, base + WINDOW);
        for (npy_intp i = first; i < last; i++) /* an altered index has them out of order */
            if (INTS(*within)[i] < base || INTS(*within)[i] - base >= WINDOW)
                return -1;
        if (has_all && first < last)
            failed = add_phrases(words, count, INTS(*within) + first, last - first, window, keys);
    }
    return failed;
}

static PyObject *
phrase(PyObject *Py_UNUSED(module), PyObject *const *arguments, Py_ssize_t size)
{
    Py_ssize_t count, w, taken = 0;
    npy_intp postings;
    Column within;
    Keys keys = {NULL, 0, 0};
    PhraseWord *every;
    PlacedWord *words;
    Window *window = NULL;
    PyObject *result = NULL;
    int failed = 0;
    if (size != 2 || !PyList_Check(arguments[0]) || PyList_GET_SIZE(arguments[0]) == 0) {
        PyErr_SetString(PyExc_TypeError, "expected the runs of each word, and documents");
        return NULL;
    }
    if (take_ints(arguments[1], &within) < 0)
        return NULL;
    count = PyList_GET_SIZE(arguments[0]);
    every = PyMem_Calloc((size_t)count, sizeof(PhraseWord));
    words = PyMem_Calloc((size_t)count, sizeof(PlacedWord));
    if (every == NULL || words == NULL || (window = take_window()) == NULL) {
        if (!PyErr_Occurred())
            PyErr_NoMemory();
        goto done;
    }
    for (; taken < count; taken++) {
        every[taken].runs = take_runs(PyList_GET_ITEM(arguments[0], taken), &every[taken].count, &postings);
        if (every[taken].runs == NULL)
            goto done;
        words[taken].runs = PyMem_Malloc((size_t)(every[taken].count + 1) * sizeof(Placed));
        if (words[taken].runs == NULL) {
            PyMem_Free(every[taken].runs);
            PyErr_NoMemory();
            goto done;
        }
    }
    Py_BEGIN_ALLOW_THREADS
    failed = add_segments(every, words, count, &within, window, &keys);
    if (!failed && merge_sort(&keys) < 0)
        failed = -2;
    Py_END_ALLOW_THREADS
    result = keys_or_error(&keys, failed);
done:
    for (w = 0; w < taken; w++) {
        PyMem_Free(every[w].runs);
        PyMem_Free(words[w].runs);
    }
    if (window != NULL)
        keep_window(window);
    PyMem_Free(every);
    PyMem_Free(words);
    PyMem_RawFree(keys.items);
    return result;
}

#define MAX_SPECIAL 8

static PyObject *
weighed(PyObject *Py_UNUSED(module), PyObject *const *arguments, Py_ssize_t count)
{
    Column keys, ends[MAX_SPECIAL];
    float weights[MAX_SPECIAL], usual;
    Py_ssize_t special, s;
    npy_intp i, found = 0;
    int64_t document, before = -1;
    int failed = 0;
    PyObject *documents, *sums;
    if (count != 3 || !PyList_Check(arguments[2])) {
        PyErr_SetString(PyExc_TypeError, "expected keys, a weight, and other weights");
        return NULL;
    }
    special = PyList_GET_SIZE(arguments[2]);
    usual = (float)PyFloat_AsDouble(arguments[1]);
    if (PyErr_Occurred() || take_ints(arguments[0], &keys) < 0)
        return NULL;
    if (special > MAX_SPECIAL) {
        PyErr_SetString(PyExc_ValueError, "too many weights");
        return NULL;
    }
    for (s = 0; s < special; s++) {
        PyObject *one = PyList_GET_ITEM(arguments[2], s);
        if (!PyTuple_Check(one) || PyTuple_GET_SIZE(one) != 2) {
            PyErr_SetString(PyExc_TypeError, "expected ends and a weight");
            return NULL;
        }
        weights[s] = (float)PyFloat_AsDouble(PyTuple_GET_ITEM(one, 1));
        if (PyErr_Occurred() || take_ints(PyTuple_GET_ITEM(one, 0), ends + s) < 0)
            return NULL;
    }
    documents = new_ints(keys.size);
    sums = new_floats(keys.size);
    if (documents == NULL || sums == NULL) {
        Py_XDECREF(documents);
        Py_XDECREF(sums);
        return NULL;
    }
    Py_BEGIN_ALLOW_THREADS
    for (i = 0; i < keys.size && !failed; i++) {
        int64_t key = INTS(keys)[i];
        float weight = usual;
        document = key >> POSITION_BITS;
        for (s = 0; s < special; s++) {
            if ((uint64_t)document >= (uint64_t)ends[s].size)
                failed = 1;
            else if ((key & POSITION_MASK) < INTS(ends[s])[document])
                weight = weights[s];
        }
        if (document == before)
            FLOAT_ITEMS(sums)[found - 1] += weight;
        else {
            INT_ITEMS(documents)[found] = before = document;
            FLOAT_ITEMS(sums)[found++] = weight;
        }
    }
    Py_END_ALLOW_THREADS
    if (failed) {
        Py_DECREF(documents);
        Py_DECREF(sums);
        return altered("document");
    }
    return pair(documents, sums, found);
}

/* Scores ------------------------------------------------------------------------------------------------------ */

/* Looking up beats marking where one side is so many times as long. */
#define MUCH_FEWER 32

/* Find the numbers of *some*, few, in *others* by seeking each; their places go to *at* and *in*. */
static npy_intp
seek_common(const Column *some, const Column *others, int64_t *at, int64_t *in)
{
    npy_intp i, j = 0, found = 0;
    for (i = 0; i < some->size; i++) {
        j = seek(INTS(*others), others->size, j, INTS(*some)[i]);
        if (j == others->size)
            break;
        if (INTS(*others)[j] == INTS(*some)[i]) {
            at[found] = i;
            in[found++] = j;
        }
    }
    return found;
}

/* The same by marking each of *some* in a window and looking at all of *others*. */
static npy_intp
mark_common(const Column *some, const Column *others, int64_t *at, int64_t *in, Window *window)
{
    const int64_t *a = INTS(*some), *b = INTS(*others);
    npy_intp i = 0, j = 0, k, found = 0;
    while (i < some->size && j < others->size) {
        int64_t wanted = a[i] >> WINDOW_BITS > b[j] >> WINDOW_BITS ? a[i] >> WINDOW_BITS : b[j] >> WINDOW_BITS;
        npy_intp first;
        if (a[i] >> WINDOW_BITS < wanted || b[j] >> WINDOW_BITS < wanted) {
            i = seek(a, some->size, i, wanted << WINDOW_BITS);
            j = seek(b, others->size, j, wanted << WINDOW_BITS);
            continue;
        }
        for (first = i; i < some->size && a[i] >> WINDOW_BITS == wanted; i++) {
            uint32_t local = (uint32_t)(a[i] & WINDOW_MASK);
            mark(window, local);
            window->places[local] = (uint32_t)(i - first);
        }
        for (; j < others->size && b[j] >> WINDOW_BITS == wanted; j++) {
            uint32_t local = (uint32_t)(b[j] & WINDOW_MASK);
            if (is_marked(window, local) && found < some->size) {
                at[found] = first + window->places[local];
                in[found++] = j;
            }
        }
        for (k = first; k < i; k++)
            window->bits[(a[k] & WINDOW_MASK) >> 6] = 0;
    }
    return found;
}

/* Marking beats seeking where this is so many times as much. */
static inline int
by_marks(npy_intp some, npy_intp others)
{
    npy_intp fewer = some < others ? some : others;
    return fewer * MUCH_FEWER > some + others - fewer && fewer > 16;
}

/* Postings that are looked at before those that were found are read. */
#define LOOKED_AT 256

/* Find *size* documents of a segment in a run: which they are, counted from *first*, and their weights there. */
static npy_intp
find_in_run(const Run *run, const int64_t *documents, npy_intp size, npy_intp first, int64_t *kept, float *weights,
            Window *window)
{
    npy_intp i, posting = run->first, found = 0, exception = 0;
    if (!by_marks(size, run->last - run->first)) {
        for (i = 0; i < size; i++) {
            int64_t local = documents[i] - run->base;
            posting = seek_document(run, posting, (uint32_t)(local & WINDOW_MASK));
            if (posting == run->last)
                break;
            if (run->documents[posting] != local)
                continue;
            kept[found] = first + i;
            weights[found++] = weight_at(run, posting, &exception);
        }
        return found;
    }
    for (i = 0; i < size; i++) {
        uint32_t local = (uint32_t)((documents[i] - run->base) & WINDOW_MASK);
        mark(window, local);
        window->places[local] = (uint32_t)i;
    }
    while (posting < run->last) {
        npy_intp part = run->last - posting < LOOKED_AT ? run->last - posting : LOOKED_AT, hits = 0;
        uint16_t at[LOOKED_AT];
        for (i = 0; i < part; i++) { /* without a branch that would be guessed wrong */
            at[hits] = (uint16_t)i;
            hits += is_marked(window, run->documents[posting + i]);
        }
        for (i = 0; i < hits && found < size; i++) {
            kept[found] = first + window->places[run->documents[posting + at[i]]];
            weights[found++] = weight_at(run, posting + at[i], &exception);
        }
        posting += part;
    }
    for (i = 0; i < size; i++)
        window->bits[((documents[i] - run->base) & WINDOW_MASK) >> 6] = 0;
    return found;
}

/* Find documents where a word is: which they are, and the weights of the word there. */
static npy_intp
find_weights(const Column *documents, const Source *source, int64_t *kept, float *weights, Window *window)
{
    npy_intp i, found = 0, at = 0;
    Py_ssize_t r;
    if (source->runs == NULL) {
        int64_t *places = PyMem_RawMalloc((size_t)(documents->size + 1) * sizeof(int64_t));
        if (places == NULL)
            return -1;
        if (!by_marks(documents->size, source->postings))
            found = seek_common(documents, &source->documents, kept, places);
        else if (documents->size <= source->postings)
            found = mark_common(documents, &source->documents, kept, places, window);
        else
            found = mark_common(&source->documents, documents, places, kept, window);
        for (i = 0; i < found; i++)
            weights[i] = FLOATS(source->weights)[places[i]];
        PyMem_RawFree(places);
        return found;
    }
    for (r = 0; r < source->count; r++) {
        const Run *run = source->runs + r;
        int64_t behind = run->base + WINDOW;
        npy_intp last;
        if (r + 1 < source->count && source->runs[r + 1].base < behind)
            behind = source->runs[r + 1].base;
        at = seek(INTS(*documents), documents->size, at, run->base);
        last = seek(INTS(*documents), documents->size, at, behind);
        found += find_in_run(run, INTS(*documents) + at, last - at, at, kept + found, weights + found, window);
        at = last;
    }
    return found;
}

static PyObject *
find_in(PyObject *Py_UNUSED(module), PyObject *const *arguments, Py_ssize_t count)
{
    Column documents;
    Source source;
    npy_intp found = 0;
    PyObject *kept = NULL, *weights = NULL;
    Window *window;
    if (count != 2) {
        PyErr_SetString(PyExc_TypeError, "expected documents, and where a word is");
        return NULL;
    }
    if (take_ints(arguments[0], &documents) < 0 || take_source(arguments[1], &source) < 0)
        return NULL;
    window = take_window();
    if (window != NULL && (kept = new_ints(documents.size)) != NULL && (weights = new_floats(documents.size)) != NULL) {
        NPY_BEGIN_THREADS_DEF;
        NPY_BEGIN_THREADS_THRESHOLDED(documents.size + source.postings);
        found = find_weights(&documents, &source, INT_ITEMS(kept), FLOAT_ITEMS(weights), window);
        NPY_END_THREADS;
        if (found < 0)
            PyErr_NoMemory();
    }
    if (window != NULL)
        keep_window(window);
    drop_source(&source);
    if (PyErr_Occurred()) {
        Py_XDECREF(kept);
        Py_XDECREF(weights);
        return NULL;
    }
    return pair(kept, weights, found);
}

/* Write the scores of *size* documents. -1 where one is out of bounds. */
static int
score(const float *weights, const int64_t *documents, npy_intp size, const Column *penalties, float factor, float *out)
{
    npy_intp i;
    for (i = 0; i < size; i++) {
        if ((uint64_t)documents[i] >= (uint64_t)penalties->size)
            return -1;
        out[i] = factor * (weights[i] / (weights[i] + FLOATS(*penalties)[documents[i]]));
    }
    return 0;
}

static PyObject *
saturated(PyObject *Py_UNUSED(module), PyObject *const *arguments, Py_ssize_t count)
{
    Column weights, documents, penalties;
    float factor;
    int failed;
    PyObject *result;
    if (count != 4) {
        PyErr_SetString(PyExc_TypeError, "expected weights, documents, penalties, factor");
        return NULL;
    }
    factor = (float)PyFloat_AsDouble(arguments[3]);
    if (PyErr_Occurred() || take_floats(arguments[0], &weights) < 0 || take_ints(arguments[1], &documents) < 0
        || take_floats(arguments[2], &penalties) < 0)
        return NULL;
    if (weights.size != documents.size)
        return altered("weight");
    result = new_floats(documents.size);
    if (result == NULL)
        return NULL;
    {
        NPY_BEGIN_THREADS_DEF;
        NPY_BEGIN_THREADS_THRESHOLDED(documents.size);
        failed = score(FLOATS(weights), INTS(documents), documents.size, &penalties, factor, FLOAT_ITEMS(result));
        NPY_END_THREADS;
    }
    if (failed) {
        Py_DECREF(result);
        return altered("document");
    }
    return result;
}

/* Write documents and scores of all postings of some runs. -1 where one is out of bounds. */
static int
score_runs(const Source *source, const Column *penalties, float factor, int64_t *documents, float *scores)
{
    Py_ssize_t r;
    for (r = 0; r < source->count; r++) {
        const Run *run = source->runs + r;
        npy_intp i, size = run->last - run->first;
        for (i = 0; i < size; i++)
            documents[i] = run->base + run->documents[run->first + i];
        weigh(run, scores);
        if (score(scores, documents, size, penalties, factor, scores) < 0)
            return -1;
        documents += size;
        scores += size;
    }
    return 0;
}

static PyObject *
scored(PyObject *Py_UNUSED(module), PyObject *const *arguments, Py_ssize_t count)
{
    Column penalties;
    Source source;
    float factor;
    int failed = 0;
    PyObject *documents, *scores;
    if (count != 3) {
        PyErr_SetString(PyExc_TypeError, "expected runs, penalties, factor");
        return NULL;
    }
    factor = (float)PyFloat_AsDouble(arguments[2]);
    if (PyErr_Occurred() || take_floats(arguments[1], &penalties) < 0 || take_source(arguments[0], &source) < 0)
        return NULL;
    documents = new_ints(source.postings);
    scores = new_floats(source.postings);
    if (documents != NULL && scores != NULL) {
        NPY_BEGIN_THREADS_DEF;
        NPY_BEGIN_THREADS_THRESHOLDED(source.postings);
        if (source.runs != NULL)
            failed = score_runs(&source, &penalties, factor, INT_ITEMS(documents), FLOAT_ITEMS(scores));
        else {
            memcpy(INT_ITEMS(documents), source.documents.at, (size_t)source.postings * sizeof(int64_t));
            failed = score(FLOATS(source.weights), INTS(source.documents), source.postings, &penalties, factor,
                           FLOAT_ITEMS(scores));
        }
        NPY_END_THREADS;
        if (failed)
            altered("document");
    }
    drop_source(&source);
    if (PyErr_Occurred()) {
        Py_XDECREF(documents);
        Py_XDECREF(scores);
        return NULL;
    }
    return pair(documents, scores, PyArray_DIM((PyArrayObject *)documents, 0));
}

static PyObject *
add_found(PyObject *Py_UNUSED(module), PyObject *const *arguments, Py_ssize_t count)
{
    Column scores, documents, penalties;
    Source source;
    float factor, *weights = NULL;
    int64_t *kept = NULL;
    npy_intp i, found;
    Window *window;
    if (count != 5) {
        PyErr_SetString(PyExc_TypeError, "expected scores, documents, where a word is, penalties, factor");
        return NULL;
    }
    factor = (float)PyFloat_AsDouble(arguments[4]);
    if (PyErr_Occurred() || take_written(arguments[0], &scores) < 0 || take_ints(arguments[1], &documents) < 0
        || take_floats(arguments[3], &penalties) < 0 || take_source(arguments[2], &source) < 0)
        return NULL;
    window = take_window();
    if (scores.size != documents.size)
        altered("score");
    else if (window != NULL) {
        kept = PyMem_RawMalloc((size_t)(documents.size + 1) * sizeof(int64_t));
        weights = PyMem_RawMalloc((size_t)(documents.size + 1) * sizeof(float));
        found = kept == NULL || weights == NULL ? -1 : find_weights(&documents, &source, kept, weights, window);
        if (found < 0)
            PyErr_NoMemory();
        for (i = 0; i < found; i++) {
            int64_t document = INTS(documents)[kept[i]];
            if ((uint64_t)document >= (uint64_t)penalties.size) {
                altered("document");
                break;
            }
            ((float *)scores.at)[kept[i]] += factor * (weights[i] / (weights[i] + FLOATS(penalties)[document]));
        }
    }
    if (window != NULL)
        keep_window(window);
    PyMem_RawFree(kept);
    PyMem_RawFree(weights);
    drop_source(&source);
    if (PyErr_Occurred())
        return NULL;
    Py_RETURN_NONE;
}

static PyObject *
add_pair(PyObject *Py_UNUSED(module), PyObject *const *arguments, Py_ssize_t count)
{
    Column scores, one, other;
    float one_share, other_share, factor, *out;
    npy_intp i;
    if (count != 6) {
        PyErr_SetString(PyExc_TypeError, "expected scores, one, other, their shares, factor");
        return NULL;
    }
    one_share = (float)PyFloat_AsDouble(arguments[3]);
    other_share = (float)PyFloat_AsDouble(arguments[4]);
    factor = (float)PyFloat_AsDouble(arguments[5]);
    if (PyErr_Occurred() || take_written(arguments[0], &scores) < 0 || take_floats(arguments[1], &one) < 0
        || take_floats(arguments[2], &other) < 0)
        return NULL;
    if (scores.size != one.size || scores.size != other.size)
        return altered("score");
    out = (float *)scores.at;
    for (i = 0; i < scores.size; i++) {
        float a = FLOATS(one)[i] * one_share, b = FLOATS(other)[i] * other_share;
        out[i] += factor * (a < b ? a : b);
    }
    Py_RETURN_NONE;
}

/* More than are put in their places one by one. */
#define MAX_FIRST 100

/* A hit: higher scores come first, then later dates. */
typedef struct {
    float score;
    int64_t date, document;
} Hit;

static inline int
is_before(const Hit *one, const Hit *other)
{
    return one->score > other->score || (one->score == other->score && one->date > other->date);
}

static PyObject *
first(PyObject *Py_UNUSED(module), PyObject *const *arguments, Py_ssize_t count)
{
    Column documents, scores, dates;
    npy_intp wanted, i, j, size = 0;
    Hit hits[MAX_FIRST + 1];
    PyObject *result;
    if (count != 4) {
        PyErr_SetString(PyExc_TypeError, "expected documents, scores, dates, how many are wanted");
        return NULL;
    }
    wanted = PyLong_AsSsize_t(arguments[3]);
    if (PyErr_Occurred() || take_ints(arguments[0], &documents) < 0 || take_floats(arguments[1], &scores) < 0
        || take_ints(arguments[2], &dates) < 0)
        return NULL;
    if (documents.size != scores.size)
        return altered("score");
    if (wanted < 1 || wanted > MAX_FIRST)
        Py_RETURN_NONE;
    for (i = 0; i < scores.size; i++) { /* one more than wanted, to see whether that one is equal to the last */
        Hit hit = {FLOATS(scores)[i], 0, INTS(documents)[i]};
        if (size > wanted && hit.score < hits[wanted].score)
            continue;
        if ((uint64_t)hit.document >= (uint64_t)dates.size)
            return altered("document");
        hit.date = INTS(dates)[hit.document];
        if (size > wanted && !is_before(&hit, hits + wanted))
            continue;
        j = size > wanted ? wanted : size++;
        for (; j > 0 && is_before(&hit, hits + j - 1); j--)
            hits[j] = hits[j - 1];
        hits[j] = hit;
    }
    for (i = 1; i < size; i++)
        if (!is_before(hits + i - 1, hits + i))
            Py_RETURN_NONE;
    size = size > wanted ? wanted : size;
    result = PyList_New(size);
    for (i = 0; result != NULL && i < size; i++) {
        PyObject *hit = Py_BuildValue("(Ld)", (long long)hits[i].document, (double)hits[i].score);
        if (hit == NULL)
            Py_CLEAR(result);
        else
            PyList_SET_ITEM(result, i, hit);
    }
    return result;
}

/* The least of the *size* greatest items: a heap of them whose root is the least. Blocks without an item above
   it, nearly all, are passed over by a loop without branches. */
#define BLOCK 32
#define DEFINE_LEAST(NAME, TYPE)                                                                    \
    static void sift_##NAME(TYPE *heap, npy_intp size, npy_intp at)                                 \
    {                                                                                               \
        TYPE item = heap[at];                                                                       \
        for (;;) {                                                                                  \
            npy_intp child = 2 * at + 1;                                                            \
            if (child >= size)                                                                      \
                break;                                                                              \
            if (child + 1 < size && heap[child + 1] < heap[child])                                  \
                child++;                                                                            \
            if (heap[child] >= item)                                                                \
                break;                                                                              \
            heap[at] = heap[child];                                                                 \
            at = child;                                                                             \
        }                                                                                           \
        heap[at] = item;                                                                            \
    }                                                                                               \
    static TYPE greatest_##NAME(const TYPE *items)                                                  \
    {                                                                                               \
        TYPE top[BLOCK / 4];                                                                        \
        int i, j;                                                                                   \
        memcpy(top, items, sizeof(top));                                                            \
        for (i = BLOCK / 4; i < BLOCK; i += BLOCK / 4)                                              \
            for (j = 0; j < BLOCK / 4; j++)                                                         \
                top[j] = items[i + j] > top[j] ? items[i + j] : top[j];                             \
        for (j = 1; j < BLOCK / 4; j++)                                                             \
            top[0] = top[j] > top[0] ? top[j] : top[0];                                             \
        return top[0];                                                                              \
    }                                                                                               \
    static TYPE least_##NAME(const TYPE *items, npy_intp count, TYPE *heap, npy_intp size)          \
    {                                                                                               \
        npy_intp i, j;                                                                              \
        TYPE least;                                                                                 \
        memcpy(heap, items, (size_t)size * sizeof(TYPE));                                           \
        for (i = size / 2; i-- > 0;)                                                                \
            sift_##NAME(heap, size, i);                                                             \
        least = heap[0];                                                                            \
        for (i = size; i < count; i += BLOCK) {                                                     \
            npy_intp end = i + BLOCK < count ? i + BLOCK : count;                                   \
            if (end - i == BLOCK && greatest_##NAME(items + i) <= least)                            \
                continue;                                                                           \
            for (j = i; j < end; j++)                                                               \
                if (items[j] > least) {                                                             \
                    heap[0] = items[j];                                                             \
                    sift_##NAME(heap, size, 0);                                                     \
                    least = heap[0];                                                                \
                }                                                                                   \
        }                                                                                           \
        return least;                                                                               \
    }                                                                                               \
    static npy_intp at_least_##NAME(const TYPE *items, npy_intp count, TYPE least, int64_t *places) \
    {                                                                                               \
        npy_intp i, j, found = 0;                                                                   \
        for (i = 0; i < count; i += BLOCK) {                                                        \
            npy_intp end = i + BLOCK < count ? i + BLOCK : count;                                   \
            if (end - i == BLOCK && greatest_##NAME(items + i) < least)                             \
                continue;                                                                           \
            for (j = i; j < end; j++)                                                               \
                if (items[j] >= least) {                                                            \
                    if (places != NULL)                                                             \
                        places[found] = j;                                                          \
                    found++;                                                                        \
                }                                                                                   \
        }                                                                                           \
        return found;                                                                               \
    }

DEFINE_LEAST(float, float)
DEFINE_LEAST(int, int64_t)

static PyObject *
highest(PyObject *Py_UNUSED(module), PyObject *const *arguments, Py_ssize_t count)
{
    Column items;
    npy_intp size, found = 0, i;
    PyObject *places = NULL;
    void *heap = NULL;
    int is_float;
    double least = 0;
    if (count != 2) {
        PyErr_SetString(PyExc_TypeError, "expected scores and a size");
        return NULL;
    }
    is_float = PyArray_Check(arguments[0]) && PyArray_DESCR((PyArrayObject *)arguments[0])->kind == 'f';
    size = PyLong_AsSsize_t(arguments[1]);
    if (PyErr_Occurred() || (is_float ? take_floats(arguments[0], &items) : take_ints(arguments[0], &items)) < 0)
        return NULL;
    if (size < 1) {
        PyErr_SetString(PyExc_ValueError, "at least one is wanted");
        return NULL;
    }
    if (items.size <= size) {
        places = new_ints(items.size);
        if (places == NULL)
            return NULL;
        for (i = 0; i < items.size; i++)
            INT_ITEMS(places)[i] = i;
        return Py_BuildValue("(Nd)", places, 0.0);
    }
    heap = PyMem_Malloc((size_t)size * 8);
    if (heap == NULL)
        return PyErr_NoMemory();
    {
        NPY_BEGIN_THREADS_DEF;
        NPY_BEGIN_THREADS_THRESHOLDED(items.size);
        if (is_float) {
            float bound = least_float(FLOATS(items), items.size, heap, size);
            found = at_least_float(FLOATS(items), items.size, bound, NULL);
            least = bound;
        }
        else {
            int64_t bound = least_int(INTS(items), items.size, heap, size);
            found = at_least_int(INTS(items), items.size, bound, NULL);
            least = (double)bound;
        }
        NPY_END_THREADS;
    }
    places = new_ints(found);
    if (places != NULL) {
        if (is_float)
            at_least_float(FLOATS(items), items.size, *(float *)heap, INT_ITEMS(places));
        else
            at_least_int(INTS(items), items.size, *(int64_t *)heap, INT_ITEMS(places));
    }
    PyMem_Free(heap);
    return places == NULL ? NULL : Py_BuildValue("(Nd)", places, least);
}

/* Sets of documents ------------------------------------------------------------------------------------------- */

static PyObject *
common(PyObject *Py_UNUSED(module), PyObject *const *arguments, Py_ssize_t count)
{
    Column some, others;
    npy_intp found, fewer;
    PyObject *at, *in;
    Window *window = NULL;
    int marks;
    if (count != 2 || take_ints(arguments[0], &some) < 0 || take_ints(arguments[1], &others) < 0) {
        if (!PyErr_Occurred())
            PyErr_SetString(PyExc_TypeError, "expected two arrays");
        return NULL;
    }
    fewer = some.size < others.size ? some.size : others.size;
    marks = by_marks(some.size, others.size);
    at = new_ints(fewer);
    in = new_ints(fewer);
    if (marks)
        window = take_window();
    if (at == NULL || in == NULL || (marks && window == NULL)) {
        Py_XDECREF(at);
        Py_XDECREF(in);
        if (window != NULL)
            keep_window(window);
        return NULL;
    }
    {
        NPY_BEGIN_THREADS_DEF;
        NPY_BEGIN_THREADS_THRESHOLDED(some.size + others.size);
        if (some.size <= others.size)
            found = marks ? mark_common(&some, &others, INT_ITEMS(at), INT_ITEMS(in), window)
                              : seek_common(&some, &others, INT_ITEMS(at), INT_ITEMS(in));
        else
            found = marks ? mark_common(&others, &some, INT_ITEMS(in), INT_ITEMS(at), window)
                              : seek_common(&others, &some, INT_ITEMS(in), INT_ITEMS(at));
        NPY_END_THREADS;
    }
    if (window != NULL)
        keep_window(window);
    return pair(at, in, found);
}

/* A part of a union: documents and their scores (or NULL), or the runs of a word that are scored on the way. */
typedef struct {
    Column documents;
    const float *scores;
    npy_intp at;
    Source word;
    Py_ssize_t run;
    npy_intp exception;
    Column penalties;
    float factor;
} Part;

static int
take_part(PyObject *object, Part *part)
{
    Column scores;
    Py_ssize_t size = PyTuple_Check(object) ? PyTuple_GET_SIZE(object) : 0;
    memset(part, 0, sizeof(Part));
    if (size == 3) {
        part->factor = (float)PyFloat_AsDouble(PyTuple_GET_ITEM(object, 2));
        if (PyErr_Occurred() || take_floats(PyTuple_GET_ITEM(object, 1), &part->penalties) < 0
            || take_source(PyTuple_GET_ITEM(object, 0), &part->word) < 0)
            return -1;
        part->documents.size = part->word.postings;
        if (part->word.runs == NULL) {
            PyErr_SetString(PyExc_TypeError, "expected runs");
            return -1;
        }
        if (part->word.count)
            part->at = part->word.runs[0].first;
        return 0;
    }
    if (size != 2) {
        PyErr_SetString(PyExc_TypeError, "expected documents and scores, or runs, penalties, factor");
        return -1;
    }
    if (take_ints(PyTuple_GET_ITEM(object, 0), &part->documents) < 0)
        return -1;
    if (PyTuple_GET_ITEM(object, 1) == Py_None)
        return 0;
    if (take_floats(PyTuple_GET_ITEM(object, 1), &scores) < 0)
        return -1;
    if (scores.size != part->documents.size) {
        altered("score");
        return -1;
    }
    part->scores = FLOATS(scores);
    return 0;
}

/* The window of the next document of a part, -1 where there is none. */
static int64_t
next_window(Part *part)
{
    if (part->word.runs == NULL)
        return part->at < part->documents.size ? INTS(part->documents)[part->at] >> WINDOW_BITS : -1;
    while (part->run < part->word.count && part->at >= part->word.runs[part->run].last) {
        part->exception = 0;
        if (++part->run < part->word.count)
            part->at = part->word.runs[part->run].first;
    }
    if (part->run == part->word.count)
        return -1;
    return (part->word.runs[part->run].base + part->word.runs[part->run].documents[part->at]) >> WINDOW_BITS;
}

static inline void
add_vote(Window *window, uint32_t local, int has_votes)
{
    if (has_votes)
        window->votes[local] = (uint16_t)(is_marked(window, local) ? window->votes[local] + 1 : 1);
    mark(window, local);
}

/* Add the documents of a part that are in the window. -1 where one is out of bounds. */
static int
add_part(Part *part, int64_t wanted, int has_votes, Window *window)
{
    npy_intp i = part->at;
    if (part->word.runs == NULL) {
        const int64_t *own = INTS(part->documents);
        for (; i < part->documents.size && own[i] >> WINDOW_BITS == wanted; i++) {
            uint32_t local = (uint32_t)(own[i] & WINDOW_MASK);
            add_vote(window, local, has_votes);
            if (part->scores)
                window->sums[local] += part->scores[i];
        }
        part->at = i;
        return 0;
    }
    while (next_window(part) == wanted) {
        const Run *run = part->word.runs + part->run;
        for (i = part->at; i < run->last; i++) {
            int64_t document = run->base + run->documents[i];
            uint32_t local = (uint32_t)(document & WINDOW_MASK);
            float weight;
            if (document >> WINDOW_BITS != wanted)
                break;
            if (document >= part->penalties.size)
                return -1;
            weight = weight_at(run, i, &part->exception);
            add_vote(window, local, has_votes);
            window->sums[local] += part->factor * (weight / (weight + FLOATS(part->penalties)[document]));
        }
        part->at = i;
    }
    return 0;
}

/* Write what is in at least *needed* parts; -1 where a document is out of bounds. */
static npy_intp
unite(Part *parts, Py_ssize_t count, uint16_t needed, Window *window, int64_t *documents, float *scores)
{
    npy_intp found = 0;
    Py_ssize_t p;
    int failed = 0;
    for (;;) {
        int64_t wanted = -1;
        for (p = 0; p < count; p++) {
            int64_t own = next_window(parts + p);
            if (own >= 0 && (wanted < 0 || own < wanted))
                wanted = own;
        }
        if (wanted < 0 || failed)
            return failed ? -1 : found;
        for (p = 0; p < count && !failed; p++)
            failed = add_part(parts + p, wanted, needed > 1, window);
        found += empty_window(window, wanted << WINDOW_BITS, needed > 1 ? needed : 0, documents + found, scores + found);
    }
}

static PyObject *
some_of(PyObject *Py_UNUSED(module), PyObject *const *arguments, Py_ssize_t count)
{
    Py_ssize_t size, p;
    npy_intp total = 0, found = 0;
    long needed;
    Part *parts = NULL;
    Window *window = NULL;
    PyObject *documents = NULL, *scores = NULL, *result = NULL;
    if (count != 2 || !PyList_Check(arguments[0])) {
        PyErr_SetString(PyExc_TypeError, "expected a list of parts, and how many are needed");
        return NULL;
    }
    needed = PyLong_AsLong(arguments[1]);
    if (PyErr_Occurred())
        return NULL;
    size = PyList_GET_SIZE(arguments[0]);
    if (size > UINT16_MAX || needed < 1) {
        PyErr_SetString(PyExc_ValueError, "too many parts, or none needed");
        return NULL;
    }
    parts = PyMem_Calloc((size_t)(size ? size : 1), sizeof(Part));
    if (parts == NULL)
        return PyErr_NoMemory();
    for (p = 0; p < size; p++) {
        if (take_part(PyList_GET_ITEM(arguments[0], p), parts + p) < 0)
            goto done;
        total += parts[p].documents.size;
    }
    documents = new_ints(total);
    scores = new_floats(total);
    window = take_window();
    if (documents == NULL || scores == NULL || window == NULL)
        goto done;
    if (needed <= size) {
        Py_BEGIN_ALLOW_THREADS
        found = unite(parts, size, (uint16_t)needed, window, INT_ITEMS(documents), FLOAT_ITEMS(scores));
        Py_END_ALLOW_THREADS
    }
    if (found < 0) {
        altered("document");
        goto done;
    }
    result = pair(documents, scores, found);
    documents = scores = NULL;
done:
    Py_XDECREF(documents);
    Py_XDECREF(scores);
    if (window != NULL)
        keep_window(window);
    for (p = 0; p < size; p++)
        drop_source(&parts[p].word);
    PyMem_Free(parts);
    return result;
}

/* Facets ------------------------------------------------------------------------------------------------------ */

/* Documents whose values are gathered before they are counted, and how many of each at once: a loop over the few
   values of a document ends here and there, and is guessed wrong every time. */
#define GATHERED 256
#define AT_ONCE 4

/* Count the values of *size* documents. -1 where something is altered. */
static int
count_some(const int64_t *documents, npy_intp size, const Column *starts, const Column *values, int64_t *counts,
           npy_intp kinds)
{
    uint16_t gathered[(GATHERED + 1) * AT_ONCE];
    npy_intp i, found = 0;
    for (i = 0; i < size; i++) {
        int64_t document = documents[i], at, end;
        if ((uint64_t)document + 1 >= (uint64_t)starts->size)
            return -1;
        at = INTS(*starts)[document];
        end = INTS(*starts)[document + 1];
        if (at < 0 || at > end || end > values->size)
            return -1;
        if (values->width == 2 && end - at <= AT_ONCE && at + AT_ONCE <= values->size) {
            memcpy(gathered + found, (const uint16_t *)values->at + at, AT_ONCE * sizeof(uint16_t));
            found += (npy_intp)(end - at);
            continue;
        }
        for (; at < end; at++) {
            uint64_t value = number(values, (npy_intp)at);
            if (value >= (uint64_t)kinds)
                return -1;
            counts[value]++;
        }
    }
    for (i = 0; i < found; i++) {
        if (gathered[i] >= kinds)
            return -1;
        counts[gathered[i]]++;
    }
    return 0;
}

static PyObject *
count_values(PyObject *Py_UNUSED(module), PyObject *const *arguments, Py_ssize_t count)
{
    Column documents, starts, values;
    npy_intp size, i;
    int failed = 0;
    PyObject *result;
    if (count != 4) {
        PyErr_SetString(PyExc_TypeError, "expected documents, starts, values, size");
        return NULL;
    }
    size = PyLong_AsSsize_t(arguments[3]);
    if (PyErr_Occurred() || take_ints(arguments[0], &documents) < 0 || take_ints(arguments[1], &starts) < 0
        || take(arguments[2], 'u', 0, &values) < 0)
        return NULL;
    result = PyArray_ZEROS(1, &size, NPY_INT64, 0);
    if (result == NULL)
        return NULL;
    {
        NPY_BEGIN_THREADS_DEF;
        NPY_BEGIN_THREADS_THRESHOLDED(documents.size);
        for (i = 0; i < documents.size && !failed; i += GATHERED) {
            npy_intp some = documents.size - i < GATHERED ? documents.size - i : GATHERED;
            failed = count_some(INTS(documents) + i, some, &starts, &values, INT_ITEMS(result), size);
        }
        NPY_END_THREADS;
    }
    if (failed) {
        Py_DECREF(result);
        return altered("value");
    }
    return result;
}

/* The module -------------------------------------------------------------------------------------------------- */

#define FAST(NAME) {#NAME, (PyCFunction)(void (*)(void))NAME, METH_FASTCALL, NULL}
#define ONE(NAME) {#NAME, NAME, METH_O, NULL}

static PyMethodDef functions[] = {
    FAST(string_place), FAST(find_string), FAST(find_word), FAST(near_strings), FAST(add_pair), FAST(first),
     ONE(documents_of), ONE(weights_of), ONE(united), FAST(occurrences),
    FAST(phrase), FAST(weighed), FAST(saturated), FAST(scored), FAST(find_in),
    FAST(add_found), FAST(highest), FAST(common), FAST(some_of),
    FAST(count_values), {NULL, NULL, 0, NULL},
};

static struct PyModuleDef module = {
    PyModuleDef_HEAD_INIT, "_kernels", "The inner loops of the engine, compiled.", -1, functions,
    NULL, NULL, NULL, NULL,
};

PyMODINIT_FUNC
PyInit__kernels(void)
{
    import_array();
    return PyModule_Create(&module);
}
