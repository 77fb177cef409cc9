#ifndef ENC_CLI_ENDPOINT_H
#define ENC_CLI_ENDPOINT_H

/*
 * Parses the address of a server, as in ENCLAVE_BASE_URL. Pure.
 *
 *	http://host[:port][/]	default port 80; IPv6 in brackets: [::1]
 *	unix:/path		also unix:///path
 */

#include <stdbool.h>
#include <stdint.h>

#include "err.h"

enum { ENC_ENDPOINT_TEXT_MAX = 256 };

struct enc_endpoint {
	bool is_unix;
	/* Name of the host, or path of the unix socket. */
	char host[ENC_ENDPOINT_TEXT_MAX];
	uint16_t port; /* TCP port; 0 for a unix socket */
};

/**
 * enc_endpoint_parse() - parse a base URL
 * @ret_endpoint: set only on success
 *
 * Return: ENC_OK; ENC_BAD_REQUEST for a wrong URL, with the reason in @err
 */
ENC_NODISCARD enum enc_code
enc_endpoint_parse(const char *url, struct enc_endpoint *ret_endpoint,
		   struct enc_error *err);

/*
 * enc_endpoint_is_near() - whether an endpoint is on this machine: a unix
 * socket, a loopback address or localhost
 */
bool enc_endpoint_is_near(const struct enc_endpoint *endpoint);

#endif
