#include <assert.h>
#include <errno.h>
#include <netinet/in.h>
#include <sys/pidfd.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cell.h"
#include "child.h"
#include "claim.h"
#include "clock.h"
#include "fd.h"
#include "gate_order.h"
#include "gate_process.h"
#include "ipc.h"
#include "limits.h"
#include "log.h"
#include "net_session.h"
#include "plan.h"

enum {
	REMOVE_AGAIN_MS = 5,
	REMOVE_TRIES_MAX = 2000, /* ten seconds, then it is left to the sweep */
	ORDERS_BUFFER_BYTES = 64 << 20,
	NOFILE = 1024,
	INIT_TASKS = 1, /* pids are the program's */
};

enum cell_state {
	MAKING,
	INERT,
	CLAIMED,
	RUNNING,
	ENDING,
	ENDED,
	REMOVING,
	GONE,
	STATE_MAX,
};

static const struct state_row {
	const char *name;
	unsigned int moves;
} states[STATE_MAX] = {
	[MAKING] = { "making", 1U << INERT | 1U << ENDING | 1U << ENDED |
				       1U << REMOVING },
	[INERT] = { "inert", 1U << CLAIMED | 1U << ENDING | 1U << ENDED },
	[CLAIMED] = { "claimed", 1U << RUNNING | 1U << ENDING | 1U << ENDED },
	[RUNNING] = { "running", 1U << ENDING | 1U << ENDED },
	[ENDING] = { "ending", 1U << ENDED | 1U << REMOVING },
	[ENDED] = { "ended", 1U << REMOVING },
	[REMOVING] = { "removing", 1U << GONE },
	[GONE] = { "gone", 0 },
};

/* Several descriptors tell of limits: each knows whose it is. */
struct limit_watch {
	struct enc_watch watch;
	struct enc_cell *cell;
};

struct enc_cell {
	struct enc_list link;
	struct enc_cell_host *host;
	enum cell_state state;
	uint64_t tag;
	int slot;
	bool told_created; /* enclave-api knows it: an end is owed */
	bool destroy_wanted;
	struct enc_limits limits;
	enum enc_launch_cause cause; /* the first that was found */
	struct enc_limits_verdict verdict;
	struct enc_cgroup *cgroup;
	struct enc_net_session *network;
	pid_t pid;
	int init; /* pidfd; -1 once it is reaped */
	int gate; /* pidfd; -1 once it is reaped */
	int setup;
	int orders;
	int control; /* enclave-api's end, until it is sent */
	int work;    /* the mount of /work, until it is claimed */
	bool listener_sent;
	struct enc_watch init_watch;
	struct enc_watch gate_watch;
	struct enc_watch setup_watch;
	struct limit_watch limit_watches[ENC_CGROUP_EVENTS_MAX];
	int wait_status;
	int64_t next_look_ms;
	unsigned int remove_tries;
	int64_t begun_us;
	uint32_t gate_us;
};

struct enc_cell *enc_cell_of(struct enc_list *link)
{
	return ENC_HOLDER(link, struct enc_cell, link);
}

struct enc_cell *enc_cell_find(struct enc_cell_host *host, uint64_t tag)
{
	ENC_LIST_EACH(host->cells, at)
	{
		struct enc_cell *cell = enc_cell_of(at);

		if (cell->tag == tag) {
			return cell;
		}
	}
	return NULL;
}

/* set_state() - the only writer */
static void set_state(struct enc_cell *cell, enum cell_state to)
{
	ENC_ASSERT((states[cell->state].moves & (1U << to)) != 0);
	enc_log(ENC_LOG_DEBUG, NULL, "cell %llu: %s -> %s",
		(unsigned long long)cell->tag, states[cell->state].name,
		states[to].name);
	cell->state = to;
}

/* close_watched() - stop watching, then close */
static void close_watched(struct enc_cell *cell, struct enc_watch *watch,
			  int *fd)
{
	enc_poller_remove(cell->host->poller, watch);
	enc_fd_close(fd);
}

static void report_tagged(struct enc_cell *cell, enum enc_launch_opcode opcode)
{
	union enc_launch_message message = {
		.tagged = { .opcode = opcode, .tag = cell->tag },
	};

	cell->host->report(cell->host, &message, -1);
}

