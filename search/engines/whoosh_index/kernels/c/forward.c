/* The heaviest terms of each document. */
#include "kernels.h"

/* Documents whose terms are chosen at once: their heaps take some ten megabytes. */
#define BLOCK (1 << 14)

/* Posting lists with the term of each and its idf, see `TermLists` in arguments.py. */
typedef struct {
    Run run;
    Column starts, which, terms, idfs;
    const uint8_t *kept; /* NULL where all documents are meant */
} TermLists;

/* Larger for a higher weight, and of equal weights for the term that comes first. Weights are above 0, so that their
   bits ascend as they do. */
static inline uint64_t
key_of(float idf, float frequency, float saturation, uint32_t term)
{
    float weight = idf * (frequency / (frequency + saturation));
    uint32_t bits;
    memcpy(&bits, &weight, sizeof bits);
    return (uint64_t)bits << 32 | (uint32_t)~term;
}

/* Put *key* at *place* of a heap, or where it belongs below. */
static void
sift_key(uint64_t *heap, npy_intp size, npy_intp place, uint64_t key)
{
    for (;;) {
        npy_intp child = 2 * place + 1;
        if (child >= size)
            break;
        if (child + 1 < size && heap[child + 1] < heap[child])
            child++;
        if (heap[child] >= key)
            break;
        heap[place] = heap[child];
        place = child;
    }
    heap[place] = key;
}

typedef struct {
    npy_intp wanted;
    float saturation;
    uint64_t *heaps; /* of each document of a block, the least key first once it is full */
    int64_t *counts; /* of each document, how many terms it has so far */
    uint32_t *terms;
    uint8_t *weights;
} Chosen;

/* Go over all postings of the documents from *first* on that a block has: fill the heaps or, with *gives*, put down
   the terms that are no less than the least of them. */
static void
choose(const TermLists *lists, npy_intp first, const Chosen *chosen, int gives)
{
    npy_intp list, i;
    for (list = 0; list < lists->terms.size; list++) {
        npy_intp which = (npy_intp)INTS(lists->which)[list], exception = 0;
        npy_intp last = (npy_intp)number(&lists->starts, which + 1);
        int64_t term = INTS(lists->terms)[list];
        float idf = FLOATS(lists->idfs)[list];
        for (i = (npy_intp)number(&lists->starts, which); i < last; i++) {
            npy_intp document = lists->run.documents[i], local = document - first, size;
            uint64_t *heap, key;
            float weight;
            if (local < 0)
                continue;
            if (local >= BLOCK)
                break;
            if (lists->kept != NULL && !lists->kept[document])
                continue;
            weight = weight_at(&lists->run, i, &exception);
            key = key_of(idf, weight, chosen->saturation, (uint32_t)term);
            heap = chosen->heaps + local * chosen->wanted;
            size = (npy_intp)chosen->counts[document];
            if (gives) {
                npy_intp at = document * chosen->wanted + size;
                if (key < heap[0] || size >= chosen->wanted)
                    continue;
                chosen->terms[at] = (uint32_t)term;
                chosen->weights[at] = weight < 255 ? (uint8_t)weight : 255;
                chosen->counts[document]++;
            }
            else if (size < chosen->wanted) {
                heap[size] = key;
                chosen->counts[document]++;
                if (size + 1 == chosen->wanted) {
                    npy_intp place;
                    for (place = chosen->wanted / 2; place-- > 0;)
                        sift_key(heap, chosen->wanted, place, heap[place]);
                }
            }
            else if (key > heap[0])
                sift_key(heap, chosen->wanted, 0, key);
        }
    }
}

