#include <errno.h>
#include <fcntl.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "affinity.h"
#include "cell_internal.h"
#include "claim.h"
#include "clock.h"
#include "failpoint.h"
#include "fd.h"
#include "gate_order.h"
#include "gate_process.h"
#include "ipc.h"
#include "plan.h"
#include "seccomp.h"

enum {
	ORDERS_BUFFER_BYTES = 64 << 20,
};

void enc_cell_close_far(struct enc_cell_far *far)
{
	enc_fd_close(&far->setup);
	enc_fd_close(&far->orders);
	enc_fd_close(&far->control);
	enc_fd_close(&far->runner_init);
	enc_fd_close(&far->runner_gate);
	enc_fd_close(&far->netns_in);
	enc_fd_close(&far->netns_out);
}

static struct enc_plan_ids ids_of(const struct enc_cell *cell)
{
	const struct enc_slots *slots = cell->all->slots;

	return (struct enc_plan_ids){
		.init = enc_slots_init_uid(slots, cell->slot),
		.program = enc_slots_program_uid(slots, cell->slot),
		.sentry = cell->way->has_sentry
				  ? enc_slots_sentry_uid(slots, cell->slot)
				  : 0,
	};
}

/* ---- the gate ---- */

/*
 * open_namespace() - open a namespace of the child; @name is its name in /proc
 */
static int open_namespace(const struct enc_cell *cell, const char *name)
{
	char path[64];
	int found;

	(void)snprintf(path, sizeof(path), "/proc/%d/ns/%s", (int)cell->pid,
		       name);
	found = open(path, O_RDONLY | O_CLOEXEC);
	return found < 0 ? -errno : found;
}

static int start_gate(struct enc_cell *cell)
{
	bool enters = cell->way->network == ENC_WAY_NETWORK_OF_CHILD;
	enc_autoclose int netns = enters ? open_namespace(cell, "net") : -1;
	struct enc_gate_birth birth = {
		.program = cell->all->gate_program,
		.empty = cell->all->empty_dir,
		.control = cell->far.control,
		.orders = cell->far.orders,
		.runner = cell->far.runner_gate,
		.setup = cell->far.setup,
		.netns = netns,
		.netns_out = cell->far.netns_out,
		.uid = enc_slots_gate_uid(cell->all->slots, cell->slot),
		.cgroup = cell->cgroup,
	};
	int r;

	if (enters && netns < 0) {
		return netns;
	}
	birth.failpoint = ENC_TAKE(cell->all->gate_failpoint);
	enc_failpoint(ENC_FAILPOINT_GATE_BEFORE);
	r = enc_gate_start(&birth, &cell->gate);
	enc_failpoint(ENC_FAILPOINT_GATE_AFTER);

	if (r == 0) {
		r = enc_poller_add(cell->all->poller, &cell->gate_watch,
				   cell->gate, EPOLLIN, enc_cell_on_gate);
	}
	return r;
}

/* ---- what the child reports ---- */

/*
 * keep_mounts() - send the mount namespace to the gate. The gate then frees the
 * mounts at its own end, so the end of init needn't wait for that.
 */
static void keep_mounts(struct enc_cell *cell)
{
	struct enc_gate_order order = { .opcode = ENC_GATE_MOUNTS };
	enc_autoclose int mounts = open_namespace(cell, "mnt");

	if (mounts >= 0) {
		ENC_IGNORE(enc_ipc_send(cell->orders, &order, sizeof(order),
					mounts));
	}
}

static void become_inert(struct enc_cell *cell)
{
	union enc_launch_message message = { .opcode = ENC_LAUNCH_CREATED };

	enc_cell_close_watched(cell, &cell->setup_watch, &cell->setup);
	keep_mounts(cell);
	enc_cell_set_state(cell, ENC_CELL_INERT);
	message.created.tag = cell->tag;
	message.created.layers = cell->place->layers;
	message.created.init_us =
		(uint32_t)(enc_clock_mono_us() - cell->begun_us);
	message.created.gate_us = cell->gate_us;
	enc_failpoint(ENC_FAILPOINT_INERT_BEFORE);
	cell->all->report(cell->all, &message, ENC_TAKE_FD(cell->control));
	enc_failpoint(ENC_FAILPOINT_INERT_AFTER);
}

