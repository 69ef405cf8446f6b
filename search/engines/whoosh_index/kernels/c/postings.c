/* Postings taken from Python, and given back as arrays. */
#include "kernels.h"

/* Take the columns of lists, `ListColumns` of arguments.py, into a run of no positions; *postings* is how many there are. */
int
take_list_columns(PyObject *lists, npy_intp *postings, Run *run)
{
    Column documents, codes;
    if (!PyTuple_Check(lists) || PyTuple_GET_SIZE(lists) != 5) {
        expected("the columns of lists");
        return -1;
    }
    if (take(PyTuple_GET_ITEM(lists, 0), 'u', 2, &documents) < 0 || take(PyTuple_GET_ITEM(lists, 1), 'u', 1, &codes) < 0
        || take(PyTuple_GET_ITEM(lists, 2), 'u', 0, &run->exceptional) < 0
        || take(PyTuple_GET_ITEM(lists, 3), 'u', 0, &run->frequencies) < 0
        || take(PyTuple_GET_ITEM(lists, 4), 'u', 0, &run->weights) < 0)
        return -1;
    if (run->frequencies.size < run->exceptional.size || run->weights.size < run->exceptional.size) {
        out_of_bounds("posting");
        return -1;
    }
    run->positions.at = NULL;
    run->positions.size = 0;
    run->position = 0;
    run->documents = (const uint16_t *)documents.at;
    run->codes = (const uint8_t *)codes.at;
    *postings = documents.size < codes.size ? documents.size : codes.size;
    return 0;
}

static int
take_run(PyObject *object, Run *run)
{
    PyObject *positions;
    npy_intp postings;
    if (!PyTuple_Check(object) || PyTuple_GET_SIZE(object) != 6) {
        expected("a posting run");
        return -1;
    }
    if (take_list_columns(PyTuple_GET_ITEM(object, 1), &postings, run) < 0)
        return -1;
    run->base = PyLong_AsLongLong(PyTuple_GET_ITEM(object, 0));
    run->first = PyLong_AsSsize_t(PyTuple_GET_ITEM(object, 2));
    run->last = PyLong_AsSsize_t(PyTuple_GET_ITEM(object, 3));
    positions = PyTuple_GET_ITEM(object, 4);
    run->position = PyLong_AsSsize_t(PyTuple_GET_ITEM(object, 5));
    if (PyErr_Occurred() || (positions != Py_None && take(positions, 'u', 0, &run->positions) < 0))
        return -1;
    if (run->base < 0 || run->first < 0 || run->first > run->last || run->last > postings || run->position < 0) {
        out_of_bounds("posting");
        return -1;
    }
    return 0;
}

/* Take a list of runs into memory that the caller frees; NULL with an exception set. */
Run *
take_runs(PyObject *object, Py_ssize_t *count, npy_intp *postings)
{
    Run *runs;
    Py_ssize_t i;
    if (!PyList_Check(object)) {
        expected("a list of posting runs");
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

/* Take runs, or documents and weights or None; dropped by drop_word. -1 with an exception set. */
int
take_word(PyObject *object, Word *word)
{
    Column weights;
    word->runs = NULL;
    word->weights = NULL;
    word->count = 0;
    if (PyList_Check(object)) {
        word->runs = take_runs(object, &word->count, &word->postings);
        return word->runs == NULL ? -1 : 0;
    }
    if (!PyTuple_Check(object) || PyTuple_GET_SIZE(object) != 2) {
        expected("posting runs, or documents and weights");
        return -1;
    }
    if (take_ints(PyTuple_GET_ITEM(object, 0), &word->documents) < 0)
        return -1;
    word->postings = word->documents.size;
    if (PyTuple_GET_ITEM(object, 1) == Py_None)
        return 0;
    if (take_floats(PyTuple_GET_ITEM(object, 1), &weights) < 0)
        return -1;
    if (weights.size != word->postings) {
        out_of_bounds("weight");
        return -1;
    }
    word->weights = FLOATS(weights);
    return 0;
}

void
drop_word(Word *word)
{
    PyMem_Free(word->runs);
}

int
take_penalties(PyObject *object, Penalties *penalties)
{
    if (!PyTuple_Check(object) || PyTuple_GET_SIZE(object) != 4) {
        expected("penalties");
        return -1;
    }
    penalties->scale = (float)PyFloat_AsDouble(PyTuple_GET_ITEM(object, 1));
    penalties->base = (float)PyFloat_AsDouble(PyTuple_GET_ITEM(object, 2));
    penalties->least = (float)PyFloat_AsDouble(PyTuple_GET_ITEM(object, 3));
    return PyErr_Occurred() ? -1 : take(PyTuple_GET_ITEM(object, 0), 'u', 0, &penalties->lengths);
}

/* Write the document of each posting of *run*. */
void
copy_documents(const Run *run, int64_t *out)
{
    const uint16_t *documents = run->documents + run->first;
    npy_intp i, size = run->last - run->first;
    for (i = 0; i < size; i++)
        out[i] = run->base + documents[i];
}

/* Write the weighted frequency of each posting of *run*. */
void
copy_weights(const Run *run, float *out)
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

KERNEL(postings)
{
    Py_ssize_t runs_count, r;
    npy_intp size;
    PyObject *documents, *weights;
    Run *runs;
    if (count != 1)
        return expected("posting runs");
    runs = take_runs(arguments[0], &runs_count, &size);
    if (runs == NULL)
        return NULL;
    documents = new_ints(size);
    weights = new_floats(size);
    if (documents != NULL && weights != NULL) {
        int64_t *next_document = INT_ITEMS(documents);
        float *next_weight = FLOAT_ITEMS(weights);
        NPY_BEGIN_THREADS_DEF;
        NPY_BEGIN_THREADS_THRESHOLDED(size);
        for (r = 0; r < runs_count; r++) {
            copy_documents(runs + r, next_document);
            copy_weights(runs + r, next_weight);
            next_document += runs[r].last - runs[r].first;
            next_weight += runs[r].last - runs[r].first;
        }
        NPY_END_THREADS;
    }
    PyMem_Free(runs);
    return pair(documents, weights, size);
}
