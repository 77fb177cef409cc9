#include <malloc.h>
#include <stdlib.h>
#include <string.h>

#include "api_internal.h"
#include "clock.h"
#include "json.h"
#include "log.h"
#include "route.h"
#include "schema.h"
#include "scope.h"

static struct enc_api *of(struct enc_http_handler *handler)
{
	return ENC_HOLDER(handler, struct enc_api, handler);
}

/* check_type() - refuse a body whose Content-Type isn't application/json */
static enum enc_code check_type(const struct enc_http_request *request,
				struct enc_error *err)
{
	const struct enc_text *type =
		enc_http1_find(request->head, "content-type");
	static const char json[] = "application/json";
	size_t length = strlen(json);

	if (type != NULL && type->length >= length &&
	    strncasecmp(type->bytes, json, length) == 0 &&
	    (type->length == length || type->bytes[length] == ';' ||
	     type->bytes[length] == ' ')) {
		return ENC_OK;
	}
	return enc_fail(err, ENC_MEDIA_TYPE,
			"the body has to be Content-Type: application/json");
}

/* judge_caller() - check the credential, and its scopes for the route */
static enum enc_code judge_caller(struct enc_api_call *call,
				  const struct enc_http_request *request,
				  struct enc_error *err)
{
	enum enc_code code = ENC_OK;

	call->revocations = call->api->revocations;
	if (call->route->scope != ENC_SCOPE_NONE) {
		code = enc_api_authenticate(call->api, request, &call->caller,
					    err);
		if (code == ENC_OK) {
			code = enc_api_check_scope(call->caller.scopes,
						   call->route->scope, err);
		}
	}
	return code;
}

/* admit() - find the route, check the caller; fills the call for handle() */
static enum enc_code admit(struct enc_http_handler *handler,
			   struct enc_http_exchange *exchange,
			   const struct enc_http_request *request,
			   size_t *ret_body_max, struct enc_error *err)
{
	struct enc_api_call *call = request->admitted;
	enum enc_code code =
		enc_api_find_route(request, &call->route, call->ids, err);

	call->api = of(handler);
	if (code == ENC_METHOD) {
		char methods[ENC_API_METHODS_BYTES];

		enc_api_route_methods(request, methods);
		enc_http_add_header(exchange, "Allow", methods);
	}
	if (code == ENC_OK) {
		code = judge_caller(call, request, err);
	}
	if (code == ENC_OK && call->route->secret && !request->local &&
	    !request->loopback) {
		code = enc_fail(err, ENC_FORBIDDEN,
				"secrets would cross the network in clear: "
				"send them over the server's Unix socket or "
				"over loopback, as through `ssh -L`");
	}
	if (code == ENC_OK && call->route->body != NULL) {
		code = check_type(request, err);
	}
	if (code == ENC_OK) {
		*ret_body_max = call->route->body_max;
	}
	return code;
}

/*
 * Set when an allocation for jansson fails. jansson reports a lack of memory
 * and a value that it can't represent in the same way.
 */
static bool lacked_memory;

static void *allocate(size_t size)
{
	void *memory = enc_try_alloc(size);

	lacked_memory |= memory == NULL;
	return memory;
}

/* wipe_and_free() - free memory of jansson, in which a secret may have been */
static void wipe_and_free(void *memory)
{
	if (memory != NULL) {
		explicit_bzero(memory, malloc_usable_size(memory));
		free(memory);
	}
}

static bool has_nul(const json_error_t *error)
{
	enum json_error_code code = json_error_code(error);

	return code == json_error_null_character ||
	       code == json_error_null_byte_in_key;
}

/*
 * fail_overflow() - fail for a valid body with a number that jansson can't
 * represent
 *
 * jansson doesn't say where the number is. If the body has a field with an
 * error code of its own, such as limits, that code is used.
 */
static enum enc_code fail_overflow(const struct enc_schema *schema,
				   const struct enc_http_request *request,
				   struct enc_error *err)
{
	const struct enc_schema_field *field = schema->fields;
	char names[160] = "";
	size_t at = 0;

	while (field->name != NULL &&
	       (field->schema->error == ENC_OK ||
		memmem(request->body, request->body_length, field->name,
		       strlen(field->name)) == NULL)) {
		field++;
	}
	if (field->name == NULL) {
		return enc_fail(err, ENC_BAD_REQUEST,
				"the body has a number that is too large");
	}
	for (const struct enc_schema_field *member = field->schema->fields;
	     member->name != NULL && at < sizeof(names); member++) {
		at += (size_t)snprintf(names + at, sizeof(names) - at, "%s%s",
				       at == 0 ? "" : ", ", member->name);
	}
	return enc_fail(err, field->schema->error,
			"a number of %s is too large (%s)", field->name, names);
}