/*
 * is_complete() - whether every report has come, now that the far end is closed
 */
static bool is_complete(const struct enc_cell *cell)
{
	uint32_t wanted = cell->way->reports;

	return cell->network != NULL && (cell->reports & wanted) == wanted;
}

/*
 * note_report() - note a kind of report; false if it came before. Only NETWORK
 * may come several times.
 */
static bool note_report(struct enc_cell *cell, uint32_t kind)
{
	uint32_t bit = kind < ENC_CHILD_KIND_MAX ? 1U << kind : 0;
	bool again = (cell->reports & bit) != 0;

	cell->reports |= bit;
	return kind == ENC_CHILD_NETWORK || !again;
}

/* let_go() - send the byte that the child waits for */
static int let_go(const struct enc_cell *cell)
{
	return enc_ipc_send(cell->setup, "g", 1, -1);
}

/*
 * let_go_on() - tell a child that waits for its network to go on, once both its
 * id maps and its network are there
 */
static int let_go_on(const struct enc_cell *cell)
{
	return cell->way->network == ENC_WAY_NETWORK_OF_CHILD &&
			       (cell->reports & 1U << ENC_CHILD_MAPS) != 0 &&
			       cell->network != NULL
		       ? let_go(cell)
		       : 0;
}

/* on_maps() - write the id maps of the child's user namespace */
static int on_maps(struct enc_cell *cell)
{
	struct enc_plan_ids ids = ids_of(cell);
	int r = enc_child_write_maps(cell->pid, &ids);

	if (r == 0) {
		r = let_go(cell);
	}
	return r == 0 ? let_go_on(cell) : r;
}

/*
 * on_network() - keep a part of the network; when all parts have come, watch
 * its rules
 */
static int on_network(struct enc_cell *cell, uint32_t part, int *fd)
{
	int r;

	if (part >= ENC_NET_PART_MAX || *fd < 0 || cell->parts[part] >= 0 ||
	    cell->network != NULL) {
		return -EPROTO;
	}
	cell->parts[part] = ENC_TAKE_FD(*fd);
	for (int i = 0; i < ENC_NET_PART_MAX; i++) {
		if (cell->parts[i] < 0) {
			return 0;
		}
	}
	r = enc_net_session_of(cell->parts, &cell->network);
	enc_failpoint(ENC_FAILPOINT_NETWORK_AFTER);
	if (r == 0) {
		r = enc_poller_add(cell->all->poller, &cell->rules_watch,
				   enc_net_session_changes(cell->network),
				   EPOLLIN, enc_cell_on_rules);
	}
	cell->gate_us = (uint32_t)(enc_clock_mono_us() - cell->begun_us);
	return r == 0 ? let_go_on(cell) : r;
}

/* on_report() - handle a report of a child; takes *fd if the report needs it */
static void on_report(struct enc_cell *cell,
		      const struct enc_child_report *report, int *fd)
{
	struct enc_gate_order listener = { .opcode = ENC_GATE_LISTENER };
	const char *step = "setting up the sandbox";
	char text[ENC_LAUNCH_TEXT_BYTES];
	int r = -EPROTO;

	if (!note_report(cell, report->kind)) {
		step = "a report that came before";
	} else if (report->kind == ENC_CHILD_WORK && *fd >= 0) {
		cell->work = ENC_TAKE_FD(*fd);
		r = 0;
	} else if (report->kind == ENC_CHILD_SHOWN && *fd >= 0) {
		step = "/proc";
		cell->shown = ENC_TAKE_FD(*fd);
		r = enc_shown_write(cell->shown, cell->all->facts, &cell->told);
	} else if (report->kind == ENC_CHILD_LOG && *fd >= 0) {
		cell->log = ENC_TAKE_FD(*fd);
		r = 0;
	} else if (report->kind == ENC_CHILD_NETWORK) {
		step = "network";
		r = on_network(cell, report->part, fd);
	} else if (report->kind == ENC_CHILD_MAPS) {
		step = "maps of the user namespace";
		r = on_maps(cell);
	} else if (report->kind == ENC_CHILD_LISTENER && *fd >= 0) {
		listener.count = enc_net_large_sockets();
		r = enc_ipc_send(cell->orders, &listener, sizeof(listener),
				 *fd);
	} else if (report->kind == ENC_CHILD_FAILED) {
		(void)snprintf(text, sizeof(text), "%.*s, %.*s: %s",
			       ENC_CHILD_STEP_BYTES - 1, report->step,
			       ENC_CHILD_OBJECT_BYTES - 1, report->object,
			       strcmp(report->step, "seccomp") == 0
				       ? enc_seccomp_reason(report->error)
				       : strerror(-report->error));
		enc_cell_fail_making(cell, ENC_BACKEND, text);
		return;
	}
	if (r < 0) {
		(void)snprintf(text, sizeof(text), "%s: %s", step,
			       strerror(-r));
		enc_cell_fail_making(cell, ENC_BACKEND, text);
	}
}

