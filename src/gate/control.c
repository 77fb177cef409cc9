/*
 * Frames of enclave-api. It is trusted to choose what a session gets, not to
 * speak the protocol: a wrong frame ends the gate.
 */

#include <errno.h>

#include "message.h"
#include "relay.h"

/* act_fn - parse a frame and act on it. Return: 0 or a negative errno */
typedef int act_fn(struct enc_relay *relay, const struct enc_frame *frame);

/* When a frame may come. */
enum when {
	FIRST,	/* once, before any other */
	ONCE,	/* once, after the policy */
	ALWAYS, /* after the policy */
	LISTED, /* after a policy with an allowlist */
	OUT,	/* after a policy with any outside */
};

static int pass_on(struct enc_relay *relay, const struct enc_frame *frame)
{
	if (!relay->runner.ended) {
		enc_link_put(&relay->runner, ENC_FRAME_FROM_GATE_DOWN, frame);
	}
	return 0;
}

static int take_policy(struct enc_relay *relay, const struct enc_frame *frame)
{
	struct enc_message_policy policy;
	int r = enc_message_policy_parse(frame->payload, frame->payload_length,
					 &policy);

	if (r < 0) {
		return r;
	}
	relay->have_policy = true;
	relay->output_bytes = policy.output_bytes;
	if (policy.outside != 0) {
		enc_gate_open(relay->gate, policy.outside);
	}
	return 0;
}

static int take_rules(struct enc_relay *relay, const struct enc_frame *frame)
{
	static struct enc_message_rules rules; /* static since it is large */
	int r = enc_message_rules_parse(frame->payload, frame->payload_length,
					&rules);

	return r < 0 ? r : enc_gate_replace_rules(relay->gate, &rules);
}

static int take_recorded(struct enc_relay *relay, const struct enc_frame *frame)
{
	struct enc_message_recorded recorded;
	int r = enc_message_recorded_parse(frame->payload,
					   frame->payload_length, &recorded);

	if (r == 0) {
		enc_gate_recorded(relay->gate, recorded.reports);
	}
	return r;
}

static int pass_file(struct enc_relay *relay, const struct enc_frame *frame)
{
	struct enc_message_file file;
	int r = enc_message_file_parse(frame->payload, frame->payload_length,
				       &file);

	return r < 0 ? r : pass_on(relay, frame);
}

static int pass_launch(struct enc_relay *relay, const struct enc_frame *frame)
{
	static struct enc_message_launch launch; /* static since it is large */
	int r = enc_message_launch_parse(frame->payload, frame->payload_length,
					 &launch);

	if (r < 0) {
		return r;
	}
	enc_gate_launched(relay->gate);
	return pass_on(relay, frame);
}

static const struct row {
	enum enc_frame_type type;
	enum when when;
	act_fn *act;
} rows[] = {
	{ ENC_FRAME_POLICY, FIRST, take_policy },
	{ ENC_FRAME_RULES, LISTED, take_rules },
	{ ENC_FRAME_RECORDED, OUT, take_recorded },
	{ ENC_FRAME_FILE, ALWAYS, pass_file },
	{ ENC_FRAME_LAUNCH, ONCE, pass_launch },
	{ ENC_FRAME_STDIN, ALWAYS, pass_on },
	{ ENC_FRAME_SIGNAL, ALWAYS, pass_on },
	{ ENC_FRAME_CLOSE, ALWAYS, pass_on },
};

static bool may_come(const struct enc_relay *relay, enum when when)
{
	return relay->have_policy == (when != FIRST) &&
	       !(when == ONCE && relay->gate->launched) &&
	       !(when == LISTED && !relay->gate->rules.policy.allowlist) &&
	       !(when == OUT && relay->gate->outside == 0);
}

int enc_control_act(void *context, const struct enc_frame *frame)
{
	struct enc_relay *relay = context;

	for (size_t i = 0; i < ENC_COUNT(rows); i++) {
		if (rows[i].type == frame->type) {
			return may_come(relay, rows[i].when)
				       ? rows[i].act(relay, frame)
				       : -EPROTO;
		}
	}
	return -EPROTO;
}
