// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The hostile library: one function an attack, named after its number in the attack catalogue. Each function
// is ordinary code of a process that would like to have the key; it is told where the key lies, so that no
// attack fails for want of an address. Not thread-safe: one attack a process.
#ifndef EVIL_H
#define EVIL_H

#include <stddef.h>
#include <stdint.h>

// What an attack is told. All of it stays the caller's.
struct evil_target {
    unsigned char *key;   // key material
    size_t key_size;      // bytes
    uint32_t id;          // the vault's identifier of the key
    const char *key_file; // path of the file that the key came from, or NULL: not known
    // Trusted code that opens the key for a while, and where it lies; NULL and 0: not known.
    void (*call_trusted)(void);
    const void *trusted;
    size_t trusted_size; // bytes
    // The code that opens and closes: the gates, or what a plain user of protection keys has instead.
    const unsigned char *gate;
    size_t gate_size; // bytes
    uint32_t closed;  // PKRU outside of it
    int is_sealed;    // the vault is below LIMIT, behind gates
};

// What an attack returns, and what evil-main exits with. An attack that the kernel ends returns nothing at
// all.
enum evil_outcome {
    EVIL_SUCCEEDED = 0, // and evil_succeeded() or evil_got() said how
    EVIL_FAILED = 1,    // and evil_failed() said why
    EVIL_CANNOT = 2,    // the attack could not even be tried; never a pass
};

#define EVIL_ATTACKS(X)                                                                                      \
    X(read_key, "read-key")                                                                                  \
    X(write_key, "write-key")                                                                                \
    X(key_file, "a52-key-file")                                                                              \
    X(pkey_set, "a01-pkey-set")                                                                              \
    X(ld_so_xrstor, "a03-ld-so-xrstor")                                                                      \
    X(gate_bytes, "a04-gate-bytes")                                                                          \
    X(single_step, "a04b-single-step")                                                                       \
    X(sigreturn, "a05-sigreturn")                                                                            \
    X(signal_handler, "a06-signal-handler")                                                                  \
    X(signal_frame, "a07-signal-frame")                                                                      \
    X(frame_at_rsp, "a07-frame-at-rsp")                                                                      \
    X(frame_nested, "a07-frame-nested")                                                                      \
    X(frame_new_thread, "a07-frame-new-thread")                                                              \
    X(failed_frame, "a08-failed-frame")                                                                      \
    X(rseq, "a09-rseq")                                                                                      \
    X(timer, "a09b-timer")                                                                                   \
    X(syscall_dispatch, "a09c-syscall-dispatch")                                                             \
    X(process_vm_readv, "a10-process-vm-readv")                                                              \
    X(process_vm_writev, "a10-process-vm-writev")                                                            \
    X(proc_mem_read, "a11-proc-mem-read")                                                                    \
    X(proc_mem_write, "a11-proc-mem-write")                                                                  \
    X(proc_mem_names, "a11-proc-mem-names")                                                                  \
    X(ptrace_fork, "a12-ptrace-fork")                                                                        \
    X(traceme, "a12-traceme")                                                                                \
    X(prctl_mm_map, "a13-prctl-mm-map")                                                                      \
    X(prctl_mm_brk, "a13-prctl-mm-brk")                                                                      \
    X(io_uring, "a14-io-uring")                                                                              \
    X(armed_send, "a14-armed-send")                                                                          \
    X(armed_receive, "a14-armed-receive")                                                                    \
    X(write_syscall, "a15-write-syscall")                                                                    \
    X(read_syscall, "a15-read-syscall")                                                                      \
    X(vmsplice, "a15-vmsplice")                                                                              \
    X(aio, "a15-aio")                                                                                        \
    X(zero_copy, "a15-zero-copy")                                                                            \
    X(userfaultfd, "a16-userfaultfd")                                                                        \
    X(dev_userfaultfd, "a16-dev-userfaultfd")                                                                \
    X(perf, "a16b-perf")                                                                                     \
    X(core_dump, "a16c-core-dump")                                                                           \
    X(device, "a16d-device")                                                                                 \
    X(mprotect, "a17-mprotect")                                                                              \
    X(pkey_mprotect, "a18-pkey-mprotect")                                                                    \
    X(pkey_free, "a18-pkey-free")                                                                            \
    X(munmap, "a19-munmap")                                                                                  \
    X(mmap_fixed, "a19-mmap-fixed")                                                                          \
    X(madvise, "a19-madvise")                                                                                \
    X(mremap, "a19-mremap")                                                                                  \
    X(shmat_remap, "a19-shmat-remap")                                                                        \
    X(map_32bit, "a20-map-32bit")                                                                            \
    X(map_hint, "a20-map-hint")                                                                              \
    X(map_growsdown, "a20-map-growsdown")                                                                    \
    X(map_exhaust, "a20-map-exhaust")                                                                        \
    X(tagged_address, "a21-tagged-address")                                                                  \
    X(clear_child_tid, "a22-clear-child-tid")                                                                \
    X(clone_child_tid, "a22-clone-child-tid")                                                                \
    X(robust_list, "a22-robust-list")                                                                        \
    X(sibling_killed, "a22-sibling-killed")                                                                  \
    X(kill_thread, "a22-kill-thread")                                                                        \
    X(mmap_exec, "a23-mmap-exec")                                                                            \
    X(mprotect_exec, "a23-mprotect-exec")                                                                    \
    X(shmat_exec, "a23-shmat-exec")                                                                          \
    X(personality, "a23-personality")                                                                        \
    X(memfd_exec, "a23-memfd-exec")                                                                          \
    X(map_vdso, "a23-map-vdso")                                                                              \
    X(dontneed_unpatch, "a24-dontneed-unpatch")                                                              \
    X(mremap_code, "a25-mremap-code")                                                                        \
    X(dlopen, "a28-dlopen")                                                                                  \
    X(clone_vm, "a29-clone-vm")                                                                              \
    X(vfork, "a29-vfork")                                                                                    \
    X(clone3, "a29-clone3")                                                                                  \
    X(fork, "a30-fork")                                                                                      \
    X(fork_parent, "a30-fork-parent")                                                                        \
    X(fork_gate, "a30-fork-gate")                                                                            \
    X(fork_dofork, "a30-fork-dofork")                                                                        \
    X(exec, "a30-exec")                                                                                      \
    X(seccomp, "a31-seccomp")                                                                                \
    X(prctl_seccomp, "a31-prctl-seccomp")                                                                    \
    X(dumpable, "a32-dumpable")                                                                              \
    X(setuid, "a32-setuid")                                                                                  \
    X(vsyscall, "a34-vsyscall")                                                                              \
    X(mremap_vdso, "a35-mremap-vdso")                                                                        \
    X(int80_mprotect, "a36-int80-mprotect")                                                                  \
    X(x32, "a36-x32")                                                                                        \
    X(far_jump_to_32bit, "a36-far-jump")                                                                     \
    X(change_during_call, "a39-change-during-call")                                                          \
    X(random_into_key, "a40-random-into-key")                                                                \
    X(encrypt_the_key, "a40-encrypt-the-key")                                                                \
    X(every_place, "a40-every-place")                                                                        \
    X(poisoned_state, "a41-poisoned-state")                                                                  \
    X(registers, "a42-registers")                                                                            \
    X(munlock, "a44-munlock")                                                                                \
    X(page_out, "a44-page-out")                                                                              \
    X(pagemap, "a49-pagemap")                                                                                \
    X(memory_merge, "a49-memory-merge")                                                                      \
    X(truncate, "a52-truncate")                                                                              \
    X(mount_proc, "a52-mount-proc")                                                                          \
    X(mknod, "a52-mknod")

