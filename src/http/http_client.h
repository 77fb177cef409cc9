#ifndef ENC_HTTP_HTTP_CLIENT_H
#define ENC_HTTP_HTTP_CLIENT_H

/*
 * A small blocking HTTP/1.1 client. Each connection carries one request and its
 * response. Responses are parsed by the strict rules of wire/http1.h and have a
 * maximum size. Every wait has a deadline; a descriptor can cancel it.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "buf.h"
#include "err.h"

/* The address of a server. */
struct enc_http_place {
	/* Path of a unix socket; NULL to use host and port. */
	const char *unix_path;
	const char *host; /* DNS name or IP address, without brackets */
	uint16_t port;
};

struct enc_http_client_request {
	const char *method;
	const char *target;
	/* Complete header lines, each with its CRLF; may be "". */
	const char *headers;
	const void *body; /* JSON; NULL if the request has no body */
	size_t body_length;
	int64_t timeout_ms; /* limit for the whole exchange */
	int64_t quiet_ms; /* limit for the time without input; 0 for no limit */
	int cancel_fd;	  /* cancels the exchange when readable; -1 for none */

	/*
	 * on_body() - receive a piece of the body of a 2xx response. If on_body
	 * is NULL, the body is collected instead.
	 *
	 * Return: false to end the exchange without an error
	 */
	bool (*on_body)(void *user, const uint8_t *bytes, size_t length);
	void *user;
};

/**
 * enc_http_ask() - connect, send a request, read the response, close
 * @ret_status: the status of the response
 * @ret_body:   the body is appended to it, up to its maximum, unless on_body()
 *              received the body
 *
 * Return: ENC_OK for a response of any status; ENC_UNAVAILABLE if the server
 * can't be reached or doesn't speak HTTP; ENC_TIMEOUT; ENC_LIMIT;
 * ENC_CANCELLED. The message doesn't name the server, since only the caller
 * knows how the user named it.
 */
ENC_NODISCARD enum enc_code
enc_http_ask(const struct enc_http_place *place,
	     const struct enc_http_client_request *request, int *ret_status,
	     struct enc_buf *ret_body, struct enc_error *err);

#endif
