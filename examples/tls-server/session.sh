#!/bin/sh
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# session.sh FOLDER LOAD SERVER...: starts the command SERVER with `--handshakes N` behind it, and talks to it with
# openssl s_client and curl, twice each: with the right root and with one that has not signed the server's
# certificate. LOAD is a command to run meanwhile, given the port and the root, or ''; LOAD_HANDSHAKES in the
# environment is the number of connections that it makes. FOLDER has what certificates.sh made, and may be written.
# Prints what each client came to, and what the server said and how it ended. Exit status 1: the server did not start.
set -u
[ $# -ge 3 ] || {
    echo "usage: sh session.sh FOLDER LOAD SERVER..." >&2
    exit 2
}
folder=$1
load=$2
shift 2
page='The private key of this server is in the vault.'

"$@" --handshakes $((4 + ${LOAD_HANDSHAKES:-0})) >"$folder/server.out" 2>"$folder/server.err" &
server=$!
until port=$(sed -n 's/^listening on [^ ]*:\([0-9]*\) .*/\1/p' "$folder/server.out") && [ -n "$port" ]; do
    if ! kill -0 $server 2>/dev/null; then
        wait $server
        echo "server: not started, status $?"
        cat "$folder/server.err"
        exit 1
    fi
    sleep 0.1
done

# told CLIENT STATUS: what it came to, and whether it has the page.
told() {
    if grep -q "^$page" "$folder/client.out"; then
        echo "$1: status $2, the page is there"
    else
        echo "$1: status $2, no page; $(grep -o 'verify error.*\|SSL certificate problem.*' "$folder/client.err" | head -n 1)"
    fi
}

try_s_client() {
    printf 'GET / HTTP/1.0\r\n\r\n' | openssl s_client -quiet -connect "127.0.0.1:$port" -servername localhost \
        -verify_hostname localhost -verify_return_error -CAfile "$2" >"$folder/client.out" 2>"$folder/client.err"
    told "openssl s_client, $1" $?
}

try_curl() {
    curl --silent --show-error --max-time 120 --noproxy '*' --resolve "localhost:$port:127.0.0.1" --cacert "$2" \
        "https://localhost:$port/" >"$folder/client.out" 2>"$folder/client.err"
    told "curl, $1" $?
}

try_s_client 'the right root' "$folder/ca.pem"
try_curl 'the right root' "$folder/ca.pem"
# shellcheck disable=SC2086 # a command and its options
[ -z "$load" ] || $load "$port" "$folder/ca.pem" "$LOAD_HANDSHAKES" 4
try_s_client 'another root' "$folder/other-ca.pem"
try_curl 'another root' "$folder/other-ca.pem"
wait $server
status=$?
sed "s/^/server: /; s/:$port /:PORT /" "$folder/server.out"
echo "server: exit status $status"
