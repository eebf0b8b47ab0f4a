// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Properties: no file, however malformed, makes the ELF layer read outside of it, overflow, leak or hang;
// what it hands out lies inside the file; every finding has a text and a place that exists. elf_test links
// this for its own mutations.

#include "fuzz.h"

#include <string.h>

#include "mpk-elf.h"

static void check_finding(void *context, const struct mpk_finding *finding) {
    const struct mpk_elf *elf = context;
    size_t size;
    (void)mpk_elf_file(elf, &size);
    FUZZ_CHECK(finding->rule < MPK_RULES);
    FUZZ_CHECK(finding->severity == MPK_WARNING || finding->severity == MPK_ERROR);
    FUZZ_CHECK(finding->text[0] != '\0');
    FUZZ_CHECK(memchr(finding->text, '\0', sizeof(finding->text)) != NULL);
}

static void check_mode_finding(void *context, const struct mpk_finding *finding) {
    (void)context;
    FUZZ_CHECK(finding->rule == MPK_RULE_FILE_MODE);
}

static void judge_in_every_kind(const struct mpk_elf *elf, const struct mpk_names *names) {
    for (int kind = MPK_KIND_MAIN; kind <= MPK_KIND_RUNTIME; kind++) {
        struct mpk_policy policy = {.kind = (enum mpk_kind)kind};
        FUZZ_CHECK(mpk_elf_judge(elf, &policy, check_finding, (void *)(uintptr_t)elf));
        policy.ld_so_exports = names;
        policy.ifunc_imports = names;
        FUZZ_CHECK(mpk_elf_judge(elf, &policy, check_finding, (void *)(uintptr_t)elf));
    }
}

static bool is_inside(const struct mpk_elf *elf, const void *at, uint64_t size) {
    size_t file_size;
    const unsigned char *file = mpk_elf_file(elf, &file_size);
    uint64_t offset = (uintptr_t)at - (uintptr_t)file;
    return offset <= file_size && size <= file_size - offset;
}

static void check_headers(const struct mpk_elf *elf) {
    size_t phdrs;
    size_t loads;
    FUZZ_CHECK(mpk_elf_phdrs(elf, &phdrs) != NULL && phdrs <= MPK_PHDR_MAX);
    const Elf64_Phdr *load = mpk_elf_loads(elf, &loads);
    FUZZ_CHECK(loads > 0 && loads <= phdrs);
    for (size_t i = 0; i < loads; i++) {
        const unsigned char *at = mpk_elf_at(elf, load[i].p_vaddr, load[i].p_filesz);
        FUZZ_CHECK(at == NULL || is_inside(elf, at, load[i].p_filesz));
        uint64_t offset = 0;
        if (mpk_elf_offset(elf, load[i].p_vaddr, &offset))
            FUZZ_CHECK(is_inside(elf, mpk_elf_file(elf, &phdrs) + offset, 1));
        FUZZ_CHECK(mpk_elf_at(elf, load[i].p_vaddr + load[i].p_filesz, UINT64_MAX) == NULL);
    }
    FUZZ_CHECK(mpk_elf_type(elf) == ET_DYN || mpk_elf_type(elf) == ET_EXEC);
    FUZZ_CHECK(strcmp(mpk_elf_name(elf), "fuzz") == 0);
    const char *interpreter = mpk_elf_interpreter(elf);
    FUZZ_CHECK(interpreter == NULL || is_inside(elf, interpreter, strlen(interpreter) + 1));
}

static void check_dynamic(const struct mpk_elf *elf) {
    static const int64_t strings[] = {DT_NEEDED, DT_SONAME, DT_RPATH, DT_RUNPATH};
    size_t count;
    const Elf64_Dyn *dynamic = mpk_elf_dynamic(elf, &count);
    for (size_t i = 0; i < count; i++) {
        uint64_t value;
        FUZZ_CHECK(mpk_elf_dynamic_value(elf, dynamic[i].d_tag, &value));
    }
    for (size_t i = 0; i < sizeof(strings) / sizeof(strings[0]); i++) {
        const char *string;
        for (size_t n = 0; (string = mpk_elf_dynamic_string(elf, strings[i], n)) != NULL; n++)
            FUZZ_CHECK(is_inside(elf, string, strlen(string) + 1));
    }
    (void)mpk_elf_bind_now(elf);
    (void)mpk_elf_is_glibc(elf);
}

static void check_names(const struct mpk_elf *elf) {
    static const char *const wanted[] = {"client_number", "main", "pkey_set", ""};
    static const char *const sections[] = {".text", ".bss", "", ".note.mpkgate"};
    struct mpk_symbol symbol;
    struct mpk_section section;
    for (size_t i = 0; i < sizeof(wanted) / sizeof(wanted[0]); i++) {
        if (mpk_elf_symbol(elf, wanted[i], &symbol))
            FUZZ_CHECK(strcmp(symbol.name, wanted[i]) == 0 && symbol.section != SHN_UNDEF);
        if (mpk_elf_section(elf, sections[i], &section))
            FUZZ_CHECK(is_inside(elf, section.bytes, section.size));
    }
}

static void check_neutralisable(const struct mpk_elf *elf) {
    struct mpk_neutral neutral[4];
    size_t size;
    const unsigned char *file = mpk_elf_file(elf, &size);
    size_t count = mpk_elf_neutralisable(elf, neutral, 4);
    for (size_t i = 0; i < count && i < 4; i++) {
        FUZZ_CHECK(neutral[i].size <= MPK_NEUTRAL_MAX);
        FUZZ_CHECK(is_inside(elf, file + neutral[i].offset, neutral[i].size));
        FUZZ_CHECK(memcmp(file + neutral[i].offset, neutral[i].expected, neutral[i].size) == 0);
    }
}

static bool stop_at_once(void *context, enum mpk_pattern pattern, uint64_t address) {
    (void)pattern;
    (void)address;
    *(bool *)context = true;
    return false;
}

static void check_scan(const struct mpk_elf *elf) {
    bool stopped = false;
    struct mpk_scan scan;
    mpk_scan_begin(&scan, stop_at_once, &stopped);
    bool through = mpk_elf_scan(elf, &scan);
    FUZZ_CHECK(through != stopped);
}

static void use(const struct mpk_elf *elf, int fd) {
    struct mpk_names *names = mpk_names_new();
    FUZZ_CHECK(names != NULL);
    FUZZ_CHECK(mpk_elf_add_exports(elf, names) && mpk_elf_add_ifunc_imports(elf, names));
    check_headers(elf);
    check_dynamic(elf);
    check_names(elf);
    check_neutralisable(elf);
    check_scan(elf);
    judge_in_every_kind(elf, names);
    enum mpk_kind kind = mpk_elf_guess_kind(elf, fd);
    FUZZ_CHECK(kind == MPK_KIND_MAIN || kind == MPK_KIND_LIBRARY || kind == MPK_KIND_RUNTIME);
    FUZZ_CHECK(mpk_file_judge(fd, kind, check_mode_finding, NULL));
    mpk_names_free(names);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size) {
    int fd = fuzz_file(bytes, size);
    struct mpk_elf_error error;
    struct mpk_elf *elf = mpk_elf_open_fd(fd, "fuzz", &error);
    FUZZ_CHECK((elf != NULL) == (error.status == MPK_ELF_OK));
    FUZZ_CHECK((elf != NULL) == (error.text[0] == '\0'));
    if (elf != NULL)
        use(elf, fd);
    close(fd);
    mpk_elf_close(elf);
    return 0;
}
