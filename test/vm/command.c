// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// One command of the PKU virtual machine: its process, its three streams, its cgroup (so that nothing it
// started outlives it). Assumes serve.c's poll loop and a cgroup2 file system at CGROUP_DIR.
#define _GNU_SOURCE
#include "vminit.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define CHUNK (32u * 1024u)

struct request {
    struct spawn_fixed fixed;
    const char *cwd;
    char **argv, **env; // one allocation, owned by argv; the strings stay in the frame
};

// What the child tells its parent when it cannot become the command.
struct failure {
    int error;
    char what[32];
};

static void send_failed(uint32_t id, int error, const char *what) {
    char text[128];
    uint32_t code = (uint32_t)error;
    memcpy(text, &code, sizeof code);
    int n = snprintf(text + sizeof code, sizeof text - sizeof code, "%s", what);
    vm_send(id, FRAME_FAILED, text, sizeof code + (size_t)n);
}

static const char *next_string(const char **at, const char *end) {
    const char *s = *at;
    const char *nul = memchr(s, '\0', (size_t)(end - s));
    if (nul == NULL)
        vm_die("bad frame:", "spawn");
    *at = nul + 1;
    return s;
}

static void parse_request(struct request *r, const char *payload, size_t length) {
    if (length < sizeof r->fixed)
        vm_die("bad frame:", "spawn");
    memcpy(&r->fixed, payload, sizeof r->fixed);
    const char *at = payload + sizeof r->fixed, *end = payload + length;
    size_t argc = r->fixed.argc, envc = r->fixed.envc;
    if (argc == 0 || argc > FRAME_MAX || envc > FRAME_MAX)
        vm_die("bad frame:", "spawn");
    r->argv = calloc(argc + envc + 2, sizeof *r->argv);
    if (r->argv == NULL)
        vm_die("no memory for", "a command");
    r->env = r->argv + argc + 1;
    r->cwd = next_string(&at, end);
    for (size_t i = 0; i < argc; i++)
        r->argv[i] = (char *)next_string(&at, end);
    for (size_t i = 0; i < envc; i++)
        r->env[i] = (char *)next_string(&at, end);
}

// A mount namespace of its own, so that what one command mounts does not reach the others. The live share's
// own mount point goes away in it: it would show every shared file under a second path.
static int leave_shared_mounts(void) {
    if (unshare(CLONE_NEWNS) != 0 || mount(NULL, "/", NULL, MS_REC | MS_SLAVE, NULL) != 0)
        return -1;
    return umount2(LIVE_DIR, MNT_DETACH);
}

static int join_cgroup(unsigned slot) {
    char path[128];
    snprintf(path, sizeof path, CGROUP_DIR "/command%u", slot);
    if (mkdir(path, 0755) != 0 && errno != EEXIST)
        return -1;
    strcat(path, "/cgroup.procs");
    return vm_write_file(path, "0");
}

static void kill_cgroup(unsigned slot) {
    char path[128];
    snprintf(path, sizeof path, CGROUP_DIR "/command%u/cgroup.kill", slot);
    if (vm_write_file(path, "1") != 0)
        vm_die("cannot write", path);
}

static _Noreturn void fail_child(int report, const char *what) {
    struct failure f = {.error = errno};
    snprintf(f.what, sizeof f.what, "%s", what);
    _exit(write(report, &f, sizeof f) == sizeof f ? 127 : 126);
}

static _Noreturn void run_child(const struct request *r, unsigned slot, const int pipes[3], int report) {
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    signal(SIGPIPE, SIG_DFL);
    if (setsid() < 0 || join_cgroup(slot) != 0)
        fail_child(report, "join its cgroup");
    int error_to = (r->fixed.flags & SPAWN_MERGE) != 0 ? pipes[1] : pipes[2];
    if (dup2(pipes[0], 0) < 0 || dup2(pipes[1], 1) < 0 || dup2(error_to, 2) < 0)
        fail_child(report, "connect its streams");
    if (leave_shared_mounts() != 0)
        fail_child(report, "have its own mounts");
    umask(r->fixed.umask);
    if (chdir(r->cwd) != 0)
        fail_child(report, "enter its directory");
    if (setgroups(0, NULL) != 0 || setresgid(r->fixed.gid, r->fixed.gid, r->fixed.gid) != 0 ||
        setresuid(r->fixed.uid, r->fixed.uid, r->fixed.uid) != 0)
        fail_child(report, "become its user");
    environ = r->env;
    execvp(r->argv[0], r->argv);
    // A folder of PATH that the user may not search is no reason to call a missing program forbidden.
    if (errno == EACCES && strchr(r->argv[0], '/') == NULL)
        errno = ENOENT;
    fail_child(report, "be found or executed");
}

// Makes the pipes 0, 1, 2 and the report pipe 3; all ends close on exec. ends[i][0] reads, ends[i][1] writes.
static void make_pipes(int ends[4][2]) {
    for (int i = 0; i < 4; i++) {
        if (pipe2(ends[i], O_CLOEXEC) != 0)
            vm_die("cannot make", "a pipe");
    }
}

// PID 1 has descriptors 0 to 2 open or closed, as the kernel found a console; a pipe must not land there, or
// the child's dup2 would overwrite it.
static void reserve_standard_streams(void) {
    for (int fd; (fd = open("/dev/null", O_RDWR)) >= 0;) {
        if (fd > 2) {
            close(fd);
            return;
        }
    }
    vm_die("cannot open", "/dev/null");
}

