// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// /proc/self/maps into struct mapping (proc(5)). The descriptor is opened once, before Landlock closes /proc.
#include <asm/unistd.h>

#include "report.h"
#include "seal.h"
#include "sys.h"

static uint64_t number(const char **at, unsigned base) {
    uint64_t value = 0;
    for (;; (*at)++) {
        char c = **at;
        unsigned digit;
        if (c >= '0' && c <= '9')
            digit = (unsigned)(c - '0');
        else if (base == 16 && c >= 'a' && c <= 'f')
            digit = (unsigned)(c - 'a') + 10;
        else
            return value;
        value = value * base + digit;
    }
}

static void expect(const char **at, char c) {
    if (**at != c)
        refuse("/proc/self/maps has a line of an unknown form: is this a Linux /proc?", NULL);
    (*at)++;
}

// "start-end perms offset major:minor inode   name\n"; ends the line with a NUL. Returns the start of the
// next.
static char *parse_line(char *line, struct mapping *mapping) {
    const char *at = line;
    mapping->start = number(&at, 16);
    expect(&at, '-');
    mapping->end = number(&at, 16);
    expect(&at, ' ');
    mapping->readable = at[0] == 'r';
    mapping->writable = at[0] != '\0' && at[1] == 'w';
    mapping->executable = at[0] != '\0' && at[1] != '\0' && at[2] == 'x';
    for (int i = 0; i < 3; i++)
        if (*at != '\0')
            at++;
    mapping->shared = *at == 's';
    if (*at != '\0')
        at++;
    expect(&at, ' ');
    mapping->offset = number(&at, 16);
    expect(&at, ' ');
    mapping->major = (uint32_t)number(&at, 16);
    expect(&at, ':');
    mapping->minor = (uint32_t)number(&at, 16);
    expect(&at, ' ');
    mapping->inode = number(&at, 10);
    while (*at == ' ')
        at++;
    mapping->name = at;
    char *end = line + (at - line);
    while (*end != '\n' && *end != '\0')
        end++;
    char *next = *end == '\n' ? end + 1 : end;
    *end = '\0';
    return next;
}

void read_maps(struct seal *seal) {
    size_t size = 0;
    for (;;) {
        size_t room = MAPS_TEXT_MAX - 1 - size;
        long got = mpkgate_syscall(__NR_pread64, seal->maps_fd, (long)(seal->maps_text + size), (long)room,
                                   (long)size, 0, 0);
        if (sys_failed(got))
            refuse("cannot read /proc/self/maps: mount /proc", NULL);
        if (got == 0)
            break;
        size += (size_t)got;
        if (size >= MAPS_TEXT_MAX - 1)
            refuse("the process has too many mappings", NULL);
    }
    seal->maps_text[size] = '\0';
    seal->mapping_count = 0;
    for (char *line = seal->maps_text; *line != '\0';) {
        if (seal->mapping_count == MAPS_MAX)
            refuse("the process has too many mappings", NULL);
        line = parse_line(line, &seal->mapping[seal->mapping_count++]);
    }
}
