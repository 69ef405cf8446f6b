/* Which words texts have, and where: reading.py is the reference.

   A piece is what stands between white space. Each piece that is met is remembered with its tokens, so that a text costs a look at
   each character and one at the table for each piece, and no string is made of it. */

#include "network.h"

/* A token of a piece that is remembered: its row, and where it is in the piece. */
typedef struct {
    int32_t row;
    uint8_t start, end;
} Token;

/* A piece: its characters and its tokens, as places in the two stores. */
typedef struct {
    uint64_t hash;
    uint32_t letters, tokens;
    uint8_t size, count;
} Piece;

/* Where a token is in its text; -1 both for a border. */
typedef struct {
    int32_t start, end;
} Place;

typedef struct {
    PyObject_HEAD
    PyObject *titles; /* a frozenset: what stands before a name and is one token with its full stop */
    PyObject *desks;  /* a frozenset: what is a token by itself before a hyphen, in small letters */
    PyObject *kinds;  /* a tuple */
    PyTypeObject *span;
    PyObject *rows; /* word -> row */
    PyObject *new;  /* words that have got a row */
    Py_ssize_t next;
    Piece *pieces;
    uint32_t *slots; /* number of a piece + 1, 0 where free */
    Py_ssize_t piece_count, piece_room, slot_count;
    Py_UCS4 *letters;
    Py_ssize_t letter_count, letter_room;
    Token *tokens;
    Py_ssize_t token_count, token_room;
    /* Of the batch that is read. */
    int32_t *words;
    Place *places;
    Py_ssize_t count, room;
} Reader;

/* Make room for *more* items after *count*. Returns 0, or -1 with an exception set. */
static int make_room(void **items, Py_ssize_t *room, Py_ssize_t count, Py_ssize_t more, size_t size) {
    if (count + more <= *room) {
        return 0;
    }
    Py_ssize_t wanted = 2 * (count + more) + 64;
    void *grown = PyMem_Realloc(*items, (size_t)wanted * size);
    if (grown == NULL) {
        PyErr_NoMemory();
        return -1;
    }
    *items = grown;
    *room = wanted;
    return 0;
}

static int add_word(Reader *self, int32_t row, Py_ssize_t start, Py_ssize_t end) {
    if (self->count == self->room) {
        Py_ssize_t room = self->room;
        if (make_room((void **)&self->words, &room, self->count, 1, sizeof *self->words) < 0 ||
            make_room((void **)&self->places, &self->room, self->count, 1, sizeof *self->places) < 0) {
            return -1;
        }
    }
    self->words[self->count] = row;
    self->places[self->count].start = (int32_t)start;
    self->places[self->count++].end = (int32_t)end;
    return 0;
}

/* The row of a word, which is given away; a new one if it has none. -1 with an exception set. */
static int32_t row_of(Reader *self, PyObject *word) {
    if (word == NULL) {
        return -1;
    }
    Py_ssize_t size = PyUnicode_GET_LENGTH(word);
    if (size > MAX_WORD) {
        PyObject *first = PyUnicode_Substring(word, 0, MAX_WORD / 2);
        PyObject *last = PyUnicode_Substring(word, size - MAX_WORD / 2, size);
        Py_DECREF(word);
        word = first != NULL && last != NULL ? PyUnicode_Concat(first, last) : NULL;
        Py_XDECREF(first);
        Py_XDECREF(last);
        if (word == NULL) {
            return -1;
        }
    }
    int32_t row = -1;
    PyObject *known = PyDict_GetItemWithError(self->rows, word);
    if (known != NULL) {
        row = (int32_t)PyLong_AsLong(known);
    } else if (!PyErr_Occurred()) {
        PyObject *number = PyLong_FromSsize_t(self->next);
        if (number != NULL && PyDict_SetItem(self->rows, word, number) == 0 && PyList_Append(self->new, word) == 0) {
            row = (int32_t)self->next++;
        }
        Py_XDECREF(number);
    }
    Py_DECREF(word);
    return row;
}

