/* The words of articles on their way into a segment: put into lists, and made into sketches. */
#include "kernels.h"

/* Lists ------------------------------------------------------------------------------------------------------- */

/* The values of documents, as `gathered` is given them, and what becomes of their words. */
typedef struct {
    const int32_t *forms;
    const int64_t *counts, *owners, *starts; /* of each value */
    npy_intp size, values;
    npy_intp *next; /* of each form how often it comes; then where its next occurrence goes */
    npy_intp forms_end; /* after the greatest form */
    uint16_t *documents; /* of each occurrence, in order of form */
    uint32_t *positions;
} Gathered;

/* Whether the numbers make sense: then `fill_lists` stays within its arrays. Sets the greatest form. */
static int
are_sound(Gathered *all)
{
    npy_intp i, left = all->size;
    int32_t greatest = -1, least = 0;
    for (i = 0; i < all->values; i++) {
        if (all->counts[i] < 0 || all->counts[i] > left || all->owners[i] < 0 || all->owners[i] > WINDOW_MASK
            || all->starts[i] < 0 || all->starts[i] > (int64_t)UINT32_MAX - all->counts[i])
            return 0;
        left -= (npy_intp)all->counts[i];
    }
    for (i = 0; i < all->size; i++) {
        greatest = all->forms[i] > greatest ? all->forms[i] : greatest;
        least = all->forms[i] < least ? all->forms[i] : least;
    }
    all->forms_end = (npy_intp)greatest + 1;
    return left == 0 && least == 0;
}

/* Put document and position of each occurrence down where those of its form are; return how many forms there are. */
static npy_intp
fill_lists(Gathered *all)
{
    npy_intp i, k, at = 0, used = 0;
    for (i = 0; i < all->size; i++)
        all->next[all->forms[i]]++;
    for (i = 0; i < all->forms_end; i++) {
        npy_intp own = all->next[i];
        all->next[i] = at;
        at += own;
        used += own > 0;
    }
    for (i = 0, at = 0; i < all->values; i++) {
        uint16_t document = (uint16_t)all->owners[i];
        uint32_t position = (uint32_t)all->starts[i];
        for (k = 0; k < all->counts[i]; k++, at++, position++) {
            npy_intp place = all->next[all->forms[at]]++;
            all->documents[place] = document;
            all->positions[place] = position;
        }
    }
    return used;
}

KERNEL(gathered)
{
    Column forms, counts, owners, starts;
    Gathered all;
    npy_intp used = 0, i, k, postings = 0, which = 0;
    int32_t *form, *position_counts, *list_counts, *frequencies;
    uint16_t *documents;
    PyObject *made[6] = {NULL, NULL, NULL, NULL, NULL, NULL}, *result = NULL;
    if (count != 4)
        return expected("forms, and of each value how many it has, its document, and where it starts");
    if (take(arguments[0], 'i', 4, &forms) < 0 || take_ints(arguments[1], &counts) < 0
        || take_ints(arguments[2], &owners) < 0 || take_ints(arguments[3], &starts) < 0)
        return NULL;
    all.forms = (const int32_t *)forms.at;
    all.size = forms.size;
    all.counts = INTS(counts);
    all.owners = INTS(owners);
    all.starts = INTS(starts);
    all.values = counts.size;
    if (owners.size != counts.size || starts.size != counts.size || !are_sound(&all))
        return out_of_bounds("words");
    all.next = PyMem_Calloc((size_t)all.forms_end + 1, sizeof(npy_intp));
    all.documents = PyMem_Malloc((size_t)(all.size + 1) * sizeof(uint16_t));
    made[5] = PyArray_SimpleNew(1, &all.size, NPY_UINT32);
    made[3] = PyArray_SimpleNew(1, &all.size, NPY_UINT16);
    made[4] = PyArray_SimpleNew(1, &all.size, NPY_INT32);
    if (all.next == NULL || all.documents == NULL) {
        PyErr_NoMemory();
        goto done;
    }
    if (made[3] == NULL || made[4] == NULL || made[5] == NULL)
        goto done;
    all.positions = PyArray_DATA((PyArrayObject *)made[5]);
    Py_BEGIN_ALLOW_THREADS
    used = fill_lists(&all);
    Py_END_ALLOW_THREADS
    for (i = 0; i < 3; i++)
        if ((made[i] = PyArray_SimpleNew(1, &used, NPY_INT32)) == NULL)
            goto done;
    form = PyArray_DATA((PyArrayObject *)made[0]);
    position_counts = PyArray_DATA((PyArrayObject *)made[1]);
    list_counts = PyArray_DATA((PyArrayObject *)made[2]);
    documents = PyArray_DATA((PyArrayObject *)made[3]);
    frequencies = PyArray_DATA((PyArrayObject *)made[4]);
    /* the next occurrence of a form would now go where those of the form after it begin */
    for (i = 0, k = 0; i < all.forms_end; i++) {
        npy_intp first = k, before = postings;
        if (all.next[i] == first)
            continue;
        for (; k < all.next[i]; k++) {
            if (k == first || all.documents[k] != all.documents[k - 1]) {
                documents[postings] = all.documents[k];
                frequencies[postings++] = 0;
            }
            frequencies[postings - 1]++;
        }
        form[which] = (int32_t)i;
        position_counts[which] = (int32_t)(k - first);
        list_counts[which++] = (int32_t)(postings - before);
    }
    if (shorten(made[3], postings) < 0 || shorten(made[4], postings) < 0)
        goto done;
    result = Py_BuildValue("(OOOOOO)", made[0], made[1], made[2], made[3], made[4], made[5]);
done:
    PyMem_Free(all.next);
    PyMem_Free(all.documents);
    for (i = 0; i < 6; i++)
        Py_XDECREF(made[i]);
    return result;
}

