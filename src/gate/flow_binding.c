/*
 * A connection of the program to a service binding. The gate parses requests
 * strictly, one after the other, and decides about each by itself. After a
 * refusal it reads nothing more from the connection. Its own responses never
 * repeat a part of a request.
 */

#include <errno.h>
#include <string.h>
#include <sys/socket.h>

#include "clock.h"
#include "compose.h"
#include "exchange.h"
#include "gate_internal.h"
#include "held.h"
#include "http_host.h"
#include "sending.h"

enum {
	IDLE_MS = 120000,   /* between requests */
	HEAD_MS = 10000,    /* from the first byte of a head to its last */
	AGAIN_MS = 100,	    /* until there may be room for a kind of call */
	ANSWER_MS = 240000, /* from the request to the head of the response */
	GONE_MS = 4000,
	IN_MAX_BYTES = 64 * 1024,
	/* The output of one read, with a head and bytes that were held back. */
	DOWN_MAX_BYTES = 512 * 1024,
	ANSWER_MAX_BYTES = 1024,
};

/* ---- answers of the gate ---- */

struct answer_row {
	struct enc_flow_answer answer;
	const char *message;
};

static const struct answer_row refusals[ENC_CALL_REASON_MAX] = {
	[ENC_CALL_NOT_GRANTED] = { { "403 Forbidden", "binding_denied", 0 },
				   "this session has no such binding" },
	[ENC_CALL_METHOD] = { { "403 Forbidden", "binding_denied", 0 },
			      "the binding doesn't allow this method" },
	[ENC_CALL_PATH] = { { "403 Forbidden", "binding_denied", 0 },
			    "the binding doesn't allow this path" },
	[ENC_CALL_RATE] = { { "429 Too Many Requests", "rate_limited", 0 },
			    "the binding's requests per minute are used up" },
	[ENC_CALL_REQUEST] = { { "400 Bad Request", "bad_request", 0 },
			       "the request isn't one that bindings pass on: "
			       "HTTP/1.1, with the binding's name as host" },
	[ENC_CALL_UPSTREAM] = { { "403 Forbidden", "binding_denied", 0 },
				"the upstream has an address that is denied" },
	[ENC_CALL_VAULT] = { { "503 Service Unavailable", "vault_unavailable",
			       0 },
			     "the credential isn't there at the moment, try "
			     "again later" },
};

static const struct answer_row failures[] = {
	[ENC_EXCHANGE_UNREACHABLE] = { { "502 Bad Gateway",
					 "upstream_unreachable", 0 },
				       "the upstream can't be reached, or it "
				       "closed the connection" },
	[ENC_EXCHANGE_UNTRUSTED] = { { "502 Bad Gateway", "upstream_untrusted",
				       0 },
				     "TLS with the upstream failed, or its "
				     "certificate isn't valid for it" },
	[ENC_EXCHANGE_TIMEOUT] = { { "504 Gateway Timeout", "upstream_timeout",
				     0 },
				   "the upstream took too long" },
	[ENC_EXCHANGE_INVALID] = { { "502 Bad Gateway", "upstream_invalid", 0 },
				   "the upstream's response can't be passed "
				   "on" },
	[ENC_EXCHANGE_UNRECORDED] = { { "503 Service Unavailable",
					"unavailable", 0 },
				      "the call can't be recorded, so it isn't "
				      "made: the session's log is full, or "
				      "its store fails" },
};

/* conclude() - end the connection after a response; further input is dropped */
static void conclude(struct enc_exchange *exchange)
{
	struct enc_flow *flow = exchange->flow;

	enc_deadline_clear(&exchange->deadline);
	enc_buf_done(&exchange->in);
	/* This fails if the program is gone. */
	ENC_IGNORE(shutdown(flow->near->fd, SHUT_WR));
	enc_flow_move(flow, ENC_FLOW_ANSWERED);
}

/* tell() - answer a request and end the connection */
static void tell(struct enc_exchange *exchange, const struct answer_row *row,
		 const char *header)
{
	struct enc_flow *flow = exchange->flow;
	ENC_AUTO(buf) answer = ENC_BUF(ANSWER_MAX_BYTES);
	struct iovec part;

	enc_flow_answer_http(&answer, &row->answer, header, row->message,
			     exchange->to_head);
	enc_exchange_drop(exchange);
	part = (struct iovec){ (void *)(uintptr_t)enc_buf_bytes(&answer),
			       answer.length };
	if (enc_sending_parts(flow->near->fd, &flow->down.pending, &part, 1) <
		    0 ||
	    flow->down.pending.length > 0) {
		enc_flow_end(flow, /* politely= */ false);
		return;
	}
	conclude(exchange);
}