/* A piece while it is cut: its characters are those from *begin* to *end* of a text. */
typedef struct {
    int kind;
    const void *data;
    Py_ssize_t begin, end;
} Cut;

/* The character at *at*; 0, which is in no class that is asked for, beyond the piece. */
static INLINE Py_UCS4 letter_at(const Cut *cut, Py_ssize_t at) {
    return at < cut->end ? PyUnicode_READ(cut->kind, cut->data, at) : 0;
}

static INLINE int is_apostrophe(Py_UCS4 letter) {
    return letter == '\'' || letter == 0x2019;
}

/* The end of the letters and digits from *at* on. */
static INLINE Py_ssize_t run_end(const Cut *cut, Py_ssize_t at) {
    while (Py_UNICODE_ISALNUM(letter_at(cut, at))) {
        at++;
    }
    return at;
}

/* Whether a possessive ending stands at *at*. */
static int is_possessive(const Cut *cut, Py_ssize_t at) {
    Py_UCS4 letter = letter_at(cut, at + 1);
    return is_apostrophe(letter_at(cut, at)) && (letter == 's' || letter == 'S') &&
           !Py_UNICODE_ISALNUM(letter_at(cut, at + 2));
}

/* Whether ".com" or the like stands at *at*. */
static int is_domain(const Cut *cut, Py_ssize_t at) {
    static const char *const domains[] = {"com", "org", "net"};
    Py_UCS4 after = letter_at(cut, at + 4);
    if (letter_at(cut, at) != '.' || Py_UNICODE_ISALNUM(after) || after == '_') {
        return 0;
    }
    for (int i = 0; i < 3; i++) {
        const char *domain = domains[i];
        if (letter_at(cut, at + 1) == (Py_UCS4)domain[0] && letter_at(cut, at + 2) == (Py_UCS4)domain[1] &&
            letter_at(cut, at + 3) == (Py_UCS4)domain[2]) {
            return 1;
        }
    }
    return 0;
}

/* Whether the characters from *at* to *end* are one of *words*, where they are ASCII and few; in small letters if *is_folded*.
   -1 with an exception set. */
static int is_one_of(PyObject *words, const Cut *cut, Py_ssize_t at, Py_ssize_t end, int is_folded) {
    char made[LONGEST_DESK];
    Py_ssize_t size = end - at;
    if (size > LONGEST_DESK) {
        return 0;
    }
    for (Py_ssize_t i = 0; i < size; i++) {
        Py_UCS4 letter = letter_at(cut, at + i);
        if (letter > 127) {
            return 0;
        }
        made[i] = (char)(is_folded ? Py_TOLOWER(letter) : letter);
    }
    PyObject *word = PyUnicode_FromStringAndSize(made, size);
    int found = word == NULL ? -1 : PySet_Contains(words, word);
    Py_XDECREF(word);
    return found;
}

/* The end of the token that begins at *at*: as the regular expression of tokens.py has it, and in its order. -1 with an
   exception set. */
static Py_ssize_t token_end(const Reader *self, const Cut *cut, Py_ssize_t at) {
    Py_ssize_t end = run_end(cut, at);
    if (end == at) {
        return is_possessive(cut, at) ? at + 2 : at + 1;
    }
    Py_UCS4 after = letter_at(cut, end);
    if (after == '-' && Py_UNICODE_ISALNUM(letter_at(cut, end + 1))) {
        int is_desk = is_one_of(self->desks, cut, at, end, 1);
        if (is_desk != 0) {
            return is_desk < 0 ? -1 : end;
        }
    }
    if (after == '.' && end == at + 1 && !Py_UNICODE_ISDECIMAL(letter_at(cut, at))) {
        do {
            end += 1;
            at = end;
        } while (Py_UNICODE_ISALNUM(letter_at(cut, at)) && !Py_UNICODE_ISDECIMAL(letter_at(cut, at)) &&
                 letter_at(cut, ++end) == '.');
        end = at;
        while (letter_at(cut, end) == '-' && Py_UNICODE_ISALNUM(letter_at(cut, end + 1))) {
            end = run_end(cut, end + 1);
        }
        return end;
    }
    if (after == '.' && end - at < LONGEST_TITLE) {
        int is_title = is_one_of(self->titles, cut, at, end, 0);
        if (is_title != 0) {
            return is_title < 0 ? -1 : end + 1;
        }
    }
    while (1) {
        Py_UCS4 mark = letter_at(cut, end);
        int goes_on = mark == '-' || mark == '&' || (is_apostrophe(mark) && !is_possessive(cut, end)) || is_domain(cut, end) ||
                      ((mark == '.' || mark == ',' || mark == ':') && Py_UNICODE_ISDECIMAL(letter_at(cut, end - 1)) &&
                       Py_UNICODE_ISDECIMAL(letter_at(cut, end + 1)));
        if (!goes_on || !Py_UNICODE_ISALNUM(letter_at(cut, end + 1))) {
            return mark == '+' && !Py_UNICODE_ISALNUM(letter_at(cut, end + 1)) ? end + 1 : end;
        }
        end = run_end(cut, end + 1);
    }
}

