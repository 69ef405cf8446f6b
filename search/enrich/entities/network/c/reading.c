/* Which words texts have, and where: reading.py is the reference.

   A piece is what stands between white space. Each piece that is met is remembered with its tokens, so that a text costs a look at
   each character and one at the table for each piece, and no string is made of it. */

#include "network.h"

/* A token of a piece that is remembered: its row, and where it is in the piece. Of a word the row is its number. */
typedef struct {
    int32_t row;
    uint8_t start, end;
    uint16_t unused;
} Token;

/* What a map remembers of one key. After it come its tokens, and after these its characters: bytes, or four bytes each if *is_wide*. */
typedef struct {
    uint32_t size;
    uint8_t count, is_wide;
    uint16_t unused;
} Record;

/* Where a key may be: the hash of it, and the place of its record in the store + 1, 0 where free. */
typedef struct {
    uint32_t hash, at;
} Slot;

/* From characters to tokens. Records lie one after the other, so that a look at one touches a slot and a line of memory. */
typedef struct {
    Slot *slots;
    Py_ssize_t slot_count, count;
    uint64_t *store; /* of eight bytes each, so that a record is aligned */
    Py_ssize_t used, room;
} Map;

/* Characters that are looked up: bytes where none is wider. */
typedef struct {
    const uint8_t *bytes;
    const Py_UCS4 *wide;
    Py_ssize_t size;
    uint32_t hash;
} Key;

/* Room for the characters of a key. */
typedef struct {
    uint8_t bytes[MAX_WORD];
    Py_UCS4 wide[MAX_WORD];
} Letters;

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
    PyObject *new; /* words that have got a row */
    Py_ssize_t next, next_fold;
    Map pieces, rows, folds;
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

/* Make room for *more* tokens of the batch. Returns 0, or -1 with an exception set. */
static int make_room_for_words(Reader *self, Py_ssize_t more) {
    Py_ssize_t room = self->room;
    return make_room((void **)&self->words, &room, self->count, more, sizeof *self->words) < 0 ||
                   make_room((void **)&self->places, &self->room, self->count, more, sizeof *self->places) < 0
               ? -1
               : 0;
}

/* Add a token, for which there is room. */
static INLINE void add_word(Reader *self, int32_t row, Py_ssize_t start, Py_ssize_t end) {
    self->words[self->count] = row;
    self->places[self->count].start = (int32_t)start;
    self->places[self->count++].end = (int32_t)end;
}

static const uint64_t HASH_START = 0xcbf29ce484222325u, HASH_STEP = 0x9e3779b97f4a7c15u;

static INLINE uint64_t mixed(uint64_t hash, uint64_t value) {
    hash = (hash ^ value) * HASH_STEP;
    return hash ^ (hash >> 32);
}

/* Eight bytes at a time; up to *readable* of them may be read, which are no less than there are. */
static INLINE uint32_t hash_of_bytes(const uint8_t *bytes, Py_ssize_t size, Py_ssize_t readable) {
    uint64_t hash = HASH_START + (uint64_t)size, value;
    for (; size >= 8; bytes += 8, size -= 8, readable -= 8) {
        memcpy(&value, bytes, 8);
        hash = mixed(hash, value);
    }
    value = 0;
#if defined(__BYTE_ORDER__) && __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
    if (readable >= 8) {
        memcpy(&value, bytes, 8);
        value &= ((uint64_t)1 << (8 * size)) - 1;
        return (uint32_t)mixed(hash, value);
    }
#else
    (void)readable;
#endif
    for (Py_ssize_t i = 0; i < size; i++) {
        value |= (uint64_t)bytes[i] << (8 * i);
    }
    return (uint32_t)mixed(hash, value);
}

/* The key of *size* characters, MAX_WORD at most, from *begin* on. Bytes of a text are not copied. */
static INLINE Key key_of_letters(int kind, const void *data, Py_ssize_t begin, Py_ssize_t size, Py_ssize_t length,
                                 Letters *letters) {
    Key key = {NULL, NULL, size, 0};
    if (kind == PyUnicode_1BYTE_KIND) {
        key.bytes = (const uint8_t *)data + begin;
        key.hash = hash_of_bytes(key.bytes, size, length - begin);
        return key;
    }
    Py_UCS4 all = 0;
    for (Py_ssize_t i = 0; i < size; i++) {
        Py_UCS4 letter = letters->wide[i] = PyUnicode_READ(kind, data, begin + i);
        letters->bytes[i] = (uint8_t)letter;
        all |= letter;
    }
    if (all <= 0xFF) {
        key.bytes = letters->bytes;
        key.hash = hash_of_bytes(key.bytes, size, MAX_WORD);
        return key;
    }
    key.wide = letters->wide;
    uint64_t hash = HASH_START;
    for (Py_ssize_t i = 0; i < size; i++) {
        hash = mixed(hash, letters->wide[i]);
    }
    key.hash = (uint32_t)hash;
    return key;
}

