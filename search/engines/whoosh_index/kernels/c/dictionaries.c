/* Words looked up in sorted dictionaries. */
#include "kernels.h"

typedef struct {
    Column bytes, starts, keys;
    npy_intp step, size;
} Strings;

/* Whether there is a key for each so many strings, no more and no fewer. */
static int
has_its_keys(const Strings *strings)
{
    return strings->keys.size == (strings->size + strings->step - 1) / strings->step;
}

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
    if (!has_its_keys(strings)) {
        out_of_bounds("key");
        return -1;
    }
    return PyBytes_AsStringAndSize(arguments[4], wanted, length);
}

PyObject *
string_place(PyObject *Py_UNUSED(module), PyObject *const *arguments, Py_ssize_t count)
{
    Strings strings;
    char *wanted;
    Py_ssize_t length;
    npy_intp place;
    if (take_strings(arguments, count, &strings, &wanted, &length) < 0)
        return NULL;
    place = place_of(&strings, wanted, length);
    return place < 0 ? out_of_bounds("string") : PyLong_FromSsize_t(place);
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
        || words->first_form.size != words->stems.size + 1 || !has_its_keys(&words->forms)
        || !has_its_keys(&words->stems)) {
        out_of_bounds("word");
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
        out_of_bounds("form");
        return -1;
    }
    if (!with_positions && number(&words->first_stem_posting, stem) < number(&words->first_stem_posting, stem + 1))
        return append_run(found, type, words, words->stem_lists, &words->first_stem_posting, stem, 0);
    for (; first < last; first++) {
        form = number(&words->forms_of_stems, (npy_intp)first);
        if (form >= (uint64_t)words->forms.size) {
            out_of_bounds("form");
            return -1;
        }
        if (!with_positions)
            *only = (npy_intp)form;
        else if (append_form(found, type, words, (npy_intp)form) < 0)
            return -1;
    }
    return 0;
}

PyObject *
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
            out_of_bounds("string");
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
