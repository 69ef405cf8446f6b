/* Where words stand in documents, and the weights of what stands there. */
#include "kernels.h"

/* Make room for *more* keys; NO_MEMORY where there is none. */
int
make_room(Keys *keys, npy_intp more)
{
    npy_intp room;
    int64_t *items;
    if (keys->size + more <= keys->room)
        return 0;
    room = 2 * keys->room > keys->size + more ? 2 * keys->room : keys->size + more + 64;
    items = PyMem_RawRealloc(keys->items, (size_t)room * sizeof(int64_t));
    if (items == NULL)
        return NO_MEMORY;
    keys->items = items;
    keys->room = room;
    return 0;
}

/* Go on to a later posting. */
void
walk_to(Walk *walk, npy_intp posting)
{
    const Run *run = walk->run;
    const uint8_t *codes = run->codes;
    npy_intp i = walk->posting, sum = 0;
    for (; i + 64 <= posting; i += 64) { /* 64 frequencies fit into 16 bits */
        uint16_t part = 0;
        int j;
        for (j = 0; j < 64; j++)
            part = (uint16_t)(part + FREQUENCY_OF(codes[i + j]));
        sum += part;
    }
    for (; i < posting; i++)
        sum += FREQUENCY_OF(codes[i]);
    while (walk->exception < run->exceptional.size
           && number(&run->exceptional, walk->exception) < (uint64_t)posting)
        sum += (npy_intp)number(&run->frequencies, walk->exception++) - FREQUENCY_OF(ESCAPE);
    walk->posting = posting;
    walk->position += sum;
}

/* Add *frequency* positions to keys that have room for them and four more. */
static inline void
copy_positions(const Run *run, npy_intp first, npy_intp frequency, int64_t document, Keys *keys)
{
    int64_t *out = keys->items + keys->size;
    npy_intp i;
    keys->size += frequency;
    if (run->positions.width == 2 && frequency <= 4 && first + 4 <= run->positions.size) {
        /* Nearly always. All four are copied, as the end of a short loop would be mispredicted. */
        const uint16_t *positions = (const uint16_t *)run->positions.at + first;
        for (i = 0; i < 4; i++)
            out[i] = document | positions[i];
        return;
    }
    for (i = 0; i < frequency; i++)
        out[i] = document | (int64_t)(number(&run->positions, first + i) & POSITION_MASK);
}

/* Add the occurrences of the current posting. */
static int
add_occurrences(Walk *walk, Keys *keys)
{
    const Run *run = walk->run;
    npy_intp frequency = frequency_at(walk);
    int64_t document = (run->base + run->documents[walk->posting]) << POSITION_BITS;
    if (frequency < 0 || walk->position < 0 || walk->position > run->positions.size
        || frequency > run->positions.size - walk->position)
        return ALTERED;
    if (make_room(keys, frequency + 4) < 0)
        return NO_MEMORY;
    copy_positions(run, walk->position, frequency, document, keys);
    return 0;
}

static int
add_run(const Run *run, const Column *within, Keys *keys)
{
    Walk walk = {run, run->first, run->position, 0};
    npy_intp w, last;
    int failed = 0;
    walk.exception = lower_bound(&run->exceptional, 0, run->exceptional.size, (uint64_t)run->first);
    if (within == NULL) {
        while (walk.posting < run->last && !failed) {
            failed = add_occurrences(&walk, keys);
            walk_to(&walk, walk.posting + 1);
        }
        return failed;
    }
    w = seek(INTS(*within), within->size, 0, run->base);
    last = seek(INTS(*within), within->size, w, run->base + WINDOW);
    for (; w < last && !failed; w++) {
        int64_t local = INTS(*within)[w] - run->base;
        npy_intp posting;
        if (local < 0 || local >= WINDOW)
            break;
        posting = seek_document(run, walk.posting, (uint32_t)local);
        if (posting == run->last)
            break;
        if (run->documents[posting] == local) {
            walk_to(&walk, posting);
            failed = add_occurrences(&walk, keys);
        }
    }
    return failed;
}

