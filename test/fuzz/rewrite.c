// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Properties: whatever a file claims to be, rewriting it reads nothing outside of it, does not overflow, leak
// or hang; the new file has no pattern but for those that the report calls left, and rewriting it again
// changes nothing; and no byte of it differs from the old one but in headers, in code that something says is
// code, and in the tables that are changed on purpose.
//
// An input that is no ELF file is the code of a function of a small library, so that mutations reach what
// rewrites code: its first byte says how the library is made.

#include "fuzz.h"

#include <elf.h>
#include <string.h>

#include "mpk-rewrite.h"

// What a small file can ask for: more would be copied and cleared, which takes long and shows nothing.
#define SPAN_MAX ((uint64_t)8 << 20)
#define CODE_MAX ((size_t)6 << 10)
// Bytes before and behind the function that nothing says are code.
#define BEFORE ((size_t)0x10)

// --- The library -------------------------------------------------------------------------------------------

enum { LIBRARY_PHDRS = 3, LIBRARY_SECTIONS = 5 };
// Bits of an input's first byte; the others say what becomes of pkey_*.
enum made { MADE_DATA_BEHIND = 1, MADE_NO_SECTIONS = 2, MADE_NAMED_PKEY = 4, MADE_TWO = 8, MADES = 16 };

static const char names[] = "\0.text\0.symtab\0.strtab\0.shstrtab\0pkey_set\0function\0second";

struct library {
    Elf64_Ehdr header;
    Elf64_Phdr phdrs[LIBRARY_PHDRS];
    Elf64_Shdr sections[LIBRARY_SECTIONS];
    Elf64_Sym symbols[3];
    char names[sizeof(names)];
};

static uint32_t name_at(const char *name) {
    for (uint32_t at = 1; at < sizeof(names); at += (uint32_t)strlen(names + at) + 1) {
        if (strcmp(names + at, name) == 0)
            return at;
    }
    abort();
}

static void make_headers(struct library *library, size_t text) {
    library->header = (Elf64_Ehdr){.e_ident = {0x7f, 'E', 'L', 'F', ELFCLASS64, ELFDATA2LSB, EV_CURRENT},
                                   .e_type = ET_DYN,
                                   .e_machine = EM_X86_64,
                                   .e_version = EV_CURRENT,
                                   .e_phoff = offsetof(struct library, phdrs),
                                   .e_shoff = offsetof(struct library, sections),
                                   .e_ehsize = sizeof(Elf64_Ehdr),
                                   .e_phentsize = sizeof(Elf64_Phdr),
                                   .e_phnum = LIBRARY_PHDRS,
                                   .e_shentsize = sizeof(Elf64_Shdr),
                                   .e_shnum = LIBRARY_SECTIONS,
                                   .e_shstrndx = 4};
    library->phdrs[0] = (Elf64_Phdr){.p_type = PT_LOAD,
                                     .p_flags = PF_R,
                                     .p_filesz = sizeof(*library),
                                     .p_memsz = sizeof(*library),
                                     .p_align = MPK_PAGE};
    library->phdrs[1] = (Elf64_Phdr){.p_type = PT_LOAD,
                                     .p_flags = PF_R | PF_X,
                                     .p_offset = MPK_PAGE,
                                     .p_vaddr = MPK_PAGE,
                                     .p_filesz = text,
                                     .p_memsz = text,
                                     .p_align = MPK_PAGE};
    library->phdrs[2] = (Elf64_Phdr){.p_type = PT_GNU_STACK, .p_flags = PF_R | PF_W};
}

static void make_sections(struct library *library, size_t text) {
    library->sections[1] = (Elf64_Shdr){.sh_name = name_at(".text"),
                                        .sh_type = SHT_PROGBITS,
                                        .sh_flags = SHF_ALLOC | SHF_EXECINSTR,
                                        .sh_addr = MPK_PAGE,
                                        .sh_offset = MPK_PAGE,
                                        .sh_size = text};
    library->sections[2] = (Elf64_Shdr){.sh_name = name_at(".symtab"),
                                        .sh_type = SHT_SYMTAB,
                                        .sh_offset = offsetof(struct library, symbols),
                                        .sh_size = sizeof(library->symbols),
                                        .sh_link = 3,
                                        .sh_entsize = sizeof(Elf64_Sym)};
    for (size_t i = 3; i < LIBRARY_SECTIONS; i++)
        library->sections[i] = (Elf64_Shdr){.sh_name = name_at(i == 3 ? ".strtab" : ".shstrtab"),
                                            .sh_type = SHT_STRTAB,
                                            .sh_offset = offsetof(struct library, names),
                                            .sh_size = sizeof(names)};
}

static Elf64_Sym make_function(const char *name, size_t at, size_t size) {
    return (Elf64_Sym){.st_name = name_at(name),
                       .st_info = ELF64_ST_INFO(STB_GLOBAL, STT_FUNC),
                       .st_shndx = 1,
                       .st_value = MPK_PAGE + BEFORE + at,
                       .st_size = size};
}

