/* The inner loops of the recogniser: flags and groups of tokens, and the forward pass from them to tags.

   flags.py and network.py above this folder say what each does, in numpy; they are the reference. Numbers that both
   sides share come from there by -D (setup.py). All arrays are given by the caller, C-contiguous, and nothing is kept. */

#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include <math.h>
#include <stdint.h>
#include <string.h>

/* A loop over WIDTH floats is one of wide registers where the processor has them. */
#if defined(__x86_64__) && defined(__linux__) && defined(__GNUC__) && !defined(__clang__)
#define WIDE __attribute__((target_clones("avx2", "default")))
#else
#define WIDE
#endif

#define KINDS ((TAGS - 1) / 4)

typedef struct {
    Py_buffer view;
    Py_ssize_t items;
} Array;

/* Take a C-contiguous array of *size* bytes an item. Returns 0, or -1 with an exception set. */
static int take(PyObject *object, Array *array, int size, int is_written) {
    int how = PyBUF_C_CONTIGUOUS | (is_written ? PyBUF_WRITABLE : 0);
    if (PyObject_GetBuffer(object, &array->view, how) < 0) {
        return -1;
    }
    if (array->view.itemsize != size) {
        PyBuffer_Release(&array->view);
        PyErr_Format(PyExc_TypeError, "items of %d bytes expected, not %zd", size, array->view.itemsize);
        return -1;
    }
    array->items = array->view.len / size;
    return 0;
}

static void release(Array *arrays, int count) {
    for (int i = 0; i < count; i++) {
        PyBuffer_Release(&arrays[i].view);
    }
}

/* Take *count* arrays, of sizes[i] bytes an item; those from *written* on are written. */
static int take_all(PyObject *const *objects, Array *arrays, const int *sizes, int count, int written) {
    for (int i = 0; i < count; i++) {
        if (take(objects[i], &arrays[i], sizes[i], i >= written) < 0) {
            release(arrays, i);
            return -1;
        }
    }
    return 0;
}

/* What a line of tokens is: TITLE_LINE, CAPITALS_LINE or 0. */
static uint8_t heading_of(const int32_t *words, const uint8_t *attributes, Py_ssize_t begin, Py_ssize_t end) {
    if (end - begin > MAX_HEADING) {
        return 0;
    }
    int shouted = 0, small = 0, counts = 0, capital = 0, stops = 0;
    for (Py_ssize_t t = begin; t < end; t++) {
        uint8_t seen = attributes[words[t]];
        shouted += (seen & SHOUTED) != 0;
        small += (seen & SMALL) != 0;
        counts += (seen & COUNTS) != 0;
        capital += (seen & COUNTS) && (seen & CAPITAL);
        stops += (seen & ENDS_SENTENCE) != 0;
    }
    if (shouted >= 2 && shouted >= 4 * small) {
        return CAPITALS_LINE;
    }
    return counts >= 3 && 5 * capital >= 4 * counts && stops == 0 ? TITLE_LINE : 0;
}

/* What is known of a group of tokens while its article is read. */
typedef struct {
    int32_t inside;    /* mentions inside a sentence that is no heading */
    uint8_t has_small; /* whether the word occurs without a capital too */
} Group;

