// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A pool of workers. Each has a socket that keeps the borders of messages: the parent sends the index of an
// input, the worker answers with records. The parent keeps the records of inputs whose turn has not come, and
// stops reading them when they are too many: those workers then wait, the one whose turn it is never does.

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "jobs.h"
#include "tool.h"

// Bytes of records that wait for their turn.
#define WAITING_MAX ((size_t)64 << 20)

struct waiting {
    struct waiting *next;
    size_t size; // of the record's message, which follows
    struct record record;
};

struct job {
    struct waiting *first;
    struct waiting *last;
    bool done;
};

struct worker {
    pid_t pid; // 0: there is none
    int fd;
    bool busy;
    size_t job;
};

struct pool {
    const struct jobs *jobs;
    struct worker *workers;
    struct pollfd *polls;
    struct job *job;
    size_t next_in;  // the next input to hand out
    size_t next_out; // the input whose turn it is
    size_t waiting;  // bytes
};

// --- The worker ------------------------------------------------------------------------------------------

static void send_record(void *context, const struct record *record) {
    const int *fd = context;
    size_t size = record_size(record->type);
    ssize_t sent;
    do {
        sent = send(*fd, record, size, MSG_NOSIGNAL);
    } while (sent < 0 && errno == EINTR);
    if (sent != (ssize_t)size)
        _exit(EXIT_NOT_CHECKED); // the parent is gone
}

__attribute__((noreturn)) static void work(const struct jobs *jobs, int fd) {
    struct check check = *jobs->check;
    check.send = send_record;
    check.context = &fd;
    for (;;) {
        size_t index;
        ssize_t got = recv(fd, &index, sizeof(index), 0);
        if (got < 0 && errno == EINTR)
            continue;
        if (got != sizeof(index) || index >= jobs->inputs->count)
            _exit(EXIT_CLEAN);
        check_file(&check, &jobs->inputs->items[index]);
        send_record(&fd, &(struct record){.type = RECORD_DONE});
    }
}

static bool start(const struct pool *pool, struct worker *worker) {
    int ends[2];
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) != 0)
        return false;
    fflush(NULL); // or the worker would have the parent's output to write a second time
    pid_t parent = getpid();
    pid_t pid = fork();
    if (pid == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        if (getppid() != parent)
            _exit(EXIT_NOT_CHECKED);
        for (unsigned i = 0; i < pool->jobs->workers; i++) {
            if (pool->workers[i].pid != 0)
                close(pool->workers[i].fd);
        }
        close(ends[0]);
        work(pool->jobs, ends[1]);
    }
    close(ends[1]);
    if (pid < 0) {
        close(ends[0]);
        return false;
    }
    *worker = (struct worker){.pid = pid, .fd = ends[0]};
    return true;
}

// --- The parent ------------------------------------------------------------------------------------------

static void deliver(struct pool *pool, size_t index, const struct record *record) {
    pool->jobs->take(pool->jobs->context, &pool->jobs->inputs->items[index], record);
}

static void keep(struct pool *pool, struct job *job, const struct record *record) {
    size_t size = record_size(record->type);
    struct waiting *waiting = resize(NULL, 1, offsetof(struct waiting, record) + size);
    waiting->next = NULL;
    waiting->size = size;
    memcpy(&waiting->record, record, size);
    if (job->first == NULL)
        job->first = waiting;
    else
        job->last->next = waiting;
    job->last = waiting;
    pool->waiting += size;
}

static void deliver_kept(struct pool *pool, size_t index) {
    struct job *job = &pool->job[index];
    while (job->first != NULL) {
        struct waiting *waiting = job->first;
        job->first = waiting->next;
        pool->waiting -= waiting->size;
        deliver(pool, index, &waiting->record);
        free(waiting);
    }
}

static void take(struct pool *pool, size_t index, const struct record *record) {
    struct job *job = &pool->job[index];
    if (index == pool->next_out)
        deliver(pool, index, record);
    else
        keep(pool, job, record);
    job->done = record->type == RECORD_DONE;
    if (job->done && pool->jobs->progress != NULL)
        pool->jobs->progress(pool->jobs->context, &pool->jobs->inputs->items[index]);
    while (pool->next_out < pool->jobs->inputs->count && pool->job[pool->next_out].done) {
        if (++pool->next_out < pool->jobs->inputs->count)
            deliver_kept(pool, pool->next_out);
    }
}

