#include <string.h>

#include "bindings_demo.h"
#include "events.h"
#include "print.h"
#include "scan.h"

enum { CHARGES = 2, HOSTILE_ATTEMPTS = 11, OWN_CALLS = 2, PLACES = 4 };

static const char charges_path[] = "/v1/charges";
static const char payments_base[] = "http://payments.svc.enclave.internal";

/* ---- what the facts say ---- */

/* A pattern for the data of events; members that are NULL fit everything. */
struct pattern {
	const char *type;
	const char *binding;
	const char *method;
	const char *path;
	const char *reason;
	const char *where;
	const char *rule;
	const char *host;
	int status; /* 0: any */
};

/* fits() - whether a text of an event fits the pattern */
static bool fits(const json_t *data, const char *name, const char *wanted)
{
	return wanted == NULL || strcmp(enc_json_text(data, name), wanted) == 0;
}

/* count_events() - the sum of the counts of all events that fit a pattern */
static json_int_t count_events(const struct enc_demo_facts *facts,
			       const struct pattern *pattern)
{
	json_int_t count = 0;
	size_t i;
	json_t *event;

	json_array_foreach(facts->events, i, event)
	{
		const json_t *data = json_object_get(event, "data");
		json_int_t status =
			json_integer_value(json_object_get(data, "status"));

		if (fits(event, "type", pattern->type) &&
		    fits(data, "binding", pattern->binding) &&
		    fits(data, "method", pattern->method) &&
		    fits(data, "path", pattern->path) &&
		    fits(data, "reason", pattern->reason) &&
		    fits(data, "where", pattern->where) &&
		    fits(data, "rule", pattern->rule) &&
		    fits(data, "host", pattern->host) &&
		    (pattern->status == 0 || status == pattern->status)) {
			count += json_integer_value(json_object_get(data,
								    "count"));
		}
	}
	return count;
}

/* has_event() - whether an event fits a pattern, also one with the count 0 */
static bool has_event(const struct enc_demo_facts *facts, const char *type,
		      const char *binding)
{
	size_t i;
	json_t *event;

	json_array_foreach(facts->events, i, event)
	{
		if (fits(event, "type", type) &&
		    fits(json_object_get(event, "data"), "binding", binding)) {
			return true;
		}
	}
	return false;
}

/* count_arrived() - count requests at the upstream whose target has a text */
static size_t count_arrived(const struct enc_bindings_demo *demo,
			    const char *text)
{
	size_t count = 0;
	size_t i;
	json_t *call;

	json_array_foreach(demo->calls, i, call)
	{
		count += strstr(enc_json_text(call, "target"), text) != NULL;
	}
	return count;
}

/* find_leak() - find any of the secrets in some bytes. Return: its encoding */
static const char *find_leak(const struct enc_bindings_demo *demo,
			     const struct enc_buf *bytes)
{
	for (size_t i = 0; i < ENC_ORIGIN_SERVICE_MAX; i++) {
		for (size_t k = 0; k < ENC_BINDINGS_SECRETS; k++) {
			const char *found = enc_scan_find(enc_buf_bytes(bytes),
							  bytes->length,
							  demo->secrets[i][k]);

			if (found != NULL) {
				return found;
			}
		}
	}
	return NULL;
}

/* ---- the checks ---- */

/*
 * judge_sources() - pass if the requests that made the sessions have no
 * credential
 */
static void judge_sources(const struct enc_bindings_demo *demo,
			  struct enc_demo_verdict *verdict)
{
	const struct enc_demo_facts *granted =
		&demo->facts[ENC_BINDINGS_GRANTED];
	const char *leak = find_leak(demo, &demo->given);
	const char *base = enc_json_text(granted->session, "result.json.base");

	if (demo->given.length == 0) {
		enc_demo_conclude(verdict, false, "no session was created");
	} else if (leak != NULL) {
		enc_demo_conclude(verdict, false,
				  "a session was given a secret, as %s", leak);
	} else if (!verdict->modelled && strcmp(base, payments_base) != 0) {
		enc_demo_conclude(verdict, false,
				  "the program's base URL is '%s'", base);
	} else {
		enc_demo_conclude(verdict, true,
				  "all that it has is ENCLAVE_SVC_PAYMENTS=%s",
				  payments_base);
	}
}

