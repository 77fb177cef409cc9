#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "audit_verify.h"
#include "base64.h"
#include "cmd.h"
#include "demo.h"
#include "demo_programs.h"
#include "events.h"
#include "file.h"
#include "hex.h"
#include "print.h"
#include "random.h"
#include "target.h"

enum {
	PIDS_LIMIT_MAX = 4096,
	SHADOW_LINE_MIN = 16,
	REPORT_BYTES_MAX = 1 << 20,
};

struct options {
	struct enc_common_options base;
	const char *pids_limit;
	const char *directory;
};

static const struct enc_option rows[] = {
	{ "out", 'o', ENC_OPTION_TEXT, offsetof(struct options, directory),
	  "DIR", NULL, "Where the evidence goes (default evidence)" },
	{ "pids-limit", 0, ENC_OPTION_TEXT,
	  offsetof(struct options, pids_limit), "NUMBER", NULL,
	  "pidsLimit of the fork bomb (default 64); more shows a red check" },
};

/* State of the running demo. */
struct stage {
	struct enc_server *server;
	struct enc_demo *demo;
	int pids_limit;
	char sentinel[64]; /* path of the host file with a canary; "": none */
};

/*
 * plant() - make the canaries: random texts that no API response may contain
 *
 * One canary is written to a file of the host that every user may read.
 */
static void plant(struct stage *stage)
{
	struct enc_demo_canaries *canaries = &stage->demo->canaries;
	const char *host = canaries->text[ENC_DEMO_HOST];
	uint8_t bytes[(ENC_DEMO_CANARY_BYTES - 1) / 2];
	ssize_t written;
	int fd;

	for (size_t i = 0; i < ENC_DEMO_CANARY_MAX; i++) {
		enc_random_bytes(bytes, sizeof(bytes));
		enc_hex_encode(bytes, sizeof(bytes), canaries->text[i]);
	}
	canaries->key = getenv("ENCLAVE_API_KEY");
	if (canaries->key != NULL &&
	    (strlen(canaries->key) < 8 || strlen(canaries->key) > 128)) {
		canaries->key = NULL;
	}
	(void)snprintf(stage->sentinel, sizeof(stage->sentinel),
		       "/tmp/enclave-sentinel-XXXXXX");
	fd = mkstemp(stage->sentinel);
	if (fd < 0) {
		stage->sentinel[0] = '\0';
		return;
	}
	written = write(fd, host, strlen(host));
	if (written < 0 || fchmod(fd, 0644) < 0) {
		(void)unlink(stage->sentinel);
		stage->sentinel[0] = '\0';
	}
	(void)close(fd);
}

/* read_host_lines() - keep lines of /etc/shadow: no program may read them */
static void read_host_lines(struct enc_demo_canaries *canaries)
{
	FILE *shadow = fopen("/etc/shadow", "re");
	char line[ENC_DEMO_HOST_LINE_BYTES];

	if (shadow == NULL) {
		return; /* only root can read it; the host canary still works */
	}
	while (canaries->host_line_count < ENC_DEMO_HOST_LINES_MAX &&
	       fgets(line, sizeof(line), shadow) != NULL) {
		line[strcspn(line, "\n")] = '\0';
		if (strlen(line) >= SHADOW_LINE_MIN) {
			memcpy(canaries->host_lines
				       [canaries->host_line_count++],
			       line, sizeof(line));
		}
	}
	(void)fclose(shadow);
}

/* code_of() - source code of the demo program @name, which must exist */
static const char *code_of(const char *name)
{
	const struct enc_demo_program *program = enc_demo_program_rows;

	while (program->name != NULL && strcmp(program->name, name) != 0) {
		program++;
	}
	ENC_ASSERT(program->name != NULL);
	return program->code;
}

