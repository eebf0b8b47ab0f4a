// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Properties: a relocatable object is opened and judged by its executable sections, each by itself; the
// members of an archive are found by the names of GNU and BSD archives; what lies about itself is refused or
// passed over, and the members behind are still read; mpk_elf_open takes neither.

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>

#include "explain.h"
#include "unlinked.h"

#define MUTATIONS 20000
#define FILE_MAX 32768

struct bytes {
    size_t size;
    unsigned char at[FILE_MAX];
};

static void append(struct bytes *bytes, const void *more, size_t size) {
    assert_in_range(size, 0, FILE_MAX - bytes->size);
    memcpy(bytes->at + bytes->size, more, size);
    bytes->size += size;
}

static void append_string(struct bytes *bytes, const char *string) {
    append(bytes, string, strlen(string));
}

static void append_header(struct bytes *bytes, const char *name, const char *size) {
    char header[61];
    snprintf(header, sizeof(header), "%-16s%-12d%-6d%-6d%-8o%-10s`\n", name, 0, 0, 0, 0644, size);
    append(bytes, header, 60);
}

static void append_member(struct bytes *bytes, const char *name, const void *content, size_t size) {
    char number[24];
    snprintf(number, sizeof(number), "%zu", size);
    append_header(bytes, name, number);
    append(bytes, content, size);
    if (size % 2 != 0)
        append(bytes, "\n", 1);
}

static struct bytes read_object(void) {
    struct bytes object = {0};
    int fd = open(UNIT_OBJECT, O_RDONLY | O_CLOEXEC);
    assert_true(fd >= 0);
    ssize_t size = read(fd, object.at, sizeof(object.at));
    assert_in_range(size, 1, FILE_MAX - 1);
    object.size = (size_t)size;
    close(fd);
    return object;
}

static int file_of(const struct bytes *bytes) {
    int fd = memfd_create("unlinked", MFD_CLOEXEC);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, bytes->at, bytes->size), bytes->size);
    return fd;
}

static struct mpk_archive *open_archive(const struct bytes *bytes) {
    struct mpk_elf_error error;
    int fd = file_of(bytes);
    assert_int_equal(mpk_input_of(fd), MPK_INPUT_ARCHIVE);
    struct mpk_archive *archive = mpk_archive_open_fd(fd, "lib.a", &error);
    close(fd);
    assert_non_null(archive);
    assert_int_equal(error.status, MPK_ELF_OK);
    return archive;
}

static void assert_member(struct mpk_archive *archive, const char *name) {
    struct mpk_elf_error error;
    struct mpk_elf *elf = mpk_archive_next(archive, &error);
    assert_non_null(elf);
    assert_string_equal(mpk_elf_name(elf), name);
    assert_int_equal(mpk_elf_type(elf), ET_REL);
    mpk_elf_close(elf);
}

static void assert_refused(struct mpk_archive *archive, enum mpk_elf_status status, const char *text) {
    struct mpk_elf_error error;
    assert_null(mpk_archive_next(archive, &error));
    assert_int_equal(error.status, status);
    if (strstr(error.text, text) == NULL)
        fail_msg("'%s' does not say '%s'", error.text, text);
}

static void assert_end(struct mpk_archive *archive) {
    struct mpk_elf_error error;
    for (int i = 0; i < 2; i++) {
        assert_null(mpk_archive_next(archive, &error));
        assert_int_equal(error.status, MPK_ELF_OK);
    }
    mpk_archive_close(archive);
}

struct seen {
    size_t count;
    struct mpk_finding findings[8];
};

static void remember(void *context, const struct mpk_finding *finding) {
    struct seen *seen = context;
    if (seen->count < 8)
        seen->findings[seen->count] = *finding;
    seen->count++;
}

