/*
 * Relays frames between enclave-api and enclave-init. Frames from enclave-api
 * are checked and passed on. Frames from enclave-init are hostile: they must
 * come in the order of the protocol, they are limited, and only then passed on.
 * Each side is read only while the other one accepts data, so neither can make
 * the gate's buffers grow.
 */

#include <errno.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "failpoint.h"
#include "gate_internal.h"
#include "gate_order.h"
#include "json.h"
#include "log.h"

enum {
	READ_BYTES = 64 * 1024,
	/*
	 * A link is not read while more than this is buffered for the other
	 * link.
	 */
	DOWN_HIGH_BYTES = 4 << 20,
	UP_HIGH_BYTES = 1 << 20,
	/*
	 * The maxima leave room for frames of one read and for events, which
	 * may be added to a buffer that is high.
	 */
	DOWN_MAX_BYTES = DOWN_HIGH_BYTES + 4 * ENC_FRAME_MAX_BYTES,
	UP_MAX_BYTES = UP_HIGH_BYTES + 8 * ENC_FRAME_MAX_BYTES,
	IN_MAX_BYTES = 2 * ENC_FRAME_MAX_BYTES,
	EXIT_BROKEN = 70,
};

/* The stage of enclave-init, which decides about its next frames. */
enum stage { BOOTING, READY, STARTED, EXITED, STAGE_MAX };

#define IS(type) (UINT64_C(1) << ENC_FRAME_##type)
/*
 * The frames that enclave-init may send. A LAUNCH that failed ends without
 * STARTED: stderr, then EXIT.
 */
