// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Properties: the accessors that mpk-run uses give what is in the file; the neutralisable hits of libc and
// ld.so are exactly the known ones; truncated and mutated files are read within bounds and never crash
// anything.

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "elf_fuzz.h"
#include "explain.h"
#include "mpk-elf.h"

#define LIBC "/usr/lib/x86_64-linux-gnu/libc.so.6"
#define MUTATIONS 20000

static struct mpk_elf *open_elf(const char *path) {
    struct mpk_elf_error error;
    struct mpk_elf *elf = mpk_elf_open(path, &error);
    if (elf == NULL)
        fail_msg("%s %s", path, error.text);
    return elf;
}

static void accessors_tell_what_is_in_the_file(void **state) {
    (void)state;
    struct mpk_elf *elf = open_elf(UNIT_CLIENT);
    assert_int_equal(mpk_elf_type(elf), ET_DYN);
    assert_string_equal(mpk_elf_dynamic_string(elf, DT_SONAME, 0), "libclient.so");
    assert_string_equal(mpk_elf_dynamic_string(elf, DT_NEEDED, 0), "libc.so.6");
    assert_null(mpk_elf_dynamic_string(elf, DT_NEEDED, 20));
    assert_null(mpk_elf_dynamic_string(elf, DT_RUNPATH, 0));
    assert_null(mpk_elf_interpreter(elf));
    assert_true(mpk_elf_bind_now(elf));
    size_t loads;
    const Elf64_Phdr *load = mpk_elf_loads(elf, &loads);
    assert_in_range(loads, 2, 5);
    assert_int_equal(load[0].p_offset, 0);
    mpk_elf_close(elf);
}

static void symbols_are_found_by_name_and_lead_to_their_bytes(void **state) {
    (void)state;
    struct mpk_elf *elf = open_elf(UNIT_CLIENT);
    struct mpk_symbol symbol;
    assert_true(mpk_elf_symbol(elf, "client_number", &symbol));
    assert_int_equal(symbol.size, sizeof(int));
    const unsigned char *bytes = mpk_elf_at(elf, symbol.vaddr, symbol.size);
    assert_non_null(bytes);
    assert_int_equal(bytes[0], 1);
    size_t size;
    uint64_t offset;
    const unsigned char *file = mpk_elf_file(elf, &size);
    assert_true(mpk_elf_offset(elf, symbol.vaddr, &offset));
    assert_ptr_equal(file + offset, bytes);
    assert_false(mpk_elf_symbol(elf, "getenv", &symbol)); // imported
    assert_false(mpk_elf_symbol(elf, "hidden_number", &symbol));
    assert_null(mpk_elf_at(elf, symbol.vaddr, UINT64_MAX));
    assert_null(mpk_elf_at(elf, UINT64_MAX, 1));
    mpk_elf_close(elf);
}

static void sections_are_found_by_name(void **state) {
    (void)state;
    struct mpk_elf *elf = open_elf(UNIT_CLIENT);
    struct mpk_section section;
    assert_true(mpk_elf_section(elf, ".text", &section));
    assert_ptr_equal(section.bytes, mpk_elf_at(elf, section.vaddr, section.size));
    assert_false(mpk_elf_section(elf, ".bss", &section));
    assert_false(mpk_elf_section(elf, ".tex", &section));
    mpk_elf_close(elf);
}

static void interpreter_of_a_program_is_ld_so(void **state) {
    (void)state;
    struct mpk_elf *elf = open_elf("/bin/true");
    assert_string_equal(mpk_elf_interpreter(elf), MPK_LD_SO);
    mpk_elf_close(elf);
}

static void exports_of_ld_so_and_parts_of_glibc_are_known(void **state) {
    (void)state;
    struct mpk_elf *ld_so = open_elf(MPK_LD_SO);
    struct mpk_elf *libc = open_elf(LIBC);
    struct mpk_elf *client = open_elf(UNIT_CLIENT);
    struct mpk_names *names = mpk_names_new();
    assert_true(mpk_elf_add_exports(ld_so, names));
    assert_true(mpk_names_has(names, "_rtld_global_ro"));
    assert_true(mpk_names_has(names, "__tls_get_addr"));
    assert_false(mpk_names_has(names, "GLIBC_2.2.5"));
    assert_false(mpk_names_has(names, "getenv"));
    assert_true(mpk_elf_is_glibc(ld_so));
    assert_true(mpk_elf_is_glibc(libc));
    assert_false(mpk_elf_is_glibc(client));
    size_t before = mpk_names_count(names);
    assert_true(mpk_elf_add_ifunc_imports(libc, names));   // glibc's own resolvers are trusted
    assert_true(mpk_elf_add_ifunc_imports(client, names)); // no IFUNC in it
    assert_int_equal(mpk_names_count(names), before);
    mpk_names_free(names);
    mpk_elf_close(client);
    mpk_elf_close(libc);
    mpk_elf_close(ld_so);
}

