#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "clock.h"
#include "cmd.h"
#include "decode.h"
#include "events.h"
#include "exit_status.h"
#include "file.h"
#include "inert.h"
#include "limit.h"
#include "print.h"
#include "run_output.h"
#include "run_request.h"
#include "server.h"
#include "signals.h"
#include "suggest.h"
#include "target.h"

#define AT(field) offsetof(struct enc_run_options, field)
static const struct enc_option rows[] = {
	{ "language", 'l', ENC_OPTION_TEXT, AT(language), "NAME", NULL,
	  "python (py) or node (js); else by the file's ending" },
	{ "environment", 0, ENC_OPTION_TEXT, AT(environment), "NAME", NULL,
	  "What the sandbox contains; see `enclave env list`" },
	{ "env", 'e', ENC_OPTION_WORDS, AT(env), "NAME=VALUE", NULL,
	  "A variable for the program; repeat for more" },
	{ "file", 'f', ENC_OPTION_WORDS, AT(files), "PATH[:DEST]", NULL,
	  "A file, or the files of a folder, to put below /work; repeat for "
	  "more" },
	{ "stdin", 0, ENC_OPTION_TEXT, AT(input), "PATH", NULL,
	  "What the program reads; - waits for ours" },
	{ "limit", 0, ENC_OPTION_WORDS, AT(limits), "NAME=NUMBER", NULL,
	  "What it may use at most, see below; repeat for more" },
	{ "allow", 0, ENC_OPTION_WORDS, AT(allow), "ENTRY", NULL,
	  "What it may reach; without it nothing; repeat for "
	  "more" },
	{ "bind", 'b', ENC_OPTION_WORDS, AT(bind), "NAME", NULL,
	  "A service binding to call; see `enclave bindings`; repeat for more" },
	{ "timeout", 't', ENC_OPTION_DURATION, AT(timeout_s), "TIME", NULL,
	  "Wall clock: 30, 90s, 5m; the limit wallClockSeconds" },
	{ "name", 0, ENC_OPTION_TEXT, AT(name), "NAME", NULL,
	  "A name for people; `enclave sessions list` shows it" },
	{ "label", 0, ENC_OPTION_WORDS, AT(labels), "NAME=VALUE", NULL,
	  "A mark to find the session by; repeat for more" },
	{ "backend", 0, ENC_OPTION_TEXT, AT(backend), "NAME", NULL,
	  "Where it is to run, if the server has several" },
	{ "audit", 0, ENC_OPTION_TEXT, AT(audit), "PATH", NULL,
	  "Keep the audit bundle, for `enclave audit verify`" },
	{ "wait", 'w', ENC_OPTION_FLAG, AT(wait), NULL, NULL,
	  "Print output at the end, not as it comes" },
	{ "raw", 0, ENC_OPTION_FLAG, AT(raw), NULL, NULL,
	  "Escape sequences reach the terminal as they are" },
	{ "verbose", 'v', ENC_OPTION_FLAG, AT(verbose), NULL, NULL,
	  "Tell session, backend and environment, and what it returned" },
};
#undef AT

enum {
	DENIED_LINES_MAX = 10,
	ALLOW_HINTS_MAX = 3,
	AUDIT_BYTES_MAX = ENC_SERVER_BODY_MAX,
};

/* State of one `enclave run`. */
struct run {
	struct enc_cli *cli;
	const struct enc_run_options *options;
	struct enc_server *server;
	char *id;	    /* session id; owned; NULL until created */
	struct enc_buf raw; /* JSON of the session as last received */
	json_t *session;    /* the text in `raw`, decoded; owned */
	struct enc_run_output output;
};

/* progress() - replace the status line on a terminal with @text */
static void progress(const struct run *run, const char *text)
{
	if (run->cli->notes_is_tty && !run->options->base.json) {
		(void)fprintf(run->cli->notes, "\r\x1b[K%s", text);
		(void)fflush(run->cli->notes);
	}
}

/* target_of() - write "/v1/sessions/<id of the session><tail>" */
static enum enc_code target_of(const struct run *run, const char *tail,
			       char ret_target[256], struct enc_error *err)
{
	return enc_target_of("sessions", "session", run->id, tail, ret_target,
			     err);
}

