#include <errno.h>
#include <signal.h>
#include <sys/pidfd.h>

#include "cell_internal.h"
#include "claim.h"
#include "clock.h"
#include "failpoint.h"
#include "fd.h"
#include "gate_order.h"
#include "ipc.h"
#include "log.h"
#include "vault_links.h"

struct enc_cell *enc_cell_of(struct enc_list *link)
{
	return ENC_HOLDER(link, struct enc_cell, link);
}

struct enc_cell *enc_cell_find(struct enc_cells *cells, uint64_t tag)
{
	ENC_LIST_EACH(cells->list, at)
	{
		struct enc_cell *cell = enc_cell_of(at);

		if (cell->tag == tag) {
			return cell;
		}
	}
	return NULL;
}

void enc_cell_set_state(struct enc_cell *cell, enum enc_cell_state to)
{
	ENC_ASSERT(enc_cell_state_may_move(cell->state, to));
	enc_log(ENC_LOG_DEBUG, NULL, "cell %llu: %s -> %s",
		(unsigned long long)cell->tag, enc_cell_state_name(cell->state),
		enc_cell_state_name(to));
	cell->state = to;
}

void enc_cell_close_watched(struct enc_cell *cell, struct enc_watch *watch,
			    int *fd)
{
	enc_poller_remove(cell->all->poller, watch);
	enc_fd_close(fd);
}

void enc_cell_report(struct enc_cell *cell, enum enc_launch_opcode opcode)
{
	union enc_launch_message message = {
		.tagged = { .opcode = opcode, .tag = cell->tag },
	};

	cell->all->report(cell->all, &message, -1);
}

uid_t enc_cell_gate_uid(const struct enc_cell *cell)
{
	return enc_slots_gate_uid(cell->all->slots, cell->slot);
}

/* ---- the way out ---- */

/*
 * on_orders() - answer a gate; one that says what it mustn't, or that can't be
 * answered, is lost
 */
static void on_orders(struct enc_watch *watch, uint32_t events)
{
	struct enc_cell *cell =
		ENC_HOLDER(watch, struct enc_cell, orders_watch);
	bool gone = (events & (EPOLLHUP | EPOLLERR)) != 0;
	int r = gone ? -EPIPE
		: cell->outside != 0
			? enc_outward_serve(cell->all->outward, cell->orders,
					    enc_cell_gate_uid(cell),
					    &cell->rate)
			: -EPROTO;

	if (r == 0) {
		return;
	}
	enc_poller_remove(cell->all->poller, watch);
	if (r == -EPIPE || r == -ECONNRESET) {
		return; /* it ended, which its pidfd says */
	}
	if (r == -EPROTO) {
		enc_log(ENC_LOG_ERROR, NULL,
			"a gate asked for what it may not have");
	} else {
		enc_log(ENC_LOG_ERROR, NULL, "a gate can't be answered: %s",
			strerror(-r));
	}
	enc_cell_end(cell, ENC_CAUSE_GATE_LOST);
}

/* open_way_out() - begin to answer the gate of a session that has any outside */
static int open_way_out(struct enc_cell *cell, unsigned int outside)
{
	const struct enc_gate_order cas = { .opcode = ENC_GATE_CAS };
	int r;

	if (!enc_outward_works(cell->all->outward)) {
		return -EOPNOTSUPP;
	}
	cell->outside = outside;
	r = enc_outward_greet(cell->all->outward, cell->orders, &cell->rate);
	if (r == 0 && (outside & ENC_OUTSIDE_BINDINGS) != 0) {
		r = cell->all->cas < 0
			    ? 0
			    : enc_ipc_send(cell->orders, &cas, sizeof(cas),
					   cell->all->cas);
		r = r < 0 ? r : enc_cell_meet_vault(cell);
		/* The next vault meets it; calls until then get a 503. */
		r = r == -ENOTCONN ? 0 : r;
	}
	return r;
}

int enc_cell_meet_vault(struct enc_cell *cell)
{
	bool lives = cell->state == ENC_CELL_INERT ||
		     cell->state == ENC_CELL_CLAIMED ||
		     cell->state == ENC_CELL_RUNNING;

	if ((cell->outside & ENC_OUTSIDE_BINDINGS) == 0 || !lives) {
		return 0;
	}
	return enc_vault_links_gate(cell->all->vault, cell->tag, cell->orders);
}