static void executable_sections_are_judged_each_by_itself(void **state) {
    (void)state;
    struct bytes object = read_object();
    struct mpk_elf_error error;
    int fd = file_of(&object);
    assert_int_equal(mpk_input_of(fd), MPK_INPUT_RELOCATABLE);
    struct mpk_elf *elf = mpk_elf_open_relocatable(fd, "hits.o", &error);
    close(fd);
    assert_non_null(elf);
    assert_int_equal(mpk_elf_type(elf), ET_REL);
    size_t loads;
    mpk_elf_loads(elf, &loads);
    assert_int_equal(loads, 0);
    struct seen seen = {0};
    const struct mpk_policy policy = {.kind = MPK_KIND_LIBRARY};
    assert_true(mpk_elf_judge(elf, &policy, remember, &seen));
    assert_int_equal(seen.count, 3);
    assert_int_equal(seen.findings[0].rule, MPK_RULE_UNLINKED);
    assert_int_equal(seen.findings[0].severity, MPK_WARNING);
    assert_int_equal(seen.findings[1].rule, MPK_RULE_WRPKRU);
    assert_int_equal(seen.findings[2].rule, MPK_RULE_XRSTOR);
    for (int i = 1; i < 3; i++) {
        static const unsigned char expected[2][3] = {{0x0f, 0x01, 0xef}, {0x0f, 0xae, 0x28}};
        assert_int_equal(seen.findings[i].vaddr, MPK_NOWHERE);
        assert_int_equal(seen.findings[i].severity, MPK_ERROR);
        assert_int_equal(seen.findings[i].size, 3);
        assert_memory_equal(object.at + seen.findings[i].offset, expected[i - 1], 3);
    }
    assert_string_equal(seen.findings[1].text, "WRPKRU (0f 01 ef) in an executable section, .text");
    assert_string_equal(seen.findings[2].text, "XRSTOR (0f ae 28) in an executable section, .text.second");
    mpk_elf_close(elf);
}

static void hits_of_relocatable_objects_are_explained(void **state) {
    (void)state;
    struct bytes object = read_object();
    struct mpk_elf_error error;
    struct seen seen = {0};
    struct mpk_explanation explanations[3];
    const struct mpk_policy policy = {.kind = MPK_KIND_LIBRARY};
    int fd = file_of(&object);
    struct mpk_elf *elf = mpk_elf_open_relocatable(fd, "hits.o", &error);
    close(fd);
    assert_non_null(elf);
    assert_true(mpk_elf_judge(elf, &policy, remember, &seen));
    assert_int_equal(seen.count, 3);
    mpk_explain_all(elf, seen.findings, 3, explanations);
    const struct mpk_explanation *immediate = &explanations[1];
    assert_int_equal(immediate->hit_class, MPK_CLASS_IMMEDIATE);
    assert_string_equal(immediate->section, ".text");
    assert_int_equal(immediate->section_offset, 1);
    assert_string_equal(immediate->symbol, "hits");
    assert_int_equal(immediate->symbol_offset, 1);
    assert_non_null(strstr(immediate->source, "hits.S:9"));
    assert_int_equal(immediate->line_count, 2); // and the instruction behind
    assert_int_equal(immediate->lines[0].vaddr, 0);
    assert_int_equal(immediate->lines[0].mark, 1);
    assert_int_equal(immediate->lines[0].marked, 3);
    assert_string_equal(immediate->lines[0].text, "mov $0xef010f, %eax");
    assert_int_equal(immediate->lines[1].marked, 0);
    // No FUNC symbol covers it, and no FDE: it may be anything.
    assert_int_equal(explanations[2].hit_class, MPK_CLASS_TABLE);
    assert_string_equal(explanations[2].section, ".text.second");
    assert_int_equal(explanations[2].section_offset, 1);
    assert_non_null(strstr(explanations[2].source, "hits.S:15"));
    mpk_elf_close(elf);
}

static void linked_files_only_are_opened_to_be_run(void **state) {
    (void)state;
    struct bytes object = read_object();
    struct bytes archive = {0};
    struct mpk_elf_error error;
    int fd = file_of(&object);
    assert_null(mpk_elf_open_fd(fd, "hits.o", &error));
    assert_int_equal(error.status, MPK_ELF_WRONG_KIND);
    close(fd);
    append_string(&archive, "!<arch>\n");
    append_member(&archive, "hits.o/", object.at, object.size);
    fd = file_of(&archive);
    assert_null(mpk_elf_open_fd(fd, "lib.a", &error));
    assert_int_equal(error.status, MPK_ELF_NOT_ELF);
    assert_null(mpk_elf_open_relocatable(fd, "lib.a", &error));
    assert_int_equal(error.status, MPK_ELF_NOT_ELF);
    close(fd);
    struct mpk_elf *linked = mpk_elf_open("/bin/true", &error);
    assert_non_null(linked);
    mpk_elf_close(linked);
}