/* decode() - decode run->raw to run->session; the first call sets run->id */
static enum enc_code decode(struct run *run, struct enc_error *err)
{
	json_decref(run->session);
	run->session =
		enc_decode_answer(enc_buf_bytes(&run->raw), run->raw.length);
	if (enc_json_text(run->session, "id")[0] == '\0') {
		return enc_fail(err, ENC_UNAVAILABLE,
				"the server's answer is no session");
	}
	if (run->id == NULL) {
		run->id = enc_xstrdup(enc_json_text(run->session, "id"));
	}
	return ENC_OK;
}

/* ended() - whether the session has ended, which is when its log is sealed */
static bool ended(const struct run *run)
{
	return json_is_true(enc_json_path(run->session, "audit.sealed"));
}

/* create() - start the session */
static enum enc_code create(struct run *run, const json_t *request,
			    struct enc_error *err)
{
	enc_autofree char *body =
		json_dumps(request, JSON_COMPACT | JSON_ENSURE_ASCII);
	enum enc_code code;

	ENC_ASSERT(body != NULL);
	code = enc_server_call(run->server, "POST", "/v1/sessions", body,
			       &run->raw, err);
	if (code == ENC_CANCELLED && !enc_server_is_private(run->server)) {
		(void)fprintf(enc_run_output_notes(&run->output),
			      "enclave: a session may have been started, see "
			      "`enclave sessions list`\n");
	}
	return code == ENC_OK ? decode(run, err) : code;
}

/* take_pause() - wait before the next try; ENC_CANCELLED after a signal */
static enum enc_code take_pause(void)
{
	return poll(NULL, 0, ENC_SERVER_AGAIN_MS) < 0 ? ENC_CANCELLED : ENC_OK;
}

/*
 * get() - get the session; @query may ask the server to wait for its end
 *
 * A server that restarts is asked again for ENC_SERVER_RESTART_MS: the session
 * goes on, or its record says that it was interrupted.
 */
static enum enc_code get(struct run *run, const char *query,
			 struct enc_error *err)
{
	char target[256];
	enum enc_code code = target_of(run, query, target, err);
	int64_t since_ms = 0; /* time of the first failure */

	while (code == ENC_OK) {
		enc_buf_clear(&run->raw);
		code = enc_server_call(run->server, "GET", target, NULL,
				       &run->raw, err);
		if (code != ENC_UNAVAILABLE) {
			return code == ENC_OK ? decode(run, err) : code;
		}
		if (since_ms == 0) {
			since_ms = enc_clock_mono_ms();
		} else if (enc_clock_mono_ms() - since_ms >
			   ENC_SERVER_RESTART_MS) {
			return code;
		}
		code = take_pause();
	}
	return code;
}

/* wait_for_end() - get the session when it has ended, without its stream */
static enum enc_code wait_for_end(struct run *run, struct enc_error *err)
{
	enum enc_code code = ENC_OK;

	while (code == ENC_OK && !ended(run)) {
		code = get(run, "?wait=300s", err);
		if (code == ENC_OK && !ended(run)) {
			/* The answer may have come at once, as for an orphan. */
			code = take_pause();
		}
	}
	return code;
}

/* print_stream() - print output as it arrives, up to the session's end */
static enum enc_code print_stream(struct run *run, struct enc_error *err)
{
	char target[256];
	enum enc_code code = target_of(run, "/stream", target, err);

	return code == ENC_OK ? enc_server_stream(run->server, target,
						  enc_run_output_event,
						  &run->output, err)
			      : code;
}

/* follow() - print output as it arrives; get the session when it has ended */
static enum enc_code follow(struct run *run, struct enc_error *err)
{
	enum enc_code code = print_stream(run, err);

	if (code == ENC_UNAVAILABLE && !run->output.printed) {
		/* No event came: once the server answers, the stream begins. */
		code = get(run, "", err);
		if (code == ENC_OK) {
			code = print_stream(run, err);
		}
	}
	return code == ENC_OK && !run->output.broken ? get(run, "", err) : code;
}