void enc_exchange_fail(struct enc_exchange *exchange,
		       enum enc_exchange_answer answer)
{
	if (exchange->state == ENC_EXCHANGE_ANSWERING) {
		enc_flow_end(exchange->flow, /* politely= */ false);
		return;
	}
	if (answer == ENC_EXCHANGE_UNRECORDED && exchange->call != NULL) {
		enc_calls_drop(exchange->flow->gate->calls,
			       ENC_TAKE(exchange->call));
	}
	tell(exchange, &failures[answer], "");
}

/* refuse_with() - like enc_exchange_refuse(), with a header line */
static void refuse_with(struct enc_exchange *exchange,
			enum enc_call_reason reason, const char *header)
{
	struct enc_gate *gate = exchange->flow->gate;

	if (exchange->call != NULL) {
		enc_calls_drop(gate->calls, ENC_TAKE(exchange->call));
	}
	enc_calls_refuse(gate->calls, &exchange->what, reason,
			 enc_clock_mono_ms());
	enc_gate_plan_soon(gate);
	tell(exchange, &refusals[reason], header);
}

void enc_exchange_refuse(struct enc_exchange *exchange,
			 enum enc_call_reason reason)
{
	refuse_with(exchange, reason, "");
}

/* ---- decisions ---- */

/* is_for() - whether a request names the host that the connection is to */
static bool is_for(const struct enc_exchange *exchange,
		   const struct enc_http1_head *head)
{
	const struct enc_attempt *to = &exchange->flow->attempt;
	struct enc_http_host host;

	return enc_http_host_read(head, &host) == 0 &&
	       strcmp(host.name, to->host) == 0 && host.port == to->port;
}

/* has_method() - whether the scope of a binding has a method */
static bool has_method(const struct enc_binding *binding,
		       struct enc_text method)
{
	for (size_t i = 0; i < binding->method_count; i++) {
		if (binding->methods[i].length == method.length &&
		    memcmp(binding->methods[i].bytes, method.bytes,
			   method.length) == 0) {
			return true;
		}
	}
	return binding->method_count == 0;
}

/*
 * judge() - decide about a request to a granted binding
 * @ret_wait_s: for ENC_CALL_RATE: seconds until the next one is allowed
 */
static enum enc_call_reason judge(struct enc_held_row *row,
				  const struct enc_http1_head *head,
				  unsigned int *ret_wait_s)
{
	const struct enc_binding *binding;

	if (enc_compose_fault(head) != NULL) {
		return ENC_CALL_REQUEST;
	}
	if (row->held == NULL) {
		return ENC_CALL_VAULT;
	}
	binding = &row->held->binding;
	if (!enc_binding_allows(binding, head->method,
				enc_compose_path(head))) {
		return has_method(binding, head->method) ? ENC_CALL_PATH
							 : ENC_CALL_METHOD;
	}
	return enc_call_rate_take(&row->rate, enc_clock_mono_ms(), ret_wait_s)
		       ? ENC_CALL_GRANTED
		       : ENC_CALL_RATE;
}

static bool is_idempotent(struct enc_text method)
{
	static const char *const methods[] = { "GET", "HEAD", "OPTIONS", "PUT",
					       "DELETE" };

	for (size_t i = 0; i < ENC_COUNT(methods); i++) {
		if (method.length == strlen(methods[i]) &&
		    memcmp(method.bytes, methods[i], method.length) == 0) {
			return true;
		}
	}
	return false;
}

/* add_what() - append a part of the call's description. Return: its length */
static size_t add_what(struct enc_exchange *exchange, struct enc_text text)
{
	ENC_MUST(enc_buf_append(&exchange->called, text.bytes, text.length));
	return text.length;
}

/*
 * note_what() - keep the description of the call for the record
 * @head: NULL: it can't be read
 */
static void note_what(struct enc_exchange *exchange,
		      const struct enc_http1_head *head)
{
	static const struct enc_text none = { "", 0 };
	struct enc_call_what *what = &exchange->what;

	what->binding.length = add_what(exchange, exchange->name);
	what->method.length =
		add_what(exchange, head == NULL ? none : head->method);
	what->path.length =
		add_what(exchange,
			 head == NULL ? none : enc_compose_path(head));
	/* A program that knows a value may put it into any part. */
	enc_mask_in_place(enc_held_mask(exchange->flow->gate->held),
			  exchange->called.memory + exchange->called.start,
			  exchange->called.length, NULL, NULL);
	what->binding.bytes = (const char *)enc_buf_bytes(&exchange->called);
	what->method.bytes = what->binding.bytes + what->binding.length;
	what->path.bytes = what->method.bytes + what->method.length;
}