static bool child_started(uint32_t id, pid_t pid, int report) {
    struct failure f;
    ssize_t n = read(report, &f, sizeof f);
    close(report);
    if (n != (ssize_t)sizeof f)
        return true;
    waitpid(pid, NULL, 0);
    f.what[sizeof f.what - 1] = '\0';
    send_failed(id, f.error, f.what);
    return false;
}

static void keep_ends(struct command *c, int ends[4][2]) {
    c->in = ends[0][1];
    c->out[0] = ends[1][0];
    c->out[1] = ends[2][0];
    c->room[0] = c->room[1] = STREAM_WINDOW;
    if (fcntl(c->in, F_SETFL, O_NONBLOCK) != 0)
        vm_die("cannot set up", "a pipe");
}

void command_start(struct command *c, unsigned slot, uint32_t id, const char *payload, size_t length) {
    struct request r;
    int ends[4][2];
    reserve_standard_streams();
    parse_request(&r, payload, length);
    make_pipes(ends);
    pid_t pid = fork();
    if (pid < 0)
        vm_die("cannot", "fork");
    if (pid == 0)
        run_child(&r, slot, (int[3]){ends[0][0], ends[1][1], ends[2][1]}, ends[3][1]);
    free(r.argv);
    close(ends[0][0]);
    close(ends[1][1]);
    close(ends[2][1]);
    close(ends[3][1]);
    if (!child_started(id, pid, ends[3][0])) {
        close(ends[0][1]);
        close(ends[1][0]);
        close(ends[2][0]);
        return;
    }
    c->used = true;
    c->id = id;
    c->pid = pid;
    c->in_end = false;
    c->pending = 0;
    keep_ends(c, ends);
}

static void close_input(struct command *c) {
    if (c->in >= 0)
        close(c->in);
    c->in = -1;
}

static void give_credit(const struct command *c, size_t bytes) {
    struct credit credit = {.stream = 0, .bytes = (uint32_t)bytes};
    vm_send(c->id, FRAME_CREDIT, &credit, sizeof credit);
}

void command_input(struct command *c, const void *bytes, size_t length) {
    if (length > STREAM_WINDOW - c->pending)
        vm_die("bad frame:", "more standard input than credit");
    if (c->in < 0) {
        give_credit(c, length); // nobody reads any more; the driver need not know
        return;
    }
    memcpy(c->inbuf + c->pending, bytes, length);
    c->pending += length;
    c->in_end = c->in_end || length == 0;
    if (c->in_end && c->pending == 0)
        close_input(c);
}

void command_signal(const struct command *c, unsigned slot, int sig) {
    if (sig == SIGKILL)
        kill_cgroup(slot);
    else if (c->pid > 0)
        kill(-c->pid, sig);
}

size_t command_poll(const struct command *c, struct pollfd *fds) {
    size_t n = 0;
    // Watched with nothing to send as well, since a closed reader shows as POLLERR.
    if (c->in >= 0)
        fds[n++] = (struct pollfd){.fd = c->in, .events = c->pending > 0 ? POLLOUT : 0};
    for (int i = 0; i < 2; i++) {
        if (c->out[i] >= 0 && c->room[i] > 0)
            fds[n++] = (struct pollfd){.fd = c->out[i], .events = POLLIN};
    }
    return n;
}

static void push_input(struct command *c) {
    ssize_t n = c->pending > 0 ? write(c->in, c->inbuf, c->pending) : -1;
    if (n < 0 && errno == EAGAIN && c->pending > 0)
        return;
    if (n < 0) { // the reader is gone
        if (c->pending > 0)
            give_credit(c, c->pending);
        c->pending = 0;
        close_input(c);
        return;
    }
    memmove(c->inbuf, c->inbuf + n, c->pending - (size_t)n);
    c->pending -= (size_t)n;
    give_credit(c, (size_t)n);
    if (c->in_end && c->pending == 0)
        close_input(c);
}

static void pull_output(struct command *c, int i) {
    static char chunk[CHUNK];
    ssize_t n = read(c->out[i], chunk, c->room[i] < sizeof chunk ? c->room[i] : sizeof chunk);
    if (n > 0) {
        c->room[i] -= (uint32_t)n;
        vm_send(c->id, i == 0 ? FRAME_STDOUT : FRAME_STDERR, chunk, (size_t)n);
    } else if (n == 0 || errno != EINTR) {
        close(c->out[i]);
        c->out[i] = -1;
    }
}

void command_ready(struct command *c, int fd) {
    if (fd == c->in)
        push_input(c);
    else if (fd == c->out[0])
        pull_output(c, 0);
    else if (fd == c->out[1])
        pull_output(c, 1);
}

void command_reaped(struct command *c, unsigned slot, int status) {
    c->pid = 0;
    c->status = status;
    kill_cgroup(slot);
}

void command_finish(struct command *c) {
    if (c->pid != 0 || c->out[0] >= 0 || c->out[1] >= 0)
        return;
    close_input(c);
    uint32_t status = (uint32_t)c->status;
    vm_send(c->id, FRAME_EXIT, &status, sizeof status);
    c->used = false;
}