/* ---- the end ---- */

/* release() - what is left is memory and descriptors */
static void release(struct enc_cell *cell)
{
	for (size_t i = 0; i < ENC_CGROUP_EVENTS_MAX; i++) {
		enc_poller_remove(cell->host->poller,
				  &cell->limit_watches[i].watch);
	}
	close_watched(cell, &cell->setup_watch, &cell->setup);
	close_watched(cell, &cell->init_watch, &cell->init);
	close_watched(cell, &cell->gate_watch, &cell->gate);
	enc_fd_close(&cell->orders);
	enc_fd_close(&cell->control);
	enc_fd_close(&cell->work);
	enc_cgroup_free(cell->cgroup);
	enc_net_session_free(cell->network);
	if (cell->slot >= 0) {
		enc_slots_give(cell->host->slots, cell->slot);
	}
	enc_list_remove(&cell->link);
	cell->host->cell_count--;
	free(cell);
}

/* try_remove() - GONE once nobody is in it any more; may free @cell */
static void try_remove(struct enc_cell *cell)
{
	int r;

	if (cell->state != REMOVING || cell->init >= 0 || cell->gate >= 0) {
		return;
	}
	r = enc_cgroup_remove(cell->cgroup);
	if (r < 0 && cell->remove_tries++ < REMOVE_TRIES_MAX) {
		cell->next_look_ms = enc_clock_mono_ms() + REMOVE_AGAIN_MS;
		return;
	}
	if (r < 0) {
		enc_log(ENC_LOG_ERROR, NULL, "cgroup of cell %llu stays: %s",
			(unsigned long long)cell->tag, strerror(-r));
	}
	set_state(cell, GONE);
	if (cell->destroy_wanted) {
		report_tagged(cell, ENC_LAUNCH_GONE);
	}
	release(cell);
}

/* begin_removing() - the gate has said all that it will */
static void begin_removing(struct enc_cell *cell)
{
	set_state(cell, REMOVING);
	enc_fd_close(&cell->orders);
	if (cell->gate >= 0) {
		ENC_IGNORE(pidfd_send_signal(cell->gate, SIGKILL, NULL,
					     0)); /* dead is fine too */
	}
	try_remove(cell);
}

/* fail_making() - tell why, then remove what there is */
static void fail_making(struct enc_cell *cell, enum enc_code code,
			const char *text)
{
	union enc_launch_message message = { .opcode = ENC_LAUNCH_FAILED };

	enc_log(ENC_LOG_ERROR, NULL, "making a sandbox: %s", text);
	message.failed.tag = cell->tag;
	message.failed.code = code;
	(void)snprintf(message.failed.message, sizeof(message.failed.message),
		       "%s", text);
	cell->destroy_wanted = false; /* FAILED is the last word */
	cell->host->report(cell->host, &message, -1);
	close_watched(cell, &cell->setup_watch, &cell->setup);
	ENC_IGNORE(enc_cgroup_kill(cell->cgroup)); /* removing tells */
	begin_removing(cell);
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
				-1)); /* a dead gate is noticed elsewhere */
}

/* tell_total() - @port: 53 for DNS, or 0 */
static void tell_total(struct enc_cell *cell, uint8_t protocol, uint16_t port,
		       uint64_t count)
{
	struct enc_gate_order order = { .opcode = ENC_GATE_TOTAL,
					.protocol = protocol,
					.port = port,
					.count = count };

	ENC_IGNORE(enc_ipc_send(cell->orders, &order, sizeof(order),
				-1)); /* as above */
}

/* settle_gate() - the kernel's counters, and that it may finish */
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
	ENC_IGNORE(enc_ipc_send(cell->orders, &finish, sizeof(finish),
				-1)); /* as above */
}