/* Put the terms of a document in order: they are a few ascending rows, one after another. *room* is for as many. */
static void
merge_rows(uint32_t *terms, uint8_t *weights, npy_intp size, uint32_t *room, uint8_t *more_room)
{
    npy_intp middle = 1;
    while (middle < size) {
        npy_intp last, left = 0, right, i;
        for (; middle < size && terms[middle - 1] < terms[middle]; middle++)
            ;
        if (middle >= size)
            return;
        for (last = middle + 1; last < size && terms[last - 1] < terms[last]; last++)
            ;
        for (right = middle, i = 0; i < last; i++) {
            npy_intp from = right >= last || (left < middle && terms[left] <= terms[right]) ? left++ : right++;
            room[i] = terms[from];
            more_room[i] = weights[from];
        }
        memcpy(terms, room, (size_t)last * sizeof(uint32_t));
        memcpy(weights, more_room, (size_t)last);
        middle = last;
    }
}

static int
take_lists(PyObject *object, npy_intp documents, TermLists *lists)
{
    Column owners, codes, kept;
    PyObject **items, *columns;
    npy_intp i;
    if (!PyTuple_Check(object) || PyTuple_GET_SIZE(object) != 6 || !PyTuple_Check(PyTuple_GET_ITEM(object, 0))
        || PyTuple_GET_SIZE(PyTuple_GET_ITEM(object, 0)) != 5) {
        expected("the lists of terms");
        return -1;
    }
    items = ((PyTupleObject *)object)->ob_item;
    columns = items[0];
    if (take(PyTuple_GET_ITEM(columns, 0), 'u', 2, &owners) < 0 || take(PyTuple_GET_ITEM(columns, 1), 'u', 1, &codes) < 0
        || take(PyTuple_GET_ITEM(columns, 2), 'u', 0, &lists->run.exceptional) < 0
        || take(PyTuple_GET_ITEM(columns, 3), 'u', 0, &lists->run.frequencies) < 0
        || take(PyTuple_GET_ITEM(columns, 4), 'u', 0, &lists->run.weights) < 0
        || take(items[1], 'u', 0, &lists->starts) < 0 || take_ints(items[2], &lists->which) < 0
        || take_ints(items[3], &lists->terms) < 0 || take_floats(items[4], &lists->idfs) < 0
        || (items[5] != Py_None && take(items[5], 'u', 1, &kept) < 0))
        return -1;
    lists->kept = items[5] == Py_None ? NULL : (const uint8_t *)kept.at;
    lists->run.documents = (const uint16_t *)owners.at;
    lists->run.codes = (const uint8_t *)codes.at;
    if (lists->which.size != lists->terms.size || lists->idfs.size != lists->terms.size || codes.size != owners.size
        || lists->run.weights.size != lists->run.exceptional.size || (lists->kept != NULL && kept.size != documents)) {
        out_of_bounds("list");
        return -1;
    }
    for (i = 0; i < lists->terms.size; i++) {
        int64_t which = INTS(lists->which)[i], term = INTS(lists->terms)[i];
        if (which < 0 || which >= lists->starts.size - 1 || term < 0 || term > UINT32_MAX
            || number(&lists->starts, (npy_intp)which) > number(&lists->starts, (npy_intp)which + 1)
            || number(&lists->starts, (npy_intp)which + 1) > (uint64_t)owners.size) {
            out_of_bounds("list");
            return -1;
        }
    }
    for (i = 0; i < owners.size; i++)
        if (lists->run.documents[i] >= documents) {
            out_of_bounds("document");
            return -1;
        }
    return 0;
}

/* The same for all parts; freed by the caller. NULL with an exception set. */
static TermLists *
take_parts(PyObject *object, npy_intp documents, Py_ssize_t *parts)
{
    TermLists *lists;
    Py_ssize_t i;
    if (!PyList_Check(object)) {
        expected("a list of parts");
        return NULL;
    }
    *parts = PyList_GET_SIZE(object);
    lists = PyMem_Malloc((size_t)(*parts + 1) * sizeof(TermLists));
    if (lists == NULL)
        PyErr_NoMemory();
    for (i = 0; lists != NULL && i < *parts; i++)
        if (take_lists(PyList_GET_ITEM(object, i), documents, lists + i) < 0) {
            PyMem_Free(lists);
            lists = NULL;
        }
    return lists;
}