static void on_setup(struct enc_watch *watch, uint32_t events)
{
	struct enc_cell *cell = ENC_HOLDER(watch, struct enc_cell, setup_watch);
	struct enc_child_report report;
	enc_autoclose int fd = -1;
	int length = enc_ipc_receive(cell->setup, &report, sizeof(report), &fd);

	(void)events;
	if (length == -EAGAIN) {
		return;
	}
	if (cell->state != ENC_CELL_MAKING) {
		enc_cell_close_watched(cell, &cell->setup_watch, &cell->setup);
		return;
	}
	if (length == 0 && is_complete(cell)) {
		become_inert(cell); /* the execs have closed the far end */
	} else if (length == sizeof(report)) {
		on_report(cell, &report, &fd);
	} else {
		enc_cell_fail_making(
			cell, ENC_BACKEND,
			"enclave-init or its gate could not be started");
	}
}

/* ---- making ---- */

/* watch_limits() - watch the event descriptors of the cgroup */
static int watch_limits(struct enc_cell *cell)
{
	int fds[ENC_CGROUP_EVENTS_MAX];
	uint32_t events;
	bool tells_pids = enc_cgroup_events(cell->cgroup, fds, &events);

	cell->meter.pids_silent = !tells_pids;
	for (size_t i = 0; i < ENC_CGROUP_EVENTS_MAX; i++) {
		struct enc_cell_limit_watch *limit = &cell->limit_watches[i];
		int r = 0;

		limit->cell = cell;
		if (fds[i] >= 0) {
			r = enc_poller_add(cell->all->poller, &limit->watch,
					   fds[i], events, enc_cell_on_limit);
		}

		if (r < 0) {
			return r;
		}
	}
	return 0;
}

static int make_pairs(struct enc_cell *cell, struct enc_cell_far *far)
{
	int room = ORDERS_BUFFER_BYTES;
	int ends[2];
	int r = enc_ipc_pair(SOCK_SEQPACKET, ends);

	if (r < 0) {
		return r;
	}
	cell->setup = ends[0];
	far->setup = ends[1];
	r = enc_ipc_pair(SOCK_SEQPACKET, ends);
	if (r < 0) {
		return r;
	}
	cell->orders = ends[0];
	far->orders = ends[1];
	r = enc_ipc_pair(SOCK_STREAM, ends);
	if (r < 0) {
		return r;
	}
	cell->control = ends[0];
	far->control = ends[1];
	r = enc_ipc_pair(SOCK_STREAM, ends);
	if (r < 0) {
		return r;
	}
	far->runner_init = ends[0];
	far->runner_gate = ends[1];
	if (cell->way->network == ENC_WAY_NETWORK_OF_GATE) {
		r = enc_ipc_pair(SOCK_SEQPACKET, ends);
		if (r < 0) {
			return r;
		}
		far->netns_in = ends[0];
		far->netns_out = ends[1];
	}
	/*
	 * The buffer holds all counters of a session, so sending never blocks.
	 */
	return setsockopt(cell->orders, SOL_SOCKET, SO_SNDBUFFORCE, &room,
			  sizeof(room)) < 0
		       ? -errno
		       : 0;
}

