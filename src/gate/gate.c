#include <errno.h>
#include <netinet/in.h>
#include <time.h>

#include "await.h"
#include "cas.h"
#include "clock.h"
#include "exchange.h"
#include "fd.h"
#include "flow.h"
#include "gate.h"
#include "gate_calls.h"
#include "gate_internal.h"
#include "gate_order.h"
#include "held.h"
#include "ipc.h"
#include "log.h"
#include "mask.h"
#include "masking.h"
#include "redactions.h"
#include "seccomp.h"
#include "sockets.h"
#include "supply.h"
#include "tls.h"
#include "upstream_link.h"
#include "vault_link.h"

enum {
	ORDERS_AT_ONCE = 256,
	EXIT_BROKEN = 70,
	DRAIN_MS = 1000,
	DRAIN_LOOK_MS = 2,
};

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

uint64_t enc_gate_report(struct enc_gate *gate, enum enc_frame_type type,
			 const struct enc_buf *payload)
{
	enc_relay_tell(gate->relay, type, 0, payload);
	return ++gate->reports;
}

static uint64_t tell_attempt(void *context,
			     const struct enc_message_egress *message)
{
	ENC_AUTO(buf) payload = ENC_BUF(ENC_FRAME_PAYLOAD_MAX_BYTES);
	ENC_AUTO(buf) host = ENC_BUF(ENC_MESSAGE_HOST_MAX_BYTES);
	struct enc_message_egress shown = *message;
	struct enc_gate *gate = context;

	/* The name is the program's, so it may contain a known value. */
	ENC_MUST(enc_buf_append(&host, message->host.bytes,
				message->host.length));
	enc_mask_in_place(enc_held_mask(gate->held), host.memory, host.length,
			  NULL, NULL);
	shown.host.bytes = (const char *)enc_buf_bytes(&host);
	ENC_MUST(enc_message_egress_write(&payload, &shown));
	return enc_gate_report(gate, ENC_FRAME_EGRESS, &payload);
}

static uint64_t tell_call(void *context, const struct enc_message_call *message)
{
	ENC_AUTO(buf) payload = ENC_BUF(ENC_FRAME_PAYLOAD_MAX_BYTES);

	ENC_MUST(enc_message_call_write(&payload, message));
	return enc_gate_report(context, ENC_FRAME_CALL, &payload);
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
	int64_t next_ms = enc_ledger_flush(gate->ledger, now_ms);

	next_ms = earlier(next_ms, enc_redline_flush(gate->redline, now_ms));
	next_ms = earlier(next_ms, enc_counts_flush(&gate->counts, now_ms,
						    tell_count, gate));
	if (gate->redactions != NULL) {
		next_ms =
			earlier(next_ms,
				enc_redactions_flush(gate->redactions, now_ms));
	}
	if (gate->calls != NULL) {
		next_ms =
			earlier(next_ms, enc_calls_flush(gate->calls, now_ms));
	}
	if (next_ms >= 0) {
		ENC_MUST(uv_timer_start(&gate->pending, on_pending,
					(uint64_t)(next_ms - now_ms) + 1, 0));
	}
}

static void on_pending(uv_timer_t *timer)
{
	enc_gate_plan(ENC_HOLDER(timer, struct enc_gate, pending));
}

void enc_gate_plan_soon(struct enc_gate *gate)
{
	if (uv_is_active((uv_handle_t *)&gate->pending) == 0) {
		enc_gate_plan(gate);
	}
}

int enc_gate_note(struct enc_gate *gate, const struct enc_attempt *attempt,
		  const struct enc_decision *decision, uint64_t *ret_report)
{
	int r = enc_ledger_note(gate->ledger, attempt, decision,
				enc_clock_mono_ms(), ret_report);

	enc_gate_plan_soon(gate);
	return r;
}

void enc_gate_refuse(struct enc_gate *gate, const struct enc_attempt *attempt,
		     const char *rule)
{
	const struct enc_decision decision = { ENC_VERDICT_DENY, rule };
	uint64_t report;

	/* A denied attempt always has a place. */
	ENC_MUST(enc_gate_note(gate, attempt, &decision, &report));
}

const char *enc_gate_denied(const struct enc_gate *gate, const uint8_t addr[16],
			    uint16_t port)
{
	const char *rule = enc_egress_denied(&gate->rules.policy, addr);

	if (rule == NULL && port == ENC_GATE_DNS_PORT &&
	    enc_resolver_has(gate->resolver, addr)) {
		rule = "name-server";
	}
	return rule;
}

void enc_gate_judge(const struct enc_gate *gate,
		    const struct enc_attempt *attempt,
		    struct enc_decision *ret_decision)
{
	struct enc_destination to = { .host = attempt->host,
				      .port = attempt->port };
	const char *denied = NULL;
	struct enc_text binding;

