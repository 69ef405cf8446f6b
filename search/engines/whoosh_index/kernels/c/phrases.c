/* Words that stand side by side, found document by document: the positions of the document's rarest word are
   looked up among those of the other words, so that those of "the" are not read at all. */
#include "kernels.h"

/* Where the positions of a run start for each of some documents, and how many there are (0: none). */
typedef struct {
    const Run *run;
    npy_intp *starts, *frequencies;
} Placed;

/* A word of a phrase: its runs in one segment. */
typedef struct {
    Placed *runs;
    Py_ssize_t count;
} PlacedWord;

/* Reading all postings of a run beats seeking documents where these are at least one in MANY of them. */
#define MANY 8

/* Find the *size* documents *within*, which are marked in the window, in a run. */
static int
place_run(Placed *placed, const int64_t *within, npy_intp size, const Window *window)
{
    const Run *run = placed->run;
    Walk walk = {run, run->first, run->position, 0};
    npy_intp i, posting;
    walk.exception = lower_bound(&run->exceptional, 0, run->exceptional.size, (uint64_t)run->first);
    memset(placed->frequencies, 0, (size_t)(size + 1) * sizeof(npy_intp));
    if (size * MANY > run->last - run->first) {
        npy_intp position = run->position;
        for (posting = run->first; posting < run->last; posting++) {
            uint32_t local = run->documents[posting];
            npy_intp frequency = FREQUENCY_OF(run->codes[posting]);
            /* Without a branch, which could be mispredicted: other documents are written after the last. */
            npy_intp index = is_marked(window, local) ? (npy_intp)window->indices[local] : size;
            if (run->codes[posting] == ESCAPE) {
                walk_to(&walk, posting);
                frequency = frequency_at(&walk);
            }
            placed->starts[index] = position;
            placed->frequencies[index] = frequency;
            position += frequency;
        }
    }
    else
        for (i = 0, posting = run->first; i < size; i++) {
            posting = seek_document(run, posting, (uint32_t)(within[i] - run->base));
            if (posting == run->last)
                break;
            if (run->documents[posting] != within[i] - run->base)
                continue;
            walk_to(&walk, posting);
            placed->starts[i] = walk.position;
            placed->frequencies[i] = frequency_at(&walk);
        }
    for (i = 0; i < size; i++)
        if (placed->frequencies[i]
            && (placed->frequencies[i] < 0 || placed->starts[i] < 0 || placed->starts[i] > run->positions.size
                || placed->frequencies[i] > run->positions.size - placed->starts[i]))
            return ALTERED;
    return 0;
}

/* Whether a word stands at *position* of the document with index *i*. */
static inline int
stands_at(const PlacedWord *word, npy_intp i, int64_t position)
{
    Py_ssize_t r;
    for (r = 0; r < word->count; r++) {
        const Placed *placed = word->runs + r;
        npy_intp first = placed->starts[i], size = placed->frequencies[i];
        if (size == 0)
            continue;
        while (size > 1) {
            npy_intp half = size / 2;
            first += (int64_t)number(&placed->run->positions, first + half) <= position ? half : 0;
            size -= half;
        }
        if ((int64_t)number(&placed->run->positions, first) == position)
            return 1;
    }
    return 0;
}

/* Add where the words stand side by side in the document with index *i*. */
static int
add_phrase(const PlacedWord *words, Py_ssize_t count, npy_intp i, int64_t document, Keys *keys)
{
    Py_ssize_t w, r, rarest = 0;
    npy_intp fewest = -1, at;
    for (w = 0; w < count; w++) {
        npy_intp own = 0;
        for (r = 0; r < words[w].count; r++)
            own += words[w].runs[r].frequencies[i];
        if (own == 0)
            return 0;
        if (fewest < 0 || own < fewest) {
            fewest = own;
            rarest = w;
        }
    }
    if (make_room(keys, fewest) < 0)
        return NO_MEMORY;
    for (r = 0; r < words[rarest].count; r++) {
        const Placed *placed = words[rarest].runs + r;
        for (at = 0; at < placed->frequencies[i]; at++) {
            int64_t start = (int64_t)number(&placed->run->positions, placed->starts[i] + at) - rarest;
            int stands = start >= 0;
            for (w = 0; stands && w < count; w++)
                stands = w == rarest || stands_at(words + w, i, start + w);
            if (stands)
                keys->items[keys->size++] = document << POSITION_BITS | (start & POSITION_MASK);
        }
    }
    return 0;
}

