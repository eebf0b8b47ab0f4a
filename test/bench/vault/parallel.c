// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// parallel [SECONDS]: how operations with independent keys share the vault: ECDSA P-256 signatures and
// AES-GCM of 1 KiB a second by 1, 2 and 4 threads, each with a key of its own, and as ratios to one thread.
// With as many CPUs as threads, and no lock held while PSA computes, the ratio is near the number of threads;
// under one lock it would be 1.
#include <psa/crypto.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "make_key.h"

#define THREADS_MAX 4

static atomic_bool stop;

static psa_key_id_t make(psa_key_type_t type, size_t bits, psa_key_usage_t usage, psa_algorithm_t algorithm) {
    psa_key_id_t key;

    if (make_key(type, bits, usage, algorithm, &key) != PSA_SUCCESS)
        exit(1);
    return key;
}

static void *sign(void *count) {
    const psa_algorithm_t algorithm = PSA_ALG_ECDSA(PSA_ALG_SHA_256);
    psa_key_id_t key =
        make(PSA_KEY_TYPE_ECC_KEY_PAIR(PSA_ECC_FAMILY_SECP_R1), 256, PSA_KEY_USAGE_SIGN_HASH, algorithm);
    static const uint8_t hash[32] = {1};
    uint8_t signature[64];
    size_t length;

    while (!stop &&
           psa_sign_hash(key, algorithm, hash, 32, signature, sizeof signature, &length) == PSA_SUCCESS)
        ++*(unsigned long *)count;
    psa_destroy_key(key);
    return NULL;
}

static void *encrypt(void *count) {
    psa_key_id_t key = make(PSA_KEY_TYPE_AES, 128, PSA_KEY_USAGE_ENCRYPT, PSA_ALG_GCM);
    static const uint8_t nonce[12], text[1024];
    uint8_t output[1024 + 16];
    size_t length;

    while (!stop && psa_aead_encrypt(key, PSA_ALG_GCM, nonce, 12, NULL, 0, text, sizeof text, output,
                                     sizeof output, &length) == PSA_SUCCESS)
        ++*(unsigned long *)count;
    psa_destroy_key(key);
    return NULL;
}

static double rate(void *(*work)(void *), int threads, unsigned seconds) {
    static struct {
        _Alignas(128) unsigned long count;
    } done[THREADS_MAX];
    pthread_t thread[THREADS_MAX];
    double sum = 0;

    stop = false;
    for (int i = 0; i < threads; i++) {
        done[i].count = 0;
        if (pthread_create(&thread[i], NULL, work, &done[i].count) != 0)
            exit(1);
    }
    sleep(seconds);
    stop = true;
    for (int i = 0; i < threads; i++) {
        pthread_join(thread[i], NULL);
        sum += (double)done[i].count;
    }
    return sum / seconds;
}

int main(int argc, char **argv) {
    unsigned seconds = argc > 1 ? (unsigned)strtoul(argv[1], NULL, 10) : 2;
    static const struct {
        const char *name;
        void *(*work)(void *);
    } operation[] = {{"ECDSA P-256 signatures", sign}, {"AES-GCM of 1 KiB", encrypt}};

    if (psa_crypto_init() != PSA_SUCCESS || seconds == 0)
        return 2;
    for (int o = 0; o < 2; o++) {
        double one = rate(operation[o].work, 1, seconds);

        for (int threads = 1; threads <= THREADS_MAX; threads *= 2) {
            double now = threads == 1 ? one : rate(operation[o].work, threads, seconds);
            printf("%-24s %d threads %12.0f/s  ratio %.2f\n", operation[o].name, threads, now, now / one);
        }
    }
    return 0;
}