/* Add the tokens of a piece that is not remembered. Returns 0, or -1 with an exception set. */
static int add_new(Reader *self, PyObject *text, int kind, const void *data, Py_ssize_t begin, Py_ssize_t size) {
    Cut cut = {kind, data, begin, begin + size};
    for (Py_ssize_t at = begin, end; at < cut.end; at = end) {
        end = token_end(self, &cut, at);
        int32_t row = end < 0 ? -1 : row_of(self, PyUnicode_Substring(text, at, end));
        if (row < 0 || add_word(self, row, at, end) < 0) {
            return -1;
        }
    }
    return 0;
}

static void put(Reader *self, Py_ssize_t number) {
    Py_ssize_t mask = self->slot_count - 1;
    Py_ssize_t slot = (Py_ssize_t)(self->pieces[number].hash >> 20) & mask;
    while (self->slots[slot] != 0) {
        slot = (slot + 1) & mask;
    }
    self->slots[slot] = (uint32_t)number + 1;
}

/* Remember a piece with the words from *first* on. Returns 0, or -1 with an exception set. */
static int remember(Reader *self, int kind, const void *data, Py_ssize_t begin, Py_ssize_t size, uint64_t hash,
                    Py_ssize_t first) {
    Py_ssize_t count = self->count - first;
    if (2 * (self->piece_count + 1) > self->slot_count) {
        Py_ssize_t slots = self->slot_count ? 2 * self->slot_count : 1 << 12;
        uint32_t *grown = PyMem_Calloc((size_t)slots, sizeof *grown);
        if (grown == NULL) {
            PyErr_NoMemory();
            return -1;
        }
        PyMem_Free(self->slots);
        self->slots = grown;
        self->slot_count = slots;
        for (Py_ssize_t i = 0; i < self->piece_count; i++) {
            put(self, i);
        }
    }
    if (make_room((void **)&self->pieces, &self->piece_room, self->piece_count, 1, sizeof *self->pieces) < 0 ||
        make_room((void **)&self->letters, &self->letter_room, self->letter_count, size, sizeof *self->letters) < 0 ||
        make_room((void **)&self->tokens, &self->token_room, self->token_count, count, sizeof *self->tokens) < 0) {
        return -1;
    }
    Piece *piece = &self->pieces[self->piece_count];
    *piece = (Piece){hash, (uint32_t)self->letter_count, (uint32_t)self->token_count, (uint8_t)size, (uint8_t)count};
    for (Py_ssize_t i = 0; i < size; i++) {
        self->letters[self->letter_count++] = PyUnicode_READ(kind, data, begin + i);
    }
    for (Py_ssize_t i = first; i < self->count; i++) {
        self->tokens[self->token_count++] = (Token){self->words[i], (uint8_t)(self->places[i].start - begin),
                                                    (uint8_t)(self->places[i].end - begin)};
    }
    put(self, self->piece_count++);
    return 0;
}

