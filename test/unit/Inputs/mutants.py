# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# mutants.py SOURCE-TREE FOLDER: builds vault-copy-test and vault-string-end-test once as they are and once without each of the
# checks below, and prints which tests fail then. Exit 1 if a check's absence goes unnoticed.
#
# Not here, because no test can tell: dispatch.c's mask of the index, which holds on mispredicted paths only, and copy.c's check
# of a string's start, which that of each byte repeats after memory has been taken.
import os
import re
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

# What is taken away, the file, the text there (exactly once), and what stands in its place.
MUTANTS = [
    ("a pointer below LIMIT or above the end", "copy.c",
     "return address & vault_mask_below(address - MPKGATE_LIMIT, MPKGATE_CLIENT_END - MPKGATE_LIMIT) &", "return address &"),
    ("a pointer below LIMIT", "copy.c",
     "vault_mask_below(address - MPKGATE_LIMIT, MPKGATE_CLIENT_END - MPKGATE_LIMIT)",
     "vault_mask_below(address, MPKGATE_CLIENT_END)"),
    ("a buffer that leaves client memory", "copy.c",
     "vault_mask_below(size, MPKGATE_CLIENT_END - address + 1)", "UINT64_MAX"),
    ("a buffer that leaves it by one byte", "copy.c",
     "vault_mask_below(size, MPKGATE_CLIENT_END - address + 1)", "vault_mask_below(size, MPKGATE_CLIENT_END - address + 2)"),
    ("a buffer whose end wraps", "copy.c",
     "vault_mask_below(size, MPKGATE_CLIENT_END - address + 1)", "vault_mask_below(address + size, MPKGATE_CLIENT_END + 1)"),
    ("a length whose product wraps", "copy.c",
     "if (__builtin_mul_overflow(count, (uint64_t)argument->unit, &size)) {",
     "size = count * argument->unit;\nif (count == UINT64_C(1) << 63 && argument->unit == 0) {"),
    ("NULL with a length", "copy.c", "if (address == 0) {\n        return MPKGATE_BAD_LENGTH;\n    }", ""),
    ("the range of a buffer", "copy.c", "copy->outside = client_range(address, size);", "copy->outside = address;"),
    ("the address that was checked is the one that is read", "copy.c",
     "    copy->outside = client_range(address, size); // A40, A21\n",
     "    copy->outside = client_range(address, size) != 0 ? address ^ 1 : 0;\n"),
    ("each byte of a string", "copy.c", "client_range(copy->outside + i, 1);", "copy->outside + i;"),
    ("the end of a string", "copy.c", "    return MPKGATE_BAD_LENGTH;\n}", "    return MPKGATE_CALLED;\n}"),
    ("the end of the heap", "copy.c",
     "status = size != 0 && memory == NULL ? MPKGATE_NO_MEMORY", "status = record == NULL ? MPKGATE_NO_MEMORY"),
    ("no client pointer stays in the block", "copy.c",
     "    memcpy(block + argument->pointer, &copy->inside, sizeof(copy->inside));\n",
     "    if (copy->size != 0) {\n        memcpy(block + argument->pointer, &copy->inside, sizeof(copy->inside));\n    }\n"),
    ("the range of the block", "copy.c", "block = client_range(block, record->block_size);", ""),
    ("the block is read once", "copy.c",
     "memcpy((void *)copies[i].outside, copies[i].inside,",
     "memcpy((void *)field((const unsigned char *)block, arguments[i].pointer, 8), copies[i].inside,"),
    ("the range of a request's buffer", "copy.c",
     "callback->buffer = client_range(request.buffer, request.buffer_size);", "callback->buffer = request.buffer;"),
    ("a request's buffer of no bytes", "copy.c",
     "callback->buffer == 0 || callback->buffer_size == 0", "callback->buffer == 0"),
    ("more than a request asked for", "callback.c", "result > (int64_t)size ? INT64_MIN : result", "result"),
    ("more in a request than its buffer holds", "callback.c",
     "size < callback->buffer_size ? size : callback->buffer_size", "callback->buffer_size == 0 ? 0 : size"),
    ("nothing is put out of a call that was given up", "copy.c", "        return given_up;\n", ""),
    ("the answer to a call that was given up is not read", "callback.c",
     "    waiting_end();\n    if (*callback->given_up != 0) {\n        return INT64_MIN;\n    }\n", "    waiting_end();\n"),
    ("a reader of a call that was given up", "callback.c",
     "    if (*callback->given_up != 0) {\n        return INT64_MIN;\n    }\n    int64_t result = ask(", "    int64_t result = ask("),
    ("a writer of a call that was given up", "callback.c",
     "    if (*callback->given_up != 0) {\n        return INT64_MIN;\n    }\n    uint64_t count", "    uint64_t count"),
    ("more elements than there is room for", "copy.c", "die_unless(bytes <= copies[i].size);", ""),
    ("elements whose product wraps", "copy.c",
     "die_unless(!__builtin_mul_overflow(elements, (uint64_t)arguments[i].unit, &bytes));",
     "bytes = elements * arguments[i].unit;"),
    ("the elements' own count", "copy.c", "if (arguments[i].used == MPKGATE_NO_OFFSET) {", "if (count != 0) {"),
    ("the record's own bounds", "copy.c", "    check_record(record, arguments);", "    (void)check_record;"),
    ("the wiping of the copies", "copy.c", "        heap_free(memory);", "        "),
    ("nothing is put out of a refused call", "copy.c",
     "    if (status != MPKGATE_CALLED) {\n        return status;\n    }\n    call(inside);", "    call(inside);"),
    ("an index outside the table", "dispatch.c", "if (index >= count) {", "if (count == 0) {"),
    ("the classes' own tables", "dispatch.c",
     "return enter(MPKGATE_CLASS_MANAGE, FIND(manage, index), block);", "return enter(MPKGATE_CLASS_MANAGE, FIND(crypto, index), block);"),
]
MUTATED = ["copy.c", "callback.c", "dispatch.c"]
REST = ["libvault/heap.c", "libvault/lock.c", "libvault/machine.S", "libvault/waiting.c", "libvault/wipe.c", "test/vault/support.c"]
# A program's name, its own source, what of MUTATED it has, and its flags.
PROGRAMS = [("copy", "copy_test.c", MUTATED, []),
            ("string-end", "string_end_test.c", ["copy.c", "callback.c"], ["-include", "test/vault/lower_end.h"])]
