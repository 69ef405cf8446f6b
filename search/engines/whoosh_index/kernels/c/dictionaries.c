/* Words looked up in sorted dictionaries. */
#include "kernels.h"

/* Whether there is a key for each KEY_STEP strings, no more and no fewer. */
static int
has_its_keys(const Strings *strings)
{
    return strings->keys.size == (strings->size + KEY_STEP - 1) / KEY_STEP;
}

/* The first eight bytes of a string as a number. */
uint64_t
string_key(const char *string, npy_intp length)
{
    uint64_t key = 0;
    npy_intp i;
    for (i = 0; i < 8; i++)
        key = key << 8 | (i < length ? (uint8_t)string[i] : 0);
    return key;
}

/* How many strings come before *wanted*, -1 where the column is altered. *before* are the keys below its own. */
static npy_intp
strings_from(const Strings *strings, npy_intp before, const char *wanted, npy_intp length)
{
    uint64_t key = string_key(wanted, length);
    npy_intp first, last, after = before;
    while (after < strings->keys.size && number(&strings->keys, after) == key)
        after = key == UINT64_MAX ? strings->keys.size
                                   : lower_bound(&strings->keys, after + 1, strings->keys.size, key + 1);
    first = before > 0 ? (before - 1) * KEY_STEP : 0;
    last = after < strings->size / KEY_STEP + 1 ? after * KEY_STEP : strings->size;
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

static npy_intp
strings_before(const Strings *strings, const char *wanted, npy_intp length)
{
    return strings_from(strings, lower_bound(&strings->keys, 0, strings->keys.size, string_key(wanted, length)), wanted,
                        length);
}

/* The ordinal of *wanted*, -1 if it is not there, -2 where the column is altered. */
npy_intp
find_from(const Strings *strings, npy_intp before, const char *wanted, npy_intp length)
{
    npy_intp ordinal = strings_from(strings, before, wanted, length);
    uint64_t start, end;
    if (ordinal < 0)
        return -2;
    if (ordinal == strings->size)
        return -1;
    start = number(&strings->starts, ordinal);
    end = number(&strings->starts, ordinal + 1);
    if (start > end || end > (uint64_t)strings->bytes.size)
        return -2;
    if (end - start != (uint64_t)length || memcmp(strings->bytes.at + start, wanted, (size_t)length) != 0)
        return -1;
    return ordinal;
}

static npy_intp
find(const Strings *strings, const char *wanted, npy_intp length)
{
    return find_from(strings, lower_bound(&strings->keys, 0, strings->keys.size, string_key(wanted, length)), wanted,
                     length);
}

KERNEL(strings_with_prefix)
{
    Strings strings;
    char *prefix, *after;
    Py_ssize_t length;
    npy_intp first, last;
    if (count != 4)
        return expected("bytes, starts, keys, a prefix");
    if (take(arguments[0], 'u', 1, &strings.bytes) < 0 || take(arguments[1], 'u', 0, &strings.starts) < 0
        || take(arguments[2], 'u', 0, &strings.keys) < 0
        || PyBytes_AsStringAndSize(arguments[3], &prefix, &length) < 0)
        return NULL;
    strings.size = strings.starts.size - 1;
    if (strings.size < 0 || !has_its_keys(&strings))
        return out_of_bounds("key");
    after = PyMem_Malloc((size_t)length + 1);
    if (after == NULL)
        return PyErr_NoMemory();
    memcpy(after, prefix, (size_t)length);
    after[length] = (char)0xff; /* no UTF-8 text has this byte */
    first = strings_before(&strings, prefix, length);
    last = strings_before(&strings, after, length + 1);
    PyMem_Free(after);
    return first < 0 || last < 0 ? out_of_bounds("string") : Py_BuildValue("(nn)", first, last);
}

#define WORD_COLUMNS 15

int
take_words(PyObject *object, Words *words)
{
    PyObject **items;
    if (!PyTuple_Check(object) || PyTuple_GET_SIZE(object) != WORD_COLUMNS) {
        expected("the columns of words");
        return -1;
    }
    items = ((PyTupleObject *)object)->ob_item;
    words->base = items[0];
    words->form_lists = items[4];
    words->positions = items[6];
    words->stem_lists = items[11];
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
        || words->first_form.size != words->stems.size + 1 || !has_its_keys(&words->forms)
        || !has_its_keys(&words->stems)) {
        out_of_bounds("word");
        return -1;
    }
    return 0;
}

/* `PostingRun` of arguments.py, which is a tuple. */
static PyTypeObject *posting_run = NULL;

int
import_posting_run(void)
{
    PyObject *arguments = PyImport_ImportModule("search.engines.whoosh_index.kernels.arguments");
    PyObject *type = arguments == NULL ? NULL : PyObject_GetAttrString(arguments, "PostingRun");
    Py_XDECREF(arguments);
    if (type != NULL && (!PyType_Check(type) || !PyType_IsSubtype((PyTypeObject *)type, &PyTuple_Type))) {
        PyErr_SetString(PyExc_ImportError, "PostingRun is no tuple");
        Py_CLEAR(type);
    }
    posting_run = (PyTypeObject *)type;
    return type == NULL ? -1 : 0;
}

