#include <string.h>

#include "bindings_demo.h"
#include "clock.h"
#include "demo_evidence.h"
#include "events.h"
#include "print.h"

static const char *const session_names[ENC_BINDINGS_SESSION_MAX] = {
	[ENC_BINDINGS_GRANTED] = "granted",
	[ENC_BINDINGS_HOSTILE] = "hostile",
};

void enc_bindings_scoreboard(const struct enc_bindings_demo *demo, bool colour,
			     FILE *out)
{
	const struct enc_demo_paint *paint = enc_demo_paint_of(colour);
	size_t passed = enc_bindings_passed(demo);
	bool all = passed == ENC_BINDINGS_CHECKS;

	(void)fprintf(out,
		      "%s▣ Enclave: a service that a program uses with a "
		      "credential that it never has%s\n",
		      paint->strong, paint->plain);
	(void)fprintf(out, "%sbackend: %s · kernel: %s · upstream: %s%s\n\n",
		      paint->faint, demo->backend, demo->isolation,
		      demo->verdicts[0].modelled ? "none" : demo->address,
		      paint->plain);
	(void)fprintf(out, "%s  %-40s %s%s\n", paint->strong, "CHECK",
		      "VERDICT", paint->plain);
	enc_demo_rule(out, paint);
	for (size_t i = 0; i < ENC_BINDINGS_CHECKS; i++) {
		const struct enc_demo_verdict *verdict = &demo->verdicts[i];
		const char *tint = verdict->passed ? paint->good : paint->bad;

		(void)fprintf(out, "%s%s%s %-40s %s%-7s%s %s%s%s%s\n", tint,
			      verdict->passed ? "✓" : "✗", paint->plain,
			      enc_bindings_check_name(i), tint,
			      verdict->passed ? "PASS" : "FAIL", paint->plain,
			      paint->faint,
			      verdict->modelled ? "modelled: " : "",
			      verdict->reason, paint->plain);
	}
	enc_demo_rule(out, paint);
	(void)fprintf(out, "%s%s%s %zu/%d checks%s%s\n", paint->strong,
		      all ? paint->good : paint->bad, all ? "✓" : "✗", passed,
		      (int)ENC_BINDINGS_CHECKS,
		      demo->verdicts[0].modelled
			      ? ", modelled: the simulator has no vault"
			      : "",
		      paint->plain);
}

/* calls_of() - the events about bindings, as a new array */
static json_t *calls_of(const json_t *events)
{
	json_t *calls = json_array();
	size_t i;
	json_t *event;

	json_array_foreach(events, i, event)
	{
		const char *type = enc_json_text(event, "type");

		if (strncmp(type, "binding_", strlen("binding_")) == 0 ||
		    strcmp(type, "secret_redacted") == 0) {
			ENC_MUST(json_array_append_new(
				calls,
				json_pack("{s:s, s:O}", "type", type, "data",
					  json_object_get(event, "data"))));
		}
	}
	return calls;
}

/* session_row() - the facts of a session, for the report */
static json_t *session_row(const struct enc_demo_facts *facts, const char *name)
{
	json_t *row = json_pack(
		"{s:s, s:o, s:o, s:o, s:o, s:b, s:o, s:o}", "session", name,
		"sessionId",
		enc_demo_nullable(enc_json_text(facts->session, "id")), "phase",
		enc_demo_nullable(enc_demo_facts_outcome(facts)), "auditTypes",
		enc_events_types(facts->events), "auditHead",
		enc_demo_nullable(enc_events_head(facts->events)),
		"auditVerified", (int)facts->verified, "deniedEgress",
		enc_events_denied(facts->events), "calls",
		calls_of(facts->events));

	ENC_ASSERT(row != NULL);
	return row;
}

json_t *enc_bindings_report(const struct enc_bindings_demo *demo)
{
	char now[ENC_CLOCK_ISO_BYTES];
	json_t *checks = json_array();
	json_t *sessions = json_array();
	json_t *report;

	enc_clock_iso(enc_clock_wall_ms(), now);
	for (size_t i = 0; i < ENC_BINDINGS_CHECKS; i++) {
		const struct enc_demo_verdict *verdict = &demo->verdicts[i];

		ENC_MUST(json_array_append_new(
			checks, json_pack("{s:s, s:b, s:b, s:s}", "check",
					  enc_bindings_check_name(i), "passed",
					  (int)verdict->passed, "modelled",
					  (int)verdict->modelled, "reason",
					  verdict->reason)));
	}
	for (size_t i = 0; i < ENC_BINDINGS_SESSION_MAX; i++) {
		ENC_MUST(json_array_append_new(sessions,
					       session_row(&demo->facts[i],
							   session_names[i])));
	}
	report = json_pack(
		"{s:s, s:s, s:s, s:s, s:s, s:i, s:i, s:o, s:o, s:o, s:o}",
		"demo", "service-bindings", "version", ENC_RELEASE, "createdAt",
		now, "backend", demo->backend, "kernel", demo->isolation,
		"passed", (int)enc_bindings_passed(demo), "total",
		(int)ENC_BINDINGS_CHECKS, "checks", checks, "sessions",
		sessions, "binding",
		demo->payments == NULL ? json_null()
				       : json_incref(demo->payments),
		"upstreamCalls",
		demo->calls == NULL ? json_null() : json_incref(demo->calls));
	ENC_ASSERT(report != NULL);
	return report;
}

int enc_bindings_report_text(const json_t *report, struct enc_buf *out)
{
	size_t i;
	json_t *row;
	int r = enc_demo_write_title("Service bindings", report, out);

	if (r == 0) {
		r = enc_buf_text(out, "| check | verdict | reason |\n"
				      "|---|---|---|\n");
	}
	json_array_foreach(json_object_get(report, "checks"), i, row)
	{
		if (r == 0) {
			r = enc_buf_printf(
				out, "| %s | %s | %s%s |\n",
				enc_json_text(row, "check"),
				json_is_true(json_object_get(row, "passed"))
					? "PASS"
					: "FAIL",
				json_is_true(json_object_get(row, "modelled"))
					? "modelled: "
					: "",
				enc_json_text(row, "reason"));
		}
	}
	if (r == 0) {
		r = enc_buf_text(out, "\n| session | outcome | audit head |\n"
				      "|---|---|---|\n");
	}
	json_array_foreach(json_object_get(report, "sessions"), i, row)
	{
		if (r == 0) {
			r = enc_buf_printf(out, "| %s %s | %s | `%.16s` |\n",
					   enc_json_text(row, "session"),
					   enc_json_text(row, "sessionId"),
					   enc_json_text(row, "phase"),
					   enc_json_text(row, "auditHead"));
		}
	}
	return r != 0 ? r
		      : enc_buf_printf(out, "\nVerdicts come from the audit "
					    "logs, verified offline, the "
					    "results, and the upstream's\n"
					    "record of what arrived.\n");
}
