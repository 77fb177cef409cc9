/*
 * The uid of the client of a unix socket. The socket's owner and root have
 * every scope, in organisation o-1. If a request has an Authorization header,
 * only that header counts.
 */

#include "credential_impl.h"
#include "scope.h"

static enum enc_api_credential_verdict
judge(struct enc_api *api, const struct enc_http_request *request,
      struct enc_api_caller *ret_caller)
{
	struct enc_api_caller caller = {
		.org = "o-1",
		.scopes = ENC_SCOPE_SESSIONS_READ | ENC_SCOPE_SESSIONS_WRITE |
			  ENC_SCOPE_BINDINGS_READ | ENC_SCOPE_BINDINGS_WRITE |
			  ENC_SCOPE_ADMIN | ENC_SCOPE_METRICS | ENC_SCOPE_ROOT,
	};

	if (!request->local ||
	    enc_http1_find(request->head, "authorization") != NULL ||
	    (request->peer_uid != 0 &&
	     request->peer_uid != api->options.owner)) {
		return ENC_API_CREDENTIAL_ABSENT;
	}
	(void)snprintf(caller.name, sizeof(caller.name), "uid:%u",
		       request->peer_uid);
	*ret_caller = caller;
	return ENC_API_CREDENTIAL_GOOD;
}

const struct enc_api_credential enc_api_credential_peer = { .judge = judge };