static const uint64_t may_say[STAGE_MAX] = {
	[BOOTING] = IS(READY),
	[READY] = IS(STARTED) | IS(OUT) | IS(RESULT) | IS(REJECTED) | IS(EXIT),
	[STARTED] = IS(OUT) | IS(RESULT) | IS(REJECTED) | IS(EXIT),
	[EXITED] = 0,
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

struct link {
	int fd;
	uv_poll_t poll;
	int events; /* events that poll() waits for */
	struct enc_buf in;
	struct enc_buf out;
	uint64_t in_out; /* a bit per type of the frames in `out` */
	bool ended;	 /* the link is closed or broke the protocol */
};

struct enc_relay {
	struct enc_gate *gate;
	struct link control;
	struct link runner;
	enum stage stage;
	bool have_policy;
	uint64_t output_bytes;
	uint64_t kept[2];
	uint64_t dropped[2];
	bool have_result;
	struct enc_buf result; /* last result; passed on at the end */
	unsigned int rejected; /* a bit per enum enc_reject_reason */
};

/* ---- sending ---- */

static void pass(struct link *to, enum enc_frame_side as,
		 const struct enc_frame *frame)
{
	int r;

	for (size_t i = 0; i < ENC_COUNT(passings); i++) {
		if (passings[i].type == frame->type) {
			enc_failpoint(passings[i].before);
		}
	}
	to->in_out |= UINT64_C(1) << frame->type;
	r = enc_frame_append(&to->out, as, frame);
	/* The buffer holds all that one read can bring. */
	ENC_ASSERT(r == 0);
}

void enc_relay_tell(struct enc_relay *relay, enum enc_frame_type type,
		    uint8_t flags, const struct enc_buf *payload)
{
	struct enc_frame frame = {
		.type = type,
		.flags = flags,
		.payload = enc_buf_bytes(payload),
		.payload_length = payload->length,
	};

	pass(&relay->control, ENC_FRAME_FROM_GATE_UP, &frame);
	/* From now on the link is also polled for room to write. */
	if ((relay->control.events & UV_WRITABLE) == 0) {
		relay->control.events |= UV_WRITABLE;
		ENC_MUST(uv_poll_start(&relay->control.poll,
				       relay->control.events,
				       relay->control.poll.poll_cb));
	}
}

/* tell_rejected() - pass on why results aren't kept, each reason once */
static void tell_rejected(struct enc_relay *relay,
			  enum enc_reject_reason reason)
{
	const struct enc_message_rejected message = { reason };
	ENC_AUTO(buf) payload = ENC_BUF(sizeof(message));

	if ((relay->rejected & 1U << reason) != 0) {
		return;
	}
	relay->rejected |= 1U << reason;
	ENC_MUST(enc_message_rejected_write(&payload, &message));
	enc_relay_tell(relay, ENC_FRAME_REJECTED, 0, &payload);
}

/* ---- from enclave-init ---- */

/*
 * pass_output() - pass on output up to the limit of its stream; count the rest
 */
static void pass_output(struct enc_relay *relay, const struct enc_frame *frame)
{
	int stream = (frame->flags & ENC_FRAME_F_STDERR) != 0 ? 1 : 0;
	uint64_t room = relay->output_bytes - relay->kept[stream];
	struct enc_frame kept = *frame;

	if (kept.payload_length > room) {
		relay->dropped[stream] += kept.payload_length - room;
		kept.payload_length = (size_t)room;
	}
	relay->kept[stream] += kept.payload_length;
	if (kept.payload_length > 0 || (kept.flags & ENC_FRAME_F_END) != 0) {
		pass(&relay->control, ENC_FRAME_FROM_GATE_UP, &kept);
	}
}

/*
 * hold_result() - keep a result until the end; a later one takes its place. Only
 * the one that counts is checked, so many of them cost little.
 */
static void hold_result(struct enc_relay *relay, const struct enc_frame *frame)
{
	relay->have_result = true;
	enc_buf_clear(&relay->result);
	ENC_MUST(enc_buf_append(&relay->result, frame->payload,
				frame->payload_length));
}

/* pass_result() - at the end, check and pass on the result that counts */
static void pass_result(struct enc_relay *relay)
{
	const struct enc_frame frame = {
		.type = ENC_FRAME_RESULT,
		.payload = enc_buf_bytes(&relay->result),
		.payload_length = relay->result.length,
	};
	enum enc_reject_reason reason;

	if (!relay->have_result) {
		return;
	}
	relay->have_result = false;
	reason = enc_reject_of(enc_json_check((const char *)frame.payload,
					      frame.payload_length, NULL));
	if (reason == ENC_REJECT_INVALID) {
		pass(&relay->control, ENC_FRAME_FROM_GATE_UP, &frame);
	} else {
		tell_rejected(relay, reason);
	}
}

/*
 * check_small() - check frames whose payload is a message
 * @ret_rejected: set for REJECTED
 */
static int check_small(const struct enc_frame *frame,
		       struct enc_message_rejected *ret_rejected)
{
	struct enc_message_ready ready;
	struct enc_message_exit ended;

	if (frame->type == ENC_FRAME_READY) {
		return enc_message_ready_parse(frame->payload,
					       frame->payload_length, &ready);
	}
	if (frame->type == ENC_FRAME_EXIT) {
		return enc_message_exit_parse(frame->payload,
					      frame->payload_length, &ended);
	}
	if (frame->type == ENC_FRAME_REJECTED) {
		return enc_message_rejected_parse(frame->payload,
						  frame->payload_length,
						  ret_rejected);
	}
	return 0;
}

static int do_up(struct enc_relay *relay, const struct enc_frame *frame)
{
	struct enc_message_rejected rejected = { ENC_REJECT_INVALID };

	if ((may_say[relay->stage] & UINT64_C(1) << frame->type) == 0 ||
	    (!relay->gate->launched && frame->type != ENC_FRAME_READY) ||
	    check_small(frame, &rejected) < 0) {
		return -EPROTO;
	}
	if (frame->type == ENC_FRAME_READY) {
		relay->stage = READY;
	} else if (frame->type == ENC_FRAME_STARTED) {
		relay->stage = STARTED;
	} else if (frame->type == ENC_FRAME_EXIT) {
		relay->stage = EXITED;
		pass_result(relay);
	}
	if (frame->type == ENC_FRAME_OUT) {
		pass_output(relay, frame);
	} else if (frame->type == ENC_FRAME_RESULT) {
		hold_result(relay, frame);
	} else if (frame->type == ENC_FRAME_REJECTED) {
		tell_rejected(relay, rejected.reason);
	} else {
		pass(&relay->control, ENC_FRAME_FROM_GATE_UP, frame);
	}
	return 0;
}

/* ---- from enclave-api ---- */

static int take_policy(struct enc_relay *relay, const struct enc_frame *frame)
{
	static struct enc_message_policy policy; /* static since it is large */

	if (relay->have_policy ||
	    enc_message_policy_parse(frame->payload, frame->payload_length,
				     &policy) < 0 ||
	    policy.allowlist) {
		return -EPROTO; /* allowlists are not implemented yet */
	}
	relay->have_policy = true;
	relay->output_bytes = policy.output_bytes;
	return 0;
}

static int do_down(struct enc_relay *relay, const struct enc_frame *frame)
{
	static struct enc_message_launch launch; /* static since it is large */
	struct enc_message_file file;
	int r = 0;

	if (frame->type == ENC_FRAME_POLICY) {
		return take_policy(relay, frame);
	}
	if (!relay->have_policy) {
		return -EPROTO;
	}
	if (frame->type == ENC_FRAME_FILE) {
		r = enc_message_file_parse(frame->payload,
					   frame->payload_length, &file);
	} else if (frame->type == ENC_FRAME_LAUNCH) {
		r = relay->gate->launched
			    ? -EPROTO
			    : enc_message_launch_parse(frame->payload,
						       frame->payload_length,
						       &launch);
		if (r == 0) {
			enc_gate_launched(relay->gate);
		}
	}
	if (r == 0 && !relay->runner.ended) {
		pass(&relay->runner, ENC_FRAME_FROM_GATE_DOWN, frame);
	}
	return r;
}

/* ---- the streams ---- */

typedef int frame_fn(struct enc_relay *relay, const struct enc_frame *frame);

/*
 * take_frames() - handle all complete frames, while the other side accepts data
 */
static int take_frames(struct enc_relay *relay, struct link *from,
		       enum enc_frame_side side, frame_fn *act,
		       const struct enc_buf *other, size_t high)
{
	while (other->length < high) {
		struct enc_frame frame;
		int taken = enc_frame_parse(side, enc_buf_bytes(&from->in),
					    from->in.length, &frame);
		int r = taken <= 0 ? taken : act(relay, &frame);

		if (taken <= 0 || r < 0) {
			return r;
		}
		enc_buf_consume(&from->in, (size_t)taken);
	}
	return 0;
}

static int take_down(struct enc_relay *relay)
{
	return take_frames(relay, &relay->control, ENC_FRAME_FROM_API, do_down,
			   &relay->runner.out, DOWN_HIGH_BYTES);
}

static int take_up(struct enc_relay *relay)
{
	return take_frames(relay, &relay->runner, ENC_FRAME_FROM_INIT, do_up,
			   &relay->control.out, UP_HIGH_BYTES);
}

/*
 * read_some() - read what is there. Return: 1; 0 at the end of the stream;
 * -EAGAIN; another negative errno
 */
static int read_some(struct link *link)
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

/* passed() - all frames of this link are written to its socket */
static void passed(struct link *link)
{
	for (size_t i = 0; i < ENC_COUNT(passings); i++) {
		if ((link->in_out & UINT64_C(1) << passings[i].type) != 0) {
			enc_failpoint(passings[i].after);
		}
	}
	link->in_out = 0;
}

static int write_some(struct link *link)
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
	if (link->out.length == 0) {
		passed(link);
	}
	return 0;
}

