/* What documents have of entities and other values, on its way into a segment. */
#include "kernels.h"

/* Text of JSON in UTF-8 that grows. */
typedef struct {
    char *at;
    Py_ssize_t size, room;
} Growing;

/* Make room for *more* bytes. Returns -1 with an exception set. */
static int
reserve(Growing *text, Py_ssize_t more)
{
    char *at;
    Py_ssize_t room = text->room;
    if (more <= room - text->size)
        return 0;
    while (more > room - text->size)
        room *= 2;
    at = PyMem_Realloc(text->at, (size_t)room);
    if (at == NULL) {
        PyErr_NoMemory();
        return -1;
    }
    text->at = at;
    text->room = room;
    return 0;
}

/* There has to be room for the characters of *said*. */
static inline void
say(Growing *text, const char *said)
{
    size_t size = strlen(said);
    memcpy(text->at + text->size, said, size);
    text->size += (Py_ssize_t)size;
}

/* There has to be room for 20 digits. */
static inline void
say_number(Growing *text, Py_ssize_t number)
{
    char digits[20];
    int size = 0;
    size_t left = number < 0 ? 0 - (size_t)number : (size_t)number;
    if (number < 0)
        text->at[text->size++] = '-';
    do
        digits[size++] = (char)('0' + left % 10);
    while ((left /= 10) != 0);
    while (size > 0)
        text->at[text->size++] = digits[--size];
}

/* Put *string* down as JSON has it, all characters but those that have to be escaped as they are. */
static int
say_quoted(Growing *text, PyObject *string)
{
    static const char *hex = "0123456789abcdef";
    Py_ssize_t size, i;
    const char *bytes = PyUnicode_Check(string) ? PyUnicode_AsUTF8AndSize(string, &size) : NULL;
    char *to;
    if (bytes == NULL) {
        if (!PyErr_Occurred())
            expected("texts");
        return -1;
    }
    /* six for each byte at most, and the quotes */
    if (size > (PY_SSIZE_T_MAX - 64) / 8 || reserve(text, 6 * size + 2) < 0)
        return -1;
    to = text->at + text->size;
    *to++ = '"';
    for (i = 0; i < size; i++) {
        unsigned char byte = (unsigned char)bytes[i];
        if (byte >= ' ' && byte != '"' && byte != '\\') {
            *to++ = (char)byte;
            continue;
        }
        *to++ = '\\';
        switch (byte) {
        case '"': case '\\': *to++ = (char)byte; break;
        case '\b': *to++ = 'b'; break;
        case '\f': *to++ = 'f'; break;
        case '\n': *to++ = 'n'; break;
        case '\r': *to++ = 'r'; break;
        case '\t': *to++ = 't'; break;
        default:
            memcpy(to, "u00", 3);
            to[3] = hex[byte >> 4];
            to[4] = hex[byte & 15];
            to += 5;
        }
    }
    *to++ = '"';
    text->size = to - text->at;
    return 0;
}

/* The items of an entity: its name, its mentions, its forms. Returns -1 with an exception set. */
static int
take_entity(PyObject *entity, PyObject **name, PyObject **mentions, PyObject **forms)
{
    if (!PyTuple_Check(entity) || PyTuple_GET_SIZE(entity) != 3) {
        expected("entities");
        return -1;
    }
    *name = PyTuple_GET_ITEM(entity, 0);
    *mentions = PyTuple_GET_ITEM(entity, 1);
    *forms = PyTuple_GET_ITEM(entity, 2);
    if (!PyUnicode_Check(*name) || !PyTuple_Check(*mentions) || !PyTuple_Check(*forms)) {
        expected("entities");
        return -1;
    }
    return 0;
}

