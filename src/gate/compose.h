#ifndef ENC_GATE_COMPOSE_H
#define ENC_GATE_COMPOSE_H

/*
 * Composes anew what goes to an upstream of a service binding, and what comes
 * back. Of what was said only the method, the target, the status, and headers
 * that are about content go on. Whatever is about the connection, decides where
 * a request goes, or could stand beside the credential, is left out. Pure.
 *
 * Names of headers are compared without regard to case, and "_" counts as "-":
 * some servers make variables of headers, and then both are one.
 */

#include "binding.h"
#include "http1.h"

enum {
	/* The longest head is one of the program with a base and credential. */
	ENC_COMPOSE_REQUEST_MAX_BYTES = 64 * 1024,
	/* Each Location may grow by the name of the binding. */
	ENC_COMPOSE_RESPONSE_MAX_BYTES = 64 * 1024,
};

/*
 * enc_compose_fault() - why a request is of a kind that isn't passed on, as a
 * sentence, static: it has a body with a method that has none, or asks for
 * another protocol; NULL: it may be composed
 */
const char *enc_compose_fault(const struct enc_http1_head *head);

/*
 * enc_compose_path() - the path of a request's target, without query
 */
struct enc_text enc_compose_path(const struct enc_http1_head *head);

/**
 * enc_compose_request() - append the head of the request to the upstream
 * @out: a secret buffer
 *
 * Return: 0, or -E2BIG or -ENOMEM from the buffer
 */
ENC_NODISCARD int enc_compose_request(struct enc_buf *out,
				      const struct enc_binding *binding,
				      const struct enc_http1_head *head);

/* How a response goes to the program. */
struct enc_compose_answer {
	bool chunked; /* its body; else it has the upstream's length, or none */
	bool close;   /* the connection ends after it */
};

/**
 * enc_compose_response() - append the head of the response to the program
 *
 * Return: 0; -EPROTO for one that may not pass: it changes the protocol, or its
 * binding is masked and its body is encoded, or a part; -E2BIG or -ENOMEM from
 * the buffer
 */
ENC_NODISCARD int enc_compose_response(struct enc_buf *out,
				       const struct enc_binding *binding,
				       const struct enc_http1_head *head,
				       const struct enc_compose_answer *answer);

#endif
