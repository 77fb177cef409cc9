#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/sysinfo.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "affinity.h"
#include "clock.h"
#include "failpoint.h"
#include "fd.h"
#include "landlock.h"
#include "launcher.h"
#include "log.h"
#include "store_dir.h"
#include "vault_links.h"

enum {
	/* Limit of reports that wait while enclave-api doesn't read. */
	WAITING_MAX = 4 * ENC_LAUNCH_SANDBOXES_MAX,
	REQUESTS_AT_ONCE = 64,
};

struct waiting {
	struct enc_list link;
	union enc_launch_message message;
	int fd;
};

struct enc_launcher {
	struct enc_cells cells;
	struct enc_environments environments;
	uint32_t orphans;
	int channel;
	bool lost; /* the channel is broken; the next turn closes it */
	struct enc_watch channel_watch;
	bool watching_for_room;
	struct enc_list waiting;
	size_t waiting_count;
};

static struct enc_launcher *of_cells(struct enc_cells *cells)
{
	return ENC_HOLDER(cells, struct enc_launcher, cells);
}

/* ---- reports ---- */

static enc_watch_fn on_channel;

static void drop_waiting(struct enc_launcher *launcher)
{
	ENC_LIST_EACH(launcher->waiting, at)
	{
		struct waiting *one = ENC_HOLDER(at, struct waiting, link);

		enc_list_remove(at);
		enc_fd_close(&one->fd);
		free(one);
	}
	launcher->waiting_count = 0;
}

/*
 * lose_channel() - mark the channel as lost; enc_launcher_turn() closes it
 * later
 *
 * Closing destroys cells. This function is called while cells are walked over,
 * and by cells that continue afterwards, so it must not free a cell.
 */
static void lose_channel(struct enc_launcher *launcher,
			 enum enc_log_level level, const char *why)
{
	if (launcher->channel >= 0 && !launcher->lost) {
		enc_log(level, NULL, "the channel to enclave-api ends: %s",
			why);
		launcher->lost = true;
	}
}

/*
 * watch_channel() - watch the channel for requests, and with @for_room also for
 * room to write; the channel may become lost
 */
static void watch_channel(struct enc_launcher *launcher, bool for_room)
{
	uint32_t events = for_room ? EPOLLIN | EPOLLOUT : EPOLLIN;
	int r;

	enc_poller_remove(launcher->cells.poller, &launcher->channel_watch);
	r = enc_poller_add(launcher->cells.poller, &launcher->channel_watch,
			   launcher->channel, events, on_channel);
	if (r < 0) {
		lose_channel(launcher, ENC_LOG_WARNING, strerror(-r));
	}
	launcher->watching_for_room = for_room;
}

/* flush() - send waiting reports while the channel has room */
static void flush(struct enc_launcher *launcher)
{
	ENC_LIST_EACH(launcher->waiting, at)
	{
		struct waiting *one = ENC_HOLDER(at, struct waiting, link);
		int r = enc_launch_send(launcher->channel, &one->message,
					one->fd);

		if (r == -EAGAIN) {
			if (!launcher->watching_for_room) {
				watch_channel(launcher, true);
			}
			return;
		}
		if (r < 0) {
			lose_channel(launcher, ENC_LOG_WARNING, strerror(-r));
			return;
		}
		enc_list_remove(at);
		launcher->waiting_count--;
		enc_fd_close(&one->fd);
		free(one);
	}
	if (launcher->watching_for_room) {
		watch_channel(launcher, false);
	}
}

static void report(struct enc_cells *cells,
		   const union enc_launch_message *message, int fd)
{
	struct enc_launcher *launcher = of_cells(cells);
	struct waiting *one;

	if (!enc_launcher_attached(launcher)) {
		enc_fd_close(&fd);
		return;
	}
	if (launcher->waiting_count == WAITING_MAX) {
		enc_fd_close(&fd);
		lose_channel(launcher, ENC_LOG_WARNING, "it doesn't read");
		return;
	}
	one = enc_xalloc(sizeof(*one));
	one->message = *message;
	one->fd = fd;
	enc_list_append(&launcher->waiting, &one->link);
	launcher->waiting_count++;
	flush(launcher);
}

