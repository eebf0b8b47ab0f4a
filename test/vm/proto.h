// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Frames on the virtio-serial port between the PKU virtual machine's PID 1 and the driver (driver/frames.py
// has the same numbers). Both ends are little-endian x86-64. Assumes a lossless byte stream.
#ifndef PKUVM_PROTO_H
#define PKUVM_PROTO_H

#include <stdint.h>

#define FRAME_MAGIC 0x6b70u
#define FRAME_VERSION 1u

// Largest payload, in bytes. A spawn frame carries argv and the environment, so it is the large one.
#define FRAME_MAX (1u << 20)

// Bytes of one stream that may be under way without the reader's credit, so that a command whose output
// nobody reads cannot hold up the others on the one port.
#define STREAM_WINDOW (256u * 1024u)

enum frame_type {
    FRAME_HELLO = 1,  // guest: u32 version. driver: u64 nanoseconds since the epoch
    FRAME_SPAWN = 2,  // driver: struct spawn_fixed, then NUL-terminated cwd, argv, environment
    FRAME_STDIN = 3,  // driver: bytes; an empty one is the end of file
    FRAME_STDOUT = 4, // guest: bytes
    FRAME_STDERR = 5, // guest: bytes
    FRAME_CREDIT = 6, // either: struct credit
    FRAME_SIGNAL = 7, // driver: u32 signal, for the command's process group; SIGKILL: for all that it started
    FRAME_EXIT = 8,   // guest: u32 wait status; the last frame of a command
    FRAME_FAILED = 9, // guest: u32 errno, text; the command did not start; the last frame of a command
    FRAME_MOUNT =
        10, // driver: NUL-terminated name in the live share, target directory; the id is the share's
    FRAME_MOUNTED = 11, // guest: u32 errno or 0
    FRAME_PING = 12,    // driver: empty
    FRAME_PONG = 13,    // guest: empty
};

struct frame_header {
    uint32_t id; // of the command or of the share
    uint16_t type;
    uint16_t magic;
    uint32_t length; // of the payload, in bytes
};

#define SPAWN_MERGE 1u // standard error goes where standard output goes, in order

struct spawn_fixed {
    uint32_t uid, gid, umask, flags, argc, envc;
};

struct credit {
    uint32_t stream; // 0 standard input, 1 standard output, 2 standard error
    uint32_t bytes;
};

#endif
