/* Which documents come first. */
#include "kernels.h"
#include <math.h>

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

PyObject *
top(PyObject *Py_UNUSED(module), PyObject *const *arguments, Py_ssize_t count)
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
        return out_of_bounds("score");
    if (wanted < 1 || wanted > MAX_FIRST)
        Py_RETURN_NONE;
    for (i = 0; i < scores.size; i++) { /* one more than wanted, to see whether that one is equal to the last */
        Hit hit = {FLOATS(scores)[i], 0, INTS(documents)[i]};
        if (size > wanted && hit.score < hits[wanted].score)
            continue;
        if ((uint64_t)hit.document >= (uint64_t)dates.size)
            return out_of_bounds("document");
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

PyObject *
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

/* What a posting with each code scores at most: in the shortest document. */
static void
bound_codes(const Penalties *penalties, float factor, float *bounds)
{
    int code;
    for (code = 0; code < ESCAPE; code++) {
        float weight = (float)WEIGHT_OF(code);
        bounds[code] = factor * (weight / (weight + penalties->least));
    }
    bounds[ESCAPE] = INFINITY;
}

typedef struct {
    float score;
    int64_t document;
} Scored;

static void
sift(Scored *heap, npy_intp size, npy_intp at)
{
    Scored item = heap[at];
    for (;;) {
        npy_intp child = 2 * at + 1;
        if (child >= size)
            break;
        if (child + 1 < size && heap[child + 1].score < heap[child].score)
            child++;
        if (heap[child].score >= item.score)
            break;
        heap[at] = heap[child];
        at = child;
    }
    heap[at] = item;
}

static int
compare_documents(const void *one, const void *other)
{
    int64_t a = ((const Scored *)one)->document, b = ((const Scored *)other)->document;
    return (a > b) - (a < b);
}

/* Fill the heap with the highest scores of a word; returns how many there are, -1 where one is out of bounds.
   Most postings are passed over by their code alone: they could not be among the highest in any document. */
static npy_intp
fill_heap(const Source *source, const Penalties *penalties, float factor, Scored *heap, npy_intp size)
{
    float bounds[ESCAPE + 1], least = -1.0f;
    npy_intp filled = 0, i, exception;
    Py_ssize_t r;
    bound_codes(penalties, factor, bounds);
    for (r = 0; r < source->count; r++) {
        const Run *run = source->runs + r;
        for (i = run->first, exception = 0; i < run->last; i++) {
            Scored item;
            if (bounds[run->codes[i]] <= least)
                continue;
            item.document = run->base + run->documents[i];
            if (item.document >= penalties->lengths.size)
                return -1;
            item.score = score_of(weight_at(run, i, &exception), penalties, item.document, factor);
            if (filled < size) {
                heap[filled++] = item;
                if (filled < size)
                    continue;
                for (npy_intp at = size / 2; at-- > 0;)
                    sift(heap, size, at);
            }
            else if (item.score > least) {
                heap[0] = item;
                sift(heap, size, 0);
            }
            least = heap[0].score;
        }
    }
    return filled;
}

static int
take_word(PyObject *const *arguments, Py_ssize_t count, Source *source, Penalties *penalties, float *factor)
{
    if (count != 4 || !PyList_Check(arguments[0])) {
        PyErr_SetString(PyExc_TypeError, "expected runs, penalties, factor, and a number");
        return -1;
    }
    *factor = (float)PyFloat_AsDouble(arguments[2]);
    if (PyErr_Occurred() || take_penalties(arguments[1], penalties) < 0)
        return -1;
    return take_source(arguments[0], source);
}

PyObject *
best(PyObject *Py_UNUSED(module), PyObject *const *arguments, Py_ssize_t count)
{
    Source source;
    Penalties penalties;
    float factor;
    npy_intp size, filled = 0, i;
    Scored *heap = NULL;
    PyObject *documents = NULL;
    double least = 0;
    if (take_word(arguments, count, &source, &penalties, &factor) < 0)
        return NULL;
    size = PyLong_AsSsize_t(arguments[3]);
    if (!PyErr_Occurred() && size < 1)
        PyErr_SetString(PyExc_ValueError, "at least one is wanted");
    else if (!PyErr_Occurred()) {
        size = size < source.postings ? size : source.postings;
        heap = PyMem_Malloc((size_t)(size + 1) * sizeof(Scored));
        if (heap == NULL)
            PyErr_NoMemory();
    }
    if (heap != NULL) {
        NPY_BEGIN_THREADS_DEF;
        NPY_BEGIN_THREADS_THRESHOLDED(source.postings);
        filled = fill_heap(&source, &penalties, factor, heap, size);
        if (filled > 0) {
            least = size < source.postings ? heap[0].score : 0;
            qsort(heap, (size_t)filled, sizeof(Scored), compare_documents);
        }
        NPY_END_THREADS;
        if (filled < 0)
            out_of_bounds("document");
        else if ((documents = new_ints(filled)) != NULL)
            for (i = 0; i < filled; i++)
                INT_ITEMS(documents)[i] = heap[i].document;
    }
    PyMem_Free(heap);
    drop_source(&source);
    return documents == NULL ? NULL : Py_BuildValue("(Nd)", documents, least);
}

PyObject *
at_least(PyObject *Py_UNUSED(module), PyObject *const *arguments, Py_ssize_t count)
{
    Source source;
    Penalties penalties;
    float factor, least, bounds[ESCAPE + 1];
    npy_intp i, found = 0, exception;
    Py_ssize_t r;
    PyObject *documents = NULL;
    int failed = 0;
    if (take_word(arguments, count, &source, &penalties, &factor) < 0)
        return NULL;
    least = (float)PyFloat_AsDouble(arguments[3]);
    if (!PyErr_Occurred() && (documents = new_ints(source.postings)) != NULL) {
        int64_t *out = INT_ITEMS(documents);
        NPY_BEGIN_THREADS_DEF;
        NPY_BEGIN_THREADS_THRESHOLDED(source.postings);
        bound_codes(&penalties, factor, bounds);
        for (r = 0; r < source.count && !failed; r++) {
            const Run *run = source.runs + r;
            for (i = run->first, exception = 0; i < run->last; i++) {
                int64_t document = run->base + run->documents[i];
                if (bounds[run->codes[i]] < least)
                    continue;
                if (document >= penalties.lengths.size) {
                    failed = 1;
                    break;
                }
                out[found] = document;
                found += score_of(weight_at(run, i, &exception), &penalties, document, factor) >= least;
            }
        }
        NPY_END_THREADS;
        if (failed)
            out_of_bounds("document");
        if (failed || shorten(documents, found) < 0)
            Py_CLEAR(documents);
    }
    drop_source(&source);
    return documents;
}
