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
