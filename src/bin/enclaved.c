#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <sys/auxv.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sysexits.h>
#include <unistd.h>

#include "api_process.h"
#include "ca_bundle.h"
#include "choice.h"
#include "failpoint.h"
#include "fd.h"
#include "janitor.h"
#include "listeners.h"
#include "log.h"
#include "machine_check.h"
#include "supervisor.h"
#include "vault_role.h"

enum { PATH_BYTES = 4096, FILES_MAX = 65536 };

static const char run_dir[] = "/run/enclave";

/* fail() - print an error. Return: the exit status that its code has */
static int fail(const struct enc_error *err)
{
	(void)fprintf(stderr, "enclaved: %s\n", err->message);
	return enc_code_info(err->code)->cli_exit;
}

/* own_program() - find this program's file, also if /proc isn't mounted */
static bool own_program(char ret_path[PATH_BYTES])
{
	ssize_t length = readlink("/proc/self/exe", ret_path, PATH_BYTES - 1);
	const char *given = (const char *)(uintptr_t)getauxval(AT_EXECFN);

	if (length > 0) {
		ret_path[length] = '\0';
		return true;
	}
	return given != NULL && realpath(given, ret_path) != NULL;
}

/* find_sibling() - find a program beside this one, else in /usr/lib/enclave */
static void find_sibling(const char *name, char ret_path[PATH_BYTES])
{
	char self[PATH_BYTES];

	if (own_program(self)) {
		*strrchr(self, '/') = '\0';
		if (snprintf(ret_path, PATH_BYTES, "%s/%s", self, name) <
			    PATH_BYTES &&
		    access(ret_path, X_OK) == 0) {
			return;
		}
	}
	(void)snprintf(ret_path, PATH_BYTES, "/usr/lib/enclave/%s", name);
}

/*
 * find_places() - find the programs of the wanted ways, make their places
 *
 * A way that can't be used is an error, unless the ways were chosen by "auto"
 * without --runsc.
 */
static enum enc_code find_places(const struct enc_options *options,
				 const struct enc_choice *choice,
				 struct enc_launcher_options *wanted,
				 struct enc_error *err)
{
	bool needed = !choice->automatic || options->runsc != NULL;

	for (size_t i = 0; i < choice->count; i++) {
		const struct enc_way *way = choice->ways[i];
		struct enc_way_program program = { .fd = -1 };
		struct enc_error why = { 0 };
		char beside[PATH_BYTES];
		enum enc_code code = ENC_OK;

		if (way->find != NULL) {
			find_sibling(way->program, beside);
			code = way->find(options->runsc, beside, &program,
					 &why);
		}
		if (code == ENC_OK) {
			enc_log(ENC_LOG_INFO, NULL, "backend %s%s%s", way->name,
				program.release[0] == '\0' ? "" : " ",
				program.release);
			wanted->places[wanted->place_count++] =
				(struct enc_cell_place){ .way = way,
							 .program =
								 program.fd };
		} else if (needed) {
			return enc_fail(err, ENC_UNAVAILABLE, "%s: %s",
					way->name, why.message);
		} else {
			enc_log(ENC_LOG_INFO, NULL, "without %s: %s", way->name,
				why.message);
		}
	}
	return wanted->place_count > 0 ? ENC_OK
				       : enc_fail(err, ENC_UNAVAILABLE,
						  "no sandbox can be made");
}

/* start_launcher() - start the janitor and the launcher */
static enum enc_code start_launcher(const struct enc_options *options,
				    struct enc_launcher_options *wanted,
				    struct enc_launcher **ret_launcher,
				    struct enc_error *err)
{
	char gate[PATH_BYTES];
	int alive;
	int janitor;
	enum enc_code code = enc_outward_open(wanted->slots, options->internal,
					      &wanted->outward, err);
	int r;

	if (code != ENC_OK) {
		return code;
	}
	/*
	 * The janitor keeps copies of what is open by now: so the kernel's
	 * table for gates outlives this process until the last gate is gone.
	 */
	r = enc_janitor_start(wanted->instance, &alive, &janitor);
	wanted->environments = options->environments;
	wanted->run_dir = run_dir;
	if (r < 0) {
		return enc_fail(err, ENC_UNAVAILABLE,
				"starting the janitor: %s", strerror(-r));
	}
	/* `alive` and `janitor` are never closed. The janitor starts its work
	 * when the kernel closes `alive`, because this process died. */
	code = enc_ca_bundle_open(options->ca_file, &wanted->cas, err);
	if (code != ENC_OK) {
		return code;
	}
	find_sibling("enclave-gate", gate);
	wanted->gate_program = open(gate, O_RDONLY | O_CLOEXEC);
	if (wanted->gate_program < 0) {
		return enc_fail(err, ENC_UNAVAILABLE,
				"%s: %s; it belongs beside enclaved", gate,
				strerror(errno));
	}
	return enc_launcher_new(wanted, ret_launcher, err);
}

/* open_listeners() - open the API's sockets, as the options say */
static enum enc_code open_listeners(const struct enc_options *options,
				    struct enc_supervisor_options *wanted,
				    struct enc_error *err)
{
	enum enc_code code;

