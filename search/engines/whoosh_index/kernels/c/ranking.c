/* Which documents come first. */
#include "kernels.h"

/* More hits than these are not sorted here. */
#define MAX_FIRST 300
/* Where there are no more, all are sorted rather than each put in its place. */
#define SORTED_AT_ONCE 1024
/* Rows of that many are put in order by moving their hits. */
#define SHORT_ROW 8

/* A hit: higher scores come first, then later dates. */
typedef struct {
    float score;
    int64_t date, document;
} Hit;

static inline int
is_before(const Hit *left, const Hit *right)
{
    return left->score > right->score || (left->score == right->score && left->date > right->date);
}

/* Put hits in order. *room* is for as many. */
static void
sort_hits(Hit *hits, Hit *room, npy_intp size)
{
    npy_intp i, j, width;
    Hit *from = hits, *to = room;
    for (i = 0; i < size; i += SHORT_ROW) {
        npy_intp end = i + SHORT_ROW < size ? i + SHORT_ROW : size;
        for (j = i + 1; j < end; j++) {
            Hit hit = hits[j];
            npy_intp at = j;
            for (; at > i && is_before(&hit, hits + at - 1); at--)
                hits[at] = hits[at - 1];
            hits[at] = hit;
        }
    }
    for (width = SHORT_ROW; width < size; width *= 2) {
        for (i = 0; i < size; i += 2 * width) {
            npy_intp left = i, middle = i + width < size ? i + width : size, right = middle;
            npy_intp end = middle + width < size ? middle + width : size;
            for (j = i; j < end; j++)
                to[j] = right == end || (left < middle && !is_before(from + right, from + left)) ? from[left++]
                                                                                                : from[right++];
        }
        from = to;
        to = from == hits ? room : hits;
    }
    if (from != hits)
        memcpy(hits, from, (size_t)size * sizeof(Hit));
}

/* Write the *wanted* first of all documents and one more, to see whether it equals the last; *hits* has room for
   them, or for all where these are few. How many there are, -1 where a document is out of bounds. */
static npy_intp
first_hits(const Column *documents, const Column *scores, const Column *dates, npy_intp wanted, Hit *hits)
{
    npy_intp i, j, last, end, size = 0;
    int keeps_few = scores->size > SORTED_AT_ONCE || wanted < SHORT_ROW;
    for (i = 0; i < scores->size; i++) {
        Hit hit = {FLOATS(*scores)[i], 0, INTS(*documents)[i]};
        if (keeps_few && size > wanted && hit.score < hits[wanted].score)
            continue;
        if ((uint64_t)hit.document >= (uint64_t)dates->size)
            return -1;
        if (!keeps_few) {
            hits[size++] = hit;
            continue;
        }
        hit.date = INTS(*dates)[hit.document];
        if (size > wanted && !is_before(&hit, hits + wanted))
            continue;
        last = size > wanted ? wanted : size++;
        for (j = 0, end = last; j < end;) { /* after all that it does not come before */
            npy_intp middle = j + (end - j) / 2;
            if (is_before(&hit, hits + middle))
                end = middle;
            else
                j = middle + 1;
        }
        memmove(hits + j + 1, hits + j, (size_t)(last - j) * sizeof(Hit));
        hits[j] = hit;
    }
    if (!keeps_few) {
        sort_hits(hits, hits + size, size);
        for (i = 0; i < size && i <= wanted; i = j) { /* dates lie far apart: only those of equal scores are read */
            for (j = i + 1; j < size && hits[j].score == hits[i].score; j++)
                ;
            for (last = i; j > i + 1 && last < j; last++)
                hits[last].date = INTS(*dates)[hits[last].document];
            sort_hits(hits + i, hits + size, j - i);
        }
    }
    return size > wanted + 1 ? wanted + 1 : size;
}

