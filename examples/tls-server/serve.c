// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// See serve.h. Nothing here knows of the vault.
#include "serve.h"

#include <stdio.h>
#include <string.h>

#define READ_TIMEOUT 30000 // ms; a client that says nothing must not keep a thread
#define REQUEST_MAX 4096   // bytes

static const int suites[] = {
    MBEDTLS_TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256,
    MBEDTLS_TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256,
    MBEDTLS_TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384,
    MBEDTLS_TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384,
    MBEDTLS_TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256,
    MBEDTLS_TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256,
    0,
};

static const int signature_hashes[] = {MBEDTLS_MD_SHA256, MBEDTLS_MD_SHA384, MBEDTLS_MD_SHA512,
                                       MBEDTLS_MD_NONE};

int serve_init(struct serve_state *state, mbedtls_x509_crt *chain, mbedtls_pk_context *key) {
    int error;

    mbedtls_entropy_init(&state->entropy);
    mbedtls_ctr_drbg_init(&state->random);
    mbedtls_ssl_config_init(&state->config);
    error = mbedtls_ctr_drbg_seed(&state->random, mbedtls_entropy_func, &state->entropy, NULL, 0);
    if (error == 0)
        error = mbedtls_ssl_config_defaults(&state->config, MBEDTLS_SSL_IS_SERVER,
                                            MBEDTLS_SSL_TRANSPORT_STREAM, MBEDTLS_SSL_PRESET_DEFAULT);
    if (error == 0)
        error = mbedtls_ssl_conf_own_cert(&state->config, chain, key);
    mbedtls_ssl_conf_rng(&state->config, mbedtls_ctr_drbg_random, &state->random);
    mbedtls_ssl_conf_min_version(&state->config, MBEDTLS_SSL_MAJOR_VERSION_3, MBEDTLS_SSL_MINOR_VERSION_3);
    mbedtls_ssl_conf_ciphersuites(&state->config, suites);
    mbedtls_ssl_conf_sig_hashes(&state->config, signature_hashes);
    mbedtls_ssl_conf_read_timeout(&state->config, READ_TIMEOUT);
    return error;
}

void serve_free(struct serve_state *state) {
    mbedtls_ssl_config_free(&state->config);
    mbedtls_ctr_drbg_free(&state->random);
    mbedtls_entropy_free(&state->entropy);
}

static int again(int result) {
    return result == MBEDTLS_ERR_SSL_WANT_READ || result == MBEDTLS_ERR_SSL_WANT_WRITE;
}

// Until the empty line that ends the head of a request; what was asked for is of no matter.
static int read_request(mbedtls_ssl_context *ssl) {
    unsigned char request[REQUEST_MAX];
    size_t size = 0;

    while (size < sizeof request) {
        int got = mbedtls_ssl_read(ssl, request + size, sizeof request - size);

        if (again(got))
            continue;
        if (got <= 0)
            return got == 0 ? MBEDTLS_ERR_SSL_CONN_EOF : got;
        size += (size_t)got;
        if (memmem(request, size, "\r\n\r\n", 4) != NULL)
            return 0;
    }
    return MBEDTLS_ERR_SSL_BUFFER_TOO_SMALL;
}

static int write_all(mbedtls_ssl_context *ssl, const char *text, size_t size) {
    while (size > 0) {
        int sent = mbedtls_ssl_write(ssl, (const unsigned char *)text, size);

        if (again(sent))
            continue;
        if (sent < 0)
            return sent;
        text += sent;
        size -= (size_t)sent;
    }
    return 0;
}

static int write_page(mbedtls_ssl_context *ssl) {
    char body[256];
    char page[512];
    int size = snprintf(body, sizeof body, "The private key of this server is in the vault.\n%s %s\n",
                        mbedtls_ssl_get_version(ssl), mbedtls_ssl_get_ciphersuite(ssl));

    size =
        snprintf(page, sizeof page,
                 "HTTP/1.0 200 OK\r\nContent-Type: text/plain\r\nContent-Length: %d\r\n\r\n%s", size, body);
    return write_all(ssl, page, (size_t)size);
}

static int say_farewell(mbedtls_ssl_context *ssl) {
    int result;

    do
        result = mbedtls_ssl_close_notify(ssl);
    while (again(result));
    return result;
}

int serve_connection(struct serve_state *state, mbedtls_net_context *connection, int *shaken) {
    mbedtls_ssl_context ssl;
    int error;

    *shaken = 0;
    mbedtls_ssl_init(&ssl);
    error = mbedtls_ssl_setup(&ssl, &state->config);
    mbedtls_ssl_set_bio(&ssl, connection, mbedtls_net_send, mbedtls_net_recv, mbedtls_net_recv_timeout);
    while (error == 0 && !*shaken) {
        int result = mbedtls_ssl_handshake(&ssl);

        *shaken = result == 0;
        error = again(result) ? 0 : result;
    }
    if (error == 0)
        error = read_request(&ssl);
    if (error == 0)
        error = write_page(&ssl);
    if (error == 0)
        error = say_farewell(&ssl);
    mbedtls_ssl_free(&ssl);
    return error;
}
