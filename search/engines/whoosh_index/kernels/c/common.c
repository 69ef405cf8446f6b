/* The stems that some documents have in common, out of their forward columns. */
#include "kernels.h"

/* A listed stem of one language, see `StemColumns` in arguments.py. */
typedef struct {
    npy_intp first; /* the number that the first of them has as a term */
    Column bytes, starts, first_posting, first_form, forms;
} Stems;

/* The forward column of a segment and what its terms are, see `ForwardColumns` in arguments.py. */
typedef struct {
    int64_t base;
    npy_intp documents, languages;
    Column starts, steps, weights, bytes, form_starts, first_posting;
    Stems *stems; /* freed by drop_columns */
} Forward;

static void
drop_columns(Forward *columns, Py_ssize_t count)
{
    Py_ssize_t i;
    for (i = 0; i < count; i++)
        PyMem_Free(columns[i].stems);
    PyMem_Free(columns);
}

static int
take_stems(PyObject *object, Stems *stems)
{
    PyObject **items;
    if (!PyTuple_Check(object) || PyTuple_GET_SIZE(object) != 6) {
        expected("the columns of stems");
        return -1;
    }
    items = ((PyTupleObject *)object)->ob_item;
    stems->first = PyLong_AsSsize_t(items[0]);
    if (PyErr_Occurred() || take(items[1], 'u', 1, &stems->bytes) < 0 || take(items[2], 'u', 0, &stems->starts) < 0
        || take(items[3], 'u', 0, &stems->first_posting) < 0 || take(items[4], 'u', 0, &stems->first_form) < 0
        || take(items[5], 'u', 0, &stems->forms) < 0)
        return -1;
    if (stems->starts.size < 1 || stems->first_posting.size != stems->starts.size
        || stems->first_form.size != stems->starts.size) {
        out_of_bounds("stem");
        return -1;
    }
    return 0;
}

static int
take_forward(PyObject *object, Forward *columns)
{
    PyObject **items;
    Py_ssize_t i;
    npy_intp end;
    if (!PyTuple_Check(object) || PyTuple_GET_SIZE(object) != 9
        || !PyTuple_Check(PyTuple_GET_ITEM(object, 8))) {
        expected("a forward column");
        return -1;
    }
    items = ((PyTupleObject *)object)->ob_item;
    columns->base = PyLong_AsLongLong(items[0]);
    columns->documents = PyErr_Occurred() ? 0 : PyLong_AsSsize_t(items[1]);
    if (PyErr_Occurred() || take(items[2], 'u', 0, &columns->starts) < 0 || take(items[3], 'u', 2, &columns->steps) < 0
        || take(items[4], 'u', 1, &columns->weights) < 0 || take(items[5], 'u', 1, &columns->bytes) < 0
        || take(items[6], 'u', 0, &columns->form_starts) < 0 || take(items[7], 'u', 0, &columns->first_posting) < 0)
        return -1;
    if (columns->documents < 0 || columns->starts.size != columns->documents + 1
        || columns->steps.size != columns->weights.size || columns->form_starts.size < 1
        || columns->first_posting.size != columns->form_starts.size) {
        out_of_bounds("term");
        return -1;
    }
    columns->languages = PyTuple_GET_SIZE(items[8]);
    columns->stems = PyMem_Malloc((size_t)(columns->languages + 1) * sizeof(Stems));
    if (columns->stems == NULL) {
        PyErr_NoMemory();
        return -1;
    }
    end = columns->form_starts.size - 1;
    for (i = 0; i < columns->languages; i++) {
        if (take_stems(PyTuple_GET_ITEM(items[8], i), columns->stems + i) < 0)
            return -1;
        if (columns->stems[i].first != end) {
            out_of_bounds("stem");
            return -1;
        }
        end += columns->stems[i].starts.size - 1;
    }
    return 0;
}

