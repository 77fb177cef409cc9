#include <errno.h>
#include <limits.h>
#include <string.h>
#include <sys/socket.h>

#include "clock.h"
#include "compose.h"
#include "exchange.h"
#include "gate_internal.h"
#include "held.h"
#include "parts.h"
#include "redactions.h"
#include "sending.h"
#include "tls.h"

enum {
	/* reads in a row before other flows are served */
	AT_ONCE = 8,
	READ_BYTES = ENC_UPSTREAM_READ_BYTES,
	INTERIM_MAX = 8,
};

static int send_near(struct enc_exchange *exchange,
		     const struct enc_parts *parts)
{
	struct enc_flow *flow = exchange->flow;

	return enc_sending_parts(flow->near->fd, &flow->down.pending, parts->at,
				 parts->count);
}

/* ---- known values ---- */

static void count_redacted(struct enc_gate *gate, uint32_t id,
			   enum enc_redacted where)
{
	enc_redactions_add(enc_gate_redactions(gate), id, where, 1);
	enc_gate_plan_soon(gate);
}

static void on_header_masked(void *context, uint32_t id)
{
	count_redacted(context, id, ENC_REDACTED_HEADER);
}

static void on_body_masked(void *context, uint32_t id)
{
	count_redacted(context, id, ENC_REDACTED_BODY);
}

/* mask_of() - the mask for the response; NULL: it isn't masked */
static struct enc_mask *mask_of(const struct enc_exchange *exchange)
{
	return exchange->held->binding.mask
		       ? enc_held_mask(exchange->flow->gate->held)
		       : NULL;
}

static void mask_header(struct enc_exchange *exchange, uint8_t *bytes,
			size_t length)
{
	enc_mask_in_place(mask_of(exchange), bytes, length, on_header_masked,
			  exchange->flow->gate);
}

/* masked() - mask content of the body; what is held back comes at its end */
static struct enc_text masked(struct enc_exchange *exchange, uint8_t *content,
			      size_t length, bool last)
{
	struct enc_mask_stream *mask = &exchange->mask;

	/* Values may have changed since the response began. */
	if (mask->mask != mask_of(exchange)) {
		enc_mask_stream_replace(mask, mask_of(exchange));
	}
	return enc_mask_feed(mask, content, length, last);
}

/* ---- the end of an exchange ---- */

static void end_call(struct enc_exchange *exchange, uint16_t status)
{
	struct enc_gate *gate = exchange->flow->gate;

	if (exchange->call != NULL) {
		enc_calls_end(gate->calls, ENC_TAKE(exchange->call), status,
			      exchange->bytes, enc_clock_mono_ms());
		enc_gate_plan_soon(gate);
	}
}

bool enc_exchange_unsent(const struct enc_exchange *exchange)
{
	switch (exchange->state) {
	case ENC_EXCHANGE_RECORDING:
	case ENC_EXCHANGE_REACHING:
		return true;
	case ENC_EXCHANGE_SENT:
	case ENC_EXCHANGE_ANSWERING:
		return exchange->link != NULL && !exchange->deaf &&
		       (!enc_framing_done(&exchange->up) ||
			enc_upstream_link_sending(exchange->link));
	case ENC_EXCHANGE_WAITING:
	case ENC_EXCHANGE_FLUSHING:
		break;
	}
	return false;
}

void enc_exchange_drop(struct enc_exchange *exchange)
{
	/* A request that was sent as a whole still gets to the upstream. */
	bool politely = !enc_exchange_unsent(exchange);

	end_call(exchange, 0);
	enc_deadline_clear(&exchange->deadline);
	enc_await_stop(&exchange->await);
	enc_reach_stop(&exchange->reach);
	enc_upstream_link_close(ENC_TAKE(exchange->link), politely);
	enc_held_unref(ENC_TAKE(exchange->held));
	enc_buf_done(&exchange->head);
	enc_buf_done(&exchange->answer);
	enc_buf_done(&exchange->called);
	enc_mask_stream_done(&exchange->mask);
	exchange->mask = (struct enc_mask_stream){ 0 };
	exchange->state = ENC_EXCHANGE_FLUSHING;
}