static void members_have_the_names_of_gnu_archives(void **state) {
    (void)state;
    struct bytes object = read_object();
    struct bytes bytes = {0};
    static const char names[] = "a_name_that_is_longer_than_sixteen.o/\nfolder/another_long_one.o/\n";
    append_string(&bytes, "!<arch>\n");
    append_member(&bytes, "/", "\0\0\0\0", 4);
    append_member(&bytes, "//", names, sizeof(names) - 1);
    append_member(&bytes, "short.o/", object.at, object.size);
    append_member(&bytes, "/0", object.at, object.size);
    append_member(&bytes, "/38", object.at, object.size);
    struct mpk_archive *archive = open_archive(&bytes);
    assert_member(archive, "lib.a(short.o)");
    assert_member(archive, "lib.a(a_name_that_is_longer_than_sixteen.o)");
    assert_member(archive, "lib.a(folder/another_long_one.o)");
    assert_end(archive);
}

static void members_have_the_names_of_bsd_archives(void **state) {
    (void)state;
    struct bytes object = read_object();
    struct bytes bytes = {0};
    struct bytes named = {0};
    append(&named, "a name with spaces.o", 20);
    append(&named, object.at, object.size);
    append_string(&bytes, "!<arch>\n");
    append_member(&bytes, "__.SYMDEF SORTED", "\0\0\0\0", 4);
    append_member(&bytes, "#1/20", named.at, named.size);
    append_member(&bytes, "plain.o", object.at, object.size);
    struct mpk_archive *archive = open_archive(&bytes);
    assert_member(archive, "lib.a(a name with spaces.o)");
    assert_member(archive, "lib.a(plain.o)");
    assert_end(archive);
}

static void objects_cannot_hide_by_the_name_of_a_table(void **state) {
    (void)state;
    struct bytes object = read_object();
    struct bytes bytes = {0};
    append_string(&bytes, "!<arch>\n");
    append_member(&bytes, "/", object.at, object.size);
    append_member(&bytes, "//", object.at, object.size);
    append_member(&bytes, "__.SYMDEF", object.at, object.size);
    struct mpk_archive *archive = open_archive(&bytes);
    assert_member(archive, "lib.a(/)");
    assert_member(archive, "lib.a(//)");
    assert_member(archive, "lib.a(__.SYMDEF)");
    assert_end(archive);
}

static void members_that_cannot_be_checked_are_told_and_passed_over(void **state) {
    (void)state;
    struct bytes object = read_object();
    struct bytes narrow = read_object();
    struct bytes bytes = {0};
    narrow.at[EI_CLASS] = ELFCLASS32;
    append_string(&bytes, "!<arch>\n");
    append_member(&bytes, "lto.o/", "BC\xc0\xde\0", 5); // an odd size
    append_member(&bytes, "narrow.o/", narrow.at, narrow.size);
    append_member(&bytes, "cut.o/", object.at, object.size / 2);
    append_member(&bytes, "nested.a/", "!<arch>\n", 8);
    append_member(&bytes, "/7", object.at, object.size);
    append_member(&bytes, "#1/99999999", object.at, object.size);
    append_member(&bytes, "empty.o/", "", 0);
    append_member(&bytes, "\033[2Jred.o/", "text", 4);
    append_member(&bytes, "good.o/", object.at, object.size);
    struct mpk_archive *archive = open_archive(&bytes);
    assert_refused(archive, MPK_ELF_NOT_ELF, "holds lto.o, which is LLVM bitcode");
    assert_refused(archive, MPK_ELF_WRONG_KIND, "holds narrow.o, which is not a 64-bit x86-64");
    assert_refused(archive, MPK_ELF_TRUNCATED, "holds cut.o, which is truncated");
    assert_refused(archive, MPK_ELF_NOT_ELF, "holds nested.a, which is an archive in an archive");
    assert_refused(archive, MPK_ELF_MALFORMED, "the name of the member at offset");
    assert_refused(archive, MPK_ELF_MALFORMED, "the name of the member at offset");
    assert_refused(archive, MPK_ELF_TRUNCATED, "holds empty.o, which is empty");
    assert_refused(archive, MPK_ELF_NOT_ELF, "holds ?[2Jred.o, which is not an ELF file");
    assert_member(archive, "lib.a(good.o)");
    assert_end(archive);
}

