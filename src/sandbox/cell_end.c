#include <errno.h>
#include <netinet/in.h>
#include <signal.h>
#include <sys/pidfd.h>
#include <unistd.h>

#include "cell_internal.h"
#include "claim.h"
#include "clock.h"
#include "failpoint.h"
#include "fd.h"
#include "gate_order.h"
#include "ipc.h"
#include "log.h"
#include "vault_links.h"

enum {
	REMOVE_AGAIN_MS = 5,
	/* Ten seconds. Then the next start of enclaved removes the cgroup. */
	REMOVE_TRIES_MAX = 2000,
	COMPLAINT_BYTES = 4096, /* how much of a log's end is read */
};

void enc_cell_release(struct enc_cell *cell)
{
	for (size_t i = 0; i < ENC_CGROUP_EVENTS_MAX; i++) {
		enc_poller_remove(cell->all->poller,
				  &cell->limit_watches[i].watch);
	}
	enc_cell_close_watched(cell, &cell->setup_watch, &cell->setup);
	enc_cell_close_watched(cell, &cell->init_watch, &cell->init);
	enc_cell_close_watched(cell, &cell->gate_watch, &cell->gate);
	enc_poller_remove(cell->all->poller, &cell->rules_watch);
	enc_cell_close_watched(cell, &cell->orders_watch, &cell->orders);
	enc_fd_close(&cell->control);
	enc_fd_close(&cell->work);
	enc_fd_close(&cell->shown);
	enc_fd_close(&cell->log);
	enc_cell_close_far(&cell->far);
	for (int i = 0; i < ENC_NET_PART_MAX; i++) {
		enc_fd_close(&cell->parts[i]);
	}
	enc_cgroup_free(cell->cgroup);
	enc_net_session_free(cell->network);
	if (cell->slot >= 0 && cell->outside != 0) {
		enc_outward_forget(cell->all->outward, enc_cell_gate_uid(cell));
	}
	if ((cell->outside & ENC_OUTSIDE_BINDINGS) != 0) {
		enc_vault_links_gone(cell->all->vault, cell->tag);
	}
	if (cell->slot >= 0) {
		enc_slots_give(cell->all->slots, cell->slot);
	}
	enc_list_remove(&cell->link);
	cell->all->count--;
	free(cell);
}

void enc_cell_try_remove(struct enc_cell *cell)
{
	int r;

	if (cell->state != ENC_CELL_REMOVING || cell->init >= 0 ||
	    cell->gate >= 0) {
		return;
	}
	enc_failpoint(ENC_FAILPOINT_REMOVE_BEFORE);
	r = enc_cgroup_remove(cell->cgroup);
	if (r < 0 && cell->remove_tries++ < REMOVE_TRIES_MAX) {
		/* The next enc_cell_try_remove() kills the cgroup again. */
		ENC_IGNORE(enc_cgroup_kill(cell->cgroup));
		cell->next_look_ms = enc_clock_mono_ms() + REMOVE_AGAIN_MS;
		return;
	}
	if (r < 0) {
		enc_log(ENC_LOG_ERROR, NULL,
			"cgroup %d of cell %llu stays: %s; its ids are not "
			"used again",
			cell->slot, (unsigned long long)cell->tag,
			strerror(-r));
		cell->slot = -1; /* the slot's ids must not be reused */
	}
	enc_failpoint(ENC_FAILPOINT_REMOVE_AFTER);
	enc_cell_set_state(cell, ENC_CELL_GONE);
	if (cell->destroy_wanted) {
		enc_cell_report(cell, ENC_LAUNCH_GONE);
	}
	enc_cell_release(cell);
}

void enc_cell_begin_removing(struct enc_cell *cell)
{
	enc_cell_set_state(cell, ENC_CELL_REMOVING);
	enc_cell_close_watched(cell, &cell->orders_watch, &cell->orders);
	if (cell->gate >= 0) {
		/* The gate may be dead already. */
		ENC_IGNORE(pidfd_send_signal(cell->gate, SIGKILL, NULL, 0));
	}
	enc_cell_try_remove(cell);
}

