#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cmd.h"
#include "exit_status.h"
#include "inert.h"
#include "plane.h"
#include "print.h"

enum { REPORT_BYTES_MAX = 1 << 20, PIECE_BYTES = 16384 };

struct options {
	struct enc_common_options base;
	const char *environments;
};

static const struct enc_option rows[] = {
	{ "environments", 0, ENC_OPTION_TEXT,
	  offsetof(struct options, environments), "DIR", NULL,
	  "Environments (default /var/lib/enclave/environments)" },
};

/* start() - enclaved --check, with its standard output as a pipe of ours */
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
	ENC_ASSERT(posix_spawn_file_actions_init(&actions) == 0);
	ENC_ASSERT(posix_spawn_file_actions_adddup2(&actions, ends[1],
						    STDOUT_FILENO) == 0);
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

/* collect() - all that it prints, and its end */
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

/* is_required() - an older enclaved says nothing, and requires all */
static bool is_required(const json_t *row)
{
	return !json_is_false(json_object_get(row, "required"));
}

/* show() - a line for each feature; what to do below one that is missing */
static void show(const struct enc_cli *cli, const json_t *report)
{
	const char *good = cli->colour ? "\x1b[32mok\x1b[0m     " : "ok     ";
	const char *bad = cli->colour ? "\x1b[31mMISSING\x1b[0m" : "MISSING";
	const char *without = "without";
	size_t i;
	json_t *row;

	json_array_foreach(report, i, row)
	{
		bool ok = json_is_true(json_object_get(row, "ok"));
		enc_autofree char *feature =
			enc_inert_line(enc_json_text(row, "feature"));
		enc_autofree char *detail =
			enc_inert_line(enc_json_text(row, "detail"));
		enc_autofree char *remedy =
			enc_inert_line(enc_json_text(row, "remedy"));

		(void)fprintf(cli->out, "%s  %-22s %s\n",
			      ok		 ? good
			      : is_required(row) ? bad
						 : without,
			      feature, detail);
		if (!ok && remedy[0] != '\0') {
			(void)fprintf(cli->out, "         -> %s\n", remedy);
		}
	}
}

/* all_ok() - an empty report says nothing good */
static bool all_ok(const json_t *report)
{
	bool ok = json_array_size(report) > 0;
	size_t i;
	json_t *row;

	json_array_foreach(report, i, row)
	{
		ok = ok && (json_is_true(json_object_get(row, "ok")) ||
			    !is_required(row));
	}
	return ok;
}

/* run() - see the row */
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
	enum enc_code code;

	if (program == NULL) {
		return enc_fail(err, ENC_NOT_AVAILABLE,
				"enclaved is neither beside this program nor "
				"in /usr/lib/enclave: install it");
	}
	/* exec doesn't change its words; its prototype can't say so. */
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
	if (options->base.json) {
		enc_print_json(cli->out, report);
	} else {
		show(cli, report);
	}
	cli->exit_status = all_ok(report) && status == 0
				   ? 0
				   : enc_exit_status_of(ENC_NOT_AVAILABLE);
	json_decref(report);
	return ENC_OK;
}

const struct enc_command enc_cmd_doctor = {
	.name = "doctor",
	.arguments = "",
	.summary = "Check what this machine has and lacks for sandboxes",
	.text = "What is missing comes with what to do. Exit status 69 if "
		"anything is that\nsandboxes can't do without.",
	.options = rows,
	.option_count = ENC_COUNT(rows),
	.options_size = sizeof(struct options),
	.run = run,
};