#define EVIL_DECLARE(function, name) int evil_##function(const struct evil_target *target);
EVIL_ATTACKS(EVIL_DECLARE)
#undef EVIL_DECLARE

// Runs the attack `name`. Prints `attack NAME starts` before and one line with the result after.
// Returns enum evil_outcome, or EVIL_CANNOT with a message for an unknown name.
int evil_attack(const char *name, const struct evil_target *target);
// Prints the names, one a line.
void evil_list(void);
// For attacks in a loop: only those that succeed are told of.
void evil_be_quiet(void);

// --- for the attacks ---
// Names the attack that the following reports are about, and prints that it starts.
void evil_begin(const char *name);
// The attack has these bytes of the key. Prints them, since a count proves nothing.
int evil_got(const struct evil_target *target, const void *bytes, const char *by);
// The attack had another effect that it was after.
int evil_succeeded(const char *format, ...) __attribute__((format(printf, 1, 2)));
// `what` failed with errno.
int evil_failed(const char *what);
// It failed, and errno does not tell why.
int evil_failed_because(const char *format, ...) __attribute__((format(printf, 1, 2)));
int evil_cannot(const char *what);
// Copies the key's bytes to `copy`, EVIL_KEY_MAX bytes, in a way that does not look at PKRU, to find out
// whether an attack has changed them. Returns 0, or -1 with errno: refused, as in a sealed process.
int evil_peek(const struct evil_target *target, void *copy);
// Whether the byte at `address` can be read with this thread's PKRU, by the kernel, which says EFAULT where
// the thread would die: 1 or 0. -1 if there is no pipe to try it with.
int evil_kernel_reads(const void *address);
// libc's pkey_set, or NULL.
void *evil_find_pkey_set(void);

// The most that an attack copies, bytes.
#define EVIL_KEY_MAX 64

#endif