/* request_of() - JSON body that starts @scenario's session; the caller frees */
static char *request_of(const struct stage *stage,
			const struct enc_demo_scenario *scenario)
{
	const struct enc_demo_canaries *canaries = &stage->demo->canaries;
	bool bomb = strcmp(scenario->program, "fork_bomb.py") == 0;
	json_t *request = json_pack(
		"{s:s, s:s, s:s, s:{s:s, s:[]}, s:{s:i}, s:[{s:s, s:s}],"
		" s:{s:s, s:s}, s:{s:s}}",
		"code", code_of(scenario->program), "language", "python",
		"stdin", canaries->text[ENC_DEMO_INPUT], "egress", "mode",
		"deny_all", "allow", "limits", "pidsLimit",
		bomb ? stage->pids_limit : ENC_DEMO_PIDS_LIMIT, "files", "path",
		"secret", "content", canaries->text[ENC_DEMO_FILE], "env",
		"PLANTED_TOKEN", canaries->text[ENC_DEMO_VARIABLE],
		"HOST_SENTINEL",
		stage->sentinel[0] == '\0' ? "/etc/gshadow" : stage->sentinel,
		"labels", "demo", "adversarial");
	char *text = json_dumps(request, JSON_COMPACT | JSON_ENSURE_ASCII);

	ENC_ASSERT(text != NULL);
	json_decref(request);
	return text;
}

/* surface() - store a response's bytes: they are searched for canaries later */
static enum enc_code surface(struct enc_demo_facts *facts, const void *bytes,
			     size_t length, struct enc_error *err)
{
	return enc_buf_append(&facts->surfaces, bytes, length) == 0
		       ? ENC_OK
		       : enc_fail(err, ENC_LIMIT,
				  "the session gave back more than %d MiB",
				  ENC_DEMO_SURFACE_MAX >> 20);
}

/*
 * fetch() - GET a path of the session
 *
 * The response is also stored, to be searched for canaries later.
 */
static enum enc_code fetch(const struct stage *stage,
			   struct enc_demo_facts *facts, const char *tail,
			   struct enc_buf *ret_body, struct enc_error *err)
{
	char target[256];
	enum enc_code code = enc_target_of("sessions", "session",
					   enc_json_text(facts->session, "id"),
					   tail, target, err);

	if (code == ENC_OK) {
		code = enc_server_call(stage->server, "GET", target, NULL,
				       ret_body, err);
	}
	return code != ENC_OK ? code
			      : surface(facts, enc_buf_bytes(ret_body),
					ret_body->length, err);
}

/* on_event() - store a stream event as text, and the base64 in it decoded */
static bool on_event(void *user, const struct enc_server_event *event)
{
	struct enc_demo_facts *facts = user;
	json_t *data = json_loadb(event->data, event->data_length, 0, NULL);
	const json_t *text = json_object_get(data, "base64");
	int r = enc_buf_append(&facts->surfaces, event->data,
			       event->data_length);

	if (r == 0 && json_is_string(text)) {
		r = enc_base64_decode(json_string_value(text),
				      json_string_length(text),
				      &facts->surfaces);
	}
	json_decref(data);
	return r == 0;
}

/* collect_audit() - get the audit bundle, verify it, decode its events */
static enum enc_code collect_audit(const struct stage *stage,
				   struct enc_demo_facts *facts,
				   struct enc_error *err)
{
	ENC_AUTO(buf) bundle = ENC_BUF(ENC_SERVER_BODY_MAX);
	ENC_AUTO(buf) plain = ENC_BUF(ENC_SERVER_BODY_MAX);
	struct enc_audit_report report;
	enum enc_code code =
		fetch(stage, facts, "/audit?format=bundle", &bundle, err);

	if (code == ENC_OK) {
		code = fetch(stage, facts, "/audit", &plain, err);
	}
	if (code != ENC_OK) {
		return code;
	}
	enc_audit_verify(enc_buf_bytes(&bundle), bundle.length, &report);
	facts->verified =
		report.verdict == ENC_AUDIT_VERDICT_OK &&
		strcmp(report.sid, enc_json_text(facts->session, "id")) == 0;
	return enc_events_load(enc_buf_bytes(&bundle), bundle.length,
			       &facts->events, err);
}

/* collect() - get stream, record, result and audit log of an ended session */
static enum enc_code collect(const struct stage *stage,
			     struct enc_demo_facts *facts,
			     struct enc_error *err)
{
	ENC_AUTO(buf) session = ENC_BUF(ENC_SERVER_BODY_MAX);
	ENC_AUTO(buf) result = ENC_BUF(ENC_SERVER_BODY_MAX);
	ENC_AUTO(buf) list = ENC_BUF(ENC_SERVER_BODY_MAX);
	char target[256];
	enum enc_code code = enc_target_of("sessions", "session",
					   enc_json_text(facts->session, "id"),
					   "/stream", target, err);

