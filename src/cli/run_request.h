#ifndef ENC_CLI_RUN_REQUEST_H
#define ENC_CLI_RUN_REQUEST_H

/*
 * Makes the request of `enclave run`, the JSON body of POST /v1/sessions, from
 * options, files and standard input. Only likely typing mistakes are checked
 * here. The server checks all values.
 */

#include <stdio.h>

#include <jansson.h>

#include "option.h"

struct enc_run_options {
	struct enc_common_options base;
	const char *language;
	const char *environment;
	struct enc_words env;	 /* environment variables as NAME=VALUE */
	struct enc_words files;	 /* files to send, as path[:dest] */
	const char *input;	 /* standard input: a path or "-" */
	struct enc_words limits; /* limits as name=value */
	struct enc_words allow;	 /* entries of the allowlist; none: deny_all */
	struct enc_words bind;	 /* names of service bindings */
	int64_t timeout_s;
	struct enc_words labels; /* labels as name=value */
	const char *name;
	const char *backend;
	const char *audit; /* path of the file that gets the audit log */
	bool wait;
	bool raw;
	bool verbose;
};

/* What is to be run. Texts are borrowed. */
struct enc_run_program {
	/* Path of the program; "-" for standard input; NULL for none. */
	const char *path;
	/* Arguments of the program or, without one, the command to run. */
	const char *const *rest;
	size_t rest_count;
	FILE *notes; /* is told about waiting for standard input */
};

/**
 * enc_run_request_make() - make the body of the request
 * @ret_request: new reference
 * @err:         names the wrong word or file
 *
 * Return: ENC_OK; ENC_BAD_REQUEST; ENC_NOT_FOUND for a missing file; ENC_LIMIT
 * for a file that is too large
 */
ENC_NODISCARD enum enc_code
enc_run_request_make(const struct enc_run_options *options,
		     const struct enc_run_program *program,
		     json_t **ret_request, struct enc_error *err);

/**
 * enc_run_request_egress() - make {mode: allowlist, allow: [...]} of entries
 * @ret_egress: new reference
 *
 * Return: ENC_OK; ENC_BAD_REQUEST for an entry that isn't UTF-8
 */
ENC_NODISCARD enum enc_code
enc_run_request_egress(const struct enc_words *allow, json_t **ret_egress,
		       struct enc_error *err);

#endif
