#ifndef ENC_API_API_INTERNAL_H
#define ENC_API_API_INTERNAL_H

/*
 * Shared by the API's files: a call, which is one request for an operation.
 */

#include <jansson.h>

#include "answer.h"
#include "api.h"
#include "budget.h"
#include "turns.h"

enum {
	ENC_API_ID_BYTES = 128,
	ENC_API_IDS_MAX = 2,	 /* limit of ids in the path of a URL */
	ENC_API_QUERIES_MAX = 8, /* limit of query parameters of a route */
	ENC_API_BODY_MAX_BYTES = 16 << 20,
};

struct enc_api_route;
struct enc_schema;

/* The caller of an operation. A credential identifies it. */
struct enc_api_caller {
	char org[ENC_STORE_ID_MAX_BYTES + 1];
	/* Name of the caller, which sessions show as createdBy. */
	char name[ENC_STORE_NAME_MAX_BYTES + 1];
	char key[ENC_STORE_ID_MAX_BYTES + 1]; /* id of the key; "": no key */
	unsigned int scopes; /* granted scopes: flags of scope.h */
};

/* admit() fills the members up to ids. handle() fills the rest. */
struct enc_api_call {
	struct enc_api *api;
	const struct enc_api_route *route;
	struct enc_api_caller caller;
	uint64_t revocations; /* api->revocations when the call was admitted */
	/* The ids in the URL's path. An unused element is "". */
	char ids[ENC_API_IDS_MAX][ENC_API_ID_BYTES];

	struct enc_http_exchange *exchange;
	const struct enc_http_request *request;
	/* Decoded parameters in the order of the route's fields; NULL: absent.
	 */
	char *queries[ENC_API_QUERIES_MAX];
	json_t *body; /* checked by the schema; NULL if the route has none */
};

/*
 * enc_api_operation_fn - answer now, or copy what is needed and answer later
 *
 * @call is freed when the function returns. If the function fails, it must not
 * have answered: the error becomes the answer.
 */
typedef enum enc_code enc_api_operation_fn(struct enc_api_call *call,
					   struct enc_error *err);

/*
 * enc_api_refused_fn - note that a body was refused, for an operation with
 * x-enclave-refusals; the answer comes later. The caller may use the operation.
 */
typedef void enc_api_refused_fn(struct enc_api_call *call, const char *why);

/*
 * An operation that answers later. `gone` is called when its client goes away.
 * `revoked` is called when the caller's key is revoked. It must end the
 * exchange and show no more data. NULL: a revocation doesn't end the operation.
 */
struct enc_api_later {
	struct enc_list link; /* link in the API's list `laters` */
	struct enc_http_exchange *exchange;
	char key[ENC_STORE_ID_MAX_BYTES + 1];
	void (*gone)(struct enc_api_later *later);
	/* The client has read enough for the next piece. NULL: no pieces. */
	void (*room)(struct enc_api_later *later);
	void (*revoked)(struct enc_api_later *later);
};

struct enc_api {
	struct enc_http_handler handler;
	struct enc_api_options options;
	struct enc_api_turns turns;
	struct enc_list streams; /* open event streams, of stream.c */
	struct enc_list laters;	 /* exchanges that are answered later */
	/* Changes of service bindings that are under way, of bindings.c. */
	struct enc_list binding_changes;
	uint64_t revocations; /* keys revoked since the process started */
	uint64_t requests;
	int64_t begun_wall_ms;
	uint64_t auth_failures; /* failures without a line in the admin log */
	struct enc_budget auth_failed_budget;
	/* Timer for the time when the budget allows the next line. */
	uv_timer_t auth_failed_timer;
};

/**
 * enc_api_authenticate() - identify the caller by the credential of a request
 *
 * Return: ENC_OK; ENC_UNAUTHORIZED, with the same message for every reason
 */
ENC_NODISCARD enum enc_code
enc_api_authenticate(struct enc_api *api,
		     const struct enc_http_request *request,
		     struct enc_api_caller *ret_caller, struct enc_error *err);

/* enc_api_auth_begin() - prepare authentication; call it once, at the start */
void enc_api_auth_begin(struct enc_api *api);

/*
 * enc_api_later_begin() - let the owner of @later answer the call later, and be
 * told if the client leaves first
 */
