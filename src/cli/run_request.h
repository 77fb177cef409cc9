#ifndef ENC_CLI_RUN_REQUEST_H
#define ENC_CLI_RUN_REQUEST_H

/*
 * Makes the JSON body of POST /v1/sessions from the options and files of
 * `enclave run`. Only what a person can mistype is checked here; the server
 * checks everything.
 */

#include <jansson.h>

#include "option.h"

struct enc_run_options {
	struct enc_common_options base;
	const char *language;
	const char *environment;
	struct enc_words env;	 /* NAME=VALUE */
	struct enc_words files;	 /* path[:dest] */
	const char *input;	 /* path or "-" */
	struct enc_words limits; /* name=value */
	int64_t timeout_s;
	struct enc_words labels; /* name=value */
	const char *backend;
	const char *audit; /* path */
	bool wait;
	bool raw;
};

/**
 * enc_run_request_make() - make the body
 * @program: path, "-" for standard input; NULL if only @rest is run
 * @rest:    words after `--`: arguments of @program, or a command
 *
 * Return: ENC_OK with a new reference; BAD_REQUEST, NOT_FOUND or LIMIT, whose
 * message names the word or the file
 */
ENC_NODISCARD enum enc_code
enc_run_request_make(const struct enc_run_options *options, const char *program,
		     const char *const *rest, size_t rest_count,
		     json_t **ret_request, struct enc_error *err);

#endif
