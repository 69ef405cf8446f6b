/* The words that some documents have in common, out of their forward columns. */
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

typedef struct {
    int64_t *owners, *places, *terms;
    float *saturated;
    double *rarities;
} Terms;

/* Write the terms of a document of a segment; how many there are, -1 where the columns are altered. */
static npy_intp
write_terms(const Forward *columns, npy_intp local, int64_t owner, int64_t place, const Penalties *penalties,
            float saturation, const Terms *out, npy_intp at)
{
    npy_intp i, found = 0, first = (npy_intp)number(&columns->starts, local);
    npy_intp last = (npy_intp)number(&columns->starts, local + 1);
    float penalty = penalty_of(penalties, columns->base + local);
    int64_t term = 0;
    for (i = first; i < last; i++) {
        float weight = (float)((const uint8_t *)columns->weights.at)[i];
        int64_t size;
        term += ((const uint16_t *)columns->steps.at)[i];
        if (weight == 0)
            continue;
        size = size_of(columns, term);
        if (size < 0)
            return -1;
        out->owners[at + found] = owner;
        out->places[at + found] = place;
        out->terms[at + found] = term;
        out->saturated[at + found] = weight * saturation / (weight + penalty);
        out->rarities[at + found++] = 1 + ((double)(columns->documents - size) + 0.5) / ((double)size + 0.5);
    }
    return found;
}

/* Whether a document is one of a segment whose terms can be read. */
static int
has_terms(const Forward *columns, int64_t document)
{
    return document >= columns->base && document - columns->base < columns->documents;
}

KERNEL(terms_of)
{
    Column documents;
    Penalties penalties;
    Forward *columns;
    Py_ssize_t segments, place;
    PyObject *made[5] = {NULL}, *result = NULL;
    float saturation;
    npy_intp i, room = 0, found = 0;
    int is_altered = 0;
    if (count != 4)
        return expected("forward columns, documents, penalties, saturation");
    saturation = (float)PyFloat_AsDouble(arguments[3]);
    if (PyErr_Occurred() || take_ints(arguments[1], &documents) < 0 || take_penalties(arguments[2], &penalties) < 0)
        return NULL;
    columns = take_columns(arguments[0], &segments);
    if (columns == NULL)
        return NULL;
    for (place = 0; place < segments && !is_altered; place++)
        for (i = 0; i < documents.size && !is_altered; i++)
            if (has_terms(columns + place, INTS(documents)[i])) {
                npy_intp local = (npy_intp)(INTS(documents)[i] - columns[place].base);
                uint64_t first = number(&columns[place].starts, local);
                uint64_t last = number(&columns[place].starts, local + 1);
                is_altered = first > last || last > (uint64_t)columns[place].steps.size
                             || INTS(documents)[i] >= penalties.lengths.size;
                room += is_altered ? 0 : (npy_intp)(last - first);
            }
    if (!is_altered) {
        Terms out;
        for (i = 0; i < 5; i++) {
            made[i] = PyArray_SimpleNew(1, &room, i < 3 ? NPY_INT64 : i == 3 ? NPY_FLOAT32 : NPY_FLOAT64);
            if (made[i] == NULL)
                goto done;
        }
        out.owners = INT_ITEMS(made[0]);
        out.places = INT_ITEMS(made[1]);
        out.terms = INT_ITEMS(made[2]);
        out.saturated = FLOAT_ITEMS(made[3]);
        out.rarities = PyArray_DATA((PyArrayObject *)made[4]);
        for (place = 0; place < segments && !is_altered; place++)
            for (i = 0; i < documents.size && !is_altered; i++)
                if (has_terms(columns + place, INTS(documents)[i])) {
                    npy_intp more = write_terms(columns + place, (npy_intp)(INTS(documents)[i] - columns[place].base),
                                                i, place, &penalties, saturation, &out, found);
                    is_altered = more < 0;
                    found += more;
                }
    }
    if (is_altered)
        out_of_bounds("term");
    for (i = 0; i < 5 && !is_altered; i++)
        if (shorten(made[i], found) < 0)
            goto done;
    if (!is_altered)
        result = PyTuple_Pack(5, made[0], made[1], made[2], made[3], made[4]);
done:
    for (i = 0; i < 5; i++)
        Py_XDECREF(made[i]);
    drop_columns(columns, segments);
    return result;
}

