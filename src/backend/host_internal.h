#ifndef ENC_BACKEND_HOST_INTERNAL_H
#define ENC_BACKEND_HOST_INTERNAL_H

/*
 * A sandbox of this machine: backend_host.c has its life, host_end.c its end.
 */

#include "backend_impl.h"
#include "host_down.h"
#include "host_state.h"
#include "message.h"

struct enc_host_sandbox {
	struct enc_sandbox base;
	uint64_t tag;
	const struct enc_program *program;
	uv_timer_t timer;
	uv_pipe_t link;
	struct enc_buf in;
	struct enc_report ready;
	struct enc_end end;
	struct enc_message_exit exit_told;
	char counter_name[ENC_LAUNCH_NAME_BYTES];
	unsigned int handles; /* open: each brings one on_closed() */
	enum enc_host_state state;
	enum enc_host_link link_state;
	bool exit_known; /* exit_told was told */
	uint64_t ended_ms;
};

/* The only setters; an illegal move is our bug. */
void enc_host_move(struct enc_host_sandbox *host, enum enc_host_state to);
void enc_host_move_link(struct enc_host_sandbox *host, enum enc_host_link to);

/* enc_host_left() - the caller has destroyed it: nothing is told any more */
bool enc_host_left(const struct enc_host_sandbox *host);

/* ---- host_end.c: how it ends, and what is left of it then ---- */

/*
 * enc_host_fail() - the backend's own failure; what is left of it is destroyed
 * later
 */
void enc_host_fail(struct enc_host_sandbox *host, const char *what);

/*
 * enc_host_await() - start the timer of what it has to do next: when that has
 * run out, it ends with what is known by then, or failed
 */
void enc_host_await(struct enc_host_sandbox *host, uint64_t deadline_ms);

/* enc_host_await_end() - the same, for the rest of its story */
void enc_host_await_end(struct enc_host_sandbox *host);

/* enc_host_await_more() - after ENDED, of a gate that is only slow */
void enc_host_await_more(struct enc_host_sandbox *host);

/* enc_host_end_now() - nothing is awaited: it ends by the loop's next turn */
void enc_host_end_now(struct enc_host_sandbox *host);

/*
 * enc_host_take_ended() - the cause is the launcher's, and the status the
 * kernel's
 */
void enc_host_take_ended(struct enc_host_sandbox *host,
			 const struct enc_launch_ended *ended);

/*
 * enc_host_tell_end() - the launcher's cause with the gate's tally; if one of
 * the two isn't there yet, it is awaited
 */
void enc_host_tell_end(struct enc_host_sandbox *host);

/* enc_host_close_link() - if it is open */
void enc_host_close_link(struct enc_host_sandbox *host);

/* enc_host_close() - every handle */
void enc_host_close(struct enc_host_sandbox *host);

/* enc_host_settle() - gone, once nothing is left and no callback can come */
void enc_host_settle(struct enc_host_sandbox *host);

#endif
