#ifndef ENC_PARENT_LISTENERS_H
#define ENC_PARENT_LISTENERS_H

/*
 * Sockets that enclaved opens and enclave-api serves, so that a restarted
 * enclave-api loses no connection that waits.
 */

#include "err.h"

/* enc_listen_unix() - 0600; a socket that nobody listens on is replaced */
ENC_NODISCARD enum enc_code enc_listen_unix(const char *path, int *ret_fd,
					    struct enc_error *err);

/* enc_listen_tcp() - "127.0.0.1:8090", "[::1]:8090", "*:8090"; no names */
ENC_NODISCARD enum enc_code enc_listen_tcp(const char *address, int *ret_fd,
					   struct enc_error *err);

#endif
