/*
 * Refuses a connection. The kernel has accepted it already, so the gate refuses
 * it by its answer: HTTP gets one that says why, TLS an alert, anything else a
 * reset.
 */

#include <string.h>
#include <sys/socket.h>

#include "flow.h"
#include "gate_internal.h"
#include "json.h"

enum { TLS_HEADER_BYTES = 5, HTTP_HEAD_MAX_BYTES = 8192 };

/* access_denied (RFC 8446, section 6) */
static const struct enc_flow_answer denied = { "403 Forbidden", "egress_denied",
					       49 };

static void send_answer(struct enc_flow *flow, const void *bytes, size_t length)
{
	/*
	 * The answer has a few hundred bytes and the send buffer is empty, so
	 * one send is enough.
	 */
	ENC_IGNORE(send(flow->near->fd, bytes, length,
			MSG_DONTWAIT | MSG_NOSIGNAL));
	/* The program may be gone. */
	ENC_IGNORE(shutdown(flow->near->fd, SHUT_WR));
	enc_flow_move(flow, ENC_FLOW_ANSWERED);
}

void enc_flow_answer_http(struct enc_buf *out,
			  const struct enc_flow_answer *answer,
			  const char *header, const char *message,
			  bool headless)
{
	ENC_AUTO(buf) body = ENC_BUF(4096);

	ENC_MUST(enc_buf_printf(&body,
				"{\"error\":{\"code\":\"%s\","
				"\"message\":",
				answer->code));
	ENC_MUST(enc_json_string(&body, message, strlen(message)));
	ENC_MUST(enc_buf_printf(&body, "}}\n"));
	ENC_MUST(enc_buf_printf(out,
				"HTTP/1.1 %s\r\n"
				"Content-Type: application/json\r\n"
				"Content-Length: %zu\r\n"
				"%sConnection: close\r\n\r\n",
				answer->status, body.length, header));
	if (!headless) {
		ENC_MUST(enc_buf_append(out, enc_buf_bytes(&body),
					body.length));
	}
}

static void answer_http(struct enc_flow *flow)
{
	ENC_AUTO(buf) answer = ENC_BUF(8192);

	enc_flow_answer_http(&answer, flow->answer, "", flow->message, false);
	send_answer(flow, enc_buf_bytes(&answer), answer.length);
}

static void answer_tls(struct enc_flow *flow)
{
	/* An alert: TLS 1.2 record, fatal (RFC 8446, section 6). */
	const uint8_t alert[] = { 21, 3, 3, 0, 2, 2, flow->answer->alert };

	send_answer(flow, alert, sizeof(alert));
}

/*
 * has_spoken() - whether enough of the request came to answer it in its
 * protocol
 */
static bool has_spoken(const struct enc_flow *flow)
{
	const uint8_t *bytes = enc_buf_bytes(&flow->head);

	if (flow->attempt.port == ENC_FLOW_TLS_PORT) {
		return flow->head.length >= TLS_HEADER_BYTES;
	}
	return memmem(bytes, flow->head.length, "\r\n\r\n", 4) != NULL ||
	       flow->head.length >= HTTP_HEAD_MAX_BYTES;
}

static void answer_once_spoken(struct enc_flow *flow)
{
	if (!has_spoken(flow)) {
		return;
	}
	if (flow->attempt.port == ENC_FLOW_HTTP_PORT) {
		answer_http(flow);
	} else if (enc_buf_bytes(&flow->head)[0] == ENC_FLOW_TLS_HANDSHAKE) {
		answer_tls(flow);
	} else {
		enc_flow_end(flow, /* politely= */ false);
	}
}

void enc_flow_refuse(struct enc_flow *flow,
		     const struct enc_flow_answer *answer, char *message)
{
	free(flow->message);
	flow->message = message;
	flow->answer = answer;
	flow->kind = &enc_flow_deny;
	if (flow->attempt.port != ENC_FLOW_HTTP_PORT &&
	    flow->attempt.port != ENC_FLOW_TLS_PORT) {
		enc_flow_end(flow, /* politely= */ false);
		return;
	}
	if (flow->state != ENC_FLOW_READING) {
		enc_flow_move(flow, ENC_FLOW_READING);
	}
	answer_once_spoken(flow);
}

void enc_flow_deny_by(struct enc_flow *flow, const char *rule)
{
	char address[ENC_EGRESS_ADDRESS_BYTES];
	char *message = NULL;

	enc_egress_address(flow->attempt.addr, address);
	if (asprintf(&message,
		     "%s:%u is denied by %s: this session may not reach it",
		     flow->attempt.host != NULL ? flow->attempt.host : address,
		     flow->attempt.port, rule) < 0) {
		abort();
	}
	enc_flow_refuse(flow, &denied, message);
}

static void stay_denied(struct enc_flow *flow)
{
	(void)flow;
}

const struct enc_flow_kind enc_flow_deny = {
	.read = answer_once_spoken,
	.judge_again = stay_denied,
};
