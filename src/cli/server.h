#ifndef ENC_CLI_SERVER_H
#define ENC_CLI_SERVER_H

/*
 * A control plane, seen by a command: one call at a time, waiting for its
 * answer. The API's errors come back as the codes and sentences that it sent;
 * what can't be reached or understood has ones of its own.
 *
 * SIGINT, SIGTERM and SIGHUP end the call that is waiting with ENC_CANCELLED,
 * so that a command can clean up; a call after that works again.
 */

#include <stddef.h>
#include <stdint.h>

#include <jansson.h>

#include "buf.h"
#include "err.h"

enum { ENC_SERVER_BODY_MAX = 512 << 20 }; /* a result, each byte escaped */

struct enc_plane;
struct enc_server;

/**
 * enc_server_open() - a server at an address
 * @url:  see endpoint.h; nothing is connected yet
 * @key:  API key or token, copied; NULL for none
 */
ENC_NODISCARD enum enc_code enc_server_open(const char *url, const char *key,
					    struct enc_server **ret_server,
					    struct enc_error *err);

/**
 * enc_server_find() - the server that the environment names
 *
 * ENCLAVE_BASE_URL (with ENCLAVE_API_KEY or ENCLAVE_TOKEN), else the default
 * socket if it is there, else ENC_UNAVAILABLE with what to do.
 */
ENC_NODISCARD enum enc_code enc_server_find(struct enc_server **ret_server,
					    struct enc_error *err);

/**
 * enc_server_start() - a private control plane, for as long as it is open
 * @backend:      as of enc_plane_start(), as the next
 *
 * Return: as enc_plane_start()
 */
ENC_NODISCARD enum enc_code enc_server_start(const char *backend,
					     const char *environments,
					     struct enc_server **ret_server,
					     struct enc_error *err);

/* enc_server_wait_at_most() - for each answer from now on; streams not */
void enc_server_wait_at_most(struct enc_server *server, int ms);

/**
 * enc_server_find_or_start() - the server that a program is to run on
 *
 * ENCLAVE_BASE_URL; else, unless ENCLAVE_BACKEND or ENCLAVE_ENVIRONMENTS is
 * set, the server that answers at the default socket; else a private control
 * plane with that backend and those environments, which ends with
 * enc_server_free(). ENC_UNAUTHORIZED if a server answers there, and not this
 * user.
 */
ENC_NODISCARD enum enc_code
enc_server_find_or_start(struct enc_server **ret_server, struct enc_error *err);

/* enc_server_free() - NULL is fine; ends the private plane, if it has one */
struct enc_server *enc_server_free(struct enc_server *server);

/* enc_server_url() - for messages */
const char *enc_server_url(const struct enc_server *server);

/* enc_server_is_private() - whether it was started for this command */
bool enc_server_is_private(const struct enc_server *server);

/* enc_server_interrupted() - whether a signal asked the command to end */
bool enc_server_interrupted(const struct enc_server *server);

/**
 * enc_server_call() - one request and its whole answer
 * @method:   "GET", "POST", "DELETE"
 * @target:   "/v1/..."
 * @body:     JSON text or NULL
 * @ret_body: appended to; what a 2xx answer brought, at most its maximum
 *
 * A POST carries an Idempotency-Key of its own.
 *
 * Return: ENC_OK; the API's code and message; ENC_UNAVAILABLE if nobody
 * answers; ENC_CANCELLED
 */
ENC_NODISCARD enum enc_code
enc_server_call(struct enc_server *server, const char *method,
		const char *target, const char *body, struct enc_buf *ret_body,
		struct enc_error *err);

/**
 * enc_server_json() - a call whose answer is decoded
 * @ret_value: new reference; an object
 */
ENC_NODISCARD enum enc_code
enc_server_json(struct enc_server *server, const char *method,
		const char *target, const char *body, json_t **ret_value,
		struct enc_error *err);

/* One event of a stream, borrowed for the call. */
struct enc_server_event {
	const char *kind;
	const char *data; /* NUL-terminated */
	size_t data_length;
};

/* Return: whether to go on; false ends the stream without an error. */
typedef bool enc_server_on_event(void *user,
				 const struct enc_server_event *event);

/**
 * enc_server_stream() - follow a session's stream to its `end`
 *
 * A connection that is lost is made anew, with the last id, as long as that
 * brings events; so each event is delivered once.
 */
ENC_NODISCARD enum enc_code enc_server_stream(struct enc_server *server,
					      const char *target,
					      enc_server_on_event *on_event,
					      void *user,
					      struct enc_error *err);

#endif