/*
 * finish() - the response was read to its end
 * @more: bytes came behind it
 */
static void finish(struct enc_exchange *exchange, bool more)
{
	bool whole = enc_framing_done(&exchange->up) && !exchange->deaf &&
		     !enc_upstream_link_sending(exchange->link);
	struct enc_upstream_link *link = ENC_TAKE(exchange->link);

	/* A request in chunks asked the upstream to close. */
	if (whole && !more && !exchange->last &&
	    exchange->up.kind != ENC_FRAMING_CHUNKED) {
		enc_upstream_link_keep(link);
	} else {
		enc_upstream_link_close(link, /* politely= */ false);
	}
	end_call(exchange, exchange->status);
	enc_exchange_drop(exchange);
	enc_exchange_next(exchange);
}

/* ---- up ---- */

static enc_upstream_ready_fn on_link;

/* send_up() - send content of the request, and the head before it */
static void send_up(struct enc_exchange *exchange, struct enc_text content)
{
	struct enc_parts parts = { .count = 0 };
	bool chunked = exchange->up.kind == ENC_FRAMING_CHUNKED;

	if (!exchange->head_sent) {
		enc_parts_add(&parts, enc_buf_bytes(&exchange->head),
			      exchange->head.length);
		exchange->head_sent = true;
	}
	enc_parts_add_content(&parts, content, chunked,
			      enc_framing_done(&exchange->up));
	if (parts.count > 0 &&
	    enc_upstream_link_send(exchange->link, parts.at, parts.count) < 0) {
		/*
		 * The upstream may have sent the reason, so it is still read.
		 */
		exchange->deaf = true;
	}
	if (exchange->state == ENC_EXCHANGE_SENT) {
		enc_deadline_set(&exchange->flow->gate->exchanges->answer,
				 &exchange->deadline);
	}
}

/*
 * pass_content() - send the part of the body that some bytes of the program
 * contain. Return: bytes that were used, or a negative errno
 */
static int pass_content(struct enc_exchange *exchange, uint8_t *bytes,
			size_t length)
{
	uint8_t *content;
	size_t count;
	int used = enc_framing_read(&exchange->up, bytes, length, &content,
				    &count);

	if (used < 0) {
		return used;
	}
	exchange->repeatable = false;
	send_up(exchange, (struct enc_text){ (const char *)content, count });
	return used;
}

/* read_near() - read some of the body. Return: 0, -EAGAIN or an errno */
static int read_near(struct enc_exchange *exchange)
{
	static uint8_t bytes[READ_BYTES];
	size_t most = exchange->in.max_bytes;
	ssize_t n;
	int used;

	if (exchange->up.kind == ENC_FRAMING_LENGTH) {
		/* Bytes behind the body stay in the kernel. */
		most = (size_t)ENC_MIN(exchange->up.left,
				       (uint64_t)sizeof(bytes));
	}
	n = recv(exchange->flow->near->fd, bytes, most, MSG_DONTWAIT);
	if (n <= 0) {
		return n == 0 ? -EPIPE : errno == EINTR ? -EAGAIN : -errno;
	}
	used = pass_content(exchange, bytes, (size_t)n);
	if (used < 0) {
		return used;
	}
	return enc_buf_append(&exchange->in, bytes + used, (size_t)(n - used));
}

/* pass_up() - move the body of the request. Return: 0 or a negative errno */
static int pass_up(struct enc_exchange *exchange)
{
	int r = 0;

	for (int i = 0; i < AT_ONCE && r == 0 && !exchange->deaf &&
			!enc_framing_done(&exchange->up) &&
			!enc_upstream_link_sending(exchange->link);
	     i++) {
		if (exchange->in.length == 0) {
			r = read_near(exchange);
			continue;
		}
		r = pass_content(exchange,
				 exchange->in.memory + exchange->in.start,
				 exchange->in.length);
		if (r >= 0) {
			enc_buf_consume(&exchange->in, (size_t)r);
			r = 0;
		}
	}
	return r == -EAGAIN ? 0 : r;
}