/* watch() - poll for exactly the events that can be handled now */
static void watch(struct link *link, bool may_read)
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

static void watch_both(struct enc_relay *relay)
{
	watch(&relay->control, relay->runner.out.length < DOWN_HIGH_BYTES);
	watch(&relay->runner, relay->control.out.length < UP_HIGH_BYTES);
}

/*
 * lose_runner() - stop reading enclave-init: it has ended or broken the
 * protocol
 */
static void lose_runner(struct enc_relay *relay, int error)
{
	if (error == -EPROTO || error == -EMSGSIZE) {
		enc_log(ENC_LOG_ERROR, NULL,
			"enclave-init broke the protocol, ignoring it");
	}
	relay->runner.ended = true;
	enc_buf_done(&relay->runner.out);
	enc_buf_done(&relay->runner.in);
}

static void serve_runner(struct enc_relay *relay, bool readable)
{
	int r = write_some(&relay->runner);

	if (r == 0 && readable) {
		r = read_some(&relay->runner);
		if (r == 0) {
			r = -EPIPE;
		} else if (r == -EAGAIN) {
			r = 0;
		}
	}
	if (r >= 0) {
		r = take_up(relay);
	}
	if (r < 0) {
		lose_runner(relay, r);
	}
}

static void on_runner(uv_poll_t *poll, int status, int events)
{
	struct link *link = ENC_HOLDER(poll, struct link, poll);
	struct enc_relay *relay = ENC_HOLDER(link, struct enc_relay, runner);

	serve_runner(relay, status < 0 || (events & UV_READABLE) != 0);
	if (!relay->runner.ended && take_down(relay) < 0) {
		enc_gate_end(relay->gate, EXIT_BROKEN);
	}
	watch_both(relay);
}

