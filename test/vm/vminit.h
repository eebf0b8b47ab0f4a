// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What the three files of the PKU virtual machine's PID 1 share: vminit.c brings the machine up, serve.c
// answers the driver, command.c runs one command. Single-threaded; everything is reached from one poll loop.
#ifndef PKUVM_VMINIT_H
#define PKUVM_VMINIT_H

#include "proto.h"

#include <poll.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

// Where the driver's second share, which never serves stale data, is mounted.
#define LIVE_DIR "/run/pkuvm/live"
#define CGROUP_DIR "/sys/fs/cgroup"

#define MAX_COMMANDS 64

struct command {
    bool used;
    uint32_t id;
    pid_t pid;        // 0 once reaped
    int status;       // wait status, valid when pid is 0
    int in;           // our end of standard input, or -1
    int out[2];       // our ends of standard output and error, or -1
    uint32_t room[2]; // bytes of each that the driver still takes
    bool in_end;      // the driver sent the end of standard input
    size_t pending;   // bytes in inbuf
    unsigned char inbuf[STREAM_WINDOW];
};

// Ends the machine: writes the message with errno's text to the console and exits, on which the kernel panics
// and the driver shows the console's tail.
_Noreturn void vm_die(const char *what, const char *name);

// Writes text to a file in /proc or the like. Returns 0, or -1 with errno.
int vm_write_file(const char *path, const char *text);

// Creates path and its parents (mode 0755). Returns 0, or -1 with errno.
int vm_make_path(const char *path);

// Mounts share `name` of the live share on target and makes target's parents searchable for everyone (in the
// throw-away overlay). Returns 0 or an errno.
int vm_mount_share(const char *name, const char *target);

// Serves the driver for ever. port: the virtio-serial port.
_Noreturn void vm_serve(int port);

// Sends one frame; blocks until the driver takes it. Dies if the port fails.
void vm_send(uint32_t id, enum frame_type type, const void *payload, size_t length);

// Starts the command of a spawn frame in slot `slot`. Sends FRAME_FAILED and leaves the slot unused if it
// cannot.
void command_start(struct command *c, unsigned slot, uint32_t id, const char *payload, size_t length);

// Takes bytes for standard input; length 0 is the end. Dies if the driver sends more than it has credit for.
void command_input(struct command *c, const void *bytes, size_t length);

// Signals the command's process group; SIGKILL kills all of its descendants.
void command_signal(const struct command *c, unsigned slot, int sig);

// Fills at most 3 entries for poll(2). Returns how many.
size_t command_poll(const struct command *c, struct pollfd *fds);

// Moves data for one descriptor that poll(2) reported.
void command_ready(struct command *c, int fd);

// Told by the reaper. Kills what the command left behind.
void command_reaped(struct command *c, unsigned slot, int status);

// Sends FRAME_EXIT and frees the slot once the command is reaped and its output is through.
void command_finish(struct command *c);

#endif
