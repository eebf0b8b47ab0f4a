#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""inside.py MPK_RUN FOLDER REQUESTS [PROGRAM]...: starts unmodified programs of the distribution, sealed, and loads them.

Runs where protection keys work. Prints a line of JSON a program: what was asked, what was answered correctly, how the program
ended. FOLDER is one that may be written; REQUESTS is per program. The client is this process, outside of the seal."""

import hashlib
import json
import os
import pathlib
import shutil
import signal
import socket
import ssl
import subprocess
import sys
import threading
import time

CLIENTS = 4
START_TIMEOUT = 120  # seconds; emulated machines are slow
ANSWER_TIMEOUT = 120
FILES = 16


class Lines:
    """A connection, or a pair of pipes, on which answers end with a mark."""

    def __init__(self, send, receive):
        self.send, self.receive, self.buffer = send, receive, b""

    def ask(self, question, mark=b"\n"):
        self.send(question)
        return self.until(mark)

    def until(self, mark):
        while mark not in self.buffer:
            data = self.receive(65536)
            if not data:
                raise ConnectionError("the program closed the connection")
            self.buffer += data
        answer, self.buffer = self.buffer.split(mark, 1)
        return answer

    def exactly(self, size):
        while len(self.buffer) < size:
            data = self.receive(65536)
            if not data:
                raise ConnectionError("the program closed the connection")
            self.buffer += data
        answer, self.buffer = self.buffer[:size], self.buffer[size:]
        return answer


def text_of(client, number):
    return hashlib.sha256(f"{client} {number}".encode()).hexdigest().encode()


def connect(port, tls=False):
    raw = socket.create_connection(("127.0.0.1", port), ANSWER_TIMEOUT)
    raw.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    if tls:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
        raw = context.wrap_socket(raw)
    return Lines(raw.sendall, raw.recv), raw


def http_get(lines, path):
    head = lines.ask(b"GET " + path + b" HTTP/1.1\r\nHost: test\r\n\r\n", b"\r\n\r\n")
    if not head.startswith(b"HTTP/1.1 200 "):
        raise ValueError(head.split(b"\r\n")[0].decode(errors="replace"))
    length = [line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")]
    return lines.exactly(int(length[0].split(b":")[1]))


class Program:
    """How a program is started and spoken to."""

    name = program = ""
    options = ()  # of mpk-run
    port = None  # where it listens; None: it is spoken to by its standard input and output
    tls = False
    clients = CLIENTS
    threads = "4 threads"

    def __init__(self, folder):
        self.folder = folder

    def prepare(self):
        """Makes the program's files."""

    def arguments(self):
        return []

    def correct(self, lines, client, number):
        """One request; whether the answer is right."""
        raise NotImplementedError


class Haproxy(Program):
    name, program, port = "haproxy", "/usr/sbin/haproxy", 21001

    def prepare(self):
        (self.folder / "haproxy.cfg").write_text(
            "global\n  nbthread 4\n  maxconn 64\n"
            "defaults\n  mode http\n  timeout client 600s\n  timeout connect 60s\n  timeout server 600s\n"
            f"frontend f\n  bind 127.0.0.1:{self.port}\n"
            "  http-request return status 200 content-type text/plain lf-string \"%[path]\"\n", encoding="ascii")

    def arguments(self):
        return ["-db", "-f", self.folder / "haproxy.cfg"]

    def correct(self, lines, client, number):
        path = b"/" + text_of(client, number)
        return http_get(lines, path) == path


class Nginx(Program):
    name, program, port = "nginx", "/usr/sbin/nginx", 21002
    threads = "1 worker and a pool of 4 threads"

    def prepare(self):
        www = self.folder / "www"
        www.mkdir()
        for i in range(FILES):
            (www / str(i)).write_bytes(text_of("file", i) * (1 + 10 * i))
        temporary = "".join(f"{kind}_temp_path {self.folder}/{kind};" for kind in
                            ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
        (self.folder / "nginx.conf").write_text(
            "daemon off; master_process off; worker_processes 1; thread_pool four threads=4;"
            f"pid {self.folder}/nginx.pid; error_log stderr;\n"
            "events { worker_connections 64; }\n"
            f"http {{ access_log off; keepalive_requests 1000000; keepalive_timeout 600s; {temporary}"
            f"server {{ listen 127.0.0.1:{self.port}; root {www}; aio threads=four; }} }}\n", encoding="ascii")

    def arguments(self):
        return ["-e", "stderr", "-p", self.folder, "-c", self.folder / "nginx.conf"]

    def correct(self, lines, client, number):
        i = (client + number) % FILES
        return http_get(lines, b"/%d" % i) == text_of("file", i) * (1 + 10 * i)


class Memcached(Program):
    name, program, port = "memcached", "/usr/bin/memcached", 21003

    def arguments(self):
        return ["-l", "127.0.0.1", "-p", self.port, "-U", "0", "-t", "4", "-m", "64"]

    def correct(self, lines, client, number):
        key, value = b"k%d-%d" % (client, number % 1000), text_of(client, number)
        if lines.ask(b"set " + key + b" 0 0 %d\r\n" % len(value) + value + b"\r\n") != b"STORED\r":
            return False
        return lines.ask(b"get " + key + b"\r\n", b"END\r\n") == b"VALUE " + key + b" 0 %d\r\n" % len(value) + value + b"\r\n"


class Certificate(Program):
    tls = True

    def prepare(self):
        pem = self.folder / "server.pem"
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
                        "-subj", "/CN=test", "-days", "2", "-keyout", pem, "-out", self.folder / "server.crt"],
                       check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        pem.write_bytes(pem.read_bytes() + (self.folder / "server.crt").read_bytes())