/* Put down how far each mention begins after the end of the one before, and its length. */
static int
say_mentions(Growing *text, PyObject *mentions)
{
    Py_ssize_t i, at = 0, size = PyTuple_GET_SIZE(mentions);
    if (size > PY_SSIZE_T_MAX / 64 || reserve(text, 44 * size + 4) < 0)
        return -1;
    say(text, ",[");
    for (i = 0; i < size; i++) {
        PyObject *mention = PyTuple_GET_ITEM(mentions, i);
        Py_ssize_t start, end;
        if (!PyTuple_Check(mention) || PyTuple_GET_SIZE(mention) != 2) {
            expected("mentions");
            return -1;
        }
        start = PyLong_AsSsize_t(PyTuple_GET_ITEM(mention, 0));
        end = PyErr_Occurred() ? 0 : PyLong_AsSsize_t(PyTuple_GET_ITEM(mention, 1));
        if (PyErr_Occurred())
            return -1;
        if (start < 0 || end < 0) {
            expected("mentions");
            return -1;
        }
        if (i > 0)
            say(text, ",");
        say_number(text, start - at);
        say(text, ",");
        say_number(text, end - start);
        at = end;
    }
    say(text, "]");
    return 0;
}

static int
say_entity(Growing *text, PyObject *entity)
{
    PyObject *name, *mentions, *forms;
    Py_ssize_t i;
    if (take_entity(entity, &name, &mentions, &forms) < 0 || reserve(text, 1) < 0)
        return -1;
    say(text, "[");
    if (say_quoted(text, name) < 0 || say_mentions(text, mentions) < 0)
        return -1;
    for (i = 0; i < PyTuple_GET_SIZE(forms); i++) {
        if (reserve(text, 1) < 0)
            return -1;
        say(text, ",");
        if (say_quoted(text, PyTuple_GET_ITEM(forms, i)) < 0)
            return -1;
    }
    if (reserve(text, 1) < 0)
        return -1;
    say(text, "]");
    return 0;
}

KERNEL(entities_as_json)
{
    Growing text = {NULL, 0, 4096};
    PyObject *result = NULL;
    Py_ssize_t kind, i;
    if (count != 2 || !PyTuple_Check(arguments[0]) || !PyTuple_Check(arguments[1])
        || PyTuple_GET_SIZE(arguments[0]) != PyTuple_GET_SIZE(arguments[1]))
        return expected("entities by kind, and what the kinds are called");
    text.at = PyMem_Malloc((size_t)text.room);
    if (text.at == NULL)
        return PyErr_NoMemory();
    for (kind = 0; kind < PyTuple_GET_SIZE(arguments[0]); kind++) {
        PyObject *of_kind = PyTuple_GET_ITEM(arguments[0], kind);
        if (!PyTuple_Check(of_kind)) {
            expected("entities by kind");
            goto done;
        }
        if (reserve(&text, 1) < 0)
            goto done;
        if (kind > 0)
            say(&text, ",");
        if (say_quoted(&text, PyTuple_GET_ITEM(arguments[1], kind)) < 0 || reserve(&text, 2) < 0)
            goto done;
        say(&text, ":[");
        for (i = 0; i < PyTuple_GET_SIZE(of_kind); i++) {
            if (reserve(&text, 1) < 0)
                goto done;
            if (i > 0)
                say(&text, ",");
            if (say_entity(&text, PyTuple_GET_ITEM(of_kind, i)) < 0)
                goto done;
        }
        if (reserve(&text, 1) < 0)
            goto done;
        say(&text, "]");
    }
    result = PyBytes_FromStringAndSize(text.at, text.size);
done:
    PyMem_Free(text.at);
    return result;
}

/* Values ------------------------------------------------------------------------------------------------------ */

/* Append *text* to *texts*, and the forms that *listed* has of it. Returns -1 with an exception set. */
static int
append_with_listed(PyObject *texts, PyObject *text, PyObject *listed)
{
    PyObject *forms;
    Py_ssize_t i;
    if (PyList_Append(texts, text) < 0)
        return -1;
    forms = PyDict_GetItemWithError(listed, text);
    if (forms == NULL)
        return PyErr_Occurred() ? -1 : 0;
    if (!PyTuple_Check(forms)) {
        expected("listed forms");
        return -1;
    }
    for (i = 0; i < PyTuple_GET_SIZE(forms); i++)
        if (PyList_Append(texts, PyTuple_GET_ITEM(forms, i)) < 0)
            return -1;
    return 0;
}