FLAGS = ["-std=c17", "-O1", "-g0", "-D_GNU_SOURCE", "-fno-strict-aliasing", "-ftrivial-auto-var-init=zero", "-Ilibvault",
         "-Ilibvault/include", "-Illvm-pass/include", "-Iverifier/runtime", "-Itest/vault"]


class Builder:
    def __init__(self, source, folder):
        self.source, self.folder = source, folder
        self.rest = [self.compile(path, os.path.basename(path), []) for path in REST]
        self.whole = {}
        for program, test, parts, flags in PROGRAMS:
            self.whole[program] = {part: self.compile(f"libvault/{part}", f"{program}-{part}", flags) for part in parts}
            self.whole[program][test] = self.compile(f"test/vault/{test}", f"{program}-{test}", flags)

    def compile(self, path, name, flags):
        target = f"{self.folder}/{name}.o"
        subprocess.run(["clang", *FLAGS, *(flags if path.endswith(".c") else []), "-c", path, "-o", target], check=True,
                       cwd=self.source)
        return target

    def failures(self, name, objects):
        """Builds, runs, and returns the names of the tests that failed."""
        program = f"{self.folder}/{name}"
        subprocess.run(["clang", *self.rest, *objects, "-lcmocka", "-o", program], check=True)
        try:
            run = subprocess.run([program], stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=30,
                                 errors="replace", check=False)
        except subprocess.TimeoutExpired:
            return ["comes to no end"]
        failed = re.findall(r"^\[  FAILED  \] (?:[\w' ]+: )?(\w+)$", run.stdout + run.stderr, re.MULTILINE)
        if run.returncode != 0 and not failed:
            failed = [f"ends with status {run.returncode}"]
        return list(dict.fromkeys(failed))

    def unchanged(self):
        return [test for program, objects in self.whole.items() for test in self.failures(program, objects.values())]

    def mutant(self, number):
        _, name, old, new = MUTANTS[number]
        with open(f"{self.source}/libvault/{name}") as file:
            text = file.read()
        if text.count(old) != 1:
            raise ValueError(f"{name} has this {text.count(old)} times, not once: {old}")
        path = f"{self.folder}/mutant{number}.c"
        with open(path, "w") as file:
            file.write(text.replace(old, new))
        for program, _, parts, flags in PROGRAMS:
            if name not in parts:
                continue
            mutated = self.compile(path, f"{program}{number}", flags)
            failed = self.failures(f"{program}{number}", [mutated, *(o for n, o in self.whole[program].items() if n != name)])
            if failed:
                return failed
        return []


def main(source, folder):
    builder = Builder(source, folder)
    print("as it is:", " ".join(builder.unchanged()) or "all pass")
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        results = list(pool.map(builder.mutant, range(len(MUTANTS))))
    for (what, *_), failed in zip(MUTANTS, results):
        print(f"{what}:", " ".join(failed) or "NOT NOTICED")
    noticed = sum(failed != [] for failed in results)
    print(f"{len(MUTANTS)} checks, {noticed} noticed")
    return noticed != len(MUTANTS)


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