/* Fill flags and groups of *count* tokens. Returns the number of groups, -1 without memory. */
static int32_t fill_flags(const int32_t *words, Py_ssize_t count, const uint8_t *attributes, const int32_t *folds,
                          Py_ssize_t fold_count, uint8_t *flags, int32_t *groups) {
    /* The group of a fold counts from *first*, that of its article, on; an older one is of another article. */
    int32_t *group_of = PyMem_RawMalloc((size_t)fold_count * sizeof *group_of);
    Group *known = PyMem_RawCalloc((size_t)count + 1, sizeof *known);
    if (group_of == NULL || known == NULL) {
        PyMem_RawFree(group_of);
        PyMem_RawFree(known);
        return -1;
    }
    memset(group_of, 0xff, (size_t)fold_count * sizeof *group_of);
    int32_t total = 0;
    Py_ssize_t begin = 0;
    while (begin < count) { /* an article, with the border before it */
        Py_ssize_t end = begin + 1;
        while (end < count && words[end] != BORDER) {
            end++;
        }
        int32_t first = total;
        Py_ssize_t line = begin;
        uint8_t heading = 0;
        for (Py_ssize_t t = begin; t < end; t++) {
            uint8_t seen = attributes[words[t]];
            if (t == begin || (seen & LINE_END)) {
                line = t + 1;
                while (line < end && !(attributes[words[line]] & LINE_END)) {
                    line++;
                }
                heading = heading_of(words, attributes, t, line);
            }
            uint8_t before = t > 0 ? attributes[words[t - 1]] : LINE_END;
            uint8_t before_that = t > 1 ? attributes[words[t - 2]] : LINE_END;
            int starts = (before & (ENDS_SENTENCE | LINE_END)) ||
                         ((before & QUOTE) && (before_that & (ENDS_SENTENCE | LINE_END | COLON)));
            flags[t] = (uint8_t)((starts ? STARTS_SENTENCE : 0) | heading);
            groups[t] = seen & LINE_END ? NEVER : NOT_NAMED;
            if (seen & CAPITAL) {
                int32_t *group = &group_of[folds[words[t]]];
                if (*group < first) {
                    *group = total++;
                }
                groups[t] = *group;
                known[*group].inside += !starts && !heading;
            }
        }
        for (Py_ssize_t t = begin; t < end; t++) {
            if (attributes[words[t]] & SMALL) {
                int32_t group = group_of[folds[words[t]]];
                if (group >= first) {
                    known[group].has_small = 1;
                }
            }
        }
        for (Py_ssize_t t = begin; t < end; t++) {
            if (groups[t] >= 0) {
                const Group *group = &known[groups[t]];
                int is_inside = !(flags[t] & (STARTS_SENTENCE | TITLE_LINE | CAPITALS_LINE));
                flags[t] |= (uint8_t)((group->has_small ? HAS_SMALL_FORM : 0) |
                                      (group->inside > is_inside ? CAPITAL_ELSEWHERE : 0));
            }
        }
        begin = end;
    }
    PyMem_RawFree(group_of);
    PyMem_RawFree(known);
    return total;
}

PyDoc_STRVAR(fill_flags_doc, "fill_flags(words, attributes, folds, fold_count, flags, groups) -> number of groups.\n\n"
                             "As flags.flagged; flags and groups are filled. Groups are numbered as they come.");

static PyObject *fill_flags_py(PyObject *module, PyObject *const *args, Py_ssize_t nargs) {
    (void)module;
    if (nargs != 6) {
        PyErr_SetString(PyExc_TypeError, "fill_flags takes 6 arguments");
        return NULL;
    }
    Py_ssize_t fold_count = PyLong_AsSsize_t(args[3]);
    if (fold_count < 0) {
        if (!PyErr_Occurred()) {
            PyErr_SetString(PyExc_ValueError, "a number of folds is expected");
        }
        return NULL;
    }
    PyObject *objects[] = {args[0], args[1], args[2], args[4], args[5]};
    static const int sizes[] = {4, 1, 4, 1, 4};
    Array arrays[5];
    if (take_all(objects, arrays, sizes, 5, 3) < 0) {
        return NULL;
    }
    const int32_t *words = arrays[0].view.buf, *folds = arrays[2].view.buf;
    Py_ssize_t count = arrays[0].items, rows = arrays[1].items;
    int is_sound = arrays[2].items == rows && arrays[3].items == count && arrays[4].items == count;
    for (Py_ssize_t t = 0; is_sound && t < count; t++) {
        is_sound = words[t] >= 0 && words[t] < rows && folds[words[t]] >= 0 && folds[words[t]] < fold_count;
    }
    int32_t total = 0;
    if (is_sound) {
        Py_BEGIN_ALLOW_THREADS
        total = fill_flags(words, count, arrays[1].view.buf, folds, fold_count, arrays[3].view.buf,
                           arrays[4].view.buf);
        Py_END_ALLOW_THREADS
    }
    release(arrays, 5);
    if (!is_sound) {
        PyErr_SetString(PyExc_ValueError, "arrays of other lengths, or words beyond the table");
        return NULL;
    }
    return total < 0 ? PyErr_NoMemory() : PyLong_FromLong(total);
}

