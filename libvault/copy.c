// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Argument copying (design: every client byte is read once and every client pointer is checked, because one
// unchecked pointer in one function reads the key). Trusted core. May assume: the export record is our
// compiler's. Assumes nothing about the client's block, nor that any of its memory stays as it is (A39).
#include "copy.h"

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#include "callback.h"
#include "die.h"
#include "heap.h"
#include "machine.h"

#define COPY_ALIGNMENT 16 // as the heap's

// One pointer argument of the call under way.
struct copy {
    uint64_t outside; // the client's address, checked; 0 if there are no bytes to copy
    uint64_t size;    // bytes
    void *inside;     // the vault's copy; NULL if there are no bytes
};

// A record's reference, by integers: pointer arithmetic would leave the object that `field` lies in, and the
// compiler may take that for impossible.
static const void *follow(const int32_t *field) {
    return (const void *)((uintptr_t)field + (uintptr_t)(intptr_t)*field);
}

// `address` if [address, address + size) lies wholly in [LIMIT, CLIENT_END), else 0. Neither sum can wrap
// (A40); tagged and kernel addresses lie above CLIENT_END (A21); 0 also on a mispredicted path (A47).
static uint64_t client_range(uint64_t address, uint64_t size) {
    return address & vault_mask_below(address - MPKGATE_LIMIT, MPKGATE_CLIENT_END - MPKGATE_LIMIT) &
           vault_mask_below(size, MPKGATE_CLIENT_END - address + 1);
}

// An unsigned integer of the vault's copy of the block. One load of its width: bytes put together in memory
// would stop the CPU until they are stored.
static uint64_t field(const unsigned char *block, uint32_t offset, size_t width) {
    uint64_t eight = 0;
    uint32_t four = 0;
    uint16_t two = 0;
    switch (width) {
    case sizeof(eight):
        __builtin_memcpy(&eight, block + offset, sizeof(eight));
        return eight;
    case sizeof(four):
        __builtin_memcpy(&four, block + offset, sizeof(four));
        return four;
    case sizeof(two):
        __builtin_memcpy(&two, block + offset, sizeof(two));
        return two;
    default:
        return block[offset];
    }
}

static bool is_inside(const struct mpkgate_export *record, uint32_t offset, uint32_t width) {
    return offset <= record->block_size && width <= record->block_size - offset;
}

static bool is_callback(const struct mpkgate_argument *argument) {
    return argument->direction == MPKGATE_READER || argument->direction == MPKGATE_WRITER;
}

static bool is_output(const struct mpkgate_argument *argument) {
    return argument->direction == MPKGATE_OUT || argument->direction == MPKGATE_INOUT;
}

static bool has_length(const struct mpkgate_export *record, const struct mpkgate_argument *argument) {
    uint8_t width = argument->length_width;
    switch (argument->length_kind) {
    case MPKGATE_LENGTH_CONSTANT:
        return true;
    case MPKGATE_LENGTH_ARGUMENT:
        return (width == 1 || width == 2 || width == 4 || width == 8) &&
               is_inside(record, argument->length, width);
    case MPKGATE_LENGTH_STRING:
        return argument->direction == MPKGATE_IN;
    default:
        return false;
    }
}

// A record that a bug in the pass or the linker made must not steer copies (the price: a few compares).
static void check_record(const struct mpkgate_export *record, const struct mpkgate_argument *arguments) {
    die_unless(record->block_size <= MPKGATE_BLOCK_MAX && record->argument_count <= MPKGATE_ARGUMENTS_MAX);
    die_unless(is_inside(record, record->return_offset, record->return_size));
    for (uint32_t i = 0; i < record->argument_count; i++) {
        const struct mpkgate_argument *argument = &arguments[i];
        die_unless(is_inside(record, argument->pointer, sizeof(uint64_t)) && argument->unit >= 1);
        if (is_callback(argument)) {
            die_unless(is_inside(record, argument->length, sizeof(uint64_t)) &&
                       is_inside(record, argument->used, sizeof(struct mpkgate_request)));
        } else {
            die_unless(argument->direction >= MPKGATE_IN && argument->direction <= MPKGATE_INOUT);
            die_unless(has_length(record, argument));
        }
    }
}

