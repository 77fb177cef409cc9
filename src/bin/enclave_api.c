#include <errno.h>
#include <fcntl.h>
#include <malloc.h>
#include <signal.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sysexits.h>
#include <unistd.h>

#include "api.h"
#include "api_fd.h"
#include "clock.h"
#include "failpoint.h"
#include "log.h"
#include "prune.h"

enum {
	PATH_BYTES = 4096,
	SESSIONS_PER_CORE = 8,
	RUNNING_LEAST = 4,
	RUNNING_SIMULATED = 256,
	QUEUE_MAX = 1024,
	QUEUE_MAX_BYTES = 128 << 20,
	LARGE_BYTES = 128 << 10,
	CANCEL_AFTER_MS = 20000, /* cancel sessions after draining so long */
	/* After the last session, clients may still ask for results. */
	LINGER_MS = 1000, /* end after this time without a request */
	/*
	 * The server ends this long after the last session, even if clients
	 * still ask.
	 */
	LINGER_MAX_MS = 5000,
	LINGER_LOOK_MS = 50,
	THOUSAND = 1000,
	/* Old records are looked for so often, and removed in such steps. */
	PRUNE_EVERY_MS = 600 * 1000,
	PRUNE_STEP_MS = 100,
	DAY_MS = 24 * 3600 * 1000,
};

struct options {
	const char *state_dir;
	const char *backend;
	uid_t owner;
	size_t pool;
	uint64_t overcommit; /* thousandths of the machine's memory */
	bool access_log;
	int64_t keep_days; /* 0: records are kept */
};

struct server {
	struct options options;
	uv_loop_t loop;
	uv_signal_t term;
	uv_signal_t hangup;
	uv_timer_t cancel;
	uv_timer_t linger;
	uv_timer_t prune;
	size_t pruned; /* sessions in the change set that is being written */
	bool draining;
	bool clients_stay; /* clients may still ask: SIGTERM came, not SIGHUP */
	uint64_t drained_ms;
	struct enc_store *store;
	struct enc_backend *backend;
	struct enc_backend_watcher watcher;
	struct enc_vault_client *vault;
	struct enc_grants *grants;
	struct enc_signatures *signatures;
	struct enc_orchestrator *orchestrator;
	struct enc_api *api;
	struct enc_http_server *http;
	bool opened;
	int tcp;   /* the TCP socket to listen on, or -1 */
	int ready; /* a pipe on which enclaved waits for a byte, or -1 */
	int exit_code;
};

static const struct option_row {
	const char *name;
	const char *value;
	const char *text;
} rows[] = {
	{ "--state-dir", "DIR", "where the store is; writable" },
	{ "--backend", "NAME", "the usual place, or simulator" },
	{ "--owner-uid", "UID", "who needs no key on the unix socket" },
	{ "--pool", "N", "waiting sandboxes per environment and language" },
	{ "--overcommit", "N", "memory for sessions, in thousandths of all" },
	{ "--access-log", "0|1", "whether to log each request" },
	{ "--keep-days", "N", "how long records are kept; 0: for ever" },
};

static int usage(void)
{
	(void)fprintf(stderr, "usage: enclave-api OPTIONS\n\nStarted by "
			      "enclaved, with descriptors 3 to 7.\n\n");
	for (size_t i = 0; i < ENC_COUNT(rows); i++) {
		(void)fprintf(stderr, "  %s %-6s %s\n", rows[i].name,
			      rows[i].value, rows[i].text);
	}
	return EX_USAGE;
}