/* Sketches ---------------------------------------------------------------------------------------------------- */

/* As search/text/sketches.py has them. */
#define SHINGLE_WORDS 4
#define SKETCH_SHINGLES 16
#define SKETCH_NUMBERS 8
#define NO_SHINGLE UINT32_MAX
#define NO_NUMBER 0xFFFFu
#define SHINGLE_MULTIPLIER 0x9FB21C651E98DF25u
/* Of a word with a digit, the number that is kept. */
#define NUMBER_BITS 16
#define NUMBER_OF(hash) ((uint32_t)((hash) >> (64 - NUMBER_BITS)))

/* Put *value* among the *size* least different ones, ascending, of which there are *most* at most. */
static inline npy_intp
keep_least(uint32_t *least, npy_intp size, npy_intp most, uint32_t value)
{
    npy_intp at = size;
    if (size == most && value >= least[most - 1])
        return size;
    while (at > 0 && least[at - 1] > value)
        at--;
    if (at > 0 && least[at - 1] == value)
        return size;
    size += size < most;
    memmove(least + at + 1, least + at, (size_t)(size - 1 - at) * sizeof(uint32_t));
    least[at] = value;
    return size;
}

static void
sketch_shingles(const uint64_t *words, npy_intp size, uint32_t *least)
{
    npy_intp at, kept = 0;
    for (at = 0; at < SKETCH_SHINGLES; at++)
        least[at] = NO_SHINGLE;
    for (at = 0; at + SHINGLE_WORDS <= size; at++) {
        uint64_t hash = words[at];
        npy_intp k;
        for (k = 1; k < SHINGLE_WORDS; k++)
            hash = hash * SHINGLE_MULTIPLIER + words[at + k];
        hash ^= hash >> 32;
        hash *= SHINGLE_MULTIPLIER;
        hash ^= hash >> 29;
        if ((uint32_t)(hash >> 32) != NO_SHINGLE)
            kept = keep_least(least, kept, SKETCH_SHINGLES, (uint32_t)(hash >> 32));
    }
}

/* Returns how many different numbers the text has. *seen* has a bit for each, none set before and after. */
static int64_t
sketch_numbers(const uint64_t *words, npy_intp size, uint32_t *least, uint64_t *seen)
{
    npy_intp at, kept = 0;
    int64_t different = 0;
    for (at = 0; at < SKETCH_NUMBERS; at++)
        least[at] = NO_NUMBER;
    for (at = 0; at < size; at++) {
        uint32_t number = NUMBER_OF(words[at]);
        if (!(words[at] & 1))
            continue;
        number = number < NO_NUMBER - 1 ? number : NO_NUMBER - 1;
        different += !(seen[number >> 6] >> (number & 63) & 1);
        seen[number >> 6] |= (uint64_t)1 << (number & 63);
        kept = keep_least(least, kept, SKETCH_NUMBERS, number);
    }
    for (at = 0; different > 0 && at < size; at++)
        seen[NUMBER_OF(words[at]) >> 6] = 0;
    return different;
}

KERNEL(sketches)
{
    Column words, counts;
    npy_intp i, left, at = 0, shape[2];
    PyObject *made[4] = {NULL, NULL, NULL, NULL};
    uint64_t *seen = NULL;
    if (count != 2)
        return expected("hashes of words, and how many each text has");
    if (take(arguments[0], 'u', 8, &words) < 0 || take_ints(arguments[1], &counts) < 0)
        return NULL;
    for (i = 0, left = words.size; i < counts.size; i++) {
        if (INTS(counts)[i] < 0 || INTS(counts)[i] > left)
            return out_of_bounds("words");
        left -= (npy_intp)INTS(counts)[i];
    }
    shape[0] = counts.size;
    shape[1] = SKETCH_SHINGLES;
    made[0] = PyArray_SimpleNew(2, shape, NPY_UINT32);
    shape[1] = SKETCH_NUMBERS;
    made[1] = PyArray_SimpleNew(2, shape, NPY_UINT32);
    made[2] = new_ints(counts.size);
    made[3] = new_ints(counts.size);
    seen = PyMem_Calloc((NO_NUMBER + 1) / 64, sizeof(uint64_t));
    if (seen == NULL)
        PyErr_NoMemory();
    if (seen == NULL || made[0] == NULL || made[1] == NULL || made[2] == NULL || made[3] == NULL) {
        PyMem_Free(seen);
        for (i = 0; i < 4; i++)
            Py_XDECREF(made[i]);
        return NULL;
    }
    for (i = 0; i < counts.size; i++) {
        npy_intp size = (npy_intp)INTS(counts)[i];
        const uint64_t *own = (const uint64_t *)words.at + at;
        sketch_shingles(own, size, (uint32_t *)PyArray_DATA((PyArrayObject *)made[0]) + i * SKETCH_SHINGLES);
        INT_ITEMS(made[2])[i] = size < SHINGLE_WORDS ? 0 : size - SHINGLE_WORDS + 1;
        INT_ITEMS(made[3])[i] = sketch_numbers(
            own, size, (uint32_t *)PyArray_DATA((PyArrayObject *)made[1]) + i * SKETCH_NUMBERS, seen);
        at += size;
    }
    PyMem_Free(seen);
    return Py_BuildValue("(NNNN)", made[0], made[1], made[2], made[3]);
}