// Checks one pointer argument and finds out how many bytes its copy needs.
static int64_t measure(const struct mpkgate_argument *argument, const unsigned char *block,
                       struct copy *copy) {
    uint64_t address = field(block, argument->pointer, sizeof(address));
    uint64_t size = argument->length;
    if (is_callback(argument)) { // a null function needs nothing
        copy->size = address == 0 ? 0 : sizeof(struct callback);
        return MPKGATE_CALLED;
    }
    if (argument->length_kind == MPKGATE_LENGTH_STRING) { // at most so many bytes: copy_string() looks
        copy->outside = client_range(address, 1);         // A40
        copy->size = size;
        return copy->outside == 0 ? MPKGATE_BAD_POINTER : MPKGATE_CALLED;
    }
    if (argument->length_kind == MPKGATE_LENGTH_ARGUMENT) {
        uint64_t count = field(block, argument->length, argument->length_width);
        if (__builtin_mul_overflow(count, (uint64_t)argument->unit, &size)) { // A40: a length that wraps
            return MPKGATE_BAD_LENGTH;
        }
    }
    if (size == 0) {
        return MPKGATE_CALLED;
    }
    if (address == 0) {
        return MPKGATE_BAD_LENGTH;
    }
    copy->outside = client_range(address, size); // A40, A21
    if (copy->outside == 0) {
        return MPKGATE_BAD_POINTER;
    }
    copy->size = size;
    return MPKGATE_CALLED;
}

// Reads a string of at most `size` bytes, each byte once (A39): the copy ends where the client's first NUL
// was seen, whatever stands there now.
static int64_t copy_string(const struct copy *copy) {
    char *inside = copy->inside;
    for (uint64_t i = 0; i < copy->size; i++) {
        uint64_t byte =
            client_range(copy->outside + i, 1); // A40: the string may run out of the client's range
        if (byte == 0) {
            return MPKGATE_BAD_POINTER;
        }
        inside[i] = *(const volatile char *)byte;
        if (inside[i] == '\0') {
            return MPKGATE_CALLED;
        }
    }
    return MPKGATE_BAD_LENGTH;
}

// Replaces a function of the client's and its context, in the vault's copy of the block, by functions that
// ask the client. The vault has no use for the client's own pointers.
static int64_t copy_callback(const struct mpkgate_argument *argument, unsigned char *block, uint64_t outside,
                             const struct copy *copy, int64_t *given_up) {
    struct mpkgate_request request;
    struct callback *callback = copy->inside;
    uint64_t function = 0;
    if (callback != NULL) {
        memcpy(&request, block + argument->used, sizeof(request));
        callback->request = outside + argument->used; // inside the block, which is the client's
        callback->buffer = client_range(request.buffer, request.buffer_size); // A40, A21
        callback->buffer_size = request.buffer_size;
        callback->argument = argument->pointer;
        callback->given_up = given_up;
        if (callback->buffer == 0 || callback->buffer_size == 0) {
            return MPKGATE_BAD_POINTER;
        }
        function =
            argument->direction == MPKGATE_READER ? (uintptr_t)callback_read : (uintptr_t)callback_write;
    }
    memcpy(block + argument->pointer, &function, sizeof(function));
    memcpy(block + argument->length, &copy->inside, sizeof(copy->inside));
    return MPKGATE_CALLED;
}

// Fills the copy of one argument and replaces its pointer, in the vault's copy of the block, by one to it.
static int64_t copy_in(const struct mpkgate_argument *argument, unsigned char *block, uint64_t outside,
                       const struct copy *copy, int64_t *given_up) {
    if (is_callback(argument)) {
        return copy_callback(argument, block, outside, copy, given_up);
    }
    // Also when there are no bytes: no client pointer is left in the block for the function to follow (A40).
    memcpy(block + argument->pointer, &copy->inside, sizeof(copy->inside));
    if (argument->length_kind == MPKGATE_LENGTH_STRING) {
        return copy_string(copy);
    }
    if (argument->direction != MPKGATE_OUT && copy->inside != NULL) {
        memcpy(copy->inside, (const void *)copy->outside, copy->size); // A39: once
    }
    return MPKGATE_CALLED;
}

// What `size` bytes take in the memory that all copies of a call share: vectors may lie in them. Cannot wrap:
// no argument's bytes are more than the client's range.
static uint64_t space(uint64_t size) {
    return (size + COPY_ALIGNMENT - 1) / COPY_ALIGNMENT * COPY_ALIGNMENT;
}

// Gives each copy its part of `memory`; one without bytes stays without.
static void place(struct copy *copies, uint32_t count, unsigned char *memory) {
    for (uint32_t i = 0; i < count; i++) {
        if (copies[i].size != 0) {
            copies[i].inside = memory;
            memory += space(copies[i].size);
        }
    }
}