static void report_failed(struct enc_launcher *launcher, uint64_t tag,
			  const struct enc_error *err)
{
	union enc_launch_message message = { .opcode = ENC_LAUNCH_FAILED };

	message.failed.tag = tag;
	message.failed.code = err->code;
	(void)snprintf(message.failed.message, sizeof(message.failed.message),
		       "%.*s", ENC_LAUNCH_TEXT_BYTES - 1, err->message);
	report(&launcher->cells, &message, -1);
}

/* ---- requests; each comment says why it is safe ---- */

typedef void request_fn(struct enc_launcher *launcher,
			const union enc_launch_message *request);

/*
 * do_create() - safe because every value is checked. The environment is an
 * index into the store as root had it at the start. The place is an index into
 * the ways chosen at the start. The language is a row of a table. The limits
 * are within their ranges. The tag is only a name. The number of sandboxes is
 * limited.
 */
static void do_create(struct enc_launcher *launcher,
		      const union enc_launch_message *request)
{
	const struct enc_launch_create *create = &request->create;
	struct enc_error err = { 0 };
	enum enc_code code;

	if (create->place >= launcher->cells.place_count) {
		code = enc_fail(&err, ENC_NOT_AVAILABLE,
				"this server has no place %u", create->place);
	} else if (create->environment >= launcher->environments.count) {
		code = enc_fail(&err, ENC_BAD_REQUEST, "no environment %u",
				create->environment);
	} else if (enc_cell_find(&launcher->cells, create->tag) != NULL) {
		lose_channel(launcher, ENC_LOG_WARNING, "a tag that is in use");
		return;
	} else if (launcher->cells.count >= ENC_LAUNCH_SANDBOXES_MAX) {
		code = enc_fail(&err, ENC_BUSY,
				"the limit of %d sandboxes is reached",
				ENC_LAUNCH_SANDBOXES_MAX);
	} else {
		code = enc_cell_new(
			&launcher->cells, create,
			launcher->environments.rows[create->environment].root,
			&err);
	}
	if (code != ENC_OK) {
		enc_log(ENC_LOG_ERROR, NULL, "making a sandbox: %s",
			err.message);
		report_failed(launcher, create->tag, &err);
	}
}

/*
 * do_claim() - safe because the limits were checked. They are put in force
 * once, before a program is inside, and only on a cell of this channel. With
 * any outside its gate may get sockets; the kernel's table limits where they lead.
 * A failure ends the cell.
 */
static void do_claim(struct enc_launcher *launcher,
		     const union enc_launch_message *request)
{
	struct enc_cell *cell =
		enc_cell_find(&launcher->cells, request->claim.tag);
	struct enc_error err = { 0 };

	/* A cell that has ended meanwhile has reported ENDED already. */
	if (cell != NULL &&
	    enc_cell_claim(cell, &request->claim.limits, request->claim.outside,
			   &err) != ENC_OK) {
		enc_log(ENC_LOG_ERROR, NULL, "claim: %s", err.message);
	}
}

/* do_start() - safe because it only starts the clocks of limits */
static void do_start(struct enc_launcher *launcher,
		     const union enc_launch_message *request)
{
	struct enc_cell *cell =
		enc_cell_find(&launcher->cells, request->tagged.tag);
	struct enc_error err = { 0 };

	/* A cell that has ended meanwhile has reported ENDED already. */
	if (cell != NULL && enc_cell_start(cell, &err) != ENC_OK) {
		enc_log(ENC_LOG_DEBUG, NULL, "start: %s", err.message);
	}
}

/*
 * do_kill() - safe because a tag finds only cells of this launcher, never a pid
 */
