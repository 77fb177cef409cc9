#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cmd.h"
#include "doctor_server.h"
#include "exit_status.h"
#include "inert.h"
#include "plane.h"
#include "print.h"
#include "server.h"

enum {
	REPORT_BYTES_MAX = 1 << 20,
	PIECE_BYTES = 16384,
	SESSION_MS = 120 * 1000, /* the limit for a server of our own */
};

struct options {
	struct enc_common_options base;
	const char *environments;
};

static const struct enc_option rows[] = {
	{ "environments", 0, ENC_OPTION_TEXT,
	  offsetof(struct options, environments), "DIR", NULL,
	  "Environments (default /var/lib/enclave/environments)" },
};

/*
 * start() - start `enclaved --check` with its standard output in a pipe
 * @ret_fd: read end of the pipe; the caller closes it
 */
static enum enc_code start(char *const *argv, pid_t *ret_pid, int *ret_fd,
			   struct enc_error *err)
{
	posix_spawn_file_actions_t actions;
	int ends[2];
	int r;

	if (pipe2(ends, O_CLOEXEC) < 0) {
		return enc_fail(err, ENC_UNAVAILABLE, "no pipe: %s",
				strerror(errno));
	}
	ENC_MUST(posix_spawn_file_actions_init(&actions));
	ENC_MUST(posix_spawn_file_actions_adddup2(&actions, ends[1],
						  STDOUT_FILENO));
	r = posix_spawn(ret_pid, argv[0], &actions, NULL, argv, environ);
	(void)posix_spawn_file_actions_destroy(&actions);
	(void)close(ends[1]);
	if (r != 0) {
		(void)close(ends[0]);
		return enc_fail(err, ENC_UNAVAILABLE,
				"%.150s can't be started: %s", argv[0],
				strerror(r));
	}
	*ret_fd = ends[0];
	return ENC_OK;
}

/* collect() - read a child's output from @fd, close @fd, wait for the child */
static enum enc_code collect(pid_t pid, int fd, struct enc_buf *ret_text,
			     int *ret_status, struct enc_error *err)
{
	char piece[PIECE_BYTES];
	enum enc_code code = ENC_OK;
	ssize_t got;

	while ((got = read(fd, piece, sizeof(piece))) != 0) {
		if (got < 0 && errno == EINTR) {
			continue;
		}
		if (got < 0 ||
		    enc_buf_append(ret_text, piece, (size_t)got) < 0) {
			code = enc_fail(err, ENC_UNAVAILABLE,
					"the report of enclaved --check can't "
					"be read");
			break;
		}
	}
	(void)close(fd);
	while (waitpid(pid, ret_status, 0) < 0 && errno == EINTR) {
	}
	return code;
}

/* ---- rows of the report ---- */

static void add_row(json_t *report, const char *feature, const char *state,
		    bool required, const char *detail, const char *remedy)
{
	enc_autofree char *inert = enc_inert_line(detail);
	json_t *row =
		json_pack("{s:s, s:b, s:b, s:s, s:s, s:s}", "feature", feature,
			  "ok", strcmp(state, "ok") == 0, "required", required,
			  "state", state, "detail", inert, "remedy", remedy);

	ENC_MUST(json_array_append_new(report, row));
}

/* find_row() - find a feature's row in a report; borrowed, NULL if missing */
static json_t *find_row(const json_t *report, const char *feature)
{
	size_t i;
	json_t *row;

	json_array_foreach(report, i, row)
	{
		if (strcmp(enc_json_text(row, "feature"), feature) == 0) {
			return row;
		}
	}
	return NULL;
}

/* ---- running servers ---- */

/* add_server() - add the row of a server; false unless it takes sessions */
static bool add_server(json_t *report, const struct enc_doctor_server *server)
{
	bool serves = server->state == ENC_DOCTOR_SERVER_SERVES;

	add_row(report, "server", serves ? "ok" : "missing", true,
		server->detail, server->remedy);
	return serves;
}

/*
 * ask_servers() - look for a running server and add its row to the report
 *
 * Only the server of ENCLAVE_BASE_URL is asked. Without that variable,
 * the servers at the two default addresses are asked in turn.
 *
 * Return: whether a server accepts sessions
 */
