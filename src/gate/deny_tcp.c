/*
 * Refuses TCP connections. The kernel has accepted a connection already, so the
 * gate refuses it by its answer: HTTP gets a 403 that names destination and
 * rule, TLS an alert, anything else a reset. The gate never connects to
 * anything.
 */

#include <errno.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "address.h"
#include "buf.h"
#include "clock.h"
#include "egress.h"
#include "gate_internal.h"
#include "gate_order.h"
#include "json.h"
#include "list.h"

enum {
	FLOWS_MAX = 256, /* further connections are reset and counted */
	ACCEPT_AT_ONCE = 64,
	/* Time for the client to send its request and to read. */
	SPEAK_MS = 1000,
	HEAD_MAX_BYTES = 8192,
	HTTP_PORT = 80,
	TLS_PORT = 443,
	TLS_HANDSHAKE = 22,
	TLS_HEADER_BYTES = 5,
};

struct listener {
	struct enc_deny_tcp *tcp;
	int fd;
	uv_poll_t poll;
};

struct enc_deny_tcp {
	struct enc_gate *gate;
	struct listener listeners[2];
	/* Connections, the oldest first. All have the same timeout. */
	struct enc_list flows;
	size_t flow_count;
	uv_timer_t deadline;
};

struct flow {
	struct enc_list link;
	struct enc_deny_tcp *tcp;
	uv_poll_t poll;
	int fd;
	int64_t deadline_ms;
	bool answered; /* answered: further input is discarded */
	uint16_t port;
	struct enc_buf head;
	const char *host; /* name from the gate's names; NULL: an address */
	char address[ENC_EGRESS_ADDRESS_BYTES];
	const char *rule;
};

/* reset() - close with RST instead of FIN, so that the client sees a refusal */
static void reset(int fd)
{
	struct linger now = { .l_onoff = 1, .l_linger = 0 };

	ENC_IGNORE(setsockopt(fd, SOL_SOCKET, SO_LINGER, &now, sizeof(now)));
	(void)close(fd); /* Linux closes it even if close() reports an error */
}

static void on_closed(uv_handle_t *handle)
{
	struct flow *flow = ENC_HOLDER((uv_poll_t *)handle, struct flow, poll);

	enc_buf_done(&flow->head);
	free(flow);
}

/*
 * end_flow() - close a connection and free it
 * @politely: with FIN, since it got an answer; else with RST
 */
static void end_flow(struct flow *flow, bool politely)
{
	enc_list_remove(&flow->link);
	flow->tcp->flow_count--;
	(void)uv_poll_stop(&flow->poll);
	if (politely) {
		/* close() frees the descriptor even if it returns an error. */
		(void)close(flow->fd);
	} else {
		reset(flow->fd);
	}
	uv_close((uv_handle_t *)&flow->poll, on_closed);
}

/* ---- answers ---- */

static void send_answer(struct flow *flow, const void *bytes, size_t length)
{
	/*
	 * The answer has a few hundred bytes and the send buffer is empty, so
	 * one send is enough.
	 */
	ENC_IGNORE(send(flow->fd, bytes, length, MSG_DONTWAIT | MSG_NOSIGNAL));
	ENC_IGNORE(shutdown(flow->fd, SHUT_WR)); /* the client may be gone */
	flow->answered = true;
}

static void answer_http(struct flow *flow)
{
	ENC_AUTO(buf) body = ENC_BUF(4096);
	ENC_AUTO(buf) answer = ENC_BUF(8192);
	char message[ENC_MESSAGE_HOST_MAX_BYTES + 128];

	(void)snprintf(message, sizeof(message),
		       "%s:%u is denied by %s: this session may not reach it",
		       flow->host != NULL ? flow->host : flow->address,
		       flow->port, flow->rule);
	ENC_MUST(enc_buf_printf(&body, "{\"error\":{\"code\":"
				       "\"egress_denied\",\"message\":"));
	ENC_MUST(enc_json_string(&body, message, strlen(message)));
	ENC_MUST(enc_buf_printf(&body, "}}\n"));
	ENC_MUST(enc_buf_printf(&answer,
				"HTTP/1.1 403 Forbidden\r\n"
				"Content-Type: application/json\r\n"
				"Content-Length: %zu\r\n"
				"Connection: close\r\n\r\n",
				body.length));
	ENC_MUST(enc_buf_append(&answer, enc_buf_bytes(&body), body.length));
	send_answer(flow, enc_buf_bytes(&answer), answer.length);
}

static void answer_tls(struct flow *flow)
{
	/*
	 * An alert: TLS 1.2 record, fatal, access_denied (RFC 8446, section 6).
	 */
	static const uint8_t alert[] = { 21, 3, 3, 0, 2, 2, 49 };

	send_answer(flow, alert, sizeof(alert));
}

/*
 * has_spoken() - whether enough of the request came to answer it in its
 * protocol
 */
static bool has_spoken(const struct flow *flow)
{
	const uint8_t *bytes = enc_buf_bytes(&flow->head);

	if (flow->port == TLS_PORT) {
		return flow->head.length >= TLS_HEADER_BYTES;
	}
	return memmem(bytes, flow->head.length, "\r\n\r\n", 4) != NULL ||
	       flow->head.length == HEAD_MAX_BYTES;
}