/* tell_ended() - cause and counters, from the kernel alone */
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
	if (cell->cause == ENC_LAUNCH_CAUSE_INVALID) {
		struct enc_limits none = cell->limits;

		/* It ended first: what was denied counts, clocks don't. */
		none.started_ms = 0;
		cell->verdict = enc_limits_judge(&none, &counters, 0);
		cell->cause = cell->verdict.cause == ENC_LAUNCH_CAUSE_INVALID
				      ? ENC_LAUNCH_CAUSE_EXITED
				      : cell->verdict.cause;
	}
	ended->tag = cell->tag;
	ended->cause = cell->cause;
	ended->wait_status = cell->wait_status;
	ended->counter = cell->verdict.counter;
	ended->limit = cell->verdict.limit;
	if (cell->verdict.counter_name != NULL) {
		(void)snprintf(ended->counter_name, sizeof(ended->counter_name),
			       "%s", cell->verdict.counter_name);
	}
	ended->cpu_us = enc_limits_cpu_us(&cell->limits, &counters);
	ended->memory_peak_bytes = counters.memory_peak_bytes;
	ended->pids_peak = counters.pids_peak > INIT_TASKS
				   ? counters.pids_peak - INIT_TASKS
				   : 0;
	ended->pids_denied = counters.pids_denied;
	ended->oom_kills = counters.oom_kills;
	cell->host->report(cell->host, &message, -1);
}

/* end_of_init() - it is reaped, and with it everything in its namespace */
static void end_of_init(struct enc_cell *cell)
{
	cell->next_look_ms = INT64_MAX;
	if (cell->state == REMOVING) {
		try_remove(cell);
		return;
	}
	if (!cell->told_created) {
		if (cell->destroy_wanted) {
			begin_removing(cell);
		} else {
			fail_making(cell, ENC_BACKEND,
				    cell->cause == ENC_LAUNCH_CAUSE_GATE_LOST
					    ? "its gate ended before it was "
					      "ready"
					    : "enclave-init ended before it "
					      "was ready");
		}
		return;
	}
	tell_ended(cell);
	settle_gate(cell);
	set_state(cell, ENDED);
	if (cell->destroy_wanted) {
		begin_removing(cell);
	}
}

static void on_init(struct enc_watch *watch, uint32_t events)
{
	struct enc_cell *cell = ENC_HOLDER(watch, struct enc_cell, init_watch);

	(void)events;
	if (enc_child_reap(cell->init, &cell->wait_status)) {
		close_watched(cell, &cell->init_watch, &cell->init);
		end_of_init(cell);
	}
}

/* end_it() - kill everything in it; the cause is the first one */
static void end_it(struct enc_cell *cell, enum enc_launch_cause cause)
{
	int r;

	if (cell->state == ENDING || cell->state >= ENDED) {
		return;
	}
	if (cell->cause == ENC_LAUNCH_CAUSE_INVALID) {
		cell->cause = cause;
	}
	set_state(cell, ENDING);
	cell->next_look_ms = INT64_MAX;
	r = enc_cgroup_kill(cell->cgroup);
	if (r < 0) {
		enc_log(ENC_LOG_ERROR, NULL, "killing a cgroup: %s",
			strerror(-r));
	}
	if (cell->init >= 0) {
		/* Also when it hadn't joined yet. */
		ENC_IGNORE(pidfd_send_signal(cell->init, SIGKILL, NULL, 0));
	}
}

static void on_gate(struct enc_watch *watch, uint32_t events)
{
	struct enc_cell *cell = ENC_HOLDER(watch, struct enc_cell, gate_watch);
	int status;

	(void)events;
	if (!enc_child_reap(cell->gate, &status)) {
		return;
	}
	close_watched(cell, &cell->gate_watch, &cell->gate);
	if (cell->state <= RUNNING) {
		enc_log(ENC_LOG_ERROR, NULL, "a gate ended early, status %#x",
			(unsigned int)status);
		end_it(cell, ENC_LAUNCH_CAUSE_GATE_LOST);
	} else {
		try_remove(cell);
	}
}

/* ---- limits ---- */

void enc_cell_look(struct enc_cell *cell, int64_t now_ms)
{
	struct enc_cgroup_counters counters = { 0 };
	struct enc_limits_verdict verdict;
	int r;

	if (cell->state == REMOVING) {
		cell->next_look_ms = INT64_MAX;
		try_remove(cell);
		return;
	}
	if (cell->state == MAKING || cell->state > RUNNING) {
		return;
	}
	r = enc_cgroup_read(cell->cgroup, &counters);
	if (r < 0) {
		enc_log(ENC_LOG_ERROR, NULL, "reading a cgroup: %s",
			strerror(-r));
		end_it(cell, ENC_LAUNCH_CAUSE_KILLED);
		return;
	}
	verdict = enc_limits_judge(&cell->limits, &counters, now_ms);
	if (verdict.cause != ENC_LAUNCH_CAUSE_INVALID) {
		cell->verdict = verdict;
		end_it(cell, verdict.cause);
		return;
	}
	cell->next_look_ms =
		enc_limits_next_ms(&cell->limits, &counters, now_ms);
}