static bool parse(int argc, char **argv, struct options *ret_options)
{
	struct options options = { .owner = geteuid() };

	for (int i = 1; i + 1 < argc; i += 2) {
		if (strcmp(argv[i], rows[0].name) == 0) {
			options.state_dir = argv[i + 1];
		} else if (strcmp(argv[i], rows[1].name) == 0) {
			options.backend = argv[i + 1];
		} else if (strcmp(argv[i], rows[2].name) == 0) {
			options.owner = (uid_t)strtoul(argv[i + 1], NULL, 10);
		} else if (strcmp(argv[i], rows[3].name) == 0) {
			options.pool = strtoul(argv[i + 1], NULL, 10);
		} else if (strcmp(argv[i], rows[4].name) == 0) {
			options.overcommit = strtoull(argv[i + 1], NULL, 10);
		} else if (strcmp(argv[i], rows[5].name) == 0) {
			options.access_log = strcmp(argv[i + 1], "1") == 0;
		} else if (strcmp(argv[i], rows[6].name) == 0) {
			options.keep_days = strtol(argv[i + 1], NULL, 10);
		} else {
			return false;
		}
	}
	*ret_options = options;
	return argc % 2 == 1 && options.state_dir != NULL &&
	       options.backend != NULL;
}

/* ---- ending ---- */

static void on_drained(void *context)
{
	struct server *server = context;

	uv_stop(&server->loop);
}

/*
 * on_linger() - close the server once clients have had time to ask for results,
 * and the last logs are signed
 *
 * A client that learns that its session ended asks for result and record next,
 * on a new connection. Both are stored, but after this server ends no server
 * can return them.
 */
static void on_linger(uv_timer_t *timer)
{
	struct server *server = ENC_HOLDER(timer, struct server, linger);
	uint64_t waited_ms = uv_now(&server->loop) - server->drained_ms;

	if (waited_ms < LINGER_MAX_MS &&
	    enc_signatures_busy(server->signatures)) {
		return;
	}
	if (!server->clients_stay || waited_ms >= LINGER_MAX_MS ||
	    enc_http_server_quiet_ms(server->http) >= LINGER_MS) {
		(void)uv_timer_stop(timer);
		enc_http_server_drain(server->http, on_drained, server);
	}
}

static void on_sessions_drained(void *context)
{
	struct server *server = context;

	server->drained_ms = uv_now(&server->loop);
	ENC_MUST(uv_timer_start(&server->linger, on_linger, 0, LINGER_LOOK_MS));
}

static void on_cancel(uv_timer_t *timer)
{
	struct server *server = ENC_HOLDER(timer, struct server, cancel);

	enc_log(ENC_LOG_WARNING, NULL, "draining takes too long: cancelling");
	enc_orchestrator_cancel_all(server->orchestrator);
}

/* on_term() - drain. After SIGHUP don't wait for clients to ask for results. */
static void on_term(uv_signal_t *handle, int number)
{
	struct server *server = handle->data;

	/* A signal to the process group comes twice: enclaved sends it, too. */
	if (server->draining) {
		return;
	}
	server->draining = true;
	(void)uv_timer_stop(&server->prune);
	server->clients_stay = number != SIGHUP;
	enc_log(ENC_LOG_INFO, NULL, "draining: %zu sessions are live",
		enc_orchestrator_live(server->orchestrator));
	ENC_MUST(uv_timer_start(&server->cancel, on_cancel, CANCEL_AFTER_MS,
				0));
	enc_orchestrator_drain(server->orchestrator, on_sessions_drained,
			       server);
}

/* ---- old records ---- */

static void on_prune(uv_timer_t *timer);

static void prune_in(struct server *server, uint64_t ms)
{
	if (!server->draining) {
		ENC_MUST(uv_timer_start(&server->prune, on_prune, ms, 0));
	}
}

/* on_pruned() - go on at once while there are many old records */
static void on_pruned(void *context, enum enc_code code,
		      const struct enc_error *err)
{
	struct server *server = context;

	if (code != ENC_OK) {
		enc_log(ENC_LOG_WARNING, NULL,
			"old records can't be removed: %s, trying again later",
			err->message);
	} else {
		enc_log(ENC_LOG_INFO, NULL, "removed %zu old sessions",
			server->pruned);
	}
	prune_in(server, code == ENC_OK && server->pruned == ENC_PRUNE_MAX
				 ? PRUNE_STEP_MS
				 : PRUNE_EVERY_MS);
}

