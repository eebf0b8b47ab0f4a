// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Segregated fits with boundary tags (Knuth, TAOCP 1, 2.5, algorithm C). Free chunks hang in one list for
// each power of two; neighbours are merged at once. Free memory is always zero, but for headers and links:
// what was freed cannot be read later, and an allocation needs no clearing. In front of that, a few freed
// chunks of each small size are set aside unmerged, since Mbed TLS takes and frees the same sizes all the
// time: one atomic exchange takes one or leaves one, and no lock is needed.
#include "heap.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "die.h"
#include "lock.h"
#include "machine.h"

#define UNIT 16 // bytes; sizes in headers count units, header included
#define BINS 32
#define TRIES 16        // chunks looked at in the bin that may hold a fit, before one that certainly does
#define ASIDE_UNITS 144 // the largest size that is set aside: 2288 bytes
#define ASIDE_PLACES 8  // chunks of each size
#define ASIDE_SETS 8    // a power of two: threads that have different ones do not disturb each other

// In front of every chunk. The sentinel after the last one has size 0 and is never free.
struct chunk {
    uint64_t tag;      // the chunk's own address xor one of the constants below
    uint32_t size;     // units
    uint32_t previous; // units of the chunk before this one; 0: this is the first
};
_Static_assert(sizeof(struct chunk) == UNIT, "a header is one unit");
#define TAG_USED UINT64_C(0x5ca1ab1e0ddba115)
#define TAG_FREE UINT64_C(0xdeadfa11ca55e77e)
#define TAG_ASIDE UINT64_C(0xba5eba11f01dab1e)

struct links { // the first payload bytes of a free chunk
    struct chunk *next;
    struct chunk *before;
};
#define SIZE_MIN_UNITS 2

static struct {
    struct lock lock;
    struct chunk *first;
    struct chunk *sentinel;
    struct chunk *bins[BINS];
    // By size. Whoever gets a chunk out of its place has it for itself.
    _Alignas(64) _Atomic(struct chunk *) aside[ASIDE_SETS][ASIDE_UNITS + 1][ASIDE_PLACES];
} heap;

static struct links *links_of(struct chunk *chunk) {
    return (struct links *)(chunk + 1);
}

static struct chunk *after(struct chunk *chunk) {
    return chunk + chunk->size;
}

static void set_tag(struct chunk *chunk, uint64_t tag) {
    chunk->tag = (uint64_t)(uintptr_t)chunk ^ tag;
}

static bool has_tag(const struct chunk *chunk, uint64_t tag) {
    return chunk->tag == ((uint64_t)(uintptr_t)chunk ^ tag);
}

static unsigned int bin_of(uint32_t size) {
    return 31 - (unsigned int)__builtin_clz(size);
}

static void insert(struct chunk *chunk) {
    struct chunk **head = &heap.bins[bin_of(chunk->size)];
    set_tag(chunk, TAG_FREE);
    links_of(chunk)->before = NULL;
    links_of(chunk)->next = *head;
    if (*head != NULL) {
        links_of(*head)->before = chunk;
    }
    *head = chunk;
}

static void take_out(struct chunk *chunk) {
    die_unless(has_tag(chunk, TAG_FREE));
    struct links *links = links_of(chunk);
    if (links->next != NULL) {
        links_of(links->next)->before = links->before;
    }
    if (links->before != NULL) {
        links_of(links->before)->next = links->next;
    } else {
        die_unless(heap.bins[bin_of(chunk->size)] == chunk);
        heap.bins[bin_of(chunk->size)] = links->next;
    }
    *links = (struct links){NULL, NULL};
}

static struct chunk *find(uint32_t size) {
    unsigned int bin = bin_of(size);
    struct chunk *chunk = heap.bins[bin];
    for (int tries = 0; chunk != NULL && tries < TRIES; tries++, chunk = links_of(chunk)->next) {
        if (chunk->size >= size) {
            return chunk;
        }
    }
    for (bin++; bin < BINS; bin++) {
        if (heap.bins[bin] != NULL) {
            return heap.bins[bin];
        }
    }
    return NULL;
}

// Cuts the part of `chunk` behind its first `size` units off and makes it a free chunk.
static void split(struct chunk *chunk, uint32_t size) {
    if (chunk->size - size < SIZE_MIN_UNITS) {
        return;
    }
    struct chunk *rest = chunk + size;
    rest->size = chunk->size - size;
    rest->previous = size;
    after(rest)->previous = rest->size;
    chunk->size = size;
    insert(rest);
}

void heap_init(void *memory, size_t size) {
    die_unless(heap.first == NULL && ((uintptr_t)memory % UNIT) == 0);
    die_unless(size >= 4096 && size / UNIT <= UINT32_MAX / 2);
    uint32_t units = (uint32_t)(size / UNIT) - 1;
    heap.first = memory;
    heap.sentinel = heap.first + units;
    *heap.sentinel = (struct chunk){.size = 0, .previous = units};
    set_tag(heap.sentinel, TAG_USED);
    *heap.first = (struct chunk){.size = units, .previous = 0};
    insert(heap.first);
}