/* judge_record() - pass if no answer about bindings shows a secret */
static void judge_record(const struct enc_bindings_demo *demo,
			 struct enc_demo_verdict *verdict)
{
	const char *leak = find_leak(demo, &demo->records);
	json_int_t version =
		json_integer_value(json_object_get(demo->payments, "version"));

	if (leak != NULL) {
		enc_demo_conclude(verdict, false, "a secret came back, as %s",
				  leak);
		return;
	}
	enc_demo_conclude(verdict,
			  json_is_true(json_object_get(demo->payments,
						       "hasSecret")) &&
				  version == ENC_BINDINGS_SECRETS,
			  "hasSecret, version %d, and nothing of the secret in "
			  "%zu bytes of answers",
			  (int)version, demo->records.length);
}

/* has_receipt() - whether the program's result has a receipt of the upstream */
static bool has_receipt(const json_t *receipts, const char *receipt)
{
	size_t i;
	json_t *text;

	json_array_foreach(receipts, i, text)
	{
		if (json_is_string(text) &&
		    strcmp(json_string_value(text), receipt) == 0) {
			return true;
		}
	}
	return false;
}

/*
 * judge_calls() - pass if the upstream got each call of payments with the right
 * credential, and the program got the upstream's responses
 */
static void judge_calls(const struct enc_bindings_demo *demo,
			struct enc_demo_verdict *verdict)
{
	const struct enc_demo_facts *granted =
		&demo->facts[ENC_BINDINGS_GRANTED];
	const json_t *receipts =
		enc_json_path(granted->session, "result.json.receipts");
	int right = 0;
	int wrong = 0;
	int received = 0;
	size_t i;
	json_t *call;

	json_array_foreach(demo->calls, i, call)
	{
		bool is_right =
			strcmp(enc_json_text(call, "credential"), "right") == 0;
		bool is_charge = strcmp(enc_json_text(call, "target"),
					"/payments/v1/charges") == 0;

		wrong += !is_right;
		right += is_right && is_charge;
		received +=
			is_right && is_charge &&
			(verdict->modelled ||
			 has_receipt(receipts, enc_json_text(call, "receipt")));
	}
	if (wrong > 0) {
		enc_demo_conclude(verdict, false,
				  "%d call%s came with another credential",
				  wrong, wrong == 1 ? "" : "s");
		return;
	}
	enc_demo_conclude(verdict, right == CHARGES && received == CHARGES,
			  "the upstream confirms %d of %d, the second with a "
			  "new secret; %d receipts came back",
			  right, CHARGES, received);
}

/*
 * judge_audit() - pass if the audit log has the calls, and calls out of scope
 * were refused and never arrived
 */
static void judge_audit(const struct enc_bindings_demo *demo,
			struct enc_demo_verdict *verdict)
{
	const struct enc_demo_facts *granted =
		&demo->facts[ENC_BINDINGS_GRANTED];
	const struct pattern calls = { .type = "binding_invoked",
				       .binding = "payments",
				       .method = "POST",
				       .path = charges_path,
				       .status = 200 };
	const struct pattern method = { .type = "binding_denied",
					.binding = "payments",
					.reason = "method_not_in_scope" };
	const struct pattern path = { .type = "binding_denied",
				      .binding = "payments",
				      .reason = "path_not_in_scope" };
	json_int_t invoked = count_events(granted, &calls);
	json_int_t refused =
		count_events(granted, &method) + count_events(granted, &path);
	size_t arrived = count_arrived(demo, "/v1/admin");
	size_t i;
	json_t *call;