// What lies at 0x1000, in a segment of its own: BEFORE bytes that nothing says are code, the input, and
// BEFORE bytes of the same kind.
static size_t make_library(unsigned char *file, unsigned how, const uint8_t *code, size_t size) {
    struct library library = {.names = ""};
    size_t text = size + 2 * BEFORE;
    size_t first = (how & MADE_TWO) != 0 ? size / 2 : size;
    make_headers(&library, text);
    // Without what is behind the function, its last bytes are the section's and lie beside those of nobody.
    make_sections(&library, (how & MADE_DATA_BEHIND) != 0 ? text : text - BEFORE);
    library.symbols[1] = make_function((how & MADE_NAMED_PKEY) != 0 ? "pkey_set" : "function", 0, first);
    library.symbols[2] = make_function("second", first, size - first);
    memcpy(library.names, names, sizeof(names));
    if ((how & MADE_NO_SECTIONS) != 0)
        library.header.e_shnum = library.header.e_shstrndx = 0;
    memset(file, 0, MPK_PAGE);
    memcpy(file, &library, sizeof(library));
    memset(file + MPK_PAGE, 0x28, text); // behind 0F AE, an XRSTOR
    memcpy(file + MPK_PAGE + BEFORE, code, size);
    return MPK_PAGE + text;
}

// --- What is looked at -------------------------------------------------------------------------------------

static size_t count_left(const struct mpk_rewritten *result, size_t from, size_t to) {
    size_t left = 0;
    for (size_t i = from; i < to; i++)
        left += result->sites[i].how == MPK_REWRITE_LEFT;
    return left;
}

static void check_sites(const struct mpk_rewritten *result) {
    FUZZ_CHECK(result->before <= result->count);
    for (size_t i = 0; i < result->count; i++) {
        const struct mpk_rewrite_site *site = &result->sites[i];
        FUZZ_CHECK(site->how < MPK_REWRITE_HOWS);
        FUZZ_CHECK(site->text[0] != '\0' && memchr(site->text, '\0', sizeof(site->text)) != NULL);
        FUZZ_CHECK(site->after_count <= MPK_REWRITE_LINES);
        FUZZ_CHECK(i < result->before || site->finding.size == 0);
    }
}

static bool count_pattern(void *context, enum mpk_pattern pattern, uint64_t address) {
    (void)pattern;
    (void)address;
    ++*(size_t *)context;
    return true;
}

// Rewrites what was rewritten.
static void check_again(const struct mpk_rewritten *first, const struct mpk_rewrite_wish *wish) {
    struct mpk_rewritten second;
    struct mpk_elf_error error;
    int fd = fuzz_file(first->file, first->size);
    struct mpk_elf *elf = mpk_elf_open_fd(fd, "again", &error);
    close(fd);
    FUZZ_CHECK(elf != NULL);
    struct mpk_scan scan;
    size_t found = 0;
    mpk_scan_begin(&scan, count_pattern, &found);
    mpk_elf_scan(elf, &scan);
    FUZZ_CHECK(found == first->after);
    FUZZ_CHECK(first->after <= count_left(first, 0, first->before));
    if (count_left(first, 0, first->count) == 0) {
        FUZZ_CHECK(mpk_rewrite(elf, wish, &second, &error));
        FUZZ_CHECK(second.count == 0 && second.size == first->size);
        FUZZ_CHECK(memcmp(second.file, first->file, first->size) == 0);
        mpk_rewritten_free(&second);
    }
    mpk_elf_close(elf);
}

static bool is_small(const struct mpk_elf *elf) {
    size_t count;
    const Elf64_Phdr *load = mpk_elf_loads(elf, &count);
    for (size_t i = 0; i < count; i++) {
        if (load[i].p_memsz > SPAN_MAX || load[i].p_vaddr - load[0].p_vaddr > SPAN_MAX)
            return false;
    }
    return true;
}

// Of the library: whether what was never said to be code is as it was.
static void check_outside(const unsigned char *file, size_t size, const struct mpk_rewritten *result) {
    FUZZ_CHECK(result->size >= size);
    FUZZ_CHECK(memcmp(file + MPK_PAGE, result->file + MPK_PAGE, BEFORE) == 0);
    FUZZ_CHECK(memcmp(file + size - BEFORE, result->file + size - BEFORE, BEFORE) == 0);
}

static void rewrite(const unsigned char *file, size_t size, const struct mpk_rewrite_wish *wish,
                    bool is_library) {
    struct mpk_rewritten result;
    struct mpk_elf_error error;
    int fd = fuzz_file(file, size);
    struct mpk_elf *elf = mpk_elf_open_fd(fd, "fuzz", &error);
    close(fd);
    if (elf != NULL && is_small(elf) && mpk_rewrite(elf, wish, &result, &error)) {
        check_sites(&result);
        if (is_library)
            check_outside(file, size, &result);
        check_again(&result, wish);
        mpk_rewritten_free(&result);
    } else {
        FUZZ_CHECK(!is_library);
    }
    mpk_elf_close(elf);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size) {
    static unsigned char file[MPK_PAGE + 2 * BEFORE + CODE_MAX];
    static const struct mpk_rewrite_wish wishes[] = {
        {.banned = MPK_BANNED_TRAP}, {.banned = MPK_BANNED_EPERM}, {.banned = MPK_BANNED_KEEP}};
    if (size > 0 && bytes[0] == 0x7f) {
        // Of an ELF file the last byte, which mostly is a section header's, says what becomes of pkey_*.
        rewrite(bytes, size, &wishes[bytes[size - 1] % 3], false);
    } else if (size > 1 && size - 1 <= CODE_MAX) {
        size_t made = make_library(file, bytes[0], bytes + 1, size - 1);
        rewrite(file, made, &wishes[bytes[0] / MADES % 3], true);
    }
    return 0;
}
