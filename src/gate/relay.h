#ifndef ENC_GATE_RELAY_H
#define ENC_GATE_RELAY_H

/*
 * Theory of operation
 *
 * The relay passes frames between enclave-api and enclave-init. Frames from
 * enclave-api are checked and passed on (control.c). Frames from enclave-init
 * are hostile: they must come in the order of the protocol, they are limited,
 * and only then passed on (runner.c). Each link is read only while the other
 * one accepts data, so neither can make the gate's buffers grow (relay.c).
 */

#include "gate_internal.h"
#include "link.h"

enum {
	/*
	 * A link is not read while more than this is buffered for the other
	 * link.
	 */
	ENC_RELAY_DOWN_HIGH_BYTES = 4 << 20,
	ENC_RELAY_UP_HIGH_BYTES = 1 << 20,
};

/* The stage of enclave-init, which decides about its next frames. */
enum enc_runner_stage {
	ENC_RUNNER_BOOTING,
	ENC_RUNNER_READY,
	ENC_RUNNER_STARTED,
	ENC_RUNNER_EXITED,
};

struct enc_relay {
	struct enc_gate *gate;
	struct enc_link control;
	struct enc_link runner;
	enum enc_runner_stage stage;
	bool have_policy;
	uint64_t output_bytes;
	uint64_t kept[2];
	uint64_t dropped[2];
	bool have_result;
	struct enc_buf result; /* last result; passed on at the end */
	unsigned int rejected; /* a bit per enum enc_reject_reason */
};

/* control.c: acts on a frame from enclave-api; @context is the relay. */
enc_link_act_fn enc_control_act;

/* runner.c: acts on a frame from enclave-init; @context is the relay. */
enc_link_act_fn enc_runner_act;

/*
 * enc_runner_finish() - report the result, and what was dropped, of a sandbox
 * that is dead and whose frames are all taken
 */
void enc_runner_finish(struct enc_relay *relay);

#endif
