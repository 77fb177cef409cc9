#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "audit_verify.h"
#include "base64.h"
#include "demo_facts.h"
#include "demo_programs.h"
#include "events.h"
#include "inert.h"
#include "print.h"
#include "scan.h"
#include "target.h"

const char *enc_demo_code_of(const char *name)
{
	const struct enc_demo_program *program = enc_demo_program_rows;

	while (program->name != NULL && strcmp(program->name, name) != 0) {
		program++;
	}
	ENC_ASSERT(program->name != NULL);
	return program->code;
}

void enc_demo_facts_init(struct enc_demo_facts *facts)
{
	*facts = (struct enc_demo_facts){
		.surfaces = ENC_BUF(ENC_DEMO_SURFACE_MAX),
	};
}

void enc_demo_facts_done(struct enc_demo_facts *facts)
{
	json_decref(facts->session);
	json_decref(facts->events);
	enc_buf_done(&facts->surfaces);
}

enum enc_code enc_demo_facts_surface(struct enc_demo_facts *facts,
				     const void *bytes, size_t length,
				     struct enc_error *err)
{
	return enc_buf_append(&facts->surfaces, bytes, length) == 0
		       ? ENC_OK
		       : enc_fail(err, ENC_LIMIT,
				  "the session gave back more than %d MiB",
				  ENC_DEMO_SURFACE_MAX >> 20);
}

/* keep_session() - keep an answer as the session's record */
static void keep_session(struct enc_demo_facts *facts,
			 const struct enc_buf *body)
{
	json_decref(facts->session);
	facts->session = json_loadb((const char *)enc_buf_bytes(body),
				    body->length, 0, NULL);
}

enum enc_code enc_demo_facts_start(struct enc_demo_facts *facts,
				   struct enc_server *server,
				   const char *request, const char *query,
				   struct enc_error *err)
{
	enc_autofree char *target = enc_xprintf("/v1/sessions%s", query);
	ENC_AUTO(buf) body = ENC_BUF(ENC_SERVER_BODY_MAX);
	enum enc_code code =
		enc_server_call(server, "POST", target, request, &body, err);

	if (code == ENC_OK) {
		keep_session(facts, &body);
		code = enc_demo_facts_surface(facts, enc_buf_bytes(&body),
					      body.length, err);
	}
	return code;
}

/* fetch() - GET a path of the session; the response is kept, too */
static enum enc_code fetch(struct enc_demo_facts *facts,
			   struct enc_server *server, const char *tail,
			   struct enc_buf *ret_body, struct enc_error *err)
{
	char target[256];
	enum enc_code code = enc_target_of("sessions", "session",
					   enc_json_text(facts->session, "id"),
					   tail, target, err);

	if (code == ENC_OK) {
		code = enc_server_call(server, "GET", target, NULL, ret_body,
				       err);
	}
	return code != ENC_OK
		       ? code
		       : enc_demo_facts_surface(facts, enc_buf_bytes(ret_body),
						ret_body->length, err);
}

/* on_event() - store a stream event as text, and the base64 in it decoded */
static bool on_event(void *user, const struct enc_server_event *event)
{
	struct enc_demo_facts *facts = user;
	json_t *data = json_loadb(event->data, event->data_length, 0, NULL);
	const json_t *text = json_object_get(data, "base64");
	int r = enc_buf_append(&facts->surfaces, event->data,
			       event->data_length);

	if (r == 0 && json_is_string(text)) {
		r = enc_base64_decode(json_string_value(text),
				      json_string_length(text),
				      &facts->surfaces);
	}
	json_decref(data);
	return r == 0;
}

/* collect_audit() - get the audit bundle, verify it, decode its events */
static enum enc_code collect_audit(struct enc_demo_facts *facts,
				   struct enc_server *server,
				   struct enc_error *err)
{
	ENC_AUTO(buf) bundle = ENC_BUF(ENC_SERVER_BODY_MAX);
	ENC_AUTO(buf) plain = ENC_BUF(ENC_SERVER_BODY_MAX);
	struct enc_audit_report report;
	enum enc_code code =
		fetch(facts, server, "/audit?format=bundle", &bundle, err);