/* The dense part of the model, as network.Weights has it. */
typedef struct {
    const float *flags, *window, *pool, *window_bias, *out, *out_bias;
} Weights;

/* sum[0:WIDTH] += values[0:count] @ matrix[count, WIDTH]. */
#if defined(__GNUC__) && WIDTH == 64
/* The sums stay in registers: in an array, the compiler writes them back for each value. */
typedef float Wide __attribute__((vector_size(32), aligned(4), may_alias));

static inline __attribute__((always_inline)) void add_product(float *restrict sum, const float *restrict values,
                                                              int count, const float *restrict matrix) {
    const Wide *row = (const Wide *)matrix, *begun = (const Wide *)sum;
    Wide a = begun[0], b = begun[1], c = begun[2], d = begun[3], e = begun[4], f = begun[5], g = begun[6], h = begun[7];
    for (int i = 0; i < count; i++, row += 8) {
        float value = values[i]; /* half are zero; to ask which takes longer than to multiply */
        a += value * row[0];
        b += value * row[1];
        c += value * row[2];
        d += value * row[3];
        e += value * row[4];
        f += value * row[5];
        g += value * row[6];
        h += value * row[7];
    }
    Wide *ended = (Wide *)sum;
    ended[0] = a;
    ended[1] = b;
    ended[2] = c;
    ended[3] = d;
    ended[4] = e;
    ended[5] = f;
    ended[6] = g;
    ended[7] = h;
}
#else
static void add_product(float *sum, const float *values, int count, const float *matrix) {
    for (int i = 0; i < count; i++, matrix += WIDTH) {
        for (int k = 0; k < WIDTH; k++) {
            sum[k] += values[i] * matrix[k];
        }
    }
}
#endif

/* The best well-formed tags of a run of *count* tokens with their scores: as network.best_tags.
   *ways* has room for count * (2 + KINDS) bytes. */
static void best_of_run(const float *scores, Py_ssize_t count, uint8_t *ways, uint8_t *tags) {
    float closed = 0.0f, open[KINDS];
    uint8_t *closing = ways, *opening = ways + count;
    for (int k = 0; k < KINDS; k++) {
        open[k] = -INFINITY;
    }
    for (Py_ssize_t t = 0; t < count; t++, scores += TAGS) {
        float best = closed + scores[OUTSIDE];
        uint8_t tag = OUTSIDE;
        for (int k = 0; k < KINDS; k++) {
            float way = open[k] + scores[1 + 4 * k + LAST];
            if (way > best) {
                best = way;
                tag = (uint8_t)(1 + 4 * k + LAST);
            }
        }
        for (int k = 0; k < KINDS; k++) {
            float way = closed + scores[1 + 4 * k + UNIT];
            if (way > best) {
                best = way;
                tag = (uint8_t)(1 + 4 * k + UNIT);
            }
        }
        for (int k = 0; k < KINDS; k++) {
            float begin = closed + scores[1 + 4 * k + BEGIN], inside = open[k] + scores[1 + 4 * k + INSIDE];
            opening[t * KINDS + k] = begin >= inside;
            open[k] = begin >= inside ? begin : inside;
        }
        closing[t] = tag;
        closed = best;
    }
    int kind = -1;
    for (Py_ssize_t t = count - 1; t >= 0; t--) {
        if (kind < 0) {
            tags[t] = closing[t];
            if (closing[t] > 0 && (closing[t] - 1) % 4 == LAST) {
                kind = (closing[t] - 1) / 4;
            }
        } else {
            int begins = opening[t * KINDS + kind];
            tags[t] = (uint8_t)(1 + 4 * kind + (begins ? BEGIN : INSIDE));
            kind = begins ? -1 : kind;
        }
    }
}

/* Room for the largest article of a batch. */
typedef struct {
    float *first;  /* [tokens, WIDTH] */
    float *pools;  /* [groups, 2 * WIDTH]: mean, largest */
    float *pooled; /* [groups, WIDTH] */
    int32_t *sizes;
    float *sums;   /* [tokens, WIDTH] */
    float *scores; /* [tokens, TAGS] */
    uint8_t *ways;
    uint8_t *is_near; /* [tokens] */
} Room;