static INLINE const Token *tokens_of(const Record *record) {
    return (const Token *)(record + 1);
}

/* What is remembered under *key*, NULL if nothing is. */
static INLINE const Record *found_in(const Map *map, const Key *key) {
    if (map->slot_count == 0) {
        return NULL;
    }
    Py_ssize_t mask = map->slot_count - 1;
    for (Py_ssize_t slot = (Py_ssize_t)key->hash & mask; map->slots[slot].at != 0; slot = (slot + 1) & mask) {
        if (map->slots[slot].hash != key->hash) {
            continue;
        }
        const Record *record = (const Record *)(map->store + map->slots[slot].at - 1);
        if ((Py_ssize_t)record->size != key->size || record->is_wide != (key->wide != NULL)) {
            continue;
        }
        const void *letters = tokens_of(record) + record->count;
        if (record->is_wide ? memcmp(letters, key->wide, (size_t)key->size * sizeof *key->wide) == 0
                            : memcmp(letters, key->bytes, (size_t)key->size) == 0) {
            return record;
        }
    }
    return NULL;
}

static void put(Map *map, uint32_t hash, uint32_t at) {
    Py_ssize_t mask = map->slot_count - 1, slot = (Py_ssize_t)hash & mask;
    while (map->slots[slot].at != 0) {
        slot = (slot + 1) & mask;
    }
    map->slots[slot] = (Slot){hash, at};
}

/* Give the map twice as many slots. Returns 0, or -1 with an exception set. */
static int spread(Map *map) {
    Slot *before = map->slots;
    Py_ssize_t count = map->slot_count, wanted = count ? 2 * count : 1 << 12;
    Slot *grown = PyMem_Calloc((size_t)wanted, sizeof *grown);
    if (grown == NULL) {
        PyErr_NoMemory();
        return -1;
    }
    map->slots = grown;
    map->slot_count = wanted;
    for (Py_ssize_t i = 0; i < count; i++) {
        if (before[i].at != 0) {
            put(map, before[i].hash, before[i].at);
        }
    }
    PyMem_Free(before);
    return 0;
}

/* Remember *count* tokens under a key that nothing is remembered under. Returns them, to be filled; NULL with an exception set. */
static Token *remember(Map *map, const Key *key, Py_ssize_t count) {
    size_t letters = (size_t)key->size * (key->wide != NULL ? sizeof *key->wide : 1);
    size_t size = sizeof(Record) + (size_t)count * sizeof(Token) + letters;
    Py_ssize_t more = (Py_ssize_t)((size + sizeof *map->store - 1) / sizeof *map->store);
    if (map->used + more >= UINT32_MAX) {
        PyErr_NoMemory();
        return NULL;
    }
    if ((2 * (map->count + 1) > map->slot_count && spread(map) < 0) ||
        make_room((void **)&map->store, &map->room, map->used, more, sizeof *map->store) < 0) {
        return NULL;
    }
    Record *record = (Record *)(map->store + map->used);
    *record = (Record){(uint32_t)key->size, (uint8_t)count, key->wide != NULL, 0};
    Token *tokens = (Token *)(record + 1);
    memcpy(tokens + count, key->wide != NULL ? (const void *)key->wide : (const void *)key->bytes, letters);
    put(map, key->hash, (uint32_t)map->used + 1);
    map->used += more;
    map->count++;
    return tokens;
}

static void forget(Map *map) {
    PyMem_Free(map->slots);
    PyMem_Free(map->store);
}

/* Remember a number under a key that nothing is remembered under. Returns 0, or -1 with an exception set. */
static int number(Map *map, const Key *key, Py_ssize_t value) {
    Token *token = remember(map, key, 1);
    if (token == NULL) {
        return -1;
    }
    *token = (Token){(int32_t)value, 0, 0, 0};
    return 0;
}