static void archives_that_lie_of_sizes_end_there(void **state) {
    (void)state;
    static const struct {
        const char *size;
        enum mpk_elf_status status;
        const char *text;
    } lies[] = {
        {"9999999999", MPK_ELF_TRUNCATED, "needs 9999999999 bytes, but 4 follow"},
        {"5", MPK_ELF_TRUNCATED, "needs 5 bytes"},
        {"-4", MPK_ELF_MALFORMED, "no member header at offset 0x8"},
        {"", MPK_ELF_MALFORMED, "no member header at offset 0x8"},
        {"4x", MPK_ELF_MALFORMED, "no member header at offset 0x8"},
    };
    for (size_t i = 0; i < sizeof(lies) / sizeof(lies[0]); i++) {
        struct bytes bytes = {0};
        append_string(&bytes, "!<arch>\n");
        append_header(&bytes, "liar.o/", lies[i].size);
        append(&bytes, "text", 4);
        struct mpk_archive *archive = open_archive(&bytes);
        assert_refused(archive, lies[i].status, lies[i].text);
        assert_end(archive);
    }
    struct bytes rest = {0};
    append_string(&rest, "!<arch>\nrest");
    struct mpk_archive *archive = open_archive(&rest);
    assert_refused(archive, MPK_ELF_TRUNCATED, "the 4 bytes at offset 0x8 are no member header");
    assert_end(archive);
}

static void thin_archives_are_refused_with_the_remedy(void **state) {
    (void)state;
    struct bytes bytes = {0};
    struct mpk_elf_error error;
    append_string(&bytes, "!<thin>\n");
    int fd = file_of(&bytes);
    assert_int_equal(mpk_input_of(fd), MPK_INPUT_ARCHIVE);
    assert_null(mpk_archive_open_fd(fd, "lib.a", &error));
    assert_int_equal(error.status, MPK_ELF_NOT_ELF);
    assert_non_null(strstr(error.text, "thin archive"));
    assert_non_null(strstr(error.text, "check those files instead"));
    close(fd);
}

static void assert_object_refused(const struct bytes *object, enum mpk_elf_status status, const char *text) {
    struct mpk_elf_error error;
    int fd = file_of(object);
    assert_null(mpk_elf_open_relocatable(fd, "hits.o", &error));
    close(fd);
    assert_int_equal(error.status, status);
    if (strstr(error.text, text) == NULL)
        fail_msg("'%s' does not say '%s'", error.text, text);
}

static void change_section(const struct bytes *object, uint64_t flags, uint64_t offset, uint64_t size,
                           struct bytes *changed) {
    Elf64_Ehdr header;
    Elf64_Shdr section;
    *changed = *object;
    memcpy(&header, object->at, sizeof(header));
    for (size_t i = 1; i < header.e_shnum; i++) {
        unsigned char *at = changed->at + header.e_shoff + i * sizeof(section);
        memcpy(&section, at, sizeof(section));
        if ((section.sh_flags & SHF_EXECINSTR) == 0)
            continue;
        section.sh_flags |= flags;
        section.sh_offset = offset;
        section.sh_size = size;
        memcpy(at, &section, sizeof(section));
        return;
    }
    fail_msg("no executable section");
}

static void objects_that_lie_of_sections_are_refused(void **state) {
    (void)state;
    struct bytes object = read_object();
    struct bytes changed;
    change_section(&object, 0, 0, UINT64_MAX, &changed);
    assert_object_refused(&changed, MPK_ELF_TRUNCATED, "needs 0xffffffffffffffff bytes");
    change_section(&object, 0, UINT64_MAX, 1, &changed);
    assert_object_refused(&changed, MPK_ELF_TRUNCATED, "at offset 0xffffffffffffffff");
    change_section(&object, 0, 0, object.size, &changed);
    assert_object_refused(&changed, MPK_ELF_MALFORMED, "executable sections overlap");
    change_section(&object, SHF_COMPRESSED, 0, 1, &changed);
    assert_object_refused(&changed, MPK_ELF_MALFORMED, "executable and compressed");
}