void enc_cell_fail_making(struct enc_cell *cell, enum enc_code code,
			  const char *text)
{
	union enc_launch_message message = { .opcode = ENC_LAUNCH_FAILED };

	enc_log(ENC_LOG_ERROR, NULL, "making a sandbox: %s", text);
	message.failed.tag = cell->tag;
	message.failed.code = code;
	(void)snprintf(message.failed.message, sizeof(message.failed.message),
		       "%s", text);
	/* FAILED is the last report; no GONE follows. */
	cell->destroy_wanted = false;
	cell->all->report(cell->all, &message, -1);
	enc_cell_close_watched(cell, &cell->setup_watch, &cell->setup);
	/* enc_cell_try_remove() shows whether the kill worked. */
	ENC_IGNORE(enc_cgroup_kill(cell->cgroup));
	enc_cell_begin_removing(cell);
}

static void tell_attempt(void *context, uint8_t protocol,
			 const uint8_t addr[16], uint16_t port, uint64_t count)
{
	struct enc_cell *cell = context;
	struct enc_gate_order order = { .opcode = ENC_GATE_ATTEMPTS,
					.protocol = protocol,
					.port = port,
					.count = count };

	memcpy(order.addr, addr, sizeof(order.addr));
	ENC_IGNORE(enc_ipc_send(cell->orders, &order, sizeof(order),
				-1)); /* a dead gate is noticed by its pidfd */
}

/*
 * tell_total() - send a total to the gate, unless it is 0
 * @port: 53 for DNS, else 0
 */
static void tell_total(struct enc_cell *cell, uint8_t protocol, uint16_t port,
		       uint64_t count)
{
	struct enc_gate_order order = { .opcode = ENC_GATE_TOTAL,
					.protocol = protocol,
					.port = port,
					.count = count };

	if (count > 0) {
		/* A dead gate is noticed by its pidfd. */
		ENC_IGNORE(enc_ipc_send(cell->orders, &order, sizeof(order),
					-1));
	}
}

/*
 * free_gate() - lift the session's CPU limit from the gate
 *
 * The gate must still report what is in its sockets. With the small CPU limit
 * of some sessions that would take long.
 */
static void free_gate(const struct enc_cell *cell)
{
	uint64_t most = enc_claim_inert.value[ENC_LIMIT_CPU];
	int r = cell->meter.held.value[ENC_LIMIT_CPU] < most
			? enc_cgroup_set_cpu(cell->cgroup, most)
			: 0;

	if (r < 0) {
		enc_log(ENC_LOG_WARNING, NULL,
			"a gate keeps its session's CPU limit: %s",
			strerror(-r));
	}
}

/* settle_gate() - send the kernel's counters to the gate, then FINISH */
static void settle_gate(struct enc_cell *cell)
{
	struct enc_gate_order finish = { .opcode = ENC_GATE_FINISH };
	struct enc_net_totals totals = { 0 };
	int r;

	if (cell->gate < 0 || cell->orders < 0) {
		return;
	}
	r = enc_net_session_attempts(cell->network, tell_attempt, cell,
				     &totals);
	tell_total(cell, IPPROTO_TCP, 0, totals.tcp);
	tell_total(cell, IPPROTO_UDP, 0, totals.udp);
	tell_total(cell, IPPROTO_UDP, ENC_GATE_DNS_PORT, totals.dns);
	tell_total(cell, 0, 0, totals.other);
	if (r < 0) {
		enc_log(ENC_LOG_ERROR, NULL, "reading the counters: %s",
			strerror(-r));
	}
	finish.complete = r == 0 && totals.named;
	finish.count = cell->cause == ENC_CAUSE_EXITED ? 1 : 0;
	ENC_IGNORE(enc_ipc_send(cell->orders, &finish, sizeof(finish),
				-1)); /* a dead gate is noticed by its pidfd */
}

/*
 * read_complaint() - read from the way's log why no sandbox was made. No
 * foreign code has run yet, so none wrote to this log.
 */