/* ---- down ---- */

/*
 * send_down() - send content of the response. If the program can't get it, the
 * flow ends. Return: whether the flow goes on
 */
static bool send_down(struct enc_exchange *exchange, struct enc_parts *parts,
		      uint8_t *content, size_t length, bool last)
{
	bool chunked = exchange->down.kind == ENC_FRAMING_CHUNKED ||
		       exchange->down.kind == ENC_FRAMING_CLOSE;

	exchange->bytes += length;
	enc_parts_add_content(parts, masked(exchange, content, length, last),
			      chunked, last);
	if (parts->count > 0 && send_near(exchange, parts) < 0) {
		enc_flow_end(exchange->flow, /* politely= */ false);
		return false;
	}
	return true;
}

/*
 * pass_down() - send the part of the body that some bytes of the upstream
 * contain
 * @parts: sent before it
 * @bytes: changed
 *
 * Return: whether the exchange goes on
 */
static bool pass_down(struct enc_exchange *exchange, struct enc_parts *parts,
		      uint8_t *bytes, size_t length)
{
	uint8_t *content = bytes;
	size_t count = 0;
	int used = 0;

	if (length > 0 && !enc_framing_done(&exchange->down)) {
		used = enc_framing_read(&exchange->down, bytes, length,
					&content, &count);
	}
	if (used < 0) {
		enc_exchange_fail(exchange, ENC_EXCHANGE_INVALID);
		return false;
	}
	if (!send_down(exchange, parts, content, count,
		       enc_framing_done(&exchange->down))) {
		return false;
	}
	if (enc_framing_done(&exchange->down)) {
		finish(exchange, (size_t)used < length);
		return false;
	}
	return true;
}

/* mask_headers() - mask what came, before a Location is composed of it */
static void mask_headers(struct enc_exchange *exchange,
			 const struct enc_http1_head *head, uint8_t *bytes,
			 size_t length)
{
	const char *first = head->headers[0].name.bytes;

	if (head->header_count > 0) {
		size_t line = (size_t)(first - (const char *)bytes);

		mask_header(exchange, bytes + line, length - line);
	}
}

/*
 * begin_answer() - compose the head of the response, and pass on the bytes that
 * came behind it. Return: whether the exchange goes on
 */
static bool begin_answer(struct enc_exchange *exchange,
			 const struct enc_http1_head *head, uint8_t *bytes,
			 size_t length)
{
	static struct enc_buf composed = {
		.max_bytes = ENC_COMPOSE_RESPONSE_MAX_BYTES
	};
	struct enc_parts parts = { .count = 0 };
	struct enc_compose_answer answer;

	if (head->old && exchange->up.kind == ENC_FRAMING_CHUNKED) {
		/*
		 * An HTTP/1.0 upstream took the chunks for another request, or
		 * for none.
		 */
		enc_exchange_fail(exchange, ENC_EXCHANGE_INVALID);
		return false;
	}
	/*
	 * The rest of this request's body can't be told from the next request.
	 */
	exchange->close |= !enc_framing_done(&exchange->up);
	enc_framing_of_response(&exchange->down, head, exchange->to_head);
	answer.close = exchange->close;
	answer.chunked = exchange->down.kind == ENC_FRAMING_CHUNKED ||
			 exchange->down.kind == ENC_FRAMING_CLOSE;
	enc_buf_clear(&composed);
	if (enc_compose_response(&composed, &exchange->held->binding, head,
				 &answer) < 0) {
		enc_exchange_fail(exchange, ENC_EXCHANGE_INVALID);
		return false;
	}
	mask_header(exchange, composed.memory + composed.start,
		    composed.length);
	enc_mask_stream_init(&exchange->mask, mask_of(exchange), on_body_masked,
			     exchange->flow->gate);
	exchange->state = ENC_EXCHANGE_ANSWERING;
	enc_buf_done(&exchange->head); /* the request isn't sent again */
	if (!exchange->hung) {
		enc_deadline_clear(&exchange->deadline);
	}
	exchange->status = (uint16_t)head->status;
	exchange->last = head->close;
	enc_parts_add(&parts, enc_buf_bytes(&composed), composed.length);
	return pass_down(exchange, &parts, bytes, length);
}

