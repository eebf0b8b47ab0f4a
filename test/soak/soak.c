// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// soak [CALLS [THREADS]]: so many calls of the vault from each of so many threads, while signals come,
// mappings come and go, and threads start and end. Every result is checked, no call may be lost, and memory
// may not grow. Exit status 0 and the last line `ok`, or 1 and what went wrong.
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>
#include <vault.h>

#define THREADS 8
#define THREADS_MAX 48 // fewer than the vault's stacks: a call that finds none is an error
#define SHORT_LIFE 10  // calls of a thread that ends soon
#define CRYPTO_EVERY 64
#define MAP_EVERY 16
#define GROWTH_MAX 2048 // KiB, in the second half: what the allocator needs for threads that come together

struct worker {
    pthread_t thread;
    unsigned number;
    unsigned long calls;
    unsigned long done;
};

static struct vault_key_attributes expected;
static uint32_t key;
static atomic_ulong short_lives;
static atomic_ulong short_calls;
static atomic_ulong signals;
static atomic_int failures;
static atomic_int stop;
static atomic_ulong finished;

static int failed(const char *what, long status) {
    if (atomic_fetch_add(&failures, 1) < 10) {
        printf("FAILED: %s: %ld\n", what, status);
        fflush(stdout);
    }
    return -1;
}

static int ask(void) {
    struct vault_key_attributes info;
    int32_t status;

    memset(&info, 0xff, sizeof info);
    status = vault_key_info(key, &info);
    if (status != VAULT_SUCCESS)
        return failed("vault_key_info", status);
    return memcmp(&info, &expected, sizeof info) == 0 ? 0 : failed("vault_key_info: wrong answer", 0);
}

// There and back again, with a text that no other call has. Two calls.
static int encrypt(unsigned number, unsigned long call) {
    uint8_t nonce[12] = {0};
    uint8_t text[48];
    uint8_t cipher[sizeof text + VAULT_AEAD_TAG_SIZE];
    uint8_t back[sizeof text];
    size_t size = 0;
    int32_t status;

    memcpy(nonce, &call, sizeof call);
    memcpy(nonce + 8, &number, sizeof number);
    for (size_t i = 0; i < sizeof text; i++)
        text[i] = (uint8_t)(call + 31 * i + 7 * number);
    status = vault_aead_encrypt(key, VAULT_ALG_GCM, nonce, sizeof nonce, NULL, 0, text, sizeof text, cipher,
                                sizeof cipher, &size);
    if (status != VAULT_SUCCESS || size != sizeof cipher)
        return failed("vault_aead_encrypt", status);
    status = vault_aead_decrypt(key, VAULT_ALG_GCM, nonce, sizeof nonce, NULL, 0, cipher, size, back,
                                sizeof back, &size);
    if (status != VAULT_SUCCESS || size != sizeof back)
        return failed("vault_aead_decrypt", status);
    return memcmp(text, back, sizeof text) == 0 ? 0 : failed("vault_aead_decrypt: wrong text", 0);
}

static void churn(unsigned number, unsigned long call) {
    size_t size = 4096 * (1 + (call / MAP_EVERY + number) % 16);
    char *memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    if (memory == MAP_FAILED) {
        failed("mmap", errno);
        return;
    }
    memory[0] = memory[size - 1] = 1;
    if (munmap(memory, size) != 0)
        failed("munmap", errno);
}

static void *work(void *argument) {
    struct worker *self = argument;

    while (self->done < self->calls) {
        unsigned long call = self->done;

        if (call % CRYPTO_EVERY == 0 && self->calls - call >= 2) {
            if (encrypt(self->number, call) != 0)
                break;
            self->done += 2;
        } else {
            if (ask() != 0)
                break;
            self->done++;
        }
        if (call % MAP_EVERY == 0)
            churn(self->number, call);
    }
    atomic_fetch_add(&finished, 1);
    return NULL;
}

static void *live_shortly(void *unused) {
    (void)unused;
    for (int i = 0; i < SHORT_LIFE; i++) {
        if (ask() == 0)
            atomic_fetch_add(&short_calls, 1);
    }
    return NULL;
}

static void *start_threads(void *unused) {
    struct timespec pause = {.tv_nsec = 1000000};

    (void)unused;
    while (!stop) {
        pthread_t thread;
        int error = pthread_create(&thread, NULL, live_shortly, NULL);

        if (error != 0)
            failed("pthread_create", error);
        else if (pthread_join(thread, NULL) == 0)
            atomic_fetch_add(&short_lives, 1);
        nanosleep(&pause, NULL);
    }
    return NULL;
}

// Signals that by default do nothing, to the process and to this thread.
static void *send_signals(void *unused) {
    static const int ignored[] = {SIGCHLD, SIGURG, SIGWINCH};
    struct timespec pause = {.tv_nsec = 500000};

    (void)unused;
    for (unsigned i = 0; !stop; i++) {
        if (kill(getpid(), ignored[i % 3]) != 0)
            failed("kill", errno);
        if (syscall(SYS_tgkill, getpid(), gettid(), ignored[i % 3]) != 0)
            failed("tgkill", errno);
        atomic_fetch_add(&signals, 2);
        nanosleep(&pause, NULL);
    }
    return NULL;
}

static long peak_memory(void) {
    struct rusage usage;

    getrusage(RUSAGE_SELF, &usage);
    return usage.ru_maxrss;
}

// Makes all calls. Returns how many were made by the workers.
static unsigned long run(struct worker *worker, unsigned threads, unsigned long calls) {
    pthread_t helper[2];
    unsigned long done = 0;

    stop = 0;
    if (pthread_create(&helper[0], NULL, start_threads, NULL) != 0 ||
        pthread_create(&helper[1], NULL, send_signals, NULL) != 0)
        exit(2);
    for (unsigned i = 0; i < threads; i++) {
        worker[i] = (struct worker){.number = i, .calls = calls};
        if (pthread_create(&worker[i].thread, NULL, work, &worker[i]) != 0)
            exit(2);
    }
    for (unsigned i = 0; i < threads; i++) {
        pthread_join(worker[i].thread, NULL);
        done += worker[i].done;
    }
    stop = 1;
    pthread_join(helper[0], NULL);
    pthread_join(helper[1], NULL);
    return done;
}

int main(int argc, char **argv) {
    static struct worker worker[THREADS_MAX];
    unsigned long calls = argc > 1 ? strtoul(argv[1], NULL, 10) : 2000;
    unsigned threads = argc > 2 ? (unsigned)strtoul(argv[2], NULL, 10) : THREADS;
    unsigned long done;
    long half;
    long growth;

    if (threads == 0 || threads > THREADS_MAX || vault_open_key("aes", &key) != VAULT_SUCCESS ||
        vault_key_info(key, &expected) != VAULT_SUCCESS) {
        fputs("usage: mpk-run --key aes=FILE -- soak [CALLS [THREADS (1 to 48)]]\n", stderr);
        return 2;
    }
    done = run(worker, threads, calls / 2);
    half = peak_memory();
    done += run(worker, threads, calls - calls / 2);
    growth = peak_memory() - half;
    printf("%lu calls by %u threads, %lu by %lu threads that ended, %lu signals; memory grew by %ld KiB\n",
           done, threads, atomic_load(&short_calls), atomic_load(&short_lives), atomic_load(&signals),
           growth);
    if (done != calls * threads || short_calls != short_lives * SHORT_LIFE)
        failed("calls were lost", (long)(calls * threads - done));
    if (growth > GROWTH_MAX)
        failed("memory grew, KiB", growth);
    puts(failures == 0 ? "ok" : "not ok");
    return failures != 0;
}
