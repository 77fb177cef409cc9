#include <string.h>

#include "clock.h"
#include "demo.h"
#include "demo_evidence.h"
#include "events.h"
#include "print.h"

static const char last_name[] = "no secret on any public surface";

/* badge() - one word for the verdict of a check, such as CONTAINED */
static const char *badge(size_t check, bool passed)
{
	if (check == ENC_DEMO_SCENARIOS) {
		return passed ? "WITHHELD" : "LEAKED";
	}
	if (enc_demo_scenarios[check].hostile) {
		return passed ? "CONTAINED" : "ESCAPED";
	}
	return passed ? "SUCCEEDED" : "FAILED";
}

/* name_of() - name of a check, by its index */
static const char *name_of(size_t check)
{
	return check == ENC_DEMO_SCENARIOS ? last_name
					   : enc_demo_scenarios[check].name;
}

/* last_line() - print the totals below the table of verdicts */
static void last_line(const struct enc_demo *demo, FILE *out,
		      const struct enc_demo_paint *paint)
{
	size_t contained = 0;
	size_t passed = enc_demo_passed(demo);
	bool all = passed == ENC_DEMO_CHECKS;

	for (size_t i = 0; i < ENC_DEMO_SCENARIOS; i++) {
		contained += enc_demo_scenarios[i].hostile &&
					     demo->verdicts[i].passed
				     ? 1
				     : 0;
	}
	(void)fprintf(out,
		      "%s%s%s %zu/4 hostile workloads contained · clean run %s "
		      "· %s: %zu/%d checks%s\n",
		      paint->strong, all ? paint->good : paint->bad,
		      all ? "✓" : "✗", contained,
		      demo->verdicts[ENC_DEMO_SCENARIOS - 1].passed ? "fine"
								    : "broken",
		      demo->verdicts[ENC_DEMO_SCENARIOS].passed
			      ? "no secret leaked"
			      : "a secret leaked, or nothing to look at",
		      passed, (int)ENC_DEMO_CHECKS, paint->plain);
}

void enc_demo_scoreboard(const struct enc_demo *demo, bool colour, FILE *out)
{
	const struct enc_demo_paint *paint = enc_demo_paint_of(colour);

	(void)fprintf(out,
		      "%s▣ Enclave: five programs, four of them hostile, each "
		      "in a sandbox of its own%s\n",
		      paint->strong, paint->plain);
	(void)fprintf(out, "%scontrol plane: %s · backend: %s · kernel: %s%s\n",
		      paint->faint, demo->url, demo->backend, demo->isolation,
		      paint->plain);
	(void)fprintf(out, "\n%s  %-42s %-10s%s\n", paint->strong, "WORKLOAD",
		      "VERDICT", paint->plain);
	enc_demo_rule(out, paint);
	for (size_t i = 0; i < ENC_DEMO_CHECKS; i++) {
		const struct enc_demo_verdict *verdict = &demo->verdicts[i];

		(void)fprintf(out, "%s%s%s %-42s %s%-10s%s %s%s%s%s\n",
			      verdict->passed ? paint->good : paint->bad,
			      verdict->passed ? "✓" : "✗", paint->plain,
			      name_of(i),
			      verdict->passed ? paint->good : paint->bad,
			      badge(i, verdict->passed), paint->plain,
			      paint->faint,
			      verdict->modelled ? "modelled: " : "",
			      verdict->reason, paint->plain);
	}
	enc_demo_rule(out, paint);
	last_line(demo, out, paint);
}

/* hosts() - make a JSON array of the hosts that egress was refused to */
static json_t *hosts(const json_t *events)
{
	json_t *rows = enc_events_denied(events);
	json_t *names = json_array();
	size_t i;
	json_t *row;

	json_array_foreach(rows, i, row)
	{
		ENC_MUST(json_array_append(names,
					   json_object_get(row, "host")));
	}
	json_decref(rows);
	return names;
}

