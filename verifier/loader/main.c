// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// mpk-run: verifies a program and its libraries, writes the launch plan, and executes the program; the
// runtime (libmpkgate.so) seals it. An ordinary program of one thread (the parent of --store has a second
// one): everything it needs it learns from the options.
#include "copy.h"
#include "descriptors.h"
#include "die.h"
#include "doctor.h"
#include "environment.h"
#include "files.h"
#include "filter.h"
#include "keeper.h"
#include "key-policy.h"
#include "keys.h"
#include "locate.h"
#include "machine.h"
#include "options.h"
#include "passphrase.h"
#include "plan-build.h"
#include "process.h"
#include "store-key.h"
#include "vault.h"
#include "wait.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/sendfile.h>
#include <unistd.h>

#define COMPAT_NAME "libmpkgate-compat.so"
#define RUNTIME_NAME "libmpkgate.so"

// The first Landlock versions that restrict truncate(2), and whom a process may signal.
enum { TRUNCATE_LANDLOCK = 3, SIGNAL_LANDLOCK = 6 };

// What the program must not get at.
struct secrets {
    struct keys keys;
    const struct keeper *keeper; // NULL: no store
    struct store_key store_key;
};

static void announce_test_options(const struct options *options) {
    if (options->no_verify)
        fprintf(stderr, "mpk-run: INSECURE TEST BUILD: the client's files are not judged\n");
    if (options->any_runtime)
        fprintf(stderr, "mpk-run: INSECURE TEST BUILD: the runtime is not judged\n");
    if (options->lean_gate)
        fprintf(stderr, "mpk-run: INSECURE TEST BUILD: the lean gate, whatever the vault image is\n");
    if (options->no_landlock)
        fprintf(stderr, "mpk-run: INSECURE TEST BUILD: files are not restricted\n");
    if (options->simulate)
        fprintf(stderr, "mpk-run: INSECURE TEST BUILD: nothing protects the keys: wrpkru is left out\n");
    if (options->no_seccomp)
        fprintf(stderr, "mpk-run: INSECURE TEST BUILD: every system call is allowed\n");
}

static void add_main(struct process *process, const struct options *options) {
    const char *name = options->program[0];
    int file = options->self >= 0 ? options->self : open_program(name);
    char *path = real_path(file, name);
    process_add(process, MPKGATE_OBJECT_MAIN, name, path, file, PROCESS_MAIN);
    free(path);
}

static void add_own(struct process *process, enum mpkgate_object_kind kind, const char *name) {
    char *path = installed_file(name);
    process_add(process, kind, name, path, open_trusted(path), PROCESS_MAIN);
    free(path);
}

static void find_files(struct process *process, const struct options *options) {
    process->library_path = getenv("LD_LIBRARY_PATH");
    add_main(process, options);
    add_own(process, MPKGATE_OBJECT_CLIENT, COMPAT_NAME);
    add_own(process, MPKGATE_OBJECT_RUNTIME, RUNTIME_NAME);
    resolve_closure(process, options->preload.value, options->preload.count);
}

// A program without gates runs as any other does, the vault being there and its gates without callers: the
// seal is one and the same.
static void check_imports(const struct imports *imports, const struct process *process,
                          const struct keys *keys, const struct options *options) {
    if (imports->count != 0)
        return;
    const char *path = process->object[PROCESS_MAIN].path;
    if (!options->no_vault_needed)
        die(MPK_RUN_REFUSED,
            "compile the program with clang -fpass-plugin=MPKGate.so and include the vault's header, so that "
            "its calls go through the gates; bind one that is there as a binary alone by mpk-rewrite --bind; "
            "or run it without, with --no-vault-needed",
            "%s: no gated call: neither the program nor its libraries call the vault", path);
    if (options->store != NULL)
        die(MPK_RUN_REFUSED, "leave out --store: without a gated call no key can be used",
            "%s: no gated call: the store %s would be of no use", path, options->store);
    if (keys->count != 0)
        die(MPK_RUN_REFUSED, "leave out --key: without a gated call no key can be used",
            "%s: no gated call: key %s would be of no use", path, keys->key[0].name);
}

// The folder, and each file by itself: one may be mounted elsewhere, too.
static void guard_store(struct guards *guards, const struct secrets *secrets) {
    if (secrets->keeper == NULL)
        return;
    const struct store *store = &secrets->keeper->store;
    guards_add(guards, GUARD_SECRET, store->path, "the store");
    for (size_t i = 0; i < store->count; i++) {
        char name[STORE_NAME_MAX];
        store_name(name, store->uid[i]);
        char *path = format_string("%s/%s", store->path, name);
        guards_add(guards, GUARD_SECRET, path, "a file of the store");
        free(path);
    }
    if (secrets->store_key.path != NULL)
        guards_add(guards, GUARD_SECRET, secrets->store_key.path, "the store key");
}