/* set_out() - begin the exchange of a granted request */
static void set_out(struct enc_exchange *exchange, struct enc_held *held,
		    const struct enc_http1_head *head, size_t head_bytes)
{
	exchange->held = enc_held_ref(held);
	ENC_MUST(enc_compose_request(&exchange->head, &held->binding, head));
	enc_framing_of_request(&exchange->up, head);
	exchange->head_sent = false;
	exchange->continues = head->expects_continue;
	exchange->repeatable =
		is_idempotent(head->method) && enc_framing_done(&exchange->up);
	exchange->deaf = false;
	exchange->answer_scanned = 0;
	exchange->interim = 0;
	exchange->bytes = 0;
	enc_buf_consume(&exchange->in, head_bytes);
	enc_deadline_clear(&exchange->deadline);
	enc_exchange_begin(exchange);
}

/*
 * take_request() - decide about the first request in the buffer. The flow may
 * be gone then
 */
static void take_request(struct enc_exchange *exchange,
			 const struct enc_http1_head *head, size_t head_bytes)
{
	struct enc_gate *gate = exchange->flow->gate;
	struct enc_held_row *row = enc_held_find(gate->held, exchange->name);
	enum enc_call_reason reason;
	unsigned int wait_s = 0;

	note_what(exchange, head);
	exchange->scanned = 0;
	exchange->close = head->close;
	exchange->to_head = enc_http1_is(head->method, "HEAD");
	if (!is_for(exchange, head)) {
		reason = ENC_CALL_REQUEST;
	} else if (row == NULL) {
		reason = ENC_CALL_NOT_GRANTED;
	} else {
		reason = judge(row, head, &wait_s);
	}
	if (reason == ENC_CALL_GRANTED) {
		set_out(exchange, row->held, head, head_bytes);
	} else if (reason == ENC_CALL_RATE) {
		char header[64];

		(void)snprintf(header, sizeof(header), "Retry-After: %u\r\n",
			       wait_s);
		refuse_with(exchange, reason, header);
	} else {
		enc_exchange_refuse(exchange, reason);
	}
}

/* refuse_malformed() - refuse input that isn't a request */
static void refuse_malformed(struct enc_exchange *exchange)
{
	exchange->to_head = false;
	note_what(exchange, NULL);
	enc_exchange_refuse(exchange, ENC_CALL_REQUEST);
}

/* ---- reading ---- */

/*
 * serve() - decide about the next request, if its head is there. The flow may
 * be gone then
 */
static void serve(struct enc_exchange *exchange)
{
	static struct enc_http1_head head; /* static since it is large */
	struct enc_exchanges *all = exchange->flow->gate->exchanges;
	int status;
	int r = enc_http1_request(enc_buf_bytes(&exchange->in),
				  exchange->in.length, &exchange->scanned,
				  &head, &status);

	if (r > 0) {
		take_request(exchange, &head, (size_t)r);
		return;
	}
	if (r < 0) {
		refuse_malformed(exchange);
		return;
	}
	if (exchange->in.length == 0) {
		enc_deadline_set(&all->idle, &exchange->deadline);
	}
	enc_exchange_watch(exchange);
}

static void read_requests(struct enc_exchange *exchange)
{
	static uint8_t bytes[ENC_HTTP1_HEAD_MAX_BYTES];
	struct enc_flow *flow = exchange->flow;
	bool first = exchange->in.length == 0;
	ssize_t n = recv(flow->near->fd, bytes, sizeof(bytes), MSG_DONTWAIT);

	if (n < 0 && (errno == EAGAIN || errno == EINTR)) {
		return;
	}
	if (n <= 0) {
		enc_flow_end(flow, /* politely= */ n == 0 && first);
		return;
	}
	if (first) {
		enc_deadline_set(&flow->gate->exchanges->head,
				 &exchange->deadline);
	}
	/* The buffer holds less than a head; a longer head is refused. */
	ENC_MUST(enc_buf_append(&exchange->in, bytes, (size_t)n));
	serve(exchange);
}

void enc_exchange_next(struct enc_exchange *exchange)
{
	struct enc_flow *flow = exchange->flow;

	if (flow->down.pending.length > 0) {
		enc_exchange_watch(exchange);
		return;
	}
	if (exchange->close) {
		conclude(exchange);
		return;
	}
	exchange->state = ENC_EXCHANGE_WAITING;
	exchange->ahead = false;
	if (exchange->in.length > 0) {
		enc_deadline_set(&flow->gate->exchanges->head,
				 &exchange->deadline);
	}
	serve(exchange);
}