static void on_prune(uv_timer_t *timer)
{
	struct server *server = ENC_HOLDER(timer, struct server, prune);
	int64_t before_ms =
		enc_clock_wall_ms() - server->options.keep_days * DAY_MS;
	struct enc_store_change *change = enc_store_change_new();
	struct enc_error err = { 0 };
	enum enc_code code =
		enc_prune_compose(server->store, before_ms, "keep-days", change,
				  &server->pruned, &err);

	if (code == ENC_OK && server->pruned > 0) {
		enc_store_submit(server->store, change, on_pruned, server);
		return;
	}
	enc_store_change_free(change);
	if (code != ENC_OK) {
		enc_log(ENC_LOG_WARNING, NULL,
			"old records can't be read: %s, trying again later",
			err.message);
	}
	prune_in(server, PRUNE_EVERY_MS);
}

/* ---- beginning ---- */

static void on_opened(struct enc_backend_watcher *watcher)
{
	ENC_HOLDER(watcher, struct server, watcher)->opened = true;
}

static void on_lost(struct enc_backend_watcher *watcher,
		    const struct enc_error *why)
{
	struct server *server = ENC_HOLDER(watcher, struct server, watcher);

	/* The backend's sandboxes die with it. The next enclave-api closes
	 * their records. */
	enc_log(ENC_LOG_ERROR, NULL, "the backend is lost: %s", why->message);
	server->exit_code = EX_UNAVAILABLE;
	uv_stop(&server->loop);
}

static void on_vault(struct enc_backend_watcher *watcher, int *fd)
{
	struct server *server = ENC_HOLDER(watcher, struct server, watcher);

	enc_vault_client_attach(server->vault, ENC_TAKE_FD(*fd));
}

static int fail(const char *what, const struct enc_error *err)
{
	enc_log(ENC_LOG_ERROR, NULL, "%s: %s", what, err->message);
	return enc_code_info(err->code)->cli_exit;
}

/*
 * on_stopped() - end this process after the store stopped. The next enclave-api
 * reads what is really on disk. PostgreSQL does the same.
 */
static void on_stopped(void *context, const struct enc_error *why)
{
	struct server *server = context;

	enc_log(ENC_LOG_ERROR, NULL,
		"ending, so that the store is read anew: %s", why->message);
	server->exit_code = EX_IOERR;
	uv_stop(&server->loop);
}

static enum enc_code open_store(struct server *server, struct enc_error *err)
{
	char path[PATH_BYTES];
	struct enc_store_options options = { .loop = &server->loop,
					     .path = path,
					     .on_stopped = on_stopped,
					     .context = server };

	(void)snprintf(path, sizeof(path), "%s/enclave.db",
		       server->options.state_dir);
	return enc_store_open(&enc_store_sqlite, &options, &server->store, err);
}

static enum enc_code open_backend(struct server *server, struct enc_error *err)
{
	const char *name = server->options.backend;
	bool host = strcmp(name, "simulator") != 0;
	struct enc_backend_options options = {
		.loop = &server->loop,
		.watcher = &server->watcher,
		.first = host ? name : NULL,
		.channel = host ? ENC_API_FD_CHANNEL : -1
	};

	server->watcher = (struct enc_backend_watcher){ .opened = on_opened,
							.lost = on_lost,
							.vault = on_vault };
	if (host) {
		server->vault = enc_vault_client_new(&server->loop);
		server->grants = enc_grants_new(server->store, server->vault);
		server->signatures =
			enc_signatures_new(&server->loop, server->store,
					   server->vault);
	}
	server->backend = enc_backend_new(host ? &enc_backend_host
					       : &enc_backend_simulator,
					  &options);
	while (!server->opened && server->exit_code == 0) {
		(void)uv_run(&server->loop, UV_RUN_ONCE);
	}
	return server->opened ? ENC_OK
			      : enc_fail(err, ENC_UNAVAILABLE,
					 "the backend doesn't open");
}

static void on_made(void *context, enum enc_code code,
		    const struct enc_error *err)
{
	enum enc_code *ret_code = context;

	*ret_code = code;
	if (code != ENC_OK) {
		enc_log(ENC_LOG_ERROR, NULL, "the first organisation: %s",
			err->message);
	}
}

