// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Whatever argument block a client passes, the vault reads and writes client memory only, each byte once, and
// what a refused call has touched is nothing (A21, A39, A40, A57). The export records are written by hand
// here, so that this holds without the compiler pass.
#include "copy.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "callback.h"
#include "dispatch.h"
#include "heap.h"
#include "machine.h"
#include "support.h"

#define HEAP_SIZE 0x100000
#define CANARY "the client's own secret bytes"
#define STRING_MAX 16

// int32_t function(const uint8_t *in, uint32_t in_count, uint16_t *out, size_t out_capacity, size_t
// *out_count,
//                  const char *string, uint8_t inout[8])
struct block {
    int32_t result;
    const uint8_t *in;
    uint32_t in_count; // elements of 4 bytes
    uint16_t *out;
    size_t out_capacity; // elements of 2 bytes
    size_t *out_count;
    const char *string;
    uint8_t *inout;
};

static struct mpkgate_argument arguments[] = {
    {offsetof(struct block, in), offsetof(struct block, in_count), 4, MPKGATE_NO_OFFSET, MPKGATE_IN,
     MPKGATE_LENGTH_ARGUMENT, 4, 0},
    {offsetof(struct block, out), offsetof(struct block, out_capacity), 2, offsetof(struct block, out_count),
     MPKGATE_OUT, MPKGATE_LENGTH_ARGUMENT, 8, 0},
    {offsetof(struct block, out_count), sizeof(size_t), 1, MPKGATE_NO_OFFSET, MPKGATE_OUT,
     MPKGATE_LENGTH_CONSTANT, 0, 0},
    {offsetof(struct block, string), STRING_MAX, 1, MPKGATE_NO_OFFSET, MPKGATE_IN, MPKGATE_LENGTH_STRING, 0,
     0},
    {offsetof(struct block, inout), 8, 1, MPKGATE_NO_OFFSET, MPKGATE_INOUT, MPKGATE_LENGTH_CONSTANT, 0, 0},
};

// int64_t pump(int64_t (*reader)(void *, void *, size_t), void *reader_context,
//              int64_t (*writer)(void *, const void *, size_t), void *writer_context)
struct pump_block {
    int64_t result;
    void *reader;
    void *reader_context;
    void *writer;
    void *writer_context;
    struct mpkgate_request request;
};

static struct mpkgate_argument pump_arguments[] = {
    {offsetof(struct pump_block, reader), offsetof(struct pump_block, reader_context), 1,
     offsetof(struct pump_block, request), MPKGATE_READER, 0, 0, 0},
    {offsetof(struct pump_block, writer), offsetof(struct pump_block, writer_context), 1,
     offsetof(struct pump_block, request), MPKGATE_WRITER, 0, 0, 0},
};

// The tables that dispatch.c reads. Writable, because C cannot spell the distance of two symbols.
#define TABLE(class) __attribute__((section("mpkgate_exports_" #class), used, aligned(8)))
static struct mpkgate_export crypto_exports[3] TABLE(crypto);
static struct mpkgate_export manage_exports[1] TABLE(manage);

static unsigned char *heap_memory;
static struct block seen; // what the function was called with
static int calls;
static size_t elements_written; // what the function claims
static bool is_lazy;            // it claims them and writes none
static void (*during)(void);    // a hostile thread's work, done while the function runs

static void function(void *arguments_inside) {
    struct block *block = arguments_inside;
    calls++;
    seen = *block;
    for (size_t i = 0; !is_lazy && i < elements_written && i < block->out_capacity; i++) {
        block->out[i] = (uint16_t)(0x4100 + i);
    }
    *block->out_count = elements_written;
    for (int i = 0; i < 8; i++) {
        block->inout[i] ^= 0xff;
    }
    if (during != NULL) {
        during();
    }
    block->result = 4711;
}

static void other_function(void *arguments_inside) {
    *(int32_t *)arguments_inside = 12;
}

static bool is_stubborn; // asks again after a failure
static int64_t stubborn_results[2];

