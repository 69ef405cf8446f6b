/* Arrays that Python gives. */

#include "network.h"

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

void release(Array *arrays, int count) {
    for (int i = 0; i < count; i++) {
        PyBuffer_Release(&arrays[i].view);
    }
}

int take_all(PyObject *const *objects, Array *arrays, const int *sizes, int count, int written) {
    for (int i = 0; i < count; i++) {
        if (take(objects[i], &arrays[i], sizes[i], i >= written) < 0) {
            release(arrays, i);
            return -1;
        }
    }
    return 0;
}