static void on_control(uv_poll_t *poll, int status, int events)
{
	struct link *link = ENC_HOLDER(poll, struct link, poll);
	struct enc_relay *relay = ENC_HOLDER(link, struct enc_relay, control);
	int r = write_some(&relay->control);

	if (r == 0 && (status < 0 || (events & UV_READABLE) != 0)) {
		r = read_some(&relay->control);
		if (r == 0) {
			/* Without enclave-api the session must end. */
			r = -EPIPE;
		} else if (r == -EAGAIN) {
			r = 0;
		}
	}
	if (r >= 0) {
		r = take_down(relay);
	}
	if (r < 0) {
		enc_gate_end(relay->gate, EXIT_BROKEN);
		return;
	}
	if (!relay->runner.ended) {
		serve_runner(relay, false);
	}
	watch_both(relay);
}

static void open_link(struct enc_relay *relay, struct link *link, int fd,
		      size_t out_max, uv_poll_cb ready)
{
	*link = (struct link){ .fd = fd,
			       .events = UV_READABLE,
			       .in = ENC_BUF(IN_MAX_BYTES),
			       .out = ENC_BUF(out_max) };
	enc_gate_watch(relay->gate, &link->poll, fd, UV_READABLE, ready);
}

struct enc_relay *enc_relay_new(struct enc_gate *gate)
{
	static const struct enc_frame check = { .type = ENC_FRAME_CHECK };
	struct enc_relay *relay = enc_xalloc(sizeof(*relay));

	relay->gate = gate;
	relay->result = ENC_BUF(ENC_FRAME_PAYLOAD_MAX_BYTES);
	open_link(relay, &relay->control, ENC_GATE_FD_CONTROL, UP_MAX_BYTES,
		  on_control);
	open_link(relay, &relay->runner, ENC_GATE_FD_RUNNER, DOWN_MAX_BYTES,
		  on_runner);
	pass(&relay->runner, ENC_FRAME_FROM_GATE_DOWN, &check);
	serve_runner(relay, /* readable= */ false);
	return relay;
}

void enc_relay_flush(struct enc_relay *relay)
{
	struct pollfd wait = { .fd = relay->control.fd, .events = POLLOUT };

	/* The gate is about to exit: nothing else needs to be served. */
	while (relay->control.out.length > 0) {
		if (write_some(&relay->control) < 0 ||
		    (relay->control.out.length > 0 && poll(&wait, 1, -1) < 0 &&
		     errno != EINTR)) {
			return;
		}
	}
}

void enc_relay_finish(struct enc_relay *relay)
{
	/* The sandbox is dead: its last frames are in the socket. */
	while (!relay->runner.ended) {
		int r;

		if (relay->control.out.length >= UP_HIGH_BYTES) {
			enc_relay_flush(relay);
		}
		r = take_up(relay);
		if (r == 0) {
			r = read_some(&relay->runner);
			r = r == 0 ? -EPIPE : r;
		}
		if (r == -EPIPE && take_up(relay) < 0) {
			r = -EPROTO;
		}
		if (r < 0) {
			lose_runner(relay, r);
		}
	}
	pass_result(relay); /* the sandbox may have ended without EXIT */
	for (int stream = 0; stream < 2; stream++) {
		ENC_AUTO(buf) payload = ENC_BUF(16);
		struct enc_message_truncated message = {
			.dropped_bytes = relay->dropped[stream],
		};

		if (message.dropped_bytes > 0) {
			ENC_MUST(enc_message_truncated_write(&payload,
							     &message));
			enc_relay_tell(relay, ENC_FRAME_TRUNCATED,
				       stream == 1 ? ENC_FRAME_F_STDERR : 0,
				       &payload);
		}
	}
}