/* Add where a phrase stands in the documents *within*, which are of one segment. */
static int
add_phrases(PlacedWord *words, Py_ssize_t count, const int64_t *within, npy_intp size, Window *window, Keys *keys)
{
    npy_intp i, runs = 0, *room, *next;
    Py_ssize_t w, r;
    int64_t base = words[0].runs[0].run->base;
    int failed = 0;
    for (w = 0; w < count; w++)
        runs += words[w].count;
    room = next = PyMem_RawMalloc((size_t)runs * 2 * (size_t)(size + 1) * sizeof(npy_intp));
    if (room == NULL)
        return NO_MEMORY;
    for (i = 0; i < size; i++) {
        mark(window, (uint32_t)(within[i] - base));
        window->indices[within[i] - base] = (uint32_t)i;
    }
    for (w = 0; w < count; w++)
        for (r = 0; r < words[w].count && !failed; r++) {
            words[w].runs[r].starts = next;
            words[w].runs[r].frequencies = next + size + 1;
            next += 2 * (size + 1);
            failed = place_run(words[w].runs + r, within, size, window);
        }
    for (i = 0; i < size; i++)
        window->bits[(within[i] - base) >> 6] = 0;
    for (i = 0; i < size && !failed; i++)
        failed = add_phrase(words, count, i, within[i], keys);
    PyMem_RawFree(room);
    return failed;
}

/* A word of a phrase: all its runs, and the first of the segments to come. */
typedef struct {
    Run *runs;
    Py_ssize_t count, at;
} PhraseWord;

static int
add_segments(PhraseWord *every, PlacedWord *words, Py_ssize_t count, const Column *within, Window *window, Keys *keys)
{
    Py_ssize_t w;
    int failed = 0;
    while (!failed) {
        int64_t base = -1;
        npy_intp first, last;
        int has_all = 1;
        for (w = 0; w < count; w++) {
            if (every[w].at == every[w].count)
                return 0; /* nothing of this word from here on */
            if (every[w].runs[every[w].at].base > base)
                base = every[w].runs[every[w].at].base;
        }
        for (w = 0; w < count; w++) {
            while (every[w].at < every[w].count && every[w].runs[every[w].at].base < base)
                every[w].at++;
            words[w].count = 0;
            while (every[w].at < every[w].count && every[w].runs[every[w].at].base == base)
                words[w].runs[words[w].count++].run = every[w].runs + every[w].at++;
            has_all = has_all && words[w].count;
        }
        first = seek(INTS(*within), within->size, 0, base);
        last = seek(INTS(*within), within->size, first, base + WINDOW);
        for (npy_intp i = first; i < last; i++) /* out of order where the index is altered */
            if (INTS(*within)[i] < base || INTS(*within)[i] - base >= WINDOW)
                return ALTERED;
        if (has_all && first < last)
            failed = add_phrases(words, count, INTS(*within) + first, last - first, window, keys);
    }
    return failed;
}

/* Where words stand side by side; NULL with an exception set. */
static PyObject *
occurrences_of_phrase(PyObject *object, const Column *within)
{
    Py_ssize_t count = PyList_GET_SIZE(object), w, taken = 0;
    npy_intp postings;
    Keys keys = {NULL, 0, 0};
    PhraseWord *every;
    PlacedWord *words;
    Window *window = NULL;
    PyObject *result = NULL;
    int failed = 0;
    every = PyMem_Calloc((size_t)count, sizeof(PhraseWord));
    words = PyMem_Calloc((size_t)count, sizeof(PlacedWord));
    if (every == NULL || words == NULL || (window = take_window()) == NULL) {
        if (!PyErr_Occurred())
            PyErr_NoMemory();
        goto done;
    }
    for (; taken < count; taken++) {
        every[taken].runs = take_runs(PyList_GET_ITEM(object, taken), &every[taken].count, &postings);
        if (every[taken].runs == NULL)
            goto done;
        words[taken].runs = PyMem_Malloc((size_t)(every[taken].count + 1) * sizeof(Placed));
        if (words[taken].runs == NULL) {
            PyMem_Free(every[taken].runs);
            PyErr_NoMemory();
            goto done;
        }
    }
    Py_BEGIN_ALLOW_THREADS
    failed = add_segments(every, words, count, within, window, &keys);
    if (!failed)
        failed = merge_sort(&keys);
    Py_END_ALLOW_THREADS
    result = keys_or_error(&keys, failed);
done:
    for (w = 0; w < taken; w++) {
        PyMem_Free(every[w].runs);
        PyMem_Free(words[w].runs);
    }
    if (window != NULL)
        keep_window(window);
    PyMem_Free(every);
    PyMem_Free(words);
    PyMem_RawFree(keys.items);
    return result;
}

KERNEL(occurrences)
{
    Column within;
    int is_everywhere;
    if (count != 2 || !PyList_Check(arguments[0]) || PyList_GET_SIZE(arguments[0]) == 0)
        return expected("the runs of each word, and documents");
    is_everywhere = arguments[1] == Py_None;
    if (!is_everywhere && take_ints(arguments[1], &within) < 0)
        return NULL;
    if (PyList_GET_SIZE(arguments[0]) == 1)
        return occurrences_of_word(PyList_GET_ITEM(arguments[0], 0), is_everywhere ? NULL : &within);
    if (is_everywhere)
        return expected("the documents that a phrase is looked for in");
    return occurrences_of_phrase(arguments[0], &within);
}
