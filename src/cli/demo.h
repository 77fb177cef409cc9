#ifndef ENC_CLI_DEMO_H
#define ENC_CLI_DEMO_H

/*
 * Theory of operation
 *
 * The adversarial demo is five sessions and six checks. A scenario is a row:
 * the program, what it is given, and a function that judges. Judging is pure:
 * it sees nothing but facts that came over the public API, the session, its
 * result, and the audit bundle that was verified before; so a fake server
 * can't be told from a real one only by its words, and the unit test can show
 * each judge a lie.
 *
 * Canaries are random texts, planted where programs may read them and where
 * they may not. The sixth check is that none of them is in anything that the
 * API gave back.
 */

#include <stdbool.h>
#include <stddef.h>

#include <jansson.h>

#include "buf.h"
#include "command.h"
#include "server.h"

enum {
	ENC_DEMO_PIDS_LIMIT = 64, /* at which a fork bomb has to end */
	ENC_DEMO_REASON_BYTES = 160,
	ENC_DEMO_SURFACE_MAX = 32 << 20,
	ENC_DEMO_CANARY_BYTES = 33,
	ENC_DEMO_HOST_LINES_MAX = 64,
	ENC_DEMO_HOST_LINE_BYTES = 128,
};

/* Where a canary is planted; what must never come back. */
enum enc_demo_canary {
	ENC_DEMO_FILE,	   /* /work/secret of every session */
	ENC_DEMO_VARIABLE, /* an environment variable of every session */
	ENC_DEMO_INPUT,	   /* standard input of every session */
	ENC_DEMO_HOST,	   /* a file of this machine, readable for all */
	ENC_DEMO_CANARY_MAX,
};

struct enc_demo_canaries {
	char text[ENC_DEMO_CANARY_MAX][ENC_DEMO_CANARY_BYTES];
	const char *key; /* API key or token in use, NULL if none */

	/* This machine's own /etc/shadow, as far as we may read it. */
	char host_lines[ENC_DEMO_HOST_LINES_MAX][ENC_DEMO_HOST_LINE_BYTES];
	size_t host_line_count;
};

/* All that is known of one session; from the API alone. */
struct enc_demo_facts {
	json_t *session;	 /* NULL if there was none */
	json_t *events;		 /* of the bundle */
	bool verified;		 /* the bundle, offline, sealed */
	struct enc_buf surfaces; /* each answer and the stream, one text */
	char problem[ENC_DEMO_REASON_BYTES]; /* why something is missing */
};

struct enc_demo_verdict {
	bool passed;
	bool modelled; /* the session was the simulator's: nothing ran */
	char reason[ENC_DEMO_REASON_BYTES];
};

struct enc_demo_scenario {
	const char *name;
	const char *program; /* of demos/adversarial */
	bool hostile;

	/* judge() - pure; @verdict: modelled is set, the rest is filled in */
	void (*judge)(const struct enc_demo_facts *facts,
		      const struct enc_demo_canaries *canaries,
		      struct enc_demo_verdict *verdict);
};

enum { ENC_DEMO_SCENARIOS = 5, ENC_DEMO_CHECKS = 6 };
extern const struct enc_demo_scenario enc_demo_scenarios[ENC_DEMO_SCENARIOS];

/* One demo, as it is reported. */
struct enc_demo {
	struct enc_demo_canaries canaries;
	struct enc_demo_facts facts[ENC_DEMO_SCENARIOS];
	struct enc_demo_verdict verdicts[ENC_DEMO_CHECKS];
	const char *backend;   /* as the sessions say */
	const char *isolation; /* the kernel that stood between */
	const char *url;
};

/* enc_demo_judge() - fill in all verdicts and what sessions say of the host */
void enc_demo_judge(struct enc_demo *demo);

/* enc_demo_outcome() - borrowed: how it ended, also after it was torn down */
const char *enc_demo_outcome(const struct enc_demo_facts *facts);

/* enc_demo_passed() - number of checks that passed */
size_t enc_demo_passed(const struct enc_demo *demo);

/* enc_demo_scoreboard() - for people */
void enc_demo_scoreboard(const struct enc_demo *demo, bool colour, FILE *out);

/* enc_demo_report() - new reference: the evidence as JSON */
json_t *enc_demo_report(const struct enc_demo *demo);

/* enc_demo_report_text() - the same as Markdown, appended to @out */
ENC_NODISCARD int enc_demo_report_text(const json_t *report,
				       struct enc_buf *out);

#endif
