#ifndef ENC_BACKEND_HOST_INTERNAL_H
#define ENC_BACKEND_HOST_INTERNAL_H

/*
 * A sandbox of this machine. backend_host.c has its life, host_end.c its end.
 */

#include "backend_impl.h"
#include "host_down.h"
#include "host_state.h"
#include "message.h"

struct enc_host_sandbox {
	struct enc_sandbox base;
	const struct enc_program *program;
	uv_timer_t timer;
	uv_pipe_t link;
	struct enc_buf in;
	struct enc_report ready;
	struct enc_end end;
	struct enc_message_exit exit_told;
	char counter_name[ENC_LAUNCH_NAME_BYTES];
	unsigned int handles; /* open handles; on_..._closed() counts down */
	enum enc_host_state state;
	enum enc_host_link link_state;
	bool exit_known; /* the frame EXIT came: exit_told is valid */
	uint64_t ended_ms;
};

/* Set a state and log it; nothing else writes it. An illegal move is a bug. */
void enc_host_move(struct enc_host_sandbox *host, enum enc_host_state to);
void enc_host_move_link(struct enc_host_sandbox *host, enum enc_host_link to);

/*
 * enc_host_left() - whether the user has destroyed the sandbox; then nothing is
 * reported any more
 */
bool enc_host_left(const struct enc_host_sandbox *host);

/* ---- host_end.c: the end and the removal ---- */

/*
 * enc_host_fail() - report a failure of the backend; the user still destroys
 * the sandbox
 */
void enc_host_fail(struct enc_host_sandbox *host, const char *what);

/*
 * enc_host_await() - limit the wait for the next report; after that time the
 * sandbox ends with what is known, or as failed
 */
void enc_host_await(struct enc_host_sandbox *host, uint64_t deadline_ms);

/* enc_host_await_end() - limit the wait for the second report of an end */
void enc_host_await_end(struct enc_host_sandbox *host);

/*
 * enc_host_await_more() - wait longer for a gate that is still sending after
 * ENDED
 */
void enc_host_await_more(struct enc_host_sandbox *host);

/*
 * enc_host_end_now() - end the sandbox in the loop's next turn, without waiting
 * for a report
 */
void enc_host_end_now(struct enc_host_sandbox *host);

/*
 * enc_host_take_ended() - keep ENDED: the cause, as the launcher found it, and
 * the wait status
 */
void enc_host_take_ended(struct enc_host_sandbox *host,
			 const struct enc_launch_ended *ended);

/*
 * enc_host_tell_end() - report the end if ENDED and the end of the link have
 * both come; otherwise wait for the missing one
 */
void enc_host_tell_end(struct enc_host_sandbox *host);

/* enc_host_close_link() - close the link if it is open */
void enc_host_close_link(struct enc_host_sandbox *host);

/*
 * enc_host_close() - close every libuv handle of the sandbox. Its link stays
 * until the launcher has nothing left of it: a gate without a link ends, which
 * the launcher would take for a fault if it hadn't heard of the end before
 */
void enc_host_close(struct enc_host_sandbox *host);

/*
 * enc_host_settle() - report GONE once the launcher has nothing left and every
 * handle is closed
 */
void enc_host_settle(struct enc_host_sandbox *host);

#endif
