#!/bin/sh
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# run.sh TARGET SECONDS [libfuzzer|afl]: builds a fuzz target (elf, scan, ...) and fuzzes for so long, beginning with the
# corpus of the tree and the seeds that yaml2obj, seeds/rewrite.py or seeds/vault.py makes. The last line is
#     TARGET (FUZZER): N executions, N edges covered, N inputs in the corpus, N crashes
# Crashes are whatever ends a run: crash, broken property, leak, hang (10 s; the vault's 60 s), more than 2 GiB. Status 0 if there is none.
# Crashing inputs and the grown corpus stay in build/fuzz/TARGET-FUZZER; see minimise.sh.
#   --built BUILD-FOLDER in front: build nothing.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
build=$here/../../build
built=
if [ "${1-}" = --built ]; then
    build=$2
    built=yes
    shift 2
fi
if [ $# -lt 2 ] || [ $# -gt 3 ]; then
    echo "usage: run.sh [--built BUILD-FOLDER] TARGET SECONDS [libfuzzer|afl]" >&2
    exit 2
fi
target=$1
seconds=$2
fuzzer=${3-libfuzzer}
case $fuzzer in
libfuzzer) program=fuzz-$target ;;
afl) program=afl-$target ;;
*)
    echo "run.sh: unknown fuzzer '$fuzzer'; it is libfuzzer or afl" >&2
    exit 2
    ;;
esac
[ -n "$built" ] || cmake --build "$build" --target "$program" >&2
work=$(cd "$build" && pwd)/fuzz/$target-$fuzzer
rm -rf "$work"
mkdir -p "$work/corpus" "$work/start" "$work/found"

# What the fuzzing begins with.
cp "$here/corpus/$target"/* "$work/start"
case $target in
scan) ;; # whose inputs are no files
vault) python3 "$here/seeds/vault.py" "$build/bin/fuzz-vault" "$work/start" ;;
*)
    [ "$target" != rewrite ] || python3 "$here/seeds/rewrite.py" "$work/start"
    for seed in "$here"/seeds/*.yaml; do
        /usr/lib/llvm-19/bin/yaml2obj "$seed" -o "$work/start/seed-$(basename "$seed" .yaml)"
    done
    ;;
esac

# say EXECUTIONS EDGES INPUTS CRASHES: the last line, and the status.
say() {
    echo "$target ($fuzzer): $1 executions, $2 edges covered, $3 inputs in the corpus, $4 crashes"
    [ "$4" -eq 0 ]
}

# A hang is 10 s; a program of calls with the largest curves takes half of that on an idle machine.
hang=10
[ "$target" != vault ] || hang=60

run_libfuzzer() {
    export ASAN_OPTIONS=detect_leaks=1:allocator_may_return_null=0:abort_on_error=0:handle_abort=1
    export UBSAN_OPTIONS=print_stacktrace=1
    status=0
    # Replays every starting input, then mutates.
    "$build/bin/$program" -max_total_time="$seconds" -timeout="$hang" -rss_limit_mb=2048 -max_len=16384 -use_value_profile=1 \
        -print_final_stats=1 -artifact_prefix="$work/found/" "$work/corpus" "$work/start" >"$work/log" 2>&1 || status=$?
    executions=$(sed -n 's/^stat::number_of_executed_units: *//p' "$work/log")
    edges=$(sed -n 's/.* cov: \([0-9]*\) .*/\1/p' "$work/log" | tail -n 1)
    crashes=$(find "$work/found" -type f | wc -l)
    if [ "$status" -ne 0 ]; then
        # The report, not the progress in front of it.
        grep -v '^#[0-9]' "$work/log" | tail -n 60
        [ "$crashes" -ne 0 ] || crashes=1
    fi
    say "${executions:-0}" "${edges:-0}" "$(find "$work/corpus" -type f | wc -l)" "$crashes"
}

run_afl() {
    # No governor, no core pattern and no terminal of the machine's need be changed for this.
    export AFL_SKIP_CPUFREQ=1 AFL_I_DONT_CARE_ABOUT_MISSING_CRASHES=1 AFL_NO_UI=1 AFL_NO_AFFINITY=1
    status=0
    afl-fuzz -V "$seconds" -t 10000 -m none -i "$work/start" -o "$work/afl" -- "$build/bin/$program" \
        >"$work/log" 2>&1 || status=$?
    stats=$work/afl/default/fuzzer_stats
    if [ "$status" -ne 0 ] || [ ! -f "$stats" ]; then
        tail -n 40 "$work/log"
        say 0 0 0 1
        return
    fi
    value() { sed -n "s/^$1 *: *//p" "$stats"; }
    find "$work/afl/default/crashes" "$work/afl/default/hangs" -type f -name 'id*' -exec cp {} "$work/found" \;
    find "$work/afl/default/queue" -type f -name 'id*' -exec cp {} "$work/corpus" \;
    say "$(value execs_done)" "$(value edges_found)" "$(value corpus_count)" \
        "$(($(value saved_crashes) + $(value saved_hangs)))"
}

"run_$fuzzer"
