/* How many documents have each value of a facet, and how many are copies of another. */
#include "kernels.h"

/* Documents whose values are gathered before they are counted, and how many of each at once: the end of a loop over
   the few values of a document would be mispredicted every time. */
#define GATHERED 256
#define AT_ONCE 4

/* Count the values of *size* documents. -1 where something is altered. */
static int
count_block(const int64_t *documents, npy_intp size, const Column *starts, const Column *values, int64_t *counts,
           npy_intp kinds)
{
    uint16_t gathered[(GATHERED + 1) * AT_ONCE];
    npy_intp i, found = 0;
    for (i = 0; i < size; i++) {
        int64_t document = documents[i], at, end;
        if (document < 0 || document >= starts->size - 1)
            return -1;
        at = INTS(*starts)[document];
        end = INTS(*starts)[document + 1];
        if (at < 0 || at > end || end > values->size)
            return -1;
        if (values->width == 2 && end - at <= AT_ONCE && at + AT_ONCE <= values->size) {
            memcpy(gathered + found, (const uint16_t *)values->at + at, AT_ONCE * sizeof(uint16_t));
            found += (npy_intp)(end - at);
            continue;
        }
        for (; at < end; at++) {
            uint64_t value = number(values, (npy_intp)at);
            if (value >= (uint64_t)kinds)
                return -1;
            counts[value]++;
        }
    }
    for (i = 0; i < found; i++) {
        if (gathered[i] >= kinds)
            return -1;
        counts[gathered[i]]++;
    }
    return 0;
}

KERNEL(count_values)
{
    Column documents, starts, values;
    npy_intp size, i;
    int failed = 0;
    PyObject *result;
    if (count != 4)
        return expected("documents, starts, values, size");
    size = PyLong_AsSsize_t(arguments[3]);
    if (PyErr_Occurred() || take_ints(arguments[0], &documents) < 0 || take_ints(arguments[1], &starts) < 0
        || take(arguments[2], 'u', 0, &values) < 0)
        return NULL;
    result = PyArray_ZEROS(1, &size, NPY_INT64, 0);
    if (result == NULL)
        return NULL;
    {
        NPY_BEGIN_THREADS_DEF;
        NPY_BEGIN_THREADS_THRESHOLDED(documents.size);
        for (i = 0; i < documents.size && !failed; i += GATHERED) {
            npy_intp block = documents.size - i < GATHERED ? documents.size - i : GATHERED;
            failed = count_block(INTS(documents) + i, block, &starts, &values, INT_ITEMS(result), size);
        }
        NPY_END_THREADS;
    }
    if (failed) {
        Py_DECREF(result);
        return out_of_bounds("value");
    }
    return result;
}

/* What is counted of a facet: how often each value comes, how many values that is in all, how many come at all, and how many
   documents have none. */
typedef struct {
    uint32_t *counts;
    npy_intp kinds, total, distinct, missing;
} Counted;

/* Count the values from *at* up to *end* of a column of values of two bytes, as nearly all are; -1 where one is altered. */
static inline int
count_short(const uint16_t *values, int64_t at, int64_t end, uint32_t *counts, npy_intp kinds)
{
    for (; at < end; at++) {
        if (values[at] >= kinds)
            return -1;
        counts[values[at]]++;
    }
    return 0;
}

/* The same in smaller numbers, for as many documents as a snapshot has; -1 where something is altered. */
static int
count_facet(const Column *documents, const Column *starts, const Column *values, Counted *counted)
{
    uint16_t gathered[(GATHERED + 1) * AT_ONCE];
    const int64_t *start_of = INTS(*starts), *asked = INTS(*documents);
    const uint16_t *shorts = values->width == 2 ? (const uint16_t *)values->at : NULL;
    npy_intp i, found = 0, missing = 0, total = 0;
    for (i = 0; i < documents->size; i++) {
        int64_t at, end;
        if ((uint64_t)asked[i] + 1 >= (uint64_t)starts->size || asked[i] < 0)
            return -1;
        at = start_of[asked[i]];
        end = start_of[asked[i] + 1];
        if (at < 0 || at > end || end > values->size)
            return -1;
        missing += at == end;
        total += (npy_intp)(end - at);
        if (shorts != NULL && end - at <= AT_ONCE && at + AT_ONCE <= values->size) {
            memcpy(gathered + found, shorts + at, AT_ONCE * sizeof(uint16_t));
            found += (npy_intp)(end - at);
        } else if (shorts != NULL) {
            if (count_short(shorts, at, end, counted->counts, counted->kinds) < 0)
                return -1;
        } else
            for (; at < end; at++) {
                uint64_t value = number(values, (npy_intp)at);
                if (value >= (uint64_t)counted->kinds)
                    return -1;
                counted->counts[value]++;
            }
        if (found < GATHERED * AT_ONCE)
            continue;
        if (count_short(gathered, 0, found, counted->counts, counted->kinds) < 0)
            return -1;
        found = 0;
    }
    counted->missing = missing;
    counted->total = total;
    return count_short(gathered, 0, found, counted->counts, counted->kinds);
}

