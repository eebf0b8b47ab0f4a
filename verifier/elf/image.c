// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Opens an ELF file: reads it whole, checks that its headers can be understood at all, and gives bounded
// access by file offset and by virtual address. Whether what it says is allowed is not decided here.

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "elf-private.h"

// Larger than any object that fits below LIMIT beside others; keeps every sum of offset and size far from
// wrapping.
#define FILE_SIZE_MAX ((uint64_t)16 << 30)

#define NOT_X86_64 "is not a 64-bit x86-64 ELF file"
#define NOT_ELF_1 "has an unknown ELF version"

bool mpk_elf_fail(struct mpk_elf_error *error, enum mpk_elf_status status, const char *format, ...) {
    error->status = status;
    error->error = status == MPK_ELF_UNREADABLE ? errno : 0;
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(error->text, sizeof(error->text), format, arguments);
    va_end(arguments);
    return false;
}

static const char *type_name(mode_t mode) {
    if (S_ISDIR(mode))
        return "a directory; name the files in it";
    if (S_ISCHR(mode) || S_ISBLK(mode))
        return "a device";
    if (S_ISFIFO(mode))
        return "a FIFO";
    return "not a regular file";
}

bool mpk_elf_read(struct mpk_elf *elf, int fd, struct mpk_elf_error *error) {
    struct stat status;
    if (fstat(fd, &status) != 0)
        return mpk_elf_fail(error, MPK_ELF_UNREADABLE, "cannot be examined: %s", strerror(errno));
    if (!S_ISREG(status.st_mode))
        return mpk_elf_fail(error, MPK_ELF_NOT_A_FILE, "is %s", type_name(status.st_mode));
    if (status.st_size < 0 || (uint64_t)status.st_size > FILE_SIZE_MAX)
        return mpk_elf_fail(error, MPK_ELF_MALFORMED, "is larger than 16 GiB");
    elf->mode = status.st_mode;
    elf->capability = fgetxattr(fd, "security.capability", NULL, 0) >= 0;
    size_t size = (size_t)status.st_size;
    elf->file = malloc(size > 0 ? size : 1);
    if (elf->file == NULL)
        return mpk_elf_fail(error, MPK_ELF_NO_MEMORY, "does not fit into memory");
    mpk_elf_use_large_pages(elf->file, size);
    while (elf->file_size < size) {
        ssize_t got = pread(fd, elf->file + elf->file_size, size - elf->file_size, (off_t)elf->file_size);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return mpk_elf_fail(error, MPK_ELF_UNREADABLE, "cannot be read: %s", strerror(errno));
        if (got == 0) // it shrank; what was read is what is judged
            break;
        elf->file_size += (size_t)got;
    }
    return true;
}

static bool refuse_format(const struct mpk_elf *elf, struct mpk_elf_error *error) {
    if (elf->file_size == 0)
        return mpk_elf_fail(error, MPK_ELF_TRUNCATED, "is empty");
    if (elf->file_size >= 8 && memcmp(elf->file, "!<arch>\n", 8) == 0)
        return mpk_elf_fail(error, MPK_ELF_NOT_ELF,
                            "is an archive; check the program or library that it is linked into");
    if (elf->file_size >= 2 && memcmp(elf->file, "#!", 2) == 0)
        return mpk_elf_fail(error, MPK_ELF_NOT_ELF,
                            "is a script, which another program runs; name that program (A55)");
    return mpk_elf_fail(
        error, MPK_ELF_NOT_ELF,
        "is not an ELF file: its first bytes (e_ident[EI_MAG0] to [EI_MAG3]) are not 7f 45 4c 46");
}