/* Take the forward columns of some segments into memory that drop_columns frees; NULL with an exception set. */
static Forward *
take_columns(PyObject *object, Py_ssize_t *count)
{
    Forward *columns;
    Py_ssize_t i;
    if (!PyTuple_Check(object)) {
        expected("forward columns");
        return NULL;
    }
    *count = PyTuple_GET_SIZE(object);
    columns = PyMem_Calloc((size_t)(*count + 1), sizeof(Forward));
    if (columns == NULL)
        PyErr_NoMemory();
    for (i = 0; columns != NULL && i < *count; i++)
        if (take_forward(PyTuple_GET_ITEM(object, i), columns + i) < 0) {
            drop_columns(columns, *count);
            return NULL;
        }
    return columns;
}

/* The stems that a term is one of, NULL where it is a form. *own* is its number among them; -1 where there is no
   such term. */
static const Stems *
stems_of(const Forward *columns, int64_t term, npy_intp *own)
{
    npy_intp i;
    *own = term < columns->form_starts.size - 1 ? (npy_intp)term : -1;
    for (i = columns->languages - 1; i >= 0; i--)
        if (term >= columns->stems[i].first) {
            *own = (npy_intp)term - columns->stems[i].first;
            if (*own >= columns->stems[i].starts.size - 1)
                *own = -1;
            return columns->stems + i;
        }
    return NULL;
}

/* How many documents have a term, -1 where the columns are altered. */
static int64_t
size_of(const Forward *columns, int64_t term)
{
    npy_intp own;
    const Stems *stems = stems_of(columns, term, &own);
    if (own < 0)
        return -1;
    if (stems != NULL) {
        int64_t listed = (int64_t)(number(&stems->first_posting, own + 1) - number(&stems->first_posting, own));
        uint64_t form = number(&stems->first_form, own);
        if (listed != 0)
            return listed;
        /* a stem with one form has no list of its own */
        if (form >= (uint64_t)stems->forms.size)
            return -1;
        form = number(&stems->forms, (npy_intp)form);
        if (form >= (uint64_t)columns->form_starts.size - 1)
            return -1;
        own = (npy_intp)form;
    }
    return (int64_t)(number(&columns->first_posting, own + 1) - number(&columns->first_posting, own));
}

/* The string of a term; NULL where the columns are altered. */
static const char *
string_of(const Forward *columns, int64_t term, npy_intp *length)
{
    npy_intp own;
    const Stems *stems = stems_of(columns, term, &own);
    const Column *bytes = stems == NULL ? &columns->bytes : &stems->bytes;
    const Column *starts = stems == NULL ? &columns->form_starts : &stems->starts;
    uint64_t first, last;
    if (own < 0)
        return NULL;
    first = number(starts, own);
    last = number(starts, own + 1);
    if (first > last || last > (uint64_t)bytes->size)
        return NULL;
    *length = (npy_intp)(last - first);
    return bytes->at + first;
}

/* Whether a document is one of a segment whose terms can be read. */
static int
has_terms(const Forward *columns, int64_t document)
{
    return document >= columns->base && document - columns->base < columns->documents;
}

/* How many terms the columns have of some documents, or more; -1 where the columns are altered. */
static npy_intp
count_terms(const Forward *columns, Py_ssize_t segments, const Column *documents, const Penalties *penalties)
{
    npy_intp i, found = 0;
    Py_ssize_t place;
    for (place = 0; place < segments; place++)
        for (i = 0; i < documents->size; i++)
            if (has_terms(columns + place, INTS(*documents)[i])) {
                npy_intp local = (npy_intp)(INTS(*documents)[i] - columns[place].base);
                uint64_t first = number(&columns[place].starts, local);
                uint64_t last = number(&columns[place].starts, local + 1);
                if (first > last || last > (uint64_t)columns[place].steps.size
                    || INTS(*documents)[i] >= penalties->lengths.size)
                    return -1;
                found += (npy_intp)(last - first);
            }
    return found;
}