/* make_first_org() - make the organisation of callers on the unix socket */
static enum enc_code make_first_org(struct server *server,
				    struct enc_error *err)
{
	enc_autorow struct enc_store_org row = {
		.base.type = &enc_store_orgs,
		.id = "o-1",
		.name = "default",
		.created_ms = enc_clock_wall_ms(),
	};
	struct enc_store_change *change;
	enum enc_code code = enc_store_get(server->store, &row.base, err);
	/* This value means that on_made() hasn't set `made` yet. */
	enum enc_code made = ENC_CODE_MAX;

	if (code != ENC_NOT_FOUND) {
		return code;
	}
	*err = (struct enc_error){ 0 };
	code = enc_store_next_org_number(server->store, &row.number, err);
	if (code != ENC_OK) {
		return code;
	}
	change = enc_store_change_new();
	enc_store_insert(change, &row.base);
	enc_store_submit(server->store, change, on_made, &made);
	while (made == ENC_CODE_MAX) {
		(void)uv_run(&server->loop, UV_RUN_ONCE);
	}
	return made == ENC_OK
		       ? ENC_OK
		       : enc_fail(err, made, "making the first organisation");
}

/* note_orphans() - record the leftovers that enclaved removed at its start */
static void note_orphans(struct server *server)
{
	uint32_t count = enc_backend_facts_of(server->backend)->orphans_reaped;
	ENC_AUTO(audit_event) event = ENC_AUDIT_EVENT(ORPHAN_REAPED);
	struct enc_store_change *change;
	char name[32];

	if (count == 0) {
		return;
	}
	(void)snprintf(name, sizeof(name), "%u", count);
	change = enc_store_change_new();
	enc_audit_put_string(&event, "kind", "cgroup");
	enc_audit_put_string(&event, "name", name);
	enc_store_append_admin(change, &event, enc_clock_wall_ms());
	enc_store_submit(server->store, change, NULL, NULL);
}

static size_t running_max(const struct server *server)
{
	const struct enc_backend_facts *facts =
		enc_backend_facts_of(server->backend);
	size_t most = (size_t)facts->cores * SESSIONS_PER_CORE;

	if (enc_places_usual(&facts->places)->isolation ==
	    ENC_ISOLATION_SIMULATED) {
		return RUNNING_SIMULATED;
	}
	most = most < RUNNING_LEAST ? RUNNING_LEAST : most;
	return ENC_MIN(most, (size_t)facts->sandboxes_max);
}

/*
 * memory_max() - the memory that sessions may use together: not what waiting
 * sandboxes may take
 */
static uint64_t memory_max(const struct server *server)
{
	uint64_t machine = enc_backend_facts_of(server->backend)->memory_bytes;
	uint64_t all = machine / THOUSAND * server->options.overcommit;
	uint64_t pool =
		server->options.pool == 0 ? 0 : machine / ENC_POOL_MEMORY_SHARE;

	return all > pool ? all - pool : all;
}

static enum enc_code begin(struct server *server, struct enc_error *err)
{
	struct enc_orchestrator_options orchestrator;
	struct enc_api_options api;
	enum enc_code code = open_store(server, err);

