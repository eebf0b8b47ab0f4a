# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Runs one command in a machine: sends the request, moves the three streams, returns the exit status."""

import errno
import os
import selectors
import signal
import socket
import sys
import time

from . import frames
from .direct import FORWARDED
from .places import FAILURE, Error, say

# Names of things that exist on the host only.
HOST_ONLY = ("XDG_RUNTIME_DIR", "DBUS_SESSION_BUS_ADDRESS", "SSH_AUTH_SOCK", "DISPLAY", "WAYLAND_DISPLAY")


def connect(path):
    """A connection to the server at path, or None if there is none."""
    connection = socket.socket(socket.AF_UNIX)
    try:
        connection.connect(str(path))
    except (FileNotFoundError, ConnectionRefusedError):
        connection.close()
        return None
    return connection


def ask(connection, kind):
    """Sends a question without a command and returns the answer's text."""
    connection.sendall(frames.pack(0, kind))
    parser, answer = frames.Parser(), ""
    while data := connection.recv(frames.CHUNK):
        for _, _, payload in parser.feed(data):
            answer += payload.decode()
            if kind == frames.STATUS:
                return answer
    return answer


def same_file(a, b):
    try:
        return os.path.samestat(os.fstat(a), os.fstat(b))
    except OSError:
        return False


def make_request(argv, options):
    umask = os.umask(0o022)
    os.umask(umask)
    user = os.getuid() if options.user is None else options.user
    group = os.getgid() if options.user is None else options.user
    shares = [[os.path.realpath(folder), False] for folder in options.share]
    shares += [[os.path.realpath(folder), True] for folder in options.scratch]
    return {"argv": argv, "env": {k: v for k, v in os.environ.items() if k not in HOST_ONLY}, "cwd": os.getcwd(),
            "uid": user, "gid": group, "umask": umask, "shares": shares, "merge": same_file(1, 2)}


class Client:
    """One command. stdin is read only as far as the machine has room for it."""

    def __init__(self, connection, argv, options):
        self.connection = connection
        self.argv = argv
        self.timeout = options.timeout
        self.room = frames.WINDOW
        self.parser = frames.Parser()
        self.status = None
        self.signals = 0
        connection.sendall(frames.pack_json(frames.REQUEST, make_request(argv, options)))

    def forward(self, number, _):
        self.signals += 1
        # A second one means that the command does not listen; SIGKILL takes all that it started.
        number = number if self.signals == 1 else signal.SIGKILL
        self.connection.sendall(frames.pack(0, frames.SIGNAL, frames.U32.pack(number)))

    def run(self):
        """Returns the exit status as a shell would give it."""
        for number in FORWARDED:
            signal.signal(number, self.forward)
        with selectors.SelectSelector() as selector:
            selector.register(self.connection, selectors.EVENT_READ)
            deadline = time.monotonic() + self.timeout if self.timeout else None
            stdin_open = True
            while self.status is None:
                self.watch_stdin(selector, stdin_open and self.room > 0)
                wait = None if deadline is None else deadline - time.monotonic()
                if wait is not None and wait <= 0:
                    say(f"{self.argv[0]} ran longer than --timeout {self.timeout} s and was killed")
                    return FAILURE - 1
                for key, _ in selector.select(wait):
                    if key.fd == 0:
                        stdin_open = self.send_stdin()
                    else:
                        self.receive()
        return self.status

    @staticmethod
    def watch_stdin(selector, wanted):
        if wanted == (0 in selector.get_map()):
            return
        if not wanted:
            selector.unregister(0)
            return
        selector.register(0, selectors.EVENT_READ)

    def send_stdin(self):
        try:
            data = os.read(0, min(self.room, frames.CHUNK))
        except OSError:  # closed, as by <&-
            data = b""
        self.room -= len(data)
        self.connection.sendall(frames.pack(0, frames.STDIN, data))
        return bool(data)

    def receive(self):
        data = self.connection.recv(frames.CHUNK * 2)
        if not data:
            raise Error("the machine's server ended without a word")
        for _, kind, payload in self.parser.feed(data):
            self.handle(kind, payload)

    def handle(self, kind, payload):
        if kind in (frames.STDOUT, frames.STDERR):
            stream = kind - frames.STDOUT + 1
            self.write(stream, payload)
            self.connection.sendall(frames.credit(0, stream, len(payload)))
        elif kind == frames.CREDIT:
            self.room += frames.PAIR.unpack(payload)[1]
        elif kind == frames.EXIT:
            status = frames.U32.unpack(payload)[0]
            self.status = os.WEXITSTATUS(status) if os.WIFEXITED(status) else 128 + os.WTERMSIG(status)
        elif kind == frames.FAILED:
            error = frames.U32.unpack_from(payload)[0]
            hint = ""
            if error == errno.ENOENT and os.path.exists(self.argv[0]):
                hint = " (a served machine sees files that are newer than itself in --share and --scratch folders only)"
            say(f"{self.argv[0]} in the machine: cannot {payload[4:].decode()}: {os.strerror(error)}{hint}")
            self.status = 127 if error == errno.ENOENT else 126
        elif kind == frames.LOST:
            say(payload.decode())
            self.status = FAILURE

    @staticmethod
    def write(stream, data):
        try:
            while data:
                data = data[os.write(stream, data):]
        except BrokenPipeError:
            # As the command itself would have ended; the server kills it when this connection closes.
            signal.signal(signal.SIGPIPE, signal.SIG_DFL)
            os.kill(os.getpid(), signal.SIGPIPE)
            sys.exit(128 + signal.SIGPIPE)
