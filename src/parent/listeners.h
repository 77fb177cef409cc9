#ifndef ENC_PARENT_LISTENERS_H
#define ENC_PARENT_LISTENERS_H

/*
 * Sockets that enclaved opens and enclave-api serves. They outlive an
 * enclave-api, so its restart loses no waiting connection.
 */

#include "err.h"

/*
 * enc_listen_unix() - listen on a unix socket with mode 0600; replaces a socket
 * file on which nobody listens
 */
ENC_NODISCARD enum enc_code enc_listen_unix(const char *path, int *ret_fd,
					    struct enc_error *err);

/*
 * enc_listen_tcp() - listen on an address such as "127.0.0.1:8090",
 * "[::1]:8090" or "*:8090"; names are not resolved
 */
ENC_NODISCARD enum enc_code enc_listen_tcp(const char *address, int *ret_fd,
					   struct enc_error *err);

#endif
