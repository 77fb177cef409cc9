/*
 * Connects the program to a destination that a rule allows. Where the name is
 * in what the program says, HTTP on port 80 and TLS on port 443, it has to be
 * the one that was resolved. Nothing leaves before the attempt is on record,
 * and no address is dialled that wasn't checked. Bytes then pass unchanged.
 */

#include <assert.h>
#include <errno.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>

#include "address.h"
#include "flow.h"
#include "gate_internal.h"
#include "http1.h"
#include "http_host.h"
#include "names.h"
#include "tls_hello.h"

enum {
	DNS_PORT = 53,
	/* What a peer may have sent that the other one doesn't take. */
	PENDING_MAX_BYTES = 64 * 1024,
	/* Reads in a row before other flows are served. */
	AT_ONCE = 8,
};

static_assert((int)ENC_FLOW_HEAD_MAX_BYTES <= (int)PENDING_MAX_BYTES,
	      "a head that a lane has no room for");

/* internal_error (RFC 8446, section 6) */
static const struct enc_flow_answer unreachable = { "502 Bad Gateway",
						    "unreachable", 80 };

/* ---- decisions ---- */

/*
 * deny() - note that a flow is refused after all, and refuse it; the flow may
 * be gone then
 */
static void deny(struct enc_flow *flow, const char *rule)
{
	enc_gate_refuse(flow->gate, &flow->attempt, rule);
	enc_flow_deny_by(flow, rule);
}

/*
 * note_allowed() - judge the flow by the rules as they are now, and note it.
 * Return: whether it may go on; else it is refused
 */
static bool note_allowed(struct enc_flow *flow)
{
	struct enc_decision decision;

	enc_gate_judge(flow->gate, &flow->attempt, &decision);
	if (decision.verdict != ENC_VERDICT_ALLOW) {
		deny(flow, decision.rule);
		return false;
	}
	if (enc_gate_note(flow->gate, &flow->attempt, &decision,
			  &flow->report) < 0) {
		deny(flow, "destinations-limit");
		return false;
	}
	flow->noted = true;
	return true;
}

/* fail() - tell the program that it can't be reached; may end the flow */
static void fail(struct enc_flow *flow, int r)
{
	char address[ENC_EGRESS_ADDRESS_BYTES];
	char *message = NULL;

	enc_egress_address(flow->attempt.addr, address);
	if (asprintf(&message, "%s:%u can't be reached: %s",
		     flow->attempt.host != NULL ? flow->attempt.host : address,
		     flow->attempt.port,
		     r == -ENOENT    ? "there is no such name"
		     : r == -ENODATA ? "the name has no address"
				     : strerror(-r)) < 0) {
		abort();
	}
	enc_flow_refuse(flow, &unreachable, message);
}

/* ---- the way to a connection ---- */

static void on_dialled(struct enc_dial *dial, struct enc_peer *peer, int r);

/* dial() - connect to the address that is on record */
static void dial(struct enc_flow *flow)
{
	const uint8_t *addr = flow->addresses == NULL
				      ? flow->attempt.addr
				      : flow->addresses->addr[flow->next];

	enc_flow_move(flow, ENC_FLOW_DIALLING);
	enc_dial_begin(&flow->dial, flow->gate, addr, 1, flow->attempt.port,
		       on_dialled);
}

static void go_on(struct enc_flow *flow);

/* wait_for_record() - go on once the flow's report is on record */
static void wait_for_record(struct enc_flow *flow)
{
	enc_flow_move(flow, ENC_FLOW_RECORDING);
	if (flow->report <= flow->gate->recorded) {
		go_on(flow);
	}
}

/*
 * find_denied() - find an address of a name that may not be dialled; NULL if all
 * may
 */
