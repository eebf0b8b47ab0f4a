# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The lit suite.

How to write a test
  * One property a file. The file's name and first comment state it. Suffixes .test .c .ll .s .py, with RUN: lines (bash,
    pipefail); what tests share goes into a folder Inputs/, which lit does not enter. In a folder with a CMakeLists.txt, C
    files are CMake's (unit tests), not lit's.
  * test/pass, test/verify, test/rewrite, test/unit, test/vm-driver run once, on the host; test/vm-guest in virtual
    machines only. Every other folder (attack, seal, leak, soak) runs once per configuration: kernels 6.12 and 6.1, as
    root and as user 1000, and natively where the CPU has PKU; those of DIAGONAL_DIRS on 6.12 as root and on 6.1 as
    user 1000.
  * Compile on the host, and put %pku before the command that needs protection keys, as the last thing before it:

        // RUN: clang -O2 -fpass-plugin=%pass %s -L%lib -lmpkgate -o %t
        // RUN: %pku %mpk-run -- %t > %t.out
        // RUN: %pku not --crash ...            (wrong: not(1) would see pkuvm's status, not a crash)
        // RUN: not %pku %t 2>&1 | FileCheck %s (right: any failure but 126 and 127, which not(1) refuses)
        // RUN: %pku sh -c '%t; test $? = 139'  (right: exactly SIGSEGV)

    %pku passes standard input, output and error and the exit status; 128+n for signal n. Redirections are the host's;
    `%pku sh -c '...'` has them in the machine. Environment: `env NAME=VALUE %pku COMMAND` arrives in the machine.
  * %t (and its folder) is for what the host makes: the machine reads it, and sees changes at once, but cannot write
    it. %scratch is a fresh folder of this test that host and machine, as any user, can write. Elsewhere the machine's
    writes vanish, and host files made after the machine's boot may be invisible: never use /tmp between the two.
  * `%pku dmesg` shows the machine's kernel log ("segfault at ... error 25"), also to users; natively only where allowed.

Substitutions: %pku %scratch, %mpk-run %mpk-verify %mpk-rewrite (build/bin), %pass (MPKGate.so), %vault (the vault image), %bin %lib
(build/bin, build/lib), %include (mpkgate.h's folder), %src_root, %build_root, %pkuvm, %inputs (the folder Inputs beside
the test), %kernel (6.12, 6.1 or native), %user (0 or 1000). LLVM 19's tools (clang, FileCheck, not, opt, llvm-objdump,
yaml2obj, split-file, ...) come first in PATH.

Features, for REQUIRES: pku-native (commands run on this CPU) or vm (they do not), kernel-6.12, kernel-6.1, root, user. A test that does not
apply says so by REQUIRES: it counts as skipped and the reason is printed. XFAIL counts as failed: there are none.

Parameters: --param suite=host|pku, --param kernel=6.12|6.1|native, --param user=0|1000. Without them: everything,
natively if the CPU has PKU, else on 6.12, as the calling user."""

import os
import subprocess
import sys

sys.path.insert(0, os.path.join(config.mpk_source_dir, "test"))
sys.dont_write_bytecode = True
from scratch_format import ScratchShTest  # noqa: E402

# What looks at the kernel or at the user, never at both together: each kernel and each user once.
DIAGONAL_DIRS = {"compat", "examples", "leak", "loader", "psa-suite", "seal", "soak", "store", "ulk", "vault", "vectors", "vm-self", "vm-guest"}
LEFT_OUT = {("6.12", "1000"), ("6.1", "0")}
HOST_DIRS = {"pass", "verify", "rewrite", "unit", "vm-driver"}
NO_TESTS = {"Inputs", "vm", "bench", "fuzz", "sarif", "CMakeLists.txt"}
TEST_TIMEOUT = 600  # seconds

pkuvm = os.path.join(config.mpk_source_dir, "test/vm/pkuvm")
source_root = os.path.join(config.mpk_source_dir, "test")
suite = lit_config.params.get("suite", "all")
kernel = lit_config.params.get("kernel")
user = lit_config.params.get("user", str(os.getuid()))
if kernel is None:
    kernel = "native" if subprocess.run([pkuvm, "has-pku"], check=False).returncode == 0 else "6.12"
if suite not in ("all", "host", "pku"):
    lit_config.fatal(f"suite={suite}: give host or pku")
configuration = suite if suite == "host" else f"{kernel}-{user}"


config.name = f"MPKGate [{configuration}]"
config.suffixes = [".test", ".c", ".ll", ".s", ".py"]
config.test_source_root = source_root
# Configurations may run side by side.
config.test_exec_root = os.path.join(config.mpk_test_build_dir, "out", configuration)
scratch_root = os.path.join(config.mpk_test_build_dir, "scratch", configuration)
os.makedirs(scratch_root, exist_ok=True)
config.test_format = ScratchShTest(scratch_root)
lit_config.maxIndividualTestTime = TEST_TIMEOUT

here = {name for name in os.listdir(source_root) if os.path.isdir(os.path.join(source_root, name))}
chosen = {"all": here, "host": HOST_DIRS, "pku": here - HOST_DIRS}[suite]
chosen -= DIAGONAL_DIRS if (kernel, user) in LEFT_OUT else set()
chosen -= {"vm-guest"} if kernel == "native" else set()
config.excludes = sorted(NO_TESTS | (here - chosen) | {"lit.cfg.py", "scratch_format.py", "tally.py", "attacks-table.py"})

run = [pkuvm, "run", "--user", user, "--timeout", str(TEST_TIMEOUT - 60), "--scratch", scratch_root,
       "--share", config.mpk_build_dir]
run += [] if kernel == "native" else ["--kernel", kernel]
config.substitutions += [
    (r"%pkuvm\b", pkuvm),
    (r"%vminit\b", config.mpk_vminit),
    (r"%pku\b", " ".join([*run, "--"])),
    (r"%mpk-run\b", os.path.join(config.mpk_bin_dir, "mpk-run")),
    (r"%mpk-verify\b", os.path.join(config.mpk_bin_dir, "mpk-verify")),
    (r"%mpk-rewrite\b", os.path.join(config.mpk_bin_dir, "mpk-rewrite")),
    (r"%pass\b", os.path.join(config.mpk_lib_dir, "MPKGate.so")),
    (r"%vault\b", os.path.join(config.mpk_lib_dir, "vault.so")),
    (r"%bin\b", config.mpk_bin_dir),
    (r"%lib\b", config.mpk_lib_dir),
    (r"%include\b", os.path.join(config.mpk_source_dir, "llvm-pass/include")),
    (r"%src_root\b", config.mpk_source_dir),
    (r"%build_root\b", config.mpk_build_dir),
    (r"%kernel\b", kernel),
    (r"%user\b", user),
]

config.available_features.add("root" if user == "0" else "user")
config.available_features |= {"pku-native"} if kernel == "native" else {"vm", f"kernel-{kernel}"}

# Nothing of the caller's PATH: a test must not depend on it, and user 1000 may not be let into its folders.
config.environment["PATH"] = f"{config.mpk_llvm_tools_dir}:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
config.environment["LC_ALL"] = "C.UTF-8"
config.environment["PKUVM_INIT"] = config.mpk_vminit
for name in ("HOME", "XDG_CACHE_HOME", "PKUVM_CACHE", "PKUVM_DIR"):
    if name in os.environ:
        config.environment[name] = os.environ[name]
