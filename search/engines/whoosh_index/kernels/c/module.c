/* The compiled inner loops as a module of Python. */
#define IMPORTS_ARRAY
#include "kernels.h"

#define FAST(NAME) {#NAME, (PyCFunction)(void (*)(void))NAME, METH_FASTCALL, NULL}
#define ONE(NAME) {#NAME, NAME, METH_O, NULL}

static PyMethodDef functions[] = {
    FAST(strings_with_prefix),
    FAST(near_strings),
    FAST(find_word),
    ONE(postings),
    ONE(merged_postings),
    FAST(occurrences),
    FAST(occurrence_weights),
    FAST(scored),
    FAST(find_in),
    FAST(add_scores),
    FAST(best),
    FAST(top),
    {"union", (PyCFunction)(void (*)(void))union_of, METH_FASTCALL, NULL}, /* a word of C */
    FAST(count_values),
    {NULL, NULL, 0, NULL},
};

static struct PyModuleDef module = {
    PyModuleDef_HEAD_INIT, "_kernels", "The inner loops of the engine, compiled.", -1, functions,
    NULL, NULL, NULL, NULL,
};

/* The numbers that this was compiled with, which kernels/__init__.py compares with its own. */
static int
add_constants(PyObject *made)
{
    return PyModule_AddIntMacro(made, KERNELS_VERSION) < 0 || PyModule_AddIntMacro(made, DOCUMENT_BITS) < 0
           || PyModule_AddIntMacro(made, KEY_STEP) < 0 || PyModule_AddIntMacro(made, FREQUENCY_BITS) < 0
           || PyModule_AddIntMacro(made, FREQUENCY_MASK) < 0 || PyModule_AddIntMacro(made, ESCAPE) < 0
           || PyModule_AddIntMacro(made, POSITION_BITS) < 0 || PyModule_AddIntMacro(made, POSITION_MASK) < 0;
}

PyMODINIT_FUNC
PyInit__kernels(void)
{
    PyObject *made;
    import_array();
    if (import_posting_run() < 0)
        return NULL;
    made = PyModule_Create(&module);
    if (made != NULL && add_constants(made))
        Py_CLEAR(made);
    return made;
}
