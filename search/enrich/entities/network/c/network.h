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

/* The same with registers of 64 bytes, for processors that `has_widest` says have them. */
#if defined(__x86_64__) && defined(__linux__) && defined(__GNUC__) && !defined(__clang__)
#define WIDEST __attribute__((target("avx512f,avx512bw,avx512dq,avx512vl,avx2,fma,bmi,bmi2")))
static inline int has_widest(void) {
    return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512dq") &&
           __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("fma") && __builtin_cpu_supports("bmi2");
}
#else
#define WIDEST
static inline int has_widest(void) {
    return 0;
}
#endif

#if defined(__GNUC__)
#define INLINE inline __attribute__((always_inline))
#else
#define INLINE inline
#endif

/* Memory that is soon read: asked for now, it is there when it is needed. */
#if defined(__GNUC__)
#define FETCH(place) __builtin_prefetch(place)
#else
#define FETCH(place) ((void)(place))
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

extern const char entity_doc[];
PyObject *entity_py(PyObject *module, PyObject *const *args, Py_ssize_t nargs);

extern const char unwrapped_doc[];
PyObject *unwrapped_py(PyObject *module, PyObject *const *args, Py_ssize_t nargs);

/* Add the type Reader to *module*. Returns 0, or -1 with an exception set. */
int add_reader(PyObject *module);

/* Rows that are multiplied with one matrix together, so that each part of it is fetched once for all of them. */
#define BLOCK 6

/* sums[i][0:width] += values[i][0:count] @ matrix[count, 0:width], whose rows are *stride* apart, for BLOCK rows i. */
#if defined(__GNUC__)
/* The sums of BLOCK rows stay in registers, two a row. Registers of 64 bytes need half of the time; without them that code takes
   four times as long, so a processor is asked for them (WIDEST). Either gives the same sums, bit by bit. */
typedef float Wide __attribute__((vector_size(32), aligned(4), may_alias));
typedef float Widest __attribute__((vector_size(64), aligned(4), may_alias));

#define IN_REGISTERS(Register)                                                                                     \
    for (int column = 0; column < width; column += 2 * (int)(sizeof(Register) / sizeof(float))) {                  \
        const float *row = matrix + column;                                                                        \
        Register *a = (Register *)(sums[0] + column), a0 = a[0], a1 = a[1];                                        \
        Register *b = (Register *)(sums[1] + column), b0 = b[0], b1 = b[1];                                        \
        Register *c = (Register *)(sums[2] + column), c0 = c[0], c1 = c[1];                                        \
        Register *d = (Register *)(sums[3] + column), d0 = d[0], d1 = d[1];                                        \
        Register *e = (Register *)(sums[4] + column), e0 = e[0], e1 = e[1];                                        \
        Register *f = (Register *)(sums[5] + column), f0 = f[0], f1 = f[1];                                        \
        for (int i = 0; i < count; i++, row += stride) {                                                           \
            Register left = ((const Register *)row)[0], right = ((const Register *)row)[1];                        \
            a0 += values[0][i] * left;                                                                             \
            a1 += values[0][i] * right;                                                                            \
            b0 += values[1][i] * left;                                                                             \
            b1 += values[1][i] * right;                                                                            \
            c0 += values[2][i] * left;                                                                             \
            c1 += values[2][i] * right;                                                                            \
            d0 += values[3][i] * left;                                                                             \
            d1 += values[3][i] * right;                                                                            \
            e0 += values[4][i] * left;                                                                             \
            e1 += values[4][i] * right;                                                                            \
            f0 += values[5][i] * left;                                                                             \
            f1 += values[5][i] * right;                                                                            \
        }                                                                                                          \
        a[0] = a0;                                                                                                 \
        a[1] = a1;                                                                                                 \
        b[0] = b0;                                                                                                 \
        b[1] = b1;                                                                                                 \
        c[0] = c0;                                                                                                 \
        c[1] = c1;                                                                                                 \
        d[0] = d0;                                                                                                 \
        d[1] = d1;                                                                                                 \
        e[0] = e0;                                                                                                 \
        e[1] = e1;                                                                                                 \
        f[0] = f0;                                                                                                 \
        f[1] = f1;                                                                                                 \
    }

/* *is_widest* is a constant wherever this is called; *width* is a whole number of pairs of the widest registers. */
static INLINE void add_products(float *const *sums, const float *const *values, int count, const float *matrix,
                                int stride, int width, int is_widest) {
    if (is_widest) {
        IN_REGISTERS(Widest)
    } else {
        IN_REGISTERS(Wide)
    }
}
#else
static INLINE void add_products(float *const *sums, const float *const *values, int count, const float *matrix,
                                int stride, int width, int is_widest) {
    (void)is_widest;
    for (int each = 0; each < BLOCK; each++) {
        for (int i = 0; i < count; i++) {
            for (int k = 0; k < width; k++) {
                sums[each][k] += values[each][i] * matrix[(Py_ssize_t)i * stride + k];
            }
        }
    }
}
#endif

#endif
