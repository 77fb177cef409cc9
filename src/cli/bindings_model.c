#include "bindings_demo.h"

static const char model_address[] = "10.0.0.2";

/* add_event() - append an event; takes @data */
static void add_event(struct enc_demo_facts *facts, const char *type,
		      json_t *data)
{
	if (facts->events == NULL) {
		json_decref(data); /* the session failed, and says so */
		return;
	}
	ENC_MUST(json_array_append_new(facts->events,
				       json_pack("{s:s, s:o}", "type", type,
						 "data", data)));
}

static void add_invoked(struct enc_demo_facts *facts, const char *binding,
			const char *method, const char *path, int count)
{
	add_event(facts, "binding_invoked",
		  json_pack("{s:s, s:s, s:s, s:i, s:i}", "binding", binding,
			    "method", method, "path", path, "status", 200,
			    "count", count));
}

static void add_denied(struct enc_demo_facts *facts, const char *reason,
		       int count)
{
	add_event(facts, "binding_denied",
		  json_pack("{s:s, s:s, s:i}", "reason", reason, "binding",
			    "payments", "count", count));
}

static void add_redacted(struct enc_demo_facts *facts, const char *binding,
			 const char *where)
{
	add_event(facts, "secret_redacted",
		  json_pack("{s:s, s:s, s:i}", "binding", binding, "where",
			    where, "count", 1));
}

/* add_call() - append a request that the upstream would have seen */
static void add_call(struct enc_bindings_demo *demo, const char *method,
		     const char *target)
{
	ENC_MUST(json_array_append_new(demo->calls,
				       json_pack("{s:s, s:s, s:s, s:s}",
						 "method", method, "target",
						 target, "credential", "right",
						 "receipt", "modelled")));
}

void enc_bindings_model(struct enc_bindings_demo *demo)
{
	struct enc_demo_facts *granted = &demo->facts[ENC_BINDINGS_GRANTED];
	struct enc_demo_facts *hostile = &demo->facts[ENC_BINDINGS_HOSTILE];

	(void)snprintf(demo->address, sizeof(demo->address), "%s",
		       model_address);
	demo->payments =
		json_pack("{s:s, s:b, s:i}", "name", "payments", "hasSecret", 1,
			  "version", (int)ENC_BINDINGS_SECRETS);
	demo->calls = json_array();
	ENC_ASSERT(demo->payments != NULL && demo->calls != NULL);
	ENC_MUST(enc_buf_text(&demo->records,
			      "{\"name\":\"payments\",\"hasSecret\":true}"));
	add_call(demo, "GET", "/notes/v1/hold");
	add_call(demo, "POST", "/payments/v1/charges");
	add_call(demo, "GET", "/payments/v1/hold");
	add_call(demo, "GET", "/notes/v1/echo");
	add_call(demo, "POST", "/payments/v1/charges");
	add_call(demo, "GET", "/payments/v1/echo");
	add_invoked(granted, "payments", "POST", "/v1/charges", 2);
	add_denied(granted, "method_not_in_scope", 1);
	add_denied(granted, "path_not_in_scope", 1);
	add_redacted(granted, "payments", "header");
	add_redacted(granted, "payments", "body");
	add_invoked(hostile, "notes", "GET", "/v1/hold", 1);
	add_invoked(hostile, "notes", "GET", "/v1/echo", 1);
	add_denied(hostile, "not_granted", 3);
	add_event(hostile, "egress_denied",
		  json_pack("{s:s, s:i, s:s, s:s, s:i}", "host", model_address,
			    "port", 443, "proto", "tcp", "rule", "deny_all",
			    "count", 1));
}