/* tell_allow() - print the options that would allow what was refused */
static void tell_allow(struct run *run, const json_t *events)
{
	FILE *notes = enc_run_output_notes(&run->output);
	json_t *suggestion = enc_suggest(events);
	const json_t *allow = json_object_get(suggestion, "allow");
	size_t count = json_array_size(allow);

	for (size_t i = 0; i < count && i < ALLOW_HINTS_MAX; i++) {
		enc_autofree char *entry =
			enc_inert_line(json_string_value(json_array_get(allow,
									i)));

		(void)fprintf(notes, "%s --allow %s",
			      i == 0 ? "enclave: to let it through:" : "",
			      entry);
	}
	if (count > ALLOW_HINTS_MAX) {
		(void)fprintf(notes, " and %zu more", count - ALLOW_HINTS_MAX);
	}
	if (count > 0) {
		(void)fprintf(notes, "\n");
	}
	json_decref(suggestion);
}

/* tell_record() - say where the whole record is */
static void tell_record(struct run *run)
{
	FILE *notes = enc_run_output_notes(&run->output);

	if (run->options->audit != NULL) {
		return;
	}
	if (enc_server_is_private(run->server)) {
		(void)fprintf(notes, "enclave: the whole record: --audit PATH, "
				     "in the next run\n");
	} else {
		(void)fprintf(notes,
			      "enclave: the whole record: enclave audit show "
			      "%s\n",
			      run->id);
	}
}

/* tell_denied() - print the refused connections and calls of a bundle */
static enum enc_code tell_denied(struct run *run, const struct enc_buf *bundle,
				 struct enc_error *err)
{
	json_t *events = NULL;
	enum enc_code code = enc_events_load(enc_buf_bytes(bundle),
					     bundle->length, &events, err);

	if (code == ENC_OK && (enc_events_find(events, "egress_denied") ||
			       enc_events_find(events, "binding_denied"))) {
		enc_events_print_denied(events, DENIED_LINES_MAX,
					enc_run_output_notes(&run->output));
		tell_record(run);
		tell_allow(run, events);
	}
	json_decref(events);
	return code;
}

/*
 * keep_audit() - print the refused destinations unless --json is given, and
 * write the session's audit bundle to the path of --audit
 *
 * If one of the two fails, the other is still done.
 */
static enum enc_code keep_audit(struct run *run, struct enc_error *err)
{
	ENC_AUTO(buf) bundle = ENC_BUF(AUDIT_BYTES_MAX);
	const json_t *attempts =
		enc_json_path(run->session, "usage.egressAttempts");
	const char *path = run->options->audit;
	char target[256];
	enum enc_code code;
	enum enc_code written = ENC_OK;

	if (path == NULL && json_is_integer(attempts) &&
	    json_integer_value(attempts) == 0) {
		return ENC_OK;
	}
	code = target_of(run, "/audit?format=bundle", target, err);
	if (code == ENC_OK) {
		code = enc_server_call(run->server, "GET", target, NULL,
				       &bundle, err);
	}
	if (code != ENC_OK) {
		return code;
	}
	if (!run->options->base.json) {
		code = tell_denied(run, &bundle, err);
	}
	if (path != NULL) {
		written = enc_file_write(path, enc_buf_bytes(&bundle),
					 bundle.length, err);
	}
	return written == ENC_OK ? code : written;
}

/* tell_cut() - tell which output the server cut at the limit outputBytes */
static void tell_cut(struct run *run)
{
	static const char *const streams[] = { "stdout", "stderr" };

	for (size_t i = 0; i < ENC_COUNT(streams); i++) {
		const json_t *cut =
			json_object_get(enc_json_path(run->session,
						      "result.truncated"),
					streams[i]);

		if (json_is_true(cut)) {
			(void)fprintf(enc_run_output_notes(&run->output),
				      "enclave: %s was cut; raise --limit "
				      "outputBytes=N\n",
				      streams[i]);
		}
	}
}

/*
 * killed() - print kill reason @name, and what the server says of it or advice;
 * returns its exit status
 */
static int killed(struct run *run, const char *name)
{
	const struct enc_kill_reason *reason = enc_kill_reason_find(name);
	enc_autofree char *line = enc_inert_line(name);
	enc_autofree char *why =
		enc_inert_line(enc_json_text(run->session, "reason.message"));

	(void)fprintf(enc_run_output_notes(&run->output),
		      "enclave: killed (%s): %s\n", line,
		      why[0] != '\0'   ? why
		      : reason == NULL ? "see `enclave audit show`"
				       : reason->sentence);
	return reason == NULL ? enc_exit_status_of(ENC_BACKEND)
			      : reason->exit_status;
}

