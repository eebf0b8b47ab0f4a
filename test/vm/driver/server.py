# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Serves one machine: accepts clients on a Unix socket, gives each command an id on the guest's port, relays frames.

It ends, and the machine with it, when it is told to, when the machine dies or hangs, when its lifeline (standard input)
closes, when the process to watch ends, or when nobody used it for the idle time. A single thread; no write blocks."""

import contextlib
import fcntl
import json
import os
import pathlib
import selectors
import shutil
import signal
import socket
import sys
import time

from . import frames
from .machine import Machine
from .places import Error

TICK = 0.5  # seconds between looks at the processes and the clock
BOOT_TIMEOUT = 180
PING_INTERVAL = 5
READ, WRITE = selectors.EVENT_READ, selectors.EVENT_WRITE


class Peer:
    """One end of a stream of frames, with what is still to be written to it."""

    def __init__(self, server, connection):
        self.server = server
        self.connection = connection
        self.parser = frames.Parser()
        self.outbox = bytearray()
        connection.setblocking(False)
        server.selector.register(connection, READ, self)

    def send(self, data):
        self.outbox += data
        self.flush()

    def flush(self):
        try:
            while self.outbox:
                del self.outbox[:self.connection.send(self.outbox)]
        except BlockingIOError:
            pass
        except OSError:
            self.outbox.clear()  # the next read sees the end
        self.server.selector.modify(self.connection, READ | WRITE if self.outbox else READ, self)

    def close(self):
        self.server.selector.unregister(self.connection)
        self.connection.close()


class Client(Peer):
    """A command, from its request to its exit."""

    def __init__(self, server, connection):
        super().__init__(server, connection)
        self.ident = None
        self.request = None
        self.mounting = set()
        self.early = []  # frames that came before the command could start

    def on_frame(self, _, kind, payload):
        if kind == frames.REQUEST and self.request is None:
            self.server.accept_request(self, json.loads(payload))
        elif kind == frames.STATUS:
            self.send(frames.pack(0, frames.STATUS, self.server.describe().encode()))
        elif kind == frames.STOP:
            self.server.stop_reason = "stopped by pkuvm stop"
        elif kind not in (frames.STDIN, frames.CREDIT, frames.SIGNAL):
            raise frames.Broken("unexpected frame from a client")
        elif self.ident is None:
            self.early.append((kind, payload))
        else:
            self.server.port.send(frames.pack(self.ident, kind, payload))

    def on_end(self):
        self.close()
        self.server.forget(self)


class Port(Peer):
    """The guest's virtio-serial port."""

    def on_frame(self, ident, kind, payload):
        server = self.server
        if kind == frames.HELLO:
            server.on_boot(frames.U32.unpack(payload)[0])
        elif kind == frames.PONG:
            server.last_pong = time.monotonic()
        elif kind == frames.MOUNTED:
            server.on_mounted(str(ident), frames.U32.unpack(payload)[0])
        else:
            server.to_client(ident, kind, payload)

    def on_end(self):
        self.server.fail("died")


