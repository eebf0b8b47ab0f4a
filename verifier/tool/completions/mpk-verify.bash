# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# bash completion for mpk-verify. Needs nothing but bash.

_mpk_verify() {
    local current=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD - 1]}
    local options='--beside --color --exit-zero --explain --help --jobs --json --ld-so --list-rules --no-progress --null
        --output --policy --quiet --sarif --summary --usage --version --werror'
    COMPREPLY=()
    # bash splits --option=value at the equals sign.
    if [[ $current == = ]]; then
        current=
    elif [[ $previous == = ]]; then
        previous=${COMP_WORDS[COMP_CWORD - 2]}
    fi
    case $previous in
    --policy | -p)
        mapfile -t COMPREPLY < <(compgen -W 'auto client library main runtime system vault' -- "$current")
        return
        ;;
    --color)
        mapfile -t COMPREPLY < <(compgen -W 'always auto never' -- "$current")
        return
        ;;
    --explain)
        # The rules that this mpk-verify has.
        mapfile -t COMPREPLY < <(compgen -W "all $("${COMP_WORDS[0]}" --list-rules 2>/dev/null | sed -n 's/^\(MPK[0-9]*\): .*/\1/p')" -- "$current")
        return
        ;;
    --jobs | -j)
        return
        ;;
    esac
    if [[ $current == -* ]]; then
        mapfile -t COMPREPLY < <(compgen -W "$options" -- "$current")
    elif [[ $current == @* ]]; then
        mapfile -t COMPREPLY < <(compgen -P @ -f -- "${current#@}")
    else
        mapfile -t COMPREPLY < <(compgen -f -- "$current")
    fi
}
complete -o filenames -F _mpk_verify mpk-verify
