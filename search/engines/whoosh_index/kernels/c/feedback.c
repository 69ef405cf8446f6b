/* The words that the first documents have in common, and what they add to the scores of all. */
#include "kernels.h"

/* A segment as words of one language are looked up in it. */
typedef struct {
    int64_t language; /* of the documents that count, -1 where all do */
    int has_stems;
    Words words;
    Run stems, forms; /* without their postings */
    npy_intp stem_postings, form_postings;
    npy_intp first, last; /* which of the documents asked for are in it */
} Place;

/* Where one of the stems is in a place: postings of a stem, or of a form. */
typedef struct {
    npy_intp first, last;
    int is_form;
} Found;

typedef struct {
    Column live, languages;
    Keys documents; /* ascending, as document << 32 | which of those asked for */
    int64_t *ascending;
    Penalties penalties;
    Place *places;
    Found *found; /* one for each stem of each place */
    npy_intp size, live_count;
    PyObject *is_stem;
} Asked;

static int
take_place(PyObject *object, int64_t language, int has_stems, Place *place)
{
    if (take_words(object, &place->words) < 0 || take_list_columns(place->words.form_lists, &place->form_postings, &place->forms) < 0
        || take_list_columns(place->words.stem_lists, &place->stem_postings, &place->stems) < 0)
        return -1;
    place->language = language;
    place->has_stems = has_stems;
    place->forms.base = place->stems.base = PyLong_AsLongLong(place->words.base);
    if (!PyErr_Occurred() && place->forms.base < 0)
        out_of_bounds("document");
    return PyErr_Occurred() ? -1 : 0;
}

/* Take the segments of all languages, see `LanguageWords` in arguments.py. -1 with an exception set. */
static int
take_places(PyObject *object, Asked *asked)
{
    Py_ssize_t i, j, size = 0;
    if (!PyTuple_Check(object))
        goto other;
    for (i = 0; i < PyTuple_GET_SIZE(object); i++) {
        PyObject *own = PyTuple_GET_ITEM(object, i);
        if (!PyTuple_Check(own) || PyTuple_GET_SIZE(own) != 3 || !PyTuple_Check(PyTuple_GET_ITEM(own, 2)))
            goto other;
        size += PyTuple_GET_SIZE(PyTuple_GET_ITEM(own, 2));
    }
    asked->places = PyMem_Malloc((size_t)(size + 1) * sizeof(Place));
    if (asked->places == NULL) {
        PyErr_NoMemory();
        return -1;
    }
    for (i = 0; i < PyTuple_GET_SIZE(object); i++) {
        PyObject *own = PyTuple_GET_ITEM(object, i), *segments = PyTuple_GET_ITEM(own, 2);
        int64_t language = PyLong_AsLongLong(PyTuple_GET_ITEM(own, 0));
        int has_stems = PyObject_IsTrue(PyTuple_GET_ITEM(own, 1));
        if (PyErr_Occurred() || has_stems < 0)
            return -1;
        for (j = 0; j < PyTuple_GET_SIZE(segments); j++)
            if (take_place(PyTuple_GET_ITEM(segments, j), language, has_stems, asked->places + asked->size++) < 0)
                return -1;
    }
    return 0;
other:
    expected("languages and their words");
    return -1;
}

/* How many keys are below those of some stems: step by step for all of them, so that what one waits for in memory is
   on its way while others are compared. */
static void
find_keys(const Strings *strings, const uint64_t *keys, npy_intp size, npy_intp *before)
{
    npy_intp i, left = strings->keys.size;
    memset(before, 0, (size_t)size * sizeof(npy_intp));
    while (left > 0) {
        npy_intp half = (left + 1) / 2;
        for (i = 0; i < size; i++)
            before[i] += (number(&strings->keys, before[i] + half - 1) < keys[i]) * half;
        left -= half;
    }
}

/* Have what says where the strings after these keys are on its way from memory. */
static void
fetch_strings(const Strings *strings, const npy_intp *before, npy_intp size)
{
    npy_intp i;
    for (i = 0; i < size; i++)
        __builtin_prefetch(strings->starts.at + (before[i] > 0 ? before[i] - 1 : 0) * KEY_STEP * strings->starts.width);
}

/* Whether a string is its own stem; -1 with an exception set. */
static int
is_own_stem(const Asked *asked, const Place *place, const Stem *stem)
{
    PyObject *answer;
    int found;
    if (!place->has_stems || (stem->is_form && place->language < 0))
        return 1;
    answer = PyObject_CallFunction(asked->is_stem, "s#L", stem->at, (Py_ssize_t)stem->length, (long long)place->language);
    found = answer == NULL ? -1 : PyObject_IsTrue(answer);
    Py_XDECREF(answer);
    return found;
}