/* Append *form*, a NUL and *name* as one text, unless *form* has a NUL itself. Returns -1 with an exception set. */
static int
append_form(PyObject *forms, PyObject *form, PyObject *name)
{
    Py_ssize_t size = PyUnicode_GET_LENGTH(form), of_name = PyUnicode_GET_LENGTH(name);
    Py_UCS4 greatest = PyUnicode_MAX_CHAR_VALUE(form), other = PyUnicode_MAX_CHAR_VALUE(name);
    Py_ssize_t found = PyUnicode_FindChar(form, 0, 0, size, 1);
    PyObject *made;
    int status;
    if (found != -1)
        return found < 0 ? -1 : 0;
    made = PyUnicode_New(size + 1 + of_name, greatest > other ? greatest : other);
    if (made == NULL)
        return -1;
    status = PyUnicode_CopyCharacters(made, 0, form, 0, size) < 0 || PyUnicode_WriteChar(made, size, 0) < 0
             || PyUnicode_CopyCharacters(made, size + 1, name, 0, of_name) < 0 || PyList_Append(forms, made) < 0;
    Py_DECREF(made);
    return status ? -1 : 0;
}

/* Append to *lists* what a document has of one kind: a list of names, one of texts and one of forms. */
static int
append_values(PyObject *of_kind, PyObject *listed, PyObject **lists)
{
    PyObject *own[3] = {NULL, NULL, NULL};
    Py_ssize_t i, k;
    int status = -1;
    if (!PyTuple_Check(of_kind)) {
        expected("entities by kind");
        return -1;
    }
    own[0] = PyList_New(PyTuple_GET_SIZE(of_kind));
    own[1] = PyList_New(0);
    own[2] = PyList_New(0);
    if (own[0] == NULL || own[1] == NULL || own[2] == NULL)
        goto done;
    for (i = 0; i < PyTuple_GET_SIZE(of_kind); i++) {
        PyObject *name, *mentions, *forms;
        if (take_entity(PyTuple_GET_ITEM(of_kind, i), &name, &mentions, &forms) < 0)
            goto done;
        Py_INCREF(name);
        PyList_SET_ITEM(own[0], i, name);
        if (append_with_listed(own[1], name, listed) < 0)
            goto done;
        for (k = 0; k < PyTuple_GET_SIZE(forms); k++) {
            PyObject *form = PyTuple_GET_ITEM(forms, k);
            if (!PyUnicode_Check(form)) {
                expected("forms");
                goto done;
            }
            if (append_with_listed(own[1], form, listed) < 0 || append_form(own[2], form, name) < 0)
                goto done;
        }
    }
    status = 0;
    for (k = 0; k < 3 && status == 0; k++)
        status = PyList_Append(lists[k], own[k]);
done:
    for (k = 0; k < 3; k++)
        Py_XDECREF(own[k]);
    return status;
}

KERNEL(entity_values)
{
    PyObject *lists[3] = {NULL, NULL, NULL}, *result = NULL;
    Py_ssize_t document;
    int k;
    if (count != 2 || !PyList_Check(arguments[0]) || !PyDict_Check(arguments[1]))
        return expected("a list of entities of one kind by document, and listed forms");
    for (k = 0; k < 3; k++)
        if ((lists[k] = PyList_New(0)) == NULL)
            goto done;
    for (document = 0; document < PyList_GET_SIZE(arguments[0]); document++)
        if (append_values(PyList_GET_ITEM(arguments[0], document), arguments[1], lists) < 0)
            goto done;
    result = PyTuple_Pack(3, lists[0], lists[1], lists[2]);
done:
    for (k = 0; k < 3; k++)
        Py_XDECREF(lists[k]);
    return result;
}