	if (code == ENC_OK) {
		code = enc_server_stream(stage->server, target, on_event, facts,
					 err);
	}
	if (code == ENC_OK) {
		code = fetch(stage, facts, "", &session, err);
	}
	if (code == ENC_OK) {
		json_decref(facts->session);
		facts->session =
			json_loadb((const char *)enc_buf_bytes(&session),
				   session.length, 0, NULL);
		code = fetch(stage, facts, "/result", &result, err);
	}
	if (code == ENC_OK) {
		code = collect_audit(stage, facts, err);
	}
	if (code == ENC_OK) {
		code = enc_server_call(stage->server, "GET",
				       "/v1/sessions?limit=100", NULL, &list,
				       err);
	}
	return code != ENC_OK
		       ? code
		       : surface(facts, enc_buf_bytes(&list), list.length, err);
}

/* perform() - run the session of scenario @index and collect its facts */
static enum enc_code perform(const struct stage *stage, size_t index,
			     struct enc_error *err)
{
	const struct enc_demo_scenario *scenario = &enc_demo_scenarios[index];
	struct enc_demo_facts *facts = &stage->demo->facts[index];
	enc_autofree char *request = request_of(stage, scenario);
	ENC_AUTO(buf) body = ENC_BUF(ENC_SERVER_BODY_MAX);
	enum enc_code code =
		enc_server_call(stage->server, "POST", "/v1/sessions?wait=60s",
				request, &body, err);

	if (code == ENC_OK) {
		facts->session = json_loadb((const char *)enc_buf_bytes(&body),
					    body.length, 0, NULL);
		code = surface(facts, enc_buf_bytes(&body), body.length, err);
	}
	if (code == ENC_OK) {
		code = collect(stage, facts, err);
	}
	if (code != ENC_OK) {
		(void)snprintf(facts->problem, sizeof(facts->problem), "%.150s",
			       err->message);
	}
	return code;
}

/*
 * perform_all() - run all scenarios
 *
 * After a scenario that couldn't be run, the next ones are run all the same:
 * only its own check fails. Ctrl-C ends the demo.
 */
static enum enc_code perform_all(struct enc_cli *cli, const struct stage *stage)
{
	for (size_t i = 0; i < ENC_DEMO_SCENARIOS; i++) {
		struct enc_error err = { 0 };

		if (cli->notes_is_tty) {
			(void)fprintf(cli->notes, "\r\x1b[K%zu/%d %s", i + 1,
				      (int)ENC_DEMO_SCENARIOS,
				      enc_demo_scenarios[i].name);
			(void)fflush(cli->notes);
		}
		if (perform(stage, i, &err) == ENC_CANCELLED) {
			return ENC_CANCELLED;
		}
	}
	if (cli->notes_is_tty) {
		(void)fprintf(cli->notes, "\r\x1b[K");
		(void)fflush(cli->notes);
	}
	return ENC_OK;
}

/* make_directories() - make @path and its parents; on failure errno is set */
static bool make_directories(const char *path)
{
	enc_autofree char *copy = enc_xstrdup(path);

	for (char *slash = strchr(copy + 1, '/'); slash != NULL;
	     slash = strchr(slash + 1, '/')) {
		*slash = '\0';
		if (mkdir(copy, 0777) < 0 && errno != EEXIST) {
			return false;
		}
		*slash = '/';
	}
	return mkdir(path, 0777) == 0 || errno == EEXIST;
}

/* write_evidence() - write the report as JSON and as Markdown to @directory */
static enum enc_code write_evidence(const json_t *report, const char *directory,
				    struct enc_error *err)
{
	ENC_AUTO(buf) text = ENC_BUF(REPORT_BYTES_MAX);
	enc_autofree char *json_path =
		enc_xprintf("%s/adversarial-report.json", directory);
	enc_autofree char *text_path =
		enc_xprintf("%s/adversarial-report.md", directory);
	enc_autofree char *dumped =
		json_dumps(report, JSON_INDENT(2) | JSON_ENSURE_ASCII);
	enum enc_code code;

	ENC_ASSERT(dumped != NULL);
	if (!make_directories(directory)) {
		return enc_fail(err, ENC_UNAVAILABLE,
				"%.150s can't be made: %s; --out chooses "
				"another place",
				directory, strerror(errno));
	}
	if (enc_demo_report_text(report, &text) != 0) {
		return enc_fail(err, ENC_LIMIT, "the report is too long");
	}
	code = enc_file_write(json_path, dumped, strlen(dumped), err);
	return code != ENC_OK ? code
			      : enc_file_write(text_path, enc_buf_bytes(&text),
					       text.length, err);
}