static const char *find_denied(struct enc_flow *flow,
			       const struct enc_addresses *addresses)
{
	for (size_t i = 0; i < addresses->count; i++) {
		const char *rule =
			enc_gate_denied(flow->gate, addresses->addr[i],
					flow->attempt.port);

		if (rule != NULL) {
			memcpy(flow->attempt.reached, addresses->addr[i],
			       sizeof(flow->attempt.reached));
			return rule;
		}
	}
	return NULL;
}

/*
 * choose() - choose an address of the name: it is noted, and dialled once that
 * is on record. Return: whether the flow goes on
 */
static bool choose(struct enc_flow *flow, size_t index)
{
	flow->next = index;
	memcpy(flow->attempt.reached, flow->addresses->addr[index],
	       sizeof(flow->attempt.reached));
	return note_allowed(flow);
}

static void on_resolved(struct enc_resolving *resolving,
			const struct enc_addresses *addresses, int r)
{
	struct enc_flow *flow =
		ENC_HOLDER(resolving, struct enc_flow, resolving);
	const char *denied = r == 0 ? find_denied(flow, addresses) : NULL;

	if (denied != NULL) {
		deny(flow, denied);
		return;
	}
	if (r < 0) {
		if (note_allowed(flow)) {
			fail(flow, r);
		}
		return;
	}
	flow->addresses = enc_xalloc(sizeof(*flow->addresses));
	*flow->addresses = *addresses;
	if (choose(flow, 0)) {
		wait_for_record(flow);
	}
}

/* go_on() - the flow's report is on record: ask for the name, then dial */
static void go_on(struct enc_flow *flow)
{
	if (flow->attempt.host == NULL || flow->addresses != NULL) {
		dial(flow);
		return;
	}
	enc_flow_move(flow, ENC_FLOW_RESOLVING);
	enc_resolve(flow->gate->resolver, flow->attempt.host, &flow->resolving,
		    on_resolved);
}

/*
 * ask_first() - let the question for a name be on record before it leaves. The
 * program has asked it, and maybe before a rule allowed it; then the gate's own
 * is noted. Return: whether the flow goes on
 */
static bool ask_first(struct enc_flow *flow)
{
	struct enc_attempt question = { .via = ENC_VIA_DNS,
					.protocol = IPPROTO_UDP,
					.port = DNS_PORT,
					.host = flow->attempt.host };
	const uint8_t *v4 = enc_address_v4(flow->attempt.addr);
	struct enc_decision decision;

	enc_gate_judge(flow->gate, &flow->attempt, &decision);
	if (decision.verdict != ENC_VERDICT_ALLOW) {
		deny(flow, decision.rule);
		return false;
	}
	flow->report = enc_names_report(flow->gate->names, flow->attempt.addr);
	if (flow->report != 0) {
		return true;
	}
	if (enc_gate_note(flow->gate, &question, &decision, &flow->report) <
	    0) {
		deny(flow, "destinations-limit");
		return false;
	}
	enc_names_asked(flow->gate->names, v4, flow->report);
	return true;
}

/* set_out() - go on with a flow whose name was compared */
static void set_out(struct enc_flow *flow)
{
	if (flow->attempt.host != NULL ? ask_first(flow) : note_allowed(flow)) {
		wait_for_record(flow);
	}
}

/* ---- the name in what the program says ---- */

/*
 * read_http() - find the name of an HTTP request. Return: 0; -EAGAIN: more
 * bytes are needed; -EPROTO
 */
static int read_http(struct enc_flow *flow, char ret_name[ENC_HOST_NAME_BYTES])
{
	static struct enc_http1_head head;
	struct enc_http_host host;
	int status;
	int r = enc_http1_request_any(enc_buf_bytes(&flow->head),
				      flow->head.length, &flow->scanned, &head,
				      &status);

	if (r <= 0) {
		return r == 0 ? -EAGAIN : r;
	}
	r = enc_http_host_read(&head, &host);
	if (r == 0 && (host.form == ENC_HTTP_FORM_AUTHORITY ||
		       host.port != flow->attempt.port)) {
		r = -EPROTO;
	}
	if (r == 0) {
		memcpy(ret_name, host.name, sizeof(host.name));
	}
	return r;
}

