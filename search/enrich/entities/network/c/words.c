/* What the network sees of a word by itself, and what that adds to the first window: words.py and model.py in numpy are the reference. */

#include "network.h"

/* The tables and the dense part of the model that a word needs, as model.Model has them. */
typedef struct {
    const uint32_t *keys, *list_keys, *list_bits;
    const uint16_t *key_rows;
    const int8_t *vectors, *affixes;
    const uint8_t *classes;
    const float *vector_scales, *affix_scales, *affix_weights, *bit_weights, *bias, *projection;
    Py_ssize_t key_count, list_count, vector_count, bit_count;
    int affix_width;
} Model;

/* A word, cut to its first and last letters, and what is known of it. */
typedef struct {
    uint32_t letters[MAX_LETTERS], folded[MAX_LETTERS];
    uint8_t kinds[MAX_LETTERS];
    int size;
    uint8_t bits[LETTER_BITS];
    int32_t affixes[AFFIXES];
    int has_upper, has_lower;
} Word;

static uint32_t crc_of[256];

static void make_crc(void) {
    for (uint32_t n = 0; n < 256; n++) {
        uint32_t crc = n;
        for (int k = 0; k < 8; k++) {
            crc = crc & 1 ? 0xEDB88320u ^ (crc >> 1) : crc >> 1;
        }
        crc_of[n] = crc;
    }
}

/* zlib.crc32 */
static uint32_t crc32_of(const char *bytes, Py_ssize_t size) {
    uint32_t crc = 0xFFFFFFFFu;
    for (Py_ssize_t i = 0; i < size; i++) {
        crc = crc_of[(crc ^ (uint8_t)bytes[i]) & 0xFF] ^ (crc >> 8);
    }
    return crc ^ 0xFFFFFFFFu;
}

/* About where *key* is among *count* sorted keys. They are checksums, so spread evenly. */
static Py_ssize_t guess_of(Py_ssize_t count, uint32_t key) {
    return (Py_ssize_t)(((uint64_t)key * (uint64_t)count) >> 32);
}

/* The place of *key* among sorted *keys*, -1 if it is not there. Two guesses come near, which touches less memory than
   halving does. */
