/*
 * Frames of enclave-init. They may be a hostile program's: each has a row, and
 * is checked and limited before anything of it goes on.
 */

#include <errno.h>

#include "json.h"
#include "masking.h"
#include "message.h"
#include "relay.h"

/* act_fn - parse a frame and act on it. Return: 0 or a negative errno */
typedef int act_fn(struct enc_relay *relay, const struct enc_frame *frame);

#define AT(stage) (1U << ENC_RUNNER_##stage)

static void pass_on(struct enc_relay *relay, const struct enc_frame *frame)
{
	enc_link_put(&relay->control, ENC_FRAME_FROM_GATE_UP, frame);
}

static int take_ready(struct enc_relay *relay, const struct enc_frame *frame)
{
	struct enc_message_ready ready;
	int r = enc_message_ready_parse(frame->payload, frame->payload_length,
					&ready);

	if (r == 0) {
		relay->stage = ENC_RUNNER_READY;
		pass_on(relay, frame);
	}
	return r;
}

static int take_started(struct enc_relay *relay, const struct enc_frame *frame)
{
	relay->stage = ENC_RUNNER_STARTED;
	pass_on(relay, frame);
	return 0;
}

/* put_output() - pass on masked output, in frames of legal length */
static void put_output(struct enc_relay *relay, uint8_t flags,
		       struct enc_text out)
{
	struct enc_frame frame = { .type = ENC_FRAME_OUT, .flags = flags };
	size_t done = 0;

	while (out.length - done > ENC_FRAME_OUT_BYTES) {
		frame.flags = flags & ENC_FRAME_F_STDERR;
		frame.payload = (const uint8_t *)out.bytes + done;
		frame.payload_length = ENC_FRAME_OUT_BYTES;
		pass_on(relay, &frame);
		done += ENC_FRAME_OUT_BYTES;
	}
	frame.flags = flags;
	frame.payload = (const uint8_t *)out.bytes + done;
	frame.payload_length = out.length - done;
	if (frame.payload_length > 0 || (flags & ENC_FRAME_F_END) != 0) {
		pass_on(relay, &frame);
	}
}

/* pass_output() - pass on output, except for bytes that a mask holds back */
static void pass_output(struct enc_relay *relay, const struct enc_frame *frame)
{
	struct enc_masking *masking = relay->gate->masking;
	int stream = (frame->flags & ENC_FRAME_F_STDERR) != 0 ? 1 : 0;
	bool end = (frame->flags & ENC_FRAME_F_END) != 0;

	if (!enc_masking_active(masking)) {
		pass_on(relay, frame);
		return;
	}
	put_output(relay, frame->flags,
		   enc_masking_output(masking, stream, frame->payload,
				      frame->payload_length, end));
}

/* release_output() - pass on the held bytes of streams that had no F_END */
static void release_output(struct enc_relay *relay)
{
	static const uint8_t flags[ENC_MASKING_STREAMS] = {
		0, ENC_FRAME_F_STDERR
	};
	static const uint8_t none[1];
	struct enc_masking *masking = relay->gate->masking;

	if (!enc_masking_active(masking)) {
		return;
	}
	for (int i = 0; i < ENC_MASKING_STREAMS; i++) {
		put_output(relay, flags[i],
			   enc_masking_output(masking, i, none, 0,
					      /* end= */ true));
	}
}

/*
 * take_output() - pass on output up to the limit of its stream; count the rest
 */
static int take_output(struct enc_relay *relay, const struct enc_frame *frame)
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
		pass_output(relay, &kept);
	}
	return 0;
}

/*
 * take_result() - keep a result until the end; a later one takes its place. Only
 * the one that counts is checked, so many of them cost little.
 */
static int take_result(struct enc_relay *relay, const struct enc_frame *frame)
{
	relay->have_result = true;
	enc_buf_clear(&relay->result);
	ENC_MUST(enc_buf_append(&relay->result, frame->payload,
				frame->payload_length));
	return 0;
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

static int take_rejected(struct enc_relay *relay, const struct enc_frame *frame)
{
	struct enc_message_rejected rejected;
	int r = enc_message_rejected_parse(frame->payload,
					   frame->payload_length, &rejected);

	if (r == 0) {
		tell_rejected(relay, rejected.reason);
	}
	return r;
}

/* check_result() - why the result that counts can't be used; INVALID: it can */
static enum enc_reject_reason check_result(const struct enc_relay *relay)
{
	const struct enc_buf *result = &relay->result;

	return enc_reject_of(enc_json_check((const char *)enc_buf_bytes(result),
					    result->length, NULL));
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
	reason = check_result(relay);
	if (reason == ENC_REJECT_INVALID &&
	    enc_masking_active(relay->gate->masking)) {
		enc_masking_result(relay->gate->masking, &relay->result);
		/* Masking may have made two names of an object equal. */
		reason = check_result(relay);
	}
	if (reason == ENC_REJECT_INVALID) {
		pass_on(relay, &frame);
	} else {
		tell_rejected(relay, reason);
	}
}

static int take_exit(struct enc_relay *relay, const struct enc_frame *frame)
{
	struct enc_message_exit ended;
	int r = enc_message_exit_parse(frame->payload, frame->payload_length,
				       &ended);

	if (r == 0) {
		relay->stage = ENC_RUNNER_EXITED;
		release_output(relay);
		pass_result(relay);
		pass_on(relay, frame);
	}
	return r;
}

/*
 * The frames that enclave-init may send, and at which stages. A LAUNCH that
 * failed ends without STARTED: stderr, then EXIT.
 */
static const struct row {
	enum enc_frame_type type;
	unsigned int at; /* a bit per enum enc_runner_stage */
	act_fn *act;
} rows[] = {
	{ ENC_FRAME_READY, AT(BOOTING), take_ready },
	{ ENC_FRAME_STARTED, AT(READY), take_started },
	{ ENC_FRAME_OUT, AT(READY) | AT(STARTED), take_output },
	{ ENC_FRAME_RESULT, AT(READY) | AT(STARTED), take_result },
	{ ENC_FRAME_REJECTED, AT(READY) | AT(STARTED), take_rejected },
	{ ENC_FRAME_EXIT, AT(READY) | AT(STARTED), take_exit },
};

int enc_runner_act(void *context, const struct enc_frame *frame)
{
	struct enc_relay *relay = context;
	/* Before LAUNCH there is no program that any of it could be from. */
	bool early = !relay->gate->launched && frame->type != ENC_FRAME_READY;

	for (size_t i = 0; i < ENC_COUNT(rows) && !early; i++) {
		if (rows[i].type == frame->type) {
			return (rows[i].at & 1U << relay->stage) != 0
				       ? rows[i].act(relay, frame)
				       : -EPROTO;
		}
	}
	return -EPROTO;
}

void enc_runner_finish(struct enc_relay *relay)
{
	/* The sandbox may have ended without EXIT. */
	release_output(relay);
	pass_result(relay);
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
