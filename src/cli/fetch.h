#ifndef ENC_CLI_FETCH_H
#define ENC_CLI_FETCH_H

/* Runs commands that make one API call and show its answer. */

#include <jansson.h>

#include "command.h"

struct enc_fetch {
	const char *method;
	/* Collection in the URL's path, such as "sessions". */
	const char *collection;
	/* Noun for messages, such as "session"; NULL: the URL has no id. */
	const char *what;
	const char *tail; /* end of the URL's path: "/result" or "" */

	/* show() - print the decoded answer for people; borrows @value */
	void (*show)(struct enc_cli *cli, const json_t *value);
	/* Where no server is known, ask a private one, as `enclave run` does. */
	bool or_private;
};

/*
 * enc_fetch_run() - run a command that makes one API call
 *
 * The first word on the command line is the id, unless @fetch->what is NULL.
 * `--json` prints the JSON of the answer instead of calling @fetch->show.
 */
ENC_NODISCARD enum enc_code enc_fetch_run(struct enc_cli *cli,
					  const struct enc_call *call,
					  const struct enc_fetch *fetch,
					  struct enc_error *err);

/*
 * enc_fetch_show() - make one API call and show its answer
 * @as_json: print the JSON of the answer instead of calling @fetch->show
 * @target:  path and query of the request
 */
ENC_NODISCARD enum enc_code enc_fetch_show(struct enc_cli *cli, bool as_json,
					   const struct enc_fetch *fetch,
					   const char *target,
					   struct enc_error *err);

/* enc_fetch_is_org() - whether @name is the name or id of an organisation */
bool enc_fetch_is_org(const json_t *org, const char *name);

struct enc_server;

/**
 * enc_fetch_org() - get the id of an organisation from a server
 * @name:   name or id of the organisation; NULL for the first one listed
 * @ret_id: id of the organisation; the caller frees it
 * @ret_name: its name; the caller frees it; may be NULL
 *
 * Return: ENC_OK; ENC_NOT_FOUND; the server's error
 */
ENC_NODISCARD enum enc_code enc_fetch_org(struct enc_server *server,
					  const char *name, char **ret_id,
					  char **ret_name,
					  struct enc_error *err);

#endif
