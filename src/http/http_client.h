#ifndef ENC_HTTP_HTTP_CLIENT_H
#define ENC_HTTP_HTTP_CLIENT_H

/*
 * A small HTTP/1.1 client that waits: one connection, one request, one answer.
 * Answers are read by the strict rules of wire/http1.h and are limited; every
 * wait has a deadline, and a descriptor can end it.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "buf.h"
#include "err.h"

/* Where the server is. */
struct enc_http_place {
	const char *unix_path; /* or NULL, then the other two */
	const char *host;      /* name or address, without brackets */
	uint16_t port;
};

struct enc_http_client_request {
	const char *method;
	const char *target;
	const char *headers; /* whole lines, each with its CRLF; "" */
	const void *body;    /* JSON; NULL for none */
	size_t body_length;
	int64_t timeout_ms; /* of all of it */
	int64_t quiet_ms;   /* longest silence; 0 for no such limit */
	int cancel_fd;	    /* readable means: give up; -1 for none */

	/**
	 * on_body() - pieces of a 2xx answer's body; NULL to collect them
	 *
	 * Return: false ends the exchange, without an error
	 */
	bool (*on_body)(void *user, const uint8_t *bytes, size_t length);
	void *user;
};

/**
 * enc_http_ask() - connect, ask, read the answer, close
 * @ret_status: of the answer
 * @ret_body:   appended to, up to its maximum, unless on_body() took it
 *
 * Return: ENC_OK for any status; ENC_UNAVAILABLE if nobody answers or what
 * comes is no HTTP; ENC_TIMEOUT; ENC_LIMIT; ENC_CANCELLED. The message says
 * what happened, not where: the caller knows how the place was named.
 */
ENC_NODISCARD enum enc_code
enc_http_ask(const struct enc_http_place *place,
	     const struct enc_http_client_request *request, int *ret_status,
	     struct enc_buf *ret_body, struct enc_error *err);

#endif
