#!/bin/sh
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# demo.sh [BUILD WORK [RUNNER...]]: TLS servers whose private key lies in the vault, RSA and ECDSA: openssl and curl
# talk to them; then libevil is in the process and goes for the key while it serves, and the same where the vault is
# an ordinary library, where it must get it. With what is built in BUILD (default: build), files in WORK (an empty
# folder that the machine may write), and what needs protection keys after RUNNER (default: on this CPU, or in the
# virtual machine). Exit status 1 if anything was not as it must be. $KINDS: which of the two ("RSA ECDSA");
# $LOAD: connections of tls-load besides (100).
set -eu
root=$(cd "$(dirname "$0")/../.." && pwd)
here=$root/examples/tls-server
# shellcheck source=examples/common/machine.sh
. "$root/examples/common/machine.sh"
LOAD_HANDSHAKES=${LOAD-100}
export LOAD_HANDSHAKES
failures=0

# session SERVER...: in $folder, its output shown and kept.
session() {
    # shellcheck disable=SC2086 # a command and its options
    $runner sh "$here/session.sh" "$folder" "$build/bin/tls-load" "$@" >"$folder/session" 2>&1 || true
    sed 's/^/   /' "$folder/session"
}

# must LINE...: each is a line of the session, by its beginning.
must() {
    for line; do
        if ! grep -q "^$line" "$folder/session"; then
            echo "   !! NOT AS IT MUST BE: no line \"$line\""
            failures=$((failures + 1))
        fi
    done
}

must_serve() {
    must 'openssl s_client, the right root: status 0, the page is there' \
        'curl, the right root: status 0, the page is there' "$LOAD_HANDSHAKES handshakes, 0 failed" \
        'openssl s_client, another root: status 1, no page; verify error' \
        'curl, another root: status 60, no page; SSL certificate problem' \
        "server: handshakes: $((LOAD_HANDSHAKES + 2)) done, 2 failed"
}

show() {
    folder=$work/$1
    mkdir "$folder"
    sh "$here/certificates.sh" "$folder" "$2" "$3"
    key=$folder/server.key
    # Who serves may be another user, in the virtual machine.
    chmod 644 "$key"
    chmod 777 "$folder"
    python3 "$here/needles.py" "$key" >"$folder/needles"
    name=$1
    set -- --cert "$folder/chain.pem" --needles "$folder/needles"

    echo "== $name: tls-server, its key in the vault"
    session "$build/bin/mpk-run" --quiet --key "tls=$key" -- "$build/bin/tls-server" "$@"
    must_serve
    must 'server: key: 0 of [0-9]* parts found in at least 1 MiB' 'server: exit status 0'

    echo "== $name: tls-server-evil: libevil goes for the key while it serves"
    session "$build/bin/mpk-run" --quiet --vault "$build/lib/vault-test.so" --key "tls=$key" -- \
        "$build/bin/tls-server-evil" "$@" --key-file "$key"
    must_serve
    must 'server: attacks: 0 kinds succeeded' 'server: key: 0 of [0-9]* parts found in at least 1 MiB' \
        'server: exit status 0'

    echo "== $name: the same where the vault is an ordinary library"
    session env "VAULT_KEYS=tls=$key" "$build/bin/tls-server-evil-unprotected" "$@" --key-file "$key"
    must_serve
    must 'server: attack memory-search: .* succeeded 1 times' 'server: attacks: 10 kinds succeeded' \
        'server: exit status 3'
}
for kind in ${KINDS-RSA ECDSA}; do
    case $kind in
    RSA) show RSA RSA rsa_keygen_bits:2048 ;;
    ECDSA) show ECDSA EC ec_paramgen_curve:P-256 ;;
    *)
        echo "demo.sh: KINDS: RSA or ECDSA, not $kind" >&2
        exit 2
        ;;
    esac
done

if [ $failures -ne 0 ]; then
    echo "$failures thing(s) above are not as they must be."
    exit 1
fi