static void do_kill(struct enc_launcher *launcher,
		    const union enc_launch_message *request)
{
	struct enc_cell *cell =
		enc_cell_find(&launcher->cells, request->tagged.tag);

	if (cell != NULL) {
		enc_cell_kill(cell);
	}
}

/*
 * do_destroy() - safe because a tag finds only cells of this launcher. For an
 * unknown tag GONE is reported.
 */
static void do_destroy(struct enc_launcher *launcher,
		       const union enc_launch_message *request)
{
	struct enc_cell *cell =
		enc_cell_find(&launcher->cells, request->tagged.tag);
	union enc_launch_message gone = {
		.tagged = { .opcode = ENC_LAUNCH_GONE,
			    .tag = request->tagged.tag },
	};

	if (cell != NULL) {
		enc_cell_destroy(cell);
	} else {
		report(&launcher->cells, &gone, -1);
	}
}

static request_fn *const requests[ENC_LAUNCH_OPCODE_MAX] = {
	[ENC_LAUNCH_CREATE] = do_create,   [ENC_LAUNCH_CLAIM] = do_claim,
	[ENC_LAUNCH_START] = do_start,	   [ENC_LAUNCH_KILL] = do_kill,
	[ENC_LAUNCH_DESTROY] = do_destroy,
};

/* handle() - carry out one request; false if the channel is lost then */
static bool handle(struct enc_launcher *launcher, const void *bytes,
		   size_t length)
{
	union enc_launch_message message;
	struct enc_error err = { 0 };
	enum enc_code code = enc_launch_check(ENC_LAUNCH_FROM_API, bytes,
					      length, &message, &err);

	if (code == ENC_BAD_REQUEST) {
		report_failed(launcher, message.create.tag, &err);
	} else if (code != ENC_OK || requests[message.opcode] == NULL) {
		lose_channel(launcher, ENC_LOG_WARNING, err.message);
	} else {
		requests[message.opcode](launcher, &message);
	}
	return enc_launcher_attached(launcher);
}

static void on_channel(struct enc_watch *watch, uint32_t events)
{
	struct enc_launcher *launcher =
		ENC_HOLDER(watch, struct enc_launcher, channel_watch);
	union enc_launch_message bytes;

	if ((events & EPOLLOUT) != 0 && enc_launcher_attached(launcher)) {
		flush(launcher);
	}
	for (int i = 0; enc_launcher_attached(launcher) && i < REQUESTS_AT_ONCE;
	     i++) {
		enc_autoclose int fd = -1;
		int r = enc_launch_receive(launcher->channel, &bytes,
					   sizeof(bytes), &fd);

		if (r == -EAGAIN) {
			return;
		}
		if (r <= 0 || fd >= 0) {
			/* It is closed with each end of enclave-api, which the
			 * supervisor reports. */
			lose_channel(launcher,
				     r == 0 ? ENC_LOG_INFO : ENC_LOG_WARNING,
				     r == 0 ? "closed" : "malformed");
			return;
		}
		/*
		 * Making a sandbox takes milliseconds, and much longer on a
		 * busy kernel. So after each CREATE the limits of other
		 * sandboxes are checked first.
		 */
		if (!handle(launcher, &bytes, (size_t)r) ||
		    bytes.opcode == ENC_LAUNCH_CREATE) {
			return;
		}
	}
}

/* ---- life ---- */

/*
 * open_files_most() - the most descriptors that a process in a sandbox can get
 *
 * A native sandbox is made in a user namespace, where no process can raise the
 * hard limit that it inherits from enclaved.
 */
static uint64_t open_files_most(const struct enc_way *way)
{
	uint64_t most = enc_limit_info(ENC_LIMIT_OPEN_FILES)->most;
	struct rlimit ours;

	if (!way->has_host_files || getrlimit(RLIMIT_NOFILE, &ours) < 0) {
		return most;
	}
	return ENC_MIN(most, (uint64_t)ours.rlim_max);
}