/* Find a stem in a place; -1 with an exception set. *own* is its number among the listed stems, -1 where it is none: then
   the keys of forms before it were counted. */
static int
find_in_place(const Asked *asked, const Place *place, const Stem *stem, npy_intp own, npy_intp before_form, Found *found)
{
    npy_intp form;
    const Column *starts = NULL;
    int is_own;
    found->first = found->last = 0;
    if (own >= 0) {
        starts = &place->words.first_stem_posting;
        if (number(starts, own) >= number(starts, own + 1)) {
            own = only_form(&place->words, own);
            starts = &place->words.first_posting;
            own = own < 0 ? -2 : own;
        }
    } else if (own == -1) {
        form = find_from(&place->words.forms, before_form, stem->at, stem->length);
        starts = &place->words.first_posting;
        is_own = form < 0 ? 0 : is_own_stem(asked, place, stem);
        if (is_own < 0)
            return -1;
        if (form != -2 && !is_own)
            return 0;
        own = form;
    }
    if (own >= 0) {
        found->is_form = starts == &place->words.first_posting;
        found->first = (npy_intp)number(starts, own);
        found->last = (npy_intp)number(starts, own + 1);
        if (found->first >= 0 && found->first <= found->last
            && found->last <= (found->is_form ? place->form_postings : place->stem_postings))
            return 0;
    }
    out_of_bounds("word");
    return -1;
}

/* Find all stems everywhere; -1 with an exception set. */
static int
find_stems(const Asked *asked, const Stem *stems, npy_intp size)
{
    npy_intp i, place, *before = PyMem_Malloc((size_t)(2 * size + 1) * sizeof(npy_intp)), *listed = before + size;
    uint64_t *keys = PyMem_Malloc((size_t)(2 * size + 1) * sizeof(uint64_t)), *unlisted = keys + size;
    int failed = before == NULL || keys == NULL;
    if (failed)
        PyErr_NoMemory();
    for (i = 0; i < size && !failed; i++)
        keys[i] = string_key(stems[i].at, stems[i].length);
    for (place = 0; place < asked->size && !failed; place++) {
        const Place *own = asked->places + place;
        npy_intp others = 0, next = 0;
        if (own->has_stems)
            find_keys(&own->words.stems, keys, size, before);
        fetch_strings(&own->words.stems, before, own->has_stems ? size : 0);
        for (i = 0; i < size; i++) {
            listed[i] = own->has_stems ? find_from(&own->words.stems, before[i], stems[i].at, stems[i].length) : -1;
            if (listed[i] == -1)
                unlisted[others++] = keys[i];
        }
        find_keys(&own->words.forms, unlisted, others, before);
        fetch_strings(&own->words.forms, before, others);
        for (i = 0; i < size && !failed; i++) {
            npy_intp before_form = listed[i] == -1 ? before[next++] : 0;
            failed = find_in_place(asked, own, stems + i, listed[i], before_form, asked->found + place * size + i) < 0;
        }
    }
    PyMem_Free(before);
    PyMem_Free(keys);
    return failed ? -1 : 0;
}

/* Whether a document is in the language that counts. */
static inline int
is_in_language(const Asked *asked, const Place *place, int64_t document)
{
    return place->language < 0
           || (document < asked->languages.size && (int64_t)number(&asked->languages, (npy_intp)document) == place->language);
}

static inline int
is_live(const Asked *asked, int64_t document)
{
    return asked->live.at == NULL || (document < asked->live.size && asked->live.at[document]);
}

/* How many documents have a stem. */
static npy_intp
count_documents(const Asked *asked, npy_intp stem, npy_intp stems)
{
    npy_intp i, place, size = 0;
    for (place = 0; place < asked->size; place++) {
        const Place *own = asked->places + place;
        const Found *found = asked->found + place * stems + stem;
        const Run *run = found->is_form ? &own->forms : &own->stems;
        if (asked->live.at == NULL && own->language < 0)
            size += found->last - found->first;
        else
            for (i = found->first; i < found->last; i++) {
                int64_t document = run->base + run->documents[i];
                size += is_live(asked, document) && is_in_language(asked, own, document);
            }
    }
    return size;
}

