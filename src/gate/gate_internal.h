#ifndef ENC_GATE_GATE_INTERNAL_H
#define ENC_GATE_GATE_INTERNAL_H

/*
 * What the parts of a gate share. gate.c owns the loop and the two links; each
 * other part watches its own descriptors and speaks through these functions.
 */

#include <stdbool.h>
#include <uv.h>

#include "attempts.h"
#include "counts.h"
#include "frame.h"
#include "names.h"

struct enc_gate;
struct enc_relay;
struct enc_deny_tcp;
struct enc_datagrams;
struct enc_redline;
struct enc_sockets;

struct enc_gate {
	uv_loop_t loop;
	struct enc_relay *relay;
	struct enc_attempts *attempts;
	struct enc_counts counts;
	struct enc_names *names;
	struct enc_deny_tcp *tcp;
	struct enc_datagrams *datagrams;
	struct enc_redline *redline;
	struct enc_sockets *sockets;
	uv_poll_t orders;
	uv_timer_t pending; /* what is not told yet */
	bool launched;
	bool finishing; /* the sandbox is dead, the counters were sent */
	bool complete;	/* all counters could be read */
	int exit_code;
};

/* enc_gate_end() - leave the loop */
void enc_gate_end(struct enc_gate *gate, int exit_code);

/* enc_gate_launched() - the program is let in */
void enc_gate_launched(struct enc_gate *gate);

/* enc_gate_note() - one attempt; the rule that denies it, static */
const char *enc_gate_note(struct enc_gate *gate,
			  const struct enc_attempt *attempt);

/* enc_gate_count() - one more of what is only counted */
void enc_gate_count(struct enc_gate *gate, enum enc_counted what);

/* enc_gate_plan() - tell what is due, come back when more is */
void enc_gate_plan(struct enc_gate *gate);

/* enc_gate_watch() - poll a descriptor; the handle belongs to the caller */
void enc_gate_watch(struct enc_gate *gate, uv_poll_t *poll, int fd, int events,
		    uv_poll_cb ready);

/*
 * confine.c: from now on only the calls of gate_seccomp_policy.h; any other
 * one kills. 0 or a negative errno
 */
ENC_NODISCARD int enc_gate_confine(void);

/* relay.c: frames of both links */
struct enc_relay *enc_relay_new(struct enc_gate *gate);
void enc_relay_tell(struct enc_relay *relay, enum enc_frame_type type,
		    uint8_t flags, const struct enc_buf *payload);
/* enc_relay_finish() - what is still in the runner's stream, TRUNCATED */
void enc_relay_finish(struct enc_relay *relay);
/* enc_relay_flush() - write all that is left, however long it takes */
void enc_relay_flush(struct enc_relay *relay);

/* deny_tcp.c: connects, refused in the words of their protocol */
struct enc_deny_tcp *enc_deny_tcp_new(struct enc_gate *gate);

/* datagrams.c: DNS questions and every other datagram */
struct enc_datagrams *enc_datagrams_new(struct enc_gate *gate);

/* redline.c: system calls that only an attacker makes, and those that ask */
struct enc_redline *enc_redline_new(struct enc_gate *gate);
void enc_redline_listen(struct enc_redline *redline, int listener);
/* enc_redline_finish() - tell what is left; the sum */
uint64_t enc_redline_finish(struct enc_redline *redline);
/* enc_redline_flush() - tell what is due; when to come back, -1: nothing */
int64_t enc_redline_flush(struct enc_redline *redline, int64_t now_ms);

#endif