/*
 * tell_places() - tell enclave-api in which places it can ask for sandboxes:
 * native, gVisor
 */
static void tell_places(struct enc_launcher *launcher)
{
	for (size_t i = 0; i < launcher->cells.place_count; i++) {
		const struct enc_way *way = launcher->cells.places[i].way;
		union enc_launch_message message;

		memset(&message, 0, sizeof(message));
		message.place = (struct enc_launch_place){
			.opcode = ENC_LAUNCH_PLACE,
			.index = (uint32_t)i,
			.isolation = way->isolation,
			.fixed = enc_way_fixed(way),
			.idle_bytes = way->idle_bytes,
			.kernel_bytes = way->kernel_bytes,
			.process_bytes = way->process_bytes,
			.open_files_most = open_files_most(way),
		};
		(void)snprintf(message.place.name, sizeof(message.place.name),
			       "%s", way->name);
		report(&launcher->cells, &message, -1);
	}
}

/*
 * hello() - report the machine and its environments, before the first request
 */
static void hello(struct enc_launcher *launcher)
{
	union enc_launch_message message;
	struct utsname kernel;

	for (size_t i = 0; i < launcher->environments.count; i++) {
		const struct enc_environment *row =
			&launcher->environments.rows[i];

		memset(&message, 0, sizeof(message));
		message.opcode = ENC_LAUNCH_ENVIRONMENT;
		message.environment.index = (uint32_t)i;
		memcpy(message.environment.name, row->name, sizeof(row->name));
		memcpy(message.environment.digest, row->digest,
		       sizeof(row->digest));
		report(&launcher->cells, &message, -1);
	}
	tell_places(launcher);
	memset(&message, 0, sizeof(message));
	message.opcode = ENC_LAUNCH_HOST;
	message.host.landlock_abi = (uint32_t)enc_landlock_abi();
	message.host.orphans_reaped = launcher->orphans;
	message.host.cores = launcher->cells.machine.cpus;
	message.host.memory_bytes = launcher->cells.machine.memory_bytes;
	message.host.sandboxes_max = ENC_LAUNCH_SANDBOXES_MAX;
	message.host.egress = enc_outward_works(launcher->cells.outward);
	if (uname(&kernel) == 0) {
		(void)snprintf(message.host.kernel, sizeof(message.host.kernel),
			       "%.*s", ENC_LAUNCH_NAME_BYTES - 1,
			       kernel.release);
	}
	launcher->orphans = 0; /* reported to the first one only */
	report(&launcher->cells, &message, -1);
}

/* tell_vault() - give enclave-api a link to the vault, if there are both */
static void tell_vault(struct enc_launcher *launcher)
{
	const union enc_launch_message message = {
		.tagged = { .opcode = ENC_LAUNCH_VAULT },
	};
	int api;
	int r;

	if (launcher->channel < 0 || launcher->lost ||
	    launcher->cells.vault < 0) {
		return;
	}
	r = enc_vault_links_api(launcher->cells.vault, &api);
	if (r < 0) {
		enc_log(ENC_LOG_WARNING, NULL,
			"no link to the vault for enclave-api: %s",
			strerror(-r));
		return;
	}
	report(&launcher->cells, &message, api);
}

void enc_launcher_vault(struct enc_launcher *launcher, int fd)
{
	enc_launcher_vault_gone(launcher);
	launcher->cells.vault = fd;
	ENC_LIST_EACH(launcher->cells.list, at)
	{
		int r = enc_cell_meet_vault(enc_cell_of(at));

		if (r < 0) {
			enc_log(ENC_LOG_WARNING, NULL,
				"no link to the vault for a gate: %s",
				strerror(-r));
		}
	}
	tell_vault(launcher);
}

void enc_launcher_vault_gone(struct enc_launcher *launcher)
{
	enc_fd_close(&launcher->cells.vault);
}

