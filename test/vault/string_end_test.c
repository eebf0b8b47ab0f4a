// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A string that begins in client memory and runs out of it is refused at the last byte that is the client's,
// though there is more behind it (A40). The kernel maps nothing at the true end; lower_end.h moves it.
#include <string.h>
#include <sys/mman.h>

#include "copy.h"
#include "heap.h"
#include "support.h"

#define PAGE 4096
#define STRING_MAX 16

struct block {
    int32_t result;
    const char *string;
};

static const struct mpkgate_argument argument = {
    offsetof(struct block, string), STRING_MAX, 1, MPKGATE_NO_OFFSET, MPKGATE_IN,
    MPKGATE_LENGTH_STRING,          0,          0};
static struct mpkgate_export export;
static char *end; // the first byte that is not the client's
static size_t length_seen;

static void function(void *arguments_inside) {
    struct block *block = arguments_inside;
    length_seen = strlen(block->string);
}

static int map(void **state) {
    (void)state;
    static _Alignas(16) unsigned char heap[PAGE];
    char *wanted = (char *)MPKGATE_CLIENT_END - PAGE;
    char *pages = mmap(wanted, 2 * (size_t)PAGE, PROT_READ | PROT_WRITE,
                       MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0);
    heap_init(heap, sizeof(heap));
    end = wanted + PAGE;
    export.call = (int32_t)((intptr_t)function - (intptr_t)&export.call);
    export.arguments = (int32_t)((intptr_t)&argument - (intptr_t)&export.arguments);
    export.argument_count = 1;
    export.block_size = sizeof(struct block);
    export.return_size = sizeof(int32_t);
    return pages == wanted ? 0 : -1;
}

// `before` letters in front of the end, then the rest of ten letters and a NUL.
static int64_t call_with_string(size_t before) {
    struct block *block = (struct block *)(end - PAGE);
    block->string = memcpy(end - before, "ten tokens", 11);
    length_seen = 0;
    return vault_call(&export, (uintptr_t)block);
}

static void a_string_may_end_at_the_end(void **state) {
    (void)state;
    assert_int_equal(call_with_string(11), MPKGATE_CALLED);
    assert_int_equal(length_seen, 10);
}

static void a_string_may_not_run_over_the_end(void **state) {
    (void)state;
    for (size_t before = 0; before < 11; before++) {
        assert_int_equal(call_with_string(before), MPKGATE_BAD_POINTER);
        assert_int_equal(length_seen, 0);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_string_may_end_at_the_end),
        cmocka_unit_test(a_string_may_not_run_over_the_end),
    };
    return cmocka_run_group_tests_name("the end of client memory", tests, map, NULL);
}
