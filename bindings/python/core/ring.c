/* A ring of messages: no allocation once it has grown, no Python code. */
#include "core.h"

static size_t weight(PyObject *item)
{
    return (size_t)(PyBytes_CheckExact(item) ? PyBytes_GET_SIZE(item) : PyUnicode_GET_LENGTH(item)) + 64;
}

static int grow(Ring *ring)
{
    size_t capacity = ring->capacity ? ring->capacity * 2 : 16;
    PyObject **items = PyMem_New(PyObject *, capacity);
    if (!items) {
        PyErr_NoMemory();
        return -1;
    }
    for (size_t i = 0; i < ring->count; i++) items[i] = ring->items[(ring->first + i) & (ring->capacity - 1)];
    PyMem_Free(ring->items);
    ring->items = items;
    ring->first = 0;
    ring->capacity = capacity;
    return 0;
}

int ring_push(Ring *ring, PyObject *item)
{
    if (ring->count == ring->capacity && grow(ring) < 0) {
        Py_DECREF(item);
        return -1;
    }
    ring->items[(ring->first + ring->count++) & (ring->capacity - 1)] = item;
    ring->bytes += weight(item);
    return 0;
}

PyObject *ring_pop(Ring *ring)
{
    if (ring->count == 0) return NULL;
    PyObject *item = ring->items[ring->first];
    ring->first = (ring->first + 1) & (ring->capacity - 1);
    ring->count--;
    ring->bytes -= weight(item);
    return item;
}

void ring_clear(Ring *ring)
{
    PyObject *item;
    while ((item = ring_pop(ring))) Py_DECREF(item);
    PyMem_Free(ring->items);
    memset(ring, 0, sizeof *ring);
}