/*
 * exit_status() - exit status that tells how the session ended
 *
 * Unless the program exited by itself, the reason is printed.
 */
static int exit_status(struct run *run)
{
	const char *kill_reason = enc_json_text(run->session, "killReason");
	const json_t *code = enc_json_path(run->session, "result.exitCode");
	const json_t *number = enc_json_path(run->session, "result.signal");
	enc_autofree char *why = NULL;

	if (kill_reason[0] != '\0') {
		return killed(run, kill_reason);
	}
	if (json_is_integer(number) && json_integer_value(number) > 0) {
		(void)fprintf(enc_run_output_notes(&run->output),
			      "enclave: the program ended by signal %d\n",
			      (int)json_integer_value(number));
		return 128 + (int)(json_integer_value(number) & 127);
	}
	if (json_is_integer(code)) {
		return (int)(json_integer_value(code) & 255);
	}
	why = enc_inert_line(enc_json_text(run->session, "reason.message"));
	(void)fprintf(enc_run_output_notes(&run->output),
		      "enclave: the session failed: %s\n",
		      why[0] == '\0' ? "the server doesn't say why" : why);
	return enc_exit_status_of(ENC_BACKEND);
}

/*
 * abandon() - kill the session, after a signal or when output can't be written;
 * get it when it has ended
 *
 * Return: ENC_CANCELLED after one more signal; another code if the session may
 * still run, which is printed
 */
static enum enc_code abandon(struct run *run, struct enc_error *err)
{
	ENC_AUTO(buf) answer = ENC_BUF(ENC_SERVER_BODY_MAX);
	char target[256];
	enum enc_code code;

	if (run->id == NULL) {
		return ENC_CANCELLED;
	}
	enc_signals_forget();
	(void)enc_run_output_notes(&run->output);
	progress(run, "ending the session ...");
	code = target_of(run, "", target, err);
	if (code == ENC_OK) {
		code = enc_server_call(run->server, "DELETE", target, NULL,
				       &answer, err);
	}
	if (code == ENC_OK) {
		code = wait_for_end(run, err);
	}
	progress(run, "");
	if (code != ENC_OK) {
		(void)fprintf(enc_run_output_notes(&run->output),
			      "enclave: session %s may still run\n", run->id);
	}
	return code;
}

/* tell_begin() - for -v: say which session begins, and where */
static void tell_begin(const struct run *run)
{
	enc_autofree char *backend =
		enc_inert_line(enc_json_text(run->session, "backend"));
	enc_autofree char *environment =
		enc_inert_line(enc_json_text(run->session, "environment.name"));
	enc_autofree char *server = enc_inert_line(enc_server_url(run->server));

	if (run->options->verbose) {
		(void)fprintf(run->cli->notes,
			      "enclave: session %s on %s, backend %s, "
			      "environment %s\n",
			      run->id,
			      enc_server_is_private(run->server)
				      ? "a private server"
				      : server,
			      backend, environment);
	}
}

/* tell_end() - for -v: say how the session ended, and what it returned */
static void tell_end(struct run *run)
{
	/* A result is JSON text, since a decoder may refuse it. */
	const char *value = enc_json_text(run->session, "result.json");
	enc_autofree char *returned = enc_inert_line(value);
	long long ms = (long long)json_integer_value(
		enc_json_path(run->session, "result.durationMs"));

	if (run->options->verbose) {
		(void)fprintf(enc_run_output_notes(&run->output),
			      "enclave: %s after %lld ms, audit head %s\n"
			      "enclave: it returned %s\n",
			      enc_json_text(run->session, "outcome"), ms,
			      enc_json_text(run->session, "audit.head"),
			      value[0] == '\0' ? "nothing" : returned);
	}
}

/* check_bind() - refuse bindings of a private server, which has none */
static enum enc_code check_bind(const struct run *run, struct enc_error *err)
{
	return run->options->bind.count == 0 ||
			       !enc_server_is_private(run->server)
		       ? ENC_OK
		       : enc_fail(err, ENC_BAD_REQUEST,
				  "--bind needs the server that has the "
				  "binding, not a private one: set "
				  "ENCLAVE_BASE_URL, and neither "
				  "ENCLAVE_BACKEND nor "
				  "ENCLAVE_ENVIRONMENTS; `enclave up` starts "
				  "a server");
}

