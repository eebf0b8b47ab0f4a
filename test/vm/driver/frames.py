# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Frames: the protocol between driver and PID 1 (numbers as in ../proto.h), used by client and server as well."""

import json
import struct

MAGIC = 0x6B70
VERSION = 1
MAX = 1 << 20
WINDOW = 256 * 1024  # bytes of one stream under way without credit
CHUNK = 32 * 1024

HELLO, SPAWN, STDIN, STDOUT, STDERR, CREDIT, SIGNAL, EXIT, FAILED, MOUNT, MOUNTED, PING, PONG = range(1, 14)
# Between client and server only.
REQUEST, LOST, STATUS, STOP = range(100, 104)

HEADER = struct.Struct("<IHHI")
U32 = struct.Struct("<I")
PAIR = struct.Struct("<II")
SPAWN_MERGE = 1


class Broken(Exception):
    """The other side sent what the protocol does not have."""


def pack(ident, kind, payload=b""):
    return HEADER.pack(ident, kind, MAGIC, len(payload)) + payload


def pack_json(kind, value):
    return pack(0, kind, json.dumps(value).encode())


def credit(ident, stream, count):
    return pack(ident, CREDIT, PAIR.pack(stream, count))


def strings(items):
    return b"".join(item.encode(errors="surrogateescape") + b"\0" for item in items)


def spawn(ident, request):
    """The frame that starts a client's request (a dict, see client.py)."""
    env = [f"{name}={value}" for name, value in request["env"].items()]
    flags = SPAWN_MERGE if request["merge"] else 0
    fixed = struct.pack("<6I", request["uid"], request["gid"], request["umask"], flags,
                        len(request["argv"]), len(env))
    return pack(ident, SPAWN, fixed + strings([request["cwd"], *request["argv"], *env]))


class Parser:
    """Cuts a byte stream into frames."""

    def __init__(self):
        self.buffer = bytearray()

    def feed(self, data):
        """Yields (id, type, payload) for every frame that data completes."""
        self.buffer += data
        while len(self.buffer) >= HEADER.size:
            ident, kind, magic, length = HEADER.unpack_from(self.buffer)
            if magic != MAGIC or length > MAX:
                raise Broken("bad frame header")
            end = HEADER.size + length
            if len(self.buffer) < end:
                return
            payload = bytes(self.buffer[HEADER.size:end])
            del self.buffer[:end]
            yield ident, kind, payload