/* What terms of a segment weigh, or the stems of several segments. */
typedef struct {
    double sum;
    const char *at; /* of stems their string */
    npy_intp length;
    int64_t number; /* of terms their number, of stems which they are */
    npy_intp place; /* of terms which of the stems it is, of stems which of those chosen; -1 of none */
} Weighed;

/* Write which of the *size* items are heaviest, *most* at most, the heaviest first and of equal ones the lowest number;
   returns how many. */
static npy_intp
heaviest_of(const Weighed *items, npy_intp size, npy_intp most, npy_intp *chosen)
{
    npy_intp i, found = 0;
    for (i = 0; i < size; i++) {
        const Weighed *item = items + i, *other;
        npy_intp at = found;
        for (; at > 0; at--) {
            other = items + chosen[at - 1];
            if (!(item->sum > other->sum || (item->sum == other->sum && item->number < other->number)))
                break;
            if (at < most)
                chosen[at] = chosen[at - 1];
        }
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

typedef struct {
    Weighed *terms, *stems;
    npy_intp *slots, *chosen, mask;
} Room;

/* Sum up the terms of the items from *first* up to *last*, all of one segment, and note down which each item has;
   returns how many there are. */
static npy_intp
sum_terms(const int64_t *terms, const int64_t *owners, const double *weights, const double *shares, npy_intp first,
          npy_intp last, const Room *room, int64_t *which)
{
    npy_intp i, found = 0;
    memset(room->slots, 0, (size_t)(room->mask + 1) * sizeof(npy_intp));
    for (i = first; i < last; i++) {
        npy_intp slot = (npy_intp)((uint64_t)terms[i] * 0x9E3779B97F4A7C15u >> 32) & room->mask;
        while (room->slots[slot] && room->terms[room->slots[slot] - 1].number != terms[i])
            slot = (slot + 1) & room->mask;
        if (!room->slots[slot]) {
            room->terms[found].number = terms[i];
            room->terms[found].sum = 0;
            room->terms[found].place = -1;
            room->slots[slot] = ++found;
        }
        which[i] = room->slots[slot] - 1;
        room->terms[which[i]].sum += weights[i] * shares[owners[i]];
    }
    return found;
}

/* Which of the *size* stems is *string*; *size* where it is none of them. */
static npy_intp
stem_of(const Weighed *stems, npy_intp size, const char *string, npy_intp length)
{
    npy_intp i;
    for (i = 0; i < size; i++)
        if (stems[i].length == length && memcmp(stems[i].at, string, (size_t)length) == 0)
            break;
    return i;
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
        term->place = stem_of(room->stems, stems, string, length);
        stem = room->stems + term->place;
        if (term->place == stems) {
            stem->at = string;
            stem->length = length;
            stem->sum = 0;
            stem->number = stems;
            stem->place = -1;
            stems++;
        }
        stem->sum += term->sum;
    }
    return stems;
}

static int
make_room_for(Room *room, npy_intp size, npy_intp stems, npy_intp wanted)
{
    for (room->mask = 15; room->mask < 2 * size; room->mask = 2 * room->mask + 1)
        ;
    room->terms = PyMem_Malloc((size_t)(size + 1) * sizeof(Weighed));
    room->stems = PyMem_Malloc((size_t)(stems + 1) * sizeof(Weighed));
    room->slots = PyMem_Malloc((size_t)(room->mask + 1) * sizeof(npy_intp));
    room->chosen = PyMem_Malloc((size_t)(wanted + 1) * sizeof(npy_intp));
    if (room->terms != NULL && room->stems != NULL && room->slots != NULL && room->chosen != NULL)
        return 0;
    PyErr_NoMemory();
    return -1;
}

/* The strings of those of the stems that are chosen, as a list; each stem notes down which it is. */
static PyObject *
strings_of(Weighed *stems, const npy_intp *chosen, npy_intp size)
{
    PyObject *strings = PyList_New(size);
    npy_intp i;
    for (i = 0; strings != NULL && i < size; i++) {
        PyObject *string = PyUnicode_DecodeUTF8(stems[chosen[i]].at, stems[chosen[i]].length, NULL);
        stems[chosen[i]].place = i;
        if (string == NULL)
            Py_CLEAR(strings);
        else
            PyList_SET_ITEM(strings, i, string);
    }
    return strings;
}

KERNEL(heaviest_stems)
{
    Column owners, places, terms, weights, shares;
    Forward *columns;
    Room room = {NULL, NULL, NULL, NULL, 0};
    Py_ssize_t segments, place, used = 0;
    PyObject *strings = NULL, *which = NULL;
    npy_intp i, first, wanted, stems = 0, kept, size;
    if (count != 7)
        return expected("forward columns, owners, places, terms, weights, shares, how many are wanted");
    wanted = PyLong_AsSsize_t(arguments[6]);
    if (PyErr_Occurred() || take_ints(arguments[1], &owners) < 0 || take_ints(arguments[2], &places) < 0
        || take_ints(arguments[3], &terms) < 0 || take(arguments[4], 'f', 8, &weights) < 0
        || take(arguments[5], 'f', 8, &shares) < 0)
        return NULL;
    size = terms.size;
    if (wanted < 1 || wanted > 1024 || owners.size != size || places.size != size || weights.size != size) {
        PyErr_SetString(PyExc_ValueError, "terms, or how many are wanted, make no sense");
        return NULL;
    }
    columns = take_columns(arguments[0], &segments);
    if (columns == NULL)
        return NULL;
    for (i = 0; i < size; i++) {
        int64_t own = INTS(places)[i];
        if (own < 0 || own >= segments || (i > 0 && own < INTS(places)[i - 1]) || INTS(owners)[i] < 0
            || INTS(owners)[i] >= shares.size || INTS(terms)[i] < 0) {
            out_of_bounds("term");
            goto done;
        }
        used += i == 0 || own != INTS(places)[i - 1];
    }
    which = new_ints(size);
    if (which == NULL || make_room_for(&room, size, used * wanted, wanted) < 0)
        goto done;
    for (first = 0; first < size; first = i) {
        npy_intp found;
        place = (Py_ssize_t)INTS(places)[first];
        for (i = first; i < size && INTS(places)[i] == place; i++)
            ;
        found = sum_terms(INTS(terms), INTS(owners), (const double *)weights.at, (const double *)shares.at, first, i,
                          &room, INT_ITEMS(which));
        stems = add_stems(columns + place, &room, found, wanted, stems);
        if (stems < 0) {
            out_of_bounds("string");
            goto done;
        }
        for (; first < i; first++)
            INT_ITEMS(which)[first] = room.terms[INT_ITEMS(which)[first]].place;
    }
    kept = heaviest_of(room.stems, stems, wanted, room.chosen);
    strings = strings_of(room.stems, room.chosen, kept);
    for (i = 0; i < size && strings != NULL; i++)
        if (INT_ITEMS(which)[i] >= 0)
            INT_ITEMS(which)[i] = room.stems[INT_ITEMS(which)[i]].place;
done:
    PyMem_Free(room.terms);
    PyMem_Free(room.stems);
    PyMem_Free(room.slots);
    PyMem_Free(room.chosen);
    drop_columns(columns, segments);
    if (strings == NULL) {
        Py_XDECREF(which);
        return NULL;
    }
    return Py_BuildValue("(NN)", strings, which);
}