/* Tag the tokens of one article: *count* of them, and a border before and after. *groups* count from *base*. */
WIDE static void tag_article(const int32_t *words, Py_ssize_t count, const uint8_t *flags, const int32_t *groups,
                             int32_t base, int32_t group_count, const float *rows, Py_ssize_t row_count,
                             const Weights *weights, const Room *room, uint8_t *tags) {
    const float *before = rows, *itself = rows + row_count * WIDTH, *after = itself + row_count * WIDTH;
    /* Row 0 and the last are those of the borders: zero. */
    memset(room->first, 0, sizeof(float) * WIDTH);
    memset(room->first + (count + 1) * WIDTH, 0, sizeof(float) * WIDTH);
    for (Py_ssize_t t = 0; t < count; t++) {
        const float *restrict a = before + (Py_ssize_t)words[t - 1] * WIDTH;
        const float *restrict b = itself + (Py_ssize_t)words[t] * WIDTH;
        const float *restrict c = after + (Py_ssize_t)words[t + 1] * WIDTH;
        const float *restrict d = weights->flags + (Py_ssize_t)flags[t] * WIDTH;
        float *restrict sum = room->first + (t + 1) * WIDTH;
        for (int k = 0; k < WIDTH; k++) {
            float value = b[k] + a[k] + c[k] + d[k];
            sum[k] = value > 0.0f ? value : 0.0f;
        }
    }
    memset(room->sizes, 0, sizeof(int32_t) * (size_t)group_count);
    for (Py_ssize_t t = 0; t < count; t++) {
        if (groups[t] < 0) {
            continue;
        }
        int32_t group = groups[t] - base;
        float *restrict mean = room->pools + (Py_ssize_t)group * 2 * WIDTH, *restrict largest = mean + WIDTH;
        const float *restrict row = room->first + (t + 1) * WIDTH;
        if (room->sizes[group]++ == 0) {
            memcpy(mean, row, sizeof(float) * WIDTH);
            memcpy(largest, row, sizeof(float) * WIDTH);
            continue;
        }
        for (int k = 0; k < WIDTH; k++) {
            mean[k] += row[k];
            largest[k] = row[k] > largest[k] ? row[k] : largest[k];
        }
    }
    for (int32_t group = 0; group < group_count; group++) {
        float *restrict mean = room->pools + (Py_ssize_t)group * 2 * WIDTH;
        for (int k = 0; k < WIDTH; k++) {
            mean[k] /= (float)room->sizes[group];
        }
        memcpy(room->pooled + (Py_ssize_t)group * WIDTH, weights->window_bias, sizeof(float) * WIDTH);
    }
    /* A matrix of WIDTH * WIDTH stays in the first cache while it is used for all groups, or all tokens. */
    for (int half = 0; half < 2; half++) {
        for (int32_t group = 0; group < group_count; group++) {
            add_product(room->pooled + (Py_ssize_t)group * WIDTH,
                        room->pools + ((Py_ssize_t)group * 2 + half) * WIDTH, WIDTH,
                        weights->pool + half * WIDTH * WIDTH);
        }
    }
    /* Those that may be in a name: with a group, and their neighbours. */
    uint8_t *is_near = room->is_near;
    for (Py_ssize_t t = 0; t < count; t++) {
        is_near[t] = groups[t] != NEVER && (groups[t] >= 0 || (t > 0 && groups[t - 1] >= 0) ||
                                            (t + 1 < count && groups[t + 1] >= 0));
        if (is_near[t]) {
            memcpy(room->sums + t * WIDTH,
                   groups[t] >= 0 ? room->pooled + (Py_ssize_t)(groups[t] - base) * WIDTH : weights->window_bias,
                   sizeof(float) * WIDTH);
        }
    }
    for (int place = 0; place < 3; place++) {
        for (Py_ssize_t t = 0; t < count; t++) {
            if (is_near[t]) {
                add_product(room->sums + t * WIDTH, room->first + (t + place) * WIDTH, WIDTH,
                            weights->window + place * WIDTH * WIDTH);
            }
        }
    }
    Py_ssize_t begin = 0;
    while (begin < count) {
        Py_ssize_t t = begin;
        for (; t < count && is_near[t]; t++) {
            const float *sum = room->sums + t * WIDTH, *itself_first = room->first + (t + 1) * WIDTH;
            float *restrict scores = room->scores + (t - begin) * TAGS;
            memcpy(scores, weights->out_bias, sizeof(float) * TAGS);
            for (int k = 0; k < WIDTH; k++) {
                float value = (sum[k] > 0.0f ? sum[k] : 0.0f) + itself_first[k];
                const float *restrict out = weights->out + k * TAGS;
                for (int tag = 0; tag < TAGS; tag++) {
                    scores[tag] += value * out[tag];
                }
            }
        }
        if (t > begin) {
            best_of_run(room->scores, t - begin, room->ways, tags + begin);
            begin = t;
        } else {
            tags[begin++] = OUTSIDE;
        }
    }
}