/* carry_out() - find or start a server, run the session there */
static enum enc_code carry_out(struct run *run, const json_t *request,
			       struct enc_error *err)
{
	enum enc_code code;

	progress(run, "starting ...");
	code = enc_server_find_or_start(&run->server, err);
	progress(run, "");
	if (code == ENC_OK) {
		code = check_bind(run, err);
	}
	if (code == ENC_OK) {
		code = create(run, request, err);
	}
	if (code == ENC_OK) {
		tell_begin(run);
		code = run->output.silent ? wait_for_end(run, err)
					  : follow(run, err);
	}
	return code == ENC_CANCELLED || run->output.broken ? abandon(run, err)
							   : code;
}

/*
 * tell_interrupted() - a session may have ended before the signal that broke its
 * output off: then it wasn't killed, but what is printed isn't whole
 */
static void tell_interrupted(struct run *run)
{
	const int interrupted = 128 + SIGINT;

	if (run->cli->exit_status != interrupted) {
		(void)fprintf(enc_run_output_notes(&run->output),
			      "enclave: interrupted; the output isn't whole\n");
		run->cli->exit_status = interrupted;
	}
}

/* report() - print the results of an ended session; decides the exit status */
static enum enc_code report(struct run *run, struct enc_error *err)
{
	enum enc_code code;

	if (run->options->base.json) {
		enc_print_body(run->cli, &run->raw);
	} else if (!run->output.broken) {
		enc_run_output_finish(&run->output, run->session);
		tell_cut(run);
	}
	tell_end(run);
	code = keep_audit(run, err);
	if (!run->output.broken || run->output.error == EINTR) {
		run->cli->exit_status = exit_status(run);
		if (run->output.broken) {
			tell_interrupted(run);
		}
	} else if (run->output.error == EPIPE) {
		run->cli->exit_status = 128 + SIGPIPE;
	} else if (code == ENC_OK) {
		code = enc_fail(err, ENC_UNAVAILABLE,
				"the output can't be written: %s",
				strerror(run->output.error));
	}
	return code;
}

/* name_session() - say where a session is whose end isn't known */
static void name_session(struct run *run, enum enc_code code)
{
	if (run->id == NULL || code != ENC_UNAVAILABLE) {
		return;
	}
	if (enc_server_is_private(run->server)) {
		(void)fprintf(enc_run_output_notes(&run->output),
			      "enclave: the private server doesn't answer; its "
			      "session and the log are lost\n");
	} else {
		(void)fprintf(enc_run_output_notes(&run->output),
			      "enclave: when the server is back, `enclave "
			      "sessions get %s` tells how it ended\n",
			      run->id);
	}
}

/* is_same_file() - whether two paths lead to one regular file; NULL is none */
static bool is_same_file(const char *path, const char *other)
{
	struct stat one;
	struct stat two;

	return other != NULL && stat(path, &one) == 0 &&
	       stat(other, &two) == 0 && one.st_dev == two.st_dev &&
	       one.st_ino == two.st_ino && S_ISREG(one.st_mode);
}

/* check_audit() - fail if --audit can't be written, or would replace an input */
static enum enc_code check_audit(const struct enc_run_options *options,
				 const char *program, struct enc_error *err)
{
	enum enc_code code = enc_file_check(options->audit, err);

	if (code == ENC_OK && (is_same_file(options->audit, program) ||
			       is_same_file(options->audit, options->input))) {
		return enc_fail(err, ENC_BAD_REQUEST,
				"--audit would replace what is to be run or "
				"read");
	}
	return code;
}

/* run() - `enclave run`: make the request from the options, carry it out */
static enum enc_code run(struct enc_cli *cli, const struct enc_call *call,
			 struct enc_error *err)
{
	const struct enc_run_options *options = call->options;
	const struct enc_words *words = call->words;
	const struct enc_run_program program = {
		.path = call->dash_at > 0 ? words->word[0] : NULL,
		.rest = words->word + call->dash_at,
		.rest_count = words->count - call->dash_at,
		.notes = cli->notes,
	};
	struct run run = {
		.cli = cli,
		.options = options,
		.raw = ENC_BUF(ENC_SERVER_BODY_MAX),
	};
	json_t *request = NULL;
	enum enc_code code;