	if (strncmp(options->socket, run_dir, strlen(run_dir)) == 0 &&
	    mkdir(run_dir, 0755) < 0 && errno != EEXIST) {
		return enc_fail(err, ENC_UNAVAILABLE, "%s: %s", run_dir,
				strerror(errno));
	}
	code = enc_listen_unix(options->socket, &wanted->unix_listener, err);
	if (code == ENC_OK && strcmp(options->listen, "none") != 0) {
		code = enc_listen_tcp(options->listen, &wanted->tcp_listener,
				      err);
		if (code != ENC_OK) {
			ENC_IGNORE(unlink(options->socket)); /* just made */
		}
	}
	return code;
}

/*
 * start_vault() - start the vault. The simulator has none, since it has no gate
 */
static enum enc_code start_vault(const struct enc_options *options,
				 struct enc_vault_role_options *wanted,
				 struct enc_vault_role *vault,
				 struct enc_error *err)
{
	static char program[PATH_BYTES];

	find_sibling("enclave-vault", program);
	wanted->program = program;
	wanted->state_path = options->state_dir;
	wanted->key_command = options->master_key_command;
	wanted->accept_lost_memory = options->accept_lost_memory;
	return enc_vault_role_open(vault, wanted, err);
}

/* hold_ids() - reserve this instance's block of uids, if this user is root */
static enum enc_code hold_ids(struct enc_slots *slots, uid_t *ret_api_uid,
			      struct enc_error *err)
{
	char uids[sizeof(run_dir) + sizeof("/uids")];
	int r;

	*ret_api_uid = geteuid();
	if (*ret_api_uid != 0) {
		return ENC_OK;
	}
	(void)snprintf(uids, sizeof(uids), "%s/uids", run_dir);
	r = enc_slots_open(slots, uids);
	if (r < 0) {
		return enc_fail(err, ENC_UNAVAILABLE, "holding ids in %s: %s%s",
				uids, strerror(-r),
				r == -EPERM || r == -EACCES
					? "; other users can write it: remove "
					  "it while no server runs"
					: "");
	}
	*ret_api_uid = enc_slots_api_uid(slots);
	return ENC_OK;
}

/* find_api() - find the program that is started as enclave-api */
static void find_api(const struct enc_options *options,
		     char ret_path[PATH_BYTES])
{
	if (options->api != NULL) {
		(void)snprintf(ret_path, PATH_BYTES, "%s", options->api);
	} else {
		find_sibling("enclave-api", ret_path);
	}
}

/* The parts beside enclave-api; NULL with the simulator. */
struct parts {
	struct enc_slots *slots;
	struct enc_poller *poller;
	struct enc_state_dir *state;
	const char *failpoint;
	struct enc_launcher *launcher;
	struct enc_vault_role *vault;
};

/* start_parts() - start launcher and vault, and open the API's sockets */
static enum enc_code start_parts(const struct enc_options *options,
				 const struct enc_choice *choice,
				 struct parts *parts,
				 struct enc_supervisor_options *wanted,
				 struct enc_error *err)
{
	static struct enc_vault_role vault;
	static struct enc_vault_role_options vault_options;
	struct enc_launcher_options launch = {
		.slots = parts->slots,
		.instance = parts->state->instance,
		.poller = parts->poller,
		.failpoint = parts->failpoint,
	};
	enum enc_code code = ENC_OK;

	if (!choice->simulator) {
		code = find_places(options, choice, &launch, err);
		code = code != ENC_OK ? code
				      : start_launcher(options, &launch,
						       &parts->launcher, err);
	}
	/* Without a place only the simulator is left: find_places() fails if
	 * no way can be used. */
	wanted->backend = launch.place_count == 0 ? "simulator"
						  : launch.places[0].way->name;
	code = code != ENC_OK ? code : open_listeners(options, wanted, err);
	if (code != ENC_OK || choice->simulator) {
		return code;
	}
	vault_options = (struct enc_vault_role_options){
		.uid = enc_slots_vault_uid(parts->slots),
		.state = parts->state,
		.poller = parts->poller,
		.launcher = parts->launcher,
	};
	code = start_vault(options, &vault_options, &vault, err);
	if (code == ENC_OK) {
		parts->vault = &vault;
	} else {
		ENC_IGNORE(unlink(options->socket)); /* just made */
	}
	return code;
}

/* end_parts() - end what start_parts() started */
static void end_parts(const struct enc_options *options, struct parts *parts)
{
	/* The file of the unix socket may be removed already. */
	ENC_IGNORE(unlink(options->socket));
	if (parts->vault != NULL) {
		enc_vault_role_close(parts->vault);
	}
	if (parts->launcher != NULL &&
	    enc_launcher_cells(parts->launcher) == 0) {
		enc_launcher_free(parts->launcher);
	}
}

