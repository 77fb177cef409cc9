#include <errno.h>

#include "gate_order.h"
#include "log.h"
#include "relay.h"

enum {
	/*
	 * The maxima leave room for frames of one read and for events, which
	 * may be added to a buffer that is high.
	 */
	DOWN_MAX_BYTES = ENC_RELAY_DOWN_HIGH_BYTES + 4 * ENC_FRAME_MAX_BYTES,
	UP_MAX_BYTES = ENC_RELAY_UP_HIGH_BYTES + 8 * ENC_FRAME_MAX_BYTES,
	EXIT_BROKEN = 70,
};

void enc_relay_tell(struct enc_relay *relay, enum enc_frame_type type,
		    uint8_t flags, const struct enc_buf *payload)
{
	struct enc_link *control = &relay->control;
	struct enc_frame frame = {
		.type = type,
		.flags = flags,
		.payload = enc_buf_bytes(payload),
		.payload_length = payload->length,
	};

	enc_link_put(control, ENC_FRAME_FROM_GATE_UP, &frame);
	/* From now on the link is also polled for room to write. */
	enc_link_watch(control, (control->events & UV_READABLE) != 0);
}

static int take_down(struct enc_relay *relay)
{
	return enc_link_take(&relay->control, ENC_FRAME_FROM_API,
			     enc_control_act, relay, &relay->runner.out,
			     ENC_RELAY_DOWN_HIGH_BYTES);
}

static int take_up(struct enc_relay *relay)
{
	return enc_link_take(&relay->runner, ENC_FRAME_FROM_INIT,
			     enc_runner_act, relay, &relay->control.out,
			     ENC_RELAY_UP_HIGH_BYTES);
}

static void watch_both(struct enc_relay *relay)
{
	enc_link_watch(&relay->control,
		       relay->runner.out.length < ENC_RELAY_DOWN_HIGH_BYTES);
	enc_link_watch(&relay->runner,
		       relay->control.out.length < ENC_RELAY_UP_HIGH_BYTES);
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
	enc_link_stop(&relay->runner);
}

/*
 * exchange() - write what waits, and read what came. Return: 0 or a negative
 * errno; -EPIPE at the end of the stream
 */
static int exchange(struct enc_link *link, bool readable)
{
	int r = enc_link_write(link);

	if (r == 0 && readable) {
		r = enc_link_read(link);
		r = r == 0 ? -EPIPE : r;
	}
	return r == -EAGAIN || r > 0 ? 0 : r;
}

static void serve_runner(struct enc_relay *relay, bool readable)
{
	int r = exchange(&relay->runner, readable);

	if (r == 0) {
		r = take_up(relay);
	}
	if (r < 0) {
		lose_runner(relay, r);
	}
}

static void on_runner(uv_poll_t *poll, int status, int events)
{
	struct enc_link *link = ENC_HOLDER(poll, struct enc_link, poll);
	struct enc_relay *relay = ENC_HOLDER(link, struct enc_relay, runner);

	serve_runner(relay, status < 0 || (events & UV_READABLE) != 0);
	if (!relay->runner.ended && take_down(relay) < 0) {
		enc_gate_end(relay->gate, EXIT_BROKEN);
	}
	watch_both(relay);
}

static void on_control(uv_poll_t *poll, int status, int events)
{
	struct enc_link *link = ENC_HOLDER(poll, struct enc_link, poll);
	struct enc_relay *relay = ENC_HOLDER(link, struct enc_relay, control);
	int r = exchange(&relay->control,
			 status < 0 || (events & UV_READABLE) != 0);

	if (r == 0) {
		r = take_down(relay);
	}
	if (r < 0) {
		/* Without enclave-api the session must end. */
		enc_gate_end(relay->gate, EXIT_BROKEN);
		return;
	}
	if (!relay->runner.ended) {
		serve_runner(relay, false);
	}
	watch_both(relay);
}

struct enc_relay *enc_relay_new(struct enc_gate *gate)
{
	static const struct enc_frame check = { .type = ENC_FRAME_CHECK };
	struct enc_relay *relay = enc_xalloc(sizeof(*relay));

	relay->gate = gate;
	relay->result = ENC_BUF(ENC_FRAME_PAYLOAD_MAX_BYTES);
	enc_link_open(&relay->control, gate, ENC_GATE_FD_CONTROL, UP_MAX_BYTES,
		      on_control);
	enc_link_open(&relay->runner, gate, ENC_GATE_FD_RUNNER, DOWN_MAX_BYTES,
		      on_runner);
	enc_link_put(&relay->runner, ENC_FRAME_FROM_GATE_DOWN, &check);
	serve_runner(relay, /* readable= */ false);
	return relay;
}

void enc_relay_flush(struct enc_relay *relay)
{
	enc_link_flush(&relay->control);
}

void enc_relay_finish(struct enc_relay *relay)
{
	/* The sandbox is dead: its last frames are in the socket. */
	while (!relay->runner.ended) {
		int r;

		if (relay->control.out.length >= ENC_RELAY_UP_HIGH_BYTES) {
			enc_relay_flush(relay);
		}
		r = take_up(relay);
		if (r == 0) {
			r = enc_link_read(&relay->runner);
			r = r == 0 ? -EPIPE : r;
		}
		if (r == -EPIPE && take_up(relay) < 0) {
			r = -EPROTO;
		}
		if (r < 0) {
			lose_runner(relay, r);
		}
	}
	enc_runner_finish(relay);
}