void enc_api_later_begin(struct enc_api_later *later,
			 struct enc_api_call *call);

/*
 * enc_api_later_begin_for() - let the owner of @later answer an exchange later
 * @key: id of the caller's key, or ""
 */
void enc_api_later_begin_for(struct enc_api_later *later, struct enc_api *api,
			     struct enc_http_exchange *exchange,
			     const char *key);

/* enc_api_later_end() - end it, before the answer or when the client is gone */
void enc_api_later_end(struct enc_api_later *later);

/*
 * enc_api_later_revoke() - end the waiting exchanges of a revoked key
 *
 * A request whose body is still arriving is checked again by handle().
 */
void enc_api_later_revoke(struct enc_api *api, const char *key);

/*
 * enc_api_read_queries() - decode the query into @call, also on failure
 *
 * Unknown parameters, parameters that come twice and values that don't fit the
 * schema are refused. handle() frees the values.
 */
ENC_NODISCARD enum enc_code enc_api_read_queries(struct enc_api_call *call,
						 struct enc_error *err);

/* enc_api_query() - the value of a parameter; NULL: it is absent */
char *enc_api_query(const struct enc_api_call *call, const char *name);

/* enc_api_query_number() - a parameter's number; @otherwise if it is absent */
int64_t enc_api_query_number(const struct enc_api_call *call, const char *name,
			     int64_t otherwise);

/* enc_api_reply() - answer with JSON text */
void enc_api_reply(struct enc_http_exchange *exchange, int status,
		   const struct enc_buf *json);

/* enc_api_reply_answer() - answer with a struct of gen_answers.h */
void enc_api_reply_answer(struct enc_http_exchange *exchange, int status,
			  const struct enc_answer_field *fields,
			  const void *values);

/* An answer to give when a change set is durable. */
struct enc_api_durable {
	int status;
	const struct enc_buf *json; /* JSON body of the answer; copied */
	const char *revoked; /* id of a key to revoke, copied; NULL: none */
};

/**
 * enc_api_reply_durable() - submit a change set, answer when it is durable
 * @change: the store becomes its owner. If it fails, the answer is an error.
 */
void enc_api_reply_durable(struct enc_api_call *call,
			   struct enc_store_change *change,
			   const struct enc_api_durable *durable);

/* ---- egress.c ---- */

/**
 * enc_api_read_allowlist() - read an EgressRequest that fits its schema
 * @egress:   NULL: a missing one, which means deny_all
 * @field:    path of its member `allow`, for errors
 * @ret_list: on success: the rules in their canonical form, held by the caller;
 *            NULL for deny_all
 *
 * Return: ENC_OK; ENC_BAD_REQUEST, naming the wrong entry
 */
ENC_NODISCARD enum enc_code
enc_api_read_allowlist(const json_t *egress, const char *field,
		       struct enc_allowlist **ret_list, struct enc_error *err);

/* ---- session_bindings.c ---- */

/*
 * enc_api_read_bindings() - find the service bindings that a body names; the
 * place of @spec must be set
 *
 * Return: ENC_OK; ENC_BAD_REQUEST, naming an unknown one; ENC_FORBIDDEN;
 * ENC_NOT_AVAILABLE
 */
ENC_NODISCARD enum enc_code
enc_api_read_bindings(const struct enc_api_call *call,
		      struct enc_session_spec *spec, struct enc_error *err);

/*
 * enc_api_add_binding_variables() - add ENCLAVE_SVC_NAME for each binding;
 * spec->env has room for them
 */
void enc_api_add_binding_variables(struct enc_session_spec *spec);

/* ---- session_spec.c ---- */

/* enc_api_session_spec() - make the spec of the session that a body asks for */
ENC_NODISCARD enum enc_code
enc_api_session_spec(const struct enc_api_call *call,
		     struct enc_session_spec **ret_spec, struct enc_error *err);

/*
 * enc_api_session_filter() - make the filter that a query asks for
 * @ret_filter: borrows its texts from @call
 */
ENC_NODISCARD enum enc_code
enc_api_session_filter(const struct enc_api_call *call,
		       struct enc_store_filter *ret_filter,
		       struct enc_error *err);

#define ENC_API_PRINT(out, ...) ENC_MUST(enc_buf_printf(out, __VA_ARGS__))

#endif