/**
 * read_answer() - read the head of the response
 * @ret_passed: bytes of 1xx responses before it, to be dropped
 *
 * Return: bytes of the head, behind those; 0: more are needed; -EPROTO
 */
static int read_answer(struct enc_exchange *exchange, const uint8_t *bytes,
		       size_t length, struct enc_http1_head *ret_head,
		       size_t *ret_passed)
{
	*ret_passed = 0;
	for (;;) {
		int r = enc_http1_response(bytes + *ret_passed,
					   length - *ret_passed,
					   &exchange->answer_scanned, ret_head);

		if (r <= 0) {
			return r;
		}
		exchange->answer_scanned = 0;
		if (ret_head->status >= 200) {
			return r;
		}
		/* 101 changes the protocol. Other 1xx responses are dropped. */
		if (ret_head->status == 101 ||
		    ++exchange->interim > INTERIM_MAX) {
			return -EPROTO;
		}
		*ret_passed += (size_t)r;
	}
}

/*
 * keep_answer() - keep the bytes of an incomplete head of the response
 * @passed: bytes to be dropped
 *
 * Return: 0 or a negative errno
 */
static int keep_answer(struct enc_exchange *exchange, const uint8_t *bytes,
		       size_t length, size_t passed)
{
	if (exchange->answer.length > 0) {
		enc_buf_consume(&exchange->answer, passed);
		return 0;
	}
	return enc_buf_append(&exchange->answer, bytes + passed,
			      length - passed);
}

/* take_bytes() - take bytes of the upstream. Return: whether it goes on */
static bool take_bytes(struct enc_exchange *exchange, uint8_t *bytes,
		       size_t length)
{
	static struct enc_http1_head head; /* static since it is large */
	struct enc_parts none = { .count = 0 };
	size_t passed;
	int used;

	if (exchange->state == ENC_EXCHANGE_ANSWERING) {
		return pass_down(exchange, &none, bytes, length);
	}
	exchange->repeatable = false;
	if (exchange->answer.length > 0) {
		if (enc_buf_append(&exchange->answer, bytes, length) < 0) {
			enc_exchange_fail(exchange, ENC_EXCHANGE_INVALID);
			return false;
		}
		bytes = exchange->answer.memory + exchange->answer.start;
		length = exchange->answer.length;
	}
	used = read_answer(exchange, bytes, length, &head, &passed);
	if (used > 0) {
		bytes += passed;
		length -= passed;
		mask_headers(exchange, &head, bytes, (size_t)used);
		return begin_answer(exchange, &head, bytes + used,
				    length - (size_t)used);
	}
	if (used < 0 || keep_answer(exchange, bytes, length, passed) < 0) {
		enc_exchange_fail(exchange, ENC_EXCHANGE_INVALID);
		return false;
	}
	return true;
}

static enc_reach_fn on_reached;

/*
 * end_of_stream() - handle the end of the upstream's stream
 * @bytes: behind which there are none
 * @r:     0 or a negative errno
 */
static void end_of_stream(struct enc_exchange *exchange, uint8_t *bytes, int r)
{
	struct enc_parts none = { .count = 0 };

	if (exchange->state == ENC_EXCHANGE_ANSWERING && r == 0 &&
	    exchange->down.kind == ENC_FRAMING_CLOSE) {
		exchange->last = true;
		if (send_down(exchange, &none, bytes, 0, true)) {
			finish(exchange, false);
		}
		return;
	}
	if (exchange->repeatable && exchange->link->used) {
		/*
		 * The upstream had closed the kept connection before the
		 * request came.
		 */
		enc_upstream_link_close(ENC_TAKE(exchange->link), false);
		exchange->repeatable = false;
		exchange->head_sent = false;
		exchange->deaf = false;
		exchange->state = ENC_EXCHANGE_REACHING;
		enc_reach_begin(&exchange->reach, exchange->held, on_reached);
		return;
	}
	enc_exchange_fail(exchange, ENC_EXCHANGE_UNREACHABLE);
}

