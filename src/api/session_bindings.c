/*
 * The service bindings of a new session: names or ids in the request, ids for
 * the vault, and a variable of the program's environment for each.
 */

#include <string.h>

#include "api_internal.h"
#include "keep.h"
#include "scope.h"

#define VARIABLE "ENCLAVE_SVC_"

/* The bindings that a request names, while the organisation's are listed. */
struct search {
	void **memory; /* owns what is found */
	const json_t *given;
	struct enc_grant *grants; /* all NULL: not found */
	size_t count;
};

static const char *given_at(const struct search *search, size_t i)
{
	return json_string_value(json_array_get(search->given, i));
}

/*
 * find_given() - note the bindings that the request names; a name precedes
 * another one's id
 */
static bool find_given(void *context, const struct enc_row *row)
{
	const struct enc_store_binding *binding =
		enc_row_as(row, &enc_store_service_bindings);
	const struct search *search = context;

	for (size_t i = 0; i < search->count; i++) {
		struct enc_grant *grant = &search->grants[i];
		const char *given = given_at(search, i);

		if (strcmp(given, binding->name) == 0 ||
		    (grant->id == NULL && strcmp(given, binding->id) == 0)) {
			grant->id = enc_keep_text(search->memory, binding->id);
			grant->name =
				enc_keep_text(search->memory, binding->name);
		}
	}
	return true;
}

/* check_given() - fail if a name belongs to no binding, or occurs twice */
static enum enc_code check_given(const struct search *search,
				 struct enc_error *err)
{
	for (size_t i = 0; i < search->count; i++) {
		const char *name = search->grants[i].name;

		if (name == NULL) {
			return enc_fail_field(err, ENC_BAD_REQUEST,
					      "serviceBindings",
					      "there is no service binding "
					      "'%.63s'; enclave bindings list "
					      "shows them",
					      given_at(search, i));
		}
		for (size_t j = 0; j < i; j++) {
			if (strcmp(search->grants[j].name, name) == 0) {
				return enc_fail_field(err, ENC_BAD_REQUEST,
						      "serviceBindings",
						      "serviceBindings has "
						      "'%.63s' twice",
						      name);
			}
		}
	}
	return ENC_OK;
}

/* check_may() - fail if the caller or the place can't have service bindings */
static enum enc_code check_may(const struct enc_api_call *call,
			       const struct enc_session_spec *spec,
			       struct enc_error *err)
{
	if (call->api->options.grants == NULL ||
	    spec->place->isolation == ENC_ISOLATION_SIMULATED) {
		return enc_fail_field(err, ENC_NOT_AVAILABLE, "serviceBindings",
				      "service bindings need a vault and a "
				      "gate, which the simulator hasn't: use "
				      "the backend native or gvisor");
	}
	return enc_api_check_scope(call->caller.scopes, ENC_SCOPE_BINDINGS_READ,
				   err);
}

enum enc_code enc_api_read_bindings(const struct enc_api_call *call,
				    struct enc_session_spec *spec,
				    struct enc_error *err)
{
	const json_t *given = json_object_get(call->body, "serviceBindings");
	const struct enc_store_binding of = {
		.base.type = &enc_store_service_bindings,
		.org = call->caller.org,
	};
	struct enc_record *record = &spec->record;
	struct search search = { .memory = &record->memory,
				 .given = given,
				 .count = json_array_size(given) };
	enum enc_code code;

	if (search.count == 0) {
		return ENC_OK;
	}
	code = check_may(call, spec, err);
	if (code != ENC_OK) {
		return code;
	}
	search.grants = enc_keep_room(&record->memory,
				      search.count * sizeof(*search.grants));
	record->bindings = search.grants;
	record->binding_count = search.count;
	code = enc_store_list(call->api->options.store, &of.base, find_given,
			      &search, err);
	return code == ENC_OK ? check_given(&search, err) : code;
}

void enc_api_add_binding_variables(struct enc_session_spec *spec)
{
	for (size_t i = 0; i < spec->record.binding_count; i++) {
		const char *name = spec->record.bindings[i].name;
		char *text = enc_xprintf(VARIABLE "%s=http://%s."
						  "svc.enclave.internal",
					 name, name);

		/* No name has an underscore, so no two become one variable. */
		for (char *at = text; *at != '='; at++) {
			if (*at == '-') {
				*at = '_';
			} else if (*at >= 'a' && *at <= 'z') {
				*at = (char)(*at - ('a' - 'A'));
			}
		}
		spec->env[spec->env_count++] = text;
	}
}