/* Add the tokens of a piece. Returns 0, or -1 with an exception set. */
static INLINE int add_piece(Reader *self, PyObject *text, int kind, const void *data, Py_ssize_t begin, Py_ssize_t size,
                     uint64_t hash) {
    if (self->slot_count) {
        Py_ssize_t mask = self->slot_count - 1;
        for (Py_ssize_t slot = (Py_ssize_t)(hash >> 20) & mask; self->slots[slot] != 0; slot = (slot + 1) & mask) {
            const Piece *piece = &self->pieces[self->slots[slot] - 1];
            if (piece->hash != hash || piece->size != size) {
                continue;
            }
            const Py_UCS4 *letters = self->letters + piece->letters;
            Py_ssize_t same = 0;
            while (same < size && letters[same] == PyUnicode_READ(kind, data, begin + same)) {
                same++;
            }
            if (same < size) {
                continue;
            }
            for (int i = 0; i < piece->count; i++) {
                const Token *token = &self->tokens[piece->tokens + i];
                if (add_word(self, token->row, begin + token->start, begin + token->end) < 0) {
                    return -1;
                }
            }
            return 0;
        }
    }
    Py_ssize_t first = self->count;
    if (add_new(self, text, kind, data, begin, size) < 0) {
        return -1;
    }
    return size <= MAX_WORD ? remember(self, kind, data, begin, size, hash, first) : 0;
}

static const uint64_t HASH_START = 0xcbf29ce484222325u, HASH_STEP = 0x9e3779b97f4a7c15u;

/* Add the tokens of a text, a line end between lines that are not blank: tokens.pieces_of, and what reading.Reader makes of it. */
static INLINE int add_text_of(Reader *self, PyObject *text, int kind) {
    Py_ssize_t count = PyUnicode_GET_LENGTH(text), line = 0, begin = -1;
    int is_line_begun = 0, has_pieces = 0;
    const void *data = PyUnicode_DATA(text);
    uint64_t hash = HASH_START;
    for (Py_ssize_t i = 0; i <= count; i++) {
        Py_UCS4 character = i < count ? PyUnicode_READ(kind, data, i) : '\n';
        if (!Py_UNICODE_ISSPACE(character)) {
            if (begin < 0) {
                begin = i;
                hash = HASH_START;
            }
            hash = (hash ^ character) * HASH_STEP;
            hash ^= hash >> 29;
            continue;
        }
        if (begin >= 0) {
            if (!is_line_begun && has_pieces) {
                int32_t row = row_of(self, PyUnicode_FromString("\n"));
                if (row < 0 || add_word(self, row, line - 1, line) < 0) {
                    return -1;
                }
            }
            is_line_begun = has_pieces = 1;
            if (add_piece(self, text, kind, data, begin, i - begin, hash) < 0) {
                return -1;
            }
            begin = -1;
        }
        if (character == '\n') {
            line = i + 1;
            is_line_begun = 0;
        }
    }
    return 0;
}

/* The loop over characters is one for each width that these may have. */
static int add_text(Reader *self, PyObject *text) {
    switch (PyUnicode_KIND(text)) {
    case PyUnicode_1BYTE_KIND:
        return add_text_of(self, text, PyUnicode_1BYTE_KIND);
    case PyUnicode_2BYTE_KIND:
        return add_text_of(self, text, PyUnicode_2BYTE_KIND);
    default:
        return add_text_of(self, text, PyUnicode_4BYTE_KIND);
    }
}

PyDoc_STRVAR(read_doc, "read(texts) -> (words, places), as bytes.\n\nAs reading.Reader.read; texts is a list.");