/* Tag all articles of a batch. Returns 0, -1 without memory. */
static int tag_all(const int32_t *words, Py_ssize_t count, const uint8_t *flags, const int32_t *groups,
                   const float *rows, Py_ssize_t row_count, const Weights *weights, uint8_t *tags) {
    Py_ssize_t most = 0;
    for (Py_ssize_t begin = 0, t = 1; t < count; t++) {
        if (words[t] == BORDER) {
            most = t - begin > most ? t - begin : most;
            begin = t;
        }
    }
    size_t tokens = (size_t)most + 2;
    Room room = {
        PyMem_RawMalloc(tokens * WIDTH * sizeof(float)), PyMem_RawMalloc(tokens * 2 * WIDTH * sizeof(float)),
        PyMem_RawMalloc(tokens * WIDTH * sizeof(float)), PyMem_RawMalloc(tokens * sizeof(int32_t)),
        PyMem_RawMalloc(tokens * WIDTH * sizeof(float)), PyMem_RawMalloc(tokens * TAGS * sizeof(float)),
        PyMem_RawMalloc(tokens * (1 + KINDS)),           PyMem_RawMalloc(tokens),
    };
    int is_room = room.first && room.pools && room.pooled && room.sizes && room.sums && room.scores &&
                  room.ways && room.is_near;
    memset(tags, OUTSIDE, (size_t)count);
    for (Py_ssize_t begin = 1; is_room && begin < count;) {
        Py_ssize_t end = begin;
        int32_t base = INT32_MAX, last = -1;
        for (; end < count && words[end] != BORDER; end++) {
            if (groups[end] >= 0) {
                base = groups[end] < base ? groups[end] : base;
                last = groups[end] > last ? groups[end] : last;
            }
        }
        if (last >= 0 && end < count) {
            tag_article(words + begin, end - begin, flags + begin, groups + begin, base, last - base + 1, rows,
                        row_count, weights, &room, tags + begin);
        }
        begin = end + 1;
    }
    PyMem_RawFree(room.first);
    PyMem_RawFree(room.pools);
    PyMem_RawFree(room.pooled);
    PyMem_RawFree(room.sizes);
    PyMem_RawFree(room.sums);
    PyMem_RawFree(room.scores);
    PyMem_RawFree(room.ways);
    PyMem_RawFree(room.is_near);
    return is_room ? 0 : -1;
}

/* Whether tokens and table are such that tag_all stays inside: a border at both ends, words and flags in the tables,
   and the groups of an article as many as its tokens at most, each with one. */
static int are_sound(const int32_t *words, Py_ssize_t count, const uint8_t *flags, const int32_t *groups,
                     Py_ssize_t row_count) {
    if (count < 1 || words[0] != BORDER || words[count - 1] != BORDER) {
        return count == 0;
    }
    int32_t base = 0, next = 0;
    for (Py_ssize_t t = 0; t < count; t++) {
        if (words[t] < 0 || words[t] >= row_count || flags[t] >= 32 || groups[t] < NEVER) {
            return 0;
        }
        if (words[t] == BORDER) {
            base = next;
        } else if (groups[t] >= 0) {
            if (groups[t] < base || groups[t] > next) { /* numbered as they come */
                return 0;
            }
            next += groups[t] == next;
        }
    }
    return 1;
}