/* Have what `size_of` reads first on its way from memory. */
static void
fetch_size_of(const Forward *columns, int64_t term)
{
    npy_intp own;
    const Stems *stems = stems_of(columns, term, &own);
    const Column *sizes = stems == NULL ? &columns->first_posting : &stems->first_posting;
    if (own < 0)
        return;
    __builtin_prefetch(sizes->at + own * sizes->width);
    if (stems != NULL)
        __builtin_prefetch(stems->first_form.at + own * stems->first_form.width);
}

/* Write the terms of a document of a segment; how many there are, -1 where the columns are altered. */
static npy_intp
write_terms(const Forward *columns, npy_intp local, npy_intp owner, const Penalties *penalties, float saturation,
            TermOf *out)
{
    npy_intp i, found = 0, first = (npy_intp)number(&columns->starts, local);
    npy_intp last = (npy_intp)number(&columns->starts, local + 1);
    float penalty = penalty_of(penalties, columns->base + local);
    int64_t term = 0;
    for (i = first; i < last; i++) {
        float weight = (float)((const uint8_t *)columns->weights.at)[i];
        term += ((const uint16_t *)columns->steps.at)[i];
        if (weight == 0)
            continue;
        fetch_size_of(columns, term);
        out[found].owner = owner;
        out[found].term = term;
        out[found++].saturated = weight * saturation / (weight + penalty);
    }
    for (i = 0; i < found; i++) {
        int64_t size = size_of(columns, out[i].term);
        if (size < 0)
            return -1;
        out[i].weight = out[i].saturated * idf_of(columns->documents, size);
    }
    return found;
}

/* What the terms of a segment weigh, or the stems of several segments. */
typedef struct {
    double sum;
    const char *at; /* of stems their string */
    npy_intp length;
    int64_t number; /* of terms their number, of stems which they are */
    npy_intp place; /* of terms which of the stems it is, of stems which of those chosen; -1 of none */
    int is_form;    /* of stems, whether one is a form, its own stem, somewhere */
} Weighed;

typedef struct {
    Weighed *terms, *stems;
    npy_intp *slots, *of_strings, *chosen, mask;
} Room;

static inline int
is_heavier(const Weighed *left, const Weighed *right)
{
    return left->sum > right->sum || (left->sum == right->sum && left->number < right->number);
}

/* Write which of the *size* items are heaviest, *most* at most, the heaviest first and of equal ones the lowest number;
   returns how many. */
static npy_intp
heaviest_of(const Weighed *items, npy_intp size, npy_intp most, npy_intp *chosen)
{
    npy_intp i, found = 0;
    for (i = 0; i < size; i++) {
        npy_intp at = found;
        for (; at > 0 && is_heavier(items + i, items + chosen[at - 1]); at--)
            if (at < most)
                chosen[at] = chosen[at - 1];
        if (at < most)
            chosen[at] = i;
        found += found < most;
    }
    return found;
}

/* Put what was chosen in order of its numbers. */
static void
sort_by_number(const Weighed *items, npy_intp *chosen, npy_intp size)
{
    npy_intp i, at;
    for (i = 1; i < size; i++) {
        npy_intp own = chosen[i];
        for (at = i; at > 0 && items[chosen[at - 1]].number > items[own].number; at--)
            chosen[at] = chosen[at - 1];
        chosen[at] = own;
    }
}

static inline npy_intp
slot_of(uint64_t key, npy_intp mask)
{
    return (npy_intp)(key * 0x9E3779B97F4A7C15u >> 32) & mask;
}

/* Sum up terms that are all of one segment, and note down which each is; returns how many there are. *before* terms
   of other segments have slots, which are free again. */
static npy_intp
sum_terms(TermOf *terms, npy_intp size, npy_intp before, const double *shares, const Room *room)
{
    npy_intp i, found = 0;
    for (i = 0; i < size; i++) {
        npy_intp slot = slot_of((uint64_t)terms[i].term, room->mask);
        while (room->slots[slot] > before && room->terms[room->slots[slot] - before - 1].number != terms[i].term)
            slot = (slot + 1) & room->mask;
        if (room->slots[slot] <= before) {
            room->terms[found].number = terms[i].term;
            room->terms[found].sum = 0;
            room->terms[found].place = -1;
            room->slots[slot] = before + ++found;
        }
        terms[i].stem = room->slots[slot] - before - 1;
        room->terms[terms[i].stem].sum += terms[i].weight * shares[terms[i].owner];
    }
    return found;
}