static PyObject *reader_read(PyObject *object, PyObject *texts) {
    Reader *self = (Reader *)object;
    if (!PySequence_Check(texts)) {
        PyErr_SetString(PyExc_TypeError, "texts are expected");
        return NULL;
    }
    PyObject *listed = PySequence_Fast(texts, "texts are expected");
    if (listed == NULL) {
        return NULL;
    }
    self->count = 0;
    int failed = add_word(self, BORDER, -1, -1) < 0;
    for (Py_ssize_t i = 0; !failed && i < PySequence_Fast_GET_SIZE(listed); i++) {
        PyObject *text = PySequence_Fast_GET_ITEM(listed, i);
        if (!PyUnicode_Check(text) || PyUnicode_GET_LENGTH(text) >= INT32_MAX) {
            PyErr_SetString(PyExc_TypeError, "texts are strings, of less than 2 GB");
            failed = 1;
            break;
        }
        failed = add_text(self, text) < 0 || add_word(self, BORDER, -1, -1) < 0;
    }
    Py_DECREF(listed);
    if (failed) {
        return NULL;
    }
    return Py_BuildValue("(y#y#)", (const char *)self->words, self->count * (Py_ssize_t)sizeof *self->words,
                         (const char *)self->places, self->count * (Py_ssize_t)sizeof *self->places);
}

/* A Span, as Python makes it. */
static PyObject *span_of(const Reader *self, int32_t start, int32_t end, int kind) {
    PyObject *span = self->span->tp_alloc(self->span, 3);
    if (span == NULL) {
        return NULL;
    }
    PyObject *name = PyTuple_GET_ITEM(self->kinds, kind), *from = PyLong_FromLong(start), *to = PyLong_FromLong(end);
    Py_INCREF(name);
    PyTuple_SET_ITEM(span, 0, from);
    PyTuple_SET_ITEM(span, 1, to);
    PyTuple_SET_ITEM(span, 2, name);
    if (from == NULL || to == NULL) {
        Py_CLEAR(span);
    }
    return span;
}

PyDoc_STRVAR(spans_doc, "spans(places, tags) -> a list of spans for each text.\n\nAs reading.Reader.spans.");

static PyObject *reader_spans(PyObject *object, PyObject *const *args, Py_ssize_t nargs) {
    const Reader *self = (Reader *)object;
    if (nargs != 2) {
        PyErr_SetString(PyExc_TypeError, "spans takes 2 arguments");
        return NULL;
    }
    static const int sizes[] = {1, 1};
    Array arrays[2];
    if (take_all(args, arrays, sizes, 2, 2) < 0) {
        return NULL;
    }
    const Place *places = arrays[0].view.buf;
    const uint8_t *tags = arrays[1].view.buf;
    Py_ssize_t count = arrays[1].items, kinds = PyTuple_GET_SIZE(self->kinds);
    PyObject *found = NULL, *here = NULL;
    if (arrays[0].view.len != count * (Py_ssize_t)sizeof *places) {
        PyErr_SetString(PyExc_ValueError, "a tag for each token is expected");
    } else {
        found = PyList_New(0);
    }
    int32_t start = -1;
    for (Py_ssize_t t = 0; found != NULL && t < count; t++) {
        if (places[t].start < 0) { /* a border: the first is before all texts */
            if (t > 0 && t + 1 == count) {
                break;
            }
            here = PyList_New(0);
            if (here == NULL || PyList_Append(found, here) < 0) {
                Py_CLEAR(found);
            }
            Py_XDECREF(here); /* the list has it */
            start = -1;
            continue;
        }
        if (tags[t] == OUTSIDE) {
            continue;
        }
        int kind = (tags[t] - 1) / 4, part = (tags[t] - 1) % 4;
        if (part == BEGIN || part == UNIT) {
            start = places[t].start;
        }
        if ((part == LAST || part == UNIT) && start >= 0 && kind < kinds && here != NULL) {
            PyObject *span = span_of(self, start, places[t].end, kind);
            if (span == NULL || PyList_Append(here, span) < 0) {
                Py_CLEAR(found);
            }
            Py_XDECREF(span);
            start = -1;
        }
    }
    release(arrays, 2);
    if (found != NULL && count == 1 && PyList_SetSlice(found, 0, 1, NULL) < 0) { /* no text between */
        Py_CLEAR(found);
    }
    return found;
}

PyDoc_STRVAR(taken_new_doc, "taken_new() -> words.\n\nAs reading.Reader.taken_new.");

