#ifndef ENC_BASE_ERR_H
#define ENC_BASE_ERR_H

#include <stdbool.h>

#include "def.h"

/*
 * Every failure that leaves a module is one of these, and one row is the whole
 * truth about it: API, CLI and manual are made from it. CLI exit codes follow
 * sysexits.h, so that a script can tell "wrong" from "try again" (75).
 *
 *   X(name, wire name, HTTP status, CLI exit, retryable, sentence)
 */
/* clang-format off */
#define ENC_CODES(X)							\
	X(OK, "ok", 200, 0, false,					\
	  "Done.")							\
	X(BAD_REQUEST, "bad_request", 400, 64, false,			\
	  "The request is wrong.")					\
	X(UNKNOWN_FIELD, "unknown_field", 400, 64, false,		\
	  "The request has a field that doesn't exist.")		\
	X(BAD_LIMITS, "bad_limits", 400, 64, false,			\
	  "A limit is out of its range.")				\
	X(UNAUTHORIZED, "unauthorized", 401, 77, false,			\
	  "The key or token is missing or not valid.")			\
	X(FORBIDDEN, "forbidden", 403, 77, false,			\
	  "It is not allowed.")						\
	X(NOT_FOUND, "not_found", 404, 66, false,			\
	  "There is no such thing.")					\
	X(METHOD, "method_not_allowed", 405, 64, false,			\
	  "The resource doesn't know that method.")			\
	X(TIMEOUT, "timeout", 408, 75, true,				\
	  "It took too long.")						\
	X(CONFLICT, "conflict", 409, 65, false,				\
	  "Its state forbids that.")					\
	X(NOT_FINISHED, "not_finished", 409, 75, true,			\
	  "The session has not ended yet.")				\
	X(IDEMPOTENCY, "idempotency_conflict", 409, 65, false,		\
	  "The idempotency key was used for another request.")		\
	X(CANCELLED, "cancelled", 409, 70, false,			\
	  "It was ended on request.")					\
	X(LIMIT, "limit", 413, 65, false,				\
	  "It is too large.")						\
	X(URI_TOO_LONG, "uri_too_long", 414, 64, false,			\
	  "The request target is too long.")				\
	X(MEDIA_TYPE, "unsupported_media_type", 415, 64, false,		\
	  "The body is of a type that isn't understood here.")		\
	X(EXPECTATION, "expectation_failed", 417, 64, false,		\
	  "What the request expects isn't done here.")			\
	X(BUSY, "busy", 429, 75, true,					\
	  "There is no room now.")					\
	X(QUOTA, "quota_exceeded", 429, 75, true,			\
	  "The organisation has used up its quota.")			\
	X(HEAD_TOO_LARGE, "head_too_large", 431, 64, false,		\
	  "The request head is too large.")				\
	X(INTERNAL, "internal", 500, 70, false,				\
	  "This is our fault.")						\
	X(NOT_AVAILABLE, "not_available", 501, 69, false,		\
	  "It is not available yet.")					\
	X(BACKEND, "backend_error", 502, 70, true,			\
	  "The backend failed.")					\
	X(UNAVAILABLE, "unavailable", 503, 69, true,			\
	  "The service can't be reached now.")				\
	X(STORAGE_FULL, "storage_full", 503, 75, true,			\
	  "There is no room to keep records.")				\
	X(VERSION, "version_not_supported", 505, 64, false,		\
	  "The version is not spoken here.")
/* clang-format on */

enum enc_code {
#define X(name, ...) ENC_##name,
	ENC_CODES(X)
#undef X
		ENC_CODE_MAX,
};

struct enc_code_row {
	const char *name; /* on the wire and in logs */
	int http_status;
	int cli_exit;
	bool retryable;
	const char *sentence;
};

/* enc_code_info() - the row of a code, static; never NULL */
const struct enc_code_row *enc_code_info(enum enc_code code);

/**
 * struct enc_error - one failure, made where it is first understood
 * @code:    never ENC_OK
 * @message: what happened, to which object, what to do; no secret, no newline
 *
 * Declare it zeroed: `struct enc_error err = { 0 };` Left alone on success.
 */
struct enc_error {
	enum enc_code code;
	char message[256];
};

/**
 * enc_fail() - fill an error and return its code, so that failing is one line
 * @err:  may be NULL when the caller only wants the code
 * @code: not ENC_OK
 *
 * A message that doesn't fit is cut; a control character becomes '?', since
 * what is quoted may be hostile and ends up in a log.
 */
enum enc_code enc_fail(struct enc_error *err, enum enc_code code,
		       const char *format, ...) ENC_PRINTF(3, 4);

/* enc_wrap() - put "context: " before the message of a failure going up */
void enc_wrap(struct enc_error *err, const char *format, ...) ENC_PRINTF(2, 3);

#endif