static void read_complaint(const struct enc_cell *cell,
			   char ret_text[ENC_LAUNCH_TEXT_BYTES])
{
	char text[COMPLAINT_BYTES];
	off_t end = cell->log < 0 ? 0 : lseek(cell->log, 0, SEEK_END);
	off_t most = (off_t)sizeof(text) - 1;
	ssize_t got = end <= 0 ? 0
			       : pread(cell->log, text, (size_t)most,
				       end > most ? end - most : 0);

	ret_text[0] = '\0';
	if (got > 0 && cell->way->complaint != NULL) {
		text[got] = '\0';
		cell->way->complaint(text, ret_text, ENC_LAUNCH_TEXT_BYTES);
	}
	/*
	 * After SIGKILL there is no reason to look for: the launcher sent it,
	 * for a lost gate.
	 */
	if (ret_text[0] == '\0' && cell->wait_status != SIGKILL &&
	    cell->way->complaint != NULL) {
		/* runsc aborts without a log entry if memory is short. */
		(void)snprintf(ret_text, ENC_LAUNCH_TEXT_BYTES,
			       "%s left no reason; its wait status is %#x",
			       cell->way->program,
			       (unsigned int)cell->wait_status);
	}
	if (ret_text[0] != '\0') {
		enc_log(ENC_LOG_ERROR, NULL, "%s: %s", cell->way->program,
			ret_text);
	}
}

/* tell_ended() - report the cause of the end, and the kernel's counters */
static void tell_ended(struct enc_cell *cell)
{
	union enc_launch_message message = { .opcode = ENC_LAUNCH_ENDED };
	struct enc_cgroup_counters counters = { 0 };
	struct enc_launch_ended *ended = &message.ended;
	int r = enc_cgroup_read(cell->cgroup, &counters);

	if (r < 0) {
		enc_log(ENC_LOG_ERROR, NULL, "reading a cgroup: %s",
			strerror(-r));
	}
	if (cell->cause == ENC_CAUSE_INVALID) {
		struct enc_meter none = cell->meter;

		/*
		 * The sandbox ended by itself: an exceeded limit of the cgroup
		 * is the cause, an elapsed clock is not.
		 */
		none.started_ms = 0;
		cell->verdict = enc_meter_judge(&none, &counters, 0);
		cell->cause = cell->verdict.cause == ENC_CAUSE_INVALID
				      ? ENC_CAUSE_EXITED
				      : cell->verdict.cause;
	}
	ended->tag = cell->tag;
	ended->cause = cell->cause;
	ended->wait_status = cell->wait_status;
	ended->counter = cell->verdict.counter;
	ended->limit = cell->verdict.limit;
	(void)snprintf(ended->complaint, sizeof(ended->complaint), "%s",
		       cell->complaint);
	if (cell->verdict.counter_name != NULL) {
		(void)snprintf(ended->counter_name, sizeof(ended->counter_name),
			       "%s", cell->verdict.counter_name);
	}
	ended->cpu_us = enc_meter_cpu_us(&cell->meter, &counters);
	ended->memory_peak_bytes = counters.memory_peak_bytes;
	ended->pids_peak = cell->way->pids_peak(&counters);
	ended->pids_denied = counters.pids_denied;
	ended->oom_kills = counters.oom_kills;
	enc_failpoint(ENC_FAILPOINT_COUNTERS_AFTER);
	cell->all->report(cell->all, &message, -1);
}

/*
 * end_of_init() - handle the end of init, with which the kernel has killed
 * every process of the sandbox
 */