static bool ask_servers(json_t *report, bool root)
{
	static const char *const usual[] = { "unix:/run/enclave/enclave.sock",
					     "http://127.0.0.1:8090" };
	const char *named = getenv("ENCLAVE_BASE_URL");
	struct enc_doctor_server server;

	if (named != NULL && named[0] != '\0') {
		server = enc_doctor_server_ask(named);
		return add_server(report, &server);
	}
	for (size_t i = 0; i < ENC_COUNT(usual); i++) {
		server = enc_doctor_server_ask(usual[i]);
		if (server.state != ENC_DOCTOR_SERVER_SILENT) {
			return add_server(report, &server);
		}
	}
	add_row(report, "server", root ? "ok" : "missing", !root,
		root ? "none runs here; `enclave run` starts one for itself"
		     : "none runs here",
		root ? ""
		     : "start one: systemctl start enclave, or `enclave up` as "
		       "root");
	return false;
}

/* ---- test sessions ---- */

/* judge_session() - whether the program exited with 0; else @detail says why */
static bool judge_session(const json_t *session,
			  char detail[ENC_DOCTOR_TEXT_BYTES])
{
	const char *reason = enc_json_text(session, "reason.message");
	const char *killed = enc_json_text(session, "killReason");
	const char *backend = enc_json_text(session, "backend");
	const json_t *code = enc_json_path(session, "result.exitCode");

	if (json_is_integer(code) && json_integer_value(code) == 0 &&
	    killed[0] == '\0') {
		(void)snprintf(detail, ENC_DOCTOR_TEXT_BYTES, "one was run");
		return true;
	}
	(void)snprintf(detail, ENC_DOCTOR_TEXT_BYTES, "%.40s%s%.400s", backend,
		       backend[0] == '\0' ? "" : ": ",
		       reason[0] != '\0'   ? reason
		       : killed[0] != '\0' ? killed
					   : "it ended, and nobody says why");
	return false;
}

/* run_session() - start a private server and run one session there */
static bool run_session(const char *backend, const char *environments,
			char detail[ENC_DOCTOR_TEXT_BYTES])
{
	static const char body[] =
		"{\"language\":\"python\",\"code\":\"print(1)\"}";
	const struct enc_plane_options options = {
		.backend = backend,
		.environments = environments,
	};
	struct enc_server *server = NULL;
	struct enc_error err = { 0 };
	json_t *session = NULL;
	bool good = false;

	if (enc_server_start(&options, &server, &err) != ENC_OK) {
		/* Drop the remedy after the `;`: an earlier row has one. */
		(void)snprintf(detail, ENC_DOCTOR_TEXT_BYTES, "%.*s",
			       (int)strcspn(err.message, ";"), err.message);
		return false;
	}
	enc_server_wait_at_most(server, SESSION_MS);
	if (enc_server_json(server, "POST", "/v1/sessions?wait=100s", body,
			    &session, &err) == ENC_OK) {
		good = judge_session(session, detail);
	} else {
		(void)snprintf(detail, ENC_DOCTOR_TEXT_BYTES, "%s",
			       err.message[0] == '\0' ? "interrupted"
						      : err.message);
	}
	json_decref(session);
	server = enc_server_free(server);
	return good;
}

/* try_session() - as root, run a session on @backend; add the row about it */
static void try_session(json_t *report, const char *backend,
			const char *environments, bool root)
{
	char feature[64];
	char detail[ENC_DOCTOR_TEXT_BYTES] = "";
	bool good;

	(void)snprintf(feature, sizeof(feature), "session on %s", backend);
	if (!root) {
		add_row(report, feature, "unknown", true,
			"only root can run one for itself",
			"run `enclave doctor` as root");
		return;
	}
	good = run_session(backend, environments, detail);
	add_row(report, feature, good ? "ok" : "missing", true, detail,
		good ? ""
		     : "see what is missing above; `enclave up --backend` "
		       "chooses another backend");
}

/*
 * examine() - add rows about servers and sessions to enclaved's report
 *
 * Return: whether this user can start a session here
 */
static bool examine(json_t *report, const char *environments)
{
	bool root = geteuid() == 0;
	bool served = ask_servers(report, root);
	json_t *row = find_row(report, "root");
	bool all = json_array_size(report) > 1;
	size_t i;

	try_session(report, "native", environments, root);
	if (json_is_true(json_object_get(find_row(report, "gvisor"), "ok"))) {
		try_session(report, "gvisor", environments, root);
	}
	if (!root && row != NULL) {
		/*
		 * Root isn't required: a server runs the sessions of users who
		 * aren't root.
		 */
		(void)json_object_set_new(row, "state", json_string("without"));
		(void)json_object_set_new(row, "required", json_false());
	}
	json_array_foreach(report, i, row)
	{
		all = all &&
		      strcmp(enc_json_text(row, "state"), "missing") != 0;
	}
	return root ? all : served;
}