class Server:
    """folder: this machine's own folder, on whose lock file the caller holds a lock."""

    def __init__(self, folder, kernel, init, options):
        self.folder = pathlib.Path(folder)
        self.options = options
        self.selector = selectors.DefaultSelector()
        self.clients = set()
        self.running = {}   # id -> Client, or None once the client has gone
        self.mounted = set()
        self.next_ident = 1
        self.served = 0
        self.ready = False
        self.failed = False
        self.stop_reason = None
        self.started = self.last_ping = self.last_pong = self.last_used = time.monotonic()
        self.machine = Machine(self.folder, kernel, init, options)
        self.port = None
        self.listener = None

    # Start, loop, end

    def run(self, announce):
        """announce(text or None) is called once: when the machine takes commands, or with what went wrong."""
        self.announce = announce
        try:
            self.port = Port(self, self.machine.start())
            self.watch_lifelines()
            while self.stop_reason is None:
                for key, events in self.selector.select(TICK):
                    self.on_event(key, events)
                self.on_tick()
        except Error as error:
            self.fail(str(error), with_console=False)
        finally:
            self.machine.stop()
            self.last_words()
        return 1 if self.failed else 0

    def watch_lifelines(self):
        if not self.options.detached:
            self.selector.register(sys.stdin.fileno(), READ, "lifeline")
        if self.options.watch:
            try:
                self.selector.register(os.pidfd_open(self.options.watch), READ, "watch")
            except ProcessLookupError:
                self.stop_reason = "the process to watch has ended"
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            signal.signal(number, self.on_signal)

    def on_signal(self, number, _):
        self.stop_reason = f"signal {number}"

    def listen(self):
        path = self.folder / "socket"
        self.listener = socket.socket(socket.AF_UNIX)
        self.listener.bind(str(path))
        os.chmod(path, 0o600)
        if self.options.owner is not None:
            os.chown(path, self.options.owner, -1)
        self.listener.listen(64)
        self.listener.setblocking(False)
        self.selector.register(self.listener, READ, "listener")

    def last_words(self):
        """Lets every client know, for at most two seconds."""
        deadline = time.monotonic() + 2
        for client in list(self.clients):
            if client.request is not None and not self.failed:
                client.send(frames.pack(0, frames.LOST, f"the machine was shut down: {self.stop_reason}".encode()))
        while any(client.outbox for client in self.clients) and time.monotonic() < deadline:
            for client in self.clients:
                client.flush()
            time.sleep(0.01)

    def close(self):
        """Closes the clients' connections, which tells pkuvm stop that nothing of the machine is left."""
        for client in list(self.clients):
            client.close()

    # Events

    def on_event(self, key, events):
        if key.data == "listener":
            connection, _ = self.listener.accept()
            self.clients.add(Client(self, connection))
        elif key.data == "lifeline":
            if not os.read(key.fd, 1):
                self.stop_reason = "its user has gone"
        elif key.data == "watch":
            self.stop_reason = "the process to watch has ended"
        else:
            self.on_peer(key.data, events)

    def on_peer(self, peer, events):
        if events & WRITE:
            peer.flush()
        if not events & READ:
            return
        try:
            data = peer.connection.recv(1 << 18)
            for frame in peer.parser.feed(data):
                peer.on_frame(*frame)
        except BlockingIOError:
            return
        except (ConnectionError, frames.Broken, ValueError) as error:
            if peer is self.port:
                self.fail(f"spoke nonsense on its port ({error})")
                return
            data = b""
        if not data:
            peer.on_end()

    def on_tick(self):
        now = time.monotonic()
        options = self.options
        part = self.machine.dead_part()
        if part and not self.failed:
            self.fail(f"died ({part})")
        elif not self.ready:
            if now - self.started > options.boot_timeout:
                self.fail(f"did not boot within {options.boot_timeout} s")
        elif now - self.last_pong > options.hang_timeout:
            self.fail(f"hangs: its PID 1 has not answered for {options.hang_timeout} s")
        elif now - self.last_ping > min(PING_INTERVAL, options.hang_timeout / 2):
            self.last_ping = now
            self.port.send(frames.pack(0, frames.PING))
        if self.running:
            self.last_used = now
        if options.idle and now - self.last_used > options.idle:
            self.stop_reason = f"idle for {options.idle} s"

    def fail(self, what, with_console=True):
        """Ends the machine and tells every client why."""
        if self.failed:
            return
        self.failed = True
        self.stop_reason = what
        self.machine.wait_for_end()
        text = f"the {self.options.kernel} machine {what}" if with_console else what
        if with_console:
            text += "\n" + self.machine.tail()
        for client in self.clients:
            client.send(frames.pack(0, frames.LOST, text.encode()[:frames.MAX]))
        if not self.ready:
            self.announce(text)

    # The guest

    def on_boot(self, version):
        if version != frames.VERSION:
            self.fail(f"has a PID 1 of protocol {version}, not {frames.VERSION}: rebuild vminit")
            return
        self.port.send(frames.pack(0, frames.HELLO, time.time_ns().to_bytes(8, "little")))
        self.ready = True
        self.last_ping = self.last_pong = self.last_used = time.monotonic()
        self.listen()
        self.announce(None)

    def on_mounted(self, name, error):
        self.mounted.add(name)
        for client in list(self.clients):
            if name not in client.mounting:
                continue
            client.mounting.discard(name)
            if error:
                client.send(frames.pack(0, frames.LOST, f"cannot mount a share: {os.strerror(error)}".encode()))
                client.mounting.add("failed")
            self.start_command(client)

    def to_client(self, ident, kind, payload):
        client = self.running.get(ident)
        if client is not None:
            client.send(frames.pack(0, kind, payload))
        elif kind in (frames.STDOUT, frames.STDERR):
            # Nobody reads it, but the command must come to its end.
            self.port.send(frames.credit(ident, kind - frames.STDOUT + 1, len(payload)))
        if kind in (frames.EXIT, frames.FAILED):
            self.running.pop(ident, None)
            if client is not None:
                client.ident = None

    # Clients

    def accept_request(self, client, request):
        client.request = request
        try:
            # Outer folders first: a mount hides what was mounted below it.
            for folder, writable in sorted(request["shares"]):
                name, is_new = self.machine.add_share(folder, writable)
                if is_new:
                    self.mount(folder)
                if name not in self.mounted:
                    client.mounting.add(name)
        except Error as error:
            client.send(frames.pack(0, frames.LOST, str(error).encode()))
            return
        self.start_command(client)

    def mount(self, folder):
        """Mounts a share in the guest, and again those that it hides."""
        below = [other for other in sorted(self.machine.shares) if other.startswith(folder.rstrip("/") + "/")]
        for each in [folder, *below]:
            name = self.machine.shares[each][0]
            self.mounted.discard(name)
            self.port.send(frames.pack(int(name), frames.MOUNT, frames.strings([name, each])))

    def start_command(self, client):
        if client.mounting or client not in self.clients:
            return
        client.ident = self.next_ident
        self.next_ident = self.next_ident % 0xFFFFFFFF + 1
        self.running[client.ident] = client
        self.served += 1
        self.port.send(frames.spawn(client.ident, client.request))
        for kind, payload in client.early:
            self.port.send(frames.pack(client.ident, kind, payload))
        client.early.clear()

    def forget(self, client):
        self.clients.discard(client)
        if client.ident is not None:
            self.running[client.ident] = None
            # What the client had received without giving credit for it would hold up the command's end.
            for stream in (1, 2):
                self.port.send(frames.credit(client.ident, stream, frames.WINDOW))
            self.port.send(frames.pack(client.ident, frames.SIGNAL, frames.U32.pack(signal.SIGKILL)))

    def describe(self):
        up = int(time.monotonic() - self.started)
        counts = f"{self.served} commands served, {len(self.running)} running"
        return f"{self.folder.name}: {counts}, up {up} s, process {os.getpid()}"


