#ifndef ENC_CLI_ENDPOINT_H
#define ENC_CLI_ENDPOINT_H

/*
 * Where a server is, as ENCLAVE_BASE_URL says it. Pure.
 *
 *	http://host[:port][/]	port 80 if none is given; [::1] in brackets
 *	unix:/path		also unix:///path
 */

#include <stdint.h>

#include "err.h"

enum { ENC_ENDPOINT_TEXT_MAX = 256 };

struct enc_endpoint {
	bool is_unix;
	char host[ENC_ENDPOINT_TEXT_MAX]; /* or the socket's path */
	uint16_t port;			  /* 0 for a unix socket */
};

/**
 * enc_endpoint_parse() - understand a base URL
 *
 * Return: ENC_OK; ENC_BAD_REQUEST with what is wrong and how it should be
 */
ENC_NODISCARD enum enc_code
enc_endpoint_parse(const char *url, struct enc_endpoint *ret_endpoint,
		   struct enc_error *err);

#endif
