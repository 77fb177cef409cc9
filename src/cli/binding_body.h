#ifndef ENC_CLI_BINDING_BODY_H
#define ENC_CLI_BINDING_BODY_H

/*
 * Makes the bodies of requests about service bindings. The server checks all
 * values.
 */

#include <jansson.h>

#include "buf.h"
#include "option.h"

enum { ENC_BINDING_BODY_MAX_BYTES = 256 * 1024 };

struct enc_binding_options {
	struct enc_common_options base;
	const char *upstream;
	bool bearer;
	const char *header;
	const char *basic;
	bool none;
	const char *secret_file;
	const char *secret; /* refused */
	struct enc_words methods;
	struct enc_words paths;
	const char *rate_limit;
	bool no_mask;
	bool mask;
	bool all_requests;
	bool insecure_upstream;
};

/**
 * enc_binding_body_make() - make the body of a request, without its secret
 * @name:       of a new binding; NULL: a binding is changed
 * @scheme:     the scheme that a changed binding has; "bearer" for a new one
 * @ret_body:   new reference
 * @ret_secret: whether the request has to bring a secret
 *
 * Return: ENC_OK; ENC_BAD_REQUEST for options that exclude each other, or that
 * leave nothing to do
 */
ENC_NODISCARD enum enc_code
enc_binding_body_make(const struct enc_binding_options *options,
		      const char *name, const char *scheme, json_t **ret_body,
		      bool *ret_secret, struct enc_error *err);

/*
 * enc_binding_check_secret() - refuse a secret on the command line; the message
 * doesn't repeat it
 */
ENC_NODISCARD enum enc_code
enc_binding_check_secret(const struct enc_binding_options *options,
			 struct enc_error *err);

/**
 * enc_binding_body_write() - write a body as JSON, with a secret
 * @secret:   NULL: none
 * @ret_text: gets the text and a NUL; should be a secret buffer
 *
 * jansson never sees the secret, so no copy of it is left. Bytes that aren't
 * UTF-8 are sent as U+FFFD, which the server refuses.
 *
 * Return: ENC_OK; ENC_LIMIT
 */
ENC_NODISCARD enum enc_code enc_binding_body_write(const json_t *body,
						   const struct enc_buf *secret,
						   struct enc_buf *ret_text,
						   struct enc_error *err);

#endif
