// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Property: no file, however malformed, makes the ELF layer read outside of it, overflow or hang. Built with
// libFuzzer it is a fuzzer; elf_test links it for its own mutations.

#include "elf_fuzz.h"

#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "mpk-elf.h"

static void count(void *context, const struct mpk_finding *finding) {
    size_t *findings = context;
    if (finding->rule >= MPK_RULES || finding->text[0] == '\0')
        abort();
    (*findings)++;
}

static void judge_as(const struct mpk_elf *elf, enum mpk_kind kind, const struct mpk_names *names) {
    size_t findings = 0;
    const struct mpk_policy policy = {.kind = kind, .ld_so_exports = names, .ifunc_imports = names};
    if (!mpk_elf_judge(elf, &policy, count, &findings))
        abort();
}

static void use(const struct mpk_elf *elf) {
    struct mpk_names *names = mpk_names_new();
    struct mpk_neutral neutral[4];
    struct mpk_symbol symbol;
    struct mpk_section section;
    if (names == NULL || !mpk_elf_add_exports(elf, names) || !mpk_elf_add_ifunc_imports(elf, names))
        abort();
    for (int kind = MPK_KIND_MAIN; kind <= MPK_KIND_LD_SO; kind++)
        judge_as(elf, (enum mpk_kind)kind, names);
    mpk_elf_neutralisable(elf, neutral, 4);
    mpk_elf_symbol(elf, "client_number", &symbol);
    mpk_elf_section(elf, ".text", &section);
    (void)mpk_elf_interpreter(elf);
    for (size_t i = 0; mpk_elf_dynamic_string(elf, DT_NEEDED, i) != NULL; i++)
        ;
    mpk_names_free(names);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size) {
    int fd = memfd_create("fuzz", MFD_CLOEXEC);
    if (fd < 0 || write(fd, bytes, size) != (ssize_t)size)
        abort();
    struct mpk_elf_error error;
    struct mpk_elf *elf = mpk_elf_open_fd(fd, "fuzz", &error);
    close(fd);
    if (elf == NULL && (error.status == MPK_ELF_OK || error.text[0] == '\0'))
        abort();
    if (elf != NULL)
        use(elf);
    mpk_elf_close(elf);
    return 0;
}