/* Values that are looked at together, as most of them come too seldom. */
#define KINDS_AT_ONCE 32

/* Write down the values that come most often, of those that come as often the first, as pairs of arrays of *room*, and how many
   come at all; return how many are written down. */
static npy_intp
most_of(Counted *counted, npy_intp room, int64_t *values, int64_t *counts)
{
    npy_intp first, value, size = 0, at, distinct = 0;
    uint32_t least = 0; /* what is not above it is not among them */
    for (first = 0; first < counted->kinds; first += KINDS_AT_ONCE) {
        npy_intp last = counted->kinds - first < KINDS_AT_ONCE ? counted->kinds : first + KINDS_AT_ONCE;
        const uint32_t *of_block = counted->counts + first;
        uint32_t above = 0, some = 0;
        for (at = 0; at < last - first; at++) {
            above |= of_block[at] > least;
            some += of_block[at] != 0;
        }
        distinct += (npy_intp)some;
        for (value = first; above && value < last; value++) {
            uint32_t own = counted->counts[value];
            if (own <= least || !room)
                continue;
            for (at = size < room ? size++ : room - 1; at > 0 && counts[at - 1] < (int64_t)own; at--) {
                counts[at] = counts[at - 1];
                values[at] = values[at - 1];
            }
            counts[at] = own;
            values[at] = value;
            if (size == room)
                least = (uint32_t)counts[room - 1];
        }
    }
    counted->distinct = distinct;
    return size;
}

KERNEL(most_values)
{
    Column documents, starts, values;
    Counted counted = {NULL, 0, 0, 0, 0};
    npy_intp size, room;
    int failed;
    PyObject *most, *counts, *found = NULL;
    if (count != 5)
        return expected("documents, starts, values, kinds, size");
    counted.kinds = PyLong_AsSsize_t(arguments[3]);
    size = PyErr_Occurred() ? -1 : PyLong_AsSsize_t(arguments[4]);
    if (PyErr_Occurred() || take_ints(arguments[0], &documents) < 0 || take_ints(arguments[1], &starts) < 0
        || take(arguments[2], 'u', 0, &values) < 0)
        return NULL;
    if (counted.kinds < 0 || size < 0 || documents.size > UINT32_MAX)
        return out_of_bounds("value");
    room = size < counted.kinds ? size : counted.kinds;
    most = new_ints(room);
    counts = new_ints(room);
    counted.counts = PyMem_Calloc((size_t)counted.kinds + 1, sizeof(uint32_t));
    if (most != NULL && counts != NULL && counted.counts != NULL) {
        NPY_BEGIN_THREADS_DEF;
        NPY_BEGIN_THREADS_THRESHOLDED(documents.size);
        failed = count_facet(&documents, &starts, &values, &counted);
        if (!failed)
            room = most_of(&counted, room, INT_ITEMS(most), INT_ITEMS(counts));
        NPY_END_THREADS;
        if (failed)
            out_of_bounds("value");
    } else if (!PyErr_Occurred())
        PyErr_NoMemory();
    PyMem_Free(counted.counts);
    if (!PyErr_Occurred() && shorten(most, room) >= 0 && shorten(counts, room) >= 0)
        found = Py_BuildValue("(OOnnn)", most, counts, counted.total, counted.distinct, counted.missing);
    Py_XDECREF(most);
    Py_XDECREF(counts);
    return found;
}

/* Return how many of some documents are in a group beside another of them, -1 where something is altered. *seen* is 0
   for each group, and a byte longer than there are groups. */
static npy_intp
copies_of(const Column *documents, const Column *groups, char *seen, npy_intp kinds)
{
    const uint32_t *group_of = (const uint32_t *)groups->at;
    npy_intp i, grouped = 0, first = 0;
    for (i = 0; i < documents->size; i++) {
        int64_t document = INTS(*documents)[i];
        uint32_t group;
        if (document < 0 || document >= groups->size)
            return -1;
        group = group_of[document];
        if (group > (uint64_t)kinds)
            return -1;
        /* No branches: whether a document is in a group is anyone's guess. */
        grouped += group != 0;
        first += (group != 0) & !seen[group];
        seen[group] = 1;
    }
    return grouped - first;
}

KERNEL(count_copies)
{
    Column documents, groups;
    npy_intp kinds, found;
    char *seen;
    if (count != 3)
        return expected("documents, groups, kinds");
    kinds = PyLong_AsSsize_t(arguments[2]);
    if (PyErr_Occurred() || take_ints(arguments[0], &documents) < 0 || take(arguments[1], 'u', 4, &groups) < 0)
        return NULL;
    if (kinds < 0)
        return out_of_bounds("group");
    seen = PyMem_Calloc((size_t)kinds + 1, 1);
    if (seen == NULL)
        return PyErr_NoMemory();
    {
        NPY_BEGIN_THREADS_DEF;
        NPY_BEGIN_THREADS_THRESHOLDED(documents.size);
        found = copies_of(&documents, &groups, seen, kinds);
        NPY_END_THREADS;
    }
    PyMem_Free(seen);
    return found < 0 ? out_of_bounds("group") : PyLong_FromSsize_t(found);
}
