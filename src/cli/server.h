#ifndef ENC_CLI_SERVER_H
#define ENC_CLI_SERVER_H

/*
 * The connection of a command to a control plane. Calls block until the answer
 * is complete. An error of the API keeps the code and message that the server
 * sent. This module has its own message for other failures, such as a server
 * that can't be reached.
 *
 * SIGINT, SIGTERM and SIGHUP make the blocked call fail with ENC_CANCELLED, so
 * that the command can clean up. Later calls work as before.
 */

#include <stddef.h>
#include <stdint.h>

#include <jansson.h>

#include "buf.h"
#include "err.h"

enum {
	/* Limit of a response body. It fits a result with each byte escaped. */
	ENC_SERVER_BODY_MAX = 512 << 20,
	ENC_SERVER_RESTART_MS = 10000, /* a server may be away so long */
	ENC_SERVER_AGAIN_MS = 200,     /* from a failed call to the next try */
};

struct enc_plane;
struct enc_plane_options;
struct enc_server;

/**
 * enc_server_open() - prepare calls to the server at @url; doesn't connect
 * @url:         see endpoint.h; copied
 * @key:         API key or token, copied; NULL for none
 * @ret_server:  free it with enc_server_free()
 *
 * Blocks SIGINT, SIGTERM and SIGHUP until the server is freed.
 *
 * Return: ENC_OK; ENC_BAD_REQUEST for a malformed URL or key; ENC_UNAVAILABLE
 * or ENC_INTERNAL if signals can't be watched
 */
ENC_NODISCARD enum enc_code enc_server_open(const char *url, const char *key,
					    struct enc_server **ret_server,
					    struct enc_error *err);

/**
 * enc_server_find() - open the server that environment variables name
 *
 * Uses ENCLAVE_BASE_URL with ENCLAVE_API_KEY or ENCLAVE_TOKEN. If
 * ENCLAVE_BASE_URL isn't set, uses the default socket.
 *
 * Return: as enc_server_open(); ENC_UNAVAILABLE if the default socket is needed
 * but doesn't exist
 */
ENC_NODISCARD enum enc_code enc_server_find(struct enc_server **ret_server,
					    struct enc_error *err);

/**
 * enc_server_start() - start a private control plane and open it
 * @options:    see enc_plane_start()
 * @ret_server: enc_server_free() also stops the control plane
 *
 * Return: as enc_plane_start() or enc_server_open()
 */
ENC_NODISCARD enum enc_code
enc_server_start(const struct enc_plane_options *options,
		 struct enc_server **ret_server, struct enc_error *err);

/*
 * enc_server_start_by_environment() - start a private control plane whose
 * backend and environments are those of ENCLAVE_BACKEND and
 * ENCLAVE_ENVIRONMENTS, unless @options has others
 */
ENC_NODISCARD enum enc_code
enc_server_start_by_environment(const struct enc_plane_options *options,
				struct enc_server **ret_server,
				struct enc_error *err);

/* enc_server_wait_at_most() - set the timeout of later calls, except streams */
void enc_server_wait_at_most(struct enc_server *server, int ms);

/**
 * enc_server_find_or_start() - open the server on which a program is to run
 *
 * The first of these that applies is opened:
 *
 * 1. the server at ENCLAVE_BASE_URL, if that is set;
 * 2. the server at the default socket, if it accepts a connection, and neither
 *    ENCLAVE_BACKEND nor ENCLAVE_ENVIRONMENTS is set;
 * 3. a private control plane with the backend and the environments of those
 *    variables. enc_server_free() stops it.
 *
 * Return: as enc_server_find() or enc_server_start(); ENC_UNAUTHORIZED if this
 * user has no permission to connect to the default socket
 */
ENC_NODISCARD enum enc_code
enc_server_find_or_start(struct enc_server **ret_server, struct enc_error *err);

/*
 * enc_server_free() - close a server; also stops its private control plane
 *
 * @server may be NULL. Return: NULL.
 */
struct enc_server *enc_server_free(struct enc_server *server);

/* enc_server_url() - get the URL of a server; owned by @server */
const char *enc_server_url(const struct enc_server *server);

/*
 * enc_server_check_near() - fail unless the server is on this machine. A secret
 * must not cross a network in clear, and the server's refusal would come too
 * late.
 *
 * Return: ENC_OK; ENC_FORBIDDEN, with a way to do it
 */
ENC_NODISCARD enum enc_code
enc_server_check_near(const struct enc_server *server, struct enc_error *err);

/* enc_server_is_private() - whether this command started the server */
bool enc_server_is_private(const struct enc_server *server);

/**
 * enc_server_call() - send a request and read the whole answer
 * @method:   "GET", "POST", "DELETE"
 * @target:   "/v1/..."
 * @body:     JSON text or NULL
 * @ret_body: the body of a 2xx answer is appended to it, up to its maximum
 *
 * Each POST has a new Idempotency-Key.
 *
 * Return: ENC_OK for a 2xx answer; the API's error code for another answer;
 * ENC_UNAVAILABLE if the server can't be reached; ENC_TIMEOUT; ENC_LIMIT if
 * the request or the answer is too long; ENC_CANCELLED after a signal
 */
ENC_NODISCARD enum enc_code
enc_server_call(struct enc_server *server, const char *method,
		const char *target, const char *body, struct enc_buf *ret_body,
		struct enc_error *err);

/**
 * enc_server_json() - send a request and decode the answer, a JSON object
 * @ret_value: new reference
 *
 * Return: as enc_server_call(); ENC_UNAVAILABLE if the answer isn't an object
 */
ENC_NODISCARD enum enc_code
enc_server_json(struct enc_server *server, const char *method,
		const char *target, const char *body, json_t **ret_value,
		struct enc_error *err);

/* One event of a stream. It is valid only during the callback. */
struct enc_server_event {
	const char *kind;
	const char *data; /* data of the event, ended by NUL */
	size_t data_length;
};

/* Called for each event. Return: false to end the stream without an error. */
typedef bool enc_server_on_event(void *user,
				 const struct enc_server_event *event);

/**
 * enc_server_stream() - read a session's stream up to its `end` event
 * @on_event: called for each event, `end` included
 *
 * After a lost connection the stream is resumed after the last event, so each
 * event is delivered once. A server that restarts is asked again for
 * ENC_SERVER_RESTART_MS, once an event has arrived.
 *
 * Return: ENC_OK at `end` or when @on_event returned false; else as
 * enc_server_call()
 */
ENC_NODISCARD enum enc_code enc_server_stream(struct enc_server *server,
					      const char *target,
					      enc_server_on_event *on_event,
					      void *user,
					      struct enc_error *err);

#endif
