#include <errno.h>
#include <poll.h>
#include <sys/socket.h>

#include "failpoint.h"
#include "gate_internal.h"
#include "link.h"

enum {
	READ_BYTES = 64 * 1024,
	/* An empty buffer that is larger is given back. */
	KEEP_BYTES = 256 * 1024,
	IN_MAX_BYTES = 2 * ENC_FRAME_MAX_BYTES,
};

/* Frames with failpoints, at which tests end this process. */
static const struct passing {
	enum enc_frame_type type;
	enum enc_failpoint before;
	enum enc_failpoint after;
} passings[] = {
	{ ENC_FRAME_CHECK, ENC_FAILPOINT_GATE_CHECK_BEFORE,
	  ENC_FAILPOINT_GATE_CHECK_AFTER },
	{ ENC_FRAME_READY, ENC_FAILPOINT_GATE_READY_BEFORE,
	  ENC_FAILPOINT_GATE_READY_AFTER },
	{ ENC_FRAME_LAUNCH, ENC_FAILPOINT_GATE_LAUNCH_BEFORE,
	  ENC_FAILPOINT_GATE_LAUNCH_AFTER },
	{ ENC_FRAME_EGRESS, ENC_FAILPOINT_GATE_EGRESS_BEFORE,
	  ENC_FAILPOINT_GATE_EGRESS_AFTER },
	{ ENC_FRAME_RESULT, ENC_FAILPOINT_GATE_RESULT_BEFORE,
	  ENC_FAILPOINT_GATE_RESULT_AFTER },
	{ ENC_FRAME_EXIT, ENC_FAILPOINT_GATE_EXIT_BEFORE,
	  ENC_FAILPOINT_GATE_EXIT_AFTER },
	{ ENC_FRAME_TALLY, ENC_FAILPOINT_GATE_TALLY_BEFORE,
	  ENC_FAILPOINT_GATE_TALLY_AFTER },
};

void enc_link_open(struct enc_link *link, struct enc_gate *gate, int fd,
		   size_t out_max, uv_poll_cb ready)
{
	*link = (struct enc_link){ .fd = fd,
				   .events = UV_READABLE,
				   .in = ENC_BUF(IN_MAX_BYTES),
				   .out = ENC_BUF(out_max) };
	enc_gate_watch(gate, &link->poll, fd, UV_READABLE, ready);
}

void enc_link_put(struct enc_link *link, enum enc_frame_side as,
		  const struct enc_frame *frame)
{
	for (size_t i = 0; i < ENC_COUNT(passings); i++) {
		if (passings[i].type == frame->type) {
			enc_failpoint(passings[i].before);
		}
	}
	link->in_out |= UINT64_C(1) << frame->type;
	ENC_MUST(enc_frame_append(&link->out, as, frame));
}

int enc_link_read(struct enc_link *link)
{
	static uint8_t bytes[READ_BYTES];
	ssize_t n = recv(link->fd, bytes, sizeof(bytes), MSG_DONTWAIT);

	if (n < 0) {
		return errno == EINTR ? -EAGAIN : -errno;
	}
	if (n == 0) {
		return 0;
	}
	return enc_buf_append(&link->in, bytes, (size_t)n) == 0 ? 1 : -EPROTO;
}

/* give_back() - free the memory of a buffer that only a large frame needed */
static void give_back(struct enc_buf *buf)
{
	if (buf->length == 0 && buf->capacity > KEEP_BYTES) {
		enc_buf_done(buf);
	}
}

/* passed() - all frames of this link are written to its socket */
static void passed(struct enc_link *link)
{
	for (size_t i = 0; i < ENC_COUNT(passings); i++) {
		if ((link->in_out & UINT64_C(1) << passings[i].type) != 0) {
			enc_failpoint(passings[i].after);
		}
	}
	link->in_out = 0;
}

int enc_link_write(struct enc_link *link)
{
	ssize_t n;

	if (link->out.length == 0) {
		return 0;
	}
	n = send(link->fd, enc_buf_bytes(&link->out), link->out.length,
		 MSG_DONTWAIT | MSG_NOSIGNAL);
	if (n < 0) {
		return errno == EAGAIN || errno == EINTR ? 0 : -errno;
	}
	enc_buf_consume(&link->out, (size_t)n);
	give_back(&link->out);
	if (link->out.length == 0) {
		passed(link);
	}
	return 0;
}

void enc_link_flush(struct enc_link *link)
{
	struct pollfd wait = { .fd = link->fd, .events = POLLOUT };

	/* The gate is about to exit: nothing else needs to be served. */
	while (link->out.length > 0) {
		if (enc_link_write(link) < 0 ||
		    (link->out.length > 0 && poll(&wait, 1, -1) < 0 &&
		     errno != EINTR)) {
			return;
		}
	}
}

int enc_link_take(struct enc_link *link, enum enc_frame_side from,
		  enc_link_act_fn *act, void *context,
		  const struct enc_buf *other, size_t high)
{
	while (other->length < high) {
		struct enc_frame frame;
		int taken = enc_frame_parse(from, enc_buf_bytes(&link->in),
					    link->in.length, &frame);
		int r = taken <= 0 ? taken : act(context, &frame);

		if (taken <= 0 || r < 0) {
			return r;
		}
		enc_buf_consume(&link->in, (size_t)taken);
		give_back(&link->in);
	}
	return 0;
}

void enc_link_watch(struct enc_link *link, bool may_read)
{
	int events = link->out.length > 0 ? UV_WRITABLE : 0;

	if (may_read && !link->ended) {
		events |= UV_READABLE;
	}
	if (events == link->events) {
		return;
	}
	link->events = events;
	if (events == 0) {
		ENC_MUST(uv_poll_stop(&link->poll));
	} else {
		ENC_MUST(uv_poll_start(&link->poll, events,
				       link->poll.poll_cb));
	}
}

void enc_link_stop(struct enc_link *link)
{
	link->ended = true;
	enc_buf_done(&link->out);
	enc_buf_done(&link->in);
}
