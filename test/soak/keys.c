// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// keys [ROUNDS [THREADS]]: threads that make, use, copy and destroy keys of their own, use one that all share
// and that one of them destroys again and again, and run operations in parts, all through PSA at once. Every
// result is checked: right, or the error that PSA has for a key that is gone or in use. Exit status 0 and the
// last line `ok`.
#include <psa/crypto.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "make_key.h"

#define THREADS_MAX 32

static unsigned long rounds;
static _Atomic(psa_key_id_t) shared;
static atomic_int failures;
static atomic_ulong uses;
static atomic_ulong refused;

static void failed(const char *what, psa_status_t status) {
    if (atomic_fetch_add(&failures, 1) < 20)
        printf("FAILED: %s: %d\n", what, (int)status);
}

#define MAC PSA_ALG_HMAC(PSA_ALG_SHA_256)
#define MAC_USAGE (PSA_KEY_USAGE_SIGN_MESSAGE | PSA_KEY_USAGE_VERIFY_MESSAGE | PSA_KEY_USAGE_COPY)

static psa_key_id_t make_mac(void) {
    psa_key_id_t key = PSA_KEY_ID_NULL;
    psa_status_t status = make_key(PSA_KEY_TYPE_HMAC, 256, MAC_USAGE, MAC, &key);

    if (status != PSA_SUCCESS)
        failed("make", status);
    return key;
}

// A key that only this thread knows: nothing of it may fail, whatever the others do.
static void live(unsigned round) {
    uint8_t text[64];
    uint8_t mac[32];
    uint8_t hash[32];
    size_t length = 0;
    psa_key_attributes_t attributes = PSA_KEY_ATTRIBUTES_INIT;
    psa_key_id_t copy = PSA_KEY_ID_NULL;
    psa_key_id_t key = make_mac();
    psa_hash_operation_t operation = PSA_HASH_OPERATION_INIT;
    psa_status_t status;

    memset(text, (int)round, sizeof text);
    status = psa_mac_compute(key, MAC, text, sizeof text, mac, sizeof mac, &length);
    if (status != PSA_SUCCESS)
        failed("MAC", status);
    psa_set_key_usage_flags(&attributes, MAC_USAGE);
    psa_set_key_algorithm(&attributes, MAC);
    status = psa_copy_key(key, &attributes, &copy);
    if (status != PSA_SUCCESS)
        failed("copy", status);
    status = psa_destroy_key(key);
    if (status != PSA_SUCCESS)
        failed("destroy", status);
    status = psa_mac_verify(copy, MAC, text, sizeof text, mac, sizeof mac);
    if (status != PSA_SUCCESS)
        failed("verify", status);
    psa_destroy_key(copy);
    status = psa_hash_setup(&operation, PSA_ALG_SHA_256);
    for (int i = 0; i < 4 && status == PSA_SUCCESS; i++)
        status = psa_hash_update(&operation, text, 16);
    if (status == PSA_SUCCESS)
        status = psa_hash_finish(&operation, mac, sizeof mac, &length);
    if (status != PSA_SUCCESS ||
        psa_hash_compute(PSA_ALG_SHA_256, text, 64, hash, 32, &length) != PSA_SUCCESS ||
        memcmp(hash, mac, 32) != 0)
        failed("hash", status);
}

// A key that another thread takes away: each use is right or says that there is none.
static void use_shared(void) {
    static const uint8_t text[] = "text";
    uint8_t mac[32];
    size_t length = 0;
    psa_key_id_t key = atomic_load(&shared);
    psa_status_t status = psa_mac_compute(key, MAC, text, sizeof text, mac, sizeof mac, &length);

    atomic_fetch_add(&uses, 1);
    if (status == PSA_ERROR_INVALID_HANDLE)
        atomic_fetch_add(&refused, 1);
    else if (status != PSA_SUCCESS || length != 32)
        failed("shared", status);
}

// The one that takes it away: a key that somebody is using stays, and PSA says so.
static void replace_shared(void) {
    psa_key_id_t key = atomic_load(&shared);
    psa_status_t status = psa_destroy_key(key);

    if (status == PSA_SUCCESS)
        atomic_store(&shared, make_mac());
    else if (status != PSA_ERROR_GENERIC_ERROR)
        failed("destroy shared", status);
}

static void *work(void *number) {
    for (unsigned long i = 0; i < rounds; i++) {
        live((unsigned)i);
        use_shared();
        if (number == NULL)
            replace_shared();
    }
    return NULL;
}

int main(int argc, char **argv) {
    pthread_t thread[THREADS_MAX];
    unsigned long threads = argc > 2 ? strtoul(argv[2], NULL, 10) : 8;
    mbedtls_psa_stats_t stats;

    rounds = argc > 1 ? strtoul(argv[1], NULL, 10) : 200;
    if (threads > THREADS_MAX || psa_crypto_init() != PSA_SUCCESS)
        return 2;
    shared = make_mac();
    for (unsigned long i = 0; i < threads; i++) {
        if (pthread_create(&thread[i], NULL, work, (void *)i) != 0)
            return 2;
    }
    for (unsigned long i = 0; i < threads; i++)
        pthread_join(thread[i], NULL);
    psa_destroy_key(shared);
    mbedtls_psa_get_stats(&stats);
    if (stats.volatile_slots != 0 || stats.locked_slots != 0) {
        printf("FAILED: %zu keys are left, %zu in use\n", stats.volatile_slots, stats.locked_slots);
        failures++;
    }
    printf("%lu uses of the shared key, %lu when it was gone\n", uses, refused);
    puts(failures == 0 ? "ok" : "not ok");
    return failures != 0;
}
