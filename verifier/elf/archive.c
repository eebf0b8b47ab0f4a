// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The members of an archive, ar(5). By hand, because libelf, which can do it too, was not made for files that
// lie about themselves; and the format is a header of text before each member.

#include <ar.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "elf-private.h"
#include "unlinked-private.h"

#define MEMBER_NAME_MAX 256 // longer ones are cut, in messages only

struct mpk_archive {
    struct mpk_elf *file; // the archive's bytes and name, no more
    size_t next;          // offset of the next member's header
    size_t names;         // offset of the table of long names, "//"
    size_t names_size;
};

struct member {
    char name[MEMBER_NAME_MAX];
    bool is_table; // of symbols or names
    const unsigned char *bytes;
    size_t size;
};

// A decimal number, filled up with spaces, as all numbers that are needed here are.
static bool read_number(const char *field, size_t size, uint64_t *value) {
    size_t i = 0;
    *value = 0;
    for (; i < size && field[i] >= '0' && field[i] <= '9'; i++)
        *value = *value * 10 + (uint64_t)(field[i] - '0'); // 15 digits at most
    size_t digits = i;
    while (i < size && field[i] == ' ')
        i++;
    return digits > 0 && i == size;
}

static void copy_name(struct member *member, const char *from, size_t size, char end) {
    size_t i = 0;
    for (; i < size && i < MEMBER_NAME_MAX - 1 && from[i] != end && from[i] != '\0' && from[i] != '\n'; i++)
        member->name[i] = (char)((unsigned char)from[i] < 0x20 || from[i] == 0x7f ? '?' : from[i]);
    while (i > 0 && member->name[i - 1] == ' ')
        i--;
    member->name[i] = '\0';
}

// "/123": at that place of the table of long names, up to "/\n".
static bool read_gnu_name(const struct mpk_archive *archive, const struct ar_hdr *header,
                          struct member *member) {
    uint64_t at;
    if (!read_number(header->ar_name + 1, sizeof(header->ar_name) - 1, &at) || at >= archive->names_size)
        return false;
    const char *from = (const char *)archive->file->file + archive->names + at;
    size_t size = archive->names_size - at;
    const char *line = memchr(from, '\n', size);
    if (line != NULL)
        size = (size_t)(line - from);
    if (size > 0 && from[size - 1] == '/')
        size--;
    copy_name(member, from, size, '\0'); // a path with slashes may stand here
    return true;
}

// "#1/20": in the first bytes of the member.
static bool read_bsd_name(const struct ar_hdr *header, struct member *member) {
    uint64_t size;
    if (!read_number(header->ar_name + 3, sizeof(header->ar_name) - 3, &size) || size > member->size)
        return false;
    copy_name(member, (const char *)member->bytes, size, '\0');
    member->bytes += size;
    member->size -= size;
    return true;
}

// What is an object is a member, whatever it is called.
static bool has_elf_magic(const struct member *member) {
    return member->size >= SELFMAG && memcmp(member->bytes, ELFMAG, SELFMAG) == 0;
}

static bool read_name(struct mpk_archive *archive, const struct ar_hdr *header, struct member *member) {
    const char *name = header->ar_name;
    bool is_names = memcmp(name, "// ", 3) == 0;
    if (is_names || memcmp(name, "/ ", 2) == 0 || memcmp(name, "/SYM64/ ", 8) == 0) {
        copy_name(member, name, sizeof(header->ar_name), '\0');
        member->is_table = !has_elf_magic(member);
        if (is_names) {
            archive->names = (size_t)(member->bytes - archive->file->file);
            archive->names_size = member->size;
        }
        return true;
    }
    if (name[0] == '/')
        return read_gnu_name(archive, header, member);
    if (memcmp(name, "#1/", 3) == 0) {
        if (!read_bsd_name(header, member))
            return false;
    } else {
        copy_name(member, name, sizeof(header->ar_name), '/');
    }
    member->is_table = strncmp(member->name, "__.SYMDEF", 9) == 0 && !has_elf_magic(member);
    return true;
}

// Reads the header at archive->next and moves that on. False if there is no telling where the next one is:
// then the archive is at its end.
static bool read_member(struct mpk_archive *archive, struct member *member, struct mpk_elf_error *error) {
    size_t at = archive->next;
    size_t left = archive->file->file_size - at;
    struct ar_hdr header;
    uint64_t size;
    archive->next = archive->file->file_size;
    *member = (struct member){.bytes = archive->file->file + at + sizeof(header)};
    if (left < sizeof(header))
        return mpk_elf_fail(error, MPK_ELF_TRUNCATED,
                            "is truncated: the %zu bytes at offset %#zx are no member header", left, at);
    memcpy(&header, archive->file->file + at, sizeof(header));
    if (memcmp(header.ar_fmag, ARFMAG, sizeof(header.ar_fmag)) != 0 ||
        !read_number(header.ar_size, sizeof(header.ar_size), &size))
        return mpk_elf_fail(error, MPK_ELF_MALFORMED,
                            "is malformed: there is no member header at offset %#zx", at);
    if (size > left - sizeof(header))
        return mpk_elf_fail(error, MPK_ELF_TRUNCATED,
                            "is truncated: the member at offset %#zx needs %ju bytes, but %zu follow", at,
                            (uintmax_t)size, left - sizeof(header));
    member->size = size;
    size_t end = at + sizeof(header) + size;
    if (end < archive->file->file_size)
        archive->next = end + end % 2;
    if (!read_name(archive, &header, member))
        return mpk_elf_fail(error, MPK_ELF_MALFORMED,
                            "is malformed: the name of the member at offset %#zx lies nowhere", at);
    return true;
}

