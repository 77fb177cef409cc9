/*
 * The red line: calls that the filter hands over (SECCOMP_RET_USER_NOTIF).
 * The gate reads architecture and number, never what an argument points to,
 * which could change after it was looked at.
 *
 * Two of them are no crossing: socket() and connect() ask whether there may be
 * one more (sockets.c), and go on if so. Nothing depends on the gate's answer
 * but a number: the filter has refused every socket that may not be.
 *
 * A call that was withdrawn before the gate received it isn't counted: the
 * kernel doesn't say which one it was. It was not made either.
 */

#include <errno.h>
#include <linux/audit.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>

#include "clock.h"
#include "gate_internal.h"
#include "sockets.h"

#if defined(__x86_64__)
#define NATIVE AUDIT_ARCH_X86_64
#else
#define NATIVE AUDIT_ARCH_AARCH64
#endif

/*
 * Numbers of another architecture, x32 included, are as many as a program likes
 * and have no names. They have a part of the table, so that each call with a
 * name has a place whatever was called before it.
 */
enum { KINDS_MAX = 64, FOREIGN_MAX = 24, PAUSE_MS = 1000, TURN_MS = 5 };
#define X32_BIT 0x40000000u

struct call {
	uint32_t arch;
	uint32_t number;
	uint64_t seen;
	uint64_t told;
	int64_t told_ms;
};

struct enc_redline {
	struct enc_gate *gate;
	int listener;
	uv_poll_t poll;
	uv_timer_t turn; /* while calls wait for room */
	size_t count;
	size_t foreign;			  /* of them, of another architecture */
	struct call calls[KINDS_MAX + 1]; /* the last one: all others */
};

struct enc_redline *enc_redline_new(struct enc_gate *gate)
{
	struct enc_redline *redline = enc_xalloc(sizeof(*redline));

	redline->gate = gate;
	redline->listener = -1;
	redline->calls[KINDS_MAX].number = UINT32_MAX;
	return redline;
}

static struct call *find(struct enc_redline *redline, uint32_t arch,
			 uint32_t number)
{
	bool foreign = arch != NATIVE || (number & X32_BIT) != 0;

	for (size_t i = 0; i < redline->count; i++) {
		if (redline->calls[i].arch == arch &&
		    redline->calls[i].number == number) {
			return &redline->calls[i];
		}
	}
	if (redline->count == KINDS_MAX ||
	    (foreign && redline->foreign == FOREIGN_MAX)) {
		return &redline->calls[KINDS_MAX];
	}
	redline->foreign += foreign;
	redline->calls[redline->count] =
		(struct call){ .arch = arch, .number = number };
	return &redline->calls[redline->count++];
}

static void tell(struct enc_redline *redline, struct call *call, int64_t now_ms)
{
	ENC_AUTO(buf) payload = ENC_BUF(64);
	struct enc_message_syscall message = {
		.arch = call->arch,
		.number = call->number,
		.count = call->seen - call->told,
	};

	if (message.count == 0) {
		return;
	}
	call->told = call->seen;
	call->told_ms = now_ms;
	ENC_MUST(enc_message_syscall_write(&payload, &message));
	enc_relay_tell(redline->gate->relay, ENC_FRAME_SYSCALL, 0, &payload);
}

/* answer() - what the call's process hears; it may be gone meanwhile */
static void answer(void *context, uint64_t id, int error)
{
	const struct enc_redline *redline = context;
	struct seccomp_notif_resp response = {
		.id = id,
		.error = error,
		.flags = error == 0 ? SECCOMP_USER_NOTIF_FLAG_CONTINUE : 0,
	};

	ENC_IGNORE(ioctl(redline->listener, SECCOMP_IOCTL_NOTIF_SEND,
			 &response));
}

static void on_turn(uv_timer_t *timer)
{
	struct enc_redline *redline =
		ENC_HOLDER(timer, struct enc_redline, turn);

	enc_sockets_turn(redline->gate->sockets, answer, redline);
	if (!enc_sockets_waiting(redline->gate->sockets)) {
		(void)uv_timer_stop(timer);
	}
}