static bool check_identity(const struct mpk_elf *elf, struct mpk_elf_error *error) {
    const Elf64_Ehdr *header = &elf->header;
    const struct {
        const char *field;
        unsigned is;
        unsigned must_be;
        enum mpk_elf_status status;
        const char *text;
    } checks[] = {
        {"e_ident[EI_CLASS]", header->e_ident[EI_CLASS], ELFCLASS64, MPK_ELF_WRONG_KIND, NOT_X86_64},
        {"e_ident[EI_DATA]", header->e_ident[EI_DATA], ELFDATA2LSB, MPK_ELF_WRONG_KIND, NOT_X86_64},
        {"e_machine", header->e_machine, EM_X86_64, MPK_ELF_WRONG_KIND, NOT_X86_64},
        {"e_ident[EI_VERSION]", header->e_ident[EI_VERSION], EV_CURRENT, MPK_ELF_MALFORMED, NOT_ELF_1},
        {"e_version", header->e_version, EV_CURRENT, MPK_ELF_MALFORMED, NOT_ELF_1},
    };
    for (size_t i = 0; i < sizeof(checks) / sizeof(checks[0]); i++) {
        if (checks[i].is != checks[i].must_be)
            return mpk_elf_fail(error, checks[i].status, "%s: %s is %u, not %u", checks[i].text,
                                checks[i].field, checks[i].is, checks[i].must_be);
    }
    if (header->e_ident[EI_OSABI] != ELFOSABI_SYSV && header->e_ident[EI_OSABI] != ELFOSABI_GNU)
        return mpk_elf_fail(error, MPK_ELF_WRONG_KIND,
                            "is for another operating system: e_ident[EI_OSABI] is %d, not %d or %d",
                            header->e_ident[EI_OSABI], ELFOSABI_SYSV, ELFOSABI_GNU);
    return true;
}

static bool check_type(const struct mpk_elf *elf, struct mpk_elf_error *error) {
    const Elf64_Ehdr *header = &elf->header;
    if (header->e_type == ET_REL)
        return mpk_elf_fail(error, MPK_ELF_WRONG_KIND,
                            "is a relocatable object; check the program or library that it is linked into");
    if (header->e_type == ET_CORE)
        return mpk_elf_fail(error, MPK_ELF_WRONG_KIND, "is a core dump: e_type is %d", ET_CORE);
    if (header->e_type != ET_DYN && header->e_type != ET_EXEC)
        return mpk_elf_fail(error, MPK_ELF_WRONG_KIND,
                            "is neither a program nor a shared object: e_type is %d", header->e_type);
    return true;
}

bool mpk_elf_identify(struct mpk_elf *elf, struct mpk_elf_error *error) {
    if (elf->file_size < SELFMAG || memcmp(elf->file, ELFMAG, SELFMAG) != 0)
        return refuse_format(elf, error);
    if (elf->file_size < sizeof(elf->header))
        return mpk_elf_fail(error, MPK_ELF_TRUNCATED,
                            "is truncated: %zu bytes are no ELF header, which has %zu", elf->file_size,
                            sizeof(elf->header));
    memcpy(&elf->header, elf->file, sizeof(elf->header));
    return check_identity(elf, error);
}

static bool read_header(struct mpk_elf *elf, struct mpk_elf_error *error) {
    if (!mpk_elf_identify(elf, error) || !check_type(elf, error))
        return false;
    const Elf64_Ehdr *header = &elf->header;
    if (header->e_phnum == 0)
        return mpk_elf_fail(error, MPK_ELF_MALFORMED, "has no program headers: e_phnum is 0");
    if (header->e_phentsize != sizeof(Elf64_Phdr))
        return mpk_elf_fail(error, MPK_ELF_MALFORMED,
                            "has no program headers of the right size: e_phentsize is %d, not %zu",
                            header->e_phentsize, sizeof(Elf64_Phdr));
    if (header->e_phnum > MPK_PHDR_MAX)
        return mpk_elf_fail(error, MPK_ELF_MALFORMED,
                            "has %d program headers (e_phnum); at most %d are accepted", header->e_phnum,
                            MPK_PHDR_MAX);
    uint64_t size = (uint64_t)header->e_phnum * sizeof(Elf64_Phdr);
    if (header->e_phoff > elf->file_size || size > elf->file_size - header->e_phoff)
        return mpk_elf_fail(error, MPK_ELF_TRUNCATED,
                            "is truncated: its program headers lie beyond its end: %d of %d bytes (e_phnum, "
                            "e_phentsize) at offset %#jx (e_phoff) of a file of %#zx bytes",
                            header->e_phnum, header->e_phentsize, (uintmax_t)header->e_phoff, elf->file_size);
    memcpy(elf->phdrs, elf->file + header->e_phoff, size);
    elf->phdr_count = header->e_phnum;
    return true;
}