/* Which of the *size* stems is *string*; of a new one *size*, and its place is taken. */
static npy_intp
stem_of(const Room *room, npy_intp size, const char *string, npy_intp length)
{
    uint64_t key = (uint64_t)length;
    npy_intp i, slot;
    for (i = 0; i < length; i++)
        key = key * 31 + (uint8_t)string[i];
    for (slot = slot_of(key, room->mask); room->of_strings[slot]; slot = (slot + 1) & room->mask) {
        const Weighed *stem = room->stems + room->of_strings[slot] - 1;
        if (stem->length == length && memcmp(stem->at, string, (size_t)length) == 0)
            return room->of_strings[slot] - 1;
    }
    room->of_strings[slot] = size + 1;
    return size;
}

/* Add the *wanted* heaviest of the terms of a segment to the stems, in order of their numbers, and note down which
   they are. Returns how many stems there are then, -1 where the columns are altered. */
static npy_intp
add_stems(const Forward *columns, const Room *room, npy_intp terms, npy_intp wanted, npy_intp stems)
{
    npy_intp i, kept = heaviest_of(room->terms, terms, wanted, room->chosen);
    sort_by_number(room->terms, room->chosen, kept);
    for (i = 0; i < kept; i++) {
        Weighed *term = room->terms + room->chosen[i], *stem;
        npy_intp length = 0;
        const char *string = string_of(columns, term->number, &length);
        if (string == NULL)
            return -1;
        term->place = stem_of(room, stems, string, length);
        stem = room->stems + term->place;
        if (term->place == stems) {
            stem->at = string;
            stem->length = length;
            stem->sum = 0;
            stem->number = stems;
            stem->place = -1;
            stem->is_form = 0;
            stems++;
        }
        stem->sum += term->sum;
        stem->is_form |= term->number < columns->form_starts.size - 1;
    }
    return stems;
}

static void
leave_room(Room *room)
{
    PyMem_Free(room->terms);
    PyMem_Free(room->stems);
    PyMem_Free(room->slots);
    PyMem_Free(room->of_strings);
    PyMem_Free(room->chosen);
}

static int
make_room_for(Room *room, npy_intp size, npy_intp stems, npy_intp wanted)
{
    for (room->mask = 15; room->mask < 2 * size || room->mask < 2 * stems; room->mask = 2 * room->mask + 1)
        ;
    room->terms = PyMem_Malloc((size_t)(size + 1) * sizeof(Weighed));
    room->stems = PyMem_Malloc((size_t)(stems + 1) * sizeof(Weighed));
    room->slots = PyMem_Calloc((size_t)(room->mask + 1), sizeof(npy_intp));
    room->of_strings = PyMem_Calloc((size_t)(room->mask + 1), sizeof(npy_intp));
    room->chosen = PyMem_Malloc((size_t)(wanted + 1) * sizeof(npy_intp));
    if (room->terms != NULL && room->stems != NULL && room->slots != NULL && room->of_strings != NULL
        && room->chosen != NULL)
        return 0;
    PyErr_NoMemory();
    return -1;
}

/* Write what each weight of a document counts: its share, divided by the length of its vector. */
void
count_by_length(const double *shares, const double *squares, npy_intp size, double *out)
{
    npy_intp i;
    for (i = 0; i < size; i++)
        out[i] = shares[i] / sqrt(squares[i] > 1e-12 ? squares[i] : 1e-12);
}