static void change_header(const struct bytes *object, uint64_t offset, uint16_t count,
                          struct bytes *changed) {
    Elf64_Ehdr header;
    *changed = *object;
    memcpy(&header, object->at, sizeof(header));
    header.e_shoff = offset != 0 ? offset : header.e_shoff;
    header.e_shnum = count;
    memcpy(changed->at, &header, sizeof(header));
}

static void objects_that_lie_of_section_headers_are_refused(void **state) {
    (void)state;
    struct bytes object = read_object();
    struct bytes changed;
    change_header(&object, UINT64_MAX, 4, &changed);
    assert_object_refused(&changed, MPK_ELF_TRUNCATED, "section 0 lies beyond");
    change_header(&object, 0, UINT16_MAX, &changed);
    assert_object_refused(&changed, MPK_ELF_TRUNCATED, "lies beyond its end");
    change_header(&object, 0, 0, &changed);
    assert_object_refused(&changed, MPK_ELF_MALFORMED, "no section headers");
}

static uint64_t next_random(uint64_t *seed) {
    *seed ^= *seed << 13;
    *seed ^= *seed >> 7;
    *seed ^= *seed << 17;
    return *seed;
}

static void judge_all(const struct bytes *bytes) {
    struct mpk_elf_error error;
    const struct mpk_policy policy = {.kind = MPK_KIND_LIBRARY};
    int fd = file_of(bytes);
    struct mpk_archive *archive = mpk_archive_open_fd(fd, "lib.a", &error);
    close(fd);
    if (archive == NULL)
        return;
    for (;;) {
        struct mpk_elf *elf = mpk_archive_next(archive, &error);
        struct seen seen = {0};
        if (elf == NULL && error.status == MPK_ELF_OK)
            break;
        if (elf != NULL)
            assert_true(mpk_elf_judge(elf, &policy, remember, &seen));
        else
            assert_int_not_equal(error.text[0], '\0');
        mpk_elf_close(elf);
    }
    mpk_archive_close(archive);
}

static void mutated_archives_do_not_crash(void **state) {
    (void)state;
    struct bytes object = read_object();
    struct bytes bytes = {0};
    append_string(&bytes, "!<arch>\n");
    append_member(&bytes, "//", "a_name_that_is_longer_than_sixteen.o/\n", 38);
    append_member(&bytes, "/0", object.at, object.size);
    append_member(&bytes, "#1/12", object.at, object.size);
    append_member(&bytes, "last.o/", object.at, object.size);
    struct bytes mutant;
    uint64_t seed = 0x9e3779b97f4a7c15;
    for (int i = 0; i < MUTATIONS; i++) {
        memcpy(mutant.at, bytes.at, bytes.size);
        for (unsigned n = 1 + next_random(&seed) % 4; n > 0; n--) {
            size_t at = next_random(&seed) % bytes.size;
            mutant.at[at] = next_random(&seed) % 3 != 0
                                ? (unsigned char)("0123456789/#"[next_random(&seed) % 12])
                                : (unsigned char)next_random(&seed);
        }
        mutant.size = next_random(&seed) % 4 != 0 ? bytes.size : next_random(&seed) % bytes.size;
        judge_all(&mutant);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(executable_sections_are_judged_each_by_itself),
        cmocka_unit_test(hits_of_relocatable_objects_are_explained),
        cmocka_unit_test(linked_files_only_are_opened_to_be_run),
        cmocka_unit_test(members_have_the_names_of_gnu_archives),
        cmocka_unit_test(members_have_the_names_of_bsd_archives),
        cmocka_unit_test(objects_cannot_hide_by_the_name_of_a_table),
        cmocka_unit_test(members_that_cannot_be_checked_are_told_and_passed_over),
        cmocka_unit_test(archives_that_lie_of_sizes_end_there),
        cmocka_unit_test(thin_archives_are_refused_with_the_remedy),
        cmocka_unit_test(objects_that_lie_of_sections_are_refused),
        cmocka_unit_test(objects_that_lie_of_section_headers_are_refused),
        cmocka_unit_test(mutated_archives_do_not_crash),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
