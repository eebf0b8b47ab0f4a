// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What one thread of the server needs, and one connection from handshake to farewell.
#ifndef TLS_SERVER_SERVE_H
#define TLS_SERVER_SERVE_H

#include <mbedtls/ctr_drbg.h>
#include <mbedtls/entropy.h>
#include <mbedtls/net_sockets.h>
#include <mbedtls/ssl.h>

struct serve_state {
    mbedtls_entropy_context entropy;
    mbedtls_ctr_drbg_context random;
    mbedtls_ssl_config config;
};

// Prepares a thread's state: TLS 1.2, suites in which the server signs and never decrypts.
//   chain, key  shared by all threads, and must outlive `state`
// Returns 0 or an error of Mbed TLS. serve_free() also after an error.
int serve_init(struct serve_state *state, mbedtls_x509_crt *chain, mbedtls_pk_context *key);
void serve_free(struct serve_state *state);

// One connection: handshake, request, page, close_notify. The socket stays the caller's.
//   shaken  out: 1 if the handshake was done, else 0
// Returns 0 if the page was sent, or an error of Mbed TLS.
int serve_connection(struct serve_state *state, mbedtls_net_context *connection, int *shaken);

#endif