def serve(folder, kernel, init, options, announce):
    """Takes the folder for one machine and serves it to its end. Returns the exit status."""
    folder = pathlib.Path(folder)
    remove_leftovers(folder.parent)
    lock = take_folder(folder)
    if lock is None:
        announce(f"a machine already runs in {folder}: pkuvm stop ends it")
        return 1
    server = Server(folder, kernel, init, options)
    try:
        return server.run(announce)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        lock.close()
        server.close()


def remove_leftovers(base):
    """Removes the folders of private machines whose server was killed."""
    for folder in pathlib.Path(base).glob("private-*"):
        with contextlib.suppress(OSError), open(folder / "lock") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if time.time() - os.fstat(lock.fileno()).st_mtime > 10:  # or it is about to take its lock
                shutil.rmtree(folder)


def take_folder(folder):
    """Makes the folder, empty and locked. Returns the lock, or None if a machine has it; one that is just ending gets a
    moment."""
    deadline = time.monotonic() + 3
    while time.monotonic() < deadline:
        folder.mkdir(mode=0o711, exist_ok=True)
        with contextlib.suppress(OSError):  # FileNotFoundError: the one that ends removed it; BlockingIOError: it runs
            lock = open(folder / "lock", "w")
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if os.stat(folder / "lock").st_ino == os.fstat(lock.fileno()).st_ino:
                empty(folder)
                return lock
        time.sleep(0.05)
    return None


def empty(folder):
    """Removes what a machine leaves, the lock apart: a server that was killed could not."""
    for path in folder.iterdir():
        if path.name != "lock":
            shutil.rmtree(path) if path.is_dir() else path.unlink()