/*
 * look_outside() - end a session whose gate sent what the kernel had to refuse:
 * the gate should have refused it itself
 */
static void look_outside(struct enc_cell *cell)
{
	uint64_t refused;

	if (cell->outside == 0 || cell->slot < 0) {
		return;
	}
	refused = enc_outward_refused(cell->all->outward,
				      enc_cell_gate_uid(cell));
	if (refused > 0) {
		enc_log(ENC_LOG_ERROR, NULL,
			"a gate sent %llu packets that the kernel refused",
			(unsigned long long)refused);
		enc_cell_end(cell, ENC_CAUSE_GATE_LOST);
	}
}

/* ---- limits ---- */

void enc_cell_look(struct enc_cell *cell, int64_t now_ms)
{
	struct enc_cgroup_counters counters = { 0 };
	struct enc_meter_verdict verdict;
	int r;

	if (cell->state == ENC_CELL_REMOVING) {
		cell->next_look_ms = INT64_MAX;
		enc_cell_try_remove(cell);
		return;
	}
	if (cell->state == ENC_CELL_MAKING || cell->state > ENC_CELL_RUNNING) {
		return;
	}
	r = enc_cgroup_read(cell->cgroup, &counters);
	if (r < 0) {
		enc_log(ENC_LOG_ERROR, NULL, "reading a cgroup: %s",
			strerror(-r));
		enc_cell_end(cell, ENC_CAUSE_KILLED);
		return;
	}
	verdict = enc_meter_judge(&cell->meter, &counters, now_ms);
	if (verdict.cause != ENC_CAUSE_INVALID) {
		cell->verdict = verdict;
		enc_cell_end(cell, verdict.cause);
		return;
	}
	look_outside(cell);
	if (cell->state > ENC_CELL_RUNNING) {
		return;
	}
	cell->next_look_ms = enc_meter_next_ms(&cell->meter, &counters, now_ms);
}

int64_t enc_cell_next_ms(const struct enc_cell *cell)
{
	return cell->next_look_ms;
}

/*
 * enc_cell_on_limit() - check the limits, since the kernel reports that one was
 * reached
 */
void enc_cell_on_limit(struct enc_watch *watch, uint32_t events)
{
	struct enc_cell_limit_watch *limit =
		ENC_HOLDER(watch, struct enc_cell_limit_watch, watch);

	(void)events;
	enc_cgroup_heard(limit->cell->cgroup, watch->fd);
	enc_cell_look(limit->cell, enc_clock_mono_ms());
}

enum enc_code enc_cell_claim(struct enc_cell *cell,
			     const struct enc_limits *limits,
			     unsigned int outside, struct enc_error *err)
{
	const struct enc_claim_cell claimed = {
		.way = cell->way,
		.cgroup = cell->cgroup,
		.made_for = &cell->made_for,
		.fixed = cell->fixed,
		.work = cell->work,
		.shown = cell->shown,
		.told = cell->told,
		.shows = enc_shown_of(limits, &cell->all->machine),
		.facts = cell->all->facts,
		.cpus = &cell->cpus,
	};
	const char *step = "";
	int r;

	if (cell->state != ENC_CELL_INERT) {
		return enc_fail(err, ENC_CONFLICT,
				"a cell that is %s can't be claimed",
				enc_cell_state_name(cell->state));
	}
	enc_failpoint(ENC_FAILPOINT_CLAIM_BEFORE);
	r = enc_claim_apply(&claimed, &cell->meter, limits, &cell->verdict,
			    &step);
	if (r == 0) {
		step = "the way out";
		r = enc_outward_tell_internal(cell->all->outward, cell->orders);
	}
	if (r == 0 && outside != 0) {
		r = open_way_out(cell, outside);
	}
	if (r == 0) {
		step = "watching its gate";
		r = enc_poller_add(cell->all->poller, &cell->orders_watch,
				   cell->orders, EPOLLIN, on_orders);
	}
	if (r < 0) {
		enc_cell_end(cell, ENC_CAUSE_KILLED);
		return enc_fail(err, ENC_BACKEND, "%s: %s", step, strerror(-r));
	}
	enc_failpoint(ENC_FAILPOINT_CLAIM_AFTER);
	enc_fd_close(&cell->work);
	enc_fd_close(&cell->shown);
	enc_cell_set_state(cell, ENC_CELL_CLAIMED);
	enc_cell_report(cell, ENC_LAUNCH_CLAIMED);
	return ENC_OK;
}