/* read_body() - parse the body and check it against the route's schema */
static enum enc_code read_body(struct enc_api_call *call, struct enc_error *err)
{
	const struct enc_http_request *request = call->request;
	const struct enc_schema *schema = call->route->body;
	const char *text = (const char *)request->body;
	size_t at = 0;
	enum enc_json_fault fault;
	json_error_t error;

	if (schema == NULL) {
		return ENC_OK;
	}
	fault = enc_json_check(text, request->body_length, &at);
	if (fault != ENC_JSON_FINE) {
		return enc_fail(err, ENC_BAD_REQUEST,
				"the body is refused: %s at byte %zu",
				enc_json_fault_name(fault), at);
	}
	lacked_memory = false;
	call->body =
		json_loadb(text, request->body_length,
			   JSON_REJECT_DUPLICATES | JSON_DECODE_ANY, &error);
	if (call->body == NULL && lacked_memory) {
		return enc_fail(err, ENC_UNAVAILABLE,
				"there is no memory for the request now");
	}
	if (call->body == NULL && has_nul(&error)) {
		return enc_fail(err, ENC_BAD_REQUEST,
				"the body has a NUL in a text, before byte %d",
				error.position);
	}
	if (call->body == NULL) {
		return fail_overflow(schema, request, err);
	}
	return enc_schema_check(schema, call->body, err);
}

/* is_bad() - whether it is the request that is wrong */
static bool is_bad(enum enc_code code)
{
	return code == ENC_BAD_REQUEST || code == ENC_UNKNOWN_FIELD;
}

static void handle(struct enc_http_handler *handler,
		   struct enc_http_exchange *exchange,
		   const struct enc_http_request *request)
{
	struct enc_api_call *call = request->admitted;
	struct enc_error err = { 0 };
	enum enc_code code = ENC_OK;

	of(handler)->requests++;
	call->exchange = exchange;
	call->request = request;
	/* A key was revoked while the body arrived: check the caller again. */
	if (call->revocations != call->api->revocations) {
		code = judge_caller(call, request, &err);
	}
	if (code == ENC_OK) {
		code = enc_api_read_queries(call, &err);
	}
	if (code == ENC_OK) {
		code = read_body(call, &err);
	}
	if (code == ENC_OK) {
		code = call->route->act(call, &err);
	}
	if (call->route->refused != NULL && is_bad(code)) {
		call->route->refused(call, err.message);
	}
	json_decref(call->body);
	for (size_t i = 0; i < ENC_API_QUERIES_MAX; i++) {
		free(call->queries[i]);
	}
	if (code != ENC_OK) {
		if (err.code == ENC_INTERNAL) {
			enc_log(ENC_LOG_ERROR, NULL, "%s: %s", request->id,
				err.message);
		}
		enc_http_reply_error(exchange, &err);
	}
}

static void room(struct enc_http_handler *handler,
		 struct enc_http_exchange *exchange)
{
	struct enc_api_later *later = enc_http_exchange_user(exchange);

	(void)handler;
	if (later != NULL && later->room != NULL) {
		later->room(later);
	}
}

static void gone(struct enc_http_handler *handler,
		 struct enc_http_exchange *exchange)
{
	struct enc_api_later *later = enc_http_exchange_user(exchange);

	(void)handler;
	if (later != NULL) {
		later->gone(later);
	}
}

/*
 * answered() - write a line of the access log
 *
 * `admitted` still has the caller, if one was found. There is no secret in it,
 * nor in a target: keys come in headers.
 */
static void answered(struct enc_http_handler *handler,
		     const struct enc_http_answered *what)
{
	const struct enc_api_call *call = what->admitted;
	const struct enc_api_caller *caller = &call->caller;

	(void)handler;
	enc_log(ENC_LOG_INFO, NULL,
		"access: %s \"%s\" %d%s, %zu bytes, %llu ms, %s %s", what->id,
		what->request, what->status, what->whole ? "" : " cut off",
		what->bytes, (unsigned long long)what->ms,
		caller->org[0] == '\0' ? "-" : caller->org,
		caller->key[0] != '\0'	  ? caller->key
		: caller->name[0] != '\0' ? caller->name
					  : "-");
}

struct enc_api *enc_api_new(const struct enc_api_options *options)
{
	struct enc_api *api = enc_xalloc(sizeof(*api));

	api->options = *options;
	api->begun_wall_ms = enc_clock_wall_ms();
	enc_list_init(&api->laters);
	enc_list_init(&api->binding_changes);
	api->handler = (struct enc_http_handler){
		.admitted_bytes = sizeof(struct enc_api_call),
		.admit = admit,
		.handle = handle,
		.room = room,
		.gone = gone,
		.answered = options->access_log ? answered : NULL,
	};
	enc_api_turns_init(&api->turns, options->loop);
	enc_list_init(&api->streams);
	json_set_alloc_funcs(allocate, wipe_and_free);
	enc_api_auth_begin(api);
	return api;
}

struct enc_http_handler *enc_api_handler(struct enc_api *api)
{
	return &api->handler;
}
