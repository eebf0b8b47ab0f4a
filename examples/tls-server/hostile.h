// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// tls-server-evil's second life: a thread that goes for the key, over and over, while the others serve.
#ifndef TLS_SERVER_HOSTILE_H
#define TLS_SERVER_HOSTILE_H

// Starts the thread.
//   key_name  the key as the vault knows it
//   key_file  the file that it came from, or NULL: not known
//   needles   see memory_search.h, or NULL: memory is not searched
// All three must last until hostile_stop(). Returns 0, or -1 with a message on stderr.
int hostile_start(const char *key_name, const char *key_file, const char *needles);

// Ends the thread after a last round, with those attacks, too, that an unprotected server would not survive,
// and prints how often each was refused. Returns the number of kinds of attack that succeeded, or -1: one
// could not be tried.
int hostile_stop(void);

#endif
