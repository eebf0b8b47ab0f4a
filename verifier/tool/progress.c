// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A line on the terminal about long work.

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#include "progress.h"
#include "utf8.h"

#define INTERVAL 0.1 // seconds between two lines, and before the first one: short work needs none

static struct {
    bool wanted;
    bool shown;
    size_t total;
    size_t done;
    double next; // time of the next line, in seconds
} progress;

static double now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + (double)time.tv_nsec * 1e-9;
}

void progress_begin(bool wanted, size_t total) {
    progress.wanted = wanted && isatty(STDERR_FILENO);
    progress.total = total;
    progress.next = now() + INTERVAL;
}

static int columns(void) {
    struct winsize size;
    return ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 ? size.ws_col : 80;
}

static void show(const char *path) {
    char counts[64];
    int used = snprintf(counts, sizeof(counts), "[%zu/%zu] ", progress.done, progress.total);
    char *clean = utf8_cleaned(path);
    int room = columns() - 1 - used;
    size_t length = strlen(clean);
    // The end of a path tells more than its beginning; a character that is cut in two becomes '?'.
    char *tail = clean + (room > 0 && length > (size_t)room ? length - (size_t)room : 0);
    utf8_clean(tail);
    fprintf(stderr, "\r%s%s\033[K", counts, room > 0 ? tail : "");
    free(clean);
    progress.shown = true;
}

void progress_step(const char *path) {
    progress.done++;
    if (!progress.wanted || now() < progress.next)
        return;
    show(path);
    progress.next = now() + INTERVAL;
}

void progress_clear(void) {
    if (progress.shown)
        fputs("\r\033[K", stderr);
    progress.shown = false;
}
