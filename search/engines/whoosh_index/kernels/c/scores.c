/* Which documents a word is in, and what it scores there. */
#include "kernels.h"

/* Seeking beats marking where one side is this many times as long as the other. */
#define MUCH_FEWER 32

/* So few are sought one by one in any case. */
#define FEW 16

/* Whether to mark all of the shorter side and look at all of the longer one, rather than seek each. */
static int
by_marks(npy_intp left, npy_intp right)
{
    npy_intp fewer = left < right ? left : right;
    return fewer * MUCH_FEWER > left + right - fewer && fewer > FEW;
}

/* Find the numbers of *few* in *many* by seeking each; their indices go to *at* and *in*. */
static npy_intp
seek_common(const Column *few, const Column *many, int64_t *at, int64_t *in)
{
    npy_intp i, j = 0, found = 0;
    for (i = 0; i < few->size; i++) {
        j = seek(INTS(*many), many->size, j, INTS(*few)[i]);
        if (j == many->size)
            break;
        if (INTS(*many)[j] == INTS(*few)[i]) {
            at[found] = i;
            in[found++] = j;
        }
    }
    return found;
}

/* The same by marking each of *few* in a window and looking at all of *many*, a span at a time. */
static npy_intp
mark_common(const Column *few, const Column *many, int64_t *at, int64_t *in, Window *window)
{
    const int64_t *a = INTS(*few), *b = INTS(*many);
    npy_intp i = 0, j = 0, k, found = 0;
    while (i < few->size && j < many->size) {
        int64_t wanted = a[i] >> SPAN_BITS > b[j] >> SPAN_BITS ? a[i] >> SPAN_BITS : b[j] >> SPAN_BITS;
        npy_intp first;
        if (a[i] >> SPAN_BITS < wanted || b[j] >> SPAN_BITS < wanted) {
            i = seek(a, few->size, i, wanted << SPAN_BITS);
            j = seek(b, many->size, j, wanted << SPAN_BITS);
            continue;
        }
        for (first = i; i < few->size && a[i] >> SPAN_BITS == wanted; i++) {
            uint32_t local = (uint32_t)(a[i] & SPAN_MASK);
            mark(window, local);
            window->indices[local] = (uint32_t)(i - first);
        }
        for (; j < many->size && b[j] >> SPAN_BITS == wanted; j++) {
            uint32_t local = (uint32_t)(b[j] & SPAN_MASK);
            if (is_marked(window, local) && found < few->size) {
                at[found] = first + window->indices[local];
                in[found++] = j;
            }
        }
        for (k = first; k < i; k++)
            window->bits[(a[k] & SPAN_MASK) >> 6] = 0;
    }
    return found;
}

/* Postings that are looked at before those found are read. */
#define LOOKED_AT 256

/* Mark documents of the segment from *base* on in a window, each with which it is. */
void
mark_documents(int64_t base, const int64_t *documents, npy_intp size, Window *window)
{
    npy_intp i;
    for (i = 0; i < size; i++) {
        uint32_t local = (uint32_t)((documents[i] - base) & WINDOW_MASK);
        mark(window, local);
        window->indices[local] = (uint32_t)i;
    }
}

void
unmark_documents(int64_t base, const int64_t *documents, npy_intp size, Window *window)
{
    npy_intp i;
    for (i = 0; i < size; i++)
        window->bits[((documents[i] - base) & WINDOW_MASK) >> 6] = 0;
}

