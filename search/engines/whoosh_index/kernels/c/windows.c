/* The room of a window: taken, emptied and kept. */
#include "kernels.h"

/* A window that is not in use, kept from one query to the next: to fetch as many fresh pages of memory takes as long
   as to use them. Only touched with Python's lock held. */
static Window *spare = NULL;

/* A window without a document; NULL with an exception set. */
Window *
take_window(void)
{
    Window *window = spare;
    spare = NULL;
    if (window == NULL) {
        window = PyMem_RawCalloc(1, sizeof(Window));
        if (window == NULL)
            PyErr_NoMemory();
    }
    return window;
}

/* Give a window back, in which no document is left. */
void
keep_window(Window *window)
{
    if (spare == NULL)
        spare = window;
    else
        PyMem_RawFree(window);
}

/* Write which of the first *size* documents of the window have at least *needed* votes (0: all), with their sums;
   clear the window. */
npy_intp
empty_window(Window *window, uint32_t size, int64_t base, uint16_t needed, int64_t *documents, float *sums)
{
    npy_intp found = 0;
    uint32_t w;
    for (w = 0; w < size / 64; w++) {
        uint64_t word = window->bits[w];
        while (word) {
            uint32_t local = w * 64 + (uint32_t)__builtin_ctzll(word);
            word &= word - 1;
            documents[found] = base + local;
            sums[found] = window->sums[local];
            found += !needed || window->votes[local] >= needed;
            window->sums[local] = 0.0f;
        }
        window->bits[w] = 0;
    }
    return found;
}