// One chunk of two neighbours; the second header becomes free memory, hence zero.
static struct chunk *merge(struct chunk *first, struct chunk *second) {
    first->size += second->size;
    *second = (struct chunk){0};
    after(first)->previous = first->size;
    return first;
}

// With the lock: gives a chunk that is in no list back.
static void give_back(struct chunk *chunk) {
    if (has_tag(after(chunk), TAG_FREE)) {
        take_out(after(chunk));
        chunk = merge(chunk, after(chunk));
    }
    if (chunk->previous != 0) {
        struct chunk *before = chunk - chunk->previous;
        die_unless(before >= heap.first && before->size == chunk->previous);
        if (has_tag(before, TAG_FREE)) {
            take_out(before);
            chunk = merge(before, chunk);
        }
    }
    insert(chunk);
}

// Takes a chunk out of its place; NULL if there is none. One that was freed by two threads at once and lies
// in two places is found here: the first who took it has changed its tag.
static struct chunk *take_aside(_Atomic(struct chunk *) *aside, uint32_t size) {
    // Looked at before, because an exchange costs as much as a lock.
    if (atomic_load_explicit(aside, memory_order_relaxed) == NULL) {
        return NULL;
    }
    struct chunk *chunk = atomic_exchange(aside, NULL);
    die_unless(chunk == NULL || (has_tag(chunk, TAG_ASIDE) && chunk->size == size));
    return chunk;
}

// The set of the stack that this call runs on, each of which is a thread's. Any other would do as well.
static _Atomic(struct chunk *) (*own_aside(void))[ASIDE_PLACES] {
    uint32_t stack = (uint32_t)((uintptr_t)__builtin_frame_address(0) >> 17); // GATE_STACK_STRIDE
    return heap.aside[stack * UINT32_C(0x9e3779b1) >> 16 & (ASIDE_SETS - 1)];
}

static struct chunk *find_aside(uint32_t size) {
    _Atomic(struct chunk *)(*aside)[ASIDE_PLACES] = own_aside();
    struct chunk *chunk = NULL;
    for (int place = 0; size <= ASIDE_UNITS && place < ASIDE_PLACES && chunk == NULL; place++) {
        chunk = take_aside(&aside[size][place], size);
    }
    return chunk;
}

// Sets a chunk aside. Returns what is to be given back in its place: the chunk itself, if its size is never
// set aside or all places are taken, or NULL.
static struct chunk *set_aside(struct chunk *chunk) {
    _Atomic(struct chunk *)(*aside)[ASIDE_PLACES] = own_aside();
    uint32_t size = chunk->size;
    for (int place = 0; size <= ASIDE_UNITS && place < ASIDE_PLACES && chunk != NULL; place++) {
        if (atomic_load_explicit(&aside[size][place], memory_order_relaxed) == NULL) {
            chunk = atomic_exchange(&aside[size][place], chunk); // another thread's, if it was faster
        }
    }
    return chunk;
}

// With the lock: what was set aside lies between other free memory.
static void give_all_back(void) {
    for (uint32_t i = 0; i < ASIDE_SETS * (ASIDE_UNITS + 1) * ASIDE_PLACES; i++) {
        uint32_t size = i / ASIDE_PLACES % (ASIDE_UNITS + 1);
        struct chunk *chunk = take_aside(&heap.aside[0][0][0] + i, size);
        if (chunk != NULL) {
            give_back(chunk);
        }
    }
}

static struct chunk *allocate(uint32_t size) {
    lock_take(&heap.lock);
    struct chunk *chunk = find(size);
    if (chunk == NULL) {
        give_all_back();
        chunk = find(size);
    }
    if (chunk != NULL) {
        take_out(chunk);
        split(chunk, size);
        set_tag(chunk, TAG_USED);
    }
    lock_release(&heap.lock);
    return chunk;
}

void *heap_calloc(size_t count, size_t size) {
    size_t bytes = 0;
    if (__builtin_mul_overflow(count, size, &bytes) || bytes > (size_t)(UINT32_MAX / 2) * UNIT) {
        return NULL;
    }
    uint32_t units = (uint32_t)((bytes + UNIT - 1) / UNIT) + 1;
    units = units < SIZE_MIN_UNITS ? SIZE_MIN_UNITS : units;
    struct chunk *chunk = find_aside(units);
    if (chunk != NULL) {
        set_tag(chunk, TAG_USED);
    } else {
        chunk = allocate(units);
    }
    return chunk == NULL ? NULL : chunk + 1;
}

void heap_free(void *memory) {
    if (memory == NULL) {
        return;
    }
    struct chunk *chunk = (struct chunk *)memory - 1;
    die_unless(((uintptr_t)memory % UNIT) == 0 && chunk >= heap.first && chunk < heap.sentinel);
    die_unless(has_tag(chunk, TAG_USED) && chunk->size < (size_t)(heap.sentinel - chunk) + 1);
    // Nobody else writes this field while the chunk is in use.
    die_unless(after(chunk)->previous == chunk->size);
    set_tag(chunk, TAG_ASIDE);
    vault_wipe(memory, (size_t)(chunk->size - 1) * UNIT);
    chunk = set_aside(chunk);
    if (chunk != NULL) {
        lock_take(&heap.lock);
        give_back(chunk);
        lock_release(&heap.lock);
    }
}
