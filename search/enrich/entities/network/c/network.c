/* The inner loops of the recogniser: flags and groups of tokens, and the forward pass from them to tags.

   flags.py and network.py above this folder say what each does, in numpy; they are the reference. Numbers that both
   sides share come from there by -D (setup.py). All arrays are given by the caller, C-contiguous, and nothing is kept. */

#include "network.h"

#include <math.h>

#define KINDS ((TAGS - 1) / 4)
/* TAGS, and room to a whole number of pairs of the widest registers. */
#define SCORES ((TAGS + 31) / 32 * 32)

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

/* The best well-formed tags of a run of *count* tokens with their scores: as network.best_tags.
   *ways* has room for count * (2 + KINDS) bytes. */
static void best_of_run(const float *scores, Py_ssize_t count, uint8_t *ways, uint8_t *tags) {
    float closed = 0.0f, open[KINDS];
    uint8_t *closing = ways, *opening = ways + count;
    for (int k = 0; k < KINDS; k++) {
        open[k] = -INFINITY;
    }
    for (Py_ssize_t t = 0; t < count; t++, scores += SCORES) {
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

/* How many tokens before one is looked at its rows are asked for, and how many numbers a line of memory has. */
#define AHEAD 3
#define LINE_FLOATS 16

/* Room for the largest article of a batch. */
typedef struct {
    float *first;  /* [tokens, WIDTH] */
    float *pools;  /* [groups, 2 * WIDTH]: mean, largest */
    float *pooled; /* [groups, WIDTH] */
    int32_t *sizes;
    float *sums;   /* [tokens, WIDTH] */
    float *scores; /* [tokens, SCORES] */
    float *out;    /* [WIDTH + 1, SCORES]: the weights of the scores, and after them their bias */
    uint8_t *ways;
    int32_t *near, *looked_at; /* [tokens] */
} Room;

/* Tag the tokens of one article: *count* of them, and a border before and after. *groups* count from *base*. */
static INLINE void tag_with(const int32_t *words, Py_ssize_t count, const uint8_t *flags, const int32_t *groups,
                            int32_t base, int32_t group_count, const float *rows, Py_ssize_t row_count,
                            const Weights *weights, const Room *room, uint8_t *tags, int is_widest) {
    const float *before = rows, *itself = rows + row_count * WIDTH, *after = itself + row_count * WIDTH;
    /* Row 0 and the last are those of the borders: zero. */
    memset(room->first, 0, sizeof(float) * WIDTH);
    memset(room->first + (count + 1) * WIDTH, 0, sizeof(float) * WIDTH);
    /* Those that may be in a name: with a group, and their neighbours. Only they and their neighbours are looked at. */
    int32_t *near = room->near, *looked_at = room->looked_at;
    Py_ssize_t near_count = 0, look_count = 0;
    for (Py_ssize_t t = 0, next = 0; t < count; t++) {
        int is_near = groups[t] != NEVER && (groups[t] >= 0 || (t > 0 && groups[t - 1] >= 0) ||
                                             (t + 1 < count && groups[t + 1] >= 0));
        if (!is_near) {
            continue;
        }
        near[near_count++] = (int32_t)t;
        for (next = next > t - 1 ? next : (t > 0 ? t - 1 : 0); next < count && next <= t + 1; next++) {
            looked_at[look_count++] = (int32_t)next;
        }
    }
    for (Py_ssize_t at = 0; at < look_count; at++) {
        Py_ssize_t soon = looked_at[at + AHEAD < look_count ? at + AHEAD : at];
        for (int line = 0; line < WIDTH; line += LINE_FLOATS) {
            FETCH(before + (Py_ssize_t)words[soon - 1] * WIDTH + line);
            FETCH(itself + (Py_ssize_t)words[soon] * WIDTH + line);
            FETCH(after + (Py_ssize_t)words[soon + 1] * WIDTH + line);
        }
        Py_ssize_t next = looked_at[at];
        const float *restrict a = before + (Py_ssize_t)words[next - 1] * WIDTH;
        const float *restrict b = itself + (Py_ssize_t)words[next] * WIDTH;
        const float *restrict c = after + (Py_ssize_t)words[next + 1] * WIDTH;
        const float *restrict d = weights->flags + (Py_ssize_t)flags[next] * WIDTH;
        float *restrict sum = room->first + (next + 1) * WIDTH;
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
    /* A matrix of WIDTH * WIDTH stays in the first cache while it is used for all groups, or all tokens. Where rows are no
       whole number of blocks, the last one fills the block. */
    float *sums[BLOCK];
    const float *values[BLOCK];
    for (int half = 0; half < 2; half++) {
        for (int32_t group = 0; group < group_count; group += BLOCK) {
            for (int i = 0; i < BLOCK; i++) {
                Py_ssize_t row = group + i < group_count ? group + i : group_count - 1;
                sums[i] = room->pooled + row * WIDTH;
                values[i] = room->pools + (row * 2 + half) * WIDTH;
            }
            add_products(sums, values, WIDTH, weights->pool + half * WIDTH * WIDTH, WIDTH, WIDTH, is_widest);
        }
    }
    for (Py_ssize_t at = 0; at < near_count; at++) {
        int32_t group = groups[near[at]];
        memcpy(room->sums + at * WIDTH,
               group >= 0 ? room->pooled + (Py_ssize_t)(group - base) * WIDTH : weights->window_bias,
               sizeof(float) * WIDTH);
    }
    for (int place = 0; place < 3; place++) {
        for (Py_ssize_t at = 0; at < near_count; at += BLOCK) {
            for (int i = 0; i < BLOCK; i++) {
                Py_ssize_t row = at + i < near_count ? at + i : near_count - 1;
                sums[i] = room->sums + row * WIDTH;
                values[i] = room->first + ((Py_ssize_t)near[row] + place) * WIDTH;
            }
            add_products(sums, values, WIDTH, weights->window + place * WIDTH * WIDTH, WIDTH, WIDTH, is_widest);
        }
    }
    for (Py_ssize_t at = 0; at < near_count; at++) {
        float *restrict sum = room->sums + at * WIDTH;
        const float *restrict itself_first = room->first + ((Py_ssize_t)near[at] + 1) * WIDTH;
        for (int k = 0; k < WIDTH; k++) {
            sum[k] = (sum[k] > 0.0f ? sum[k] : 0.0f) + itself_first[k];
        }
        memcpy(room->scores + at * SCORES, room->out + WIDTH * SCORES, sizeof(float) * SCORES);
    }
    for (Py_ssize_t at = 0; at < near_count; at += BLOCK) {
        for (int i = 0; i < BLOCK; i++) {
            Py_ssize_t row = at + i < near_count ? at + i : near_count - 1;
            sums[i] = room->scores + row * SCORES;
            values[i] = room->sums + row * WIDTH;
        }
        add_products(sums, values, WIDTH, room->out, SCORES, SCORES, is_widest);
    }
    for (Py_ssize_t at = 0, end = 0; at < near_count; at = end) {
        while (end < near_count && near[end] - near[at] == end - at) {
            end++;
        }
        best_of_run(room->scores + at * SCORES, end - at, room->ways, tags + near[at]);
    }
}

WIDE static void tag_article(const int32_t *words, Py_ssize_t count, const uint8_t *flags, const int32_t *groups,
                             int32_t base, int32_t group_count, const float *rows, Py_ssize_t row_count,
                             const Weights *weights, const Room *room, uint8_t *tags) {
    tag_with(words, count, flags, groups, base, group_count, rows, row_count, weights, room, tags, 0);
}

WIDEST static void tag_in_widest(const int32_t *words, Py_ssize_t count, const uint8_t *flags, const int32_t *groups,
                                 int32_t base, int32_t group_count, const float *rows, Py_ssize_t row_count,
                                 const Weights *weights, const Room *room, uint8_t *tags) {
    tag_with(words, count, flags, groups, base, group_count, rows, row_count, weights, room, tags, 1);
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
        PyMem_RawMalloc(tokens * WIDTH * sizeof(float)), PyMem_RawMalloc(tokens * SCORES * sizeof(float)),
        PyMem_RawCalloc((WIDTH + 1) * SCORES, sizeof(float)),
        PyMem_RawMalloc(tokens * (1 + KINDS)),           PyMem_RawMalloc(tokens * sizeof(int32_t)),
        PyMem_RawMalloc(tokens * sizeof(int32_t)),
    };
    int is_room = room.first && room.pools && room.pooled && room.sizes && room.sums && room.scores &&
                  room.out && room.ways && room.near && room.looked_at;
    int is_widest = has_widest();
    memset(tags, OUTSIDE, (size_t)count);
    for (int k = 0; is_room && k <= WIDTH; k++) {
        memcpy(room.out + k * SCORES, k < WIDTH ? weights->out + k * TAGS : weights->out_bias, sizeof(float) * TAGS);
    }
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
            (is_widest ? tag_in_widest : tag_article)(words + begin, end - begin, flags + begin, groups + begin, base,
                                                      last - base + 1, rows, row_count, weights, &room, tags + begin);
        }
        begin = end + 1;
    }
    PyMem_RawFree(room.first);
    PyMem_RawFree(room.pools);
    PyMem_RawFree(room.pooled);
    PyMem_RawFree(room.sizes);
    PyMem_RawFree(room.sums);
    PyMem_RawFree(room.scores);
    PyMem_RawFree(room.out);
    PyMem_RawFree(room.ways);
    PyMem_RawFree(room.near);
    PyMem_RawFree(room.looked_at);
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

static PyMethodDef methods[] = {
    {"fill_rows", (PyCFunction)(void (*)(void))fill_rows_py, METH_FASTCALL, fill_rows_doc},
    {"fill_flags", (PyCFunction)(void (*)(void))fill_flags_py, METH_FASTCALL, fill_flags_doc},
    {"fill_tags", (PyCFunction)(void (*)(void))fill_tags_py, METH_FASTCALL, fill_tags_doc},
    {"entity", (PyCFunction)(void (*)(void))entity_py, METH_FASTCALL, entity_doc},
    {"unwrapped", (PyCFunction)(void (*)(void))unwrapped_py, METH_FASTCALL, unwrapped_doc},
    {NULL, NULL, 0, NULL},
};

static struct PyModuleDef definition = {
    PyModuleDef_HEAD_INIT, "_network", "Inner loops of the recogniser; see kernels.py.", 0, methods, NULL, NULL, NULL, NULL,
};

PyMODINIT_FUNC PyInit__network(void) {
    PyObject *module = PyModule_Create(&definition);
    /* What was compiled with other numbers is left aside by kernels.py. */
    if (module != NULL && (PyModule_AddStringConstant(module, "NUMBERS", NUMBERS) < 0 || add_reader(module) < 0)) {
        Py_DECREF(module);
        return NULL;
    }
    return module;
}
