// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// tls-server: answers HTTPS requests with a small page. Its private key is the vault's, its TLS the
// distribution's Mbed TLS, in the client, where nobody trusts it.
//
//     mpk-run --key tls=server.key -- tls-server --cert chain.pem --port 4433 --threads 4
#include "memory_search.h"
#include "serve.h"
#include "vault_pk.h"
#ifdef TLS_SERVER_EVIL
#include "hostile.h"
#endif

#include <argp.h>
#include <arpa/inet.h>
#include <mbedtls/error.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define THREADS_MAX 64
#define STATUS_NOT_STARTED 2
#define STATUS_STOLEN 3 // part of the key is in the client's memory, or an attack succeeded
#define ADDRESS "127.0.0.1"

enum option_key { KEY_CERT = 256, KEY_PORT, KEY_THREADS, KEY_HANDSHAKES, KEY_KEY, KEY_NEEDLES, KEY_KEY_FILE };

static const struct argp_option option_table[] = {
    {"cert", KEY_CERT, "FILE", 0, "The certificate and those above it, PEM (needed)", 0},
    {"port", KEY_PORT, "N", 0, "Listen on this port of " ADDRESS " (default: any free one)", 0},
    {"threads", KEY_THREADS, "N", 0, "Serve so many connections at once (default: 4)", 0},
    {"handshakes", KEY_HANDSHAKES, "N", 0, "End after so many connections (default: never)", 0},
    {"key", KEY_KEY, "NAME", 0, "The vault's name for the private key (default: tls)", 0},
    {"needles", KEY_NEEDLES, "FILE", 0,
     "Look for these parts of the key in all of this process' memory at the end (needles.py makes them)", 0},
#ifdef TLS_SERVER_EVIL
    {"key-file", KEY_KEY_FILE, "FILE", 0, "Where the private key came from, for the attacks", 0},
#endif
    {0},
};

struct options {
    const char *cert;
    const char *key;
    const char *needles;
    const char *key_file;
    unsigned port;
    unsigned threads;
    unsigned long handshakes; // 0: no end
};

// Shared by all threads; nothing but the counters is written once they run.
static struct {
    struct options options;
    mbedtls_net_context listener;
    mbedtls_x509_crt chain;
    struct vault_pk key;
    mbedtls_pk_context pk;
    atomic_ulong taken;
    atomic_ulong done;
    atomic_ulong failed;
    atomic_ulong pages;
} server = {.options = {.key = "tls", .threads = 4}};

struct worker {
    pthread_t thread;
    struct serve_state state;
};

static unsigned long number_of(const char *text, unsigned long least, unsigned long most,
                               struct argp_state *state, const char *what) {
    char *end;
    unsigned long number = strtoul(text, &end, 10);

    if (text[0] < '0' || text[0] > '9' || *end != '\0' || number < least || number > most)
        argp_error(state, "%s: a number from %lu to %lu, not %s", what, least, most, text);
    return number;
}

static error_t parse_option(int key, char *argument, struct argp_state *state) {
    struct options *options = state->input;

    switch (key) {
    case KEY_CERT:
        options->cert = argument;
        break;
    case KEY_PORT:
        options->port = (unsigned)number_of(argument, 0, 65535, state, "--port");
        break;
    case KEY_THREADS:
        options->threads = (unsigned)number_of(argument, 1, THREADS_MAX, state, "--threads");
        break;
    case KEY_HANDSHAKES:
        options->handshakes = number_of(argument, 1, 1000000000, state, "--handshakes");
        break;
    case KEY_KEY:
        options->key = argument;
        break;
    case KEY_NEEDLES:
        options->needles = argument;
        break;
    case KEY_KEY_FILE:
        options->key_file = argument;
        break;
    case ARGP_KEY_END:
        if (options->cert == NULL)
            argp_error(state, "give the certificate: --cert FILE");
        break;
    default:
        return ARGP_ERR_UNKNOWN;
    }
    return 0;
}

static int complain(const char *what, int error) {
    char text[128];

    mbedtls_strerror(error, text, sizeof text);
    fprintf(stderr, "tls-server: %s: %s\n", what, text);
    return -1;
}

static int load_certificate(void) {
    int error = mbedtls_x509_crt_parse_file(&server.chain, server.options.cert);

    if (error != 0)
        return complain(server.options.cert, error);
    error = vault_pk_setup(&server.key, &server.pk, server.options.key);
    if (error != 0) {
        fprintf(stderr,
                "tls-server: the vault has no RSA or EC key called \"%s\" (%d): mpk-run --key %s=FILE\n",
                server.options.key, error, server.options.key);
        return -1;
    }
    if (!vault_pk_matches(&server.key, &server.chain.pk)) {
        fprintf(stderr, "tls-server: %s is not the certificate of the key \"%s\"\n", server.options.cert,
                server.options.key);
        return -1;
    }
    return 0;
}