// Ends a worker that is dead or talks nonsense, and its file's check with it.
static void bury(struct pool *pool, struct worker *worker, bool nonsense) {
    struct record record = {.type = RECORD_NOT_CHECKED};
    int status = 0;
    if (nonsense)
        kill(worker->pid, SIGKILL);
    close(worker->fd);
    while (waitpid(worker->pid, &status, 0) < 0 && errno == EINTR)
        ;
    if (nonsense)
        snprintf(record.why, sizeof(record.why), "its checker sent what is no record");
    else if (WIFSIGNALED(status))
        snprintf(record.why, sizeof(record.why), "its checker died by signal %d (%s)", WTERMSIG(status),
                 strsignal(WTERMSIG(status)));
    else
        snprintf(record.why, sizeof(record.why), "its checker ended with status %d", WEXITSTATUS(status));
    const struct worker dead = *worker;
    *worker = (struct worker){0};
    if (dead.busy) {
        take(pool, dead.job, &record);
        take(pool, dead.job, &(struct record){.type = RECORD_DONE});
    }
}

static void hand_out(struct pool *pool, struct worker *worker) {
    size_t index = pool->next_in;
    // If it has died, its end shows with the first read.
    (void)send(worker->fd, &index, sizeof(index), MSG_NOSIGNAL);
    worker->job = index;
    worker->busy = true;
    pool->next_in++;
}

// Gives every worker something to do, as long as there is something.
static void employ(struct pool *pool) {
    unsigned alive = 0;
    for (unsigned i = 0; i < pool->jobs->workers; i++) {
        struct worker *worker = &pool->workers[i];
        if (pool->next_in < pool->jobs->inputs->count && !worker->busy &&
            (worker->pid != 0 || start(pool, worker)))
            hand_out(pool, worker);
        alive += worker->pid != 0;
    }
    if (alive == 0)
        die("no worker can be started: %s", strerror(errno));
}

static bool may_read(const struct pool *pool, const struct worker *worker) {
    return worker->busy && (worker->job == pool->next_out || pool->waiting < WAITING_MAX);
}

static void receive(struct pool *pool, struct worker *worker) {
    while (may_read(pool, worker)) {
        struct record record = {0};
        ssize_t size = recv(worker->fd, &record, sizeof(record), MSG_DONTWAIT | MSG_TRUNC);
        if (size < 0 && (errno == EAGAIN || errno == EINTR))
            return;
        if (size <= 0) {
            bury(pool, worker, false);
        } else if (!record_accept(&record, (size_t)size)) {
            bury(pool, worker, true);
        } else {
            worker->busy = record.type != RECORD_DONE;
            take(pool, worker->job, &record);
        }
    }
}

static void wait_for_records(struct pool *pool) {
    for (unsigned i = 0; i < pool->jobs->workers; i++) {
        bool read = may_read(pool, &pool->workers[i]);
        pool->polls[i] = (struct pollfd){.fd = read ? pool->workers[i].fd : -1, .events = POLLIN};
    }
    if (poll(pool->polls, pool->jobs->workers, -1) < 0) {
        if (errno != EINTR)
            die("poll: %s", strerror(errno));
        return;
    }
    for (unsigned i = 0; i < pool->jobs->workers; i++) {
        if (pool->polls[i].revents != 0)
            receive(pool, &pool->workers[i]);
    }
}

static void dismiss(const struct pool *pool) {
    for (unsigned i = 0; i < pool->jobs->workers; i++) {
        if (pool->workers[i].pid == 0)
            continue;
        close(pool->workers[i].fd);
        while (waitpid(pool->workers[i].pid, NULL, 0) < 0 && errno == EINTR)
            ;
    }
}

void jobs_run(const struct jobs *jobs) {
    struct pool pool = {.jobs = jobs,
                        .workers = calloc(jobs->workers, sizeof(struct worker)),
                        .polls = calloc(jobs->workers, sizeof(struct pollfd)),
                        .job = calloc(jobs->inputs->count + 1, sizeof(struct job))};
    if (pool.workers == NULL || pool.polls == NULL || pool.job == NULL)
        die("out of memory");
    while (pool.next_out < jobs->inputs->count) {
        employ(&pool);
        wait_for_records(&pool);
    }
    dismiss(&pool);
    free(pool.workers);
    free(pool.polls);
    free(pool.job);
}