static PyObject *reader_taken_new(PyObject *object, PyObject *unused) {
    (void)unused;
    Reader *self = (Reader *)object;
    PyObject *empty = PyList_New(0), *new = self->new;
    if (empty == NULL) {
        return NULL;
    }
    self->new = empty;
    return new;
}

static int reader_init(PyObject *object, PyObject *args, PyObject *keywords) {
    (void)keywords;
    Reader *self = (Reader *)object;
    PyObject *titles, *desks, *kinds, *span;
    if (self->rows != NULL) {
        PyErr_SetString(PyExc_RuntimeError, "a reader is made once");
        return -1;
    }
    if (!PyArg_ParseTuple(args, "O!O!O!O!", &PyFrozenSet_Type, &titles, &PyFrozenSet_Type, &desks, &PyTuple_Type, &kinds, &PyType_Type, &span)) {
        return -1;
    }
    if (!PyType_IsSubtype((PyTypeObject *)span, &PyTuple_Type)) {
        PyErr_SetString(PyExc_TypeError, "spans are tuples");
        return -1;
    }
    self->rows = PyDict_New();
    self->new = PyList_New(0);
    if (self->rows == NULL || self->new == NULL) {
        return -1;
    }
    self->titles = Py_NewRef(titles);
    self->desks = Py_NewRef(desks);
    self->kinds = Py_NewRef(kinds);
    self->span = (PyTypeObject *)Py_NewRef(span);
    self->next = BORDER + 1;
    return 0;
}

static void reader_dealloc(PyObject *object) {
    Reader *self = (Reader *)object;
    PyTypeObject *type = Py_TYPE(object);
    Py_XDECREF(self->titles);
    Py_XDECREF(self->desks);
    Py_XDECREF(self->kinds);
    Py_XDECREF((PyObject *)self->span);
    Py_XDECREF(self->rows);
    Py_XDECREF(self->new);
    PyMem_Free(self->pieces);
    PyMem_Free(self->slots);
    PyMem_Free(self->letters);
    PyMem_Free(self->tokens);
    PyMem_Free(self->words);
    PyMem_Free(self->places);
    type->tp_free(object);
    Py_DECREF(type);
}

static PyObject *reader_get_next(PyObject *object, void *unused) {
    (void)unused;
    return PyLong_FromSsize_t(((Reader *)object)->next);
}

static PyObject *reader_get_pieces(PyObject *object, void *unused) {
    (void)unused;
    return PyLong_FromSsize_t(((Reader *)object)->piece_count);
}

static PyMethodDef methods[] = {
    {"read", reader_read, METH_O, read_doc},
    {"spans", (PyCFunction)(void (*)(void))reader_spans, METH_FASTCALL, spans_doc},
    {"taken_new", reader_taken_new, METH_NOARGS, taken_new_doc},
    {NULL, NULL, 0, NULL},
};

static PyGetSetDef properties[] = {
    {"next", reader_get_next, NULL, "The row that the next new word will get.", NULL},
    {"pieces", reader_get_pieces, NULL, "How many pieces are remembered.", NULL},
    {NULL, NULL, NULL, NULL, NULL},
};

static PyType_Slot slots[] = {
    {Py_tp_doc, "Reader(titles, desks, kinds, Span)\n\nAs reading.Reader."},
    {Py_tp_init, reader_init},
    {Py_tp_new, PyType_GenericNew},
    {Py_tp_dealloc, reader_dealloc},
    {Py_tp_methods, methods},
    {Py_tp_getset, properties},
    {0, NULL},
};

static PyType_Spec spec = {
    .name = "search.enrich.entities.network._network.Reader",
    .basicsize = sizeof(Reader),
    .flags = Py_TPFLAGS_DEFAULT,
    .slots = slots,
};

int add_reader(PyObject *module) {
    PyObject *type = PyType_FromSpec(&spec);
    if (type == NULL) {
        return -1;
    }
    int failed = PyModule_AddObjectRef(module, "Reader", type);
    Py_DECREF(type);
    return failed;
}