static int read_tls(struct enc_flow *flow, char ret_name[ENC_HOST_NAME_BYTES])
{
	struct enc_tls_hello hello;
	int r = enc_tls_hello_parse(enc_buf_bytes(&flow->head),
				    flow->head.length, &hello);

	if (r == 0 && hello.encrypted) {
		r = -EPROTO;
	}
	if (r == 0) {
		memcpy(ret_name, hello.name, sizeof(hello.name));
	}
	return r;
}

static void read_name(struct enc_flow *flow)
{
	bool http = flow->attempt.port == ENC_FLOW_HTTP_PORT;
	char name[ENC_HOST_NAME_BYTES] = "";
	int r = http ? read_http(flow, name) : read_tls(flow, name);

	if (r == -EAGAIN) {
		return; /* after a second it is too late */
	}
	if (r < 0) {
		deny(flow, http ? "allowlist: not HTTP/1.1 with a host"
				: "allowlist: not TLS with a server name");
	} else if (strcmp(name, flow->attempt.host) != 0) {
		deny(flow, "allowlist: another host in the request");
	} else {
		set_out(flow);
	}
}

void enc_flow_pass_begin(struct enc_flow *flow)
{
	uint16_t port = flow->attempt.port;

	flow->kind = &enc_flow_pass;
	flow->out = true;
	flow->all->out_count++;
	if (flow->attempt.host != NULL &&
	    (port == ENC_FLOW_HTTP_PORT || port == ENC_FLOW_TLS_PORT)) {
		enc_flow_move(flow, ENC_FLOW_READING);
	} else {
		set_out(flow);
	}
}

/* ---- an open connection ---- */

/* take() - write what waits. Return: 0, -EAGAIN, or another negative errno */
static int take(struct enc_lane *lane, struct enc_peer *to)
{
	while (lane->pending.length > 0) {
		ssize_t n =
			send(to->fd, enc_buf_bytes(&lane->pending),
			     lane->pending.length, MSG_DONTWAIT | MSG_NOSIGNAL);

		if (n < 0) {
			return errno == EINTR ? -EAGAIN : -errno;
		}
		enc_buf_consume(&lane->pending, (size_t)n);
	}
	enc_buf_done(&lane->pending);
	return 0;
}

/*
 * carry() - read once and write as much as the other takes. Return: 0;
 * -EAGAIN: nothing more for now; another negative errno
 */
static int carry(struct enc_lane *lane, struct enc_peer *from,
		 struct enc_peer *to)
{
	static uint8_t bytes[PENDING_MAX_BYTES];
	ssize_t n = recv(from->fd, bytes, sizeof(bytes), MSG_DONTWAIT);
	ssize_t sent;

	if (n < 0) {
		return errno == EINTR ? -EAGAIN : -errno;
	}
	if (n == 0) {
		lane->ended = true;
		return 0;
	}
	sent = send(to->fd, bytes, (size_t)n, MSG_DONTWAIT | MSG_NOSIGNAL);
	if (sent < 0 && errno != EAGAIN && errno != EINTR) {
		return -errno;
	}
	sent = ENC_MAX(sent, 0);
	if (sent < n) {
		ENC_MUST(enc_buf_append(&lane->pending, bytes + sent,
					(size_t)(n - sent)));
		return -EAGAIN;
	}
	return 0;
}

/* pump() - move bytes in one direction. Return: 0 or a negative errno */
static int pump(struct enc_lane *lane, struct enc_peer *from,
		struct enc_peer *to)
{
	int r = take(lane, to);

	for (int i = 0; r == 0 && i < AT_ONCE && !lane->ended; i++) {
		r = carry(lane, from, to);
	}
	if (lane->ended && lane->pending.length == 0 && !lane->shut) {
		lane->shut = true;
		/* The peer may have reset it meanwhile. */
		ENC_IGNORE(shutdown(to->fd, SHUT_WR));
	}
	return r == -EAGAIN ? 0 : r;
}

