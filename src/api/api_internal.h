#ifndef ENC_API_API_INTERNAL_H
#define ENC_API_API_INTERNAL_H

/*
 * What the files of the API share: one call of one operation.
 */

#include <jansson.h>

#include "answer.h"
#include "api.h"
#include "budget.h"
#include "turns.h"

enum {
	ENC_API_ID_BYTES = 128,
	ENC_API_IDS_MAX = 2,	 /* of one path */
	ENC_API_QUERIES_MAX = 8, /* parameters of one route */
	ENC_API_BODY_MAX_BYTES = 16 << 20,
};

struct enc_api_route;
struct enc_schema;

/* The caller of an operation, as a credential names it. */
struct enc_api_caller {
	char org[ENC_STORE_ID_MAX_BYTES + 1];
	char name[ENC_STORE_NAME_MAX_BYTES + 1]; /* as in createdBy */
	char key[ENC_STORE_ID_MAX_BYTES + 1];	 /* its id; "" without one */
	unsigned int scopes;			 /* of scope.h */
};

/* admit() fills the first part. handle() adds the rest. */
struct enc_api_call {
	struct enc_api *api;
	const struct enc_api_route *route;
	struct enc_api_caller caller;
	uint64_t revocations; /* so many there were when it was admitted */
	char ids[ENC_API_IDS_MAX][ENC_API_ID_BYTES]; /* of the path, or "" */

	struct enc_http_exchange *exchange;
	const struct enc_http_request *request;
	/* Decoded, in the order of the route's fields; NULL: not there. */
	char *queries[ENC_API_QUERIES_MAX];
	json_t *body; /* what the schema says; NULL if the route has none */
};

/*
 * enc_api_operation_fn - answer now, or keep what is needed and answer later
 *
 * The call is gone when the function returns. If it returns another code than
 * ENC_OK, it hasn't answered, and the error becomes the answer.
 */
typedef enum enc_code enc_api_operation_fn(struct enc_api_call *call,
					   struct enc_error *err);

/*
 * An operation that answers later. It is told when its client goes away, and,
 * unless `revoked` is NULL, when the caller's key is revoked: then it must end
 * the exchange and tell nothing more.
 */
struct enc_api_later {
	struct enc_list link; /* in the API's laters, from begin to end */
	struct enc_http_exchange *exchange;
	char key[ENC_STORE_ID_MAX_BYTES + 1];
	void (*gone)(struct enc_api_later *later);
	/* The client took what was written; NULL: it isn't in pieces. */
	void (*room)(struct enc_api_later *later);
	void (*revoked)(struct enc_api_later *later);
};

struct enc_api {
	struct enc_http_handler handler;
	struct enc_api_options options;
	struct enc_api_turns turns;
	struct enc_list streams; /* of stream.c */
	struct enc_list laters;	 /* exchanges that wait for their answer */
	uint64_t revocations;	 /* keys that were revoked in this life */
	uint64_t requests;
	uint64_t auth_failures; /* that no line of the admin log has yet */
	struct enc_budget auth_failed_budget;
	uv_timer_t auth_failed_timer; /* when they may have one */
};

/**
 * enc_api_authenticate() - name the caller by the credential of a request
 *
 * Return: ENC_OK; ENC_UNAUTHORIZED, with one message for every reason
 */
ENC_NODISCARD enum enc_code
enc_api_authenticate(struct enc_api *api,
		     const struct enc_http_request *request,
		     struct enc_api_caller *ret_caller, struct enc_error *err);

/* enc_api_auth_begin() - once, before the first request */
void enc_api_auth_begin(struct enc_api *api);

/* enc_api_later_begin() - the call will be answered by the owner of @later */
void enc_api_later_begin(struct enc_api_later *later,
			 struct enc_api_call *call);

/* enc_api_later_begin_for() - the same, of what was asked for with @key */
void enc_api_later_begin_for(struct enc_api_later *later, struct enc_api *api,
			     struct enc_http_exchange *exchange,
			     const char *key);

/* enc_api_later_end() - its answer is about to come, or its client is gone */
void enc_api_later_end(struct enc_api_later *later);

/*
 * enc_api_later_revoke() - a key is revoked: end the exchanges of its bearer
 * that wait, and have those judged again whose body is still coming
 */
void enc_api_later_revoke(struct enc_api *api, const char *key);

/*
 * enc_api_read_queries() - decode the query: known parameters alone, each once,
 * with a value that its schema takes
 * @call: gets the values, also on failure; handle() frees them
 */
ENC_NODISCARD enum enc_code enc_api_read_queries(struct enc_api_call *call,
						 struct enc_error *err);

/* enc_api_query() - the value of a parameter, NULL if it isn't there */
char *enc_api_query(const struct enc_api_call *call, const char *name);

/* enc_api_query_number() - @otherwise if the parameter isn't there */
int64_t enc_api_query_number(const struct enc_api_call *call, const char *name,
			     int64_t otherwise);

/* enc_api_reply() - JSON text that was written into a buffer */
void enc_api_reply(struct enc_http_exchange *exchange, int status,
		   const struct enc_buf *json);

/* enc_api_reply_answer() - a struct of gen_answers.h */
void enc_api_reply_answer(struct enc_http_exchange *exchange, int status,
			  const struct enc_answer_field *fields,
			  const void *values);

/* An answer that is given once a change set is durable. */
struct enc_api_durable {
	int status;
	const struct enc_buf *json; /* copied */
	const char *revoked;	    /* a key's id, copied; NULL for none */
};

/**
 * enc_api_reply_durable() - answer once a change set is durable
 * @change: taken and submitted; if it fails, an error is the answer
 */
void enc_api_reply_durable(struct enc_api_call *call,
			   struct enc_store_change *change,
			   const struct enc_api_durable *durable);

/* session_spec.c: what requests say of sessions */

/* enc_api_session_spec() - the session that a checked body asks for */
ENC_NODISCARD enum enc_code
enc_api_session_spec(const struct enc_api_call *call,
		     struct enc_session_spec **ret_spec, struct enc_error *err);

/*
 * enc_api_session_filter() - the sessions that a checked query asks for; texts
 * of @ret_filter are the call's
 */
ENC_NODISCARD enum enc_code
enc_api_session_filter(const struct enc_api_call *call,
		       struct enc_store_filter *ret_filter,
		       struct enc_error *err);

#define ENC_API_PRINT(out, ...) ENC_MUST(enc_buf_printf(out, __VA_ARGS__))

#endif
