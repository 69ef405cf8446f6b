/* Texts with their sentences in one line again: merging/unwrapped.py is the reference. */

#include "network.h"

/* A line: its first and last character, and the end of what stands before the white space at its end. */
typedef struct {
    Py_ssize_t start, end, stripped;
} Line;

static INLINE Line line_at(int kind, const void *data, Py_ssize_t start, Py_ssize_t length) {
    Line line = {start, start, start};
    for (; line.end < length; line.end++) {
        Py_UCS4 letter = PyUnicode_READ(kind, data, line.end);
        if (letter == '\n') {
            break;
        }
        if (!Py_UNICODE_ISSPACE(letter)) {
            line.stripped = line.end + 1;
        }
    }
    return line;
}

/* Whether a line by itself parts paragraphs: it is blank, or begins with white space as a paragraph does. */
static INLINE int is_parting(int kind, const void *data, const Line *line) {
    if (line->stripped == line->start) {
        return 1;
    }
    Py_UCS4 first = PyUnicode_READ(kind, data, line->start);
    return first == '\t' ||
           (first == ' ' && line->end - line->start > 1 && PyUnicode_READ(kind, data, line->start + 1) == ' ');
}

/* Put a blank for each line end inside a sentence of *data*, which is written over. */
static INLINE void unwrap(int kind, void *data, Py_ssize_t start, Py_ssize_t length, Py_ssize_t shortest, Py_ssize_t longest) {
    int is_parted = 0;
    Line first = line_at(kind, data, start, length);
    for (Py_ssize_t at = first.end; !is_parted && at < length;) {
        Line line = line_at(kind, data, at + 1, length);
        is_parted = is_parting(kind, data, &line);
        at = line.end;
    }
    Line before = first;
    Py_ssize_t least = 1;
    while (before.end < length) {
        Line line = line_at(kind, data, before.end + 1, length);
        Py_ssize_t size = before.stripped - before.start;
        if (line.end > line.start && least <= size && size <= longest &&
            !Py_UNICODE_ISSPACE(PyUnicode_READ(kind, data, line.start))) {
            Py_UCS4 last = PyUnicode_READ(kind, data, before.stripped - 1);
            if (last == ',' || (is_parted && least == shortest) || Py_UNICODE_ISALNUM(last)) {
                PyUnicode_WRITE(kind, data, before.end, ' ');
            }
        }
        least = shortest;
        before = line;
    }
}

const char unwrapped_doc[] =
    "unwrapped(text, start, shortest, longest) -> text.\n\nAs merging.unwrapped.unwrapped, of what begins at start and has no return.";

PyObject *unwrapped_py(PyObject *module, PyObject *const *args, Py_ssize_t nargs) {
    (void)module;
    if (nargs != 4 || !PyUnicode_Check(args[0])) {
        PyErr_SetString(PyExc_TypeError, "unwrapped takes a text and three numbers");
        return NULL;
    }
    Py_ssize_t numbers[3], length = PyUnicode_GET_LENGTH(args[0]);
    for (int i = 0; i < 3; i++) {
        numbers[i] = PyLong_AsSsize_t(args[i + 1]);
        if (numbers[i] < 0) {
            if (!PyErr_Occurred()) {
                PyErr_SetString(PyExc_ValueError, "numbers from 0 on are expected");
            }
            return NULL;
        }
    }
    PyObject *made = PyUnicode_New(length, PyUnicode_MAX_CHAR_VALUE(args[0]));
    if (made == NULL || PyUnicode_CopyCharacters(made, 0, args[0], 0, length) < 0) {
        Py_XDECREF(made);
        return NULL;
    }
    Py_ssize_t start = numbers[0] < length ? numbers[0] : length;
    void *data = PyUnicode_DATA(made);
    switch (PyUnicode_KIND(made)) {
    case PyUnicode_1BYTE_KIND:
        unwrap(PyUnicode_1BYTE_KIND, data, start, length, numbers[1], numbers[2]);
        break;
    case PyUnicode_2BYTE_KIND:
        unwrap(PyUnicode_2BYTE_KIND, data, start, length, numbers[1], numbers[2]);
        break;
    default:
        unwrap(PyUnicode_4BYTE_KIND, data, start, length, numbers[1], numbers[2]);
    }
    return made;
}