/* Set what each stem weighs in the documents that it was taken from, 1 in all or 0; -1 with an exception set. */
static int
weigh(const Asked *asked, Common *common, const Column *shares)
{
    npy_intp i, size = common->stems_size;
    double total = 0, *counted = PyMem_Malloc((size_t)(shares->size + 1) * sizeof(double));
    if (counted == NULL) {
        PyErr_NoMemory();
        return -1;
    }
    for (i = 0; i < size; i++) {
        Stem *stem = common->stems + i;
        stem->documents = count_documents(asked, i, size);
        stem->idf = idf_of(asked->live_count, stem->documents);
        stem->share = 0;
    }
    for (i = 0; i < common->size; i++) {
        const TermOf *term = common->terms + i;
        if (term->stem >= 0) {
            double exact = term->saturated * common->stems[term->stem].idf;
            /* what it weighs by the segment alone goes out of the length of the document, and this comes in */
            common->squares[term->owner] += exact * exact - term->weight * term->weight;
        }
    }
    count_by_length((const double *)shares->at, common->squares, shares->size, counted);
    for (i = 0; i < common->size; i++) {
        const TermOf *term = common->terms + i;
        if (term->stem >= 0) {
            Stem *stem = common->stems + term->stem;
            stem->share += term->saturated * stem->idf * counted[term->owner];
        }
    }
    for (i = 0; i < size; i++)
        total += common->stems[i].share;
    for (i = 0; i < size && total != 0; i++)
        common->stems[i].share /= total;
    PyMem_Free(counted);
    return 0;
}

/* Note down which documents are in each place. */
static void
share_out(Asked *asked)
{
    npy_intp i;
    for (i = 0; i < asked->size; i++) {
        Place *own = asked->places + i;
        int64_t end = own->forms.base + WINDOW;
        if (i + 1 < asked->size && own[1].forms.base > own->forms.base && own[1].forms.base < end)
            end = own[1].forms.base;
        own->first = seek(asked->ascending, asked->documents.size, 0, own->forms.base);
        own->last = seek(asked->ascending, asked->documents.size, own->first, end);
    }
}

/* What scores are added with: room for what is found of a stem. */
typedef struct {
    float *scores, *weights;
    int64_t *kept;
    Window *window;
} Adding;

/* Add what a stem scores in the documents of a place, which are marked; -1 where one is out of bounds. */
static int
add_stem(const Asked *asked, const Place *place, const Found *found, float factor, const Adding *adding)
{
    Run run = found->is_form ? place->forms : place->stems;
    npy_intp i, size;
    run.first = found->first;
    run.last = found->last;
    size = find_in_run(&run, asked->ascending + place->first, place->last - place->first, place->first, adding->kept,
                       adding->weights, adding->window, 1);
    for (i = 0; i < size; i++) {
        npy_intp at = (npy_intp)adding->kept[i];
        int64_t document = asked->ascending[at];
        if ((uint64_t)document >= (uint64_t)asked->penalties.lengths.size)
            return -1;
        if (is_in_language(asked, place, document))
            adding->scores[asked->documents.items[at] & POSITION_MASK] += score_of(adding->weights[i], &asked->penalties, document, factor);
    }
    return 0;
}

/* Add what all stems score in the documents, in order of the stems in each; -1 where one is out of bounds. */
static int
add_stems(const Asked *asked, const Common *common, double factor, const Adding *adding)
{
    npy_intp i, place, size = common->stems_size;
    int failed = 0;
    for (place = 0; place < asked->size && !failed; place++) {
        const Place *own = asked->places + place;
        const int64_t *documents = asked->ascending + own->first;
        if (own->first == own->last)
            continue;
        mark_documents(own->forms.base, documents, own->last - own->first, adding->window);
        for (i = 0; i < size && !failed; i++) {
            const Stem *stem = common->stems + i;
            const Found *found = asked->found + place * size + i;
            if (stem->share != 0 && found->first < found->last)
                failed = add_stem(asked, own, found, (float)(factor * stem->share * stem->idf), adding) < 0;
        }
        unmark_documents(own->forms.base, documents, own->last - own->first, adding->window);
    }
    return failed ? -1 : 0;
}

/* Return what all stems score in each of the documents as a new array; NULL with an exception set. */
static PyObject *
added_by(Asked *asked, const Common *common, double factor)
{
    npy_intp size = asked->documents.size;
    PyObject *added = PyArray_ZEROS(1, &size, NPY_FLOAT32, 0);
    Adding adding;
    adding.kept = PyMem_Malloc((size_t)(size + 1) * sizeof(int64_t));
    adding.weights = PyMem_Malloc((size_t)(size + 1) * sizeof(float));
    adding.window = take_window();
    if (added != NULL && adding.window != NULL && adding.kept != NULL && adding.weights != NULL) {
        adding.scores = FLOAT_ITEMS(added);
        share_out(asked);
        if (add_stems(asked, common, factor, &adding) < 0)
            out_of_bounds("document");
    } else if (!PyErr_Occurred())
        PyErr_NoMemory();
    if (adding.window != NULL)
        keep_window(adding.window);
    PyMem_Free(adding.kept);
    PyMem_Free(adding.weights);
    if (PyErr_Occurred())
        Py_CLEAR(added);
    return added;
}

