/* Entities as `search.model.article` has them, made of what merging found. */

#include "network.h"

/* Return a tuple of *type*, a named tuple, without items; NULL with an exception set. The garbage collector does not
   look at it: what it is to hold (texts, numbers, other tuples of these) cannot be part of a circle. */
static PyObject *untracked(PyTypeObject *type, Py_ssize_t size) {
    PyObject *made = type == &PyTuple_Type ? PyTuple_New(size) : type->tp_alloc(type, size);
    if (made != NULL && size > 0)
        PyObject_GC_UnTrack(made);
    return made;
}

static PyObject *mentions_of(PyTypeObject *type, PyObject *places) {
    Py_ssize_t count = PyList_GET_SIZE(places) / 2;
    PyObject *mentions = untracked(&PyTuple_Type, count);
    for (Py_ssize_t i = 0; mentions != NULL && i < count; i++) {
        PyObject *mention = untracked(type, 2);
        if (mention == NULL) {
            Py_CLEAR(mentions);
            break;
        }
        for (int side = 0; side < 2; side++)
            PyTuple_SET_ITEM(mention, side, Py_NewRef(PyList_GET_ITEM(places, 2 * i + side)));
        PyTuple_SET_ITEM(mentions, i, mention);
    }
    return mentions;
}

const char entity_doc[] =
    "entity(Entity, Mention, name, places, forms)\n--\n\n"
    "Return the Entity of a name whose mentions start and end at *places*, a list of numbers, and of a tuple of forms.";

PyObject *entity_py(PyObject *module, PyObject *const *args, Py_ssize_t nargs) {
    (void)module;
    if (nargs != 5 || !PyType_Check(args[0]) || !PyType_Check(args[1]) ||
        !PyType_IsSubtype((PyTypeObject *)args[0], &PyTuple_Type) ||
        !PyType_IsSubtype((PyTypeObject *)args[1], &PyTuple_Type) || !PyUnicode_CheckExact(args[2]) ||
        !PyList_CheckExact(args[3]) || !PyTuple_CheckExact(args[4])) {
        PyErr_SetString(PyExc_TypeError, "entity takes two types of tuples, a str, a list and a tuple");
        return NULL;
    }
    for (Py_ssize_t i = 0; i < PyList_GET_SIZE(args[3]); i++)
        if (!PyLong_CheckExact(PyList_GET_ITEM(args[3], i))) {
            PyErr_SetString(PyExc_TypeError, "places are numbers");
            return NULL;
        }
    for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(args[4]); i++)
        if (!PyUnicode_CheckExact(PyTuple_GET_ITEM(args[4], i))) {
            PyErr_SetString(PyExc_TypeError, "forms are texts");
            return NULL;
        }
    PyObject *mentions = mentions_of((PyTypeObject *)args[1], args[3]);
    if (mentions == NULL)
        return NULL;
    PyObject *entity = untracked((PyTypeObject *)args[0], 3);
    if (entity == NULL) {
        Py_DECREF(mentions);
        return NULL;
    }
    PyTuple_SET_ITEM(entity, 0, Py_NewRef(args[2]));
    PyTuple_SET_ITEM(entity, 1, mentions);
    PyTuple_SET_ITEM(entity, 2, Py_NewRef(args[4]));
    if (PyTuple_GET_SIZE(args[4]) > 0)
        PyObject_GC_UnTrack(args[4]);
    return entity;
}
