// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// tls-load PORT CA HANDSHAKES THREADS: so many connections to examples/tls-server on this machine, each with
// a whole handshake, a certificate that is verified for "localhost", a request, and a page that is looked at.
// Prints `N handshakes, F failed, R per second`. Exit status 0 if none failed.
#include <mbedtls/ctr_drbg.h>
#include <mbedtls/entropy.h>
#include <mbedtls/net_sockets.h>
#include <mbedtls/ssl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define THREADS_MAX 64
#define PAGE_MAX 4096
#define TIMEOUT 120000 // ms; emulated machines are slow

static const char request[] = "GET / HTTP/1.0\r\n\r\n";
static const char expected[] = "The private key of this server is in the vault.\n";

static const char *port;
static mbedtls_x509_crt authorities;
static atomic_long left;
static atomic_long right;

struct client {
    pthread_t thread;
    mbedtls_entropy_context entropy;
    mbedtls_ctr_drbg_context random;
    mbedtls_ssl_config config;
};

static int prepare(struct client *client) {
    int error;

    mbedtls_entropy_init(&client->entropy);
    mbedtls_ctr_drbg_init(&client->random);
    mbedtls_ssl_config_init(&client->config);
    error = mbedtls_ctr_drbg_seed(&client->random, mbedtls_entropy_func, &client->entropy, NULL, 0);
    if (error == 0)
        error = mbedtls_ssl_config_defaults(&client->config, MBEDTLS_SSL_IS_CLIENT,
                                            MBEDTLS_SSL_TRANSPORT_STREAM, MBEDTLS_SSL_PRESET_DEFAULT);
    mbedtls_ssl_conf_rng(&client->config, mbedtls_ctr_drbg_random, &client->random);
    mbedtls_ssl_conf_authmode(&client->config, MBEDTLS_SSL_VERIFY_REQUIRED);
    mbedtls_ssl_conf_ca_chain(&client->config, &authorities, NULL);
    mbedtls_ssl_conf_read_timeout(&client->config, TIMEOUT);
    return error;
}

static int send_request(mbedtls_ssl_context *ssl) {
    return mbedtls_ssl_write(ssl, (const unsigned char *)request, sizeof request - 1) ==
           (int)sizeof request - 1;
}

// Until the server says that this was all; a connection that merely ends is not enough.
static int is_page_right(mbedtls_ssl_context *ssl) {
    char page[PAGE_MAX + 1] = {0};
    size_t size = 0;

    while (size < PAGE_MAX) {
        int got = mbedtls_ssl_read(ssl, (unsigned char *)page + size, PAGE_MAX - size);

        if (got == MBEDTLS_ERR_SSL_PEER_CLOSE_NOTIFY)
            return strncmp(page, "HTTP/1.0 200 ", 13) == 0 && strstr(page, expected) != NULL;
        if (got <= 0)
            return 0;
        size += (size_t)got;
    }
    return 0;
}

static int ask_once(struct client *client) {
    mbedtls_net_context connection;
    mbedtls_ssl_context ssl;
    int is_right;

    mbedtls_net_init(&connection);
    mbedtls_ssl_init(&ssl);
    is_right = mbedtls_net_connect(&connection, "127.0.0.1", port, MBEDTLS_NET_PROTO_TCP) == 0 &&
               mbedtls_ssl_setup(&ssl, &client->config) == 0 &&
               mbedtls_ssl_set_hostname(&ssl, "localhost") == 0;
    mbedtls_ssl_set_bio(&ssl, &connection, mbedtls_net_send, mbedtls_net_recv, mbedtls_net_recv_timeout);
    is_right = is_right && mbedtls_ssl_handshake(&ssl) == 0 && send_request(&ssl) && is_page_right(&ssl);
    mbedtls_ssl_free(&ssl);
    mbedtls_net_free(&connection);
    return is_right;
}

static void *ask(void *argument) {
    struct client *client = argument;

    if (prepare(client) == 0) {
        while (atomic_fetch_sub(&left, 1) > 0)
            atomic_fetch_add(&right, ask_once(client));
    }
    mbedtls_ssl_config_free(&client->config);
    mbedtls_ctr_drbg_free(&client->random);
    mbedtls_entropy_free(&client->entropy);
    return NULL;
}

static double now(void) {
    struct timespec time;

    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

int main(int argc, char **argv) {
    static struct client clients[THREADS_MAX];
    long handshakes = argc == 5 ? strtol(argv[3], NULL, 10) : 0;
    long threads = argc == 5 ? strtol(argv[4], NULL, 10) : 0;
    long started = 0;
    double start;

    if (handshakes < 1 || threads < 1 || threads > THREADS_MAX) {
        fputs("usage: tls-load PORT CA HANDSHAKES THREADS\n", stderr);
        return 2;
    }
    port = argv[1];
    mbedtls_x509_crt_init(&authorities);
    if (mbedtls_x509_crt_parse_file(&authorities, argv[2]) != 0) {
        fprintf(stderr, "tls-load: %s has no certificates\n", argv[2]);
        return 2;
    }
    left = handshakes;
    start = now();
    while (started < threads && pthread_create(&clients[started].thread, NULL, ask, &clients[started]) == 0)
        started++;
    for (long i = 0; i < started; i++)
        pthread_join(clients[i].thread, NULL);
    printf("%ld handshakes, %ld failed, %.1f per second\n", handshakes, handshakes - right,
           (double)handshakes / (now() - start));
    mbedtls_x509_crt_free(&authorities);
    return handshakes == right ? 0 : 1;
}
