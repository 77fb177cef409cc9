/*
 * The red line: system calls that the filter passes to the gate
 * (SECCOMP_RET_USER_NOTIF). The gate reads architecture and number. It never
 * reads memory to which an argument points, since that could change afterwards.
 *
 * Two calls are no attack: socket() and connect() ask whether one more socket
 * may exist (sockets.c). If so, they continue. The gate's answer decides only
 * about the number: the filter has already refused every forbidden kind of
 * socket.
 *
 * A call that is withdrawn before the gate receives it isn't counted, since the
 * kernel doesn't say which call it was. Such a call isn't executed either.
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
 * Numbers of another architecture, x32 included, have no names, and a program
 * can make up as many as it likes. They may use only a part of the table. So
 * each call with a name has an entry, whatever was called before.
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
	uv_timer_t turn; /* runs while calls wait for room */
	size_t count;
	size_t foreign; /* listed calls of another architecture */
	struct call calls[KINDS_MAX + 1]; /* the last one counts all others */
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

/* answer() - answer the call's process, which may have died meanwhile */
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

/* record() - count a call that crossed the red line */
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

/* on_call() - handle one call; poll() reports again if there are more */
static void on_call(uv_poll_t *handle, int status, int events)
{
	struct enc_redline *redline =
		ENC_HOLDER(handle, struct enc_redline, poll);
	struct seccomp_notif asked;
	struct pollfd look = { .fd = redline->listener, .events = POLLIN };

	(void)events;
	/*
	 * libuv reports a hangup as readable. It means that no process is left
	 * under the filter, and only that ends the red line. A call that a
	 * signal withdrew is no longer there at this second poll().
	 */
	if (status < 0) {
		/*
		 * The kernel's poll was interrupted, and libuv stopped polling.
		 */
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
	/* Before 6.11 the ioctl blocks if no call is there. */
	if ((look.revents & POLLIN) == 0) {
		return;
	}
	memset(&asked, 0, sizeof(asked));
	if (ioctl(redline->listener, SECCOMP_IOCTL_NOTIF_RECV, &asked) < 0) {
		return; /* ENOENT: the call was withdrawn meanwhile */
	}
	if (asks(&asked.data)) {
		ask(redline, &asked);
		return;
	}
	answer(redline, asked.id, -EPERM);
	/* Before LAUNCH the self-check makes these calls. */
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