static int
is_blank(PyObject *text)
{
    Py_ssize_t i, size = PyUnicode_GET_LENGTH(text);
    int kind = PyUnicode_KIND(text);
    const void *data = PyUnicode_DATA(text);
    for (i = 0; i < size; i++)
        if (!Py_UNICODE_ISSPACE(PyUnicode_READ(kind, data, i)))
            return 0;
    return 1;
}

/* What *known* has of *text*, or the next number, which it has then; -1 where *text* is blank, -2 with an exception set.
   Adds to *characters* those of a text that was not known. */
static Py_ssize_t
number_of(PyObject *text, PyObject *known, Py_ssize_t *characters)
{
    PyObject *number;
    Py_ssize_t found;
    if (!PyUnicode_Check(text)) {
        expected("texts");
        return -2;
    }
    number = PyDict_GetItemWithError(known, text);
    if (number != NULL) {
        found = PyLong_AsSsize_t(number);
        return found == -1 && PyErr_Occurred() ? -2 : found;
    }
    if (PyErr_Occurred())
        return -2;
    if (is_blank(text))
        return -1;
    found = PyDict_GET_SIZE(known);
    number = PyLong_FromSsize_t(found);
    if (number == NULL)
        return -2;
    if (PyDict_SetItem(known, text, number) < 0)
        found = -2;
    Py_DECREF(number);
    *characters += PyUnicode_GET_LENGTH(text);
    return found;
}

/* How many texts documents have, all together; -1 with an exception set. */
static Py_ssize_t
count_texts(PyObject *of_documents)
{
    Py_ssize_t document, size = 0;
    for (document = 0; document < PyList_GET_SIZE(of_documents); document++) {
        PyObject *own = PyList_GET_ITEM(of_documents, document);
        if (!PyList_Check(own) && !PyTuple_Check(own)) {
            expected("lists or tuples of texts");
            return -1;
        }
        size += PySequence_Fast_GET_SIZE(own);
    }
    return size;
}

KERNEL(numbered)
{
    PyObject *made[2] = {NULL, NULL}, *result = NULL;
    npy_intp documents, document, size, filled = 0;
    Py_ssize_t room, characters = 0;
    int32_t *numbers, *counts, *last = NULL;
    if (count != 2 || !PyList_Check(arguments[0]) || !PyDict_Check(arguments[1]))
        return expected("a list of the texts of each document, and the numbers that are known");
    if ((size = count_texts(arguments[0])) < 0)
        return NULL;
    documents = PyList_GET_SIZE(arguments[0]);
    room = PyDict_GET_SIZE(arguments[1]) + size;
    made[0] = PyArray_SimpleNew(1, &size, NPY_INT32);
    made[1] = PyArray_SimpleNew(1, &documents, NPY_INT32);
    /* of each number, the last document that has it, counted from 1 */
    last = PyMem_Calloc((size_t)room + 1, sizeof(int32_t));
    if (last == NULL)
        PyErr_NoMemory();
    if (made[0] == NULL || made[1] == NULL || last == NULL)
        goto done;
    numbers = PyArray_DATA((PyArrayObject *)made[0]);
    counts = PyArray_DATA((PyArrayObject *)made[1]);
    for (document = 0; document < documents; document++) {
        PyObject *own = PyList_GET_ITEM(arguments[0], document);
        npy_intp i, before = filled;
        for (i = 0; i < PySequence_Fast_GET_SIZE(own); i++) {
            Py_ssize_t number = number_of(PySequence_Fast_GET_ITEM(own, i), arguments[1], &characters);
            if (number == -1)
                continue;
            if (number < 0 || number >= room) {
                if (!PyErr_Occurred())
                    out_of_bounds("numbers");
                goto done;
            }
            if (last[number] == (int32_t)document + 1)
                continue;
            last[number] = (int32_t)document + 1;
            numbers[filled++] = (int32_t)number;
        }
        counts[document] = (int32_t)(filled - before);
    }
    if (shorten(made[0], filled) == 0)
        result = Py_BuildValue("(OOn)", made[0], made[1], characters);
done:
    PyMem_Free(last);
    Py_XDECREF(made[0]);
    Py_XDECREF(made[1]);
    return result;
}
