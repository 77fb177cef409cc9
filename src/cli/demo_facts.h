#ifndef ENC_CLI_DEMO_FACTS_H
#define ENC_CLI_DEMO_FACTS_H

/*
 * The facts of a session that a demo got from the public API. The bytes of
 * every response are kept, to be searched for secrets later.
 */

#include <stdbool.h>

#include <jansson.h>

#include "buf.h"
#include "err.h"
#include "server.h"

enum {
	ENC_DEMO_REASON_BYTES = 160,
	ENC_DEMO_SURFACE_MAX = 32 << 20,
};

/* The facts that the API told about one session. */
struct enc_demo_facts {
	json_t *session; /* the session's JSON; NULL if none was created */
	json_t *events;	 /* events of the audit bundle, or NULL */
	bool verified;	 /* the audit bundle is valid and sealed */
	struct enc_buf surfaces; /* all answers and the event stream, joined */
	char problem[ENC_DEMO_REASON_BYTES]; /* why facts are missing, or "" */
};

/* enc_demo_code_of() - source code of the demo program @name, which must exist */
const char *enc_demo_code_of(const char *name);

/* enc_demo_facts_init(), enc_demo_facts_done() - begin without facts; free all */
void enc_demo_facts_init(struct enc_demo_facts *facts);
void enc_demo_facts_done(struct enc_demo_facts *facts);

/*
 * enc_demo_facts_surface() - keep the bytes of an answer. Return: ENC_OK;
 * ENC_LIMIT
 */
ENC_NODISCARD enum enc_code enc_demo_facts_surface(struct enc_demo_facts *facts,
						   const void *bytes,
						   size_t length,
						   struct enc_error *err);

/**
 * enc_demo_facts_start() - create the session
 * @request: JSON body
 * @query:   such as "?wait=60s", or ""
 *
 * Return: as enc_server_call()
 */
ENC_NODISCARD enum enc_code enc_demo_facts_start(struct enc_demo_facts *facts,
						 struct enc_server *server,
						 const char *request,
						 const char *query,
						 struct enc_error *err);

/**
 * enc_demo_facts_collect() - wait for the session's end; get stream, record,
 * result and audit log of the session, and the list of all sessions
 *
 * Return: as enc_server_call()
 */
ENC_NODISCARD enum enc_code enc_demo_facts_collect(struct enc_demo_facts *facts,
						   struct enc_server *server,
						   struct enc_error *err);

/* enc_demo_facts_fail() - note why facts are missing */
void enc_demo_facts_fail(struct enc_demo_facts *facts,
			 const struct enc_error *err);

/**
 * enc_demo_facts_outcome() - how a session ended
 *
 * Return: the phase of the session; for a session that was torn down, the
 * outcome in the last line of its audit log; borrowed from @facts
 */
const char *enc_demo_facts_outcome(const struct enc_demo_facts *facts);

/* enc_demo_facts_modelled() - whether the simulator made the session */
bool enc_demo_facts_modelled(const struct enc_demo_facts *facts);

/**
 * enc_demo_facts_leak() - search all that the API returned for a session for a
 * text
 *
 * Return: the encoding in which the text was found, such as "base64", or NULL
 */
const char *enc_demo_facts_leak(const struct enc_demo_facts *facts,
				const char *text);

struct enc_demo_verdict {
	bool passed;
	bool modelled; /* the simulator made the session: nothing ran */
	char reason[ENC_DEMO_REASON_BYTES];
};

/* enc_demo_conclude() - set a verdict and its reason, made safe to print */
void enc_demo_conclude(struct enc_demo_verdict *verdict, bool passed,
		       const char *format, ...) ENC_PRINTF(3, 4);

/*
 * enc_demo_usable() - whether a session can be judged: all its facts are there,
 * its audit log verifies, and its sandbox was started. Else the verdict is set
 * to failed.
 */
bool enc_demo_usable(const struct enc_demo_facts *facts,
		     struct enc_demo_verdict *verdict);

#endif