int64_t enc_cell_next_ms(const struct enc_cell *cell)
{
	return cell->next_look_ms;
}

/* on_limit() - the kernel says that a limit was hit */
static void on_limit(struct enc_watch *watch, uint32_t events)
{
	struct limit_watch *limit =
		ENC_HOLDER(watch, struct limit_watch, watch);

	(void)events;
	enc_cgroup_heard(limit->cell->cgroup, watch->fd);
	enc_cell_look(limit->cell, enc_clock_mono_ms());
}

enum enc_code enc_cell_claim(struct enc_cell *cell,
			     const struct enc_launch_limits *limits,
			     struct enc_error *err)
{
	const char *step = "";
	int r;

	if (cell->state != INERT) {
		return enc_fail(err, ENC_CONFLICT,
				"a cell that is %s can't be claimed",
				states[cell->state].name);
	}
	r = enc_claim_apply(&cell->limits, limits, cell->cgroup, cell->work,
			    &cell->verdict, &step);
	if (r < 0) {
		end_it(cell, ENC_LAUNCH_CAUSE_KILLED);
		return enc_fail(err, ENC_BACKEND, "%s: %s", step, strerror(-r));
	}
	enc_fd_close(&cell->work);
	set_state(cell, CLAIMED);
	report_tagged(cell, ENC_LAUNCH_CLAIMED);
	return ENC_OK;
}

enum enc_code enc_cell_start(struct enc_cell *cell, struct enc_error *err)
{
	if (cell->state != CLAIMED) {
		return enc_fail(err, ENC_CONFLICT,
				"a cell that is %s can't be started",
				states[cell->state].name);
	}
	set_state(cell, RUNNING);
	cell->limits.started_ms = enc_clock_mono_ms();
	if (cell->verdict.cause != ENC_LAUNCH_CAUSE_INVALID) {
		end_it(cell, cell->verdict.cause); /* found when claimed */
		return ENC_OK;
	}
	enc_cell_look(cell, cell->limits.started_ms);
	return ENC_OK;
}

void enc_cell_kill(struct enc_cell *cell)
{
	end_it(cell, ENC_LAUNCH_CAUSE_KILLED);
}

void enc_cell_destroy(struct enc_cell *cell)
{
	if (cell->destroy_wanted) {
		return;
	}
	cell->destroy_wanted = true;
	if (cell->state == ENDED) {
		begin_removing(cell);
	} else {
		end_it(cell, ENC_LAUNCH_CAUSE_KILLED);
	}
}

/* ---- making ---- */

static void become_inert(struct enc_cell *cell)
{
	union enc_launch_message message = { .opcode = ENC_LAUNCH_CREATED };

	close_watched(cell, &cell->setup_watch, &cell->setup);
	set_state(cell, INERT);
	message.created.tag = cell->tag;
	message.created.layers = cell->host->layers;
	message.created.init_us =
		(uint32_t)(enc_clock_mono_us() - cell->begun_us);
	message.created.gate_us = cell->gate_us;
	cell->told_created = true;
	cell->host->report(cell->host, &message, ENC_TAKE_FD(cell->control));
}

