// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// store-crash FOLDER random N | points: writers that are killed, and what the store has afterwards.
//   random N  kill -9 after a random time, N times
//   points    kill -9 before and after each system call of the keeper that changes the folder, one by one
// The writer goes through a fixed sequence of steps and tells its parent of each that is done; each time the
// store must open, with every item as after the last step told of, or as after the next one. Prints the
// counts; exit status 0 if all is so.
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "ends.h"

enum { ITEMS = 3, ITEM_MAX = 4200, REMOVE_EVERY = 5, SLEEP_MAX = 20000 /* microseconds */, MISSING = -140 };
enum verdict { OLD = 0, NEW = 1, NEITHER = 2 };

static const uint8_t key[ENDS_KEY_SIZE] = "a store key of exactly 32 bytes";
static const char *folder;

// The kill points. Each call of the keeper that changes something passes two.
static long points_left = -1;

static void point(void) {
    if (points_left == 0)
        kill(getpid(), SIGKILL);
    if (points_left > 0)
        points_left--;
}

#define WRAPPED(type, name, parameters, arguments)                                                           \
    type __real_##name parameters;                                                                           \
    type __wrap_##name parameters;                                                                           \
    type __wrap_##name parameters {                                                                          \
        point();                                                                                             \
        type result = __real_##name arguments;                                                               \
        point();                                                                                             \
        return result;                                                                                       \
    }
WRAPPED(ssize_t, write, (int fd, const void *data, size_t size), (fd, data, size))
WRAPPED(int, fsync, (int fd), (fd))
WRAPPED(int, renameat, (int from, const char *old, int to, const char *new), (from, old, to, new))
WRAPPED(int, unlinkat, (int fd, const char *name, int flags), (fd, name, flags))

int __real_openat(int fd, const char *name, int flags, ...);
int __wrap_openat(int fd, const char *name, int flags, ...);
int __wrap_openat(int fd, const char *name, int flags, ...) {
    va_list list;
    va_start(list, flags);
    mode_t mode = (flags & O_CREAT) != 0 ? va_arg(list, mode_t) : 0;
    va_end(list);
    point();
    int file = __real_openat(fd, name, flags, mode);
    point();
    return file;
}

static uint64_t uid_of(long step) {
    return 1 + (uint64_t)step % ITEMS;
}

static bool removes(long step) {
    return step % REMOVE_EVERY == REMOVE_EVERY - 1;
}

static size_t make_item(long step, uint8_t *item) {
    size_t size = 1 + (size_t)step * 997 % ITEM_MAX;
    for (size_t i = 0; i < size; i++)
        item[i] = (uint8_t)(i * 31 + (size_t)step);
    return size;
}

static void take_step(long step) {
    uint8_t item[ITEM_MAX];
    int status = 0;
    if (removes(step))
        status = ends_remove(uid_of(step));
    else
        status = ends_set(uid_of(step), item, make_item(step, item), 0);
    if (status != 0 && !(removes(step) && status == MISSING))
        exit(EXIT_FAILURE);
}

struct work {
    long done; // steps
    long end;
    long points; // how many are survived, or -1
    int channel; // the number of each step is written to it when it is done
};

static void tell(int channel, long step) {
    long points = points_left;
    points_left = -1;
    if (write(channel, &step, sizeof(step)) != (ssize_t)sizeof(step))
        exit(EXIT_FAILURE);
    points_left = points;
}

_Noreturn static void work(const struct work *work) {
    if (ends_open(folder, key, NULL) != 0)
        exit(EXIT_FAILURE);
    tell(work->channel, work->done);
    points_left = work->points;
    for (long step = work->done; step < work->end; step++) {
        take_step(step);
        tell(work->channel, step + 1);
    }
    exit(EXIT_SUCCESS);
}

// The step that made the item what it is after `done` steps; -1: there is none.
static long maker(uint64_t uid, long done) {
    for (long step = done - 1; step >= 0; step--) {
        if (uid_of(step) == uid)
            return removes(step) ? -1 : step;
    }
    return -1;
}

static bool is_as_after(long done) {
    uint8_t expected[ITEM_MAX], item[ITEM_MAX];
    for (uint64_t uid = 1; uid <= ITEMS; uid++) {
        size_t size = 0;
        long step = maker(uid, done);
        int status = ends_get(uid, item, sizeof(item), &size);
        if (step < 0 ? status != MISSING
                     : status != 0 || size != make_item(step, expected) || memcmp(item, expected, size) != 0)
            return false;
    }
    return true;
}