static int listen_for_clients(void) {
    char port[8];
    struct sockaddr_in name = {0};
    socklen_t size = sizeof name;
    int error;

    snprintf(port, sizeof port, "%u", server.options.port);
    error = mbedtls_net_bind(&server.listener, ADDRESS, port, MBEDTLS_NET_PROTO_TCP);
    if (error != 0)
        return complain("cannot listen on " ADDRESS, error);
    if (getsockname(server.listener.fd, (struct sockaddr *)&name, &size) != 0) {
        perror("tls-server: getsockname");
        return -1;
    }
    printf("listening on %s:%u with %s, %u bits\n", ADDRESS, ntohs(name.sin_port),
           mbedtls_pk_get_name(&server.pk), server.key.bits);
    fflush(stdout);
    return 0;
}

// Each connection is somebody's before it is accepted, so that no thread waits for one too many.
static int may_take_one(void) {
    return atomic_fetch_add(&server.taken, 1) < server.options.handshakes || server.options.handshakes == 0;
}

static void serve_one(struct worker *worker) {
    mbedtls_net_context connection;
    int shaken = 0;
    int error;

    mbedtls_net_init(&connection);
    error = mbedtls_net_accept(&server.listener, &connection, NULL, 0, NULL);
    if (error == 0)
        error = serve_connection(&worker->state, &connection, &shaken);
    atomic_fetch_add(shaken ? &server.done : &server.failed, 1);
    if (error == 0)
        atomic_fetch_add(&server.pages, 1);
    else
        complain("a connection ended early", error);
    mbedtls_net_free(&connection);
}

static void *work(void *argument) {
    struct worker *worker = argument;

    while (may_take_one())
        serve_one(worker);
    return NULL;
}

static void serve_all(void) {
    static struct worker workers[THREADS_MAX];

    for (unsigned i = 0; i < server.options.threads; i++) {
        int error = serve_init(&workers[i].state, &server.chain, &server.pk);

        if (error == 0 && pthread_create(&workers[i].thread, NULL, work, &workers[i]) != 0)
            error = MBEDTLS_ERR_SSL_ALLOC_FAILED;
        if (error != 0) {
            complain("cannot start a thread", error);
            // The others use what main would free.
            _exit(STATUS_NOT_STARTED);
        }
    }
    for (unsigned i = 0; i < server.options.threads; i++) {
        pthread_join(workers[i].thread, NULL);
        serve_free(&workers[i].state);
    }
    printf("handshakes: %lu done, %lu failed; %lu pages sent\n", server.done, server.failed, server.pages);
}

static int look_for_the_key(void) {
    static struct memory_search search;

    if (memory_search_load(&search, server.options.needles) != 0)
        return STATUS_NOT_STARTED;
    if (memory_search_run(&search) != 0) {
        perror("tls-server: the memory cannot be searched");
        return STATUS_NOT_STARTED;
    }
    for (size_t i = 0; i < search.needles; i++) {
        if (search.needle[i].found)
            printf("found: %s\n", search.needle[i].name);
    }
    printf("key: %zu of %zu parts found in %s of the client's memory\n", search.found, search.needles,
           search.bytes >> 20 > 0 ? "at least 1 MiB" : "too little");
    return search.found > 0 ? STATUS_STOLEN : 0;
}

static int run(void) {
    int status = 0;

    if (load_certificate() != 0 || listen_for_clients() != 0)
        return STATUS_NOT_STARTED;
#ifdef TLS_SERVER_EVIL
    if (hostile_start(server.options.key, server.options.key_file, server.options.needles) != 0)
        return STATUS_NOT_STARTED;
#endif
    serve_all();
#ifdef TLS_SERVER_EVIL
    status = hostile_stop() != 0 ? STATUS_STOLEN : 0;
#endif
    if (server.options.needles != NULL && status == 0)
        status = look_for_the_key();
    return status;
}

int main(int argc, char **argv) {
    static const struct argp argp = {
        option_table, parse_option, NULL, "A TLS 1.2 server whose private key lies in the vault.",
        NULL,         NULL,         NULL};
    int status;

    argp_err_exit_status = STATUS_NOT_STARTED;
    if (argp_parse(&argp, argc, argv, 0, NULL, &server.options) != 0)
        return STATUS_NOT_STARTED;
    mbedtls_net_init(&server.listener);
    mbedtls_x509_crt_init(&server.chain);
    mbedtls_pk_init(&server.pk);
    status = run();
    mbedtls_net_free(&server.listener);
    mbedtls_pk_free(&server.pk);
    mbedtls_x509_crt_free(&server.chain);
    return fflush(stdout) == 0 ? status : STATUS_NOT_STARTED;
}