	if (code == ENC_OK) {
		code = open_backend(server, err);
	}
	if (code != ENC_OK) {
		return code;
	}
	orchestrator = (struct enc_orchestrator_options){
		.loop = &server->loop,
		.store = server->store,
		.backend = server->backend,
		.grants = server->grants,
		.signatures = server->signatures,
		.running_max = running_max(server),
		.queue_max = QUEUE_MAX,
		.queue_max_bytes = QUEUE_MAX_BYTES,
		.pool_size = server->options.pool,
		.memory_max = memory_max(server),
	};
	server->orchestrator = enc_orchestrator_new(&orchestrator);
	code = make_first_org(server, err);
	if (code == ENC_OK) {
		code = enc_orchestrator_recover(server->orchestrator, err);
	}
	if (code != ENC_OK) {
		return code;
	}
	note_orphans(server);
	api = (struct enc_api_options){ .loop = &server->loop,
					.store = server->store,
					.backend = server->backend,
					.orchestrator = server->orchestrator,
					.grants = server->grants,
					.signatures = server->signatures,
					.owner = server->options.owner,
					.access_log =
						server->options.access_log };
	server->api = enc_api_new(&api);
	server->http = enc_http_server_new(&server->loop,
					   enc_api_handler(server->api));
	if (enc_http_server_listen(server->http, ENC_API_FD_UNIX, true) < 0 ||
	    (server->tcp >= 0 &&
	     enc_http_server_listen(server->http, server->tcp, false) < 0)) {
		return enc_fail(err, ENC_UNAVAILABLE, "listening failed");
	}
	return ENC_OK;
}

/* inherited() - @number if enclaved passed that descriptor on, else -1 */
static int inherited(int number)
{
	return fcntl(number, F_GETFD) >= 0 ? number : -1;
}

/* tell_ready() - tell enclaved that this program is ready for requests */
static void tell_ready(struct server *server)
{
	if (server->ready >= 0) {
		/* If enclaved is dead, this process is ended, too. */
		ENC_IGNORE(write(server->ready, "r", 1));
		(void)close(server->ready);
		server->ready = -1;
	}
}

int main(int argc, char **argv)
{
	static struct server server;
	struct enc_error err = { 0 };
	sigset_t ends; /* signals that enclaved blocked for this process */

	enc_log_init("enclave-api");
	if (!parse(argc, argv, &server.options)) {
		return usage();
	}
	/* enclaved checked the variable and made this environment. */
	if (enc_failpoint_arm(getenv(ENC_FAILPOINT_VARIABLE), "enclave-api") <
	    0) {
		return usage();
	}
	/* execveat() of a descriptor makes the descriptor's number the name. */
	(void)prctl(PR_SET_NAME, "enclave-api", 0, 0, 0);
	(void)prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
	(void)prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
	(void)signal(SIGPIPE, SIG_IGN);
	/* Large blocks return to the host when they are freed. A failure only
	 * costs memory. */
	ENC_IGNORE(mallopt(M_MMAP_THRESHOLD, LARGE_BYTES));
	/* Check before this process opens descriptors with these numbers. */
	server.tcp = inherited(ENC_API_FD_TCP);
	server.ready = inherited(ENC_API_FD_READY);
	ENC_MUST(uv_loop_init(&server.loop));
	ENC_MUST(uv_timer_init(&server.loop, &server.cancel));
	ENC_MUST(uv_timer_init(&server.loop, &server.linger));
	ENC_MUST(uv_timer_init(&server.loop, &server.prune));
	ENC_MUST(uv_signal_init(&server.loop, &server.term));
	ENC_MUST(uv_signal_init(&server.loop, &server.hangup));
	server.term.data = &server;
	server.hangup.data = &server;
	if (begin(&server, &err) != ENC_OK) {
		return fail("starting", &err);
	}
	ENC_MUST(uv_signal_start(&server.term, on_term, SIGTERM));
	ENC_MUST(uv_signal_start(&server.hangup, on_term, SIGHUP));
	/* A signal that came before the handlers existed is delivered now. */
	(void)sigemptyset(&ends);
	(void)sigaddset(&ends, SIGTERM);
	(void)sigaddset(&ends, SIGHUP);
	(void)sigprocmask(SIG_UNBLOCK, &ends, NULL);
	enc_log(ENC_LOG_INFO, NULL, "serving, backend %s",
		enc_backend_name(server.backend));
	tell_ready(&server);
	if (server.options.keep_days > 0) {
		prune_in(&server, PRUNE_STEP_MS);
	}
	(void)uv_run(&server.loop, UV_RUN_DEFAULT);
	enc_api_drain(server.api);
	enc_store_flush_and_free(server.store);
	/* The kernel frees memory and descriptors when the process ends. */
	return server.exit_code;
}