/* Find *size* documents of a segment in a run: which they are, counted from *first*, and their weights there. */
npy_intp
find_in_run(const Run *run, const int64_t *documents, npy_intp size, npy_intp first, int64_t *kept, float *weights,
            Window *window, int is_marked_already)
{
    npy_intp i = 0, posting = run->first, found = 0, exception = 0;
    if (run->last - posting <= FEW && run->last - posting < size) {
        for (; posting < run->last; posting++) {
            int64_t wanted = run->base + run->documents[posting];
            i = seek(documents, size, i, wanted);
            if (i == size)
                break;
            if (documents[i] != wanted || found == size)
                continue;
            kept[found] = first + i;
            weights[found++] = weight_at(run, posting, &exception);
        }
        return found;
    }
    if (!by_marks(size, run->last - run->first)) {
        for (i = 0; i < size; i++) {
            int64_t local = documents[i] - run->base;
            posting = seek_document(run, posting, (uint32_t)(local & WINDOW_MASK));
            if (posting == run->last)
                break;
            if (run->documents[posting] != local)
                continue;
            kept[found] = first + i;
            weights[found++] = weight_at(run, posting, &exception);
        }
        return found;
    }
    if (!is_marked_already)
        mark_documents(run->base, documents, size, window);
    while (posting < run->last) {
        npy_intp part = run->last - posting < LOOKED_AT ? run->last - posting : LOOKED_AT, hits = 0;
        uint16_t at[LOOKED_AT];
        for (i = 0; i < part; i++) { /* without a branch, which would be mispredicted */
            at[hits] = (uint16_t)i;
            hits += is_marked(window, run->documents[posting + i]);
        }
        for (i = 0; i < hits && found < size; i++) {
            kept[found] = first + window->indices[run->documents[posting + at[i]]];
            weights[found++] = weight_at(run, posting + at[i], &exception);
        }
        posting += part;
    }
    if (!is_marked_already)
        unmark_documents(run->base, documents, size, window);
    return found;
}

/* Find documents where a word is: which they are, and the weights of the word there where it has any. */
static npy_intp
find_weights(const Column *documents, const Word *word, int64_t *kept, float *weights, Window *window)
{
    npy_intp i, found = 0, at = 0;
    Py_ssize_t r;
    if (word->runs == NULL) {
        int64_t *there = PyMem_RawMalloc((size_t)(documents->size + 1) * sizeof(int64_t));
        if (there == NULL)
            return -1;
        if (!by_marks(documents->size, word->postings))
            found = documents->size <= word->postings
                        ? seek_common(documents, &word->documents, kept, there)
                        : seek_common(&word->documents, documents, there, kept);
        else if (documents->size <= word->postings)
            found = mark_common(documents, &word->documents, kept, there, window);
        else
            found = mark_common(&word->documents, documents, there, kept, window);
        for (i = 0; i < found && word->weights != NULL; i++)
            weights[i] = word->weights[there[i]];
        PyMem_RawFree(there);
        return found;
    }
    for (r = 0; r < word->count; r++) {
        const Run *run = word->runs + r;
        int64_t end = run->base + WINDOW;
        npy_intp last;
        if (r + 1 < word->count && word->runs[r + 1].base < end)
            end = word->runs[r + 1].base;
        at = seek(INTS(*documents), documents->size, at, run->base);
        last = seek(INTS(*documents), documents->size, at, end);
        found += find_in_run(run, INTS(*documents) + at, last - at, at, kept + found, weights + found, window, 0);
        at = last;
    }
    return found;
}

KERNEL(find_in)
{
    Column documents;
    Word word;
    npy_intp found = 0;
    int is_weighted;
    PyObject *kept = NULL, *weights = NULL;
    Window *window;
    if (count != 2)
        return expected("documents and a word");
    if (take_ints(arguments[0], &documents) < 0 || take_word(arguments[1], &word) < 0)
        return NULL;
    is_weighted = word.runs != NULL || word.weights != NULL;
    window = take_window();
    if (window != NULL && (kept = new_ints(documents.size)) != NULL
        && (!is_weighted || (weights = new_floats(documents.size)) != NULL)) {
        NPY_BEGIN_THREADS_DEF;
        NPY_BEGIN_THREADS_THRESHOLDED(documents.size + word.postings);
        found = find_weights(&documents, &word, INT_ITEMS(kept), is_weighted ? FLOAT_ITEMS(weights) : NULL, window);
        NPY_END_THREADS;
        if (found < 0)
            PyErr_NoMemory();
    }
    if (window != NULL)
        keep_window(window);
    drop_word(&word);
    if (PyErr_Occurred()) {
        Py_XDECREF(kept);
        Py_XDECREF(weights);
        return NULL;
    }
    if (is_weighted)
        return pair(kept, weights, found);
    if (shorten(kept, found) < 0)
        Py_CLEAR(kept);
    return kept == NULL ? NULL : Py_BuildValue("(NO)", kept, Py_None);
}