static void answer_flow(struct flow *flow)
{
	if (flow->port == HTTP_PORT) {
		answer_http(flow);
	} else if (enc_buf_bytes(&flow->head)[0] == TLS_HANDSHAKE) {
		answer_tls(flow);
	} else {
		end_flow(flow, /* politely= */ false);
	}
}

static void on_flow(uv_poll_t *poll, int status, int events)
{
	struct flow *flow = ENC_HOLDER(poll, struct flow, poll);
	static uint8_t bytes[HEAD_MAX_BYTES];
	size_t room = HEAD_MAX_BYTES - flow->head.length;
	ssize_t n = recv(flow->fd, bytes, flow->answered ? sizeof(bytes) : room,
			 MSG_DONTWAIT);

	(void)events;
	if (n < 0 && (errno == EAGAIN || errno == EINTR) && status == 0) {
		return;
	}
	if (n <= 0) {
		end_flow(flow, flow->answered);
		return;
	}
	if (flow->answered) {
		return; /* input after the answer is discarded */
	}
	ENC_MUST(enc_buf_append(&flow->head, bytes, (size_t)n));
	if (has_spoken(flow)) {
		answer_flow(flow);
	}
}

static void on_deadline(uv_timer_t *timer);

/* plan_deadline() - set the timer to the deadline of the oldest connection */
static void plan_deadline(struct enc_deny_tcp *tcp)
{
	struct flow *oldest;
	int64_t now_ms = enc_clock_mono_ms();

	if (enc_list_empty(&tcp->flows)) {
		(void)uv_timer_stop(&tcp->deadline);
		return;
	}
	oldest = ENC_HOLDER(tcp->flows.next, struct flow, link);
	ENC_MUST(uv_timer_start(&tcp->deadline, on_deadline,
				oldest->deadline_ms > now_ms
					? (uint64_t)(oldest->deadline_ms -
						     now_ms)
					: 0,
				0));
}

static void on_deadline(uv_timer_t *timer)
{
	struct enc_deny_tcp *tcp =
		ENC_HOLDER(timer, struct enc_deny_tcp, deadline);
	int64_t now_ms = enc_clock_mono_ms();

	ENC_LIST_EACH(tcp->flows, at)
	{
		struct flow *flow = ENC_HOLDER(at, struct flow, link);

		if (flow->deadline_ms > now_ms) {
			break;
		}
		end_flow(flow, flow->answered);
	}
	plan_deadline(tcp);
}

/* ---- accepting ---- */

static void add_flow(struct enc_deny_tcp *tcp, int fd,
		     const struct enc_attempt *attempt, const char *rule)
{
	struct flow *flow = enc_xalloc(sizeof(*flow));

	flow->tcp = tcp;
	flow->fd = fd;
	flow->port = attempt->port;
	flow->rule = rule;
	flow->deadline_ms = enc_clock_mono_ms() + SPEAK_MS;
	flow->head = ENC_BUF(HEAD_MAX_BYTES);
	flow->host = attempt->host;
	enc_egress_address(attempt->addr, flow->address);
	enc_list_append(&tcp->flows, &flow->link);
	tcp->flow_count++;
	enc_gate_watch(tcp->gate, &flow->poll, fd, UV_READABLE, on_flow);
	if (uv_is_active((uv_handle_t *)&tcp->deadline) == 0) {
		plan_deadline(tcp);
	}
}

/*
 * find_destination() - return the address that the program asked for: it is the
 * local address of the accepted socket
 */
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

static void take_connection(struct enc_deny_tcp *tcp, int fd)
{
	struct enc_attempt attempt = { .via = ENC_VIA_CONNECT,
				       .protocol = IPPROTO_TCP };
	const char *rule = "";

	if (!find_destination(fd, &attempt)) {
		reset(fd);
		return;
	}
	attempt.host = enc_names_of(tcp->gate->names, attempt.addr);
	rule = enc_gate_note(tcp->gate, &attempt);
	if (!tcp->gate->launched ||
	    (attempt.port != HTTP_PORT && attempt.port != TLS_PORT)) {
		reset(fd);
	} else if (tcp->flow_count == FLOWS_MAX) {
		enc_gate_count(tcp->gate, ENC_COUNTED_FLOWS_LIMITED);
		reset(fd);
	} else {
		add_flow(tcp, fd, &attempt, rule);
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
		take_connection(listener->tcp, fd);
	}
}

struct enc_deny_tcp *enc_deny_tcp_new(struct enc_gate *gate)
{
	struct enc_deny_tcp *tcp = enc_xalloc(sizeof(*tcp));

	tcp->gate = gate;
	enc_list_init(&tcp->flows);
	ENC_MUST(uv_timer_init(&gate->loop, &tcp->deadline));
	for (int i = 0; i < 2; i++) {
		tcp->listeners[i].tcp = tcp;
		tcp->listeners[i].fd = ENC_GATE_FD_TCP4 + i;
		enc_gate_watch(gate, &tcp->listeners[i].poll,
			       tcp->listeners[i].fd, UV_READABLE,
			       on_connection);
	}
	return tcp;
}