	if (attempt->host != NULL && enc_held_name(attempt->host, &binding)) {
		enc_held_judge(gate->held, binding, attempt->port,
			       ret_decision);
		return;
	}
	memcpy(to.addr, attempt->addr, sizeof(to.addr));
	enc_egress_judge(&gate->rules.policy, &to, ret_decision);
	if (attempt->host == NULL &&
	    ret_decision->verdict == ENC_VERDICT_ALLOW) {
		denied = enc_gate_denied(gate, attempt->addr, attempt->port);
	}
	if (denied != NULL) {
		*ret_decision =
			(struct enc_decision){ ENC_VERDICT_DENY, denied };
	}
}

void enc_gate_count(struct enc_gate *gate, enum enc_counted what)
{
	enc_counts_add(&gate->counts, what);
	enc_gate_plan_soon(gate);
}

void enc_gate_launched(struct enc_gate *gate)
{
	gate->launched = true;
	enc_ledger_launched(gate->ledger);
}

void enc_gate_open(struct enc_gate *gate, unsigned int outside)
{
	gate->outside = outside;
	gate->rules.policy.allowlist = (outside & ENC_OUTSIDE_ALLOWLIST) != 0;
	gate->supply = enc_supply_new();
	gate->dialling = enc_dialling_new(gate);
	enc_supply_open(gate->supply);
}

void enc_gate_use_bindings(struct enc_gate *gate)
{
	if (gate->calls == NULL) {
		gate->calls = enc_calls_new(tell_call, gate);
		enc_calls_recorded(gate->calls, gate->recorded);
		gate->awaits = enc_awaits_new(gate);
		gate->exchanges = enc_exchanges_new(gate);
		gate->upstream_links = enc_upstream_links_new(gate);
	}
}

static void tell_redacted(void *context,
			  const struct enc_message_redacted *message)
{
	struct enc_gate *gate = context;
	ENC_AUTO(buf) payload = ENC_BUF(ENC_FRAME_PAYLOAD_MAX_BYTES);

	ENC_MUST(enc_message_redacted_write(&payload, message));
	enc_relay_tell(gate->relay, ENC_FRAME_REDACTED, 0, &payload);
}

struct enc_redactions *enc_gate_redactions(struct enc_gate *gate)
{
	if (gate->redactions == NULL) {
		gate->redactions = enc_redactions_new(tell_redacted, gate);
	}
	return gate->redactions;
}

static void on_redacted(void *context, uint32_t id, enum enc_redacted where,
			uint64_t count)
{
	struct enc_gate *gate = context;

	enc_redactions_add(gate->redactions, id, where, count);
	enc_gate_plan_soon(gate);
}

void enc_gate_mask(struct enc_gate *gate, struct enc_mask *mask)
{
	if (gate->masking == NULL) {
		gate->masking = enc_masking_new(on_redacted, gate);
	}
	enc_masking_use(gate->masking, mask);
}

struct enc_tls_context *enc_gate_tls(struct enc_gate *gate)
{
	if (gate->cas == NULL) {
		gate->cas = enc_cas_new(-1);
	}
	if (gate->tls == NULL) {
		gate->tls = enc_tls_context_new(gate->cas);
	}
	return gate->tls;
}

int enc_gate_replace_rules(struct enc_gate *gate,
			   const struct enc_message_rules *rules)
{
	int r = enc_ruleset_replace(&gate->rules, rules->rules, rules->count);

	enc_flows_judge_again(gate->flows);
	return r;
}

void enc_gate_recorded(struct enc_gate *gate, uint64_t reports)
{
	gate->recorded = ENC_MAX(gate->recorded, reports);
	enc_flows_recorded(gate->flows);
	if (gate->calls != NULL) {
		enc_calls_recorded(gate->calls, gate->recorded);
		enc_awaits_recorded(gate->awaits);
	}
}

/* ---- orders ---- */

/* finish() - report the rest and exit */
static void finish(struct enc_gate *gate)
{
	ENC_AUTO(buf) payload = ENC_BUF(ENC_FRAME_PAYLOAD_MAX_BYTES);
	struct enc_message_tally tally = { .complete = gate->complete };

	enc_relay_finish(gate->relay);
	if (gate->leaving) {
		enc_flows_leave(gate->flows);
	}
	if (gate->calls != NULL) {
		enc_calls_finish(gate->calls);
	}
	if (gate->redactions != NULL) {
		enc_redactions_finish(gate->redactions);
	}
	enc_counts_finish(&gate->counts, tell_count, gate);
	enc_ledger_finish(gate->ledger, &tally.egress_denied,
			  &tally.egress_allowed);
	tally.syscalls_denied = enc_redline_finish(gate->redline);
	ENC_MUST(enc_message_tally_write(&payload, &tally));
	enc_relay_tell(gate->relay, ENC_FRAME_TALLY, 0, &payload);
	enc_relay_flush(gate->relay);
	enc_gate_end(gate, 0);
}

