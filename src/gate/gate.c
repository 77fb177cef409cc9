#include <errno.h>
#include <netinet/in.h>

#include "clock.h"
#include "fd.h"
#include "gate.h"
#include "gate_internal.h"
#include "gate_order.h"
#include "ipc.h"
#include "log.h"
#include "seccomp.h"
#include "sockets.h"

enum { ORDERS_AT_ONCE = 256, EXIT_BROKEN = 70 };

void enc_gate_end(struct enc_gate *gate, int exit_code)
{
	gate->exit_code = exit_code;
	uv_stop(&gate->loop);
}

void enc_gate_watch(struct enc_gate *gate, uv_poll_t *poll, int fd, int events,
		    uv_poll_cb ready)
{
	ENC_MUST(uv_poll_init(&gate->loop, poll, fd));
	ENC_MUST(uv_poll_start(poll, events, ready));
}

/* ---- attempts ---- */

static void tell_attempt(void *context,
			 const struct enc_message_egress *message)
{
	struct enc_gate *gate = context;
	ENC_AUTO(buf) payload = ENC_BUF(ENC_FRAME_PAYLOAD_MAX_BYTES);

	ENC_MUST(enc_message_egress_write(&payload, message));
	enc_relay_tell(gate->relay, ENC_FRAME_EGRESS, 0, &payload);
}

static void tell_count(void *context, enum enc_counted what, uint64_t count)
{
	struct enc_gate *gate = context;
	const struct enc_message_counted message = { what, count };
	ENC_AUTO(buf) payload = ENC_BUF(ENC_FRAME_PAYLOAD_MAX_BYTES);

	ENC_MUST(enc_message_counted_write(&payload, &message));
	enc_relay_tell(gate->relay, ENC_FRAME_COUNTED, 0, &payload);
}

static void on_pending(uv_timer_t *timer);

/* earlier() - return the earlier of two times; -1 means never */
static int64_t earlier(int64_t one_ms, int64_t other_ms)
{
	if (one_ms < 0 || other_ms < 0) {
		return ENC_MAX(one_ms, other_ms);
	}
	return ENC_MIN(one_ms, other_ms);
}

/*
 * enc_gate_plan() - report what is due, and set the timer for the next report
 */
void enc_gate_plan(struct enc_gate *gate)
{
	int64_t now_ms = enc_clock_mono_ms();
	int64_t next_ms = enc_attempts_flush(gate->attempts, now_ms);

	next_ms = earlier(next_ms, enc_redline_flush(gate->redline, now_ms));
	next_ms = earlier(next_ms, enc_counts_flush(&gate->counts, now_ms,
						    tell_count, gate));
	if (next_ms >= 0) {
		ENC_MUST(uv_timer_start(&gate->pending, on_pending,
					(uint64_t)(next_ms - now_ms) + 1, 0));
	}
}

static void on_pending(uv_timer_t *timer)
{
	enc_gate_plan(ENC_HOLDER(timer, struct enc_gate, pending));
}

const char *enc_gate_note(struct enc_gate *gate,
			  const struct enc_attempt *attempt)
{
	const char *rule = "";

	enc_attempts_note(gate->attempts, attempt, enc_clock_mono_ms(), &rule);
	if (uv_is_active((uv_handle_t *)&gate->pending) == 0) {
		enc_gate_plan(gate);
	}
	return rule;
}

void enc_gate_count(struct enc_gate *gate, enum enc_counted what)
{
	enc_counts_add(&gate->counts, what);
	if (uv_is_active((uv_handle_t *)&gate->pending) == 0) {
		enc_gate_plan(gate);
	}
}

void enc_gate_launched(struct enc_gate *gate)
{
	gate->launched = true;
	enc_attempts_launched(gate->attempts);
}

/* ---- orders ---- */

/*
 * finish() - the sandbox is dead and all counters have come: report the rest
 * and exit
 */