// Reads until the end, writes what was read with every byte's lowest bit flipped; the sum of all bytes.
static void pump(void *arguments_inside) {
    struct pump_block *block = arguments_inside;
    int64_t (*reader)(void *, void *, size_t) = (int64_t (*)(void *, void *, size_t))(uintptr_t)block->reader;
    int64_t (*writer)(void *, const void *, size_t) =
        (int64_t (*)(void *, const void *, size_t))(uintptr_t)block->writer;
    uint8_t data[16];
    int64_t sum = 0;
    if (reader == NULL) {
        block->result = -4;
        return;
    }
    for (;;) {
        int64_t count = reader(block->reader_context, data, sizeof(data));
        if (count < 0 && is_stubborn) {
            stubborn_results[0] = reader(block->reader_context, data, sizeof(data));
            stubborn_results[1] = writer(block->writer_context, data, sizeof(data));
        }
        if (count <= 0) {
            block->result = count < 0 ? count : sum;
            return;
        }
        for (int64_t i = 0; i < count; i++) {
            sum += data[i];
            data[i] ^= 1;
        }
        if (writer(block->writer_context, data, (size_t)count) != count) {
            block->result = -3;
            return;
        }
    }
}

static void fill(struct mpkgate_export *record, void (*call)(void *)) {
    *record = (struct mpkgate_export){0};
    record->call = (int32_t)((intptr_t)call - (intptr_t)&record->call);
    record->arguments = (int32_t)((intptr_t)arguments - (intptr_t)&record->arguments);
    record->argument_count = sizeof(arguments) / sizeof(arguments[0]);
    record->block_size = sizeof(struct block);
    record->return_size = sizeof(int32_t);
}

static struct client {
    uint8_t in[32];
    uint16_t out[8];
    size_t out_count;
    char string[STRING_MAX];
    uint8_t inout[8];
    struct block block;
} client, before;

