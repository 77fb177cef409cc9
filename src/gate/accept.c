/*
 * Takes TCP connections of the program. Whatever its destination, a connection
 * arrives here: the destination is the local address of the accepted socket.
 */

#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>

#include "address.h"
#include "flow.h"
#include "gate_internal.h"
#include "gate_order.h"
#include "held.h"

enum { ACCEPT_AT_ONCE = 64 };

struct listener {
	struct enc_gate *gate;
	int fd;
	uv_poll_t poll;
};

struct enc_accept {
	struct listener listeners[2];
};

static bool find_destination(int fd, struct enc_attempt *attempt)
{
	struct sockaddr_storage name = { 0 };
	socklen_t length = sizeof(name);

	if (getsockname(fd, (struct sockaddr *)&name, &length) < 0) {
		return false;
	}
	if (name.ss_family == AF_INET) {
		struct sockaddr_in v4;

		memcpy(&v4, &name, sizeof(v4));
		enc_address_map(&v4.sin_addr, attempt->addr);
		attempt->port = ntohs(v4.sin_port);
	} else {
		struct sockaddr_in6 v6;

		memcpy(&v6, &name, sizeof(v6));
		memcpy(attempt->addr, &v6.sin6_addr, 16);
		attempt->port = ntohs(v6.sin6_port);
	}
	return true;
}

/* deny() - refuse a connection; one that may get an answer becomes a flow */
static void deny(struct enc_gate *gate, int fd,
		 const struct enc_attempt *attempt, const char *rule)
{
	enc_gate_refuse(gate, attempt, rule);
	if (!gate->launched || (attempt->port != ENC_FLOW_HTTP_PORT &&
				attempt->port != ENC_FLOW_TLS_PORT)) {
		enc_peer_reset(fd);
	} else if (gate->flows->count == ENC_FLOWS_MAX) {
		enc_gate_count(gate, ENC_COUNTED_FLOWS_LIMITED);
		enc_peer_reset(fd);
	} else {
		enc_flow_deny_by(enc_flow_new(gate->flows, fd, attempt), rule);
	}
}

static void allow(struct enc_gate *gate, int fd,
		  const struct enc_attempt *attempt)
{
	if (gate->flows->count == ENC_FLOWS_MAX ||
	    gate->flows->out_count == ENC_FLOWS_OUT_MAX) {
		enc_gate_refuse(gate, attempt, "connections-limit");
		enc_gate_count(gate, ENC_COUNTED_FLOWS_LIMITED);
		enc_peer_reset(fd);
		return;
	}
	enc_flow_pass_begin(enc_flow_new(gate->flows, fd, attempt));
}

/*
 * serve() - answer requests to a binding. Requests to one that isn't granted
 * are answered, too, so that each is on record by itself
 */
static void serve(struct enc_gate *gate, int fd,
		  const struct enc_attempt *attempt, struct enc_text name,
		  const struct enc_decision *decision)
{
	bool full = gate->flows->count == ENC_FLOWS_MAX ||
		    gate->flows->out_count == ENC_FLOWS_OUT_MAX;
	uint64_t report;

	if (full) {
		enc_gate_refuse(gate, attempt, "connections-limit");
		enc_gate_count(gate, ENC_COUNTED_FLOWS_LIMITED);
	} else if (decision->verdict == ENC_VERDICT_DENY) {
		enc_gate_refuse(gate, attempt, decision->rule);
	} else if (enc_gate_note(gate, attempt, decision, &report) < 0) {
		enc_gate_refuse(gate, attempt, "destinations-limit");
		full = true;
	}
	if (full) {
		enc_peer_reset(fd);
		return;
	}
	enc_gate_use_bindings(gate);
	enc_flow_binding_begin(enc_flow_new(gate->flows, fd, attempt), name);
}

static void take_connection(struct enc_gate *gate, int fd)
{
	struct enc_attempt attempt = { .via = ENC_VIA_CONNECT,
				       .protocol = IPPROTO_TCP };
	struct enc_decision decision;
	struct enc_text name;

	if (!find_destination(fd, &attempt)) {
		enc_peer_reset(fd);
		return;
	}
	attempt.host = enc_names_of(gate->names, attempt.addr);
	enc_gate_judge(gate, &attempt, &decision);
	if (gate->launched && attempt.port == ENC_FLOW_HTTP_PORT &&
	    attempt.host != NULL && enc_held_name(attempt.host, &name)) {
		serve(gate, fd, &attempt, name, &decision);
	} else if (decision.verdict == ENC_VERDICT_ALLOW && gate->launched) {
		allow(gate, fd, &attempt);
	} else {
		deny(gate, fd, &attempt, decision.rule);
	}
}

static void on_connection(uv_poll_t *poll, int status, int events)
{
	struct listener *listener = ENC_HOLDER(poll, struct listener, poll);

	(void)status;
	(void)events;
	for (int i = 0; i < ACCEPT_AT_ONCE; i++) {
		int fd = accept4(listener->fd, NULL, NULL,
				 SOCK_CLOEXEC | SOCK_NONBLOCK);

		if (fd < 0) {
			return;
		}
		take_connection(listener->gate, fd);
	}
}

struct enc_accept *enc_accept_new(struct enc_gate *gate)
{
	struct enc_accept *accept = enc_xalloc(sizeof(*accept));

	for (int i = 0; i < 2; i++) {
		accept->listeners[i].gate = gate;
		accept->listeners[i].fd = ENC_GATE_FD_TCP4 + i;
		enc_gate_watch(gate, &accept->listeners[i].poll,
			       accept->listeners[i].fd, UV_READABLE,
			       on_connection);
	}
	return accept;
}
