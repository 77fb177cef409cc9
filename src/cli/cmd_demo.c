#include <signal.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cmd.h"
#include "demo.h"
#include "demo_evidence.h"
#include "hex.h"
#include "print.h"
#include "random.h"

enum {
	PIDS_LIMIT_MAX = 4096,
	SHADOW_LINE_MIN = 16,
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

/* request_of() - JSON body that starts @scenario's session; the caller frees */
static char *request_of(const struct stage *stage,
			const struct enc_demo_scenario *scenario)
{
	const struct enc_demo_canaries *canaries = &stage->demo->canaries;
	bool bomb = strcmp(scenario->program, "fork_bomb.py") == 0;
	json_t *request = json_pack(
		"{s:s, s:s, s:s, s:{s:s, s:[]}, s:{s:i}, s:[{s:s, s:s}],"
		" s:{s:s, s:s}, s:{s:s}}",
		"code", enc_demo_code_of(scenario->program), "language",
		"python", "stdin", canaries->text[ENC_DEMO_INPUT], "egress",
		"mode", "deny_all", "allow", "limits", "pidsLimit",
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

/* perform() - run the session of scenario @index and collect its facts */
static enum enc_code perform(const struct stage *stage, size_t index,
			     struct enc_error *err)
{
	struct enc_demo_facts *facts = &stage->demo->facts[index];
	enc_autofree char *request =
		request_of(stage, &enc_demo_scenarios[index]);
	enum enc_code code = enc_demo_facts_start(facts, stage->server, request,
						  "?wait=60s", err);

	if (code == ENC_OK) {
		code = enc_demo_facts_collect(facts, stage->server, err);
	}
	if (code != ENC_OK) {
		enc_demo_facts_fail(facts, err);
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

/* show() - judge and print the demo, write the evidence, set the exit status */
static enum enc_code show(struct enc_cli *cli, const struct options *options,
			  struct enc_demo *demo, struct enc_error *err)
{
	json_t *report;
	enum enc_code code;

	enc_demo_judge(demo);
	report = enc_demo_report(demo);
	if (options->base.json) {
		enc_print_json(cli->out, report);
	} else {
		enc_demo_scoreboard(demo, cli->colour, cli->out);
	}
	code = enc_demo_evidence("adversarial", report, enc_demo_report_text,
				 options->directory,
				 options->base.json ? NULL : cli->out, err);
	cli->exit_status = enc_demo_passed(demo) == ENC_DEMO_CHECKS ? 0 : 1;
	json_decref(report);
	return code;
}

/* forget() - free @demo with all facts */
static void forget(struct enc_demo *demo)
{
	for (size_t i = 0; i < ENC_DEMO_SCENARIOS; i++) {
		enc_demo_facts_done(&demo->facts[i]);
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
		enc_demo_facts_init(&stage.demo->facts[i]);
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
