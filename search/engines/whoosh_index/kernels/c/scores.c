/* What documents score. */
#include "kernels.h"

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
            found = documents->size <= source->postings
                        ? seek_common(documents, &source->documents, kept, places)
                        : seek_common(&source->documents, documents, places, kept);
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

PyObject *
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

int
take_penalties(PyObject *object, Penalties *penalties)
{
    if (!PyTuple_Check(object) || PyTuple_GET_SIZE(object) != 4) {
        PyErr_SetString(PyExc_TypeError, "expected penalties");
        return -1;
    }
    penalties->scale = (float)PyFloat_AsDouble(PyTuple_GET_ITEM(object, 1));
    penalties->base = (float)PyFloat_AsDouble(PyTuple_GET_ITEM(object, 2));
    penalties->least = (float)PyFloat_AsDouble(PyTuple_GET_ITEM(object, 3));
    return PyErr_Occurred() ? -1 : take(PyTuple_GET_ITEM(object, 0), 'u', 0, &penalties->lengths);
}

/* Write the scores of *size* documents. -1 where one is out of bounds. */
static int
score(const float *weights, const int64_t *documents, npy_intp size, const Penalties *penalties, float factor,
      float *out)
{
    npy_intp i;
    for (i = 0; i < size; i++) {
        if ((uint64_t)documents[i] >= (uint64_t)penalties->lengths.size)
            return -1;
        out[i] = score_of(weights[i], penalties, documents[i], factor);
    }
    return 0;
}

PyObject *
saturated(PyObject *Py_UNUSED(module), PyObject *const *arguments, Py_ssize_t count)
{
    Column weights, documents;
    Penalties penalties;
    float factor;
    int failed;
    PyObject *result;
    if (count != 4) {
        PyErr_SetString(PyExc_TypeError, "expected weights, documents, penalties, factor");
        return NULL;
    }
    factor = (float)PyFloat_AsDouble(arguments[3]);
    if (PyErr_Occurred() || take_floats(arguments[0], &weights) < 0 || take_ints(arguments[1], &documents) < 0
        || take_penalties(arguments[2], &penalties) < 0)
        return NULL;
    if (weights.size != documents.size)
        return out_of_bounds("weight");
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
        return out_of_bounds("document");
    }
    return result;
}

/* Write documents and scores of all postings of some runs. -1 where one is out of bounds. */
static int
score_runs(const Source *source, const Penalties *penalties, float factor, int64_t *documents, float *scores)
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

PyObject *
scored(PyObject *Py_UNUSED(module), PyObject *const *arguments, Py_ssize_t count)
{
    Penalties penalties;
    Source source;
    float factor;
    int failed = 0;
    PyObject *documents, *scores;
    if (count != 3) {
        PyErr_SetString(PyExc_TypeError, "expected runs, penalties, factor");
        return NULL;
    }
    factor = (float)PyFloat_AsDouble(arguments[2]);
    if (PyErr_Occurred() || take_penalties(arguments[1], &penalties) < 0 || take_source(arguments[0], &source) < 0)
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
            out_of_bounds("document");
    }
    drop_source(&source);
    if (PyErr_Occurred()) {
        Py_XDECREF(documents);
        Py_XDECREF(scores);
        return NULL;
    }
    return pair(documents, scores, PyArray_DIM((PyArrayObject *)documents, 0));
}

PyObject *
add_found(PyObject *Py_UNUSED(module), PyObject *const *arguments, Py_ssize_t count)
{
    Column scores, documents;
    Penalties penalties;
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
        || take_penalties(arguments[3], &penalties) < 0 || take_source(arguments[2], &source) < 0)
        return NULL;
    window = take_window();
    if (scores.size != documents.size)
        out_of_bounds("score");
    else if (window != NULL) {
        kept = PyMem_RawMalloc((size_t)(documents.size + 1) * sizeof(int64_t));
        weights = PyMem_RawMalloc((size_t)(documents.size + 1) * sizeof(float));
        found = kept == NULL || weights == NULL ? -1 : find_weights(&documents, &source, kept, weights, window);
        if (found < 0)
            PyErr_NoMemory();
        for (i = 0; i < found; i++) {
            int64_t document = INTS(documents)[kept[i]];
            if ((uint64_t)document >= (uint64_t)penalties.lengths.size) {
                out_of_bounds("document");
                break;
            }
            ((float *)scores.at)[kept[i]] += score_of(weights[i], &penalties, document, factor);
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

PyObject *
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
        return out_of_bounds("score");
    out = (float *)scores.at;
    for (i = 0; i < scores.size; i++) {
        float a = FLOATS(one)[i] * one_share, b = FLOATS(other)[i] * other_share;
        out[i] += factor * (a < b ? a : b);
    }
    Py_RETURN_NONE;
}