static bool collect_loads(struct mpk_elf *elf, struct mpk_elf_error *error) {
    for (size_t i = 0; i < elf->phdr_count; i++) {
        const Elf64_Phdr *phdr = &elf->phdrs[i];
        if (phdr->p_type != PT_LOAD)
            continue;
        if (phdr->p_offset > elf->file_size || phdr->p_filesz > elf->file_size - phdr->p_offset)
            return mpk_elf_fail(error, MPK_ELF_TRUNCATED,
                                "is truncated: PT_LOAD %zu needs %#jx bytes at offset %#jx of a file of %#zx "
                                "bytes (p_filesz, p_offset)",
                                elf->load_count, (uintmax_t)phdr->p_filesz, (uintmax_t)phdr->p_offset,
                                elf->file_size);
        if ((phdr->p_vaddr - phdr->p_offset) % MPK_PAGE != 0)
            return mpk_elf_fail(error, MPK_ELF_MALFORMED,
                                "is malformed: address %#jx and offset %#jx of PT_LOAD %zu differ within the "
                                "page (p_vaddr, p_offset)",
                                (uintmax_t)phdr->p_vaddr, (uintmax_t)phdr->p_offset, elf->load_count);
        elf->loads[elf->load_count++] = *phdr;
    }
    if (elf->load_count == 0)
        return mpk_elf_fail(error, MPK_ELF_MALFORMED,
                            "has no PT_LOAD among the %zu program headers (e_phnum, p_type) at offset %#jx "
                            "(e_phoff): nothing of it would be mapped",
                            elf->phdr_count, (uintmax_t)elf->header.e_phoff);
    return true;
}

static struct mpk_elf *allocate(const char *name, struct mpk_elf_error *error) {
    struct mpk_elf *elf = calloc(1, sizeof(*elf));
    if (elf != NULL)
        elf->name = strdup(name);
    if (elf != NULL && elf->name != NULL)
        return elf;
    mpk_elf_close(elf);
    mpk_elf_fail(error, MPK_ELF_NO_MEMORY, "does not fit into memory");
    return NULL;
}

// Takes elf, whose file is read: gives it back, or closes it.
static struct mpk_elf *understand(struct mpk_elf *elf, struct mpk_elf_error *error) {
    bool understood = read_header(elf, error) && collect_loads(elf, error);
    if (understood && !mpk_dynamic_read(elf))
        understood = mpk_elf_fail(error, MPK_ELF_NO_MEMORY, "does not fit into memory");
    if (!understood) {
        mpk_elf_close(elf);
        return NULL;
    }
    *error = (struct mpk_elf_error){.status = MPK_ELF_OK};
    return elf;
}

struct mpk_elf *mpk_elf_open_fd(int fd, const char *name, struct mpk_elf_error *error) {
    struct mpk_elf *elf = allocate(name, error);
    if (elf == NULL)
        return NULL;
    if (!mpk_elf_read(elf, fd, error)) {
        mpk_elf_close(elf);
        return NULL;
    }
    return understand(elf, error);
}

struct mpk_elf *mpk_elf_open_bytes(const unsigned char *file, size_t size, const char *name,
                                   struct mpk_elf_error *error) {
    struct mpk_elf *elf = allocate(name, error);
    if (elf == NULL)
        return NULL;
    elf->file = (unsigned char *)(uintptr_t)file; // nothing writes there
    elf->file_size = size;
    elf->is_borrowed = true;
    return understand(elf, error);
}

struct mpk_elf *mpk_elf_open(const char *path, struct mpk_elf_error *error) {
    // O_NONBLOCK: a FIFO must not hang the check; it is refused by its type.
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (fd < 0) {
        mpk_elf_fail(error, MPK_ELF_UNREADABLE, "cannot be opened: %s", strerror(errno));
        return NULL;
    }
    struct mpk_elf *elf = mpk_elf_open_fd(fd, path, error);
    close(fd);
    return elf;
}