/* Return the stems that weigh anything and their shares; NULL with an exception set. */
static PyObject *
as_list(const Common *common)
{
    PyObject *found = PyList_New(0);
    npy_intp i;
    for (i = 0; found != NULL && i < common->stems_size; i++) {
        const Stem *stem = common->stems + i;
        PyObject *item;
        if (stem->share == 0)
            continue;
        item = Py_BuildValue("(s#d)", stem->at, (Py_ssize_t)stem->length, stem->share);
        if (item == NULL || PyList_Append(found, item) < 0)
            Py_CLEAR(found);
        Py_XDECREF(item);
    }
    return found;
}

/* Take `FeedbackColumns` of arguments.py but for the forward columns; -1 with an exception set. */
static int
take_asked(PyObject *object, Asked *asked)
{
    PyObject **items;
    if (!PyTuple_Check(object) || PyTuple_GET_SIZE(object) != 6) {
        expected("the columns of feedback");
        return -1;
    }
    items = ((PyTupleObject *)object)->ob_item;
    asked->live_count = PyLong_AsSsize_t(items[5]);
    if (PyErr_Occurred() || take_places(items[1], asked) < 0 || take_penalties(items[2], &asked->penalties) < 0
        || (items[3] != Py_None && take(items[3], 'b', 1, &asked->live) < 0)
        || (items[4] != Py_None && take(items[4], 'u', 0, &asked->languages) < 0))
        return -1;
    return 0;
}

/* Put the documents in order; -1 with an exception set. */
static int
sort_documents(const Column *documents, Asked *asked)
{
    npy_intp i;
    int failed;
    if (make_room(&asked->documents, documents->size + 1) < 0
        || (asked->ascending = PyMem_Malloc((size_t)(documents->size + 1) * sizeof(int64_t))) == NULL) {
        PyErr_NoMemory();
        return -1;
    }
    for (i = 0; i < documents->size; i++) {
        if (INTS(*documents)[i] < 0 || INTS(*documents)[i] > INT32_MAX) {
            out_of_bounds("document");
            return -1;
        }
        asked->documents.items[i] = INTS(*documents)[i] << POSITION_BITS | i;
    }
    asked->documents.size = documents->size;
    failed = merge_sort(&asked->documents);
    for (i = 0; i < documents->size && failed >= 0; i++)
        asked->ascending[i] = asked->documents.items[i] >> POSITION_BITS;
    if (failed < 0)
        PyErr_NoMemory();
    return failed < 0 ? -1 : 0;
}

KERNEL(feedback)
{
    Asked asked;
    Common common;
    Column documents, leading, shares;
    npy_intp i, wanted;
    double saturation, factor;
    PyObject *added = NULL, *stems = NULL;
    if (count != 8)
        return expected("columns, documents, leading ones, shares, saturation, factor, how many are wanted, is_stem");
    memset(&asked, 0, sizeof(asked));
    memset(&common, 0, sizeof(common));
    saturation = PyFloat_AsDouble(arguments[4]);
    factor = PyFloat_AsDouble(arguments[5]);
    wanted = PyLong_AsSsize_t(arguments[6]);
    asked.is_stem = arguments[7];
    if (PyErr_Occurred() || take_ints(arguments[1], &documents) < 0 || take_ints(arguments[2], &leading) < 0
        || take(arguments[3], 'f', 8, &shares) < 0 || take_asked(arguments[0], &asked) < 0
        || sort_documents(&documents, &asked) < 0)
        goto done;
    if (wanted < 1 || wanted > 1024 || leading.size != shares.size) {
        PyErr_SetString(PyExc_ValueError, "shares, or how many words are wanted, make no sense");
        goto done;
    }
    if (find_common(PyTuple_GET_ITEM(arguments[0], 0), &leading, &shares, &asked.penalties, (float)saturation, wanted,
                    &common) < 0)
        goto done;
    i = common.stems_size * asked.size;
    asked.found = PyMem_Calloc((size_t)(i + 1), sizeof(Found));
    if (asked.found == NULL) {
        PyErr_NoMemory();
        goto done;
    }
    if (find_stems(&asked, common.stems, common.stems_size) < 0 || weigh(&asked, &common, &shares) < 0)
        goto done;
    stems = as_list(&common);
    if (stems != NULL)
        added = added_by(&asked, &common, factor);
done:
    drop_common(&common);
    PyMem_Free(asked.found);
    PyMem_Free(asked.places);
    PyMem_Free(asked.ascending);
    PyMem_RawFree(asked.documents.items);
    if (added == NULL) {
        Py_XDECREF(stems);
        return NULL;
    }
    return Py_BuildValue("(NN)", added, stems);
}