/*
 * watch() - wait for what can be done at a peer
 * @in:  what comes from it
 * @out: what goes to it
 */
static void watch(struct enc_peer *peer, const struct enc_lane *in,
		  const struct enc_lane *out)
{
	int events = 0;

	if (!in->ended && in->pending.length == 0) {
		events |= UV_READABLE;
	} else if (!in->ended && !in->hung) {
		events |= UV_DISCONNECT; /* also a reset */
	}
	if (out->pending.length > 0) {
		events |= UV_WRITABLE;
	}
	enc_peer_watch(peer, events);
}

static void move_bytes(struct enc_flow *flow)
{
	int r = pump(&flow->up, flow->near, flow->far);

	if (r == 0) {
		r = pump(&flow->down, flow->far, flow->near);
	}
	if (r < 0 || (flow->up.shut && flow->down.shut)) {
		enc_flow_end(flow, /* politely= */ r == 0);
		return;
	}
	if ((flow->up.shut || flow->down.shut) &&
	    flow->state == ENC_FLOW_OPEN) {
		enc_flow_move(flow, ENC_FLOW_HALF_CLOSED);
	}
	watch(flow->near, &flow->up, &flow->down);
	watch(flow->far, &flow->down, &flow->up);
}

static void on_ready(struct enc_flow *flow, struct enc_peer *peer, int events)
{
	struct enc_lane *in = peer == flow->near ? &flow->up : &flow->down;

	if ((events & ENC_PEER_FAILED) != 0) {
		enc_flow_end(flow, /* politely= */ false);
		return;
	}
	in->hung |= (events & UV_DISCONNECT) != 0;
	enc_deadline_set(&flow->all->idle, &flow->deadline);
	move_bytes(flow);
}

static void on_far(struct enc_peer *peer, int events)
{
	on_ready(peer->owner, peer, events);
}

static void on_dialled(struct enc_dial *dialled, struct enc_peer *peer, int r)
{
	struct enc_flow *flow = ENC_HOLDER(dialled, struct enc_flow, dial);

	if (r < 0 && flow->addresses != NULL &&
	    flow->next + 1 < flow->addresses->count) {
		if (choose(flow, flow->next + 1)) {
			wait_for_record(flow);
		}
		return;
	}
	if (r < 0) {
		fail(flow, r);
		return;
	}
	flow->far = peer;
	enc_peer_hand_over(peer, flow, on_far);
	enc_flow_move(flow, ENC_FLOW_OPEN);
	flow->up.pending = ENC_BUF(PENDING_MAX_BYTES);
	flow->down.pending = ENC_BUF(PENDING_MAX_BYTES);
	ENC_MUST(enc_buf_append(&flow->up.pending, enc_buf_bytes(&flow->head),
				flow->head.length));
	enc_buf_done(&flow->head);
	move_bytes(flow);
}

/*
 * judge_again() - cut a flow that isn't allowed any more. One that is still read
 * is judged when its name is known.
 */
static void judge_again(struct enc_flow *flow)
{
	struct enc_decision decision;

	enc_gate_judge(flow->gate, &flow->attempt, &decision);
	if (decision.verdict == ENC_VERDICT_ALLOW ||
	    flow->state == ENC_FLOW_READING) {
		return;
	}
	if (flow->noted) {
		enc_gate_count(flow->gate, ENC_COUNTED_FLOWS_CUT);
		enc_flow_end(flow, /* politely= */ false);
	} else {
		enc_resolve_stop(&flow->resolving);
		deny(flow, decision.rule);
	}
}

static bool is_sending(const struct enc_flow *flow)
{
	return !flow->up.shut;
}

const struct enc_flow_kind enc_flow_pass = {
	.read = read_name,
	.recorded = go_on,
	.ready = on_ready,
	.judge_again = judge_again,
	.is_sending = is_sending,
};
