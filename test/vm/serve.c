// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The driver's side of PID 1: reads frames from the port, hands them to the commands, reaps processes. The
// driver is trusted to speak the protocol; whatever breaks it ends the machine with a message, since nothing
// sensible can follow.
#define _GNU_SOURCE
#include "vminit.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static int port_fd;
static struct command commands[MAX_COMMANDS];
static unsigned char inbox[sizeof(struct frame_header) + FRAME_MAX];
static size_t inbox_used;

static void write_all(const void *bytes, size_t length) {
    const char *p = bytes;
    while (length > 0) {
        ssize_t n = write(port_fd, p, length);
        if (n < 0 && (errno == EAGAIN || errno == EINTR)) {
            struct pollfd wait = {.fd = port_fd, .events = POLLOUT};
            poll(&wait, 1, -1);
            continue;
        }
        if (n < 0)
            vm_die("cannot write to", "the port");
        p += n;
        length -= (size_t)n;
    }
}

void vm_send(uint32_t id, enum frame_type type, const void *payload, size_t length) {
    struct frame_header header = {
        .id = id, .type = (uint16_t)type, .magic = FRAME_MAGIC, .length = (uint32_t)length};
    write_all(&header, sizeof header);
    write_all(payload, length);
}

static int find_slot(uint32_t id) {
    for (int i = 0; i < MAX_COMMANDS; i++) {
        if (commands[i].used && commands[i].id == id)
            return i;
    }
    return -1;
}

static void start(uint32_t id, const char *payload, size_t length) {
    for (unsigned i = 0; i < MAX_COMMANDS; i++) {
        if (!commands[i].used) {
            command_start(&commands[i], i, id, payload, length);
            return;
        }
    }
    uint32_t error = EAGAIN;
    char text[sizeof error + 32] = "";
    memcpy(text, &error, sizeof error);
    strcpy(text + sizeof error, "too many commands at once");
    vm_send(id, FRAME_FAILED, text, sizeof error + strlen(text + sizeof error));
}

static void mount_share(uint32_t id, const char *payload, size_t length) {
    size_t name = strnlen(payload, length);
    if (length == 0 || payload[length - 1] != '\0' || name + 1 >= length)
        vm_die("bad frame:", "mount");
    uint32_t error = (uint32_t)vm_mount_share(payload, payload + name + 1);
    vm_send(id, FRAME_MOUNTED, &error, sizeof error);
}

static void set_clock(const void *payload, size_t length) {
    uint64_t now;
    if (length != sizeof now)
        vm_die("bad frame:", "hello");
    memcpy(&now, payload, sizeof now);
    struct timespec t = {.tv_sec = (time_t)(now / 1000000000), .tv_nsec = (long)(now % 1000000000)};
    if (clock_settime(CLOCK_REALTIME, &t) != 0)
        vm_die("cannot set", "the clock");
}

// Frames about a command that has just ended may still arrive: they are ignored.
static void to_command(const struct frame_header *h, const void *payload) {
    struct credit credit;
    uint32_t sig;
    int slot = find_slot(h->id);
    if (slot < 0)
        return;
    struct command *c = &commands[slot];
    if (h->type == FRAME_STDIN) {
        command_input(c, payload, h->length);
    } else if (h->type == FRAME_SIGNAL && h->length == sizeof sig) {
        memcpy(&sig, payload, sizeof sig);
        command_signal(c, (unsigned)slot, (int)sig);
    } else if (h->type == FRAME_CREDIT && h->length == sizeof credit) {
        memcpy(&credit, payload, sizeof credit);
        if (credit.stream != 1 && credit.stream != 2)
            vm_die("bad frame:", "credit");
        c->room[credit.stream - 1] += credit.bytes;
    } else {
        vm_die("bad frame:", "type or length");
    }
}

static void handle_frame(const struct frame_header *h, const void *payload) {
    switch (h->type) {
    case FRAME_HELLO:
        set_clock(payload, h->length);
        break;
    case FRAME_SPAWN:
        start(h->id, payload, h->length);
        break;
    case FRAME_MOUNT:
        mount_share(h->id, payload, h->length);
        break;
    case FRAME_PING:
        vm_send(h->id, FRAME_PONG, NULL, 0);
        break;
    default:
        to_command(h, payload);
    }
}

static void read_port(void) {
    ssize_t n = read(port_fd, inbox + inbox_used, sizeof inbox - inbox_used);
    if (n < 0 && errno != EAGAIN && errno != EINTR)
        vm_die("cannot read", "the port");
    if (n == 0)
        usleep(10000); // the driver is not connected (yet)
    if (n > 0)
        inbox_used += (size_t)n;
    size_t done = 0;
    struct frame_header h;
    while (inbox_used - done >= sizeof h) {
        memcpy(&h, inbox + done, sizeof h);
        if (h.magic != FRAME_MAGIC || h.length > FRAME_MAX)
            vm_die("bad frame:", "header");
        if (inbox_used - done < sizeof h + h.length)
            break;
        handle_frame(&h, inbox + done + sizeof h);
        done += sizeof h + h.length;
    }
    memmove(inbox, inbox + done, inbox_used - done);
    inbox_used -= done;
}

static void reap(int signal_fd) {
    struct signalfd_siginfo info;
    while (read(signal_fd, &info, sizeof info) > 0)
        ;
    int status;
    for (pid_t pid; (pid = waitpid(-1, &status, WNOHANG)) > 0;) {
        for (unsigned i = 0; i < MAX_COMMANDS; i++) {
            if (commands[i].used && commands[i].pid == pid)
                command_reaped(&commands[i], i, status);
        }
    }
}

static void serve_once(int signal_fd) {
    struct pollfd fds[2 + 3 * MAX_COMMANDS];
    struct command *owner[2 + 3 * MAX_COMMANDS];
    size_t count = 2;
    fds[0] = (struct pollfd){.fd = port_fd, .events = POLLIN};
    fds[1] = (struct pollfd){.fd = signal_fd, .events = POLLIN};
    for (unsigned i = 0; i < MAX_COMMANDS; i++) {
        size_t added = commands[i].used ? command_poll(&commands[i], fds + count) : 0;
        while (added-- > 0)
            owner[count++] = &commands[i];
    }
    if (poll(fds, count, -1) < 0 && errno != EINTR)
        vm_die("cannot wait for", "the driver");
    for (size_t i = 2; i < count; i++) {
        if (fds[i].revents != 0)
            command_ready(owner[i], fds[i].fd);
    }
    if (fds[1].revents != 0)
        reap(signal_fd);
    for (unsigned i = 0; i < MAX_COMMANDS; i++) {
        if (commands[i].used)
            command_finish(&commands[i]);
    }
    if (fds[0].revents != 0)
        read_port();
}

void vm_serve(int port) {
    sigset_t mask;
    sigemptyset(&mask);
    sigaddset(&mask, SIGCHLD);
    sigprocmask(SIG_BLOCK, &mask, NULL);
    signal(SIGPIPE, SIG_IGN);
    int signal_fd = signalfd(-1, &mask, SFD_CLOEXEC | SFD_NONBLOCK);
    if (signal_fd < 0)
        vm_die("cannot make", "a signalfd");
    port_fd = port;
    if (fcntl(port_fd, F_SETFL, O_NONBLOCK) != 0)
        vm_die("cannot set up", "the port");
    uint32_t version = FRAME_VERSION;
    vm_send(0, FRAME_HELLO, &version, sizeof version);
    for (;;)
        serve_once(signal_fd);
}
