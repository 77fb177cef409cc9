#ifndef ENC_API_API_H
#define ENC_API_API_H

/*
 * The REST API: routes, credentials, bodies; then one function per operation
 * of openapi.json. Everything it needs is made by its main.
 */

#include <sys/types.h>

#include "backend.h"
#include "http_server.h"
#include "orchestrator.h"
#include "store.h"

struct enc_api;

struct enc_api_options {
	uv_loop_t *loop;
	struct enc_store *store;
	struct enc_backend *backend;
	struct enc_orchestrator *orchestrator;
	uid_t owner; /* of the unix socket: needs no key, as root */
};

/* enc_api_new() - lives as long as the process */
struct enc_api *enc_api_new(const struct enc_api_options *options);

/* enc_api_drain() - record what waits to be; nobody asks any more */
void enc_api_drain(struct enc_api *api);

/* enc_api_handler() - for the HTTP server; the API's own */
struct enc_http_handler *enc_api_handler(struct enc_api *api);

#endif
