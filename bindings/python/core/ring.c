/* A ring of messages: no allocation once it has grown, no Python code. */
#include "core.h"

static size_t weight(PyObject *item)
{
    return (size_t)(PyBytes_CheckExact(item) ? PyBytes_GET_SIZE(item) : PyUnicode_GET_LENGTH(item)) + 64;
}

static int grow(Ring *ring)
{
    size_t capacity = ring->capacity ? ring->capacity * 2 : 16;
    Item *items = PyMem_New(Item, capacity);
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

int ring_push(Ring *ring, Item item)
{
    if (ring->count == ring->capacity && grow(ring) < 0) {
        Py_DECREF(item.object);
        return -1;
    }
    ring->items[(ring->first + ring->count++) & (ring->capacity - 1)] = item;
    ring->bytes += weight(item.object);
    return 0;
}

PyObject *ring_pop(Ring *ring, atomic_uint *flags)
{
    if (ring->count == 0) return NULL;
    Item item = ring->items[ring->first];
    ring->first = (ring->first + 1) & (ring->capacity - 1);
    ring->count--;
    ring->bytes -= weight(item.object);
    atomic_store_explicit(flags, item.flags, memory_order_relaxed);
    return item.object;
}

void ring_clear(Ring *ring)
{
    PyObject *item;
    atomic_uint flags;
    while ((item = ring_pop(ring, &flags))) Py_DECREF(item);
    PyMem_Free(ring->items);
    memset(ring, 0, sizeof *ring);
}
