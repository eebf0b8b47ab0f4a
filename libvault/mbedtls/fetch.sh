#!/bin/sh
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# fetch.sh FOLDER: puts Mbed TLS, as the distribution's source package has it at the version of the installed libmbedtls-dev,
# into FOLDER/mbedtls-VERSION and prints that path. A tree of that version that is there already is taken as it is, without the
# network. As root or as any user; nothing of the system's apt is changed. apt checks the archive's signature.
set -eu

die() {
    echo "fetch.sh: $1" >&2
    shift
    for line in "$@"; do
        echo "hint: $line" >&2
    done
    exit 1
}

own_tree='or unpack the source package yourself and configure with -DMPKGATE_MBEDTLS_SOURCE=FOLDER'
[ $# -eq 1 ] || die 'usage: fetch.sh FOLDER'
for tool in apt-get dpkg-source dpkg-parsechangelog; do
    command -v $tool >/dev/null || die "$tool is missing" 'run: sh test/setup.sh' "$own_tree"
done

query=$(dpkg-query -W -f='${db:Status-Status} ${source:Package} ${source:Version}\n' libmbedtls-dev 2>/dev/null | head -n 1)
case $query in
'installed mbedtls 2.28.'*) version=${query##* } ;;
'installed '*) die "libmbedtls-dev is of ${query#installed }, not of mbedtls 2.28" 'MPKGate needs Debian 12' "$own_tree" ;;
*) die 'libmbedtls-dev is not installed' 'run: sh test/setup.sh' ;;
esac

mkdir -p "$1"
folder=$(cd "$1" && pwd)
tree=$folder/mbedtls-${version%-*}
if [ -e "$tree" ]; then
    found=$(dpkg-parsechangelog -l "$tree/debian/changelog" -S Version 2>/dev/null || true)
    [ "$found" = "$version" ] || die "$tree is mbedtls '$found', not $version" "remove it: it is fetched again"
    echo "$tree"
    exit 0
fi

scratch=$(mktemp -d "$folder/mbedtls-fetch.XXXXXX")
trap 'rm -rf "$scratch"' EXIT
mkdir -p "$scratch/lists/partial" "$scratch/cache/archives/partial"

# The archives that have libmbedtls-dev, by apt's names for their indices; without package lists (as in container images),
# every one that is configured.
apt-cache policy libmbedtls-dev | sed -n 's/^ *[0-9][0-9]* \([a-z+]*:.* Packages\)$/\1/p' >"$scratch/origins"
# deb and deb822 entries alike, as apt itself reads them; one paragraph an index.
apt-get indextargets 'Created-By: Packages' | awk -v origins="$scratch/origins" '
    function value(name,    i) {
        for (i = 1; i <= NF; i++)
            if (index($i, name ": ") == 1)
                return substr($i, length(name) + 3)
        return ""
    }
    BEGIN {
        RS = ""; FS = "\n"
        all = 1
        while ((getline paragraph < origins) > 0) {
            count = split(paragraph, line, "\n")
            for (i = 1; i <= count; i++)
                wanted[line[i]] = 1
            all = 0
        }
    }
    all || (value("Description") in wanted) {
        entry = value("Sourcesentry"); sub(/:[0-9]*$/, "", entry)
        print value("Repo-URI"), value("Release"), value("Component"), entry
    }' | sort -u >"$scratch/indices"
# The key that an archive must be signed with, if its entry names a file: apt does not tell.
while read -r uri release component entry; do
    key=$(awk -v uri="${uri%/}" -v deb822="${entry##*.}" '
        BEGIN { if (deb822 == "sources") RS = "" }
        index($0, uri) && match($0, /[Ss]igned-[Bb]y[:=] *\/[^] \n\t]*/) {
            key = substr($0, RSTART, RLENGTH); sub(/^[^\/]*/, "", key); print key; exit
        }' "$entry")
    echo "deb-src ${key:+[signed-by=$key] }$uri $release $component"
done <"$scratch/indices" >"$scratch/sources.list"
[ -s "$scratch/sources.list" ] || die 'apt knows no archive that has libmbedtls-dev' "$own_tree"

private_apt() {
    (cd "$scratch" && apt-get -q -o Dir::Etc::sourcelist="$scratch/sources.list" -o Dir::Etc::sourceparts=- \
        -o Dir::State::Lists="$scratch/lists" -o Dir::Cache="$scratch/cache" -o APT::Sandbox::User=root -o Acquire::Retries=2 \
        -o Acquire::http::Timeout=30 -o Acquire::https::Timeout=30 "$@") >>"$scratch/log" 2>&1
}
private_apt update -o APT::Update::Error-Mode=any && private_apt source --download-only "mbedtls=$version" || {
    cat "$scratch/log" >&2
    die "the source package mbedtls $version cannot be fetched" 'is the network there, and does the archive still have this version (apt-get update; apt-get upgrade)?' "$own_tree"
}
dpkg-source --no-check -x "$scratch"/mbedtls_*.dsc "$scratch/tree" >>"$scratch/log" 2>&1 || {
    cat "$scratch/log" >&2
    die "the source package mbedtls $version cannot be unpacked"
}
mv "$scratch/tree" "$tree"
echo "$tree"
