// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Properties: no archive and no relocatable object, however malformed, makes their readers read outside of
// it, overflow, leak or hang; an archive comes to an end; every object that is opened says that it is not
// linked.

#include "fuzz.h"

#include <string.h>

#include "unlinked.h"

struct judged {
    size_t size; // of the file
    bool says_unlinked;
};

static void check_finding(void *context, const struct mpk_finding *finding) {
    struct judged *judged = context;
    FUZZ_CHECK(finding->rule < MPK_RULES);
    FUZZ_CHECK(finding->text[0] != '\0');
    FUZZ_CHECK(memchr(finding->text, '\0', sizeof(finding->text)) != NULL);
    for (const char *at = finding->text; *at != '\0'; at++) // it goes to terminals
        FUZZ_CHECK((unsigned char)*at >= 0x20 && *at != 0x7f);
    if (finding->rule == MPK_RULE_UNLINKED)
        judged->says_unlinked = true;
    else
        FUZZ_CHECK(finding->offset < judged->size && finding->size <= judged->size - finding->offset);
}

// What is for linked files must know that this is none.
static void check_accessors(const struct mpk_elf *elf) {
    size_t count;
    uint64_t value;
    struct mpk_symbol symbol;
    struct mpk_section section;
    FUZZ_CHECK(mpk_elf_type(elf) == ET_REL);
    (void)mpk_elf_phdrs(elf, &count);
    FUZZ_CHECK(count == 0);
    (void)mpk_elf_loads(elf, &count);
    FUZZ_CHECK(count == 0);
    FUZZ_CHECK(mpk_elf_interpreter(elf) == NULL);
    FUZZ_CHECK(mpk_elf_at(elf, 0, 1) == NULL);
    FUZZ_CHECK(!mpk_elf_offset(elf, 0, &value));
    FUZZ_CHECK(!mpk_elf_dynamic_value(elf, DT_NEEDED, &value));
    FUZZ_CHECK(!mpk_elf_symbol(elf, "caller", &symbol));
    (void)mpk_elf_section(elf, ".text", &section);
}

static void use(const struct mpk_elf *elf) {
    struct judged judged = {0};
    (void)mpk_elf_file(elf, &judged.size);
    check_accessors(elf);
    for (int kind = MPK_KIND_MAIN; kind <= MPK_KIND_RUNTIME; kind++) {
        const struct mpk_policy policy = {.kind = (enum mpk_kind)kind};
        judged.says_unlinked = false;
        FUZZ_CHECK(mpk_elf_judge(elf, &policy, check_finding, &judged));
        FUZZ_CHECK(judged.says_unlinked);
    }
}

static void use_archive(int fd, size_t size) {
    struct mpk_elf_error error;
    struct mpk_archive *archive = mpk_archive_open_fd(fd, "fuzz", &error);
    FUZZ_CHECK((archive != NULL) == (error.status == MPK_ELF_OK));
    size_t members = 0;
    while (archive != NULL) {
        struct mpk_elf *elf = mpk_archive_next(archive, &error);
        FUZZ_CHECK((error.status == MPK_ELF_OK) == (error.text[0] == '\0'));
        FUZZ_CHECK(elf == NULL || error.status == MPK_ELF_OK);
        if (elf == NULL && error.status == MPK_ELF_OK)
            break;
        FUZZ_CHECK(++members <= size);
        if (elf != NULL)
            use(elf);
        mpk_elf_close(elf);
    }
    mpk_archive_close(archive);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size) {
    int fd = fuzz_file(bytes, size);
    struct mpk_elf_error error;
    enum mpk_input input = mpk_input_of(fd);
    struct mpk_elf *elf = mpk_elf_open_relocatable(fd, "fuzz", &error);
    FUZZ_CHECK((elf != NULL) == (error.status == MPK_ELF_OK));
    FUZZ_CHECK((elf != NULL) == (error.text[0] == '\0'));
    FUZZ_CHECK(elf == NULL || input == MPK_INPUT_RELOCATABLE);
    if (elf != NULL)
        use(elf);
    mpk_elf_close(elf);
    use_archive(fd, size);
    close(fd);
    return 0;
}