static int serve(const struct enc_options *options,
		 const struct enc_choice *choice)
{
	/* Static, because it is too large for the stack. */
	static struct enc_slots slots = { .lock = -1 };
	const char *failpoint = getenv(ENC_FAILPOINT_VARIABLE);
	struct enc_poller poller;
	struct enc_state_dir state;
	struct parts parts = { .slots = &slots,
			       .poller = &poller,
			       .state = &state,
			       .failpoint = failpoint };
	char api[PATH_BYTES];
	char state_path[PATH_BYTES];
	struct enc_error err = { 0 };
	struct enc_supervisor_options wanted = {
		.api_program = api,
		.pool = options->pool,
		.overcommit = options->overcommit,
		.access_log = options->access_log,
		.keep_days = options->keep_days,
		.state_path = state_path,
		.failpoint = enc_failpoint_of(failpoint, "enclave-api"),
		.state = &state,
		.unix_listener = -1,
		.tcp_listener = -1,
		.ready_fd = options->ready_fd,
		.poller = &poller,
	};
	int exit_code;

	if (hold_ids(&slots, &wanted.api_uid, &err) != ENC_OK ||
	    enc_state_dir_open(options->state_dir, wanted.api_uid, &state,
			       &err) != ENC_OK) {
		return fail(&err);
	}
	if (enc_poller_init(&poller) < 0 ||
	    snprintf(state_path, sizeof(state_path), "%s/api",
		     options->state_dir) >= (int)sizeof(state_path)) {
		return EX_OSERR;
	}
	if (start_parts(options, choice, &parts, &wanted, &err) != ENC_OK) {
		enc_state_dir_discard(options->state_dir, &state);
		return fail(&err);
	}
	find_api(options, api);
	wanted.launcher = parts.launcher;
	wanted.vault = parts.vault;
	exit_code = enc_supervisor_run(&wanted);
	end_parts(options, &parts);
	if (exit_code != 0) {
		enc_state_dir_discard(options->state_dir, &state);
	} else {
		enc_state_dir_close(&state);
	}
	enc_slots_close(&slots);
	return exit_code;
}

/*
 * raise_files() - raise the limit of open files
 *
 * The launcher needs some ten descriptors per sandbox. Programs may be allowed
 * many, too, and a process in a user namespace can't raise its limit.
 */
static void raise_files(void)
{
	struct rlimit limit;
	struct rlimit wanted;

	if (getrlimit(RLIMIT_NOFILE, &limit) < 0) {
		return;
	}
	wanted.rlim_cur = ENC_MAX(limit.rlim_max, (rlim_t)FILES_MAX);
	wanted.rlim_max = wanted.rlim_cur;
	if (setrlimit(RLIMIT_NOFILE, &wanted) < 0) {
		enc_log(ENC_LOG_WARNING, NULL,
			"the limit of open files can't be raised to %d: %s, "
			"ignoring",
			FILES_MAX, strerror(errno));
		limit.rlim_cur = limit.rlim_max;
		ENC_IGNORE(setrlimit(RLIMIT_NOFILE, &limit));
	}
}

int main(int argc, char **argv)
{
	struct enc_options options;
	struct enc_error err = { 0 };
	struct enc_choice choice;
	struct enc_machine machine;
	char beside[PATH_BYTES];

	if (enc_fd_fill_standard() < 0) {
		return EX_OSERR;
	}
	/* Writing the log must not end this process if its reader is gone. */
	(void)signal(SIGPIPE, SIG_IGN);
	enc_log_init("enclaved");
	enc_log_find_journal();
	if (getenv("ENCLAVE_LOG") != NULL &&
	    !enc_log_is_known(getenv("ENCLAVE_LOG"))) {
		(void)fprintf(stderr,
			      "enclaved: ENCLAVE_LOG is '%.60s'; it can be "
			      "debug, info, warning or error, then ,json or "
			      ",journal\n",
			      getenv("ENCLAVE_LOG"));
		return EX_USAGE;
	}
	if (enc_options_parse(argc, argv, &options, &err) != ENC_OK) {
		return fail(&err);
	}
	if (options.help) {
		enc_options_help();
		return 0;
	}
	if (options.version) {
		printf("enclaved %s\n", ENC_RELEASE);
		return 0;
	}
	if (options.failpoints) {
		enc_failpoint_print();
		return 0;
	}
	if (enc_failpoint_arm(getenv(ENC_FAILPOINT_VARIABLE), "enclaved") < 0) {
		(void)fprintf(stderr,
			      "enclaved: there is no such failpoint as in %s; "
			      "see enclaved --failpoints\n",
			      ENC_FAILPOINT_VARIABLE);
		return EX_USAGE;
	}
	find_sibling("runsc", beside);
	machine = (struct enc_machine){ .environments = options.environments,
					.state_dir = options.state_dir,
					.runsc = options.runsc,
					.runsc_beside = beside };
	if (options.check) {
		return enc_machine_check_print(&machine) ? 0 : EX_UNAVAILABLE;
	}
	if (enc_choice_parse(options.backend, &choice, &err) != ENC_OK) {
		return fail(&err);
	}
	if (!choice.simulator &&
	    enc_machine_check_require(&machine, &err) != ENC_OK) {
		return fail(&err);
	}
	(void)prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
	if (!choice.simulator) {
		raise_files();
	}
	return serve(&options, &choice);
}
