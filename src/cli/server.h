#ifndef ENC_CLI_SERVER_H
#define ENC_CLI_SERVER_H

/*
 * A command's client of a server. A call blocks until its response has come.
 * Errors of the API come back with their codes and messages. A server that
 * can't be reached or understood is an error of this module's own.
 *
 * SIGINT, SIGTERM and SIGHUP end the current call with ENC_CANCELLED, so that
 * a command can clean up. Later calls work as usual.
 */

#include <stddef.h>
#include <stdint.h>

#include <jansson.h>

#include "buf.h"
#include "err.h"

enum {
	ENC_SERVER_BODY_MAX = 512 << 20
}; /* of a response: a result with each byte escaped */

struct enc_plane;
struct enc_server;

/**
 * enc_server_open() - make a client of the server at @url, without connecting
 * @url:  see endpoint.h
 * @key:  API key or token, copied; NULL for none
 */
ENC_NODISCARD enum enc_code enc_server_open(const char *url, const char *key,
					    struct enc_server **ret_server,
					    struct enc_error *err);

/**
 * enc_server_find() - open the server that the environment variables name
 *
 * The server is ENCLAVE_BASE_URL (with ENCLAVE_API_KEY or ENCLAVE_TOKEN), or
 * else the one at the default socket. Without both, the function fails with
 * ENC_UNAVAILABLE and a message that says what to do.
 */
ENC_NODISCARD enum enc_code enc_server_find(struct enc_server **ret_server,
					    struct enc_error *err);

/**
 * enc_server_start() - start a private server; enc_server_free() ends it
 * @backend:      see enc_plane_start(), also for @environments
 *
 * Return: as enc_plane_start()
 */
ENC_NODISCARD enum enc_code enc_server_start(const char *backend,
					     const char *environments,
					     struct enc_server **ret_server,
					     struct enc_error *err);

/* enc_server_wait_at_most() - set the timeout of later calls, not of streams */
void enc_server_wait_at_most(struct enc_server *server, int ms);

/**
 * enc_server_find_or_start() - open the server that shall run a program
 *
 * The first of these is taken: ENCLAVE_BASE_URL; the server at the default
 * socket, unless ENCLAVE_BACKEND or ENCLAVE_ENVIRONMENTS is set; a private
 * server with that backend and those environments, which enc_server_free()
 * ends. The error is ENC_UNAUTHORIZED if the server at the default socket
 * refuses this user.
 */
ENC_NODISCARD enum enc_code
enc_server_find_or_start(struct enc_server **ret_server, struct enc_error *err);

/* enc_server_free() - also end a private server; @server may be NULL */
struct enc_server *enc_server_free(struct enc_server *server);

/* enc_server_url() - return the server's URL, for error messages */
const char *enc_server_url(const struct enc_server *server);

/* enc_server_is_private() - whether this command started the server */
bool enc_server_is_private(const struct enc_server *server);

/* enc_server_interrupted() - whether SIGINT, SIGTERM or SIGHUP has come */
bool enc_server_interrupted(const struct enc_server *server);

/**
 * enc_server_call() - send a request and read the whole response
 * @method:   "GET", "POST", "DELETE"
 * @target:   "/v1/..."
 * @body:     JSON text or NULL
 * @ret_body: the body of a 2xx response is appended, up to the buffer's maximum
 *
 * A POST carries an Idempotency-Key of its own.
 *
 * Return: ENC_OK; the API's code and message; ENC_UNAVAILABLE if no server
 * answers; ENC_CANCELLED
 */
ENC_NODISCARD enum enc_code
enc_server_call(struct enc_server *server, const char *method,
		const char *target, const char *body, struct enc_buf *ret_body,
		struct enc_error *err);

/**
 * enc_server_json() - enc_server_call() with the response decoded
 * @ret_value: a new reference to a JSON object
 */
ENC_NODISCARD enum enc_code
enc_server_json(struct enc_server *server, const char *method,
		const char *target, const char *body, json_t **ret_value,
		struct enc_error *err);

/* One event of a stream. It is borrowed for the handler's call. */
struct enc_server_event {
	const char *kind;
	const char *data; /* NUL-terminated */
	size_t data_length;
};

/* Handle an event. Return: false to end the stream without an error. */
typedef bool enc_server_on_event(void *user,
				 const struct enc_server_event *event);

/**
 * enc_server_stream() - follow a session's stream to its `end`
 *
 * After a lost connection the stream goes on behind the last event, as long as
 * each new connection brings events. So each event is delivered once.
 */
ENC_NODISCARD enum enc_code enc_server_stream(struct enc_server *server,
					      const char *target,
					      enc_server_on_event *on_event,
					      void *user,
					      struct enc_error *err);

#endif