/*
 * read_link() - read the upstream
 * @most: reads at most. A failed connection causes no further events, so it is
 *        read to its end
 *
 * Return: whether the exchange goes on
 */
static bool read_link(struct enc_exchange *exchange, int most)
{
	for (int i = 0; i < most && exchange->flow->down.pending.length == 0;
	     i++) {
		uint8_t *bytes;
		int n = enc_upstream_link_read(exchange->link, &bytes);

		if (n == -EAGAIN) {
			break;
		}
		if (n <= 0) {
			end_of_stream(exchange, bytes, n);
			return false;
		}
		if (!take_bytes(exchange, bytes, (size_t)n)) {
			return false;
		}
	}
	return true;
}

/* ---- events ---- */

/* reads_near() - whether the gate reads the program now */
static bool reads_near(const struct enc_exchange *exchange)
{
	if (exchange->link == NULL) {
		return exchange->state == ENC_EXCHANGE_WAITING;
	}
	return !enc_framing_done(&exchange->up) && !exchange->deaf &&
	       !enc_upstream_link_sending(exchange->link);
}

void enc_exchange_watch(struct enc_exchange *exchange)
{
	struct enc_flow *flow = exchange->flow;
	bool full = flow->down.pending.length > 0;
	int events = full ? UV_WRITABLE : 0;

	if (exchange->link != NULL) {
		enc_upstream_link_watch(exchange->link, !full);
	}
	/*
	 * A change takes two system calls, and most programs send nothing
	 * before they have the response. So watching stops only after they have
	 * sent something.
	 */
	if (reads_near(exchange) || !exchange->ahead) {
		events |= UV_READABLE;
	} else if (!exchange->hung) {
		events |= UV_DISCONNECT;
	}
	enc_peer_watch(flow->near, events);
}

static void on_link(struct enc_upstream_link *link, int events)
{
	struct enc_exchange *exchange = link->owner;
	struct enc_flow *flow = exchange->flow;

	enc_deadline_set(&flow->all->idle, &flow->deadline);
	if ((events & UV_WRITABLE) != 0) {
		if (enc_upstream_link_flush(link) < 0) {
			exchange->deaf = true;
		}
		if (pass_up(exchange) < 0) {
			enc_flow_end(flow, /* politely= */ false);
			return;
		}
	}
	if ((events & (UV_READABLE | ENC_PEER_FAILED)) != 0 &&
	    !read_link(exchange,
		       (events & ENC_PEER_FAILED) != 0 ? INT_MAX : AT_ONCE)) {
		return;
	}
	enc_exchange_watch(exchange);
}

/* hang() - note that the program has ended its stream, and may be gone */
static void hang(struct enc_exchange *exchange)
{
	exchange->hung = true;
	enc_deadline_set(&exchange->flow->gate->exchanges->gone,
			 &exchange->deadline);
}

void enc_exchange_near(struct enc_exchange *exchange, int events)
{
	struct enc_flow *flow = exchange->flow;
	bool was_full = flow->down.pending.length > 0;

	if (enc_sending_rest(flow->near->fd, &flow->down.pending) < 0) {
		enc_flow_end(flow, /* politely= */ false);
		return;
	}
	if ((events & UV_READABLE) != 0 && !reads_near(exchange)) {
		exchange->ahead = true;
	}
	if (exchange->state == ENC_EXCHANGE_FLUSHING) {
		enc_exchange_next(exchange);
		return;
	}
	if ((events & UV_DISCONNECT) != 0 && !exchange->hung) {
		hang(exchange);
	}
	if (exchange->link != NULL) {
		if ((events & UV_READABLE) != 0 && pass_up(exchange) < 0) {
			enc_flow_end(flow, /* politely= */ false);
			return;
		}
		if (was_full && !read_link(exchange, AT_ONCE)) {
			return;
		}
	}
	enc_exchange_watch(exchange);
}

