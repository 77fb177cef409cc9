#ifndef ENC_API_CREDENTIAL_IMPL_H
#define ENC_API_CREDENTIAL_IMPL_H

/*
 * A kind of credential, by which a request identifies its caller. auth.c tries
 * each kind in turn. A new kind needs a file and a row in the list of auth.c.
 */

#include "api_internal.h"

enum enc_api_credential_verdict {
	ENC_API_CREDENTIAL_ABSENT, /* the request has no such credential */
	ENC_API_CREDENTIAL_REFUSED,
	ENC_API_CREDENTIAL_GOOD,
};

struct enc_api_credential {
	/**
	 * judge - check a request's credential of this kind
	 * @ret_caller: written only with GOOD
	 *
	 * A refusal is final: no other kind is tried. The time that a refusal
	 * takes must not show how much of a secret was right.
	 */
	enum enc_api_credential_verdict (*judge)(
		struct enc_api *api, const struct enc_http_request *request,
		struct enc_api_caller *ret_caller);
};

extern const struct enc_api_credential enc_api_credential_key;
extern const struct enc_api_credential enc_api_credential_peer;

#endif