static void finish(struct enc_gate *gate)
{
	ENC_AUTO(buf) payload = ENC_BUF(ENC_FRAME_PAYLOAD_MAX_BYTES);
	struct enc_message_tally tally = { .complete = gate->complete };

	gate->finishing = true;
	enc_relay_finish(gate->relay);
	enc_counts_finish(&gate->counts, tell_count, gate);
	tally.egress_denied = enc_attempts_finish(gate->attempts);
	tally.syscalls_denied = enc_redline_finish(gate->redline);
	ENC_MUST(enc_message_tally_write(&payload, &tally));
	enc_relay_tell(gate->relay, ENC_FRAME_TALLY, 0, &payload);
	enc_relay_flush(gate->relay);
	enc_gate_end(gate, 0);
}

static void counted(struct enc_gate *gate, const struct enc_gate_order *order)
{
	struct enc_attempt what = {
		.via = order->protocol == IPPROTO_TCP	? ENC_VIA_CONNECT
		       : order->protocol == IPPROTO_UDP ? ENC_VIA_DATAGRAM
							: ENC_VIA_PACKET,
		.protocol = order->protocol,
		.port = order->port,
		.host = enc_names_of(gate->names, order->addr),
	};

	memcpy(what.addr, order->addr, sizeof(what.addr));
	enc_attempts_counted(gate->attempts, &what, order->count);
}

static void total(struct enc_gate *gate, const struct enc_gate_order *order)
{
	struct enc_attempt like = {
		.via = order->port == ENC_GATE_DNS_PORT ? ENC_VIA_DNS
							: ENC_VIA_PACKET,
		.protocol = order->protocol,
	};

	enc_attempts_total(gate->attempts, &like, order->count);
}

static void on_orders(uv_poll_t *poll, int status, int events)
{
	struct enc_gate *gate = ENC_HOLDER(poll, struct enc_gate, orders);

	(void)status;
	(void)events;
	for (int i = 0; i < ORDERS_AT_ONCE; i++) {
		struct enc_gate_order order;
		int fd = -1;
		int r = enc_ipc_receive(ENC_GATE_FD_ORDERS, &order,
					sizeof(order), &fd);

		if (r == -EAGAIN) {
			return;
		}
		if (r != sizeof(order)) {
			/* The launcher has given up the session. */
			enc_gate_end(gate, EXIT_BROKEN);
			return;
		}
		if (order.opcode == ENC_GATE_LISTENER && fd >= 0) {
			enc_sockets_limit(gate->sockets, order.count);
			enc_redline_listen(gate->redline, fd);
		} else if (order.opcode == ENC_GATE_MOUNTS) {
			/*
			 * The descriptor is only kept open until the gate ends.
			 */
			ENC_IGNORE(fd);
		} else if (order.opcode == ENC_GATE_ATTEMPTS) {
			counted(gate, &order);
		} else if (order.opcode == ENC_GATE_TOTAL) {
			total(gate, &order);
		} else if (order.opcode == ENC_GATE_FINISH) {
			gate->complete = order.complete == 1;
			finish(gate);
			return;
		}
	}
}

int enc_gate_run(void)
{
	static struct enc_gate gate;
	int r;

	if (uv_loop_init(&gate.loop) != 0 ||
	    uv_timer_init(&gate.loop, &gate.pending) != 0) {
		return EXIT_BROKEN;
	}
	gate.attempts = enc_attempts_new(tell_attempt, &gate);
	gate.names = enc_names_new();
	gate.relay = enc_relay_new(&gate);
	gate.redline = enc_redline_new(&gate);
	gate.sockets = enc_sockets_new(ENC_GATE_FD_COUNT);
	gate.tcp = enc_deny_tcp_new(&gate);
	gate.datagrams = enc_datagrams_new(&gate);
	enc_gate_watch(&gate, &gate.orders, ENC_GATE_FD_ORDERS, UV_READABLE,
		       on_orders);
	/* The gate has read no byte from outside yet. */
	r = enc_gate_confine();
	if (r < 0) {
		enc_log(ENC_LOG_ERROR, NULL, "own filter: %s",
			enc_seccomp_reason(r));
		return EXIT_BROKEN;
	}
	(void)uv_run(&gate.loop, UV_RUN_DEFAULT);
	/* Memory and descriptors are freed by the end of the process. */
	return gate.exit_code;
}