static const char *other_format(const struct member *member) {
    static const struct {
        const char *magic;
        size_t size;
        const char *text;
    } formats[] = {
        {"BC\xc0\xde", 4, "is LLVM bitcode, which the linker compiles; check what it is linked into"},
        {"\xde\xc0\x17\x0b", 4, "is LLVM bitcode, which the linker compiles; check what it is linked into"},
        {"!<arch>\n", 8, "is an archive in an archive; extract it with ar and check it by itself"},
        {"!<thin>\n", 8, "is an archive in an archive; check its members by themselves"},
    };
    for (size_t i = 0; i < sizeof(formats) / sizeof(formats[0]); i++) {
        if (member->size >= formats[i].size && memcmp(member->bytes, formats[i].magic, formats[i].size) == 0)
            return formats[i].text;
    }
    return NULL;
}

static struct mpk_elf *open_member(const struct mpk_archive *archive, const struct member *member,
                                   struct mpk_elf_error *error) {
    const char *refusal = other_format(member);
    if (refusal != NULL) {
        mpk_elf_fail(error, MPK_ELF_NOT_ELF, "%s", refusal);
        return NULL;
    }
    struct mpk_elf *elf = calloc(1, sizeof(*elf));
    size_t size = strlen(archive->file->name) + strlen(member->name) + sizeof("()");
    char *name = malloc(size);
    if (elf != NULL)
        elf->file = malloc(member->size > 0 ? member->size : 1);
    if (elf == NULL || name == NULL || elf->file == NULL) {
        mpk_elf_fail(error, MPK_ELF_NO_MEMORY, "does not fit into memory");
        mpk_elf_close(elf);
        free(name);
        return NULL;
    }
    memcpy(elf->file, member->bytes, member->size);
    elf->file_size = member->size;
    snprintf(name, size, "%s(%s)", archive->file->name, member->name);
    elf = mpk_unlinked_open(elf, name, error);
    free(name);
    return elf;
}

struct mpk_elf *mpk_archive_next(struct mpk_archive *archive, struct mpk_elf_error *error) {
    struct member member = {.is_table = true};
    while (member.is_table) {
        if (archive->next >= archive->file->file_size) {
            *error = (struct mpk_elf_error){.status = MPK_ELF_OK};
            return NULL;
        }
        if (!read_member(archive, &member, error))
            return NULL;
    }
    struct mpk_elf *elf = open_member(archive, &member, error);
    if (elf == NULL) {
        struct mpk_elf_error why = *error;
        snprintf(error->text, sizeof(error->text), "holds %.60s, which %s", member.name, why.text);
    }
    return elf;
}

static bool read_magic(const struct mpk_elf *file, struct mpk_elf_error *error) {
    if (file->file_size >= MPK_ARCHIVE_MAGIC && memcmp(file->file, "!<thin>\n", MPK_ARCHIVE_MAGIC) == 0)
        return mpk_elf_fail(error, MPK_ELF_NOT_ELF,
                            "is a thin archive, which only names its members; check those files instead");
    if (file->file_size < MPK_ARCHIVE_MAGIC || memcmp(file->file, ARMAG, MPK_ARCHIVE_MAGIC) != 0)
        return mpk_elf_fail(error, MPK_ELF_NOT_ELF, "is not an archive");
    return true;
}

struct mpk_archive *mpk_archive_open_fd(int fd, const char *name, struct mpk_elf_error *error) {
    struct mpk_archive *archive = calloc(1, sizeof(*archive));
    if (archive != NULL)
        archive->file = calloc(1, sizeof(*archive->file));
    if (archive != NULL && archive->file != NULL)
        archive->file->name = strdup(name);
    if (archive == NULL || archive->file == NULL || archive->file->name == NULL)
        mpk_elf_fail(error, MPK_ELF_NO_MEMORY, "does not fit into memory");
    else if (mpk_elf_read(archive->file, fd, error) && read_magic(archive->file, error)) {
        archive->next = MPK_ARCHIVE_MAGIC;
        *error = (struct mpk_elf_error){.status = MPK_ELF_OK};
        return archive;
    }
    mpk_archive_close(archive);
    return NULL;
}

void mpk_archive_close(struct mpk_archive *archive) {
    if (archive == NULL)
        return;
    mpk_elf_close(archive->file);
    free(archive);
}