/* ---- the flow ---- */

static void on_ready(struct enc_flow *flow, struct enc_peer *peer, int events)
{
	struct enc_exchange *exchange = flow->exchange;

	(void)peer;
	if ((events & ENC_PEER_FAILED) != 0) {
		enc_flow_end(flow, /* politely= */ false);
		return;
	}
	enc_deadline_set(&flow->all->idle, &flow->deadline);
	if (exchange->state == ENC_EXCHANGE_WAITING) {
		read_requests(exchange);
	} else {
		enc_exchange_near(exchange, events);
	}
}

static void on_ended(struct enc_flow *flow)
{
	struct enc_exchange *exchange = ENC_TAKE(flow->exchange);

	enc_exchange_drop(exchange);
	enc_buf_done(&exchange->in);
	free(exchange);
}

/* judge_again() - cut a call whose record is no longer granted */
static void judge_again(struct enc_flow *flow)
{
	const struct enc_exchange *exchange = flow->exchange;

	if (exchange->held != NULL && exchange->held->withdrawn) {
		enc_gate_count(flow->gate, ENC_COUNTED_FLOWS_CUT);
		enc_flow_end(flow, /* politely= */ false);
	}
}

static bool is_sending(const struct enc_flow *flow)
{
	return enc_exchange_unsent(flow->exchange);
}

const struct enc_flow_kind enc_flow_binding = {
	.ready = on_ready,
	.judge_again = judge_again,
	.is_sending = is_sending,
	.ended = on_ended,
};

void enc_flow_binding_begin(struct enc_flow *flow, struct enc_text name)
{
	struct enc_exchange *exchange = enc_xalloc(sizeof(*exchange));

	flow->kind = &enc_flow_binding;
	flow->exchange = exchange;
	flow->out = true;
	flow->all->out_count++;
	flow->down.pending = ENC_BUF(DOWN_MAX_BYTES);
	exchange->flow = flow;
	exchange->name = name;
	exchange->in = ENC_BUF(IN_MAX_BYTES);
	exchange->called = ENC_BUF(ENC_HTTP1_HEAD_MAX_BYTES);
	exchange->head = ENC_BUF_SECRET(ENC_COMPOSE_REQUEST_MAX_BYTES);
	exchange->answer = ENC_BUF(DOWN_MAX_BYTES);
	enc_deadline_init(&exchange->deadline);
	enc_flow_move(flow, ENC_FLOW_OPEN);
	enc_deadline_set(&flow->gate->exchanges->idle, &exchange->deadline);
	enc_exchange_watch(exchange);
}

/* ---- deadlines ---- */

static struct enc_exchange *of_deadline(struct enc_deadline *deadline)
{
	return ENC_HOLDER(deadline, struct enc_exchange, deadline);
}

static void on_idle(struct enc_deadlines *deadlines,
		    struct enc_deadline *deadline)
{
	(void)deadlines;
	enc_flow_end(of_deadline(deadline)->flow, /* politely= */ true);
}

static void on_too_late(struct enc_deadlines *deadlines,
			struct enc_deadline *deadline)
{
	(void)deadlines;
	enc_flow_end(of_deadline(deadline)->flow, /* politely= */ false);
}

static void on_again(struct enc_deadlines *deadlines,
		     struct enc_deadline *deadline)
{
	(void)deadlines;
	enc_exchange_begin(of_deadline(deadline));
}

static void on_no_answer(struct enc_deadlines *deadlines,
			 struct enc_deadline *deadline)
{
	(void)deadlines;
	enc_exchange_fail(of_deadline(deadline), ENC_EXCHANGE_TIMEOUT);
}

struct enc_exchanges *enc_exchanges_new(struct enc_gate *gate)
{
	struct enc_exchanges *all = enc_xalloc(sizeof(*all));

	enc_deadlines_init(&all->idle, &gate->loop, IDLE_MS, on_idle, NULL);
	enc_deadlines_init(&all->head, &gate->loop, HEAD_MS, on_too_late, NULL);
	enc_deadlines_init(&all->again, &gate->loop, AGAIN_MS, on_again, NULL);
	enc_deadlines_init(&all->answer, &gate->loop, ANSWER_MS, on_no_answer,
			   NULL);
	enc_deadlines_init(&all->gone, &gate->loop, GONE_MS, on_too_late, NULL);
	return all;
}
