/* Documents that are in both of two sets, or in some of several. */
#include "kernels.h"

/* Find the numbers of *some*, few, in *others* by seeking each; their places go to *at* and *in*. */
npy_intp
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
npy_intp
mark_common(const Column *some, const Column *others, int64_t *at, int64_t *in, Window *window)
{
    const int64_t *a = INTS(*some), *b = INTS(*others);
    npy_intp i = 0, j = 0, k, found = 0;
    while (i < some->size && j < others->size) {
        int64_t wanted = a[i] >> SPAN_BITS > b[j] >> SPAN_BITS ? a[i] >> SPAN_BITS : b[j] >> SPAN_BITS;
        npy_intp first;
        if (a[i] >> SPAN_BITS < wanted || b[j] >> SPAN_BITS < wanted) {
            i = seek(a, some->size, i, wanted << SPAN_BITS);
            j = seek(b, others->size, j, wanted << SPAN_BITS);
            continue;
        }
        for (first = i; i < some->size && a[i] >> SPAN_BITS == wanted; i++) {
            uint32_t local = (uint32_t)(a[i] & SPAN_MASK);
            mark(window, local);
            window->places[local] = (uint32_t)(i - first);
        }
        for (; j < others->size && b[j] >> SPAN_BITS == wanted; j++) {
            uint32_t local = (uint32_t)(b[j] & SPAN_MASK);
            if (is_marked(window, local) && found < some->size) {
                at[found] = first + window->places[local];
                in[found++] = j;
            }
        }
        for (k = first; k < i; k++)
            window->bits[(a[k] & SPAN_MASK) >> 6] = 0;
    }
    return found;
}

PyObject *
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
    Penalties penalties;
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
        if (PyErr_Occurred() || take_penalties(PyTuple_GET_ITEM(object, 1), &part->penalties) < 0
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
        out_of_bounds("score");
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
        return part->at < part->documents.size ? INTS(part->documents)[part->at] >> SPAN_BITS : -1;
    while (part->run < part->word.count && part->at >= part->word.runs[part->run].last) {
        part->exception = 0;
        if (++part->run < part->word.count)
            part->at = part->word.runs[part->run].first;
    }
    if (part->run == part->word.count)
        return -1;
    return (part->word.runs[part->run].base + part->word.runs[part->run].documents[part->at]) >> SPAN_BITS;
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
        for (; i < part->documents.size && own[i] >> SPAN_BITS == wanted; i++) {
            uint32_t local = (uint32_t)(own[i] & SPAN_MASK);
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
            uint32_t local = (uint32_t)(document & SPAN_MASK);
            float weight;
            if (document >> SPAN_BITS != wanted)
                break;
            if (document >= part->penalties.lengths.size)
                return -1;
            weight = weight_at(run, i, &part->exception);
            add_vote(window, local, has_votes);
            window->sums[local] += score_of(weight, &part->penalties, document, part->factor);
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
        found += empty_window(window, SPAN, wanted << SPAN_BITS, needed > 1 ? needed : 0, documents + found, scores + found);
    }
}

PyObject *
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
        out_of_bounds("document");
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
