#ifndef ENC_API_API_H
#define ENC_API_API_H

/*
 * The REST API: routes, credentials, bodies, and one function for each
 * operation of openapi.json. enclave_api.c makes everything that the API needs.
 */

#include <sys/types.h>

#include "backend.h"
#include "grants.h"
#include "http_server.h"
#include "orchestrator.h"
#include "store.h"

struct enc_api;

struct enc_api_options {
	uv_loop_t *loop;
	struct enc_store *store;
	struct enc_backend *backend;
	struct enc_orchestrator *orchestrator;
	/* Service bindings of sessions; NULL: there is no vault. */
	struct enc_grants *grants;
	struct enc_signatures *signatures; /* the same */
	/* Owner of the unix socket. The owner and root need no key there. */
	uid_t owner;
	bool access_log; /* log each request */
};

/* enc_api_new() - make the API, which is never freed */
struct enc_api *enc_api_new(const struct enc_api_options *options);

/* enc_api_drain() - record the failed logins that aren't recorded yet */
void enc_api_drain(struct enc_api *api);

/* enc_api_handler() - the handler for the HTTP server; owned by @api */
struct enc_http_handler *enc_api_handler(struct enc_api *api);

#endif