void mpk_elf_close(struct mpk_elf *elf) {
    if (elf == NULL)
        return;
    free(elf->dynamic);
    if (!elf->is_borrowed)
        free(elf->file);
    free(elf->name);
    free(elf);
}

const char *mpk_elf_name(const struct mpk_elf *elf) {
    return elf->name;
}

uint16_t mpk_elf_type(const struct mpk_elf *elf) {
    return elf->header.e_type;
}

const unsigned char *mpk_elf_file(const struct mpk_elf *elf, size_t *size) {
    *size = elf->file_size;
    return elf->file;
}

const Elf64_Phdr *mpk_elf_phdrs(const struct mpk_elf *elf, size_t *count) {
    *count = elf->phdr_count;
    return elf->phdrs;
}

const Elf64_Phdr *mpk_elf_loads(const struct mpk_elf *elf, size_t *count) {
    *count = elf->load_count;
    return elf->loads;
}

const Elf64_Phdr *mpk_elf_phdr(const struct mpk_elf *elf, uint32_t type, size_t n) {
    for (size_t i = 0; i < elf->phdr_count; i++) {
        if (elf->phdrs[i].p_type == type && n-- == 0)
            return &elf->phdrs[i];
    }
    return NULL;
}

const char *mpk_elf_interpreter(const struct mpk_elf *elf) {
    const Elf64_Phdr *phdr = mpk_elf_phdr(elf, PT_INTERP, 0);
    if (phdr == NULL || phdr->p_filesz == 0 || phdr->p_offset > elf->file_size ||
        phdr->p_filesz > elf->file_size - phdr->p_offset)
        return NULL;
    const char *string = (const char *)elf->file + phdr->p_offset;
    // The kernel demands the NUL in the last byte; an earlier one ends the path.
    return string[phdr->p_filesz - 1] == '\0' ? string : NULL;
}

const Elf64_Phdr *mpk_elf_load_of(const struct mpk_elf *elf, uint64_t vaddr, uint64_t size) {
    for (size_t i = 0; i < elf->load_count; i++) {
        const Elf64_Phdr *load = &elf->loads[i];
        if (vaddr >= load->p_vaddr && vaddr - load->p_vaddr <= load->p_memsz &&
            size <= load->p_memsz - (vaddr - load->p_vaddr))
            return load;
    }
    return NULL;
}

const unsigned char *mpk_elf_at(const struct mpk_elf *elf, uint64_t vaddr, uint64_t size) {
    for (size_t i = 0; i < elf->load_count; i++) {
        const Elf64_Phdr *load = &elf->loads[i];
        if (vaddr >= load->p_vaddr && vaddr - load->p_vaddr <= load->p_filesz &&
            size <= load->p_filesz - (vaddr - load->p_vaddr))
            return elf->file + load->p_offset + (vaddr - load->p_vaddr);
    }
    return NULL;
}

const unsigned char *mpk_elf_from(const struct mpk_elf *elf, uint64_t vaddr, uint64_t *size) {
    for (size_t i = 0; i < elf->load_count; i++) {
        const Elf64_Phdr *load = &elf->loads[i];
        if (vaddr >= load->p_vaddr && vaddr - load->p_vaddr < load->p_filesz) {
            *size = load->p_filesz - (vaddr - load->p_vaddr);
            return elf->file + load->p_offset + (vaddr - load->p_vaddr);
        }
    }
    return NULL;
}

bool mpk_elf_offset(const struct mpk_elf *elf, uint64_t vaddr, uint64_t *offset) {
    for (size_t i = 0; i < elf->load_count; i++) {
        const Elf64_Phdr *load = &elf->loads[i];
        // Whole pages: the mapping begins at the page and ends at the page, whatever the header says.
        uint64_t start = page_down(load->p_vaddr);
        uint64_t length = page_up(load->p_filesz + (load->p_vaddr - start));
        uint64_t at = page_down(load->p_offset) + (vaddr - start);
        if (vaddr >= start && vaddr - start < length && at < elf->file_size) {
            *offset = at;
            return true;
        }
    }
    return false;
}
