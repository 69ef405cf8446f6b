/* Documents that are in several sets, and the sums of what they score in each. */
#include "kernels.h"

/* A part of a union: documents and their scores (or NULL), or the runs of a word that are scored on the way. */
typedef struct {
    Column documents;
    const float *scores;
    npy_intp at;
    Word word;
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
            || take_word(PyTuple_GET_ITEM(object, 0), &part->word) < 0)
            return -1;
        part->documents.size = part->word.postings;
        if (part->word.runs == NULL) {
            expected("posting runs");
            return -1;
        }
        if (part->word.count)
            part->at = part->word.runs[0].first;
        return 0;
    }
    if (size != 2) {
        expected("documents and scores, or runs, penalties, factor");
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
        found += empty_window(window, SPAN, wanted << SPAN_BITS, needed > 1 ? needed : 0, documents + found,
                              scores + found);
    }
}

KERNEL(union_of)
{
    Py_ssize_t size, p;
    npy_intp total = 0, found = 0;
    long needed;
    Part *parts = NULL;
    Window *window = NULL;
    PyObject *documents = NULL, *scores = NULL, *result = NULL;
    if (count != 2 || !PyList_Check(arguments[0]))
        return expected("a list of parts, and how many are needed");
    needed = PyLong_AsLong(arguments[1]);
    if (PyErr_Occurred())
        return NULL;
    size = PyList_GET_SIZE(arguments[0]);
    if (size > UINT16_MAX || needed < 1) {
        PyErr_SetString(PyExc_ValueError, "too many parts, or needed is below 1");
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
        drop_word(&parts[p].word);
    PyMem_Free(parts);
    return result;
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

KERNEL(merged_postings)
{
    Py_ssize_t runs_count, r;
    npy_intp postings, found = 0;
    PyObject *documents, *weights, *result = NULL;
    Window *window;
    Run *runs;
    if (count != 1)
        return expected("posting runs");
    runs = take_runs(arguments[0], &runs_count, &postings);
    if (runs == NULL)
        return NULL;
    documents = new_ints(postings);
    weights = new_floats(postings);
    window = take_window();
    if (documents != NULL && weights != NULL && window != NULL) {
        Py_BEGIN_ALLOW_THREADS
        for (r = 0; r < runs_count; r++) {
            add_weights(runs + r, window);
            if (r + 1 == runs_count || runs[r + 1].base != runs[r].base)
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
