# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# bash completion for mpk-rewrite. Needs nothing but bash.

_mpk_rewrite() {
    local current=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD - 1]}
    local options='--banned --bind --diff --dry-run --help --json --output --quiet --usage --version'
    COMPREPLY=()
    # bash splits --option=value at the equals sign.
    if [[ $current == = ]]; then
        current=
    elif [[ $previous == = ]]; then
        previous=${COMP_WORDS[COMP_CWORD - 2]}
    fi
    if [[ $previous == --banned ]]; then
        mapfile -t COMPREPLY < <(compgen -W 'eperm trap' -- "$current")
    elif [[ $current == -* ]]; then
        mapfile -t COMPREPLY < <(compgen -W "$options" -- "$current")
    else
        mapfile -t COMPREPLY < <(compgen -f -- "$current")
    fi
}
complete -o filenames -F _mpk_rewrite mpk-rewrite