static void assert_neutral(const struct mpk_elf *elf, const struct mpk_neutral *neutral,
                           enum mpk_pattern pattern, const char *what) {
    size_t size;
    const unsigned char *file = mpk_elf_file(elf, &size);
    assert_int_equal(neutral->pattern, pattern);
    assert_string_equal(neutral->what, what);
    assert_memory_equal(neutral->expected, file + neutral->offset, neutral->size);
    assert_memory_equal(neutral->expected, mpk_elf_at(elf, neutral->vaddr, neutral->size), neutral->size);
    assert_int_equal(neutral->replacement[0], 0x0f); // UD2
    assert_int_equal(neutral->replacement[1], 0x0b);
}

static void neutralisable_hits_are_the_known_ones(void **state) {
    (void)state;
    struct mpk_neutral neutral[4];
    struct mpk_elf *libc = open_elf(LIBC);
    assert_int_equal(mpk_elf_neutralisable(libc, neutral, 4), 1);
    assert_neutral(libc, &neutral[0], MPK_PATTERN_WRPKRU, "pkey_set");
    assert_int_equal(neutral[0].size, 3);
    mpk_elf_close(libc);
    struct mpk_elf *ld_so = open_elf(MPK_LD_SO);
    assert_int_equal(mpk_elf_neutralisable(ld_so, neutral, 4), 2);
    assert_neutral(ld_so, &neutral[0], MPK_PATTERN_XRSTOR, "lazy-binding resolver");
    assert_neutral(ld_so, &neutral[1], MPK_PATTERN_XRSTOR, "lazy-binding resolver");
    assert_int_equal(neutral[0].size, 5); // the whole instruction: 0f ae 6c 24 disp8
    assert_int_equal(mpk_elf_neutralisable(ld_so, neutral, 1), 2);
    mpk_elf_close(ld_so);
    struct mpk_elf *client = open_elf(UNIT_CLIENT);
    assert_int_equal(mpk_elf_neutralisable(client, neutral, 4), 0);
    mpk_elf_close(client);
}

static unsigned char *read_client(size_t *size) {
    struct mpk_elf *elf = open_elf(UNIT_CLIENT);
    const unsigned char *file = mpk_elf_file(elf, size);
    unsigned char *copy = malloc(*size);
    assert_non_null(copy);
    memcpy(copy, file, *size);
    mpk_elf_close(elf);
    return copy;
}

static void files_truncated_at_any_length_do_not_crash(void **state) {
    (void)state;
    size_t size;
    unsigned char *file = read_client(&size);
    for (size_t length = 0; length < size; length += length < 0x800 ? 1 : 61)
        LLVMFuzzerTestOneInput(file, length);
    free(file);
}

static uint64_t next_random(uint64_t *seed) {
    *seed ^= *seed << 13;
    *seed ^= *seed >> 7;
    *seed ^= *seed << 17;
    return *seed;
}

static void mutate(unsigned char *file, size_t size, uint64_t *seed) {
    static const uint64_t interesting[] = {0,
                                           1,
                                           7,
                                           8,
                                           0xff,
                                           0xfff,
                                           0x1000,
                                           0x7fffffff,
                                           0x80000000,
                                           0xffffffff,
                                           0x7fffffffffffffff,
                                           0x8000000000000000,
                                           0xfffffffffffff000,
                                           UINT64_MAX};
    // The headers, the dynamic tables and the data segment of a small library; not the debug information
    // behind.
    size_t range = size < 0x3100 ? size : 0x3100;
    for (unsigned n = 1 + next_random(seed) % 4; n > 0; n--) {
        size_t at = next_random(seed) % (range - 8);
        if (next_random(seed) % 4 != 0)
            at = at / 8 * 8;
        uint64_t value = interesting[next_random(seed) % (sizeof(interesting) / sizeof(interesting[0]))];
        if (next_random(seed) % 2 == 0)
            value += next_random(seed) % 64;
        memcpy(file + at, &value, (size_t)1 << next_random(seed) % 4);
    }
}