class Stunnel(Certificate):
    """TLS in front of an echo server, which is this process."""

    name, program, port = "stunnel4", "/usr/bin/stunnel4", 21004
    threads = "a thread for each of 4 clients"

    def prepare(self):
        super().prepare()
        self.echo = socket.create_server(("127.0.0.1", 0))
        threading.Thread(target=self.serve, daemon=True).start()
        (self.folder / "stunnel.conf").write_text(
            "foreground = yes\nsyslog = no\npid =\ndebug = err\n"
            f"[echo]\naccept = 127.0.0.1:{self.port}\nconnect = 127.0.0.1:{self.echo.getsockname()[1]}\n"
            f"cert = {self.folder}/server.pem\nTIMEOUTidle = 600\n", encoding="ascii")

    def serve(self):
        while True:
            connection, _ = self.echo.accept()
            threading.Thread(target=self.echo_lines, args=(connection,), daemon=True).start()

    @staticmethod
    def echo_lines(connection):
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        while data := connection.recv(65536):
            connection.sendall(data)

    def arguments(self):
        return [self.folder / "stunnel.conf"]

    def correct(self, lines, client, number):
        return lines.ask(text_of(client, number) + b"\n") == text_of(client, number)


class OpensslServer(Certificate):
    """s_server serves one connection at a time: four, one after the other."""

    name, program, port = "openssl s_server", "/usr/bin/openssl", 21005
    clients = 1
    threads = "one connection at a time"

    def arguments(self):
        return ["s_server", "-accept", self.port, "-cert", self.folder / "server.pem", "-rev", "-quiet"]

    def correct(self, lines, client, number):
        return lines.ask(text_of(client, number) + b"\n") == text_of(client, number)[::-1]


class Redis(Program):
    name, program, port = "redis-server", "/usr/bin/redis-server", 21006
    threads = "4 threads for input and output"

    def arguments(self):
        return ["--bind", "127.0.0.1", "--port", self.port, "--save", "", "--appendonly", "no", "--io-threads", "4",
                "--io-threads-do-reads", "yes", "--dir", self.folder, "--logfile", self.folder / "redis.log"]

    def correct(self, lines, client, number):
        key, value = b"k%d-%d" % (client, number % 1000), text_of(client, number)
        if lines.ask(b"SET " + key + b" " + value + b"\r\n", b"\r\n") != b"+OK":
            return False
        return lines.ask(b"GET " + key + b"\r\n", value + b"\r\n") == b"$%d\r\n" % len(value)


class Pipes(Program):
    """A program that answers each line of its standard input with one line."""

    clients = 1
    threads = "a script"

    def correct(self, lines, client, number):
        text = text_of(client, number)
        return lines.ask(text + b"\n") == hashlib.md5(text).hexdigest().encode()


class Sqlite(Pipes):
    name, program = "sqlite3", "/usr/bin/sqlite3"

    def arguments(self):
        return ["-batch", self.folder / "base.db"]

    def correct(self, lines, client, number):
        text = text_of(client, number)
        if number == 0:
            lines.ask(b"create table t(n primary key, x); pragma synchronous=off; pragma journal_mode=wal;\n")
        lines.send(b"insert into t values(%d, '%s');\n" % (number, text))
        answer = lines.ask(b"select '>' || count(*) || ' ' || max(x) from t where n = %d;\n" % number)
        return answer == b">1 " + text