static Py_ssize_t place_of(const uint32_t *keys, Py_ssize_t count, uint32_t key) {
    if (count == 0) {
        return -1;
    }
    Py_ssize_t at = guess_of(count, key);
    at += (Py_ssize_t)(((int64_t)key - (int64_t)keys[at]) * (int64_t)count / ((int64_t)1 << 32));
    at = at < 0 ? 0 : at < count ? at : count - 1;
    Py_ssize_t low = at, high = at, step = 8;
    while (low > 0 && keys[low] > key) {
        low = low > step ? low - step : 0;
        step *= 2;
    }
    while (high < count && keys[high] < key) {
        high = high + step < count ? high + step : count;
        step *= 2;
    }
    while (low < high) {
        Py_ssize_t middle = (low + high) / 2;
        if (keys[middle] < key) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low < count && keys[low] == key ? low : -1;
}

/* words.key_of: returns 0 with *key* filled, -1 with an exception set. */
static int key_of(PyObject *word, uint32_t *key) {
    if (PyUnicode_IS_ASCII(word)) {
        *key = crc32_of(PyUnicode_DATA(word), PyUnicode_GET_LENGTH(word));
        return 0;
    }
    PyObject *bytes = PyUnicode_AsEncodedString(word, "utf-8", "surrogatepass");
    if (bytes == NULL) {
        return -1;
    }
    *key = crc32_of(PyBytes_AS_STRING(bytes), PyBytes_GET_SIZE(bytes));
    Py_DECREF(bytes);
    return 0;
}

/* Another form of a word: as str.lower, str.capitalize and str.casefold make it. */
typedef enum { SMALL_LETTERS, CAPITALISED, CASEFOLDED } Form;

static int key_of_form(PyObject *word, Form form, uint32_t *key) {
    static const char *const methods[] = {"lower", "capitalize", "casefold"};
    Py_ssize_t size = PyUnicode_GET_LENGTH(word);
    if (PyUnicode_IS_ASCII(word) && size <= MAX_WORD) {
        const char *letters = PyUnicode_DATA(word);
        char made[MAX_WORD];
        for (Py_ssize_t i = 0; i < size; i++) {
            made[i] = Py_TOLOWER(letters[i]);
        }
        if (form == CAPITALISED && size > 0) {
            made[0] = Py_TOUPPER(letters[0]);
        }
        *key = crc32_of(made, size);
        return 0;
    }
    PyObject *made = PyObject_CallMethod(word, methods[form], NULL);
    if (made == NULL) {
        return -1;
    }
    int failed = key_of(made, key);
    Py_DECREF(made);
    return failed;
}

/* str.isupper: 1 or 0, -1 with an exception set. */
static int is_upper(PyObject *word) {
    if (PyUnicode_IS_ASCII(word)) {
        const char *letters = PyUnicode_DATA(word);
        int has_upper = 0;
        for (Py_ssize_t i = 0; i < PyUnicode_GET_LENGTH(word); i++) {
            if (Py_ISLOWER(letters[i])) {
                return 0;
            }
            has_upper |= Py_ISUPPER(letters[i]);
        }
        return has_upper != 0;
    }
    PyObject *found = PyObject_CallMethod(word, "isupper", NULL);
    int is_true = found == Py_True;
    Py_XDECREF(found);
    return found == NULL ? -1 : is_true;
}

static uint64_t hash_of(const uint32_t *letters, int count) {
    uint64_t total = 7;
    for (int i = 0; i < count; i++) {
        total = (total * 1000003u) ^ letters[i];
        total ^= total >> 15;
    }
    return total;
}

/* words._shape */
static uint64_t shape_of(const Word *word) {
    uint64_t total = 11;
    int run = 0;
    for (int i = 0; i < word->size; i++) {
        run = i > 0 && word->kinds[i] == word->kinds[i - 1] ? run + 1 : 1;
        if (run <= 2) {
            total = (total * 131) ^ word->kinds[i];
        }
    }
    return total ^ (total >> 13);
}

/* words.Letters, of one word. */
static void see(PyObject *object, const uint8_t *classes, Word *word) {
    Py_ssize_t length = PyUnicode_GET_LENGTH(object);
    int kind = PyUnicode_KIND(object);
    const void *data = PyUnicode_DATA(object);
    int size = word->size = (int)(length <= MAX_LETTERS ? length : MAX_LETTERS);
    int upper = 0, lower = 0, digits = 0, inner = 0, stops = 0, hyphens = 0, apostrophes = 0, lines = 0;
    for (int i = 0; i < size; i++) {
        Py_ssize_t at = length > MAX_LETTERS && i >= MAX_LETTERS / 2 ? length - MAX_LETTERS + i : i;
        uint32_t letter = word->letters[i] = PyUnicode_READ(kind, data, at);
        uint8_t class = word->kinds[i] = classes[letter < 0xFFFF ? letter : 0xFFFF];
        upper += class == UPPER;
        lower += class == LOWER;
        digits += class == DIGIT;
        inner += i > 0 && class == UPPER && word->kinds[i - 1] == LOWER;
        stops += letter == '.';
        hyphens += letter == '-';
        apostrophes += letter == '\'' || letter == 0x2019;
        lines += letter == '\n';
    }
    int letters = upper + lower, is_capitals = upper > 0 && lower == 0;
    word->has_upper = upper > 0;
    word->has_lower = lower > 0;
    uint8_t bits[LETTER_BITS] = {
        size > 0 && word->kinds[0] == UPPER, is_capitals && letters > 1, inner > 0, digits > 0, digits > 0 && letters == 0,
        stops > 0 && size > 1, hyphens > 0 && size > 1, apostrophes > 0 && size > 1, letters == 1,
        letters == 2 || letters == 3, letters == 0 && digits == 0, lines > 0,
    };
    memcpy(word->bits, bits, sizeof bits);
    for (int i = 0; i < size; i++) {
        int is_folded = i > 0 && is_capitals && size >= SHOUTED_LETTERS && word->letters[i] - 'A' < 26;
        word->folded[i] = word->letters[i] + (is_folded ? 32 : 0);
    }
    uint64_t hashes[AFFIXES] = {
        size >= 2 ? hash_of(word->folded, 2) : 0,
        size >= 3 ? hash_of(word->folded, 3) : 0,
        size >= 2 ? hash_of(word->folded + size - 2, 2) : 0,
        size >= 3 ? hash_of(word->folded + size - 3, 3) : 0,
        size >= 4 ? hash_of(word->folded + size - 4, 4) : 0,
        shape_of(word),
    };
    for (int i = 0; i < AFFIXES; i++) {
        word->affixes[i] = (int32_t)(hashes[i] % BUCKETS) + i * BUCKETS;
    }
}

/* The model has 16. */
#define MAX_AFFIX_WIDTH 64

/* Words whose rows are filled together, and room for what is between. */
typedef struct {
    Word word;
    /* Under which it is looked up as it is, in small letters and casefolded. */
    uint32_t key, small, folded;
    Py_ssize_t vector;
    uint32_t listed;
    float hidden[WIDTH], affixes[AFFIXES * MAX_AFFIX_WIDTH];
} Seen;

/* What each of BLOCK words adds to the token after it, to its own, and to the one before it: three rows each, *stride* apart. */
static INLINE void add_with(Seen *seen, const Model *model, float *const *rows, Py_ssize_t stride, int is_widest) {
    int width = model->affix_width;
    float *hidden[BLOCK], *parts[BLOCK];
    const float *affixes[BLOCK];
    for (int each = 0; each < BLOCK; each++) {
        Seen *one = seen + each;
        hidden[each] = one->hidden;
        affixes[each] = one->affixes;
        float scale = model->vector_scales[one->vector];
        for (int k = 0; k < WIDTH; k++) {
            one->hidden[k] = (float)model->vectors[one->vector * WIDTH + k] * scale;
        }
        for (int i = 0; i < AFFIXES; i++) {
            const int8_t *row = model->affixes + (Py_ssize_t)one->word.affixes[i] * width;
            float of_row = model->affix_scales[one->word.affixes[i]];
            for (int k = 0; k < width; k++) {
                one->affixes[i * width + k] = (float)row[k] * of_row;
            }
        }
    }
    add_products(hidden, affixes, AFFIXES * width, model->affix_weights, WIDTH, WIDTH, is_widest);
    for (int each = 0; each < BLOCK; each++) {
        Seen *one = seen + each;
        for (Py_ssize_t bit = 0; bit < model->bit_count; bit++) {
            int is_set = bit < LETTER_BITS ? one->word.bits[bit] : (int)(one->listed >> (bit - LETTER_BITS) & 1);
            const float *row = model->bit_weights + bit * WIDTH;
            for (int k = 0; is_set && k < WIDTH; k++) {
                one->hidden[k] += row[k];
            }
        }
        for (int k = 0; k < WIDTH; k++) {
            one->hidden[k] += model->bias[k];
            one->hidden[k] = one->hidden[k] > 0.0f ? one->hidden[k] : 0.0f;
        }
    }
    for (int i = 0; i < 3; i++) {
        for (int each = 0; each < BLOCK; each++) {
            parts[each] = rows[each] + i * stride;
            memset(parts[each], 0, sizeof(float) * WIDTH);
        }
        add_products(parts, (const float *const *)hidden, WIDTH, model->projection + i * WIDTH, 3 * WIDTH, WIDTH,
                     is_widest);
    }
}

WIDE static void add_up(Seen *seen, const Model *model, float *const *rows, Py_ssize_t stride) {
    add_with(seen, model, rows, stride, 0);
}

WIDEST static void add_in_widest(Seen *seen, const Model *model, float *const *rows, Py_ssize_t stride) {
    add_with(seen, model, rows, stride, 1);
}

/* model.attributes_of, of one word. Returns them, -1 with an exception set. */
static int attributes_of(PyObject *object, const Word *word, PyObject *marks) {
    long found = 0;
    PyObject *mark = PyDict_GetItemWithError(marks, object);
    if (mark != NULL) {
        found = PyLong_AsLong(mark);
    }
    if (PyErr_Occurred()) {
        return -1;
    }
    int has_letters = word->has_upper || word->has_lower;
    found |= word->has_upper ? CAPITAL : 0;
    found |= word->has_lower && !word->has_upper ? SMALL : 0;
    found |= word->bits[1] ? SHOUTED : 0;
    found |= word->bits[11] ? LINE_END : 0;
    found |= has_letters && PyUnicode_GET_LENGTH(object) >= LONG_WORD ? COUNTS : 0;
    return (int)(found & 0xFF);
}

/* Find out what a word says by itself. Returns its attributes, -1 with an exception set. */
static int look_at(PyObject *object, const Model *model, PyObject *marks, Seen *seen) {
    if (!PyUnicode_Check(object)) {
        PyErr_SetString(PyExc_TypeError, "words are strings");
        return -1;
    }
    see(object, model->classes, &seen->word);
    if (key_of(object, &seen->key) < 0 || key_of_form(object, SMALL_LETTERS, &seen->small) < 0) {
        return -1;
    }
    seen->folded = seen->small;
    if (!PyUnicode_IS_ASCII(object) && key_of_form(object, CASEFOLDED, &seen->folded) < 0) {
        return -1;
    }
    FETCH(model->keys + guess_of(model->key_count, seen->key));
    FETCH(model->keys + guess_of(model->key_count, seen->small));
    FETCH(model->list_keys + guess_of(model->list_count, seen->folded));
    return attributes_of(object, &seen->word, marks);
}

/* model.vector_rows, of one word. Returns the row, -1 with an exception set. */
static Py_ssize_t vector_of(PyObject *word, const Model *model, const Seen *seen) {
    Py_ssize_t place = place_of(model->keys, model->key_count, seen->key);
    if (place < 0 && PyUnicode_GET_LENGTH(word) >= SHOUTED_LETTERS) {
        uint32_t key;
        int is_shouted = is_upper(word);
        if (is_shouted < 0 || (is_shouted && key_of_form(word, CAPITALISED, &key) < 0)) {
            return -1;
        }
        if (is_shouted) {
            place = place_of(model->keys, model->key_count, key);
        }
    }
    if (place < 0) {
        place = place_of(model->keys, model->key_count, seen->small);
    }
    Py_ssize_t row = place < 0 ? model->vector_count - 1 : model->key_rows[place];
    return row < model->vector_count ? row : model->vector_count - 1;
}

/* Look up a word that was looked at. Returns 0, or -1 with an exception set. */
static int look_up(PyObject *object, const Model *model, Seen *seen) {
    for (int i = 0; i < AFFIXES; i++) {
        FETCH(model->affixes + (Py_ssize_t)seen->word.affixes[i] * model->affix_width);
        FETCH(model->affix_scales + seen->word.affixes[i]);
    }
    seen->vector = vector_of(object, model, seen);
    if (seen->vector < 0) {
        return -1;
    }
    FETCH(model->vectors + seen->vector * WIDTH);
    FETCH(model->vector_scales + seen->vector);
    Py_ssize_t place = place_of(model->list_keys, model->list_count, seen->folded);
    seen->listed = place < 0 ? 0 : model->list_bits[place];
    return 0;
}

const char fill_rows_doc[] =
    "fill_rows(words, first, marks, keys, key_rows, vectors, vector_scales, affixes, affix_scales, list_keys, list_bits,\n"
    "          classes, affix_weights, bit_weights, bias, projection, rows, attributes).\n\n"
    "As model.Model.rows_of; the rows and attributes from first on are filled.";

PyObject *fill_rows_py(PyObject *module, PyObject *const *args, Py_ssize_t nargs) {
    (void)module;
    if (nargs != 18 || !PyList_Check(args[0]) || !PyDict_Check(args[2])) {
        PyErr_SetString(PyExc_TypeError, "fill_rows takes 18 arguments: a list, a number, a dict, arrays");
        return NULL;
    }
    PyObject *words = args[0], *marks = args[2];
    Py_ssize_t first = PyLong_AsSsize_t(args[1]);
    if (first < 0 && PyErr_Occurred()) {
        return NULL;
    }
    static const int sizes[] = {4, 2, 1, 4, 1, 4, 4, 4, 1, 4, 4, 4, 4, 4, 1};
    Array arrays[15];
    if (take_all(args + 3, arrays, sizes, 15, 13) < 0) {
        return NULL;
    }
    if (crc_of[1] == 0) {
        make_crc();
    }
    Model model = {
        .keys = arrays[0].view.buf, .key_rows = arrays[1].view.buf, .vectors = arrays[2].view.buf,
        .vector_scales = arrays[3].view.buf, .affixes = arrays[4].view.buf, .affix_scales = arrays[5].view.buf,
        .list_keys = arrays[6].view.buf, .list_bits = arrays[7].view.buf, .classes = arrays[8].view.buf,
        .affix_weights = arrays[9].view.buf, .bit_weights = arrays[10].view.buf, .bias = arrays[11].view.buf,
        .projection = arrays[12].view.buf, .key_count = arrays[0].items, .list_count = arrays[6].items,
        .vector_count = arrays[3].items, .bit_count = arrays[10].items / WIDTH,
        .affix_width = (int)(arrays[4].items / (AFFIXES * BUCKETS)),
    };
    Py_ssize_t room = arrays[14].items, count = PyList_GET_SIZE(words);
    float *rows = arrays[13].view.buf;
    uint8_t *attributes = arrays[14].view.buf;
    int is_sound = first >= 0 && first + count <= room && arrays[13].items == 3 * room * WIDTH &&
                   model.key_count == arrays[1].items && arrays[2].items == model.vector_count * WIDTH &&
                   model.vector_count > 0 && model.affix_width <= MAX_AFFIX_WIDTH && model.bit_count >= LETTER_BITS &&
                   model.bit_count <= LETTER_BITS + 32 && arrays[10].items == model.bit_count * WIDTH &&
                   arrays[4].items == (Py_ssize_t)AFFIXES * BUCKETS * model.affix_width &&
                   arrays[5].items == AFFIXES * BUCKETS && arrays[7].items == model.list_count &&
                   arrays[8].items == 1 << 16 && arrays[9].items == (Py_ssize_t)AFFIXES * model.affix_width * WIDTH &&
                   arrays[11].items == WIDTH && arrays[12].items == 3 * WIDTH * WIDTH;
    if (!is_sound) {
        PyErr_SetString(PyExc_ValueError, "arrays of other shapes, or no room for the words");
    }
    Seen seen[BLOCK];
    float *places[BLOCK];
    int is_widest = has_widest();
    /* Each step asks for the memory that the next one reads. */
    for (Py_ssize_t done = 0; is_sound && done < count; done += BLOCK) {
        int more = (int)(count - done < BLOCK ? count - done : BLOCK), failed = 0;
        for (int at = 0; at < more && !failed; at++) {
            int found = look_at(PyList_GET_ITEM(words, done + at), &model, marks, &seen[at]);
            failed = found < 0;
            attributes[first + done + at] = (uint8_t)found;
            places[at] = rows + (first + done + at) * WIDTH;
        }
        for (int at = 0; at < more && !failed; at++) {
            failed = look_up(PyList_GET_ITEM(words, done + at), &model, &seen[at]) < 0;
        }
        if (failed) {
            break;
        }
        for (int at = more; at < BLOCK; at++) { /* the last one again */
            seen[at] = seen[more - 1];
            places[at] = places[more - 1];
        }
        (is_widest ? add_in_widest : add_up)(seen, &model, places, room * WIDTH);
    }
    release(arrays, 15);
    if (PyErr_Occurred()) {
        return NULL;
    }
    Py_RETURN_NONE;
}