static void guard_files(struct guards *guards, const struct process *process, const struct vaults *vaults,
                        const struct secrets *secrets) {
    const struct keys *keys = &secrets->keys;
    guard_store(guards, secrets);
    for (size_t i = 0; i < keys->count; i++) {
        char *what = format_string("the file of key %s", keys->key[i].name);
        guards_add(guards, GUARD_SECRET, keys->key[i].path, what);
        free(what);
        if (keys->key[i].passphrase_path != NULL) {
            what = format_string("the pass phrase of key %s", keys->key[i].name);
            guards_add(guards, GUARD_SECRET, keys->key[i].passphrase_path, what);
            free(what);
        }
    }
    char *self = own_path();
    guards_add(guards, GUARD_TRUSTED, self, "mpk-run");
    free(self);
    for (uint32_t i = 0; i < vaults->count; i++)
        guards_add(guards, GUARD_TRUSTED, vaults->vault[i].path, "the vault image");
    guards_add(guards, GUARD_TRUSTED, process->object[PROCESS_COMPAT].path, COMPAT_NAME);
    guards_add(guards, GUARD_TRUSTED, process->object[PROCESS_RUNTIME].path, RUNTIME_NAME);
    for (size_t i = 0; i < process->count; i++) {
        const struct object *object = &process->object[i];
        if (object->kind == MPKGATE_OBJECT_SYSTEM || object->kind == MPKGATE_OBJECT_LD_SO)
            guards_add(guards, GUARD_SYSTEM, object->path, "a system library");
    }
    guards_add_mounts(guards);
}

// A program that forks may signal its children, where Landlock keeps it from signalling anybody else.
static bool signals_are_own(const struct options *options) {
    return options->allow_fork && !options->no_landlock && landlock_version() >= SIGNAL_LANDLOCK;
}

static int restrict_files(const struct options *options, const struct process *process,
                          const struct vaults *vaults, const struct secrets *secrets) {
    if (options->no_landlock)
        return landlock_build_empty();
    struct guards guards = {0};
    guard_files(&guards, process, vaults, secrets);
    struct grants grants = {options->read.value, options->read.count, options->write.value,
                            options->write.count, signals_are_own(options)};
    int rule_set = landlock_build(&grants, &guards);
    landlock_prove(rule_set, &guards);
    return rule_set;
}

static struct filter_policy make_policy(const struct options *options) {
    return (struct filter_policy){.process = getpid(),
                                  .allow_truncate = landlock_version() >= TRUNCATE_LANDLOCK,
                                  .allow_fork = options->allow_fork,
                                  .allow_signals = signals_are_own(options)};
}

static struct filter make_filter(const struct options *options) {
    const struct filter_policy policy = make_policy(options);
    if (!options->no_seccomp)
        return filter_build(&policy);
    struct filter filter = {allocate(sizeof(struct sock_filter)), 1};
    filter.program[0] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, 0x7fff0000 /* SECCOMP_RET_ALLOW */);
    return filter;
}

static void survive_exec(int fd) {
    if (fd >= 0 && fcntl(fd, F_SETFD, 0) != 0)
        die_errno(MPK_RUN_FAILED, NULL, "cannot pass a descriptor on");
}

static void pass_descriptors(const struct process *process, const struct secrets *secrets, int rule_set,
                             int plan) {
    int keep[MPKGATE_PLAN_OBJECTS_MAX + 2 * MPKGATE_KEYS_MAX + 4];
    const struct keys *keys = &secrets->keys;
    size_t count = 0;
    for (size_t i = 0; i < process->count; i++) {
        if (process->object[i].copy >= 0)
            keep[count++] = process->object[i].copy;
    }
    for (size_t i = 0; i < keys->count; i++) {
        survive_exec(keys->key[i].fd);
        keep[count++] = keys->key[i].fd;
        if (keys->key[i].passphrase >= 0) {
            survive_exec(keys->key[i].passphrase);
            keep[count++] = keys->key[i].passphrase;
        }
    }
    if (secrets->keeper != NULL) {
        survive_exec(secrets->keeper->mailbox_fd);
        survive_exec(secrets->store_key.fd);
        keep[count++] = secrets->keeper->mailbox_fd;
        keep[count++] = secrets->store_key.fd;
    }
    survive_exec(rule_set);
    if (rule_set >= 0)
        keep[count++] = rule_set;
    keep[count++] = plan;
    descriptors_keep(keep, count);
}