/* ---- the way to a connection ---- */

/* attach() - send the request over a connection */
static void attach(struct enc_exchange *exchange,
		   struct enc_upstream_link *link)
{
	struct enc_flow *flow = exchange->flow;

	exchange->link = link;
	exchange->state = ENC_EXCHANGE_SENT;
	enc_upstream_link_own(link, exchange, on_link);
	if (exchange->continues && exchange->in.length == 0 &&
	    !enc_framing_done(&exchange->up)) {
		static const char text[] = "HTTP/1.1 100 Continue\r\n\r\n";
		struct enc_parts parts = { .count = 0 };

		enc_parts_add(&parts, text, sizeof(text) - 1);
		if (send_near(exchange, &parts) < 0) {
			enc_flow_end(flow, /* politely= */ false);
			return;
		}
	}
	/* The part of the body that has come is sent together with the head. */
	if (pass_up(exchange) < 0) {
		enc_flow_end(flow, /* politely= */ false);
		return;
	}
	if (!exchange->head_sent) {
		send_up(exchange, (struct enc_text){ "", 0 });
	}
	if (exchange->hung) {
		hang(exchange);
	}
	enc_exchange_watch(exchange);
}

static void on_reached(struct enc_reach *reach, struct enc_upstream_link *link,
		       int r)
{
	struct enc_exchange *exchange =
		ENC_HOLDER(reach, struct enc_exchange, reach);

	if (r == 0) {
		attach(exchange, link);
	} else if (r == -EACCES) {
		enc_exchange_refuse(exchange, ENC_CALL_UPSTREAM);
	} else if (r == -ESTALE) {
		enc_exchange_fail(exchange, ENC_EXCHANGE_UNRECORDED);
	} else if (r == -EKEYREJECTED) {
		enc_exchange_fail(exchange, ENC_EXCHANGE_UNTRUSTED);
	} else if (r == -ETIMEDOUT) {
		enc_exchange_fail(exchange, ENC_EXCHANGE_TIMEOUT);
	} else {
		enc_exchange_fail(exchange, ENC_EXCHANGE_UNREACHABLE);
	}
}

static void on_recorded(struct enc_await *await, int r)
{
	struct enc_exchange *exchange =
		ENC_HOLDER(await, struct enc_exchange, await);
	struct enc_upstream_link *link;

	if (r < 0) {
		enc_exchange_fail(exchange, ENC_EXCHANGE_UNRECORDED);
		return;
	}
	exchange->state = ENC_EXCHANGE_REACHING;
	link = enc_upstream_link_take(exchange->held);
	if (link != NULL) {
		attach(exchange, link);
	} else {
		enc_reach_begin(&exchange->reach, exchange->held, on_reached);
	}
}

void enc_exchange_begin(struct enc_exchange *exchange)
{
	struct enc_gate *gate = exchange->flow->gate;
	int64_t now_ms = enc_clock_mono_ms();
	uint64_t report;

	if (exchange->state == ENC_EXCHANGE_WAITING) {
		exchange->state = ENC_EXCHANGE_RECORDING;
		exchange->until_ms = now_ms + ENC_FLOW_RECORD_MS;
		enc_exchange_watch(exchange);
	}
	if (enc_calls_begin(gate->calls, &exchange->what, now_ms,
			    &exchange->call, &report) == 0) {
		enc_await_begin(gate->awaits, &exchange->await, report,
				on_recorded);
	} else if (now_ms >= exchange->until_ms) {
		enc_exchange_fail(exchange, ENC_EXCHANGE_UNRECORDED);
	} else {
		enc_deadline_set(&gate->exchanges->again, &exchange->deadline);
	}
}