	run.output = (struct enc_run_output){
		.out = cli->out,
		.notes = cli->notes,
		.make_out_inert = cli->out_is_tty && !options->raw,
		.one_terminal = cli->out_is_tty && cli->notes_is_tty,
		.make_notes_inert = cli->notes_is_tty && !options->raw,
		.silent = options->wait || options->base.json,
	};
	code = enc_run_request_make(options, &program, &request, err);
	if (code == ENC_OK && options->audit != NULL) {
		code = check_audit(options, program.path, err);
	}
	if (code == ENC_OK) {
		code = carry_out(&run, request, err);
	}
	if (code == ENC_OK) {
		code = report(&run, err);
	} else {
		name_session(&run, code);
	}
	if (code == ENC_CANCELLED) {
		(void)fprintf(enc_run_output_notes(&run.output),
			      "enclave: interrupted\n");
		cli->exit_status = 128 + SIGINT;
		code = ENC_OK;
	}
	if (code != ENC_OK) {
		(void)enc_run_output_notes(&run.output); /* its line is next */
	}
	run.server = enc_server_free(run.server);
	json_decref(request);
	json_decref(run.session);
	enc_buf_done(&run.raw);
	free(run.id);
	return code;
}

/* tell_limits() - list the limits that --limit can set, for the help */
static void tell_limits(FILE *out)
{
	(void)fprintf(out, "Limits:\n");
	for (int i = 0; i < ENC_LIMIT_MAX; i++) {
		enum enc_limit limit = (enum enc_limit)i;
		const struct enc_limit_row *row = enc_limit_info(limit);
		const char *unit = enc_limit_unit_name(limit);

		(void)fprintf(out,
			      "  %-17s %.10g to %.10g%s%s, %.10g if not "
			      "named\n%20s%s\n",
			      row->name, enc_limit_shown(limit, row->least),
			      enc_limit_shown(limit, row->most),
			      unit[0] == '\0' ? "" : " ", unit,
			      enc_limit_shown(limit, row->usual), "",
			      row->sentence);
	}
}

const struct enc_command enc_cmd_run = {
	.name = "run",
	.arguments = "FILE|- [-- ARGUMENT ...]",
	.summary = "Run a program in a sandbox of its own",
	.text = "FILE is a Python or Node program; - reads it from standard "
		"input. Words after --\nare its arguments. Without FILE they "
		"are a command that the environment has.\n\n"
		"The program reads our standard input if that is a file, or a "
		"pipe into which\nsomething comes (or which ends) within 3 "
		"seconds; never a terminal. < /dev/null\npasses nothing, "
		"--stdin - waits without end. It may have 1 MiB.\n\n"
		"--file dir puts the files of dir below /work/dir, --file "
		"dir:. below /work itself.\nAll files together may have 4 MiB "
		"and be 1000; a program has 1 MiB at most, an\nargument 64 "
		"KiB, and arguments and variables together 1 MiB.\n\n"
		"--allow names what the program may reach by TCP: "
		"example.com, 203.0.113.7,\n*.example.com:8443, "
		"198.51.100.0/24:22, [2001:db8::1]:80. Without a port a\nname "
		"means port 443, an address every port. Private and local "
		"addresses stay\nout of reach. The server needs nftables for "
		"it.\n\n"
		"Output comes as it is written, byte for byte; on a terminal "
		"control and\ninvisible characters are shown as \\x1b and "
		"\\u{202e} unless --raw is given.\n\n"
		"The exit status is the program's, 128+n if signal n ended "
		"it; 121 CPU time,\n122 memory, 123 processes, 124 time, 130 "
		"cancelled; 64 to 78 if it could not\nbe run. --json tells "
		"them apart for sure.\n\n"
		"With ENCLAVE_BASE_URL that server runs it, else the one "
		"that serves\n/run/enclave/enclave.sock. Without any, a "
		"private one is started for the time of\nthe command; also "
		"if ENCLAVE_BACKEND or ENCLAVE_ENVIRONMENTS says which. "
		"--bind needs a server\nthat stays.",
	.options = rows,
	.option_count = ENC_COUNT(rows),
	.tell_more = tell_limits,
	.options_size = sizeof(struct enc_run_options),
	.words_min = 0,
	.words_max = 1,
	.takes_rest = true,
	.run = run,
};