/* Choose the stems out of terms of some segments; -1 with an exception set. */
static int
choose_stems(const Forward *columns, Py_ssize_t segments, const npy_intp *ends, const double *counted,
             npy_intp wanted, Common *common)
{
    Room room = {NULL, NULL, NULL, NULL, NULL, 0};
    npy_intp i, first = 0, stems = 0, used = 0, summed = 0, failed = -1;
    Py_ssize_t place;
    for (place = 0; place < segments; place++)
        used += ends[place] > (place ? ends[place - 1] : 0);
    if (make_room_for(&room, common->size, used * wanted, wanted) < 0)
        goto done;
    for (place = 0; place < segments; place++) {
        npy_intp found = sum_terms(common->terms + first, ends[place] - first, summed, counted, &room);
        summed += found;
        stems = add_stems(columns + place, &room, found, wanted, stems);
        if (stems < 0) {
            out_of_bounds("string");
            goto done;
        }
        for (; first < ends[place]; first++)
            common->terms[first].stem = room.terms[common->terms[first].stem].place;
    }
    common->stems_size = heaviest_of(room.stems, stems, wanted, room.chosen);
    common->stems = PyMem_Calloc((size_t)(common->stems_size + 1), sizeof(Stem));
    if (common->stems == NULL) {
        PyErr_NoMemory();
        goto done;
    }
    for (i = 0; i < common->stems_size; i++) {
        Weighed *stem = room.stems + room.chosen[i];
        common->stems[i].at = stem->at;
        common->stems[i].length = stem->length;
        common->stems[i].is_form = stem->is_form;
        stem->place = i;
    }
    for (i = 0; i < common->size; i++)
        if (common->terms[i].stem >= 0)
            common->terms[i].stem = room.stems[common->terms[i].stem].place;
    failed = 0;
done:
    leave_room(&room);
    return (int)failed;
}

void
drop_common(Common *common)
{
    PyMem_Free(common->terms);
    PyMem_Free(common->stems);
    PyMem_Free(common->squares);
}

/* Find the *wanted* heaviest stems of some documents that count as *shares* say, out of their forward columns. What
   is found is dropped by drop_common, also after a failure: -1 with an exception set. */
int
find_common(PyObject *object, const Column *documents, const Column *shares, const Penalties *penalties,
            float saturation, npy_intp wanted, Common *common)
{
    npy_intp i, room, *ends = NULL;
    Py_ssize_t segments, place;
    double *counted = NULL;
    int failed = -1;
    Forward *columns;
    memset(common, 0, sizeof(Common));
    columns = take_columns(object, &segments);
    if (columns == NULL)
        return -1;
    room = count_terms(columns, segments, documents, penalties);
    if (room < 0) {
        out_of_bounds("term");
        goto done;
    }
    common->terms = PyMem_Malloc((size_t)(room + 1) * sizeof(TermOf));
    common->squares = PyMem_Calloc((size_t)(documents->size + 1), sizeof(double));
    counted = PyMem_Malloc((size_t)(documents->size + 1) * sizeof(double));
    ends = PyMem_Malloc((size_t)(segments + 1) * sizeof(npy_intp));
    if (common->terms == NULL || common->squares == NULL || counted == NULL || ends == NULL) {
        PyErr_NoMemory();
        goto done;
    }
    for (place = 0; place < segments; place++) {
        for (i = 0; i < documents->size; i++)
            if (has_terms(columns + place, INTS(*documents)[i])) {
                npy_intp local = (npy_intp)(INTS(*documents)[i] - columns[place].base);
                npy_intp more = write_terms(columns + place, local, i, penalties, saturation,
                                            common->terms + common->size);
                if (more < 0) {
                    out_of_bounds("term");
                    goto done;
                }
                common->size += more;
            }
        ends[place] = common->size;
    }
    for (i = 0; i < common->size; i++)
        common->squares[common->terms[i].owner] += common->terms[i].weight * common->terms[i].weight;
    count_by_length((const double *)shares->at, common->squares, documents->size, counted);
    failed = choose_stems(columns, segments, ends, counted, wanted, common);
done:
    PyMem_Free(counted);
    PyMem_Free(ends);
    drop_columns(columns, segments);
    return failed;
}