static void end_of_init(struct enc_cell *cell)
{
	cell->next_look_ms = INT64_MAX;
	if (cell->state == ENC_CELL_REMOVING) {
		enc_cell_try_remove(cell);
		return;
	}
	/*
	 * The sandbox ended before its start: log why. The cause may be
	 * GATE_LOST already, since the gate ends with its sandbox and its end
	 * may be noticed first. A CLAIMED cell is left out: a short program may
	 * end before START is read here, and then the gate, which let it start,
	 * reports how it ended.
	 */
	if (cell->meter.started_ms == 0 && cell->state != ENC_CELL_CLAIMED &&
	    (cell->cause == ENC_CAUSE_INVALID ||
	     cell->cause == ENC_CAUSE_GATE_LOST)) {
		enc_log(ENC_LOG_WARNING, NULL,
			"a sandbox ended before its start, status %#x",
			(unsigned int)cell->wait_status);
		read_complaint(cell, cell->complaint);
	}
	if (cell->state == ENC_CELL_MAKING || cell->state == ENC_CELL_FAILING) {
		if (cell->destroy_wanted) {
			enc_cell_begin_removing(cell);
		} else {
			enc_cell_fail_making(
				cell, ENC_BACKEND,
				cell->complaint[0] != '\0' ? cell->complaint
				: cell->cause == ENC_CAUSE_GATE_LOST
					? "its gate ended before it was "
					  "ready"
					: "enclave-init ended before it "
					  "was ready");
		}
		return;
	}
	enc_failpoint(ENC_FAILPOINT_COUNTERS_BEFORE);
	tell_ended(cell);
	enc_failpoint(ENC_FAILPOINT_SETTLE_BEFORE);
	free_gate(cell);
	settle_gate(cell);
	enc_failpoint(ENC_FAILPOINT_SETTLE_AFTER);
	enc_cell_set_state(cell, ENC_CELL_ENDED);
	if (cell->destroy_wanted) {
		enc_cell_begin_removing(cell);
	}
}

void enc_cell_on_init(struct enc_watch *watch, uint32_t events)
{
	struct enc_cell *cell = ENC_HOLDER(watch, struct enc_cell, init_watch);

	(void)events;
	if (enc_child_reap(cell->init, &cell->wait_status)) {
		enc_cell_close_watched(cell, &cell->init_watch, &cell->init);
		end_of_init(cell);
	}
}

void enc_cell_end(struct enc_cell *cell, enum enc_cause cause)
{
	int r;

	if (cell->state >= ENC_CELL_FAILING) {
		return;
	}
	if (cell->cause == ENC_CAUSE_INVALID) {
		cell->cause = cause;
	}
	enc_cell_set_state(cell, cell->state == ENC_CELL_MAKING
					 ? ENC_CELL_FAILING
					 : ENC_CELL_ENDING);
	cell->next_look_ms = INT64_MAX;
	enc_failpoint(ENC_FAILPOINT_KILL_BEFORE);
	r = enc_cgroup_kill(cell->cgroup);
	/* -EAGAIN is no failure: enc_cell_try_remove() kills the cgroup again. */
	if (r < 0 && r != -EAGAIN) {
		enc_log(ENC_LOG_ERROR, NULL, "killing a cgroup: %s",
			strerror(-r));
	}
	if (cell->init >= 0) {
		/* The child may not have joined the cgroup yet. */
		ENC_IGNORE(pidfd_send_signal(cell->init, SIGKILL, NULL, 0));
	}
	enc_failpoint(ENC_FAILPOINT_KILL_AFTER);
}

void enc_cell_on_gate(struct enc_watch *watch, uint32_t events)
{
	struct enc_cell *cell = ENC_HOLDER(watch, struct enc_cell, gate_watch);
	int status;

	(void)events;
	if (!enc_child_reap(cell->gate, &status)) {
		return;
	}
	enc_cell_close_watched(cell, &cell->gate_watch, &cell->gate);
	if (cell->state <= ENC_CELL_RUNNING) {
		enc_log(ENC_LOG_ERROR, NULL, "a gate ended early, status %#x",
			(unsigned int)status);
		enc_cell_end(cell, ENC_CAUSE_GATE_LOST);
	} else {
		enc_cell_try_remove(cell);
	}
}

/*
 * enc_cell_on_rules() - end a session whose network rules have changed; nobody
 * may change them
 */
void enc_cell_on_rules(struct enc_watch *watch, uint32_t events)
{
	struct enc_cell *cell = ENC_HOLDER(watch, struct enc_cell, rules_watch);

	(void)events;
	enc_poller_remove(cell->all->poller, watch);
	enc_log(ENC_LOG_ERROR, NULL,
		"somebody changed the network rules of a sandbox");
	enc_cell_end(cell, ENC_CAUSE_GATE_LOST);
}
