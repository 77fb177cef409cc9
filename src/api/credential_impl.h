#ifndef ENC_API_CREDENTIAL_IMPL_H
#define ENC_API_CREDENTIAL_IMPL_H

/*
 * A kind of credential: what a request shows of its caller. auth.c asks each
 * kind in turn. A new kind is a file and a line of its list there.
 */

#include "api_internal.h"

enum enc_api_credential_verdict {
	ENC_API_CREDENTIAL_ABSENT, /* the request shows none of this kind */
	ENC_API_CREDENTIAL_REFUSED,
	ENC_API_CREDENTIAL_GOOD,
};

struct enc_api_credential {
	/**
	 * judge - look at a request's credential of this kind
	 * @ret_caller: written only with GOOD
	 *
	 * A refusal is final: no other kind is asked. Its time mustn't show
	 * how much of a secret was right.
	 */
	enum enc_api_credential_verdict (*judge)(
		struct enc_api *api, const struct enc_http_request *request,
		struct enc_api_caller *ret_caller);
};

extern const struct enc_api_credential enc_api_credential_key;
extern const struct enc_api_credential enc_api_credential_peer;

#endif
