#!/bin/sh
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# certificates.sh FOLDER ALGORITHM OPTION: a root, an intermediate and a server's certificate for "localhost", with
# openssl. ALGORITHM and OPTION are the server's key's, as `openssl genpkey` knows them: RSA rsa_keygen_bits:2048, or
# EC ec_paramgen_curve:P-256. Makes in FOLDER: server.key, chain.pem (server and intermediate), ca.pem (the root),
# other-ca.pem (a root that has signed nothing).
set -eu
[ $# -eq 3 ] || {
    echo "usage: sh certificates.sh FOLDER ALGORITHM OPTION" >&2
    exit 2
}
cd "$1"

new_key() {
    openssl genpkey -algorithm "$2" -pkeyopt "$3" -out "$1" 2>/dev/null
}

root() {
    new_key "$1.key" EC ec_paramgen_curve:P-256
    openssl req -x509 -new -key "$1.key" -subj "/CN=$2" -days 2 -out "$1.pem" \
        -addext basicConstraints=critical,CA:TRUE -addext keyUsage=critical,keyCertSign
}

# signed NAME SUBJECT BY EXTENSION...
signed() {
    name=$1 subject=$2 by=$3
    shift 3
    printf '%s\n' "$@" >extensions
    openssl req -new -key "$name.key" -subj "/CN=$subject" -out request
    openssl x509 -req -in request -CA "$by.pem" -CAkey "$by.key" -CAcreateserial -days 2 -extfile extensions \
        -out "$name.pem" 2>/dev/null
}

root ca 'MPKGate example root'
root other-ca 'Some other root'
new_key intermediate.key EC ec_paramgen_curve:P-256
signed intermediate 'MPKGate example intermediate' ca basicConstraints=critical,CA:TRUE,pathlen:0 \
    keyUsage=critical,keyCertSign
new_key server.key "$2" "$3"
signed server localhost intermediate subjectAltName=DNS:localhost basicConstraints=CA:FALSE \
    keyUsage=critical,digitalSignature extendedKeyUsage=serverAuth
cat server.pem intermediate.pem >chain.pem
rm -f request extensions ./*.srl