enum enc_code enc_cell_start(struct enc_cell *cell, struct enc_error *err)
{
	if (cell->state != ENC_CELL_CLAIMED) {
		return enc_fail(err, ENC_CONFLICT,
				"a cell that is %s can't be started",
				enc_cell_state_name(cell->state));
	}
	enc_failpoint(ENC_FAILPOINT_START_BEFORE);
	enc_cell_set_state(cell, ENC_CELL_RUNNING);
	cell->meter.started_ms = enc_clock_mono_ms();
	if (cell->verdict.cause != ENC_CAUSE_INVALID) {
		/* The claim found an exceeded limit. */
		enc_cell_end(cell, cell->verdict.cause);
		return ENC_OK;
	}
	enc_cell_look(cell, cell->meter.started_ms);
	enc_failpoint(ENC_FAILPOINT_START_AFTER);
	return ENC_OK;
}

void enc_cell_kill(struct enc_cell *cell)
{
	enc_cell_end(cell, ENC_CAUSE_KILLED);
}

void enc_cell_destroy(struct enc_cell *cell)
{
	if (cell->destroy_wanted) {
		return;
	}
	cell->destroy_wanted = true;
	if (cell->state == ENC_CELL_ENDED) {
		enc_cell_begin_removing(cell);
	} else {
		enc_cell_end(cell, ENC_CAUSE_KILLED);
	}
}

enum enc_code enc_cell_new(struct enc_cells *cells,
			   const struct enc_launch_create *create,
			   const char *root, struct enc_error *err)
{
	struct enc_cell *cell = enc_xalloc(sizeof(*cell));
	char failed[ENC_LAUNCH_TEXT_BYTES] = "";
	int r;

	*cell = (struct enc_cell){ .all = cells,
				   .place = &cells->places[create->place],
				   .way = cells->places[create->place].way,
				   .tag = create->tag,
				   .slot = enc_slots_take(cells->slots),
				   .init = -1,
				   .gate = -1,
				   .setup = -1,
				   .orders = -1,
				   .control = -1,
				   .work = -1,
				   .shown = -1,
				   .made_for = create->limits,
				   .told = enc_shown_of(&create->limits,
							&cells->machine),
				   .log = -1,
				   .far = { -1, -1, -1, -1, -1, -1, -1 },
				   .parts = { -1, -1, -1 },
				   .next_look_ms = INT64_MAX,
				   .begun_us = enc_clock_mono_us() };
	enc_list_append(&cells->list, &cell->link);
	cells->count++;
	if (cell->slot < 0) {
		enc_cell_release(cell);
		return enc_fail(err, ENC_BUSY, "all ids are in use");
	}
	r = enc_cell_make(cell, create, root, failed, sizeof(failed));
	if (r == 0) {
		return ENC_OK;
	}
	if (cell->cgroup == NULL) {
		enc_cell_release(cell);
	} else {
		/* Children may be running: kill them and remove the cell. */
		enc_cell_set_state(cell, ENC_CELL_REMOVING);
		/* If this kill fails, enc_cell_enc_cell_try_remove() repeats it. */
		ENC_IGNORE(enc_cgroup_kill(cell->cgroup));
		if (cell->init >= 0) {
			/* The process may be dead already. */
			ENC_IGNORE(pidfd_send_signal(cell->init, SIGKILL, NULL,
						     0));
		}
		if (cell->gate >= 0) {
			/* The process may be dead already. */
			ENC_IGNORE(pidfd_send_signal(cell->gate, SIGKILL, NULL,
						     0));
		}
		enc_cell_try_remove(cell);
	}
	return enc_fail(err, ENC_BACKEND, "%s: %s", failed, strerror(-r));
}
