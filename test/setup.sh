#!/bin/sh
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# Installs what MPKGate needs, by Debian package name, and only what is missing. As root, or through sudo.
#   sh test/setup.sh          for build and tests (the virtual machine included)
#   sh test/setup.sh demo     for build and demo: the virtual machine only where the CPU has no protection keys
set -eu

build='cmake ninja-build pkg-config python3 gcc g++ libc6-dev clang-19 llvm-19-dev llvm-19-tools lld-19 libelf-dev libdw-dev
    libzydis-dev libseccomp-dev libmbedtls-dev dpkg-dev patch libjansson-dev libcmocka-dev zlib1g-dev libzstd-dev libxml2-dev
    openssl file binutils util-linux'
vm='qemu-system-x86 qemu-system-common xz-utils zstd lz4 util-linux'
tests='libclang-rt-19-dev clang-format-19 clang-tidy-19 python3-psutil libbz2-dev liblzma-dev
    afl++ clang-14 libclang-rt-14-dev
    clang-22 llvm-22-dev llvm-22-tools lld-22 libclang-rt-22-dev
    python3-cryptography-vectors abigail-tools python3-jsonschema zsh mandoc libc6-dbg libdebuginfod1
    gdb libnettle8 nettle-dev curl haproxy nginx-light memcached stunnel4 redis-server sqlite3 perl lua5.4'
# test/sarif/install.sh wants npm, wherever it comes from.
command -v npm >/dev/null || tests="$tests npm"

here=$(dirname "$0")
case ${1-tests} in
tests) wanted="$build $vm $tests" ;;
demo)
    wanted=$build
    # As test/vm/pkuvm has-pku, which needs python3.
    grep -qw ospke /proc/cpuinfo || wanted="$wanted $vm"
    ;;
*)
    echo "usage: sh test/setup.sh [demo]" >&2
    exit 2
    ;;
esac

if ! grep -q '^ID=debian' /etc/os-release || ! command -v apt-get >/dev/null; then
    echo "setup: this is not Debian; install by hand what the variables in $here/setup.sh name" >&2
    exit 1
fi

missing=
for package in $wanted; do
    state=$(dpkg-query -W -f='${db:Status-Status}' "$package" 2>/dev/null || true)
    [ "$state" = installed ] || missing="$missing $package"
done
if [ -z "$missing" ]; then
    echo "setup: all packages are installed"
    exit 0
fi

as_root=
if [ "$(id -u)" -ne 0 ]; then
    if ! command -v sudo >/dev/null; then
        echo "setup: missing:$missing" >&2
        echo "setup: neither root nor sudo: install them as root, then try again" >&2
        exit 1
    fi
    as_root='sudo env'
fi

install() {
    # Word splitting is wanted: lists of packages.
    # shellcheck disable=SC2086
    $as_root ${as_root:+DEBIAN_FRONTEND=noninteractive RUNLEVEL=1} apt-get -q -o DPkg::Lock::Timeout=300 install -y \
        --no-install-recommends $missing
}

# RUNLEVEL: of the servers that are installed for test/real, none is to be started.
export DEBIAN_FRONTEND=noninteractive RUNLEVEL=1
echo "setup: installing:$missing"
if ! install; then
    echo "setup: updating the package lists and trying again"
    # shellcheck disable=SC2086
    $as_root apt-get -q -o DPkg::Lock::Timeout=300 update
    install
fi