	json_array_foreach(demo->calls, i, call)
	{
		arrived += strcmp(enc_json_text(call, "method"), "DELETE") == 0;
	}
	if (arrived > 0) {
		enc_demo_conclude(verdict, false,
				  "%zu call%s out of scope arrived", arrived,
				  arrived == 1 ? "" : "s");
		return;
	}
	enc_demo_conclude(
		verdict, invoked == CHARGES && refused == 2,
		"binding_invoked POST %s, count %d; out of scope: %d of 2 "
		"binding_denied",
		charges_path, (int)invoked, (int)refused);
}

/*
 * judge_echo() - pass if the credential in the upstream's response was masked
 */
static void judge_echo(const struct enc_bindings_demo *demo,
		       struct enc_demo_verdict *verdict)
{
	json_int_t headers = 0;
	json_int_t bodies = 0;

	for (size_t i = 0; i < ENC_BINDINGS_SESSION_MAX; i++) {
		const struct pattern header = { .type = "secret_redacted",
						.where = "header" };
		const struct pattern body = { .type = "secret_redacted",
					      .where = "body" };
		const char *leak = find_leak(demo, &demo->facts[i].surfaces);

		if (leak != NULL) {
			enc_demo_conclude(verdict, false,
					  "an echoed secret came out, as %s",
					  leak);
			return;
		}
		headers += count_events(&demo->facts[i], &header);
		bodies += count_events(&demo->facts[i], &body);
	}
	enc_demo_conclude(verdict,
			  headers > 0 && bodies > 0 &&
				  count_arrived(demo, "/v1/echo") ==
					  ENC_ORIGIN_SERVICE_MAX,
			  "secret_redacted: %d in headers, %d in bodies",
			  (int)headers, (int)bodies);
}

/*
 * judge_ungranted() - pass if the hostile session could use its own service
 * alone
 */
static void judge_ungranted(const struct enc_bindings_demo *demo,
			    struct enc_demo_verdict *verdict)
{
	const struct enc_demo_facts *hostile =
		&demo->facts[ENC_BINDINGS_HOSTILE];
	const struct pattern denied = { .type = "binding_denied",
					.binding = "payments",
					.reason = "not_granted" };
	const struct pattern own = { .type = "binding_invoked",
				     .binding = "notes",
				     .status = 200 };
	json_int_t count = count_events(hostile, &denied);

	if (has_event(hostile, "binding_invoked", "payments")) {
		enc_demo_conclude(verdict, false,
				  "binding_invoked of a binding that was not "
				  "granted");
	} else if (count_arrived(demo, "hostile") > 0) {
		enc_demo_conclude(verdict, false,
				  "%zu hostile requests arrived",
				  count_arrived(demo, "hostile"));
	} else if (count_events(hostile, &own) < OWN_CALLS) {
		enc_demo_conclude(verdict, false,
				  "its own binding didn't work either");
	} else {
		enc_demo_conclude(verdict, count > 0,
				  "binding_denied payments, not_granted, %d "
				  "attempts; never binding_invoked",
				  (int)count);
	}
}

/*
 * judge_bypass() - pass if the hostile session reached the upstream neither
 * directly nor by another gate
 */
static void judge_bypass(const struct enc_bindings_demo *demo,
			 struct enc_demo_verdict *verdict)
{
	const struct enc_demo_facts *hostile =
		&demo->facts[ENC_BINDINGS_HOSTILE];
	const struct pattern denied = { .type = "egress_denied",
					.host = demo->address };
	const struct pattern allowed = { .type = "egress_allowed" };
	const struct pattern own = { .type = "egress_allowed",
				     .rule = "binding:notes" };
	const json_t *tried = enc_json_path(hostile->session, "result.json");
	size_t arrived =
		count_arrived(demo, "direct") + count_arrived(demo, "gate");

	if (arrived > 0) {
		enc_demo_conclude(verdict, false, "%zu requests arrived",
				  arrived);
	} else if (count_events(hostile, &allowed) !=
		   count_events(hostile, &own)) {
		enc_demo_conclude(verdict, false,
				  "a connection was let out past the binding");
	} else if (!verdict->modelled &&
		   json_object_size(tried) != HOSTILE_ATTEMPTS) {
		enc_demo_conclude(verdict, false,
				  "the program did not come to its end");
	} else {
		json_int_t count = count_events(hostile, &denied);

		enc_demo_conclude(verdict, count > 0,
				  "egress_denied %s, %d attempts; none arrived",
				  demo->address, (int)count);
	}
}