/* on_report() - one message of the child; takes *fd when it uses it */
static void on_report(struct enc_cell *cell,
		      const struct enc_child_report *report, int *fd)
{
	struct enc_gate_order listener = { .opcode = ENC_GATE_LISTENER };
	struct enc_plan_ids ids = {
		.init = enc_slots_init_uid(cell->host->slots, cell->slot),
		.program = enc_slots_program_uid(cell->host->slots, cell->slot),
	};
	char text[ENC_LAUNCH_TEXT_BYTES];
	int r = -EPROTO;

	if (report->kind == ENC_CHILD_WORK && *fd >= 0 && cell->work < 0) {
		cell->work = ENC_TAKE_FD(*fd);
		r = 0;
	} else if (report->kind == ENC_CHILD_MAPS) {
		r = enc_child_write_maps(cell->pid, &ids);
		if (r == 0) {
			r = enc_ipc_send(cell->setup, "g", 1, -1);
		}
	} else if (report->kind == ENC_CHILD_LISTENER && *fd >= 0) {
		r = enc_ipc_send(cell->orders, &listener, sizeof(listener),
				 *fd);
		cell->listener_sent = r == 0;
	} else if (report->kind == ENC_CHILD_FAILED) {
		(void)snprintf(text, sizeof(text), "%.*s, %.*s: %s",
			       ENC_CHILD_STEP_BYTES - 1, report->step,
			       ENC_CHILD_OBJECT_BYTES - 1, report->object,
			       strerror(-report->error));
		fail_making(cell, ENC_BACKEND, text);
		return;
	}
	if (r < 0) {
		(void)snprintf(text, sizeof(text), "setting up init: %s",
			       strerror(-r));
		fail_making(cell, ENC_BACKEND, text);
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
	if (cell->state != MAKING) {
		close_watched(cell, &cell->setup_watch, &cell->setup);
		return;
	}
	if (length == 0 && cell->listener_sent && cell->work >= 0) {
		become_inert(cell); /* the exec closed its end */
	} else if (length == sizeof(report)) {
		on_report(cell, &report, &fd);
	} else {
		fail_making(cell, ENC_BACKEND,
			    "enclave-init could not be started");
	}
}

/* watch_limits() - the cgroup's own events */
static int watch_limits(struct enc_cell *cell)
{
	int fds[ENC_CGROUP_EVENTS_MAX];
	uint32_t events;
	bool tells_pids = enc_cgroup_events(cell->cgroup, fds, &events);

	cell->limits.pids_silent = !tells_pids;
	for (size_t i = 0; i < ENC_CGROUP_EVENTS_MAX; i++) {
		struct limit_watch *limit = &cell->limit_watches[i];
		int r = 0;

		limit->cell = cell;
		if (fds[i] >= 0) {
			r = enc_poller_add(cell->host->poller, &limit->watch,
					   fds[i], events, on_limit);
		}

		if (r < 0) {
			return r;
		}
	}
	return 0;
}

/* What enclave-init is told; launch_check.c has checked the index. */
static const char *const languages[ENC_LAUNCH_LANGUAGE_MAX] = {
	[ENC_LAUNCH_LANGUAGE_PYTHON] = "python",
	[ENC_LAUNCH_LANGUAGE_NODE] = "node",
	[ENC_LAUNCH_LANGUAGE_COMMAND] = "command",
};

/* What is handed to the two children and closed here afterwards. */
struct far_ends {
	int setup;
	int orders;
	int control;
	int runner_init;
	int runner_gate;
};

static void close_far_ends(struct far_ends *far)
{
	enc_fd_close(&far->setup);
	enc_fd_close(&far->orders);
	enc_fd_close(&far->control);
	enc_fd_close(&far->runner_init);
	enc_fd_close(&far->runner_gate);
}

static int make_pairs(struct enc_cell *cell, struct far_ends *far)
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
	/* All counters of a scanner at once, so that this never has to wait. */
	return setsockopt(cell->orders, SOL_SOCKET, SO_SNDBUFFORCE, &room,
			  sizeof(room)) < 0
		       ? -errno
		       : 0;
}

static int start_gate(struct enc_cell *cell, const struct far_ends *far)
{
	struct enc_gate_birth birth = {
		.program = cell->host->gate_program,
		.empty = cell->host->empty_dir,
		.control = far->control,
		.orders = far->orders,
		.runner = far->runner_gate,
		.network = cell->network,
		.uid = enc_slots_gate_uid(cell->host->slots, cell->slot),
	};
	int r = enc_gate_start(&birth, &cell->gate);

	if (r == 0) {
		r = enc_poller_add(cell->host->poller, &cell->gate_watch,
				   cell->gate, EPOLLIN, on_gate);
	}
	cell->gate_us = (uint32_t)(enc_clock_mono_us() - cell->begun_us);
	return r;
}