static int judge(void *context) {
    long done = *(const long *)context;
    int status = ends_open(folder, key, NULL);
    if (status != 0) {
        fprintf(stderr, "store-crash: the store does not open: status %d\n", status);
        return NEITHER;
    }
    return is_as_after(done) ? OLD : is_as_after(done + 1) ? NEW : NEITHER;
}

struct counts {
    long kills, verdict[NEITHER + 1], temporaries;
};

// Starts a writer, ends it after `sleep` microseconds (-1: by itself), and judges. Returns the number of
// steps that the store shows. *killed: whether it was killed.
static long run(struct counts *counts, struct work what, long sleep, bool *killed) {
    int channel[2];
    if (pipe2(channel, O_CLOEXEC) != 0)
        abort();
    what.channel = channel[1];
    fflush(NULL);
    pid_t child = fork();
    if (child == 0)
        work(&what);
    close(channel[1]);
    long done = -1;
    bool is_open = read(channel[0], &done, sizeof(done)) == (ssize_t)sizeof(done);
    if (is_open && sleep >= 0) {
        usleep((useconds_t)sleep);
        kill(child, SIGKILL);
    }
    int status = 0;
    if (child < 0 || waitpid(child, &status, 0) != child)
        abort();
    while (read(channel[0], &done, sizeof(done)) == (ssize_t)sizeof(done))
        ;
    close(channel[0]);
    *killed = WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL;
    char temporary[PATH_MAX];
    snprintf(temporary, sizeof(temporary), "%s/new", folder);
    counts->temporaries += access(temporary, F_OK) == 0 ? 1 : 0;
    int verdict = is_open && (*killed || status == 0) ? ends_in_child(judge, &done, NULL, 0) : NEITHER;
    verdict = verdict == OLD || verdict == NEW ? verdict : NEITHER;
    counts->kills += *killed ? 1 : 0;
    counts->verdict[verdict] += *killed || verdict == NEITHER ? 1 : 0;
    if (verdict == NEITHER)
        fprintf(stderr, "store-crash: neither old nor new after step %ld\n", done);
    return done + (verdict == NEW ? 1 : 0);
}

static void run_random(struct counts *counts, long number) {
    bool killed;
    long done = 0;
    srandom((unsigned)getpid());
    for (long i = 0; i < number && counts->verdict[NEITHER] == 0; i++)
        done = run(counts, (struct work){.done = done, .end = LONG_MAX, .points = -1}, random() % SLEEP_MAX,
                   &killed);
}

// Rounds of steps of each kind; each step of a round is killed at the same point, and then taken to its end.
// The last round is the one that no step of is killed in.
static void run_points(struct counts *counts) {
    long done = 0;
    bool any = true;
    for (long points = 0; any && counts->verdict[NEITHER] == 0; points++) {
        any = false;
        for (long end = done + REMOVE_EVERY; done < end && counts->verdict[NEITHER] == 0;) {
            bool killed;
            long before = done;
            done = run(counts, (struct work){.done = done, .end = done + 1, .points = points}, -1, &killed);
            any = any || killed;
            if (done == before)
                done = run(counts, (struct work){.done = done, .end = done + 1, .points = -1}, -1, &killed);
        }
    }
}

int main(int argc, char **argv) {
    struct counts counts = {0};
    folder = argc > 1 ? argv[1] : "";
    if (mkdir(folder, 0700) != 0) {
        fprintf(stderr, "store-crash: cannot make %s: %s\n", folder, strerror(errno));
        return EXIT_FAILURE;
    }
    if (argc == 4 && strcmp(argv[2], "random") == 0)
        run_random(&counts, strtol(argv[3], NULL, 10));
    else if (argc == 3 && strcmp(argv[2], "points") == 0)
        run_points(&counts);
    printf("%ld kills: %ld old, %ld new, %ld neither; %ld left a temporary file\n", counts.kills,
           counts.verdict[OLD], counts.verdict[NEW], counts.verdict[NEITHER], counts.temporaries);
    return counts.kills > 0 && counts.verdict[NEITHER] == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
