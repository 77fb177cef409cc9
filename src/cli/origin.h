#ifndef ENC_CLI_ORIGIN_H
#define ENC_CLI_ORIGIN_H

/*
 * Theory of operation
 *
 * The upstream of the demo of service bindings: an HTTPS server with two
 * services. Each service needs a credential of its own. The server records
 * every request.
 *
 *	https://10.x.y.2/payments	Authorization: Bearer SECRET
 *	https://10.x.y.2/notes		X-Notes-Key: SECRET
 *
 *	POST /SERVICE/v1/charges	a receipt, a random text
 *	GET /SERVICE/v1/echo		the credential as it came, in a header,
 *					and in the body in many encodings
 *	GET /SERVICE/v1/hold		no answer before enc_origin_release()
 *	anything else			404
 *
 * A gate connects neither to this machine nor to loopback. So the server lives
 * in a network namespace of its own (net_pair.h), in threads of this process.
 * When the process ends, even by SIGKILL, nothing of it is left.
 */

#include <stdbool.h>
#include <stddef.h>

#include <jansson.h>

#include "err.h"

enum enc_origin_service {
	ENC_ORIGIN_PAYMENTS,
	ENC_ORIGIN_NOTES,
	ENC_ORIGIN_SERVICE_MAX,
};

enum {
	ENC_ORIGIN_SECRET_BYTES = 48, /* with NUL */
	ENC_ORIGIN_CALLS_MAX = 256,   /* later ones are counted */
};

struct enc_origin;

/**
 * enc_origin_new() - start the server; until it expects a secret, it refuses
 * all
 *
 * Return: ENC_OK; ENC_NOT_AVAILABLE if this user or kernel can't make the
 * network; ENC_INTERNAL
 */
ENC_NODISCARD enum enc_code enc_origin_new(struct enc_origin **ret_origin,
					   struct enc_error *err);

/*
 * enc_origin_free() - end the server, remove its network; NULL is fine.
 * Return: NULL
 */
struct enc_origin *enc_origin_free(struct enc_origin *origin);

/* Texts of a server, owned by it. */
const char *enc_origin_address(const struct enc_origin *origin);
const char *enc_origin_network(const struct enc_origin *origin); /* CIDR */
/* A file in PEM that other processes can open while the server exists. */
const char *enc_origin_ca_file(const struct enc_origin *origin);

/* enc_origin_name() - "payments", "notes" */
const char *enc_origin_name(enum enc_origin_service service);

/*
 * enc_origin_expect() - set the credential of a service. The record marks the
 * former one as such
 */
void enc_origin_expect(struct enc_origin *origin,
		       enum enc_origin_service service, const char *secret);

/* enc_origin_holds() - whether a request for `hold` of the service has come */
bool enc_origin_holds(struct enc_origin *origin,
		      enum enc_origin_service service);

/* enc_origin_release() - answer such requests, also later ones */
void enc_origin_release(struct enc_origin *origin,
			enum enc_origin_service service);

/**
 * enc_origin_calls() - list the requests that the server got
 *
 * Return: a new reference: array of {method, target, credential, receipt} in
 * the order of arrival. credential: "right", "former", "other" for a value that
 * isn't right, "none". receipt: the text that was given for a right one, or "".
 */
json_t *enc_origin_calls(struct enc_origin *origin);

#endif
