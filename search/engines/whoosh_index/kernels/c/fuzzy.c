/* Words within a number of edits of another. */
#include "kernels.h"

/* Classes that characters are counted in: code points modulo their number. */
#define LETTER_CLASSES 32

/* Read UTF-8 into code points; returns how many, -1 where a character is cut off. */
static npy_intp
code_points(const uint8_t *text, npy_intp size, uint32_t *points)
{
    npy_intp i = 0, found = 0;
    while (i < size) {
        uint32_t point = text[i];
        int width = point < 0x80 ? 1 : point < 0xe0 ? 2 : point < 0xf0 ? 3 : 4, j;
        if (width > size - i)
            return -1;
        if (width > 1)
            point &= 0x7fu >> width;
        for (j = 1; j < width; j++)
            point = point << 6 | (text[i + j] & 0x3f);
        points[found++] = point;
        i += width;
    }
    return found;
}

/* A word, the candidate that it is compared with, and room for comparing. */
typedef struct {
    uint32_t *points, *candidate;
    npy_intp size;
    int counts[LETTER_CLASSES];
    int edits, *rows;
} Compared;

/* Whether the letters alone show that the candidate is too far away: an edit changes the counts of two classes at
   most, by one each. */
static int
are_far(const Compared *word, npy_intp size)
{
    int left[LETTER_CLASSES], distance = (int)word->size;
    npy_intp i;
    memcpy(left, word->counts, sizeof(left));
    for (i = 0; i < size; i++)
        distance += left[word->candidate[i] % LETTER_CLASSES]-- > 0 ? -1 : 1;
    return distance > 2 * word->edits;
}

/* Whether the two words are within the edits of each other: optimal string alignment, row by row. */
static int
are_near(const Compared *word, npy_intp size)
{
    const uint32_t *a = word->points, *b = word->candidate;
    npy_intp i, j, width = size + 1;
    int *before = word->rows, *above = before + width, *row = above + width;
    for (j = 0; j < width; j++)
        above[j] = (int)j;
    for (i = 1; i <= word->size; i++) {
        int *swap, least = row[0] = (int)i;
        for (j = 1; j < width; j++) {
            int best = above[j - 1] + (a[i - 1] != b[j - 1]);
            best = above[j] + 1 < best ? above[j] + 1 : best;
            best = row[j - 1] + 1 < best ? row[j - 1] + 1 : best;
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] && before[j - 2] + 1 < best)
                best = before[j - 2] + 1;
            row[j] = best;
            least = best < least ? best : least;
        }
        if (least > word->edits)
            return 0;
        swap = before;
        before = above;
        above = row;
        row = swap;
    }
    return above[size] <= word->edits;
}

/* Longer words are near no form, and that many edits reach every form: forms have 100 characters at most. */
#define MAX_COMPARED 4096

KERNEL(near_strings)
{
    Column bytes, starts;
    Compared word = {0};
    char *form;
    Py_ssize_t length, i;
    npy_intp found = 0, longest;
    int failed = 0;
    PyObject *result = NULL;
    if (count != 4)
        return expected("bytes, starts, a string, edits");
    word.edits = (int)PyLong_AsLong(arguments[3]);
    if (PyErr_Occurred() || take(arguments[0], 'u', 1, &bytes) < 0 || take(arguments[1], 'u', 0, &starts) < 0
        || PyBytes_AsStringAndSize(arguments[2], &form, &length) < 0)
        return NULL;
    if (starts.size < 1 || word.edits < 0)
        return out_of_bounds("string");
    if (length > MAX_COMPARED)
        return new_ints(0);
    if (word.edits > MAX_COMPARED)
        word.edits = MAX_COMPARED;
    longest = length + word.edits;
    word.points = PyMem_Calloc((size_t)length + 1, sizeof(uint32_t));
    word.candidate = PyMem_Malloc((size_t)(4 * longest + 4) * sizeof(uint32_t));
    word.rows = PyMem_Malloc((size_t)(3 * (4 * longest + 5)) * sizeof(int));
    if (word.points == NULL || word.candidate == NULL || word.rows == NULL) {
        PyErr_NoMemory();
        goto done;
    }
    word.size = code_points((const uint8_t *)form, length, word.points);
    if (word.size < 0 || (result = new_ints(starts.size - 1)) == NULL) {
        if (word.size < 0)
            out_of_bounds("string");
        goto done;
    }
    for (i = 0; i < word.size; i++)
        word.counts[word.points[i] % LETTER_CLASSES]++;
    Py_BEGIN_ALLOW_THREADS
    for (i = 0; i + 1 < starts.size && !failed; i++) {
        uint64_t start = number(&starts, i), end = number(&starts, i + 1);
        npy_intp size;
        if (start > end || end > (uint64_t)bytes.size) {
            failed = 1;
            break;
        }
        /* A character has one to four bytes. */
        if ((npy_intp)(end - start) > 4 * (word.size + word.edits) || (npy_intp)(end - start) < word.size - word.edits)
            continue;
        size = code_points((const uint8_t *)bytes.at + start, (npy_intp)(end - start), word.candidate);
        failed = size < 0;
        if (!failed && size <= word.size + word.edits && size >= word.size - word.edits && !are_far(&word, size)
            && are_near(&word, size))
            INT_ITEMS(result)[found++] = i;
    }
    Py_END_ALLOW_THREADS
    if (failed)
        out_of_bounds("string");
    if (failed || shorten(result, found) < 0)
        Py_CLEAR(result);
done:
    PyMem_Free(word.points);
    PyMem_Free(word.candidate);
    PyMem_Free(word.rows);
    return result;
}