KERNEL(top)
{
    Column documents, scores, dates;
    npy_intp wanted, i, size, room;
    Hit *hits;
    PyObject *found = NULL, *best = NULL;
    int is_undecided = 0;
    if (count != 4)
        return expected("documents, scores, dates, how many are wanted");
    wanted = PyLong_AsSsize_t(arguments[3]);
    if (PyErr_Occurred() || take_ints(arguments[0], &documents) < 0 || take_floats(arguments[1], &scores) < 0
        || take_ints(arguments[2], &dates) < 0)
        return NULL;
    if (documents.size != scores.size)
        return out_of_bounds("score");
    if (wanted < 1 || wanted > MAX_FIRST)
        Py_RETURN_NONE;
    room = 2 * (scores.size < SORTED_AT_ONCE ? scores.size : SORTED_AT_ONCE);
    hits = PyMem_Malloc((size_t)(room > MAX_FIRST + 2 ? room : MAX_FIRST + 2) * sizeof(Hit));
    if (hits == NULL)
        return PyErr_NoMemory();
    size = first_hits(&documents, &scores, &dates, wanted, hits);
    for (i = 1; i < size; i++)
        is_undecided |= !is_before(hits + i - 1, hits + i);
    size = size > wanted ? wanted : size;
    if (size < 0)
        out_of_bounds("document");
    else if (!is_undecided) {
        found = new_ints(size);
        best = new_floats(size);
    }
    for (i = 0; i < size && found != NULL && best != NULL; i++) {
        INT_ITEMS(found)[i] = hits[i].document;
        FLOAT_ITEMS(best)[i] = hits[i].score;
    }
    PyMem_Free(hits);
    if (is_undecided)
        Py_RETURN_NONE;
    return pair(found, best, size);
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

static void
make_heap(Scored *heap, npy_intp size)
{
    npy_intp at;
    for (at = size / 2; at-- > 0;)
        sift(heap, size, at);
}

/* Scores that are skipped together where none of them counts, which is nearly always. */
#define BLOCK 32
#define LANES 8

/* Whether a score of the whole block from *first* on may be *least* or more. */
static inline int
may_reach(const Column *scores, npy_intp first, float least)
{
    float greatest[LANES];
    int i, j, found = 0;
    if (first + BLOCK > scores->size)
        return 1;
    memcpy(greatest, FLOATS(*scores) + first, sizeof(greatest));
    for (i = LANES; i < BLOCK; i += LANES) /* without branches, so that lanes are compared at once */
        for (j = 0; j < LANES; j++) {
            float score = FLOATS(*scores)[first + i + j];
            greatest[j] = score > greatest[j] ? score : greatest[j];
        }
    for (j = 0; j < LANES; j++)
        found |= greatest[j] >= least;
    return found;
}

/* Return the least of the *size* highest scores, which are fewer than all; *heap* has room for them. */
static float
least_of_highest(const Column *scores, Scored *heap, npy_intp size)
{
    npy_intp i, first;
    for (i = 0; i < size; i++)
        heap[i].score = FLOATS(*scores)[i];
    make_heap(heap, size);
    for (first = size; first < scores->size; first += BLOCK) {
        npy_intp end = first + BLOCK < scores->size ? first + BLOCK : scores->size;
        if (!may_reach(scores, first, heap[0].score))
            continue;
        for (i = first; i < end; i++)
            if (FLOATS(*scores)[i] > heap[0].score) {
                heap[0].score = FLOATS(*scores)[i];
                sift(heap, size, 0);
            }
    }
    return heap[0].score;
}

/* Write the indices of the scores that are *least* or more; returns how many. */
static npy_intp
reaching(const Column *scores, float least, int64_t *indices)
{
    npy_intp i, first, found = 0;
    for (first = 0; first < scores->size; first += BLOCK) {
        npy_intp end = first + BLOCK < scores->size ? first + BLOCK : scores->size;
        if (!may_reach(scores, first, least))
            continue;
        for (i = first; i < end; i++) {
            indices[found] = i;
            found += FLOATS(*scores)[i] >= least;
        }
    }
    return found;
}

KERNEL(highest)
{
    Column scores;
    npy_intp size, found = 0;
    PyObject *indices;
    Scored *heap;
    float least = 0;
    if (count != 2)
        return expected("scores, how many are wanted");
    size = PyLong_AsSsize_t(arguments[1]);
    if (PyErr_Occurred() || take_floats(arguments[0], &scores) < 0)
        return NULL;
    if (size < 1) {
        PyErr_SetString(PyExc_ValueError, "wanted is below 1");
        return NULL;
    }
    if (size > scores.size)
        size = scores.size;
    heap = PyMem_Malloc((size_t)(size + 1) * sizeof(Scored));
    if (heap == NULL)
        return PyErr_NoMemory();
    indices = new_ints(scores.size);
    if (indices != NULL) {
        NPY_BEGIN_THREADS_DEF;
        NPY_BEGIN_THREADS_THRESHOLDED(scores.size);
        if (size < scores.size)
            least = least_of_highest(&scores, heap, size);
        found = reaching(&scores, size < scores.size ? least : -INFINITY, INT_ITEMS(indices));
        NPY_END_THREADS;
        if (shorten(indices, found) < 0)
            Py_CLEAR(indices);
    }
    PyMem_Free(heap);
    return indices == NULL ? NULL : Py_BuildValue("(Nd)", indices, (double)least);
}

/* The upper bound of the score of a posting with each code: its score in the shortest document. */
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

/* The highest scores so far, and in order of documents those that had one of them when they came: so nothing is sorted
   in the end. */
typedef struct {
    Scored *heap, *kept;
    npy_intp size, filled, kept_size, room;
    float least; /* of the highest scores */
} Highest;

/* Make room for the *size* highest scores; -1 with an exception set. leave_highest follows in any case. */
static int
take_highest(npy_intp size, Highest *highest)
{
    highest->size = size;
    highest->filled = highest->kept_size = 0;
    highest->room = 2 * size + 1024;
    highest->least = -1.0f;
    highest->heap = PyMem_RawMalloc((size_t)(size + 1) * sizeof(Scored));
    highest->kept = PyMem_RawMalloc((size_t)highest->room * sizeof(Scored));
    if (highest->heap != NULL && highest->kept != NULL)
        return 0;
    PyErr_NoMemory();
    return -1;
}

static void
leave_highest(Highest *highest)
{
    PyMem_RawFree(highest->heap);
    PyMem_RawFree(highest->kept);
}

/* Let go of the documents that score less than the least of the highest. */
static void
drop_lower(Highest *highest)
{
    npy_intp i, kept = 0;
    for (i = 0; i < highest->kept_size; i++) {
        highest->kept[kept] = highest->kept[i];
        kept += highest->kept[i].score >= highest->least;
    }
    highest->kept_size = kept;
}

/* Drop what can be; where that is little, get more room. */
static int
make_more_room(Highest *highest)
{
    Scored *kept;
    drop_lower(highest);
    if (2 * highest->kept_size < highest->room)
        return 0;
    kept = PyMem_RawRealloc(highest->kept, (size_t)(2 * highest->room) * sizeof(Scored));
    if (kept == NULL)
        return NO_MEMORY;
    highest->kept = kept;
    highest->room *= 2;
    return 0;
}

/* Take a document up that scores the least or more. */
static inline int
take_up(Highest *highest, Scored item)
{
    if (highest->kept_size == highest->room && make_more_room(highest) < 0)
        return NO_MEMORY;
    highest->kept[highest->kept_size++] = item;
    if (highest->filled < highest->size) {
        highest->heap[highest->filled++] = item;
        if (highest->filled < highest->size)
            return 0;
        make_heap(highest->heap, highest->size);
    }
    else if (item.score > highest->least) {
        highest->heap[0] = item;
        sift(highest->heap, highest->size, 0);
    }
    highest->least = highest->heap[0].score;
    return 0;
}

/* Take up the highest scores of a word; ALTERED where a document is out of bounds, or NO_MEMORY.
   Most postings are skipped by their code alone: they could not be among the highest in any document. */
static int
take_up_word(const Word *word, const Penalties *penalties, float factor, Highest *highest)
{
    float bounds[ESCAPE + 1];
    npy_intp i, exception;
    Py_ssize_t r;
    bound_codes(penalties, factor, bounds);
    for (r = 0; r < word->count; r++) {
        const Run *run = word->runs + r;
        for (i = run->first, exception = 0; i < run->last; i++) {
            Scored item;
            if (bounds[run->codes[i]] <= highest->least)
                continue;
            item.document = run->base + run->documents[i];
            if (item.document >= penalties->lengths.size)
                return ALTERED;
            item.score = score_of(weight_at(run, i, &exception), penalties, item.document, factor);
            if (item.score > highest->least && take_up(highest, item) < 0)
                return NO_MEMORY;
        }
    }
    return 0;
}

KERNEL(best)
{
    Word word;
    Penalties penalties;
    float factor;
    npy_intp size, i;
    int failed = 0;
    Highest highest = {NULL, NULL, 0, 0, 0, 0, 0};
    PyObject *documents = NULL;
    double least = 0;
    if (count != 4 || !PyList_Check(arguments[0]))
        return expected("posting runs, penalties, factor, how many are wanted");
    factor = (float)PyFloat_AsDouble(arguments[2]);
    size = PyErr_Occurred() ? 0 : PyLong_AsSsize_t(arguments[3]);
    if (PyErr_Occurred() || take_penalties(arguments[1], &penalties) < 0 || take_word(arguments[0], &word) < 0)
        return NULL;
    if (size < 1)
        PyErr_SetString(PyExc_ValueError, "wanted is below 1");
    else if (take_highest(size < word.postings ? size : word.postings, &highest) == 0) {
        NPY_BEGIN_THREADS_DEF;
        NPY_BEGIN_THREADS_THRESHOLDED(word.postings);
        failed = take_up_word(&word, &penalties, factor, &highest);
        drop_lower(&highest);
        NPY_END_THREADS;
        least = size < word.postings ? highest.least : 0;
        if (failed == NO_MEMORY)
            PyErr_NoMemory();
        else if (failed)
            out_of_bounds("document");
        else if ((documents = new_ints(highest.kept_size)) != NULL)
            for (i = 0; i < highest.kept_size; i++)
                INT_ITEMS(documents)[i] = highest.kept[i].document;
    }
    leave_highest(&highest);
    drop_word(&word);
    return documents == NULL ? NULL : Py_BuildValue("(Nd)", documents, least);
}

/* More than what rounding takes from a sum of two scores. */
#define ROUNDED 1e-5f

/* A word, the form as typed that is one of its forms, and what the saturated frequencies of both are multiplied with. */
typedef struct {
    Word word, form;
    float of_word, of_form;
} Typed;

/* Do what take_up_word does with exact scores, to which the form adds, and with all that equal the least of these. */
static int
take_up_exactly(const Typed *typed, const Penalties *penalties, Highest *highest)
{
    float bounds[ESCAPE + 1], of_form[ESCAPE + 1];
    float of_both = (typed->of_word + typed->of_form) * (1 + ROUNDED);
    npy_intp i;
    Py_ssize_t r, f = 0;
    bound_codes(penalties, typed->of_word, bounds);
    bound_codes(penalties, typed->of_form, of_form);
    for (i = 0; i <= ESCAPE; i++) /* the form is at most as often in a document as the word */
        bounds[i] += of_form[i];
    for (r = 0; r < typed->word.count; r++) {
        const Run *run = typed->word.runs + r, *form = NULL;
        npy_intp exception = 0, of_exception = 0, posting = 0;
        while (f < typed->form.count && typed->form.runs[f].base < run->base)
            f++;
        if (f < typed->form.count && typed->form.runs[f].base == run->base) {
            form = typed->form.runs + f;
            posting = form->first;
        }
        for (i = run->first; i < run->last; i++) {
            float saturated;
            Scored item;
            if (bounds[run->codes[i]] < highest->least)
                continue;
            item.document = run->base + run->documents[i];
            if (item.document >= penalties->lengths.size)
                return ALTERED;
            saturated = score_of(weight_at(run, i, &exception), penalties, item.document, 1.0f);
            if (of_both * saturated < highest->least)
                continue;
            item.score = typed->of_word * saturated;
            if (form != NULL) {
                posting = seek_document(form, posting, run->documents[i]);
                if (posting < form->last && form->documents[posting] == run->documents[i])
                    item.score += score_of(weight_at(form, posting, &of_exception), penalties, item.document,
                                           typed->of_form);
            }
            if (item.score >= highest->least && take_up(highest, item) < 0)
                return NO_MEMORY;
        }
    }
    return 0;
}

KERNEL(best_exactly)
{
    Typed typed;
    Penalties penalties;
    npy_intp size, i;
    int failed = 0;
    Highest highest = {NULL, NULL, 0, 0, 0, 0, 0};
    PyObject *documents = NULL, *scores = NULL;
    if (count != 6 || !PyList_Check(arguments[0]) || !PyList_Check(arguments[1]))
        return expected("posting runs of a word and of a form, penalties, two factors, how many are wanted");
    typed.of_word = (float)PyFloat_AsDouble(arguments[3]);
    typed.of_form = PyErr_Occurred() ? 0 : (float)PyFloat_AsDouble(arguments[4]);
    size = PyErr_Occurred() ? 0 : PyLong_AsSsize_t(arguments[5]);
    if (PyErr_Occurred() || take_penalties(arguments[2], &penalties) < 0 || take_word(arguments[0], &typed.word) < 0)
        return NULL;
    if (take_word(arguments[1], &typed.form) < 0) {
        drop_word(&typed.word);
        return NULL;
    }
    if (size < 1)
        PyErr_SetString(PyExc_ValueError, "wanted is below 1");
    else if (take_highest(size < typed.word.postings ? size : typed.word.postings, &highest) == 0) {
        NPY_BEGIN_THREADS_DEF;
        NPY_BEGIN_THREADS_THRESHOLDED(typed.word.postings);
        failed = take_up_exactly(&typed, &penalties, &highest);
        drop_lower(&highest);
        NPY_END_THREADS;
        if (failed == NO_MEMORY)
            PyErr_NoMemory();
        else if (failed)
            out_of_bounds("document");
        else {
            documents = new_ints(highest.kept_size);
            scores = new_floats(highest.kept_size);
        }
        for (i = 0; i < highest.kept_size && documents != NULL && scores != NULL; i++) {
            INT_ITEMS(documents)[i] = highest.kept[i].document;
            FLOAT_ITEMS(scores)[i] = highest.kept[i].score;
        }
    }
    leave_highest(&highest);
    drop_word(&typed.word);
    drop_word(&typed.form);
    return pair(documents, scores, highest.kept_size);
}