/* Append list number *ordinal* of *lists* to *found*, as a run. */
static int
append_run(PyObject *found, const Words *words, PyObject *lists, const Column *starts, npy_intp ordinal,
           int has_positions)
{
    PyObject *run = posting_run->tp_alloc(posting_run, 6);
    int failed;
    if (run == NULL)
        return -1;
    Py_INCREF(words->base);
    Py_INCREF(lists);
    PyTuple_SET_ITEM(run, 0, words->base);
    PyTuple_SET_ITEM(run, 1, lists);
    PyTuple_SET_ITEM(run, 2, PyLong_FromUnsignedLongLong(number(starts, ordinal)));
    PyTuple_SET_ITEM(run, 3, PyLong_FromUnsignedLongLong(number(starts, ordinal + 1)));
    PyTuple_SET_ITEM(run, 4, Py_NewRef(has_positions ? words->positions : Py_None));
    PyTuple_SET_ITEM(run, 5, PyLong_FromUnsignedLongLong(has_positions ? number(&words->first_position, ordinal) : 0));
    failed = PyErr_Occurred() || PyList_Append(found, run) < 0;
    Py_DECREF(run);
    return failed ? -1 : 0;
}

static int
append_form(PyObject *found, const Words *words, npy_intp form)
{
    return append_run(found, words, words->form_lists, &words->first_posting, form, 1);
}

/* Append the runs of a listed stem; -1 with an exception set. *only* is its form where it has one alone and hence
   no list of its own, else -1. */
static int
append_stem(PyObject *found, const Words *words, npy_intp stem, int with_positions, npy_intp *only)
{
    uint64_t first = number(&words->first_form, stem), last = number(&words->first_form, stem + 1);
    uint64_t form;
    *only = -1;
    if (first >= last || last > (uint64_t)words->forms_of_stems.size) {
        out_of_bounds("form");
        return -1;
    }
    if (!with_positions && number(&words->first_stem_posting, stem) < number(&words->first_stem_posting, stem + 1))
        return append_run(found, words, words->stem_lists, &words->first_stem_posting, stem, 0);
    for (; first < last; first++) {
        form = number(&words->forms_of_stems, (npy_intp)first);
        if (form >= (uint64_t)words->forms.size) {
            out_of_bounds("form");
            return -1;
        }
        if (!with_positions)
            *only = (npy_intp)form;
        else if (append_form(found, words, (npy_intp)form) < 0)
            return -1;
    }
    return 0;
}

/* A word that is looked up. */
typedef struct {
    char *form, *stem;
    Py_ssize_t form_length, stem_length;
    int is_fixed;
} Wanted;

static int
take_wanted(PyObject *form, PyObject *stem, PyObject *is_fixed, Wanted *word)
{
    word->is_fixed = PyObject_IsTrue(is_fixed);
    if (word->is_fixed < 0 || PyBytes_AsStringAndSize(form, &word->form, &word->form_length) < 0
        || PyBytes_AsStringAndSize(stem, &word->stem, &word->stem_length) < 0)
        return -1;
    return 0;
}

/* The form that a listed stem has alone and hence no list of its own; -1 where the columns are altered. */
npy_intp
only_form(const Words *words, npy_intp stem)
{
    uint64_t form = number(&words->first_form, stem);
    if (form >= (uint64_t)words->forms_of_stems.size)
        return -1;
    form = number(&words->forms_of_stems, (npy_intp)form);
    return form < (uint64_t)words->forms.size ? (npy_intp)form : -1;
}

KERNEL(find_word)
{
    PyObject *found, *exact, *result = NULL;
    Wanted word;
    Py_ssize_t i;
    int with_positions, is_same, is_only = 1;
    if (count != 5 || !PyTuple_Check(arguments[0]))
        return expected("segments, form, stem, is_fixed, with_positions");
    with_positions = PyObject_IsTrue(arguments[4]);
    if (with_positions < 0 || take_wanted(arguments[1], arguments[2], arguments[3], &word) < 0)
        return NULL;
    is_same = word.form_length == word.stem_length && memcmp(word.form, word.stem, (size_t)word.form_length) == 0;
    found = PyList_New(0);
    exact = PyList_New(0);
    if (found == NULL || exact == NULL)
        goto done;
    for (i = 0; i < PyTuple_GET_SIZE(arguments[0]); i++) {
        Words words;
        npy_intp own, listed, alone;
        if (take_words(PyTuple_GET_ITEM(arguments[0], i), &words) < 0)
            goto done;
        own = find(&words.forms, word.form, word.form_length);
        listed = find(&words.stems, word.stem, word.stem_length);
        alone = listed >= 0 || !word.is_fixed ? -1
                : is_same                     ? own
                                              : find(&words.forms, word.stem, word.stem_length);
        if (own == -2 || listed == -2 || alone == -2) {
            out_of_bounds("string");
            goto done;
        }
        if (own >= 0 && append_form(exact, &words, own) < 0)
            goto done;
        if (listed >= 0 && append_stem(found, &words, listed, with_positions, &alone) < 0)
            goto done;
        if (alone >= 0 && append_form(found, &words, alone) < 0)
            goto done;
        if (alone != own || (listed >= 0 && (with_positions || alone < 0)))
            is_only = 0;
    }
    result = PyTuple_Pack(2, is_only ? exact : found, exact);
done:
    Py_XDECREF(found);
    Py_XDECREF(exact);
    return result;
}
