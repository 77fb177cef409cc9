#ifndef ENC_GATE_EXCHANGE_H
#define ENC_GATE_EXCHANGE_H

/*
 * Theory of operation
 *
 * An exchange is a request of the program to a binding, and its response. A
 * connection of the program has one at a time:
 *
 *	WAITING    for the head of a request
 *	RECORDING  the request is granted; its call has to be on record
 *	REACHING   a connection to the upstream is made
 *	SENT       the head is sent, the body follows; no response yet
 *	ANSWERING  the head of the response has gone to the program, its body
 *		   follows. A failure now is a reset, so that a part of it never
 *		   looks complete
 *	FLUSHING   the response was read to its end, and the program has yet to
 *		   take the last of it
 *
 * A side is read only while the other side accepts the data.
 *
 * flow_binding.c reads requests and decides about them, exchange.c does the
 * rest. Functions that go on to the next step may end the flow and free the
 * exchange, so their callers touch neither afterwards.
 */

#include "await.h"
#include "flow.h"
#include "framing.h"
#include "gate_calls.h"
#include "mask.h"
#include "reach.h"

enum enc_exchange_state {
	ENC_EXCHANGE_WAITING,
	ENC_EXCHANGE_RECORDING,
	ENC_EXCHANGE_REACHING,
	ENC_EXCHANGE_SENT,
	ENC_EXCHANGE_ANSWERING,
	ENC_EXCHANGE_FLUSHING,
};

/* A refusal or failure, as the program is told it. */
enum enc_exchange_answer {
	ENC_EXCHANGE_UNREACHABLE,
	ENC_EXCHANGE_UNTRUSTED, /* TLS failed */
	ENC_EXCHANGE_TIMEOUT,
	ENC_EXCHANGE_INVALID, /* the upstream's response can't be passed on */
	ENC_EXCHANGE_UNRECORDED,
};

/* Deadlines of all exchanges of a gate. */
struct enc_exchanges {
	struct enc_deadlines idle;   /* WAITING, for the first byte */
	struct enc_deadlines head;   /* WAITING, for the end of the head */
	struct enc_deadlines again;  /* RECORDING, for room */
	struct enc_deadlines answer; /* SENT */
	struct enc_deadlines gone;   /* the program has ended its stream */
};

struct enc_exchange {
	struct enc_flow *flow;
	struct enc_text name; /* of the binding; in the flow's host */
	enum enc_exchange_state state;
	struct enc_deadline deadline;
	struct enc_buf in; /* read from the program, not handled yet */
	size_t scanned;
	bool hung;  /* the program sends no more */
	bool ahead; /* it has sent bytes that are read after the response */

	/* The request. */
	struct enc_held *held;
	struct enc_call_what what; /* in `called` */
	struct enc_buf called;
	struct enc_call_kind *call; /* NULL: not begun, or over */
	int64_t until_ms;	    /* RECORDING, while there is no room */
	struct enc_buf head;	    /* composed; has the credential */
	bool head_sent;
	bool to_head;	 /* the method is HEAD */
	bool continues;	 /* it waits for 100 Continue */
	bool repeatable; /* it may be sent again */
	bool close;	 /* the program's connection ends after it */
	bool deaf;	 /* the upstream takes no more of the body */
	struct enc_framing up;
	struct enc_await await;
	struct enc_reach reach;
	struct enc_upstream_link *link;

	/* The response. */
	struct enc_buf answer; /* its head, while that isn't complete */
	size_t answer_scanned;
	unsigned int interim; /* 1xx responses that came before it */
	uint16_t status;
	uint64_t bytes;
	bool last; /* the upstream closes after it */
	struct enc_framing down;
	struct enc_mask_stream mask;
};

struct enc_exchanges *enc_exchanges_new(struct enc_gate *gate);

/* ---- exchange.c ---- */

/* enc_exchange_begin() - go on with a request that is granted and composed */
void enc_exchange_begin(struct enc_exchange *exchange);

/* enc_exchange_near() - handle events of the program's side */
void enc_exchange_near(struct enc_exchange *exchange, int events);

/* enc_exchange_watch() - watch both sides for the next possible step */
void enc_exchange_watch(struct enc_exchange *exchange);

/* enc_exchange_drop() - free all that belongs to the request, at any state */
void enc_exchange_drop(struct enc_exchange *exchange);

/*
 * enc_exchange_unsent() - whether a part of a granted request wasn't sent yet
 */
bool enc_exchange_unsent(const struct enc_exchange *exchange);

/* ---- flow_binding.c ---- */

/* enc_exchange_next() - go on after a response that was read to its end */
void enc_exchange_next(struct enc_exchange *exchange);

/*
 * enc_exchange_fail() - answer that there is no response; if one has begun,
 * reset the program's connection
 */
void enc_exchange_fail(struct enc_exchange *exchange,
		       enum enc_exchange_answer answer);

/* enc_exchange_refuse() - refuse a request, and put that on record */
void enc_exchange_refuse(struct enc_exchange *exchange,
			 enum enc_call_reason reason);

#endif