static int start_child(struct enc_cell *cell,
		       const struct enc_launch_create *create, const char *root)
{
	const char *failpoint = ENC_TAKE(cell->all->init_failpoint);
	const struct enc_way_order order = {
		.language =
			enc_language_name((enum enc_language)create->language),
		.failpoint = failpoint,
		.facts = cell->all->facts,
		.limits = &cell->meter.held,
		.nofile = create->limits.value[ENC_LIMIT_OPEN_FILES],
		.shown = &cell->told,
	};
	ENC_AUTO(buf) text = ENC_BUF(ENC_WAY_TEXT_MAX_BYTES);
	struct enc_plan plan;
	const struct enc_child_birth birth = {
		.way = cell->way->child,
		.language = order.language,
		.failpoint = order.failpoint,
		.plan = &plan,
		.cgroup = cell->cgroup,
		.root = root,
		.netns_in = cell->far.netns_in,
		.netns_out = cell->far.netns_out,
		.runner = cell->far.runner_init,
		.setup = cell->far.setup,
		.program = cell->place->program,
		.ids = ids_of(cell),
		.nofile = order.nofile,
		.cpus = cell->cpus,
	};
	int r = cell->way->plan(&order, &plan, &text);

	if (r == 0) {
		enc_failpoint(ENC_FAILPOINT_CHILD_BEFORE);
		r = enc_child_clone(&birth, &cell->pid, &cell->init);
		enc_failpoint(ENC_FAILPOINT_CHILD_AFTER);
	}
	if (r == 0) {
		r = enc_poller_add(cell->all->poller, &cell->init_watch,
				   cell->init, EPOLLIN, enc_cell_on_init);
	}
	if (r == 0) {
		r = enc_poller_add(cell->all->poller, &cell->setup_watch,
				   cell->setup, EPOLLIN, on_setup);
	}
	return r;
}

/*
 * make_group() - make the cgroup. It gets the limits of an inert sandbox;
 * limits that can't change later already have the session's values.
 */
static int make_group(struct enc_cell *cell,
		      const struct enc_launch_create *create,
		      struct enc_cgroup_failure *failure)
{
	uint32_t lasting = enc_way_lasting(cell->way);
	struct enc_cgroup_limits limits;
	char name[ENC_CGROUP_NAME_BYTES];

	cell->fixed = enc_way_fixed(cell->way) |
		      enc_language_info((enum enc_language)create->language)
			      ->starts_with;
	enc_affinity_choose(cell->told.cpus, (uint32_t)cell->slot, &cell->cpus);
	cell->meter.held = enc_claim_inert;
	for (int i = 0; i < ENC_LIMIT_MAX; i++) {
		if ((lasting & ENC_LIMIT_BIT(i)) != 0) {
			cell->meter.held.value[i] = create->limits.value[i];
		}
	}
	limits = cell->way->limits(&cell->meter.held);
	(void)snprintf(name, sizeof(name), "%d", cell->slot);
	return enc_cgroup_new(cell->all->cgroups, name, &limits, &cell->cgroup,
			      failure);
}

int enc_cell_make(struct enc_cell *cell, const struct enc_launch_create *create,
		  const char *root, char *ret_failed, size_t room)
{
	struct enc_cgroup_failure failure = { "" };
	const char *what = "";
	const char *step = failure.object;
	int r;

	enc_failpoint(ENC_FAILPOINT_GROUP_BEFORE);
	r = make_group(cell, create, &failure);
	enc_failpoint(ENC_FAILPOINT_GROUP_AFTER);
	if (r == 0) {
		step = "watching the cgroup";
		r = watch_limits(cell);
	}
	if (r == 0) {
		step = "socket pairs";
		r = make_pairs(cell, &cell->far);
	}
	if (r == 0) {
		what = "clone of ";
		step = cell->way->program;
		r = start_child(cell, create, root);
	}
	if (r == 0) {
		step = "enclave-gate";
		r = start_gate(cell);
	}
	enc_cell_close_far(&cell->far);
	if (r < 0) {
		(void)snprintf(ret_failed, room, "%s%s", what, step);
	}
	return r;
}
