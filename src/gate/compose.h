#ifndef ENC_GATE_COMPOSE_H
#define ENC_GATE_COMPOSE_H

/*
 * Composes requests to the upstream of a service binding and its responses
 * anew. Only the method, the target, the status, and headers about content are
 * passed on. Headers are dropped if they are about the connection, change the
 * destination of a request, or could compete with the credential. Pure.
 *
 * Names of headers are compared without regard to case, and every sign counts as
 * "-": some servers turn headers into variables, in which all signs look the same.
 */

#include "binding.h"
#include "http1.h"

enum {
	/* The longest head is the program's, with base and credential added. */
	ENC_COMPOSE_REQUEST_MAX_BYTES = 64 * 1024,
	/* Each Location may grow by the name of the binding. */
	ENC_COMPOSE_RESPONSE_MAX_BYTES = 64 * 1024,
};

/*
 * enc_compose_fault() - tell why a request can't be passed on: its method has
 * no body, but the request has one, or it asks for another protocol. Return: a
 * static sentence; NULL: it may be composed
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
 * Return: 0; -EPROTO if the response may not pass: it changes the protocol, or
 * its binding is masked and its body is encoded or partial; -E2BIG or -ENOMEM
 * from the buffer
 */
ENC_NODISCARD int enc_compose_response(struct enc_buf *out,
				       const struct enc_binding *binding,
				       const struct enc_http1_head *head,
				       const struct enc_compose_answer *answer);

#endif