void enc_launcher_attach(struct enc_launcher *launcher, int channel)
{
	ENC_ASSERT(launcher->channel < 0);
	launcher->channel = channel;
	launcher->lost = false;
	watch_channel(launcher, false);
	hello(launcher);
	tell_vault(launcher);
}

void enc_launcher_detach(struct enc_launcher *launcher)
{
	if (launcher->channel < 0) {
		return;
	}
	enc_poller_remove(launcher->cells.poller, &launcher->channel_watch);
	enc_fd_close(&launcher->channel);
	launcher->lost = false;
	drop_waiting(launcher);
	ENC_LIST_EACH(launcher->cells.list, at)
	{
		enc_cell_destroy(enc_cell_of(at));
	}
}

bool enc_launcher_attached(const struct enc_launcher *launcher)
{
	return launcher->channel >= 0 && !launcher->lost;
}

size_t enc_launcher_cells(const struct enc_launcher *launcher)
{
	return launcher->cells.count;
}

int64_t enc_launcher_turn(struct enc_launcher *launcher, int64_t now_ms)
{
	int64_t next_ms = INT64_MAX;

	ENC_LIST_EACH(launcher->cells.list, at)
	{
		if (enc_cell_next_ms(enc_cell_of(at)) <= now_ms) {
			enc_cell_look(enc_cell_of(at), now_ms);
		}
	}
	if (launcher->lost) {
		enc_launcher_detach(launcher);
	}
	ENC_LIST_EACH(launcher->cells.list, at)
	{
		next_ms = ENC_MIN(next_ms, enc_cell_next_ms(enc_cell_of(at)));
	}
	return next_ms;
}

/*
 * open_empty() - open a directory that is empty and that nobody can write; it
 * is the root of gates
 */
