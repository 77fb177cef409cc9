#ifndef ENC_GATE_FLOW_H
#define ENC_GATE_FLOW_H

/*
 * Theory of operation
 *
 * A flow is one TCP connection of the program. The kernel has accepted it
 * already, whatever its destination. accept.c decides about it, and gives it a
 * kind; the kind has everything else:
 *
 *	flow_deny.c     refuses it, with an answer of its protocol
 *	flow_pass.c     connects it to the destination, which a rule allows
 *	flow_binding.c  answers its requests to a service binding
 *
 * flow.c has the common parts: states, deadlines, the peer towards the program,
 * the end of the flow. At most one step of a flow's kind runs at a time, and a
 * step may end the flow, which frees it: so nothing touches a flow after such a
 * step.
 */

#include <stdint.h>

#include "buf.h"
#include "deadline.h"
#include "dial.h"
#include "egress.h"
#include "flow_state.h"
#include "ledger.h"
#include "peer.h"
#include "resolve.h"

enum {
	ENC_FLOWS_MAX = 256,	/* further connections are reset and counted */
	ENC_FLOWS_OUT_MAX = 64, /* of them, those that are allowed */
	/* Time for the program to speak, and to read an answer. */
	ENC_FLOW_SPEAK_MS = 1000,
	/* Time for an attempt to get on record. */
	ENC_FLOW_RECORD_MS = 10000,
	/* An open connection on which nothing was sent is reset after this. */
	ENC_FLOW_IDLE_MS = 300000,
	ENC_FLOW_HEAD_MAX_BYTES = 33 * 1024,
	ENC_FLOW_HTTP_PORT = 80,
	ENC_FLOW_TLS_PORT = 443,
	ENC_FLOW_TLS_HANDSHAKE = 22,
};

struct enc_exchange;
struct enc_flow;
struct enc_flows;

/* The steps of a kind of flow. A step may end the flow. */
struct enc_flow_kind {
	/* READING: more bytes have come into `head` */
	void (*read)(struct enc_flow *flow);
	/* RECORDING: the gate's reports up to flow->report are on record */
	void (*recorded)(struct enc_flow *flow);
	/* OPEN, HALF_CLOSED: a peer is ready */
	void (*ready)(struct enc_flow *flow, struct enc_peer *peer, int events);
	/* what is allowed has changed */
	void (*judge_again)(struct enc_flow *flow);
	/* OPEN, HALF_CLOSED: bytes of the program are still to be sent */
	bool (*is_sending)(const struct enc_flow *flow);
	/* free the kind's own part; may be NULL */
	void (*ended)(struct enc_flow *flow);
};

/* An answer of the gate itself, in the protocol that the program speaks. */
struct enc_flow_answer {
	const char *status; /* of HTTP: "403 Forbidden" */
	const char *code;   /* in the JSON body: "egress_denied" */
	uint8_t alert;	    /* of TLS (RFC 8446, section 6) */
};

/* One direction of an open flow. */
struct enc_lane {
	struct enc_buf
		pending; /* read from one peer, not yet taken by the other */
	bool ended;	 /* the one has sent its last byte */
	bool shut;	 /* and the other one was told */
	bool hung;	 /* the one ends, and bytes of it wait */
};

struct enc_flow {
	struct enc_list link;
	struct enc_flows *all;
	struct enc_gate *gate;
	const struct enc_flow_kind *kind;
	enum enc_flow_state state;
	struct enc_deadline deadline;
	struct enc_attempt attempt; /* its host is one of the gate's names */
	struct enc_peer *near;	    /* the program's */
	struct enc_buf head;	    /* what was read in READING */
	const struct enc_flow_answer *answer; /* what a refusal says */
	char *message;

	bool out;		       /* counted in out_count */
	struct enc_exchange *exchange; /* flow_binding.c */

	/* flow_pass.c; flow_binding.c uses down.pending alone */
	bool noted;	 /* the ledger knows that it was allowed */
	size_t next;	 /* index of the address that is dialled */
	uint64_t report; /* number that has to be on record before going on */
	size_t scanned;	 /* of enc_http1_request() */
	struct enc_resolving resolving;
	struct enc_addresses *addresses; /* of the name; NULL: not yet */
	struct enc_dial dial;
	struct enc_peer *far;
	struct enc_lane up;
	struct enc_lane down;
};

struct enc_flows {
	struct enc_gate *gate;
	struct enc_list list;
	size_t count;
	size_t out_count;
	struct enc_deadlines speak; /* by state of a flow */
	struct enc_deadlines record;
	struct enc_deadlines idle;
};

struct enc_flows *enc_flows_new(struct enc_gate *gate);

/*
 * enc_flows_sending() - whether something that the program has sent is still to
 * go out
 */
bool enc_flows_sending(const struct enc_flows *flows);

/*
 * enc_flows_leave() - end all flows of a program that has ended by itself. What
 * it has sent and the kernel has taken is still delivered.
 */
void enc_flows_leave(struct enc_flows *flows);

/* enc_flow_new() - make a flow of an accepted socket, which is taken */
struct enc_flow *enc_flow_new(struct enc_flows *flows, int fd,
			      const struct enc_attempt *attempt);

/* enc_flow_move() - set the state, and the deadline that goes with it */
void enc_flow_move(struct enc_flow *flow, enum enc_flow_state to);

/*
 * enc_flow_end() - close both ends and free the flow
 * @politely: with FIN, since all was said; else with RST
 */
void enc_flow_end(struct enc_flow *flow, bool politely);

/* enc_flows_recorded() - go on with flows that wait for a report */
void enc_flows_recorded(struct enc_flows *flows);

/* enc_flows_judge_again() - what is allowed has changed */
void enc_flows_judge_again(struct enc_flows *flows);

/* ---- flow_deny.c ---- */
extern const struct enc_flow_kind enc_flow_deny;

/*
 * enc_flow_refuse() - answer a flow once it has spoken, or reset it if its
 * protocol is unknown; may end it
 * @message: what to tell; taken
 */
void enc_flow_refuse(struct enc_flow *flow,
		     const struct enc_flow_answer *answer, char *message);

/**
 * enc_flow_answer_http() - write a response of the gate, after which the
 * connection ends
 * @header:   a further header line, with its CRLF; or ""
 * @headless: the response has no body, as for HEAD
 */
void enc_flow_answer_http(struct enc_buf *out,
			  const struct enc_flow_answer *answer,
			  const char *header, const char *message,
			  bool headless);

/* enc_flow_deny_by() - refuse a flow that a rule denies and that is noted */
void enc_flow_deny_by(struct enc_flow *flow, const char *rule);

/* ---- flow_pass.c ---- */
extern const struct enc_flow_kind enc_flow_pass;

/* enc_flow_pass_begin() - connect a flow that a rule allows; may end it */
void enc_flow_pass_begin(struct enc_flow *flow);

/* ---- flow_binding.c ---- */
extern const struct enc_flow_kind enc_flow_binding;

/*
 * enc_flow_binding_begin() - answer requests to a binding, granted or not
 * @name: of the binding; lies in the flow's host
 */
void enc_flow_binding_begin(struct enc_flow *flow, struct enc_text name);

#endif