	if (code == ENC_OK) {
		code = fetch(facts, server, "/audit", &plain, err);
	}
	if (code != ENC_OK) {
		return code;
	}
	enc_audit_verify(enc_buf_bytes(&bundle), bundle.length, &report);
	facts->verified =
		report.verdict == ENC_AUDIT_VERDICT_OK &&
		strcmp(report.sid, enc_json_text(facts->session, "id")) == 0;
	return enc_events_load(enc_buf_bytes(&bundle), bundle.length,
			       &facts->events, err);
}

enum enc_code enc_demo_facts_collect(struct enc_demo_facts *facts,
				     struct enc_server *server,
				     struct enc_error *err)
{
	ENC_AUTO(buf) session = ENC_BUF(ENC_SERVER_BODY_MAX);
	ENC_AUTO(buf) result = ENC_BUF(ENC_SERVER_BODY_MAX);
	ENC_AUTO(buf) list = ENC_BUF(ENC_SERVER_BODY_MAX);
	char target[256];
	enum enc_code code = enc_target_of("sessions", "session",
					   enc_json_text(facts->session, "id"),
					   "/stream", target, err);

	if (code == ENC_OK) {
		code = enc_server_stream(server, target, on_event, facts, err);
	}
	if (code == ENC_OK) {
		code = fetch(facts, server, "", &session, err);
	}
	if (code == ENC_OK) {
		keep_session(facts, &session);
		code = fetch(facts, server, "/result", &result, err);
	}
	if (code == ENC_OK) {
		code = collect_audit(facts, server, err);
	}
	if (code == ENC_OK) {
		code = enc_server_call(server, "GET", "/v1/sessions?limit=100",
				       NULL, &list, err);
	}
	return code != ENC_OK
		       ? code
		       : enc_demo_facts_surface(facts, enc_buf_bytes(&list),
						list.length, err);
}

void enc_demo_facts_fail(struct enc_demo_facts *facts,
			 const struct enc_error *err)
{
	(void)snprintf(facts->problem, sizeof(facts->problem), "%.150s",
		       err->message);
}

const char *enc_demo_facts_outcome(const struct enc_demo_facts *facts)
{
	const char *phase = enc_json_text(facts->session, "phase");
	const json_t *sealed = enc_events_find(facts->events, "session_sealed");

	return strcmp(phase, "torn_down") == 0
		       ? enc_json_text(sealed, "outcome")
		       : phase;
}

bool enc_demo_facts_modelled(const struct enc_demo_facts *facts)
{
	return strcmp(enc_json_text(facts->session, "backend"), "simulator") ==
	       0;
}

const char *enc_demo_facts_leak(const struct enc_demo_facts *facts,
				const char *text)
{
	return enc_scan_find(enc_buf_bytes(&facts->surfaces),
			     facts->surfaces.length, text);
}

void enc_demo_conclude(struct enc_demo_verdict *verdict, bool passed,
		       const char *format, ...)
{
	char text[ENC_DEMO_REASON_BYTES];
	enc_autofree char *line = NULL;
	va_list arguments;

	va_start(arguments, format);
	(void)vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	line = enc_inert_line(text);
	verdict->passed = passed;
	(void)snprintf(verdict->reason, sizeof(verdict->reason), "%s", line);
}

bool enc_demo_usable(const struct enc_demo_facts *facts,
		     struct enc_demo_verdict *verdict)
{
	if (facts->problem[0] != '\0') {
		enc_demo_conclude(verdict, false, "%s", facts->problem);
	} else if (facts->session == NULL || facts->events == NULL) {
		enc_demo_conclude(verdict, false,
				  "there is no session to judge");
	} else if (!facts->verified) {
		enc_demo_conclude(verdict, false,
				  "the audit log doesn't verify");
	} else if (enc_events_find(facts->events, "sandbox_started") == NULL) {
		enc_demo_conclude(verdict, false, "no sandbox was started");
	} else {
		return true;
	}
	return false;
}