// Whose each key is.
static void assign_keys(struct keys *keys, const struct vaults *vaults) {
    for (size_t i = 0; i < keys->count; i++) {
        struct key *key = &keys->key[i];
        if (key->vault == NULL)
            continue;
        char *what = format_string("--key %s:%s", key->vault, key->name);
        key->vault_number = vaults_find(vaults, key->vault, what);
        free(what);
    }
}

static uint64_t key_memory(const struct keys *keys, uint32_t vault_count) {
    uint64_t bytes = 0;
    for (uint32_t i = 0; i < vault_count; i++)
        bytes += plan_key_memory(keys, i);
    return bytes;
}

#ifdef MPKGATE_TEST_BUILD
_Noreturn static void copy_plan(int plan, const char *path) {
    int file = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    off_t size = lseek(plan, 0, SEEK_END), offset = 0;
    while (file >= 0 && offset < size && sendfile(file, plan, &offset, (size_t)(size - offset)) > 0)
        ;
    exit(offset == size ? EXIT_SUCCESS : MPK_RUN_FAILED);
}
#endif

_Noreturn static void launch(const struct options *options, const struct keeper *keeper) {
    static struct process process;
    static struct secrets secrets;
    struct keys *keys = &secrets.keys;
    static struct vaults vaults;
    struct imports imports = {0};
    announce_test_options(options);
    for (size_t i = 0; i < options->key.count; i++)
        keys_add(keys, options->key.value[i]);
    if (options->key_policy != NULL)
        key_policy_apply(keys, options->key_policy);
    for (size_t i = 0; i < options->key_passphrase.count; i++)
        passphrase_add(keys, options->key_passphrase.value[i]);
    secrets.keeper = keeper;
    if (keeper != NULL)
        store_key_open(&secrets.store_key, options->store_key);
    descriptors_check_standard(keys);
    find_files(&process, options);
    judge_process(&process, &(struct judging){.clients = !options->no_verify,
                                              .any_runtime = options->any_runtime,
                                              .rewrites = !options->no_rewrite});
    vaults_open(&vaults, options->vault.value, options->vault.count);
    assign_keys(keys, &vaults);
    for (size_t i = 0; i < options->gate.count; i++)
        vaults_set_gate(&vaults, options->gate.value[i]);
    bool is_lean = true;
    for (uint32_t i = 0; i < vaults.count; i++) {
        vaults.vault[i].is_lean = vaults.vault[i].is_lean || options->lean_gate;
        is_lean = is_lean && vaults.vault[i].is_lean;
    }
    imports_resolve(&imports, &process, &vaults);
    check_imports(&imports, &process, keys, options);
    int rule_set = restrict_files(options, &process, &vaults, &secrets);
    struct plan_parts parts = {.process = &process,
                               .vaults = &vaults,
                               .imports = &imports,
                               .keys = keys,
                               .keeper = keeper,
                               .store_key = &secrets.store_key,
                               .filter = make_filter(options),
                               .landlock = rule_set,
                               .vault_heap = options->vault_memory,
                               .boot_flags = options->allow_key_export ? MPKGATE_BOOT_ALLOW_EXPORT : 0,
                               .simulate = options->simulate};
    int plan = plan_write(&parts);
#ifdef MPKGATE_TEST_BUILD
    if (options->plan_only != NULL)
        copy_plan(plan, options->plan_only);
#endif
    const struct machine_needs needs = {.protection_keys = !options->simulate,
                                        .fsgsbase = !is_lean,
                                        .accept_meltdown = options->accept_meltdown,
                                        .key_memory = key_memory(keys, vaults.count)};
    machine_check(&needs);
    pass_descriptors(&process, &secrets, rule_set, plan);
    fexecve(process.object[PROCESS_MAIN].copy, options->program,
            environment_build(environ, &process, plan, options->explain_denials));
    die_errno(MPK_RUN_REFUSED, NULL, "cannot execute %s", process.object[PROCESS_MAIN].path);
}

int main(int argc, char **argv) {
    struct options options;
    descriptors_fill_standard();
    if (getauxval(AT_SECURE) != 0) // with borrowed rights, the user's options would be an attack on them
        die(MPK_RUN_FAILED, "chmod ug-s mpk-run; setcap -r mpk-run",
            "mpk-run is set-user-ID or has capabilities");
    options_parse(&options, argc, argv);
    if (options.dump_filter) {
        const struct filter_policy policy = make_policy(&options);
        filter_print(&policy);
        return EXIT_SUCCESS;
    }
    if (options.doctor)
        return doctor(options.accept_meltdown) ? EXIT_SUCCESS : EXIT_FAILURE;
    static struct keeper keeper;
    bool has_store = options.store != NULL;
    if (has_store)
        keeper_open(&keeper, options.store, options.store_key);
    if (options.wait)
        wait_for_child(has_store ? &keeper : NULL);
    launch(&options, has_store ? &keeper : NULL);
}