static int start_child(struct enc_cell *cell, const struct far_ends *far,
		       const char *root, const char *language)
{
	struct enc_plan plan;
	struct enc_child_birth birth = {
		.plan = &plan,
		.cgroup = cell->cgroup,
		.root = root,
		.language = language,
		.session_netns = enc_net_session_netns(cell->network),
		.runner = far->runner_init,
		.setup = far->setup,
		.ids = { .init = enc_slots_init_uid(cell->host->slots,
						    cell->slot),
			 .program = enc_slots_program_uid(cell->host->slots,
							  cell->slot) },
		.nofile = NOFILE,
	};
	int r;

	enc_plan_make(&plan, enc_claim_inert.disk_bytes);
	r = enc_child_clone(&birth, &cell->pid, &cell->init);
	if (r == 0) {
		r = enc_poller_add(cell->host->poller, &cell->init_watch,
				   cell->init, EPOLLIN, on_init);
	}
	if (r == 0) {
		r = enc_poller_add(cell->host->poller, &cell->setup_watch,
				   cell->setup, EPOLLIN, on_setup);
	}
	return r;
}

/* make() - all that can be done without waiting; names what failed */
static int make(struct enc_cell *cell, const struct enc_launch_create *create,
		const char *root, char *failed, size_t room)
{
	struct far_ends far = { -1, -1, -1, -1, -1 };
	struct enc_cgroup_limits limits =
		enc_claim_group_limits(&enc_claim_inert);
	struct enc_cgroup_failure failure = { "" };
	const char *step = "";
	char name[ENC_CGROUP_NAME_BYTES];
	int r;

	(void)snprintf(name, sizeof(name), "%d", cell->slot);
	r = enc_cgroup_new(cell->host->cgroups, name, &limits, &cell->cgroup,
			   &failure);
	step = failure.object;
	if (r == 0) {
		r = enc_net_session_new(&cell->network, &step);
	}
	if (r == 0) {
		step = "watching the cgroup";
		r = watch_limits(cell);
	}
	if (r == 0) {
		step = "socket pairs";
		r = make_pairs(cell, &far);
	}
	if (r == 0) {
		step = "clone of enclave-init";
		r = start_child(cell, &far, root, languages[create->language]);
	}
	if (r == 0) {
		step = "start of enclave-gate";
		r = start_gate(cell, &far);
	}
	close_far_ends(&far);
	if (cell->network != NULL) {
		enc_net_session_close_sockets(cell->network);
	}
	if (r < 0) {
		(void)snprintf(failed, room, "%s", step);
	}
	return r;
}

enum enc_code enc_cell_new(struct enc_cell_host *host,
			   const struct enc_launch_create *create,
			   const char *root, struct enc_error *err)
{
	struct enc_cell *cell = enc_xalloc(sizeof(*cell));
	char failed[ENC_LAUNCH_TEXT_BYTES] = "";
	int r;

	*cell = (struct enc_cell){ .host = host,
				   .tag = create->tag,
				   .slot = enc_slots_take(host->slots),
				   .limits.held = enc_claim_inert,
				   .init = -1,
				   .gate = -1,
				   .setup = -1,
				   .orders = -1,
				   .control = -1,
				   .work = -1,
				   .next_look_ms = INT64_MAX,
				   .begun_us = enc_clock_mono_us() };
	enc_list_append(&host->cells, &cell->link);
	host->cell_count++;
	if (cell->slot < 0) {
		release(cell);
		return enc_fail(err, ENC_BUSY, "all ids are in use");
	}
	r = make(cell, create, root, failed, sizeof(failed));
	if (r == 0) {
		return ENC_OK;
	}
	if (cell->cgroup == NULL) {
		release(cell);
	} else {
		/* Children may run already: the same way out as for others. */
		set_state(cell, REMOVING);
		ENC_IGNORE(enc_cgroup_kill(cell->cgroup)); /* removing tells */
		if (cell->init >= 0) {
			ENC_IGNORE(pidfd_send_signal(cell->init, SIGKILL, NULL,
						     0)); /* may be dead */
		}
		if (cell->gate >= 0) {
			ENC_IGNORE(pidfd_send_signal(cell->gate, SIGKILL, NULL,
						     0)); /* as above */
		}
		try_remove(cell);
	}
	return enc_fail(err, ENC_BACKEND, "%s: %s", failed, strerror(-r));
}