/* The row of the word from *begin* to *end*; a new one if it has none. -1 with an exception set. */
static int32_t row_of(Reader *self, int kind, const void *data, Py_ssize_t begin, Py_ssize_t end, Py_ssize_t length) {
    Letters letters;
    Py_UCS4 cut[MAX_WORD];
    Py_ssize_t size = end - begin;
    if (size > MAX_WORD) { /* known by its ends */
        for (int i = 0; i < MAX_WORD; i++) {
            cut[i] = PyUnicode_READ(kind, data, i < MAX_WORD / 2 ? begin + i : end - MAX_WORD + i);
        }
        kind = PyUnicode_4BYTE_KIND;
        data = cut;
        begin = 0;
        size = length = MAX_WORD;
    }
    Key key = key_of_letters(kind, data, begin, size, length, &letters);
    const Record *known = found_in(&self->rows, &key);
    if (known != NULL) {
        return tokens_of(known)->row;
    }
    PyObject *word = key.wide != NULL ? PyUnicode_FromKindAndData(PyUnicode_4BYTE_KIND, key.wide, size)
                                      : PyUnicode_FromKindAndData(PyUnicode_1BYTE_KIND, key.bytes, size);
    int failed = word == NULL || PyList_Append(self->new, word) < 0 || number(&self->rows, &key, self->next) < 0;
    Py_XDECREF(word);
    return failed ? -1 : (int32_t)self->next++;
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
static int add_new(Reader *self, int kind, const void *data, Py_ssize_t begin, Py_ssize_t size, Py_ssize_t length) {
    Cut cut = {kind, data, begin, begin + size};
    for (Py_ssize_t at = begin, end; at < cut.end; at = end) {
        end = token_end(self, &cut, at);
        int32_t row = end < 0 ? -1 : row_of(self, kind, data, at, end, length);
        if (row < 0) {
            return -1;
        }
        add_word(self, row, at, end);
    }
    return 0;
}

/* A piece that was found in a text, and waits until memory that tells its tokens is there. */
typedef struct {
    Key key;
    Letters letters;
    Py_ssize_t begin;
    Py_ssize_t line; /* where its line begins, if a line end is to be put before it; else -1 */
} Waiting;

/* How many pieces wait together. */
#define MOST_WAITING 8

/* Add the tokens of a piece. Returns 0, or -1 with an exception set. */
static INLINE int add_piece(Reader *self, int kind, const void *data, const Waiting *waiting, Py_ssize_t length) {
    Py_ssize_t begin = waiting->begin, size = waiting->key.size;
    if (size > MAX_WORD) {
        return add_new(self, kind, data, begin, size, length);
    }
    Key key = waiting->key;
    const Record *piece = found_in(&self->pieces, &key);
    if (piece != NULL) {
        const Token *token = tokens_of(piece);
        for (int i = 0; i < piece->count; i++, token++) {
            add_word(self, token->row, begin + token->start, begin + token->end);
        }
        return 0;
    }
    Py_ssize_t first = self->count;
    if (add_new(self, kind, data, begin, size, length) < 0) {
        return -1;
    }
    Token *tokens = remember(&self->pieces, &key, self->count - first);
    if (tokens == NULL) {
        return -1;
    }
    for (Py_ssize_t i = first; i < self->count; i++) {
        const Place *place = &self->places[i];
        tokens[i - first] = (Token){self->words[i], (uint8_t)(place->start - begin), (uint8_t)(place->end - begin), 0};
    }
    return 0;
}

/* Which characters of one byte are white space, as str.split has it. */
static const uint8_t BLANK[256] = {
    ['\t'] = 1, ['\n'] = 1, ['\v'] = 1, ['\f'] = 1, ['\r'] = 1, [0x1c] = 1,
    [0x1d] = 1, [0x1e] = 1, [0x1f] = 1, [' '] = 1,  [0x85] = 1, [0xa0] = 1,
};

static INLINE int is_blank(Py_UCS4 character) {
    return character < 256 ? BLANK[character] : Py_UNICODE_ISSPACE(character);
}

/* Add the tokens of *count* pieces. Returns 0, or -1 with an exception set. */
static INLINE int add_pieces(Reader *self, int kind, const void *data, const Waiting *waiting, int count, Py_ssize_t length) {
    static const uint8_t line_end[] = "\n";
    const Map *pieces = &self->pieces;
    for (int i = 0; i < count && pieces->slot_count > 0; i++) {
        uint32_t at = pieces->slots[(Py_ssize_t)waiting[i].key.hash & (pieces->slot_count - 1)].at;
        if (at != 0) {
            FETCH(pieces->store + at - 1);
        }
    }
    for (int i = 0; i < count; i++) {
        if (waiting[i].line >= 0) {
            int32_t row = row_of(self, PyUnicode_1BYTE_KIND, line_end, 0, 1, 1);
            if (row < 0) {
                return -1;
            }
            add_word(self, row, waiting[i].line - 1, waiting[i].line);
        }
        if (add_piece(self, kind, data, &waiting[i], length) < 0) {
            return -1;
        }
    }
    return 0;
}

/* Add the tokens of a text, a line end between lines that are not blank: tokens.pieces_of, and what reading.Reader makes of it. */
static INLINE int add_text_of(Reader *self, PyObject *text, int kind) {
    Py_ssize_t length = PyUnicode_GET_LENGTH(text), line = 0;
    int is_line_begun = 0, has_pieces = 0, count = 0;
    const void *data = PyUnicode_DATA(text);
    Waiting waiting[MOST_WAITING];
    /* A token has a character, so has a line end, and none is in two. */
    if (make_room_for_words(self, length) < 0) {
        return -1;
    }
    for (Py_ssize_t at = 0; at < length;) {
        Py_UCS4 character = PyUnicode_READ(kind, data, at);
        if (is_blank(character)) {
            at++;
            if (character == '\n') {
                line = at;
                is_line_begun = 0;
            }
            continue;
        }
        Waiting *next = &waiting[count++];
        next->begin = at++;
        while (at < length && !is_blank(PyUnicode_READ(kind, data, at))) {
            at++;
        }
        next->line = !is_line_begun && has_pieces ? line : -1;
        is_line_begun = has_pieces = 1;
        next->key = (Key){NULL, NULL, at - next->begin, 0};
        if (next->key.size <= MAX_WORD) {
            next->key = key_of_letters(kind, data, next->begin, next->key.size, length, &next->letters);
        }
        if (self->pieces.slot_count > 0) {
            FETCH(self->pieces.slots + ((Py_ssize_t)next->key.hash & (self->pieces.slot_count - 1)));
        }
        if (count == MOST_WAITING) {
            if (add_pieces(self, kind, data, waiting, count, length) < 0) {
                return -1;
            }
            count = 0;
        }
    }
    return add_pieces(self, kind, data, waiting, count, length);
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
    int failed = make_room_for_words(self, PySequence_Fast_GET_SIZE(listed) + 1) < 0;
    if (!failed) {
        add_word(self, BORDER, -1, -1);
    }
    for (Py_ssize_t i = 0; !failed && i < PySequence_Fast_GET_SIZE(listed); i++) {
        PyObject *text = PySequence_Fast_GET_ITEM(listed, i);
        if (!PyUnicode_Check(text) || PyUnicode_GET_LENGTH(text) >= INT32_MAX) {
            PyErr_SetString(PyExc_TypeError, "texts are strings, of less than 2 GB");
            failed = 1;
            break;
        }
        failed = add_text(self, text) < 0 || make_room_for_words(self, 1) < 0;
        if (!failed) {
            add_word(self, BORDER, -1, -1);
        }
    }
    Py_DECREF(listed);
    if (failed) {
        return NULL;
    }
    return Py_BuildValue("(y#y#)", (const char *)self->words, self->count * (Py_ssize_t)sizeof *self->words,
                         (const char *)self->places, self->count * (Py_ssize_t)sizeof *self->places);
}

/* A number that is the same for all words that differ in case only. -1 with an exception set. */
static int32_t fold_of(Reader *self, PyObject *word) {
    Letters letters;
    Key key;
    PyObject *folded = NULL;
    Py_UCS4 *wide = NULL;
    if (!PyUnicode_Check(word)) {
        PyErr_SetString(PyExc_TypeError, "words are strings");
        return -1;
    }
    Py_ssize_t size = PyUnicode_GET_LENGTH(word);
    if (PyUnicode_IS_ASCII(word) && size <= MAX_WORD) {
        const uint8_t *data = PyUnicode_DATA(word);
        for (Py_ssize_t i = 0; i < size; i++) {
            letters.bytes[i] = (uint8_t)Py_TOLOWER(data[i]);
        }
        key = (Key){letters.bytes, NULL, size, hash_of_bytes(letters.bytes, size, MAX_WORD)};
    } else {
        folded = PyObject_CallMethod(word, "casefold", NULL);
        wide = folded == NULL ? NULL : PyUnicode_AsUCS4Copy(folded);
        if (wide == NULL) {
            Py_XDECREF(folded);
            return -1;
        }
        size = PyUnicode_GET_LENGTH(folded);
        uint64_t hash = HASH_START;
        for (Py_ssize_t i = 0; i < size; i++) {
            hash = mixed(hash, wide[i]);
        }
        key = (Key){NULL, wide, size, (uint32_t)hash};
        if (PyUnicode_IS_ASCII(folded)) { /* such as that of the sign for Kelvin */
            key = (Key){PyUnicode_DATA(folded), NULL, size, hash_of_bytes(PyUnicode_DATA(folded), size, size)};
        }
    }
    const Record *known = found_in(&self->folds, &key);
    Py_ssize_t fold = known != NULL ? tokens_of(known)->row : self->next_fold;
    if (known == NULL) {
        fold = number(&self->folds, &key, fold) < 0 ? -1 : self->next_fold++;
    }
    Py_XDECREF(folded);
    PyMem_Free(wide);
    return (int32_t)fold;
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

PyDoc_STRVAR(fill_folds_doc, "fill_folds(words, folds).\n\nAs reading.Reader.fill_folds.");

static PyObject *reader_fill_folds(PyObject *object, PyObject *const *args, Py_ssize_t nargs) {
    Reader *self = (Reader *)object;
    if (nargs != 2 || !PyList_Check(args[0])) {
        PyErr_SetString(PyExc_TypeError, "fill_folds takes 2 arguments: a list, an array");
        return NULL;
    }
    static const int sizes[] = {4};
    Array array;
    if (take_all(args + 1, &array, sizes, 1, 0) < 0) {
        return NULL;
    }
    int32_t *folds = array.view.buf;
    int failed = array.items != PyList_GET_SIZE(args[0]);
    if (failed) {
        PyErr_SetString(PyExc_ValueError, "room for a number of each word is expected");
    }
    for (Py_ssize_t i = 0; !failed && i < array.items; i++) {
        folds[i] = fold_of(self, PyList_GET_ITEM(args[0], i));
        failed = folds[i] < 0;
    }
    release(&array, 1);
    if (failed) {
        return NULL;
    }
    Py_RETURN_NONE;
}

static int reader_init(PyObject *object, PyObject *args, PyObject *keywords) {
    (void)keywords;
    Reader *self = (Reader *)object;
    PyObject *titles, *desks, *kinds, *span;
    if (self->new != NULL) {
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
    self->new = PyList_New(0);
    if (self->new == NULL) {
        return -1;
    }
    self->titles = Py_NewRef(titles);
    self->desks = Py_NewRef(desks);
    self->kinds = Py_NewRef(kinds);
    self->span = (PyTypeObject *)Py_NewRef(span);
    self->next = BORDER + 1;
    self->next_fold = 1; /* that of a border is 0 */
    return 0;
}

static void reader_dealloc(PyObject *object) {
    Reader *self = (Reader *)object;
    PyTypeObject *type = Py_TYPE(object);
    Py_XDECREF(self->titles);
    Py_XDECREF(self->desks);
    Py_XDECREF(self->kinds);
    Py_XDECREF((PyObject *)self->span);
    Py_XDECREF(self->new);
    forget(&self->pieces);
    forget(&self->rows);
    forget(&self->folds);
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
    return PyLong_FromSsize_t(((Reader *)object)->pieces.count);
}

static PyObject *reader_get_fold_count(PyObject *object, void *unused) {
    (void)unused;
    return PyLong_FromSsize_t(((Reader *)object)->next_fold);
}

static PyMethodDef methods[] = {
    {"read", reader_read, METH_O, read_doc},
    {"spans", (PyCFunction)(void (*)(void))reader_spans, METH_FASTCALL, spans_doc},
    {"fill_folds", (PyCFunction)(void (*)(void))reader_fill_folds, METH_FASTCALL, fill_folds_doc},
    {"taken_new", reader_taken_new, METH_NOARGS, taken_new_doc},
    {NULL, NULL, 0, NULL},
};

static PyGetSetDef properties[] = {
    {"next", reader_get_next, NULL, "The row that the next new word will get.", NULL},
    {"pieces", reader_get_pieces, NULL, "How many pieces are remembered.", NULL},
    {"fold_count", reader_get_fold_count, NULL, "More than any number that fill_folds has given.", NULL},
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