static void mutated_files_do_not_crash(void **state) {
    (void)state;
    size_t size;
    unsigned char *file = read_client(&size);
    unsigned char *mutant = malloc(size);
    assert_non_null(mutant);
    uint64_t seed = 0x2545f4914f6cdd1d;
    for (int i = 0; i < MUTATIONS; i++) {
        memcpy(mutant, file, size);
        mutate(mutant, size, &seed);
        LLVMFuzzerTestOneInput(mutant, size);
    }
    free(mutant);
    free(file);
}

// A batch tells of each finding what it tells of it alone; and nothing of what is nowhere.
static void explanations_of_a_batch_are_those_of_each_finding(void **state) {
    (void)state;
    struct mpk_elf *elf = open_elf(LIBC);
    struct mpk_neutral neutral;
    assert_int_equal(mpk_elf_neutralisable(elf, &neutral, 1), 1);
    const struct mpk_finding findings[] = {
        {.rule = MPK_RULE_WRPKRU, .vaddr = neutral.vaddr, .offset = neutral.offset, .size = 3},
        {.rule = MPK_RULE_FILE_MODE, .vaddr = MPK_NOWHERE, .offset = MPK_NOWHERE},
        {.rule = MPK_RULE_WRPKRU, .vaddr = neutral.vaddr - 1, .offset = neutral.offset - 1, .size = 3},
    };
    struct mpk_explanation batch[3];
    mpk_explain_all(elf, findings, 3, batch);
    for (int i = 0; i < 3; i++) {
        struct mpk_explanation alone;
        mpk_explain(elf, &findings[i], &alone);
        assert_memory_equal(&batch[i], &alone, sizeof(alone));
    }
    assert_int_equal(batch[0].hit_class, MPK_CLASS_INTENDED);
    assert_string_equal(batch[0].section, ".text");
    assert_string_equal(batch[0].symbol, "pkey_set");
    assert_int_equal(batch[1].hit_class, MPK_CLASS_NONE);
    assert_string_equal(batch[1].section, "");
    assert_int_equal(batch[2].hit_class, MPK_CLASS_SPANNING);
    mpk_explain_all(elf, findings, 0, batch);
    mpk_elf_close(elf);
}

// Whatever libelf and libdw do with a hostile file, they do it in a child.
static void explanations_of_mutated_files_do_not_crash_the_caller(void **state) {
    (void)state;
    size_t size;
    unsigned char *file = read_client(&size);
    uint64_t seed = 0x853c49e6748fea9b;
    for (int i = 0; i < 60; i++) {
        char path[] = "/tmp/elf_test.XXXXXX";
        int fd = mkstemp(path);
        assert_true(fd >= 0);
        assert_int_equal(unlink(path), 0);
        for (int n = 0; n < 40; n++) // sections, symbols and debug information
            file[0x40 + next_random(&seed) % (size - 0x40)] = (unsigned char)next_random(&seed);
        assert_int_equal(write(fd, file, size), size);
        struct mpk_elf_error error;
        struct mpk_elf *elf = mpk_elf_open_fd(fd, "mutant", &error);
        close(fd);
        struct mpk_finding finding = {.rule = MPK_RULE_WRPKRU, .vaddr = 0x1100, .offset = 0x1100, .size = 3};
        struct mpk_explanation explanation;
        if (elf != NULL)
            mpk_explain(elf, &finding, &explanation);
        mpk_elf_close(elf);
    }
    free(file);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(accessors_tell_what_is_in_the_file),
        cmocka_unit_test(symbols_are_found_by_name_and_lead_to_their_bytes),
        cmocka_unit_test(sections_are_found_by_name),
        cmocka_unit_test(interpreter_of_a_program_is_ld_so),
        cmocka_unit_test(exports_of_ld_so_and_parts_of_glibc_are_known),
        cmocka_unit_test(neutralisable_hits_are_the_known_ones),
        cmocka_unit_test(files_truncated_at_any_length_do_not_crash),
        cmocka_unit_test(mutated_files_do_not_crash),
        cmocka_unit_test(explanations_of_a_batch_are_those_of_each_finding),
        cmocka_unit_test(explanations_of_mutated_files_do_not_crash_the_caller),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
