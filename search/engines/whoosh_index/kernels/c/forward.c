/* The heaviest terms of each document. */
#include "kernels.h"

/* Postings whose documents are dealt with at once, or those of one document that has more: they take 16 megabytes. */
#define BLOCK (1 << 20)

/* Posting lists with the term of each and its idf, see `TermLists` in arguments.py. */
typedef struct {
    Run run;
    Column starts, which, terms, idfs;
    const uint8_t *kept; /* NULL where all documents are meant */
    npy_intp *next; /* of each list the first posting that is not dealt with */
} TermLists;

/* A term of a document: its key is larger for a higher weight, and of equal weights for the term that comes first. */
typedef struct {
    uint64_t key;
    uint8_t frequency; /* at most 255 */
} Entry;

#define TERM_OF(key) ((uint32_t)~(key))

/* Weights are above 0, so that their bits ascend as they do. */
static inline uint64_t
key_of(float weight, uint32_t term)
{
    uint32_t bits;
    memcpy(&bits, &weight, sizeof bits);
    return (uint64_t)bits << 32 | (uint32_t)~term;
}

/* What is done with postings: the entries of the documents of a block, one document after another. */
typedef struct {
    npy_intp wanted;
    float saturation, saturated[ESCAPE]; /* what a posting of each code weighs, but for the idf */
    Entry *entries;
    npy_intp *ends; /* of each document where its next entry goes, see `fill` */
    uint64_t *keys; /* room for those of a document */
    int64_t *counts;
    uint32_t *terms;
    uint8_t *weights;
} Chosen;

/* Count the postings of each document. */
static void
count_postings(const TermLists *lists, int64_t *counts)
{
    npy_intp list, i;
    for (list = 0; list < lists->terms.size; list++) {
        npy_intp which = (npy_intp)INTS(lists->which)[list], last = (npy_intp)number(&lists->starts, which + 1);
        for (i = (npy_intp)number(&lists->starts, which); i < last; i++)
            counts[lists->run.documents[i]]++;
    }
}

/* Put down the entries of all documents from *first* up to *end*: of lists in which documents descend, no more than
   there is room for. */
static void
fill(const TermLists *lists, npy_intp first, npy_intp end, const Chosen *chosen, const npy_intp *limits)
{
    npy_intp list;
    for (list = 0; list < lists->terms.size; list++) {
        npy_intp last = (npy_intp)number(&lists->starts, (npy_intp)INTS(lists->which)[list] + 1);
        npy_intp i = lists->next[list], exception = 0;
        uint32_t term = (uint32_t)INTS(lists->terms)[list];
        float idf = FLOATS(lists->idfs)[list];
        for (; i < last && lists->run.documents[i] < end; i++) {
            npy_intp document = lists->run.documents[i];
            uint8_t code = lists->run.codes[i];
            Entry *entry;
            if (document < first || (lists->kept != NULL && !lists->kept[document])
                || chosen->ends[document] >= limits[document])
                continue;
            entry = chosen->entries + chosen->ends[document]++;
            if (code == ESCAPE) {
                float weight = weight_at(&lists->run, i, &exception);
                entry->key = key_of(idf * (weight / (weight + chosen->saturation)), term);
                entry->frequency = weight < 255 ? (uint8_t)weight : 255;
            }
            else {
                entry->key = key_of(idf * chosen->saturated[code], term);
                entry->frequency = (uint8_t)WEIGHT_OF(code);
            }
        }
        lists->next[list] = i;
    }
}

/* The *wanted*-th highest of some keys, of which there are more; puts them in another order. */
static uint64_t
least_of_keys(uint64_t *keys, npy_intp size, npy_intp wanted)
{
    for (;;) {
        uint64_t pivot, a = keys[0], b = keys[size / 2], c = keys[size - 1];
        npy_intp above = 0, equal, i;
        pivot = a < b ? (b < c ? b : a < c ? c : a) : (a < c ? a : b < c ? c : b);
        for (i = 0; i < size; i++) { /* without a branch, which would be mispredicted */
            uint64_t key = keys[i];
            keys[i] = keys[above];
            keys[above] = key;
            above += key > pivot;
        }
        if (wanted <= above) {
            size = above;
            continue;
        }
        for (equal = above, i = above; i < size; i++)
            if (keys[i] == pivot) {
                keys[i] = keys[equal];
                keys[equal++] = pivot;
            }
        if (wanted <= equal)
            return pivot;
        keys += equal;
        size -= equal;
        wanted -= equal;
    }
}

