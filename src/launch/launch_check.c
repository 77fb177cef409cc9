#include <assert.h>
#include <stdbool.h>
#include <string.h>

#include "launch.h"

static_assert(sizeof(struct enc_launch_create) ==
		      24 + sizeof(struct enc_limits),
	      "padding leaks");
static_assert(sizeof(struct enc_launch_claim) == 16 + sizeof(struct enc_limits),
	      "padding leaks");
static_assert(sizeof(struct enc_launch_place) == 112, "padding leaks");
static_assert(sizeof(struct enc_launch_host) == 96, "padding leaks");
static_assert(sizeof(struct enc_launch_tagged) == 16, "padding leaks");
static_assert(sizeof(struct enc_launch_failed) == 272, "padding leaks");
static_assert(sizeof(struct enc_launch_ended) == 400, "padding leaks");

/* is_text() - whether @text ends with a NUL and has only NULs behind it */
static bool is_text(const char *text, size_t room)
{
	size_t length = strnlen(text, room);

	for (size_t i = length; i < room; i++) {
		if (text[i] != '\0') {
			return false;
		}
	}
	return length < room;
}

#define IS_TEXT(array) is_text(array, sizeof(array))

/* check_request() - check a message of enclave-api */
static enum enc_code check_request(const union enc_launch_message *message,
				   struct enc_error *err)
{
	switch ((enum enc_launch_opcode)message->opcode) {
	case ENC_LAUNCH_CREATE:
		if (message->create.tag == 0) {
			break;
		}
		if (message->create.environment >=
		    ENC_LAUNCH_ENVIRONMENTS_MAX) {
			return enc_fail(err, ENC_BAD_REQUEST,
					"no environment %u",
					message->create.environment);
		}
		if (message->create.language == ENC_LANGUAGE_INVALID ||
		    message->create.language >= ENC_LANGUAGE_MAX) {
			return enc_fail(err, ENC_BAD_REQUEST, "no language %u",
					message->create.language);
		}
		if (message->create.place >= ENC_LAUNCH_PLACES_MAX) {
			return enc_fail(err, ENC_BAD_REQUEST, "no place %u",
					message->create.place);
		}
		return enc_limits_check(&message->create.limits, err) == ENC_OK
			       ? ENC_OK
			       : ENC_BAD_REQUEST;
	case ENC_LAUNCH_CLAIM:
		/*
		 * enclave-api has checked the limits, so a wrong CLAIM is no
		 * honest mistake.
		 */
		if (message->claim.tag == 0 ||
		    message->claim.outside > ENC_OUTSIDE_ALL ||
		    enc_limits_check(&message->claim.limits, NULL) != ENC_OK) {
			break;
		}
		return ENC_OK;
	case ENC_LAUNCH_START:
	case ENC_LAUNCH_KILL:
	case ENC_LAUNCH_DESTROY:
		if (message->tagged.tag == 0 || message->tagged.reserved != 0) {
			break;
		}
		return ENC_OK;
	case ENC_LAUNCH_INVALID:
	case ENC_LAUNCH_ENVIRONMENT:
	case ENC_LAUNCH_PLACE:
	case ENC_LAUNCH_HOST:
	case ENC_LAUNCH_CREATED:
	case ENC_LAUNCH_FAILED:
	case ENC_LAUNCH_CLAIMED:
	case ENC_LAUNCH_ENDED:
	case ENC_LAUNCH_GONE:
	case ENC_LAUNCH_VAULT:
	case ENC_LAUNCH_OPCODE_MAX:
		break;
	}
	return enc_fail(err, ENC_FORBIDDEN, "%s: not from here",
			enc_launch_opcode_name(message->opcode));
}

/* check_report() - check a message of the launcher */
static bool check_report(const union enc_launch_message *message)
{
	switch ((enum enc_launch_opcode)message->opcode) {
	case ENC_LAUNCH_ENVIRONMENT:
		return message->environment.index <
			       ENC_LAUNCH_ENVIRONMENTS_MAX &&
		       IS_TEXT(message->environment.name) &&
		       IS_TEXT(message->environment.digest);
	case ENC_LAUNCH_PLACE:
		return message->place.index < ENC_LAUNCH_PLACES_MAX &&
		       message->place.isolation < ENC_ISOLATION_MAX &&
		       message->place.fixed < ENC_LIMIT_BIT(ENC_LIMIT_MAX) &&
		       IS_TEXT(message->place.name);
	case ENC_LAUNCH_HOST:
		return message->host.egress <= 1 &&
		       IS_TEXT(message->host.kernel);
	case ENC_LAUNCH_CREATED:
		return message->created.tag != 0;
	case ENC_LAUNCH_FAILED:
		return message->failed.tag != 0 &&
		       message->failed.code > ENC_OK &&
		       message->failed.code < ENC_CODE_MAX &&
		       IS_TEXT(message->failed.message);
	case ENC_LAUNCH_ENDED:
		return message->ended.tag != 0 &&
		       message->ended.cause > ENC_CAUSE_INVALID &&
		       message->ended.cause < ENC_CAUSE_MAX &&
		       message->ended.reserved == 0 &&
		       IS_TEXT(message->ended.counter_name) &&
		       IS_TEXT(message->ended.complaint);
	case ENC_LAUNCH_CLAIMED:
	case ENC_LAUNCH_GONE:
		return message->tagged.tag != 0 &&
		       message->tagged.reserved == 0;
	case ENC_LAUNCH_VAULT:
		return message->tagged.tag == 0 &&
		       message->tagged.reserved == 0;
	case ENC_LAUNCH_INVALID:
	case ENC_LAUNCH_CREATE:
	case ENC_LAUNCH_CLAIM:
	case ENC_LAUNCH_START:
	case ENC_LAUNCH_KILL:
	case ENC_LAUNCH_DESTROY:
	case ENC_LAUNCH_OPCODE_MAX:
		break;
	}
	return false;
}

enum enc_code enc_launch_check(enum enc_launch_side from, const void *bytes,
			       size_t length,
			       union enc_launch_message *ret_message,
			       struct enc_error *err)
{
	union enc_launch_message message;
	enum enc_code code;

	memset(&message, 0, sizeof(message));
	if (length < sizeof(message.opcode) || length > sizeof(message)) {
		return enc_fail(err, ENC_FORBIDDEN, "%zu bytes", length);
	}
	memcpy(&message, bytes, length);
	if (enc_launch_size(message.opcode) != length) {
		return enc_fail(err, ENC_FORBIDDEN, "opcode %u, %zu bytes",
				message.opcode, length);
	}
	if (from == ENC_LAUNCH_FROM_API) {
		code = check_request(&message, err);
	} else {
		code = check_report(&message)
			       ? ENC_OK
			       : enc_fail(err, ENC_FORBIDDEN, "%s: malformed",
					  enc_launch_opcode_name(
						  message.opcode));
	}
	if (code == ENC_OK || code == ENC_BAD_REQUEST) {
		*ret_message = message;
	}
	return code;
}