static void on_drain(uv_timer_t *timer)
{
	struct enc_gate *gate = ENC_HOLDER(timer, struct enc_gate, drain);

	if (enc_clock_mono_ms() >= gate->drain_until_ms ||
	    !enc_flows_sending(gate->flows)) {
		ENC_MUST(uv_timer_stop(timer));
		finish(gate);
	}
}

/*
 * begin_finish() - the sandbox is dead and all counters have come
 *
 * A program may send something, close and end. Elsewhere the kernel would still
 * deliver it, so the gate does, for a second at most.
 */
static void begin_finish(struct enc_gate *gate,
			 const struct enc_gate_order *order)
{
	gate->finishing = true;
	gate->complete = order->complete == 1;
	gate->leaving = order->count == 1;
	if (!gate->leaving || !enc_flows_sending(gate->flows)) {
		finish(gate);
		return;
	}
	gate->drain_until_ms = enc_clock_mono_ms() + DRAIN_MS;
	ENC_MUST(uv_timer_start(&gate->drain, on_drain, DRAIN_LOOK_MS,
				DRAIN_LOOK_MS));
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
	struct enc_decision lost;

	memcpy(what.addr, order->addr, sizeof(what.addr));
	enc_gate_judge(gate, &what, &lost);
	if (lost.verdict == ENC_VERDICT_ALLOW) {
		/* What never reached the gate was let through by nobody. */
		lost = (struct enc_decision){ ENC_VERDICT_DENY, "unserved" };
	}
	enc_ledger_counted(gate->ledger, &what, &lost, order->count);
}

static void total(struct enc_gate *gate, const struct enc_gate_order *order)
{
	struct enc_attempt like = {
		.via = order->port == ENC_GATE_DNS_PORT ? ENC_VIA_DNS
							: ENC_VIA_PACKET,
		.protocol = order->protocol,
	};

	enc_ledger_total(gate->ledger, &like, order->count);
}

/* obey() - carry out an order; @fd is taken */
static void obey(struct enc_gate *gate, const struct enc_gate_order *order,
		 int fd)
{
	switch ((enum enc_gate_opcode)order->opcode) {
	case ENC_GATE_LISTENER:
		if (fd >= 0) {
			enc_sockets_limit(gate->sockets, order->count);
			enc_redline_listen(gate->redline, fd);
		}
		return;
	case ENC_GATE_MOUNTS:
		return; /* the descriptor is only kept open */
	case ENC_GATE_INTERNAL:
		enc_ruleset_internal(&gate->rules, order->addr, order->count);
		return;
	case ENC_GATE_SERVER:
		enc_resolver_server(gate->resolver, order->addr, order->count);
		return;
	case ENC_GATE_SOCKET:
		if (gate->supply != NULL) {
			enc_supply_got(gate->supply, order, fd);
		}
		return;
	case ENC_GATE_ATTEMPTS:
		counted(gate, order);
		return;
	case ENC_GATE_TOTAL:
		total(gate, order);
		return;
	case ENC_GATE_FINISH:
		begin_finish(gate, order);
		return;
	case ENC_GATE_CAS:
		if (gate->cas == NULL) {
			gate->cas = enc_cas_new(ENC_TAKE_FD(fd));
		}
		enc_fd_close(&fd);
		return;
	case ENC_GATE_VAULT:
		if (fd >= 0) {
			enc_vault_link_free(gate->vault);
			gate->vault = enc_vault_link_new(gate, fd);
		}
		return;
	case ENC_GATE_INVALID:
	case ENC_GATE_OPCODE_MAX:
		return;
	}
}

static void on_orders(uv_poll_t *poll, int status, int events)
{
	struct enc_gate *gate = ENC_HOLDER(poll, struct enc_gate, orders);

	(void)status;
	(void)events;
	for (int i = 0; i < ORDERS_AT_ONCE && !gate->finishing; i++) {
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
		obey(gate, &order, fd);
	}
}

int enc_gate_run(void)
{
	static struct enc_gate gate;
	int r;

	if (uv_loop_init(&gate.loop) != 0 ||
	    uv_timer_init(&gate.loop, &gate.pending) != 0 ||
	    uv_timer_init(&gate.loop, &gate.drain) != 0) {
		return EXIT_BROKEN;
	}
	gate.ledger = enc_ledger_new(tell_attempt, &gate);
	gate.names = enc_names_new();
	gate.relay = enc_relay_new(&gate);
	gate.redline = enc_redline_new(&gate);
	gate.sockets = enc_sockets_new(ENC_GATE_FD_COUNT);
	gate.flows = enc_flows_new(&gate);
	gate.held = enc_held_table_new(&gate);
	gate.accept = enc_accept_new(&gate);
	gate.resolver = enc_resolver_new(&gate);
	gate.datagrams = enc_datagrams_new(&gate);
	enc_gate_watch(&gate, &gate.orders, ENC_GATE_FD_ORDERS, UV_READABLE,
		       on_orders);
	/* libc reads the time zone once, for OpenSSL; later it may open nothing. */
	tzset();
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