/* ---- output ---- */

/* show() - print a line for each feature, and below it the remedy if any */
static void show(const struct enc_cli *cli, const json_t *report)
{
	static const struct {
		const char *state;
		const char *plain;
		const char *coloured;
	} marks[] = {
		{ "ok", "ok     ", "\x1b[32mok\x1b[0m     " },
		{ "missing", "MISSING", "\x1b[31mMISSING\x1b[0m" },
		{ "without", "without", "\x1b[33mwithout\x1b[0m" },
		{ "unknown", "unknown", "\x1b[33munknown\x1b[0m" },
	};
	size_t i;
	json_t *row;

	json_array_foreach(report, i, row)
	{
		enc_autofree char *feature =
			enc_inert_line(enc_json_text(row, "feature"));
		enc_autofree char *detail =
			enc_inert_line(enc_json_text(row, "detail"));
		enc_autofree char *remedy =
			enc_inert_line(enc_json_text(row, "remedy"));
		const char *mark = "?      ";

		for (size_t j = 0; j < ENC_COUNT(marks); j++) {
			if (strcmp(enc_json_text(row, "state"),
				   marks[j].state) == 0) {
				mark = cli->colour ? marks[j].coloured
						   : marks[j].plain;
			}
		}
		(void)fprintf(cli->out, "%s  %-32s %s\n", mark, feature,
			      detail);
		if (remedy[0] != '\0') {
			(void)fprintf(cli->out, "         -> %s\n", remedy);
		}
	}
}

/*
 * run() - `enclave doctor`: run `enclaved --check`, add rows about servers and
 * sessions to its report, print the report
 */
static enum enc_code run(struct enc_cli *cli, const struct enc_call *call,
			 struct enc_error *err)
{
	const struct options *options = call->options;
	const char *environments = options->environments != NULL
					   ? options->environments
					   : getenv("ENCLAVE_ENVIRONMENTS");
	enc_autofree char *program = enc_plane_sibling("enclaved");
	ENC_AUTO(buf) text = ENC_BUF(REPORT_BYTES_MAX);
	char *argv[5] = { program };
	const char *const words[] = { "--check", "--environments",
				      environments };
	json_t *report;
	pid_t pid = 0;
	int status = 0;
	int fd = -1;
	bool good;
	enum enc_code code;

	if (program == NULL) {
		return enc_fail(err, ENC_NOT_AVAILABLE,
				"enclaved is neither beside this program nor "
				"in /usr/lib/enclave: install it");
	}
	/*
	 * posix_spawn() takes words without const, but doesn't change them.
	 * memcpy() drops the const without a warning.
	 */
	memcpy(&argv[1], words,
	       (environments == NULL ? 1 : 3) * sizeof(*words));
	code = start(argv, &pid, &fd, err);
	if (code == ENC_OK) {
		code = collect(pid, fd, &text, &status, err);
	}
	if (code != ENC_OK) {
		return code;
	}
	report = json_loadb((const char *)enc_buf_bytes(&text), text.length, 0,
			    NULL);
	if (!json_is_array(report)) {
		json_decref(report);
		return enc_fail(err, ENC_UNAVAILABLE,
				"enclaved --check printed no report");
	}
	good = examine(report, environments);
	if (options->base.json) {
		enc_print_json(cli->out, report);
	} else {
		show(cli, report);
	}
	cli->exit_status = good ? 0 : enc_exit_status_of(ENC_NOT_AVAILABLE);
	json_decref(report);
	return ENC_OK;
}

const struct enc_command enc_cmd_doctor = {
	.name = "doctor",
	.arguments = "",
	.summary = "Check what this machine has and lacks for sandboxes",
	.text = "Each row has a remedy for what is wrong. As root it runs one "
		"real session on each\nbackend; anybody else learns what the "
		"server here says, and which checks take\nroot. Exit status "
		"69 if no session could start.",
	.options = rows,
	.option_count = ENC_COUNT(rows),
	.options_size = sizeof(struct options),
	.run = run,
};