/* Give a document the heaviest of its *size* entries. */
static void
choose(const Entry *entries, npy_intp size, npy_intp document, const Chosen *chosen)
{
    npy_intp i, given = 0, at = document * chosen->wanted;
    uint64_t least = 0;
    if (size > chosen->wanted) {
        for (i = 0; i < size; i++)
            chosen->keys[i] = entries[i].key;
        least = least_of_keys(chosen->keys, size, chosen->wanted);
    }
    for (i = 0; i < size && given < chosen->wanted; i++) {
        if (entries[i].key < least)
            continue;
        chosen->terms[at + given] = TERM_OF(entries[i].key);
        chosen->weights[at + given++] = entries[i].frequency;
    }
    chosen->counts[document] = given;
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
    uint16_t greatest = 0;
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
    for (i = 0; i < owners.size; i++) /* without a branch, so that several are compared at once */
        greatest = lists->run.documents[i] > greatest ? lists->run.documents[i] : greatest;
    if (owners.size > 0 && greatest >= documents) {
        out_of_bounds("document");
        return -1;
    }
    lists->next = PyMem_Malloc((size_t)(lists->terms.size + 1) * sizeof(npy_intp));
    if (lists->next == NULL) {
        PyErr_NoMemory();
        return -1;
    }
    for (i = 0; i < lists->terms.size; i++)
        lists->next[i] = (npy_intp)number(&lists->starts, (npy_intp)INTS(lists->which)[i]);
    return 0;
}

static void
drop_parts(TermLists *lists, Py_ssize_t parts)
{
    Py_ssize_t i;
    for (i = 0; lists != NULL && i < parts; i++)
        PyMem_Free(lists[i].next);
    PyMem_Free(lists);
}

/* The same for all parts; dropped by the caller. NULL with an exception set. */
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
    lists = PyMem_Calloc((size_t)(*parts + 1), sizeof(TermLists));
    if (lists == NULL)
        PyErr_NoMemory();
    for (i = 0; lists != NULL && i < *parts; i++)
        if (take_lists(PyList_GET_ITEM(object, i), documents, lists + i) < 0) {
            drop_parts(lists, *parts);
            return NULL;
        }
    return lists;
}

/* The first document after *first* whose entries are not dealt with together with those of *first*. Sets where the
   entries of each begin and the limit of each. */
static npy_intp
lay_out(npy_intp first, npy_intp documents, const Chosen *chosen, npy_intp *limits)
{
    npy_intp document, size = 0;
    for (document = first; document < documents; document++) {
        npy_intp own = (npy_intp)chosen->counts[document];
        if (document > first && size + own > BLOCK)
            break;
        chosen->ends[document] = size;
        size += own;
        limits[document] = size;
    }
    return document;
}

KERNEL(heaviest_terms)
{
    TermLists *lists = NULL;
    Chosen chosen;
    Py_ssize_t parts = 0, part;
    npy_intp documents, first, end, document, total = 0, size, longest = 1, postings = 0, *limits = NULL;
    int code;
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
    chosen.entries = NULL;
    chosen.keys = NULL;
    chosen.ends = PyMem_Malloc((size_t)(documents + 1) * sizeof(npy_intp));
    limits = PyMem_Malloc((size_t)(documents + 1) * sizeof(npy_intp));
    if (counts == NULL || terms == NULL || weights == NULL)
        goto done;
    if (chosen.ends == NULL || limits == NULL) {
        PyErr_NoMemory();
        goto done;
    }
    chosen.counts = INT_ITEMS(counts);
    memset(chosen.counts, 0, (size_t)documents * sizeof(int64_t));
    for (part = 0; part < parts; part++)
        count_postings(lists + part, chosen.counts);
    for (document = 0; document < documents; document++) {
        longest = chosen.counts[document] > longest ? (npy_intp)chosen.counts[document] : longest;
        postings += (npy_intp)chosen.counts[document];
    }
    if (postings > BLOCK)
        postings = longest > BLOCK ? longest : BLOCK;
    /* of keys there is room for the terms and weights that are put in order, too */
    chosen.entries = PyMem_Malloc((size_t)(postings + 1) * sizeof(Entry));
    chosen.keys = PyMem_Malloc((size_t)(longest > chosen.wanted ? longest : chosen.wanted) * sizeof(uint64_t));
    if (chosen.entries == NULL || chosen.keys == NULL) {
        PyErr_NoMemory();
        goto done;
    }
    for (code = 0; code < ESCAPE; code++) {
        float weight = (float)WEIGHT_OF(code);
        chosen.saturated[code] = weight / (weight + chosen.saturation);
    }
    chosen.terms = PyArray_DATA((PyArrayObject *)terms);
    chosen.weights = PyArray_DATA((PyArrayObject *)weights);
    Py_BEGIN_ALLOW_THREADS
    for (first = 0; first < documents; first = end) {
        end = lay_out(first, documents, &chosen, limits);
        for (part = 0; part < parts; part++)
            fill(lists + part, first, end, &chosen, limits);
        for (document = first; document < end; document++) {
            npy_intp start = document > first ? limits[document - 1] : 0;
            choose(chosen.entries + start, chosen.ends[document] - start, document, &chosen);
        }
    }
    for (document = 0; document < documents; document++) {
        size_t own = (size_t)chosen.counts[document];
        merge_rows(chosen.terms + document * chosen.wanted, chosen.weights + document * chosen.wanted, (npy_intp)own,
                   (uint32_t *)chosen.keys, (uint8_t *)((uint32_t *)chosen.keys + chosen.wanted));
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
    drop_parts(lists, parts);
    PyMem_Free(chosen.entries);
    PyMem_Free(chosen.keys);
    PyMem_Free(chosen.ends);
    PyMem_Free(limits);
    Py_XDECREF(counts);
    Py_XDECREF(terms);
    Py_XDECREF(weights);
    return result;
}
