#ifndef ENC_CLI_BINDINGS_DEMO_H
#define ENC_CLI_BINDINGS_DEMO_H

/*
 * Theory of operation
 *
 * The demo of service bindings has two sessions, alive at the same time, each
 * with a service of its own. Both services are parts of one server (origin.h),
 * so that a request that goes astray arrives.
 *
 *	hostile session   notes      holds
 *	granted session   payments   calls, holds
 *	                             the secret of notes is replaced
 *	hostile session              tries to use payments, uses notes; ends
 *	                             the secret of payments is replaced
 *	granted session              calls again; ends
 *
 * So payments is granted while the hostile session's gate exists and could get
 * it wrongly. It doesn't change until the hostile session has tried to use it.
 *
 * Judging is pure: a judge sees the responses of the public API and the record
 * of the server. The simulator has no vault and can't call a server. For its
 * sessions the demo makes up the events of the gate and the server's record,
 * and each verdict says "modelled".
 */

#include "demo_facts.h"
#include "origin.h"

enum enc_bindings_session {
	ENC_BINDINGS_GRANTED,
	ENC_BINDINGS_HOSTILE,
	ENC_BINDINGS_SESSION_MAX,
};

enum {
	ENC_BINDINGS_CHECKS = 8,
	/* Of a service: the first one, and its replacement. */
	ENC_BINDINGS_SECRETS = 2,
};

/* The data of one run, from which its report is made. */
struct enc_bindings_demo {
	char secrets[ENC_ORIGIN_SERVICE_MAX][ENC_BINDINGS_SECRETS]
		    [ENC_ORIGIN_SECRET_BYTES];
	struct enc_buf given;	/* requests that created the sessions */
	struct enc_buf records; /* all answers about bindings */
	json_t *payments;	/* the last record of that binding, or NULL */
	struct enc_demo_facts facts[ENC_BINDINGS_SESSION_MAX];
	json_t *calls;	  /* of enc_origin_calls(), or NULL */
	char address[64]; /* of the upstream */
	struct enc_demo_verdict verdicts[ENC_BINDINGS_CHECKS];
	const char *backend;   /* of the sessions, or "none" */
	const char *isolation; /* the kernel that programs call, or "none" */
};

/*
 * enc_bindings_model() - make up the events and the upstream's record for
 * sessions of the simulator
 */
void enc_bindings_model(struct enc_bindings_demo *demo);

/* enc_bindings_judge() - fill in the verdicts, backend and isolation */
void enc_bindings_judge(struct enc_bindings_demo *demo);

/*
 * enc_bindings_check_name() - return the promise of a check in a few words;
 * static
 */
const char *enc_bindings_check_name(size_t check);

/* enc_bindings_passed() - count the checks that passed */
size_t enc_bindings_passed(const struct enc_bindings_demo *demo);

/* enc_bindings_scoreboard() - print all verdicts for people */
void enc_bindings_scoreboard(const struct enc_bindings_demo *demo, bool colour,
			     FILE *out);

/* enc_bindings_report() - make the JSON report; a new reference */
json_t *enc_bindings_report(const struct enc_bindings_demo *demo);

/* enc_bindings_report_text() - append the report as Markdown */
ENC_NODISCARD int enc_bindings_report_text(const json_t *report,
					   struct enc_buf *out);

#endif
