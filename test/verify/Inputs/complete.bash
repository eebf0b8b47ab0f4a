# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# complete.bash COMPLETION MPK-VERIFY: what bash would offer at the end of some command lines.
source "$1" || exit 1
verify=$2

try() {
    local label=$1
    shift
    COMP_WORDS=("$verify" "$@")
    COMP_CWORD=$#
    _mpk_verify
    # bash sorts what it shows.
    echo "$label: $(printf '%s\n' "${COMPREPLY[@]}" | sort | paste -sd ' ')"
}
complete -p mpk-verify | grep -q -- '-F _mpk_verify mpk-verify' || exit 1
try options --s
try policy -p ma
try 'policy behind =' --policy = sy
try 'all behind =' --color =
try rules --explain MPK00
try files --json f
try list @fi
try output -o fi