/* Sort keys that are a few ascending stretches, by merging these; NO_MEMORY where there is none. */
int
merge_sort(Keys *keys)
{
    int64_t *from = keys->items, *into = NULL;
    npy_intp size = keys->size;
    for (;;) {
        npy_intp at = 0, out = 0;
        while (at < size) {
            npy_intp left = at, middle, right, end;
            for (middle = left + 1; middle < size && from[middle - 1] <= from[middle]; middle++)
                ;
            for (end = middle < size ? middle + 1 : middle; end < size && from[end - 1] <= from[end]; end++)
                ;
            if (left == 0 && middle == size) { /* in order */
                if (from != keys->items) {
                    memcpy(keys->items, from, (size_t)size * sizeof(int64_t));
                    into = (int64_t *)from;
                }
                PyMem_RawFree(into);
                return 0;
            }
            if (into == NULL && (into = PyMem_RawMalloc((size_t)size * sizeof(int64_t))) == NULL)
                return NO_MEMORY;
            for (right = middle, at = left; at < middle && right < end;)
                into[out++] = from[at] <= from[right] ? from[at++] : from[right++];
            while (at < middle)
                into[out++] = from[at++];
            while (right < end)
                into[out++] = from[right++];
            at = end;
        }
        if (size == 0)
            return 0;
        int64_t *swap = from;
        from = into;
        into = swap;
    }
}

/* The keys as an array, or NULL with the exception for what has *failed*. */
PyObject *
keys_or_error(const Keys *keys, int failed)
{
    PyObject *result;
    if (failed == NO_MEMORY)
        return PyErr_NoMemory();
    if (failed)
        return out_of_bounds("position");
    result = new_ints(keys->size);
    if (result != NULL && keys->size)
        memcpy(INT_ITEMS(result), keys->items, (size_t)keys->size * sizeof(int64_t));
    return result;
}

/* All occurrences of some runs, or those in the documents *within* (NULL: all); NULL with an exception set. */
PyObject *
occurrences_of_word(PyObject *object, const Column *within)
{
    Py_ssize_t count, r;
    npy_intp postings;
    Keys keys = {NULL, 0, 0};
    int failed = 0;
    PyObject *result;
    Run *runs = take_runs(object, &count, &postings);
    if (runs == NULL)
        return NULL;
    Py_BEGIN_ALLOW_THREADS
    for (r = 0; r < count && !failed; r++)
        failed = add_run(runs + r, within, &keys);
    if (!failed)
        failed = merge_sort(&keys);
    Py_END_ALLOW_THREADS
    PyMem_Free(runs);
    result = keys_or_error(&keys, failed);
    PyMem_RawFree(keys.items);
    return result;
}

#define MAX_SPECIAL 8

KERNEL(occurrence_weights)
{
    Column keys, ends[MAX_SPECIAL];
    float weights[MAX_SPECIAL], usual;
    Py_ssize_t special, s;
    npy_intp i, found = 0;
    int64_t document, before = -1;
    int failed = 0;
    PyObject *documents, *sums;
    if (count != 3 || !PyList_Check(arguments[2]))
        return expected("keys, a weight, and other weights");
    special = PyList_GET_SIZE(arguments[2]);
    usual = (float)PyFloat_AsDouble(arguments[1]);
    if (PyErr_Occurred() || take_ints(arguments[0], &keys) < 0)
        return NULL;
    if (special > MAX_SPECIAL) {
        PyErr_SetString(PyExc_ValueError, "too many weights");
        return NULL;
    }
    for (s = 0; s < special; s++) {
        PyObject *field = PyList_GET_ITEM(arguments[2], s);
        if (!PyTuple_Check(field) || PyTuple_GET_SIZE(field) != 2)
            return expected("ends and a weight");
        weights[s] = (float)PyFloat_AsDouble(PyTuple_GET_ITEM(field, 1));
        if (PyErr_Occurred() || take_ints(PyTuple_GET_ITEM(field, 0), ends + s) < 0)
            return NULL;
    }
    documents = new_ints(keys.size);
    sums = new_floats(keys.size);
    if (documents == NULL || sums == NULL) {
        Py_XDECREF(documents);
        Py_XDECREF(sums);
        return NULL;
    }
    Py_BEGIN_ALLOW_THREADS
    for (i = 0; i < keys.size && !failed; i++) {
        int64_t key = INTS(keys)[i];
        float weight = usual;
        document = key >> POSITION_BITS;
        for (s = 0; s < special; s++) {
            if ((uint64_t)document >= (uint64_t)ends[s].size)
                failed = 1;
            else if ((key & POSITION_MASK) < INTS(ends[s])[document])
                weight = weights[s];
        }
        if (document == before)
            FLOAT_ITEMS(sums)[found - 1] += weight;
        else {
            INT_ITEMS(documents)[found] = before = document;
            FLOAT_ITEMS(sums)[found++] = weight;
        }
    }
    Py_END_ALLOW_THREADS
    if (failed) {
        Py_DECREF(documents);
        Py_DECREF(sums);
        return out_of_bounds("document");
    }
    return pair(documents, sums, found);
}