/* judge_surfaces() - pass if nothing public has a secret in any encoding */
static void judge_surfaces(const struct enc_bindings_demo *demo,
			   struct enc_demo_verdict *verdict)
{
	const struct enc_buf *all[PLACES] = {
		&demo->records,
		&demo->given,
		&demo->facts[ENC_BINDINGS_GRANTED].surfaces,
		&demo->facts[ENC_BINDINGS_HOSTILE].surfaces,
	};
	size_t bytes = 0;

	for (size_t i = 0; i < PLACES; i++) {
		const char *leak = find_leak(demo, all[i]);

		if (leak != NULL) {
			enc_demo_conclude(verdict, false,
					  "a secret is public, as %s", leak);
			return;
		}
		if (all[i]->length == 0) {
			enc_demo_conclude(verdict, false,
					  "there was nothing to look at");
			return;
		}
		bytes += all[i]->length;
	}
	enc_demo_conclude(verdict, true,
			  "%d secrets in none of %zu bytes of bindings, "
			  "sessions, audit, output, environment",
			  ENC_ORIGIN_SERVICE_MAX * ENC_BINDINGS_SECRETS, bytes);
}

/* A check needs the facts of some sessions. */
enum needs { NEEDS_GRANTED, NEEDS_HOSTILE, NEEDS_BOTH };

static const struct {
	const char *name;
	enum needs needs;
	void (*judge)(const struct enc_bindings_demo *demo,
		      struct enc_demo_verdict *verdict);
} checks[ENC_BINDINGS_CHECKS] = {
	{ "programs get no credential", NEEDS_GRANTED, judge_sources },
	{ "a binding's record is write-only", NEEDS_GRANTED, judge_record },
	{ "calls arrive with the credential", NEEDS_GRANTED, judge_calls },
	{ "each call is on record, and in scope", NEEDS_GRANTED, judge_audit },
	{ "an echoed credential is masked", NEEDS_BOTH, judge_echo },
	{ "an ungranted binding is refused", NEEDS_HOSTILE, judge_ungranted },
	{ "there is no way round the gate", NEEDS_HOSTILE, judge_bypass },
	{ "no secret on any public surface", NEEDS_BOTH, judge_surfaces },
};

const char *enc_bindings_check_name(size_t check)
{
	return checks[check].name;
}

/* is_usable() - whether the sessions that a check needs can be judged */
static bool is_usable(const struct enc_bindings_demo *demo, enum needs needs,
		      struct enc_demo_verdict *verdict)
{
	return (needs == NEEDS_HOSTILE ||
		enc_demo_usable(&demo->facts[ENC_BINDINGS_GRANTED], verdict)) &&
	       (needs == NEEDS_GRANTED ||
		enc_demo_usable(&demo->facts[ENC_BINDINGS_HOSTILE], verdict));
}

void enc_bindings_judge(struct enc_bindings_demo *demo)
{
	const struct enc_demo_facts *granted =
		&demo->facts[ENC_BINDINGS_GRANTED];

	demo->backend = "none";
	demo->isolation = "none";
	if (granted->session != NULL) {
		demo->backend = enc_json_text(granted->session, "backend");
		demo->isolation =
			enc_json_text(granted->session, "isolation.kernel");
	}
	for (size_t i = 0; i < ENC_BINDINGS_CHECKS; i++) {
		struct enc_demo_verdict *verdict = &demo->verdicts[i];

		verdict->modelled = enc_demo_facts_modelled(granted);
		if (is_usable(demo, checks[i].needs, verdict)) {
			checks[i].judge(demo, verdict);
		}
	}
}

size_t enc_bindings_passed(const struct enc_bindings_demo *demo)
{
	size_t passed = 0;

	for (size_t i = 0; i < ENC_BINDINGS_CHECKS; i++) {
		passed += demo->verdicts[i].passed;
	}
	return passed;
}
