// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The constructor of libmpkgate.so and the order of the seal. ld.so has relocated everything and calls this
// library first (DF_1_INITFIRST); no byte of client code has run.
#include <asm/unistd.h>
#include <linux/fcntl.h>
#include <linux/mman.h>
#include <linux/stat.h>

#include "report.h"
#include "seal.h"
#include "start.h"
#include "sys.h"

#define SEAL_STACK_SIZE UINT64_C(0x10000)

static void open_plan(struct seal *seal) {
    const char *text = environment_value(seal->environment, MPKGATE_PLAN_VARIABLE);
    seal->plan_fd = 0;
    for (; text != NULL && *text >= '0' && *text <= '9' && seal->plan_fd < 100000; text++)
        seal->plan_fd = seal->plan_fd * 10 + (*text - '0');
    long size = sys3(__NR_lseek, seal->plan_fd, 0, 2 /* SEEK_END */);
    long plan = sys_failed(size) ? size
                                 : mpkgate_syscall(__NR_mmap, 0, (long)PAGE_UP((uint64_t)size),
                                                   PROT_READ | PROT_WRITE, MAP_SHARED, seal->plan_fd, 0);
    if (sys_failed(plan))
        refuse("cannot read the launch plan (" MPKGATE_PLAN_VARIABLE "): start the program with mpk-run",
               NULL);
    seal->plan = (struct mpkgate_plan *)plan;
    check_plan(seal->plan, (uint64_t)size);
    const struct mpkgate_plan_vault *vault = plan_at(seal->plan, seal->plan->vaults_at);
    for (unsigned i = 0; i < seal->plan->vault_count; i++)
        seal->vault[i] =
            (struct vault){.number = i, .plan = &vault[i], .gate = &mpkgate_gate_codes[vault[i].gate]};
}

static void open_maps(struct seal *seal) {
    long fd = mpkgate_syscall(__NR_openat, AT_FDCWD, (long)"/proc/self/maps", O_RDONLY | O_CLOEXEC, 0, 0, 0);
    if (sys_failed(fd))
        refuse("cannot open /proc/self/maps: mount /proc", NULL);
    seal->maps_fd = (int)fd;
}

// What mpk-run put there for ld.so and for the seal is of no use to the program.
static void clean_environment(char **environment) {
    char **to = environment;
    for (char **from = environment; *from != NULL; from++)
        if (!string_begins(*from, "LD_PRELOAD=") && !string_begins(*from, "LD_BIND_NOW=") &&
            !string_begins(*from, MPKGATE_PLAN_VARIABLE "="))
            *to++ = *from;
    *to = NULL;
}

static void forget_plan(struct seal *seal) {
    uint64_t size = PAGE_UP(seal->plan->size);
    memset(seal->plan, 0, seal->plan->size);
    sys3(__NR_munmap, (long)seal->plan, (long)size, 0);
    sys3(__NR_close, seal->maps_fd, 0, 0);
}

static long run_seal(void *argument) {
    struct seal *seal = argument;
    open_plan(seal);
    open_maps(seal);
    check_start(seal);
    read_maps(seal);
    locate_objects(seal);

    reserve_low_range();
    replace_code(seal);
    allocate_pkeys(seal);
    for (unsigned i = 0; i < seal->plan->vault_count; i++) {
        load_vault(seal, &seal->vault[i]);
        place_gates(seal, &seal->vault[i]);
        map_boot_memory(seal, &seal->vault[i]);
    }
    place_ulk(seal);
    fill_imports(seal);

    unregister_rseq(seal);
    block_signals();
    close_descriptors(seal);
    lock_process(seal);
    check_executable_memory(seal);
    for (unsigned i = 0; i < seal->plan->vault_count; i++)
        read_keys(seal, i);
    for (unsigned i = 0; i < seal->plan->vault_count; i++)
        boot_vault(seal, i);

    clean_environment(seal->environment);
    forget_plan(seal);
    return 0;
}

// The seal's state and stack: memory of their own, gone before the program starts.
void seal_process(char **environment, const uint64_t *auxiliary) {
    const uint64_t state_size = PAGE_UP(sizeof(struct seal));
    long memory = mpkgate_syscall(__NR_mmap, 0, (long)(state_size + SEAL_STACK_SIZE), PROT_READ | PROT_WRITE,
                                  MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (sys_failed(memory))
        refuse("no memory for the seal", NULL);
    struct seal *seal = (struct seal *)memory;
    seal->environment = environment;
    seal->auxiliary = auxiliary;
    uint64_t top = (uint64_t)memory + state_size + SEAL_STACK_SIZE;
    mpkgate_call_on_stack(run_seal, seal, top);
    // The client may know where the vault lies, but need not be told.
    memset((void *)memory, 0, state_size + SEAL_STACK_SIZE);
    sys3(__NR_munmap, memory, (long)(state_size + SEAL_STACK_SIZE), 0);
}