// How many bytes of an output the function has written, by its own count in another output.
static uint64_t bytes_used(const struct mpkgate_argument *arguments, const struct copy *copies,
                           uint32_t count, uint32_t i) {
    if (arguments[i].used == MPKGATE_NO_OFFSET) {
        return copies[i].size;
    }
    for (uint32_t j = 0; j < count; j++) {
        if (arguments[j].pointer == arguments[i].used) {
            uint64_t elements = 0;
            uint64_t bytes = 0;
            die_unless(is_output(&arguments[j]));
            die_unless(copies[j].inside != NULL && copies[j].size == sizeof(elements));
            memcpy(&elements, copies[j].inside, sizeof(elements));
            die_unless(!__builtin_mul_overflow(elements, (uint64_t)arguments[i].unit, &bytes));
            die_unless(bytes <= copies[i].size); // the heap would be copied out: a bug of the vault (A42)
            return bytes;
        }
    }
    die();
}

// Runs the function on copies in `memory`, zero, and brings the results out.
static int64_t call_on_copies(const struct mpkgate_export *record, uint64_t block, unsigned char *inside,
                              struct copy *copies, unsigned char *memory) {
    const struct mpkgate_argument *arguments = follow(&record->arguments);
    void (*call)(void *) = (void (*)(void *))(uintptr_t)follow(&record->call);
    int64_t status = MPKGATE_CALLED;
    int64_t given_up = 0;
    place(copies, record->argument_count, memory);
    for (uint32_t i = 0; i < record->argument_count && status == MPKGATE_CALLED; i++) {
        status = copy_in(&arguments[i], inside, block, &copies[i], &given_up);
    }
    if (status != MPKGATE_CALLED) {
        return status;
    }
    call(inside);
    if (given_up != 0) { // the client's thread has ended: its memory is somebody else's by now
        return given_up;
    }
    for (uint32_t i = 0; i < record->argument_count; i++) {
        if (is_output(&arguments[i]) && copies[i].inside != NULL) {
            memcpy((void *)copies[i].outside, copies[i].inside,
                   bytes_used(arguments, copies, record->argument_count, i));
        }
    }
    memcpy((char *)block + record->return_offset, inside + record->return_offset, record->return_size);
    return MPKGATE_CALLED;
}

int64_t vault_call(const struct mpkgate_export *record, uint64_t block) {
    const struct mpkgate_argument *arguments = follow(&record->arguments);
    // Set up and wiped as far as this call uses them: clearing all of it would cost more than the rest.
    __attribute__((uninitialized)) _Alignas(64) unsigned char inside[MPKGATE_BLOCK_MAX]; // for vectors, too
    __attribute__((uninitialized)) struct copy copies[MPKGATE_ARGUMENTS_MAX];
    int64_t status = MPKGATE_CALLED;
    uint64_t size = 0; // of all copies; sixteen of the client's range do not wrap

    check_record(record, arguments);
    memset(copies, 0, record->argument_count * sizeof(copies[0]));
    block = client_range(block, record->block_size); // A40, A21
    if (block == 0) {
        return MPKGATE_BAD_POINTER;
    }
    memcpy(inside, (const void *)block, record->block_size); // A39: from here on only `inside` counts
    for (uint32_t i = 0; i < record->argument_count && status == MPKGATE_CALLED; i++) {
        status = measure(&arguments[i], inside, &copies[i]);
        size += space(copies[i].size);
    }
    if (status == MPKGATE_CALLED) {
        // One piece for all, zero: an output that the function leaves alone holds nothing of the vault's.
        unsigned char *memory = size == 0 ? NULL : heap_calloc(1, size);
        status = size != 0 && memory == NULL ? MPKGATE_NO_MEMORY
                                             : call_on_copies(record, block, inside, copies, memory);
        heap_free(memory); // all copies are wiped, whatever came of the call (A42; heap_free() wipes)
    }
    vault_wipe(copies, record->argument_count * sizeof(copies[0]));
    vault_wipe(inside, record->block_size);
    return status;
}

int64_t vault_serve(const struct mpkgate_export *record, void *block) {
    void (*call)(void *) = (void (*)(void *))(uintptr_t)follow(&record->call);
    if (record->argument_count != 0) { // A40: a pointer means nothing where no memory is shared
        return MPKGATE_NO_FUNCTION;
    }
    die_unless(record->block_size <= MPKGATE_BLOCK_MAX);
    call(block);
    return MPKGATE_CALLED;
}
