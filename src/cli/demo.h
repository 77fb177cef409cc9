#ifndef ENC_CLI_DEMO_H
#define ENC_CLI_DEMO_H

/*
 * Theory of operation
 *
 * The adversarial demo runs five sessions and makes six checks. Each of the
 * first five checks is a scenario: one row with a program to run and a
 * function that judges its session. Judging is pure. A judge sees only the
 * canaries and facts that came over the public API: the session, its result,
 * and its audit bundle, which was verified before. So a unit test can give a
 * judge false facts and see that the judge rejects them.
 *
 * Canaries are random texts. The demo plants them where a program may read
 * them, and in a file of the host, which no program may read. The sixth check
 * passes if no answer of the API contains a canary or the API key.
 */

#include <stdbool.h>
#include <stddef.h>

#include <jansson.h>

#include "buf.h"
#include "demo_facts.h"

enum {
	/* The limit of processes at which the fork bomb is ended. */
	ENC_DEMO_PIDS_LIMIT = 64,
	ENC_DEMO_CANARY_BYTES = 33,
	ENC_DEMO_HOST_LINES_MAX = 64,
	ENC_DEMO_HOST_LINE_BYTES = 128,
};

/* The places where the demo plants a canary, a random text each. */
enum enc_demo_canary {
	ENC_DEMO_FILE,	   /* the file /work/secret of every session */
	ENC_DEMO_VARIABLE, /* an environment variable of every session */
	ENC_DEMO_INPUT,	   /* standard input of every session */
	ENC_DEMO_HOST,	   /* a file of this machine, world-readable */
	ENC_DEMO_CANARY_MAX,
};

struct enc_demo_canaries {
	char text[ENC_DEMO_CANARY_MAX][ENC_DEMO_CANARY_BYTES];
	const char *key; /* ENCLAVE_API_KEY, or NULL; never a token */

	/* Lines of this machine's /etc/shadow; none if it is unreadable. */
	char host_lines[ENC_DEMO_HOST_LINES_MAX][ENC_DEMO_HOST_LINE_BYTES];
	size_t host_line_count;
};

struct enc_demo_scenario {
	const char *name;
	const char *program; /* name of a file in demos/adversarial */
	bool hostile;

	/*
	 * judge() - decide whether the scenario passed
	 *
	 * Pure. The caller sets @verdict->modelled; judge() fills in the other
	 * members.
	 */
	void (*judge)(const struct enc_demo_facts *facts,
		      const struct enc_demo_canaries *canaries,
		      struct enc_demo_verdict *verdict);
};

enum { ENC_DEMO_SCENARIOS = 5, ENC_DEMO_CHECKS = 6 };
extern const struct enc_demo_scenario enc_demo_scenarios[ENC_DEMO_SCENARIOS];

/* The data of one run of the demo, from which its report is made. */
struct enc_demo {
	struct enc_demo_canaries canaries;
	struct enc_demo_facts facts[ENC_DEMO_SCENARIOS];
	struct enc_demo_verdict verdicts[ENC_DEMO_CHECKS];
	const char *backend;   /* name of the sessions' backend, or "none" */
	const char *isolation; /* the kernel that programs call, or "none" */
	const char *url;       /* URL of the server */
};

/* enc_demo_judge() - fill in the verdicts, backend and isolation of @demo */
void enc_demo_judge(struct enc_demo *demo);

/* enc_demo_passed() - count the checks that passed */
size_t enc_demo_passed(const struct enc_demo *demo);

/* enc_demo_scoreboard() - print a table of all verdicts for people */
void enc_demo_scoreboard(const struct enc_demo *demo, bool colour, FILE *out);

/* enc_demo_report() - make the JSON report of a demo; a new reference */
json_t *enc_demo_report(const struct enc_demo *demo);

/**
 * enc_demo_report_text() - append a report to @out as Markdown
 * @report: made by enc_demo_report()
 *
 * Return: 0, or the error of enc_buf_printf()
 */
ENC_NODISCARD int enc_demo_report_text(const json_t *report,
				       struct enc_buf *out);

#endif
