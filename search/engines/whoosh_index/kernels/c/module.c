/* The compiled kernels as a module of Python. */
#define IMPORTS_ARRAY
#include "kernels.h"

#define FUNCTION(NAME, CODE) {NAME, (PyCFunction)(void (*)(void))CODE, METH_FASTCALL, NULL}

static PyMethodDef functions[] = {
    FUNCTION("strings_with_prefix", strings_with_prefix),
    FUNCTION("near_strings", near_strings),
    FUNCTION("find_word", find_word),
    FUNCTION("postings", postings),
    FUNCTION("merged_postings", merged_postings),
    FUNCTION("occurrences", occurrences),
    FUNCTION("occurrence_weights", occurrence_weights),
    FUNCTION("scored", scored),
    FUNCTION("find_in", find_in),
    FUNCTION("add_scores", add_scores),
    FUNCTION("highest", highest),
    FUNCTION("best", best),
    FUNCTION("best_exactly", best_exactly),
    FUNCTION("top", top),
    FUNCTION("union", union_of), /* C has a union of its own */
    FUNCTION("count_values", count_values),
    FUNCTION("most_values", most_values),
    FUNCTION("count_copies", count_copies),
    FUNCTION("heaviest_terms", heaviest_terms),
    FUNCTION("feedback", feedback),
    FUNCTION("gathered", gathered),
    FUNCTION("sketches", sketches),
    FUNCTION("entities_as_json", entities_as_json),
    FUNCTION("entity_values", entity_values),
    FUNCTION("numbered", numbered),
    {NULL, NULL, 0, NULL},
};

static struct PyModuleDef module = {
    PyModuleDef_HEAD_INIT, "_kernels", "The kernels, compiled.", -1, functions,
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