/* show() - judge and print the demo, write the evidence, set the exit status */
static enum enc_code show(struct enc_cli *cli, const struct options *options,
			  struct enc_demo *demo, struct enc_error *err)
{
	const char *directory =
		options->directory == NULL ? "evidence" : options->directory;
	json_t *report;
	enum enc_code code;

	enc_demo_judge(demo);
	report = enc_demo_report(demo);
	if (options->base.json) {
		enc_print_json(cli->out, report);
	} else {
		enc_demo_scoreboard(demo, cli->colour, cli->out);
	}
	code = write_evidence(report, directory, err);
	if (code == ENC_OK && !options->base.json) {
		(void)fprintf(cli->out,
			      "  evidence written to "
			      "%s/adversarial-report.{json,md}\n",
			      directory);
	}
	cli->exit_status = enc_demo_passed(demo) == ENC_DEMO_CHECKS ? 0 : 1;
	json_decref(report);
	return code;
}

/* forget() - free @demo with all facts */
static void forget(struct enc_demo *demo)
{
	for (size_t i = 0; i < ENC_DEMO_SCENARIOS; i++) {
		json_decref(demo->facts[i].session);
		json_decref(demo->facts[i].events);
		enc_buf_done(&demo->facts[i].surfaces);
	}
	free(demo);
}

/* stage_it() - find or start a server, run all scenarios, show the verdicts */
static enum enc_code stage_it(struct enc_cli *cli, const struct enc_call *call,
			      struct stage *stage, struct enc_error *err)
{
	enum enc_code code = enc_server_find_or_start(&stage->server, err);

	if (code != ENC_OK) {
		return code;
	}
	stage->demo->url = enc_server_is_private(stage->server)
				   ? "private"
				   : enc_server_url(stage->server);
	plant(stage);
	read_host_lines(&stage->demo->canaries);
	code = perform_all(cli, stage);
	if (stage->sentinel[0] != '\0') {
		(void)unlink(stage->sentinel);
	}
	if (code == ENC_CANCELLED) {
		cli->exit_status = 128 + SIGINT;
		return ENC_OK;
	}
	return show(cli, call->options, stage->demo, err);
}

/* run() - `enclave demo adversarial`: check options, run the demo, clean up */
static enum enc_code run(struct enc_cli *cli, const struct enc_call *call,
			 struct enc_error *err)
{
	const struct options *options = call->options;
	struct stage stage = { .pids_limit = ENC_DEMO_PIDS_LIMIT };
	enum enc_code code;

	if (options->pids_limit != NULL) {
		char *end;
		long limit = strtol(options->pids_limit, &end, 10);

		if (*end != '\0' || limit < 1 || limit > PIDS_LIMIT_MAX) {
			return enc_fail(err, ENC_BAD_REQUEST,
					"--pids-limit is 1 to %d, not '%.40s'",
					(int)PIDS_LIMIT_MAX,
					options->pids_limit);
		}
		stage.pids_limit = (int)limit;
	}
	stage.demo = enc_xalloc(sizeof(*stage.demo));
	for (size_t i = 0; i < ENC_DEMO_SCENARIOS; i++) {
		stage.demo->facts[i].surfaces = ENC_BUF(ENC_DEMO_SURFACE_MAX);
	}
	code = stage_it(cli, call, &stage, err);
	stage.server = enc_server_free(stage.server);
	forget(stage.demo);
	return code;
}

const struct enc_command enc_cmd_demo = {
	.name = "demo adversarial",
	.arguments = "",
	.summary = "Run five programs, four of them hostile, and check each",
	.text = "Exfiltration, cloud credentials, a fork bomb, host files, and "
		"a clean run; each in\na sandbox of its own. Verdicts come "
		"from audit logs, verified here, and results.\nEvidence goes "
		"to evidence/. Exit status 1 if any check fails. With "
		"ENCLAVE_BASE_URL\nthat server is tried, else a private one.",
	.options = rows,
	.option_count = ENC_COUNT(rows),
	.options_size = sizeof(struct options),
	.run = run,
};
