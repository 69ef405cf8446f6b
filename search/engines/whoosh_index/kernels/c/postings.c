/* Posting lists as arrays: of one word, or of several as one. */
#include "kernels.h"

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
        out_of_bounds("posting");
        return -1;
    }
    run->documents = (const uint16_t *)documents.at;
    run->codes = (const uint8_t *)codes.at;
    return 0;
}

/* Take a list of runs into memory that the caller frees; NULL with an exception set. */
Run *
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

int
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
        out_of_bounds("weight");
        return -1;
    }
    return 0;
}

void
drop_source(Source *source)
{
    PyMem_Free(source->runs);
}

PyObject *
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

/* Write the weighted frequency of each posting of *run*. */
void
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

PyObject *
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

/* One that nobody uses, kept from one query to the next: fresh pages of so many bytes take as long as what is
   done in them. Only touched with Python's lock held. */
static Window *spare = NULL;

/* A window without a document; NULL with an exception set. */
Window *
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
void
keep_window(Window *window)
{
    if (spare == NULL)
        spare = window;
    else
        PyMem_RawFree(window);
}

/* Write which of the first *size* documents of the window have at least *needed* votes (0: all), with their sums; clear the window. */
npy_intp
empty_window(Window *window, uint32_t size, int64_t base, uint16_t needed, int64_t *documents, float *sums)
{
    npy_intp found = 0;
    uint32_t w;
    for (w = 0; w < size / 64; w++) {
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

PyObject *
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
                found += empty_window(window, WINDOW, runs[r].base, 0, INT_ITEMS(documents) + found,
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