PyDoc_STRVAR(fill_tags_doc,
             "fill_tags(words, flags, groups, rows, flag_rows, window, pool, window_bias, out, out_bias, tags).\n\n"
             "As network.tags_of; tags is filled.");

static PyObject *fill_tags_py(PyObject *module, PyObject *const *args, Py_ssize_t nargs) {
    (void)module;
    if (nargs != 11) {
        PyErr_SetString(PyExc_TypeError, "fill_tags takes 11 arguments");
        return NULL;
    }
    static const int sizes[] = {4, 1, 4, 4, 4, 4, 4, 4, 4, 4, 1};
    Array arrays[11];
    if (take_all(args, arrays, sizes, 11, 10) < 0) {
        return NULL;
    }
    Py_ssize_t count = arrays[0].items, row_count = arrays[3].items / (3 * WIDTH);
    int is_sound = arrays[1].items == count && arrays[2].items == count && arrays[10].items == count &&
                   arrays[3].items == row_count * 3 * WIDTH && arrays[4].items == 32 * WIDTH &&
                   arrays[5].items == 3 * WIDTH * WIDTH && arrays[6].items == 2 * WIDTH * WIDTH &&
                   arrays[7].items == WIDTH && arrays[8].items == WIDTH * TAGS && arrays[9].items == TAGS &&
                   are_sound(arrays[0].view.buf, count, arrays[1].view.buf, arrays[2].view.buf, row_count);
    int found = 0;
    if (is_sound) {
        Weights weights = {arrays[4].view.buf, arrays[5].view.buf, arrays[6].view.buf,
                           arrays[7].view.buf, arrays[8].view.buf, arrays[9].view.buf};
        Py_BEGIN_ALLOW_THREADS
        found = tag_all(arrays[0].view.buf, count, arrays[1].view.buf, arrays[2].view.buf, arrays[3].view.buf,
                        row_count, &weights, arrays[10].view.buf);
        Py_END_ALLOW_THREADS
    }
    release(arrays, 11);
    if (!is_sound) {
        PyErr_SetString(PyExc_ValueError, "arrays of other shapes, or tokens that do not fit the table");
        return NULL;
    }
    if (found < 0) {
        return PyErr_NoMemory();
    }
    Py_RETURN_NONE;
}

/* Append *item*, which is given away, NULL for an error. Returns 0, or -1 with an exception set. */
static int append(PyObject *list, PyObject *item) {
    if (item == NULL) {
        return -1;
    }
    int failed = PyList_Append(list, item);
    Py_DECREF(item);
    return failed;
}

PyDoc_STRVAR(pieces_of_doc, "pieces_of(text) -> (pieces, starts).\n\nAs tokens.pieces_of.");

static PyObject *pieces_of_py(PyObject *module, PyObject *text) {
    (void)module;
    if (!PyUnicode_Check(text)) {
        PyErr_SetString(PyExc_TypeError, "a text is expected");
        return NULL;
    }
    Py_ssize_t count = PyUnicode_GET_LENGTH(text), line = 0, begin = -1;
    int kind = PyUnicode_KIND(text);
    const void *characters = PyUnicode_DATA(text);
    PyObject *pieces = PyList_New(0), *starts = PyList_New(0), *line_end = PyUnicode_FromString("\n");
    if (pieces == NULL || starts == NULL || line_end == NULL) {
        goto failed;
    }
    int is_line_begun = 0;
    for (Py_ssize_t i = 0; i <= count; i++) {
        Py_UCS4 character = i < count ? PyUnicode_READ(kind, characters, i) : '\n';
        if (!Py_UNICODE_ISSPACE(character)) {
            begin = begin < 0 ? i : begin;
            continue;
        }
        if (begin >= 0) {
            if (!is_line_begun && PyList_GET_SIZE(pieces) > 0) {
                Py_INCREF(line_end);
                if (append(pieces, line_end) < 0 || append(starts, PyLong_FromSsize_t(line - 1)) < 0) {
                    goto failed;
                }
            }
            is_line_begun = 1;
            if (append(pieces, PyUnicode_Substring(text, begin, i)) < 0 || append(starts, PyLong_FromSsize_t(begin)) < 0) {
                goto failed;
            }
            begin = -1;
        }
        if (character == '\n') {
            line = i + 1;
            is_line_begun = 0;
        }
    }
    Py_DECREF(line_end);
    return Py_BuildValue("(NN)", pieces, starts);
failed:
    Py_XDECREF(line_end);
    Py_XDECREF(pieces);
    Py_XDECREF(starts);
    return NULL;
}