/* add_facts() - add the facts of a session to its row of the report */
static void add_facts(json_t *row, const struct enc_demo_facts *facts)
{
	json_t *value = enc_json_path(facts->session, "result.json");
	json_t *more = json_pack(
		"{s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:b, s:o}", "sessionId",
		enc_demo_nullable(enc_json_text(facts->session, "id")), "phase",
		enc_demo_nullable(enc_demo_facts_outcome(facts)), "killReason",
		enc_demo_nullable(enc_json_text(facts->session, "killReason")),
		"deniedEgress", hosts(facts->events), "resultJson",
		value == NULL ? json_null() : json_incref(value), "auditTypes",
		enc_events_types(facts->events), "auditHead",
		enc_demo_nullable(enc_events_head(facts->events)),
		"auditVerified", (int)facts->verified, "backend",
		enc_demo_nullable(enc_json_text(facts->session, "backend")));

	ENC_MUST(json_object_update(row, more));
	json_decref(more);
}

json_t *enc_demo_report(const struct enc_demo *demo)
{
	char now[ENC_CLOCK_ISO_BYTES];
	json_t *rows = json_array();
	json_t *report;

	enc_clock_iso(enc_clock_wall_ms(), now);
	for (size_t i = 0; i < ENC_DEMO_CHECKS; i++) {
		const struct enc_demo_verdict *verdict = &demo->verdicts[i];
		json_t *row = json_pack("{s:s, s:b, s:s, s:b, s:b, s:s}",
					"scenario", name_of(i), "hostile",
					i < ENC_DEMO_SCENARIOS &&
						enc_demo_scenarios[i].hostile,
					"verdict", badge(i, verdict->passed),
					"passed", (int)verdict->passed,
					"modelled", (int)verdict->modelled,
					"reason", verdict->reason);

		ENC_ASSERT(row != NULL);
		if (i < ENC_DEMO_SCENARIOS) {
			add_facts(row, &demo->facts[i]);
		} else {
			ENC_MUST(json_object_set_new(
				row, "backend",
				enc_demo_nullable(demo->backend)));
		}
		ENC_MUST(json_array_append_new(rows, row));
	}
	report = json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:i, s:i, s:o}",
			   "demo", "adversarial", "version", ENC_RELEASE,
			   "createdAt", now, "controlPlane", demo->url,
			   "backend", demo->backend, "kernel", demo->isolation,
			   "passed", (int)enc_demo_passed(demo), "total",
			   (int)ENC_DEMO_CHECKS, "scenarios", rows);
	ENC_ASSERT(report != NULL);
	return report;
}

int enc_demo_report_text(const json_t *report, struct enc_buf *out)
{
	size_t i;
	json_t *row;
	int r = enc_demo_write_title("Adversarial demo", report, out);

	if (r == 0) {
		r = enc_buf_text(out, "| workload | type | session | outcome | "
				      "verdict | reason | audit head |\n"
				      "|---|---|---|---|---|---|---|\n");
	}
	json_array_foreach(json_object_get(report, "scenarios"), i, row)
	{
		bool last = i == ENC_DEMO_SCENARIOS;
		const char *head = enc_json_text(row, "auditHead");
		const char *id = enc_json_text(row, "sessionId");
		const char *phase = enc_json_text(row, "phase");

		if (r != 0) {
			return r;
		}
		r = enc_buf_printf(
			out, "| %s | %s | %s | %s | %s | %s%s | `%.16s` |\n",
			enc_json_text(row, "scenario"),
			last ? "invariant"
			: json_is_true(json_object_get(row, "hostile"))
				? "hostile"
				: "clean",
			id[0] == '\0' ? "-" : id,
			phase[0] == '\0' ? "-" : phase,
			enc_json_text(row, "verdict"),
			json_is_true(json_object_get(row, "modelled"))
				? "modelled: "
				: "",
			enc_json_text(row, "reason"),
			head[0] == '\0' ? "-" : head);
	}
	return r != 0 ? r
		      : enc_buf_printf(out, "\nVerdicts come from the audit "
					    "logs, verified offline, and the "
					    "results, all read\nover the "
					    "public API.\n");
}