KERNEL(heaviest_terms)
{
    TermLists *lists = NULL;
    Chosen chosen;
    Py_ssize_t parts = 0, part;
    npy_intp documents, first, document, total = 0, size;
    PyObject *counts = NULL, *terms = NULL, *weights = NULL, *result = NULL;
    if (count != 4)
        return expected("parts, documents, how many terms are wanted, saturation");
    documents = PyLong_AsSsize_t(arguments[1]);
    chosen.wanted = PyErr_Occurred() ? 0 : PyLong_AsSsize_t(arguments[2]);
    chosen.saturation = PyErr_Occurred() ? 0 : (float)PyFloat_AsDouble(arguments[3]);
    if (PyErr_Occurred())
        return NULL;
    if (documents < 0 || documents > WINDOW || chosen.wanted < 1 || chosen.wanted > 1024) {
        PyErr_SetString(PyExc_ValueError, "too many documents or terms");
        return NULL;
    }
    lists = take_parts(arguments[0], documents, &parts);
    if (lists == NULL)
        return NULL;
    size = documents * chosen.wanted;
    counts = new_ints(documents);
    terms = PyArray_SimpleNew(1, &size, NPY_UINT32);
    weights = PyArray_SimpleNew(1, &size, NPY_UINT8);
    chosen.heaps = PyMem_Malloc((size_t)(BLOCK * chosen.wanted) * sizeof(uint64_t));
    if (counts == NULL || terms == NULL || weights == NULL || chosen.heaps == NULL) {
        if (chosen.heaps == NULL)
            PyErr_NoMemory();
        goto done;
    }
    chosen.counts = INT_ITEMS(counts);
    chosen.terms = PyArray_DATA((PyArrayObject *)terms);
    chosen.weights = PyArray_DATA((PyArrayObject *)weights);
    Py_BEGIN_ALLOW_THREADS
    for (first = 0; first < documents; first += BLOCK) {
        npy_intp of_block = documents - first < BLOCK ? documents - first : BLOCK;
        memset(chosen.counts + first, 0, (size_t)of_block * sizeof(int64_t));
        for (part = 0; part < parts; part++)
            choose(lists + part, first, &chosen, 0);
        for (document = 0; document < of_block; document++) {
            /* all terms of a document that has too few are given */
            if (chosen.counts[first + document] < chosen.wanted)
                chosen.heaps[document * chosen.wanted] = 0;
            chosen.counts[first + document] = 0;
        }
        for (part = 0; part < parts; part++)
            choose(lists + part, first, &chosen, 1);
    }
    for (document = 0; document < documents; document++) {
        size_t own = (size_t)chosen.counts[document];
        /* the heaps are of no more use: half a heap is room for the terms, some of the rest for their weights */
        merge_rows(chosen.terms + document * chosen.wanted, chosen.weights + document * chosen.wanted, (npy_intp)own,
                   (uint32_t *)chosen.heaps, (uint8_t *)((uint32_t *)chosen.heaps + chosen.wanted));
        memmove(chosen.terms + total, chosen.terms + document * chosen.wanted, own * sizeof(uint32_t));
        memmove(chosen.weights + total, chosen.weights + document * chosen.wanted, own);
        total += (npy_intp)own;
    }
    Py_END_ALLOW_THREADS
    if (shorten(terms, total) == 0 && shorten(weights, total) == 0) {
        result = Py_BuildValue("(NNN)", counts, terms, weights);
        counts = terms = weights = NULL;
    }
done:
    PyMem_Free(lists);
    PyMem_Free(chosen.heaps);
    Py_XDECREF(counts);
    Py_XDECREF(terms);
    Py_XDECREF(weights);
    return result;
}
