#ifndef ENC_BASE_ERR_H
#define ENC_BASE_ERR_H

#include <stdbool.h>

#include "def.h"

/*
 * The codes of all failures that a module may return. API, CLI and manual are
 * generated from these rows. The exit codes of the CLI follow sysexits.h, so
 * that a script can tell "wrong request" from "try again" (75); 130 is what a
 * shell says of a program that Ctrl-C has ended.
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
	  "The operation is not allowed.")				\
	X(NOT_FOUND, "not_found", 404, 66, false,			\
	  "The resource doesn't exist.")				\
	X(METHOD, "method_not_allowed", 405, 64, false,			\
	  "The resource doesn't support the method.")			\
	X(TIMEOUT, "timeout", 408, 75, true,				\
	  "The operation took too long.")				\
	X(CONFLICT, "conflict", 409, 65, false,				\
	  "The resource's state doesn't allow this.")			\
	X(NOT_FINISHED, "not_finished", 409, 75, true,			\
	  "The session has not ended yet.")				\
	X(IDEMPOTENCY, "idempotency_conflict", 409, 65, false,		\
	  "The idempotency key was used for another request.")		\
	X(CANCELLED, "cancelled", 409, 130, false,			\
	  "The operation was cancelled.")				\
	X(LIMIT, "limit", 413, 65, false,				\
	  "A size limit is exceeded.")					\
	X(URI_TOO_LONG, "uri_too_long", 414, 64, false,			\
	  "The request target is too long.")				\
	X(MEDIA_TYPE, "unsupported_media_type", 415, 64, false,		\
	  "The type of the body is not supported.")			\
	X(EXPECTATION, "expectation_failed", 417, 64, false,		\
	  "The request's Expect header is not supported.")		\
	X(BUSY, "busy", 429, 75, true,					\
	  "There is no room now.")					\
	X(QUOTA, "quota_exceeded", 429, 75, true,			\
	  "The organisation has used up its quota.")			\
	X(HEAD_TOO_LARGE, "head_too_large", 431, 64, false,		\
	  "The request head is too large.")				\
	X(INTERNAL, "internal", 500, 70, false,				\
	  "This is our fault.")						\
	X(NOT_AVAILABLE, "not_available", 501, 69, false,		\
	  "The feature is not available yet.")				\
	X(BACKEND, "backend_error", 502, 70, true,			\
	  "The backend failed.")					\
	X(UNAVAILABLE, "unavailable", 503, 69, true,			\
	  "The service can't be reached now.")				\
	X(STORAGE_FULL, "storage_full", 503, 75, true,			\
	  "There is no room to keep records.")				\
	X(VERSION, "version_not_supported", 505, 64, false,		\
	  "The version is not supported.")
/* clang-format on */

enum enc_code {
#define X(name, ...) ENC_##name,
	ENC_CODES(X)
#undef X
		ENC_CODE_MAX,
};

struct enc_code_row {
	const char *name; /* name of the code in API answers and logs */
	int http_status;
	int cli_exit;
	bool retryable;
	const char *sentence;
};

/* enc_code_info() - return the row of a code; static, never NULL */
const struct enc_code_row *enc_code_info(enum enc_code code);

/**
 * struct enc_error - describes one failure
 * @code:    never ENC_OK
 * @message: what happened, to which object, what to do; no secret, no newline
 * @field:   the field of the request that is wrong, such as "limits.cpu"; ""
 *           if it is none, or several
 *
 * Declare it zeroed: `struct enc_error err = { 0 };`. A function that succeeds
 * leaves it unchanged.
 */
struct enc_error {
	enum enc_code code;
	char message[256];
	char field[128];
};

/**
 * enc_fail() - fill @err and return @code, so that a caller can fail in one
 * line
 * @err:  may be NULL when the caller only wants the code
 * @code: not ENC_OK
 *
 * A message that doesn't fit is cut. A control character becomes '?', since
 * quoted text may be hostile and the message may be logged.
 */
enum enc_code enc_fail(struct enc_error *err, enum enc_code code,
		       const char *format, ...) ENC_PRINTF(3, 4);

/* enc_fail_field() - the same for a failure that one field of a request causes */
enum enc_code enc_fail_field(struct enc_error *err, enum enc_code code,
			     const char *field, const char *format, ...)
	ENC_PRINTF(4, 5);

/*
 * enc_wrap() - put "context: " before the message of a failure; @err may be
 * NULL
 */
void enc_wrap(struct enc_error *err, const char *format, ...) ENC_PRINTF(2, 3);

#endif
