#ifndef ENC_CLI_FETCH_H
#define ENC_CLI_FETCH_H

/* The commands that are one call: find the server, ask, show the answer. */

#include <jansson.h>

#include "command.h"

struct enc_fetch {
	const char *method;
	const char *collection; /* "sessions" */
	const char *what;	/* "session", for messages; NULL: takes no id */
	const char *tail;	/* "/result" or "" */

	/* show() - for people; @value is the decoded answer, borrowed */
	void (*show)(struct enc_cli *cli, const json_t *value);
};

/*
 * enc_fetch_run() - with the id that is the first word; `--json` prints the
 * answer as it came
 */
ENC_NODISCARD enum enc_code enc_fetch_run(struct enc_cli *cli,
					  const struct enc_call *call,
					  const struct enc_fetch *fetch,
					  struct enc_error *err);

/* enc_fetch_show() - the same for a target that the caller made */
ENC_NODISCARD enum enc_code enc_fetch_show(struct enc_cli *cli, bool as_json,
					   const struct enc_fetch *fetch,
					   const char *target,
					   struct enc_error *err);

struct enc_server;

/**
 * enc_fetch_org() - ask a server for an organisation
 * @name:   its name or id; NULL for the caller's own
 * @ret_id: its id, on the heap
 *
 * Return: ENC_OK; ENC_NOT_FOUND; the server's error
 */
ENC_NODISCARD enum enc_code enc_fetch_org(struct enc_server *server,
					  const char *name, char **ret_id,
					  struct enc_error *err);

#endif