static int open_empty(const char *run_dir)
{
	char path[256];

	(void)snprintf(path, sizeof(path), "%s/empty", run_dir);
	if (mkdir(path, 0555) < 0 && errno != EEXIST) {
		return -errno;
	}
	return open(path, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
}

/*
 * write_facts() - write the facts into a directory of this server's own: the
 * number of its block of ids is unique on the machine
 */
static enum enc_code write_facts(struct enc_launcher *launcher,
				 const char *run_dir, struct enc_error *err)
{
	char *path = launcher->cells.facts;
	const char *object;
	int r;

	(void)snprintf(path, sizeof(launcher->cells.facts), "%s/facts-%u",
		       run_dir, launcher->cells.slots->block);
	r = enc_facts_write(path, &object);
	return r < 0 ? enc_fail(err, ENC_UNAVAILABLE, "writing %s/%s: %s", path,
				object, strerror(-r))
		     : ENC_OK;
}

/* machine_of() - the CPUs and the memory that all sandboxes may use */
static struct enc_shown machine_of(const struct enc_cgroup_tree *cgroups)
{
	struct enc_shown machine = {
		.cpus = enc_affinity_count(),
		.memory_bytes = enc_cgroup_tree_memory(cgroups),
	};
	struct sysinfo facts;

	if (sysinfo(&facts) == 0) {
		machine.memory_bytes =
			ENC_MIN(machine.memory_bytes,
				(uint64_t)facts.totalram * facts.mem_unit);
	}
	return machine;
}

static enum enc_code open_host(struct enc_launcher *launcher,
			       const struct enc_launcher_options *options,
			       struct enc_error *err)
{
	struct enc_cgroup_failure failure = { "" };
	enum enc_code code;
	int r;

	launcher->cells.empty_dir = open_empty(options->run_dir);
	if (launcher->cells.empty_dir < 0) {
		return enc_fail(err, ENC_UNAVAILABLE, "%s/empty: %s",
				options->run_dir, strerror(errno));
	}
	code = write_facts(launcher, options->run_dir, err);
	if (code != ENC_OK) {
		return code;
	}
	r = enc_cgroup_tree_open("/proc/self", options->instance,
				 &launcher->cells.cgroups, &failure);
	if (r < 0) {
		return enc_fail(err, ENC_UNAVAILABLE,
				"%s: %s; mount cgroup v2 alone, or v1 with "
				"memory, pids, cpu and cpuacct, writable for "
				"root",
				failure.object, strerror(-r));
	}
	launcher->cells.machine = machine_of(launcher->cells.cgroups);
	enc_failpoint(ENC_FAILPOINT_SWEEP_BEFORE);
	r = enc_cgroup_tree_sweep(launcher->cells.cgroups);
	enc_failpoint(ENC_FAILPOINT_SWEEP_AFTER);
	if (r < 0) {
		return enc_fail(err, ENC_UNAVAILABLE,
				"removing old cgroups: %s", strerror(-r));
	}
	launcher->orphans = (uint32_t)r;
	if (enc_landlock_abi() < 1) {
		return enc_fail(err, ENC_UNAVAILABLE,
				"the kernel has no Landlock: boot one with "
				"CONFIG_SECURITY_LANDLOCK and landlock in "
				"lsm=");
	}
	return enc_environments_open(options->environments,
				     &launcher->environments, err);
}

/* fill_layers() - set the layers of each place */
static void fill_layers(struct enc_launcher *launcher)
{
	uint32_t all = ENC_LAYER_NAMESPACES | ENC_LAYER_SECCOMP |
		       ENC_LAYER_CAPABILITIES | ENC_LAYER_GATE |
		       (enc_cgroup_tree_version(launcher->cells.cgroups) == 1
				? ENC_LAYER_CGROUP_V1
				: ENC_LAYER_CGROUP_V2);

	for (size_t i = 0; i < launcher->cells.place_count; i++) {
		struct enc_cell_place *place = &launcher->cells.places[i];

		place->layers = all | place->way->layers;
	}
}

enum enc_code enc_launcher_new(const struct enc_launcher_options *options,
			       struct enc_launcher **ret_launcher,
			       struct enc_error *err)
{
	struct enc_launcher *launcher = enc_xalloc(sizeof(*launcher));
	enum enc_code code;

	launcher->channel = -1;
	enc_list_init(&launcher->waiting);
	enc_list_init(&launcher->cells.list);
	launcher->cells.poller = options->poller;
	launcher->cells.slots = options->slots;
	launcher->cells.gate_program = options->gate_program;
	launcher->cells.outward = options->outward;
	launcher->cells.vault = -1;
	launcher->cells.cas = options->cas;
	memcpy(launcher->cells.places, options->places,
	       sizeof(options->places));
	launcher->cells.place_count = options->place_count;
	launcher->cells.empty_dir = -1;
	launcher->cells.gate_failpoint =
		enc_failpoint_of(options->failpoint, "enclave-gate");
	launcher->cells.init_failpoint =
		enc_failpoint_of(options->failpoint, "enclave-init");
	launcher->cells.report = report;
	code = open_host(launcher, options, err);
	if (code != ENC_OK) {
		enc_launcher_free(launcher);
		return code;
	}
	fill_layers(launcher);
	*ret_launcher = launcher;
	return ENC_OK;
}

void enc_launcher_free(struct enc_launcher *launcher)
{
	if (launcher == NULL) {
		return;
	}
	ENC_ASSERT(launcher->cells.count == 0);
	enc_launcher_detach(launcher);
	enc_cgroup_tree_free(launcher->cells.cgroups);
	enc_fd_close(&launcher->cells.empty_dir);
	enc_fd_close(&launcher->cells.gate_program);
	enc_outward_free(launcher->cells.outward);
	enc_fd_close(&launcher->cells.vault);
	enc_fd_close(&launcher->cells.cas);
	for (size_t i = 0; i < launcher->cells.place_count; i++) {
		enc_fd_close(&launcher->cells.places[i].program);
	}
	free(launcher);
}
