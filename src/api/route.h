#ifndef ENC_API_ROUTE_H
#define ENC_API_ROUTE_H

/*
 * The table of routes, which tools/gen-api makes from openapi.json. A row says
 * what a request must have: scope, body, parameters.
 */

#include "api_internal.h"

enum enc_api_method {
	ENC_API_GET,
	ENC_API_POST,
	ENC_API_PUT,
	ENC_API_PATCH,
	ENC_API_DELETE,
	ENC_API_METHOD_MAX,
};

struct enc_api_route {
	enum enc_api_method method;
	/* Path of the route; each {name} in it stands for an id. */
	const char *path;
	const char *operation;
	/* Scope that the caller must have; 0: none is needed. */
	unsigned int scope;
	size_t body_max;
	/* Schema of the request's body; NULL: no body. */
	const struct enc_schema *body;
	/* The body may have a secret: it must not cross a network in clear. */
	bool secret;
	/* Schema that has the query parameters as its fields. */
	const struct enc_schema *queries;
	enc_api_operation_fn *act;
	enc_api_refused_fn *refused; /* NULL: nobody wants to know */
};

/*
 * enc_api_route_matches() - whether a path matches a pattern
 * @pattern: has at most ENC_API_IDS_MAX {name}, each of which stands for an id
 * @ret_ids: the ids; may be written also without a match
 */
bool enc_api_route_matches(const char *pattern, struct enc_text path,
			   char (*ret_ids)[ENC_API_ID_BYTES]);

enum { ENC_API_METHODS_BYTES = 64 };

/* enc_api_route_methods() - list the methods of a path: "GET, POST" */
void enc_api_route_methods(const struct enc_http_request *request,
			   char ret_text[ENC_API_METHODS_BYTES]);

/**
 * enc_api_find_route() - find the route of a request by path and method
 * @ret_ids: room for ENC_API_IDS_MAX ids; may be written also on failure
 *
 * Return: ENC_OK; ENC_NOT_FOUND; ENC_METHOD if the path has only other methods
 */
ENC_NODISCARD enum enc_code
enc_api_find_route(const struct enc_http_request *request,
		   const struct enc_api_route **ret_route,
		   char (*ret_ids)[ENC_API_ID_BYTES], struct enc_error *err);

#endif