/* Write the scores of *size* documents. -1 where one is out of bounds. */
static int
score(const float *weights, const int64_t *documents, npy_intp size, const Penalties *penalties, float factor,
      float *out)
{
    npy_intp i;
    for (i = 0; i < size; i++) {
        if ((uint64_t)documents[i] >= (uint64_t)penalties->lengths.size)
            return -1;
        out[i] = score_of(weights[i], penalties, documents[i], factor);
    }
    return 0;
}

/* Write documents and scores of all postings of some runs. -1 where one is out of bounds. */
static int
score_runs(const Word *word, const Penalties *penalties, float factor, int64_t *documents, float *scores)
{
    Py_ssize_t r;
    for (r = 0; r < word->count; r++) {
        const Run *run = word->runs + r;
        npy_intp size = run->last - run->first;
        copy_documents(run, documents);
        copy_weights(run, scores);
        if (score(scores, documents, size, penalties, factor, scores) < 0)
            return -1;
        documents += size;
        scores += size;
    }
    return 0;
}

/* Take the last arguments of what scores a word: the word, which has weights, its penalties and its factor. */
static int
take_scoring(PyObject *const *arguments, Word *word, Penalties *penalties, float *factor)
{
    *factor = (float)PyFloat_AsDouble(arguments[2]);
    if (PyErr_Occurred() || take_penalties(arguments[1], penalties) < 0 || take_word(arguments[0], word) < 0)
        return -1;
    if (word->runs == NULL && word->weights == NULL) {
        expected("a word with weights");
        return -1;
    }
    return 0;
}

KERNEL(scored)
{
    Penalties penalties;
    Word word;
    float factor;
    int failed = 0;
    PyObject *documents, *scores;
    if (count != 3)
        return expected("a word, penalties, factor");
    if (take_scoring(arguments, &word, &penalties, &factor) < 0)
        return NULL;
    documents = word.runs != NULL ? new_ints(word.postings) : Py_NewRef(PyTuple_GET_ITEM(arguments[0], 0));
    scores = new_floats(word.postings);
    if (documents != NULL && scores != NULL) {
        NPY_BEGIN_THREADS_DEF;
        NPY_BEGIN_THREADS_THRESHOLDED(word.postings);
        if (word.runs != NULL)
            failed = score_runs(&word, &penalties, factor, INT_ITEMS(documents), FLOAT_ITEMS(scores));
        else
            failed = score(word.weights, INTS(word.documents), word.postings, &penalties, factor, FLOAT_ITEMS(scores));
        NPY_END_THREADS;
        if (failed) {
            out_of_bounds("document");
            Py_CLEAR(scores);
        }
    }
    drop_word(&word);
    return pair(documents, scores, word.postings);
}

KERNEL(add_scores)
{
    Column scores, documents;
    Penalties penalties;
    Word word;
    float factor, *weights = NULL;
    int64_t *kept = NULL;
    npy_intp i, found;
    Window *window;
    if (count != 5)
        return expected("scores, documents, a word, penalties, factor");
    if (take_written(arguments[0], &scores) < 0 || take_ints(arguments[1], &documents) < 0
        || take_scoring(arguments + 2, &word, &penalties, &factor) < 0)
        return NULL;
    window = take_window();
    if (scores.size != documents.size)
        out_of_bounds("score");
    else if (window != NULL) {
        kept = PyMem_RawMalloc((size_t)(documents.size + 1) * sizeof(int64_t));
        weights = PyMem_RawMalloc((size_t)(documents.size + 1) * sizeof(float));
        found = kept == NULL || weights == NULL ? -1 : find_weights(&documents, &word, kept, weights, window);
        if (found < 0)
            PyErr_NoMemory();
        for (i = 0; i < found; i++) {
            int64_t document = INTS(documents)[kept[i]];
            if ((uint64_t)document >= (uint64_t)penalties.lengths.size) {
                out_of_bounds("document");
                break;
            }
            ((float *)scores.at)[kept[i]] += score_of(weights[i], &penalties, document, factor);
        }
    }
    if (window != NULL)
        keep_window(window);
    PyMem_RawFree(kept);
    PyMem_RawFree(weights);
    drop_word(&word);
    if (PyErr_Occurred())
        return NULL;
    Py_RETURN_NONE;
}