static bool asks(const struct seccomp_data *data)
{
	return data->arch == NATIVE &&
	       (data->nr == SYS_socket || data->nr == SYS_connect);
}

static void ask(struct enc_redline *redline, const struct seccomp_notif *asked)
{
	const struct enc_sockets_call call = {
		.id = asked->id,
		.thread = asked->pid,
		.connects = asked->data.nr == SYS_connect,
		.family = asked->data.args[0],
	};

	switch (enc_sockets_ask(redline->gate->sockets, &call)) {
	case ENC_SOCKETS_YES:
		answer(redline, asked->id, 0);
		break;
	case ENC_SOCKETS_NO:
		answer(redline, asked->id, -ENOBUFS);
		break;
	case ENC_SOCKETS_LATER:
		if (uv_is_active((uv_handle_t *)&redline->turn) == 0) {
			ENC_MUST(uv_timer_start(&redline->turn, on_turn,
						TURN_MS, TURN_MS));
		}
		break;
	}
}

/* record() - one that crossed the line */
static void record(struct enc_redline *redline, const struct seccomp_data *data)
{
	struct call *call = find(redline, data->arch, (uint32_t)data->nr);

	call->seen++;
	if (call->told == 0) {
		tell(redline, call, enc_clock_mono_ms());
	} else if (uv_is_active((uv_handle_t *)&redline->gate->pending) == 0) {
		enc_gate_plan(redline->gate);
	}
}

/* on_call() - one at a time: poll says again if there are more */
static void on_call(uv_poll_t *handle, int status, int events)
{
	struct enc_redline *redline =
		ENC_HOLDER(handle, struct enc_redline, poll);
	struct seccomp_notif asked;
	struct pollfd look = { .fd = redline->listener, .events = POLLIN };

	(void)events;
	/*
	 * A hangup, which libuv tells as readable, means that no process is
	 * under the filter any more. Nothing else ends the red line: a call
	 * that a signal or a kill withdrew isn't there at the second look.
	 */
	if (status < 0) {
		/* The kernel's look was interrupted, and libuv gave it up. */
		ENC_MUST(uv_poll_start(handle, UV_READABLE, on_call));
		return;
	}
	if (poll(&look, 1, 0) < 0) {
		return;
	}
	if ((look.revents & (POLLHUP | POLLNVAL)) != 0) {
		(void)uv_poll_stop(handle);
		return;
	}
	/* Without a call there the ioctl would block before 6.11. */
	if ((look.revents & POLLIN) == 0) {
		return;
	}
	memset(&asked, 0, sizeof(asked));
	if (ioctl(redline->listener, SECCOMP_IOCTL_NOTIF_RECV, &asked) < 0) {
		return; /* ENOENT: it was withdrawn meanwhile */
	}
	if (asks(&asked.data)) {
		ask(redline, &asked);
		return;
	}
	answer(redline, asked.id, -EPERM);
	/* Before LAUNCH it is the self-check's. */
	if (redline->gate->launched) {
		record(redline, &asked.data);
	}
}

void enc_redline_listen(struct enc_redline *redline, int listener)
{
	if (redline->listener < 0) {
		redline->listener = listener;
		ENC_MUST(uv_timer_init(&redline->gate->loop, &redline->turn));
		enc_gate_watch(redline->gate, &redline->poll, listener,
			       UV_READABLE, on_call);
	}
}

int64_t enc_redline_flush(struct enc_redline *redline, int64_t now_ms)
{
	int64_t next_ms = -1;

	for (size_t i = 0; i < ENC_COUNT(redline->calls); i++) {
		struct call *call = &redline->calls[i];
		int64_t due_ms = call->told_ms + PAUSE_MS;

		if (call->seen == call->told) {
			continue;
		}
		if (due_ms <= now_ms) {
			tell(redline, call, now_ms);
		} else if (next_ms < 0 || due_ms < next_ms) {
			next_ms = due_ms;
		}
	}
	return next_ms;
}

uint64_t enc_redline_finish(struct enc_redline *redline)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < ENC_COUNT(redline->calls); i++) {
		tell(redline, &redline->calls[i], 0);
		sum += redline->calls[i].told;
	}
	return sum;
}
