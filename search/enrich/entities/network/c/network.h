/* What the compiled loops of the recogniser share.

   Numbers that both sides share come from constants.py by -D (setup.py). All arrays are given by the caller, C-contiguous. */

#ifndef NETWORK_H
#define NETWORK_H

#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include <stdint.h>
#include <string.h>

/* A loop over WIDTH floats is one of wide registers where the processor has them. */
#if defined(__x86_64__) && defined(__linux__) && defined(__GNUC__) && !defined(__clang__) && __GNUC__ >= 12
#define WIDE __attribute__((target_clones("arch=x86-64-v3", "default")))
#elif defined(__x86_64__) && defined(__linux__) && defined(__GNUC__) && !defined(__clang__)
#define WIDE __attribute__((target_clones("avx2", "default")))
#else
#define WIDE
#endif

#if defined(__GNUC__)
#define INLINE inline __attribute__((always_inline))
#else
#define INLINE inline
#endif

typedef struct {
    Py_buffer view;
    Py_ssize_t items;
} Array;

/* Take *count* arrays, of sizes[i] bytes an item; those from *written* on are written. Returns 0, or -1 with an exception set. */
int take_all(PyObject *const *objects, Array *arrays, const int *sizes, int count, int written);
void release(Array *arrays, int count);

extern const char fill_rows_doc[];
PyObject *fill_rows_py(PyObject *module, PyObject *const *args, Py_ssize_t nargs);

/* Add the type Reader to *module*. Returns 0, or -1 with an exception set. */
int add_reader(PyObject *module);

/* sum[0:WIDTH] += values[0:count] @ matrix[count, 0:WIDTH], whose rows are *stride* apart. */
#if defined(__GNUC__) && WIDTH == 64
/* The sums stay in registers: in an array, the compiler writes them back for each value. */
typedef float Wide __attribute__((vector_size(32), aligned(4), may_alias));

static INLINE void add_product(float *restrict sum, const float *restrict values,
                                                              int count, const float *restrict matrix, int stride) {
    const Wide *row = (const Wide *)matrix, *begun = (const Wide *)sum;
    Wide a = begun[0], b = begun[1], c = begun[2], d = begun[3], e = begun[4], f = begun[5], g = begun[6], h = begun[7];
    for (int i = 0; i < count; i++, row += stride / 8) {
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
static inline void add_product(float *sum, const float *values, int count, const float *matrix, int stride) {
    for (int i = 0; i < count; i++, matrix += stride) {
        for (int k = 0; k < WIDTH; k++) {
            sum[k] += values[i] * matrix[k];
        }
    }
}
#endif

#endif