PyDoc_STRVAR(rows_of_doc, "rows_of(known, pieces) -> (words, counts), as bytes of int32 and int64.\n\nAs kernels.rows_of.");

static PyObject *rows_of_py(PyObject *module, PyObject *const *args, Py_ssize_t nargs) {
    (void)module;
    if (nargs != 2 || !PyDict_Check(args[0]) || !PyList_Check(args[1])) {
        PyErr_SetString(PyExc_TypeError, "rows_of takes a dict and a list");
        return NULL;
    }
    PyObject *known = args[0], *pieces = args[1], *found = NULL;
    Py_ssize_t size = PyList_GET_SIZE(pieces), used = 0, room = 2 * size + 64;
    int32_t *words = PyMem_Malloc((size_t)room * sizeof *words);
    int64_t *counts = PyMem_Malloc((size_t)(size + 1) * sizeof *counts);
    if (words == NULL || counts == NULL) {
        PyErr_NoMemory();
        goto done;
    }
    for (Py_ssize_t i = 0; i < size; i++) {
        if (i >= PyList_GET_SIZE(pieces)) {
            PyErr_SetString(PyExc_RuntimeError, "the pieces have changed");
            goto done;
        }
        PyObject *piece = PyList_GET_ITEM(pieces, i);
        PyObject *rows = PyDict_GetItemWithError(known, piece);
        if (rows != NULL) {
            Py_INCREF(rows);
        } else if (PyErr_Occurred() || (rows = PyObject_GetItem(known, piece)) == NULL) {
            goto done;
        }
        if (!PyTuple_Check(rows)) {
            Py_DECREF(rows);
            PyErr_SetString(PyExc_TypeError, "tuples of rows are expected");
            goto done;
        }
        Py_ssize_t count = PyTuple_GET_SIZE(rows);
        if (used + count > room) {
            room = 2 * (used + count);
            int32_t *more = PyMem_Realloc(words, (size_t)room * sizeof *words);
            if (more == NULL) {
                Py_DECREF(rows);
                PyErr_NoMemory();
                goto done;
            }
            words = more;
        }
        for (Py_ssize_t k = 0; k < count; k++) {
            words[used++] = (int32_t)PyLong_AsLong(PyTuple_GET_ITEM(rows, k));
        }
        counts[i] = count;
        Py_DECREF(rows);
        if (PyErr_Occurred()) {
            goto done;
        }
    }
    found = Py_BuildValue("(y#y#)", (const char *)words, used * (Py_ssize_t)sizeof *words, (const char *)counts,
                          size * (Py_ssize_t)sizeof *counts);
done:
    PyMem_Free(words);
    PyMem_Free(counts);
    return found;
}

static PyMethodDef methods[] = {
    {"rows_of", (PyCFunction)(void (*)(void))rows_of_py, METH_FASTCALL, rows_of_doc},
    {"pieces_of", pieces_of_py, METH_O, pieces_of_doc},
    {"fill_flags", (PyCFunction)(void (*)(void))fill_flags_py, METH_FASTCALL, fill_flags_doc},
    {"fill_tags", (PyCFunction)(void (*)(void))fill_tags_py, METH_FASTCALL, fill_tags_doc},
    {NULL, NULL, 0, NULL},
};

static struct PyModuleDef definition = {
    PyModuleDef_HEAD_INIT, "_network", "Inner loops of the recogniser; see kernels.py.", 0, methods, NULL, NULL, NULL, NULL,
};

PyMODINIT_FUNC PyInit__network(void) {
    PyObject *module = PyModule_Create(&definition);
    /* What was compiled with other numbers is left aside by kernels.py. */
    if (module != NULL && PyModule_AddStringConstant(module, "NUMBERS", NUMBERS) < 0) {
        Py_DECREF(module);
        return NULL;
    }
    return module;
}