static int setup(void **state) {
    (void)state;
    if (heap_memory == NULL) {
        heap_memory = mmap(NULL, HEAP_SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        assert_ptr_not_equal(heap_memory, MAP_FAILED);
        heap_init(heap_memory, HEAP_SIZE);
    }
    fill(&crypto_exports[0], function);
    fill(&crypto_exports[1], other_function);
    crypto_exports[1].argument_count = 0;
    fill(&crypto_exports[2], pump);
    crypto_exports[2].arguments =
        (int32_t)((intptr_t)pump_arguments - (intptr_t)&crypto_exports[2].arguments);
    crypto_exports[2].argument_count = 2;
    crypto_exports[2].block_size = sizeof(struct pump_block);
    crypto_exports[2].return_size = sizeof(int64_t);
    fill(&manage_exports[0], other_function);
    manage_exports[0].argument_count = 0;
    calls = 0;
    elements_written = 3;
    is_lazy = false;
    during = NULL;
    memset(&client, 0xcc, sizeof(client));
    memcpy(client.in, CANARY, sizeof(CANARY));
    memcpy(client.string, "name", 5);
    memcpy(client.inout, "\1\2\3\4\5\6\7\10", 8);
    client.block =
        (struct block){0, client.in, 8, client.out, 8, &client.out_count, client.string, client.inout};
    return 0;
}

static int64_t call(void) {
    before = client;
    return vault_enter_crypto((uintptr_t)&client.block, 0);
}

static bool heap_contains(const void *bytes, size_t size) {
    return memmem(heap_memory, HEAP_SIZE, bytes, size) != NULL;
}

// The call came to nothing: not called, not a byte of the client's changed, nothing left in the heap.
static void assert_refused(int64_t status) {
    assert_int_equal(call(), status);
    assert_int_equal(calls, 0);
    assert_memory_equal(&client, &before, sizeof(client));
    assert_false(heap_contains(CANARY, sizeof(CANARY)));
}

static void a_call_copies_in_and_out(void **state) {
    (void)state;
    assert_int_equal(call(), MPKGATE_CALLED);
    assert_int_equal(calls, 1);
    assert_int_equal(client.block.result, 4711);
    assert_int_equal(client.out_count, 3);
    assert_int_equal(client.out[0], 0x4100);
    assert_int_equal(client.out[2], 0x4102);
    assert_int_equal(client.out[3], 0xcccc); // not one element more than the function has written
    assert_memory_equal(client.inout, "\xfe\xfd\xfc\xfb\xfa\xf9\xf8\xf7", 8);
    assert_memory_equal(client.in, CANARY, sizeof(CANARY));
    assert_ptr_equal(client.block.in, client.in);
}

static void the_function_sees_copies_only(void **state) {
    (void)state;
    assert_int_equal(call(), MPKGATE_CALLED);
    const void *pointers[] = {seen.in, seen.out, seen.out_count, seen.string, seen.inout};
    for (size_t i = 0; i < sizeof(pointers) / sizeof(pointers[0]); i++) {
        uintptr_t address = (uintptr_t)pointers[i];
        assert_in_range(address, (uintptr_t)heap_memory, (uintptr_t)heap_memory + HEAP_SIZE - 1);
    }
}

static void copies_are_wiped(void **state) {
    (void)state;
    assert_int_equal(call(), MPKGATE_CALLED);
    assert_false(heap_contains(CANARY, sizeof(CANARY)));
    assert_false(heap_contains("\x00\x41\x01\x41\x02\x41", 6));
}

// One piece of memory holds them all: none may reach into another, and vectors may lie in each.
static void copies_do_not_overlap(void **state) {
    (void)state;
    assert_int_equal(call(), MPKGATE_CALLED);
    const struct {
        const void *start;
        size_t size;
    } copies[] = {
        {seen.in, 32}, {seen.out, 16}, {seen.out_count, 8}, {seen.string, STRING_MAX}, {seen.inout, 8}};
    for (size_t i = 0; i < sizeof(copies) / sizeof(copies[0]); i++) {
        assert_int_equal((uintptr_t)copies[i].start % 16, 0);
        for (size_t j = 0; j < i; j++) {
            assert_true((const char *)copies[i].start >= (const char *)copies[j].start + copies[j].size ||
                        (const char *)copies[j].start >= (const char *)copies[i].start + copies[i].size);
        }
    }
}

// What a function leaves alone of an output comes out as zeros, whatever lay in that memory before.
static void an_output_left_alone_is_zero(void **state) {
    static const uint16_t zero[8];
    (void)state;
    for (size_t size = 64; size <= 256; size += 16) {
        void *secret = heap_calloc(1, size);
        memset(secret, 0x5e, size);
        heap_free(secret);
    }
    elements_written = 8;
    is_lazy = true;
    assert_int_equal(call(), MPKGATE_CALLED);
    assert_int_equal(client.out_count, 8);
    assert_memory_equal(client.out, zero, sizeof(zero));
}

static void change_everything(void) {
    client.block.in = (const uint8_t *)8;
    client.block.out = (uint16_t *)16;
    client.block.out_capacity = SIZE_MAX;
    client.block.out_count = (size_t *)24;
    client.block.inout = (uint8_t *)32;
    memset(client.in, 0, sizeof(client.in));
}

// A39: another thread changes pointers and lengths while the function runs.
static void the_block_is_read_once(void **state) {
    (void)state;
    during = change_everything;
    assert_int_equal(call(), MPKGATE_CALLED);
    assert_int_equal(client.out_count, 3);
    assert_int_equal(client.out[2], 0x4102);
    assert_memory_equal(client.inout, "\xfe\xfd\xfc\xfb\xfa\xf9\xf8\xf7", 8);
    assert_int_equal(client.block.result, 4711);
}

// A40, A21: everything outside [LIMIT, CLIENT_END), for each pointer of the block.
static void pointers_outside_client_memory_are_refused(void **state) {
    static const uint64_t hostile[] = {
        1,
        4096,
        UINT64_C(1) << 32,
        MPKGATE_LIMIT - 4096,
        MPKGATE_LIMIT - 1,
        MPKGATE_CLIENT_END - 1,
        MPKGATE_CLIENT_END,
        MPKGATE_CLIENT_END + 1,
        (UINT64_C(1) << 47) + (UINT64_C(1) << 46), // not canonical
        (UINT64_C(1) << 57) | (MPKGATE_LIMIT / 2), // tagged (A21)
        (UINT64_C(1) << 62) | (MPKGATE_LIMIT / 2), // tagged, bit 62
        UINT64_C(0xffff800000000000),
        UINT64_MAX - 7,
        UINT64_MAX,
    };
    static const size_t pointers[] = {offsetof(struct block, in), offsetof(struct block, out),
                                      offsetof(struct block, out_count), offsetof(struct block, inout)};
    for (size_t i = 0; i < sizeof(hostile) / sizeof(hostile[0]); i++) {
        for (size_t j = 0; j < sizeof(pointers) / sizeof(pointers[0]); j++) {
            setup(state);
            memcpy((char *)&client.block + pointers[j], &hostile[i], sizeof(hostile[i]));
            assert_refused(MPKGATE_BAD_POINTER);
        }
        if (hostile[i] != MPKGATE_CLIENT_END - 1) { // that one would be read: it is the client's
            setup(state);
            memcpy(&client.block.string, &hostile[i], sizeof(hostile[i]));
            assert_refused(MPKGATE_BAD_POINTER);
        }
        assert_int_equal(vault_enter_crypto(hostile[i], 0), MPKGATE_BAD_POINTER);
        assert_int_equal(calls, 0);
    }
}

// A40: the end of a buffer counts, not its beginning alone.
static void buffers_that_leave_client_memory_are_refused(void **state) {
    setup(state);
    client.block.in = (const uint8_t *)(MPKGATE_CLIENT_END - 31);
    assert_refused(MPKGATE_BAD_POINTER);
    setup(state);
    client.block.out_capacity = (MPKGATE_CLIENT_END - (uintptr_t)client.out) / 2 + 1;
    assert_refused(MPKGATE_BAD_POINTER);
    setup(state);
    client.block.out_capacity = (UINT64_MAX - (uintptr_t)client.out) / 2 + 8; // the end wraps to the start
    assert_refused(MPKGATE_BAD_POINTER);
    assert_int_equal(vault_enter_crypto(MPKGATE_CLIENT_END - sizeof(struct block) + 1, 0),
                     MPKGATE_BAD_POINTER);
    assert_int_equal(vault_enter_crypto(MPKGATE_LIMIT - sizeof(struct block) / 2, 0), MPKGATE_BAD_POINTER);
    assert_int_equal(calls, 0);
}

static void lengths_that_wrap_are_refused(void **state) {
    static const size_t capacities[] = {SIZE_MAX, SIZE_MAX / 2 + 1, SIZE_MAX / 2 + 5};
    for (size_t i = 0; i < sizeof(capacities) / sizeof(capacities[0]); i++) {
        setup(state);
        client.block.out_capacity = capacities[i]; // times 2 bytes
        assert_refused(MPKGATE_BAD_LENGTH);
    }
}

static void null_with_a_length_is_refused(void **state) {
    (void)state;
    client.block.in = NULL;
    assert_refused(MPKGATE_BAD_LENGTH);
    setup(state);
    client.block.out_count = NULL;
    assert_refused(MPKGATE_BAD_LENGTH);
    setup(state);
    client.block.string = NULL;
    assert_refused(MPKGATE_BAD_POINTER);
}

// Empty buffers may have any address (Rust's are dangling), but the function never sees it.
static void empty_buffers_become_null(void **state) {
    (void)state;
    client.block.in = (const uint8_t *)1;
    client.block.in_count = 0;
    client.block.out = (uint16_t *)MPKGATE_LOW;
    client.block.out_capacity = 0;
    elements_written = 0;
    assert_int_equal(call(), MPKGATE_CALLED);
    assert_null(seen.in);
    assert_null(seen.out);
}

static void strings_need_their_nul(void **state) {
    (void)state;
    memset(client.string, 'x', sizeof(client.string));
    assert_refused(MPKGATE_BAD_LENGTH);
    setup(state);
    memcpy(client.string, "fifteen letters", 16);
    assert_int_equal(call(), MPKGATE_CALLED);
}

// Nothing behind the NUL is read: the next page may be missing.
static void strings_are_read_up_to_their_nul(void **state) {
    (void)state;
    char *pages = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    assert_ptr_not_equal(pages, MAP_FAILED);
    assert_int_equal(munmap(pages + 4096, 4096), 0);
    client.block.string = memcpy(pages + 4096 - 5, "last", 5);
    assert_int_equal(call(), MPKGATE_CALLED);
    assert_int_equal(munmap(pages, 4096), 0);
}

static void buffers_larger_than_the_heap_are_refused(void **state) {
    (void)state;
    client.block.out_capacity = HEAP_SIZE;
    assert_refused(MPKGATE_NO_MEMORY);
    setup(state);
    client.block.out_capacity = UINT64_C(1) << 44;
    assert_refused(MPKGATE_NO_MEMORY);
}

#if !__has_feature(address_sanitizer) // whose shadow lies at LIMIT
// LIMIT itself is the client's, the byte below is not.
static void limit_is_the_first_client_address(void **state) {
    (void)state;
    void *limit = (void *)MPKGATE_LIMIT;
    uint8_t *page =
        mmap(limit, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0);
    assert_ptr_equal(page, limit);
    client.block.inout = page;
    assert_int_equal(call(), MPKGATE_CALLED);
    assert_int_equal(page[0], 0xff);
    setup(state);
    client.block.inout = page - 1;
    assert_refused(MPKGATE_BAD_POINTER);
    assert_int_equal(munmap(page, 4096), 0);
}
#endif

// A57: no index leads out of the class's table, nor into the other class's.
static void an_index_reaches_its_own_class_only(void **state) {
    static const uint64_t beyond[] = {3, 4, 255, UINT32_MAX, UINT64_C(1) << 32, INT64_MAX, UINT64_MAX};
    (void)state;
    uint64_t block = (uintptr_t)&client.block;
    assert_int_equal(vault_enter_crypto(block, 1), MPKGATE_CALLED);
    assert_int_equal(client.block.result, 12);
    assert_int_equal(vault_enter_manage(block, 0), MPKGATE_CALLED);
    assert_int_equal(vault_enter_manage(block, 1), MPKGATE_NO_FUNCTION);
    for (size_t i = 0; i < sizeof(beyond) / sizeof(beyond[0]); i++) {
        assert_int_equal(vault_enter_crypto(block, beyond[i]), MPKGATE_NO_FUNCTION);
        assert_int_equal(vault_enter_manage(block, beyond[i]), MPKGATE_NO_FUNCTION);
    }
    assert_int_equal(calls, 0);
}

static struct {
    struct pump_block block;
    uint8_t buffer[7];
    int asked;
} pumped;

static int64_t lie;     // added to what the reader returns
static int64_t lost_to; // what suspend() says: 0, the client is back

// The client, as the gate gives the thread back to it: "abcdefghij" in parts, then the end.
static int64_t serve(void) {
    struct mpkgate_request *request = &pumped.block.request;
    require(request->buffer == (uintptr_t)pumped.buffer && request->buffer_size == sizeof(pumped.buffer));
    require(request->size <= sizeof(pumped.buffer));
    if (lost_to != 0) {
        pumped.asked++;
        request->result = 7; // not to be read: it is another thread's memory by now
        memcpy(pumped.buffer, "another", sizeof(pumped.buffer));
        return lost_to;
    }
    if (request->callback == offsetof(struct pump_block, reader)) {
        static const struct {
            const char *text;
            int64_t size;
        } parts[] = {{"abcdefg", 7}, {"hij", 3}, {"", 0}};
        require(request->size == 7);
        memcpy(pumped.buffer, parts[pumped.asked].text, (size_t)parts[pumped.asked].size);
        request->result = parts[pumped.asked++].size + lie;
    } else {
        require(request->callback == offsetof(struct pump_block, writer));
        require(memcmp(pumped.buffer, pumped.asked == 1 ? "`cbedgf" : "ihk", request->size) == 0);
        request->result = (int64_t)request->size;
    }
    return 0;
}

static void start_pump(void) {
    static bool started;
    if (!started) {
        callback_init(serve);
        started = true;
    }
    pumped = (__typeof__(pumped)){0};
    pumped.block.reader = (void *)8; // never called by the vault: the client's thunk knows it
    pumped.block.reader_context = (void *)16;
    pumped.block.writer = (void *)24;
    pumped.block.writer_context = (void *)32;
    pumped.block.request.buffer = (uintptr_t)pumped.buffer;
    pumped.block.request.buffer_size = sizeof(pumped.buffer);
    during = NULL;
}

static int64_t call_pump(void) {
    start_pump();
    return vault_enter_crypto((uintptr_t)&pumped.block, 2);
}

static void callbacks_become_requests(void **state) {
    (void)state;
    lie = 0;
    assert_int_equal(call_pump(), MPKGATE_CALLED);
    assert_int_equal(pumped.block.result, 'a' + 'b' + 'c' + 'd' + 'e' + 'f' + 'g' + 'h' + 'i' + 'j');
    assert_int_equal(pumped.asked, 3);
    assert_int_equal((uintptr_t)pumped.block.reader, 8);
    assert_int_equal((uintptr_t)pumped.block.writer_context, 32);
    assert_false(heap_contains("abcdefg", 7));
}

// A40: a client that claims to have put more into the buffer than was asked for.
static void a_lying_reader_gets_an_error(void **state) {
    (void)state;
    static const int64_t lies[] = {1, 1000, INT64_MAX - 7};
    for (size_t i = 0; i < sizeof(lies) / sizeof(lies[0]); i++) {
        lie = lies[i];
        assert_int_equal(call_pump(), MPKGATE_CALLED);
        assert_int_equal(pumped.block.result, INT64_MIN);
    }
    lie = -8;
    assert_int_equal(call_pump(), MPKGATE_CALLED);
    assert_int_equal(pumped.block.result, -1);
}

// A44: the thread that waits has ended; its stack, with block and buffer, is unmapped or somebody else's.
static void a_call_that_is_given_up_touches_nothing(void **state) {
    (void)state;
    memset(stubborn_results, 0, sizeof(stubborn_results));
    lost_to = 4711;
    is_stubborn = true; // the function asks again, which it may
    start_pump();
    pumped.block.result = 99;
    assert_int_equal(vault_call(&crypto_exports[2], (uintptr_t)&pumped.block), 4711);
    assert_int_equal(pumped.asked, 1);
    assert_int_equal(pumped.block.result, 99);
    assert_memory_equal(pumped.buffer, "another", sizeof(pumped.buffer));
    assert_int_equal(pumped.block.request.callback, offsetof(struct pump_block, reader));
    assert_int_equal(stubborn_results[0], INT64_MIN);
    assert_int_equal(stubborn_results[1], INT64_MIN);
    lost_to = 0;
    is_stubborn = false;
    assert_int_equal(call_pump(), MPKGATE_CALLED); // nothing of it is left
}

static void hostile_request_buffers_are_refused(void **state) {
    (void)state;
    struct pump_block *block = &pumped.block;
    memset(&pumped, 0, sizeof(pumped));
    block->reader = (void *)8;
    block->request.buffer_size = 16;
    static const uint64_t hostile[] = {0, 4096, MPKGATE_LIMIT - 16, MPKGATE_CLIENT_END - 15, UINT64_MAX - 3};
    for (size_t i = 0; i < sizeof(hostile) / sizeof(hostile[0]); i++) {
        block->request.buffer = hostile[i];
        assert_int_equal(vault_enter_crypto((uintptr_t)block, 2), MPKGATE_BAD_POINTER);
    }
    block->request.buffer = (uintptr_t)pumped.buffer;
    block->request.buffer_size = UINT64_MAX;
    assert_int_equal(vault_enter_crypto((uintptr_t)block, 2), MPKGATE_BAD_POINTER);
    block->request.buffer_size = 0;
    assert_int_equal(vault_enter_crypto((uintptr_t)block, 2), MPKGATE_BAD_POINTER);
    block->reader = NULL; // no callback: the function sees NULL and the buffer does not count
    assert_int_equal(vault_enter_crypto((uintptr_t)block, 2), MPKGATE_CALLED);
    assert_int_equal(block->result, -4);
}

static void call_in_child(void) {
    (void)call();
}

// A function that claims more than it was given room for is a bug of the vault: the process ends before a
// byte of the heap is copied out (A42).
static void too_many_elements_end_the_process(void **state) {
    elements_written = 9;
    assert_int_equal(end_of_child(call_in_child), SIGILL);
    setup(state);
    elements_written = SIZE_MAX / 2 + 2; // times 2 bytes: 2
    assert_int_equal(end_of_child(call_in_child), SIGILL);
}

static struct mpkgate_argument saved[sizeof(arguments) / sizeof(arguments[0])];

#define assert_record_is_fatal(change)                                                                       \
    do {                                                                                                     \
        setup(state);                                                                                        \
        memcpy(saved, arguments, sizeof(saved));                                                             \
        change;                                                                                              \
        assert_int_equal(end_of_child(call_in_child), SIGILL);                                               \
        memcpy(arguments, saved, sizeof(saved));                                                             \
    } while (0)

static void inconsistent_records_end_the_process(void **state) {
    struct mpkgate_export *record = &crypto_exports[0];
    assert_record_is_fatal(record->block_size = MPKGATE_BLOCK_MAX + 1);
    assert_record_is_fatal(record->argument_count = MPKGATE_ARGUMENTS_MAX + 1);
    assert_record_is_fatal(record->return_offset = sizeof(struct block) - 3);
    assert_record_is_fatal(record->return_offset = UINT32_MAX - 1);
    assert_record_is_fatal(arguments[0].pointer = sizeof(struct block) - 7);
    assert_record_is_fatal(arguments[0].pointer = UINT32_MAX);
    assert_record_is_fatal(arguments[0].length = sizeof(struct block) - 3);
    assert_record_is_fatal(arguments[0].length_width = 3);
    assert_record_is_fatal(arguments[0].length_kind = 3);
    assert_record_is_fatal(arguments[0].unit = 0);
    assert_record_is_fatal(arguments[0].direction = 0);
    assert_record_is_fatal(arguments[0].direction = 6);
    assert_record_is_fatal(arguments[0].direction = MPKGATE_READER); // without a request
    assert_record_is_fatal(arguments[3].direction = MPKGATE_OUT);
    assert_record_is_fatal(arguments[1].used = offsetof(struct block, in));
    assert_record_is_fatal(arguments[1].used = 4);
}

static void the_mask_is_the_comparison(void **state) {
    static const uint64_t values[] = {0,         1, 2, INT64_MAX, (uint64_t)INT64_MAX + 1, UINT64_MAX - 1,
                                      UINT64_MAX};
    (void)state;
    for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
        for (size_t j = 0; j < sizeof(values) / sizeof(values[0]); j++) {
            assert_int_equal(vault_mask_below(values[i], values[j]), values[i] < values[j] ? UINT64_MAX : 0);
        }
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(a_call_copies_in_and_out, setup),
        cmocka_unit_test_setup(the_function_sees_copies_only, setup),
        cmocka_unit_test_setup(copies_are_wiped, setup),
        cmocka_unit_test_setup(copies_do_not_overlap, setup),
        cmocka_unit_test_setup(an_output_left_alone_is_zero, setup),
        cmocka_unit_test_setup(the_block_is_read_once, setup),
        cmocka_unit_test_setup(pointers_outside_client_memory_are_refused, setup),
        cmocka_unit_test_setup(buffers_that_leave_client_memory_are_refused, setup),
        cmocka_unit_test_setup(lengths_that_wrap_are_refused, setup),
        cmocka_unit_test_setup(null_with_a_length_is_refused, setup),
        cmocka_unit_test_setup(empty_buffers_become_null, setup),
        cmocka_unit_test_setup(strings_need_their_nul, setup),
        cmocka_unit_test_setup(strings_are_read_up_to_their_nul, setup),
        cmocka_unit_test_setup(buffers_larger_than_the_heap_are_refused, setup),
#if !__has_feature(address_sanitizer)
        cmocka_unit_test_setup(limit_is_the_first_client_address, setup),
#endif
        cmocka_unit_test_setup(an_index_reaches_its_own_class_only, setup),
        cmocka_unit_test_setup(callbacks_become_requests, setup),
        cmocka_unit_test_setup(a_lying_reader_gets_an_error, setup),
        cmocka_unit_test_setup(a_call_that_is_given_up_touches_nothing, setup),
        cmocka_unit_test_setup(hostile_request_buffers_are_refused, setup),
        cmocka_unit_test_setup(too_many_elements_end_the_process, setup),
        cmocka_unit_test_setup(inconsistent_records_end_the_process, setup),
        cmocka_unit_test(the_mask_is_the_comparison),
    };
    return cmocka_run_group_tests_name("argument copying", tests, NULL, NULL);
}
