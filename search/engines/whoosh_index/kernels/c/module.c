/* The compiled inner loops as a module of Python. */
#define IMPORTS_ARRAY
#include "kernels.h"

/* As in kernels/__init__.py. */
#define INTERFACE 4

#define FAST(NAME) {#NAME, (PyCFunction)(void (*)(void))NAME, METH_FASTCALL, NULL}
#define ONE(NAME) {#NAME, NAME, METH_O, NULL}

static PyMethodDef functions[] = {
    FAST(string_place),
    FAST(near_strings),
    FAST(find_word),
    ONE(documents_of),
    ONE(weights_of),
    ONE(united),
    FAST(occurrences),
    FAST(phrase),
    FAST(weighed),
    FAST(saturated),
    FAST(scored),
    FAST(find_in),
    FAST(add_found),
    FAST(add_pair),
    FAST(best),
    FAST(at_least),
    FAST(top),
    FAST(highest),
    FAST(common),
    FAST(some_of),
    FAST(count_values),
    {NULL, NULL, 0, NULL},
};

static struct PyModuleDef module = {
    PyModuleDef_HEAD_INIT, "_kernels", "The inner loops of the engine, compiled.", -1, functions,
    NULL, NULL, NULL, NULL,
};

PyMODINIT_FUNC
PyInit__kernels(void)
{
    PyObject *made;
    import_array();
    made = PyModule_Create(&module);
    if (made != NULL && PyModule_AddIntConstant(made, "INTERFACE", INTERFACE) < 0)
        Py_CLEAR(made);
    return made;
}