class Perl(Pipes):
    name, program = "perl", "/usr/bin/perl"

    def __init__(self, folder):
        super().__init__(folder)
        module = subprocess.run([self.program, "-MDigest::MD5", "-e",
                                 "print grep { m,/Digest/MD5/MD5.so$, } @DynaLoader::dl_shared_objects"],
                                check=True, stdout=subprocess.PIPE, text=True).stdout
        self.options = ("--preload", module)  # what `use` would load by dlopen

    def arguments(self):
        return ["-MDigest::MD5=md5_hex", "-e", "$| = 1; while (<STDIN>) { chomp; print md5_hex($_), \"\\n\"; }"]


class Lua(Pipes):
    name, program = "lua", "/usr/bin/lua5.4"

    def arguments(self):
        return ["-e", "io.stdout:setvbuf('line') for l in io.lines() do "
                "local t = {} for c in l:gmatch('.') do table.insert(t, 1, c) end print(table.concat(t)) end"]

    def correct(self, lines, client, number):
        text = text_of(client, number)
        return lines.ask(text + b"\n") == text[::-1]


PROGRAMS = [Haproxy, Nginx, Memcached, Stunnel, OpensslServer, Redis, Sqlite, Perl, Lua]


class Load:
    """So many requests, from all clients together."""

    def __init__(self, program, process, requests):
        self.program, self.process, self.requests = program, process, requests
        self.right, self.errors, self.lock = 0, [], threading.Lock()

    def open(self):
        if self.program.port is None:
            return Lines(lambda data: os.write(self.process.stdin.fileno(), data),
                         lambda size: os.read(self.process.stdout.fileno(), size)), None
        return connect(self.program.port, self.program.tls)

    def client(self, number, count):
        try:
            lines, connection = self.open()
            for i in range(count):
                right = self.program.correct(lines, number, i)
                with self.lock:
                    self.right += right
            if connection is not None:
                connection.close()
        except (OSError, ValueError, IndexError) as error:
            with self.lock:
                self.errors.append(f"client {number}: {error}")

    def run(self):
        rounds = CLIENTS // self.program.clients if self.program.port is not None else 1
        share = self.requests // (rounds * self.program.clients)
        for turn in range(rounds):
            threads = [threading.Thread(target=self.client, args=(turn * self.program.clients + i, share))
                       for i in range(self.program.clients)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
        return rounds * self.program.clients * share


def wait_until_it_listens(program, process):
    end = time.monotonic() + START_TIMEOUT
    while process.poll() is None and time.monotonic() < end:
        try:
            socket.create_connection(("127.0.0.1", program.port), 1).close()
            return True
        except OSError:
            time.sleep(0.1)
    return False


def finish(program, process):
    """Ends the program as an administrator would; returns how it ended."""
    if program.port is None:
        process.stdin.close()
    elif process.poll() is None:
        process.send_signal(signal.SIGTERM)
    try:
        return f"status {process.wait(60)}"
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
        return "killed: it did not end"


def is_sealed(process):
    """Looked at from outside: mpk-run --wait is the parent, the program its only child."""
    for _ in range(600):
        children = pathlib.Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text(encoding="ascii").split()
        for child in children:
            status = pathlib.Path(f"/proc/{child}/status").read_text(encoding="ascii")
            if "\nSeccomp:\t2\n" in status:
                return True
        if process.poll() is not None:
            return False
        time.sleep(0.1)
    return False


def run(mpk_run, folder, kind, requests):
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    program = kind(folder)
    program.prepare()
    log = open(folder / "stderr", "wb")
    process = subprocess.Popen([mpk_run, "--wait", "--no-vault-needed", "--rw", str(folder), *program.options, "--",
                                program.program, *map(str, program.arguments())],
                               stdin=subprocess.PIPE, stdout=subprocess.PIPE if program.port is None else log, stderr=log,
                               bufsize=0, cwd=folder)
    result = {"program": program.name, "threads": program.threads, "asked": 0, "correct": 0, "sealed": False, "errors": []}
    start = time.monotonic()
    try:
        result["sealed"] = is_sealed(process)
        if program.port is None or wait_until_it_listens(program, process):
            load = Load(program, process, requests)
            result["asked"], result["correct"], result["errors"] = load.run(), load.right, load.errors
    finally:
        result["end"] = finish(program, process)
        log.close()
    result["seconds"] = round(time.monotonic() - start)
    result["stderr"] = (folder / "stderr").read_text(encoding="utf-8", errors="replace")[-2000:]
    return result


def main():
    mpk_run, folder, requests, *names = sys.argv[1:]
    for kind in PROGRAMS:
        if not names or kind.name in names:
            print(json.dumps(run(mpk_run, pathlib.Path(folder) / kind.name.replace(" ", "-"), kind, int(requests))), flush=True)


if __name__ == "__main__":
    main()
