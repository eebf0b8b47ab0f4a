// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Collects what is to be checked.

#include <errno.h>
#include <fts.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "inputs.h"
#include "tool.h"

static struct input *add(struct inputs *inputs, const char *path) {
    if (inputs->count == inputs->capacity) {
        inputs->capacity = inputs->capacity > 0 ? 2 * inputs->capacity : 64;
        inputs->items = resize(inputs->items, inputs->capacity, sizeof(*inputs->items));
    }
    struct input *input = &inputs->items[inputs->count++];
    *input = (struct input){.path = duplicate(path)};
    return input;
}

static void add_failure(struct inputs *inputs, const char *path, int error) {
    struct input *input = add(inputs, path);
    input->failure = duplicate(strerror(error));
}

static void add_entry(struct inputs *inputs, const FTSENT *entry) {
    switch (entry->fts_info) {
    case FTS_F:
        add(inputs, entry->fts_path)->in_folder = true;
        break;
    case FTS_SL:
    case FTS_SLNONE:
        inputs->links++;
        break;
    case FTS_DEFAULT:
        inputs->special++;
        break;
    case FTS_D:
    case FTS_DP:
        break;
    default: // FTS_DC, FTS_DNR, FTS_ERR, FTS_NS
        add_failure(inputs, entry->fts_path, entry->fts_errno != 0 ? entry->fts_errno : ELOOP);
        break;
    }
}

static int by_name(const FTSENT **one, const FTSENT **other) {
    return strcmp((*one)->fts_name, (*other)->fts_name);
}

static void add_folder(struct inputs *inputs, const char *path) {
    char *folder = duplicate(path);
    for (size_t length = strlen(folder); length > 1 && folder[length - 1] == '/'; length--)
        folder[length - 1] = '\0';
    char *roots[] = {folder, NULL};
    FTS *tree = fts_open(roots, FTS_PHYSICAL | FTS_COMFOLLOW | FTS_NOCHDIR, by_name);
    if (tree == NULL)
        die("out of memory");
    for (const FTSENT *entry = fts_read(tree); entry != NULL; entry = fts_read(tree))
        add_entry(inputs, entry);
    if (errno != 0)
        add_failure(inputs, folder, errno);
    fts_close(tree);
    free(folder);
}

void inputs_add(struct inputs *inputs, const char *path) {
    struct stat status;
    if (stat(path, &status) == 0 && S_ISDIR(status.st_mode))
        add_folder(inputs, path);
    else
        add(inputs, path);
}

static void add_lines(struct inputs *inputs, FILE *stream, const char *name, int end) {
    char *line = NULL;
    size_t size = 0;
    errno = 0;
    for (ssize_t length; (length = getdelim(&line, &size, end, stream)) > 0;) {
        if (line[length - 1] == end)
            line[--length] = '\0';
        if (strlen(line) != (size_t)length)
            die("%s: the list holds NUL bytes; give --null", name);
        if (length > 0)
            inputs_add(inputs, line);
        errno = 0;
    }
    if (ferror(stream))
        add_failure(inputs, name, errno);
    free(line);
}

void inputs_add_list(struct inputs *inputs, const char *list, bool nul) {
    bool is_stdin = strcmp(list, "-") == 0;
    FILE *stream = is_stdin ? stdin : fopen(list, "re");
    const char *name = is_stdin ? "standard input" : list;
    if (stream == NULL) {
        add_failure(inputs, name, errno);
        return;
    }
    add_lines(inputs, stream, name, nul ? '\0' : '\n');
    if (!is_stdin)
        fclose(stream);
}

void inputs_free(struct inputs *inputs) {
    for (size_t i = 0; i < inputs->count; i++) {
        free(inputs->items[i].path);
        free(inputs->items[i].failure);
    }
    free(inputs->items);
}
