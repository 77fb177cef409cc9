#include <stdio.h>
#include <string.h>

#include "demo.h"
#include "events.h"
#include "print.h"

/* denied() - count the refused connections to a host in the audit log */
static json_int_t denied(const struct enc_demo_facts *facts, const char *host)
{
	json_t *rows = enc_events_denied(facts->events);
	json_int_t count = 0;
	size_t i;
	json_t *row;

	json_array_foreach(rows, i, row)
	{
		if (strcmp(enc_json_text(row, "host"), host) == 0) {
			count += json_integer_value(json_object_get(row,
								    "count"));
		}
	}
	json_decref(rows);
	return count;
}

/*
 * judge_denied() - pass if the audit log has a refused connection to the host,
 * and no allowed connection to any host
 */
static bool judge_denied(const struct enc_demo_facts *facts, const char *host,
			 struct enc_demo_verdict *verdict)
{
	json_int_t count = denied(facts, host);

	if (enc_events_find(facts->events, "egress_allowed") != NULL) {
		enc_demo_conclude(verdict, false, "a connection was let out");
		return false;
	}
	enc_demo_conclude(verdict, count > 0,
			  "egress_denied %s, %lld attempt%s", host,
			  (long long)count, count == 1 ? "" : "s");
	return count > 0;
}

/*
 * judge_exfil() - pass if the connection to evil.example.com was refused, and
 * no answer of the API contains the canary of the planted file
 */
static void judge_exfil(const struct enc_demo_facts *facts,
			const struct enc_demo_canaries *canaries,
			struct enc_demo_verdict *verdict)
{
	const char *leak;

	if (!enc_demo_usable(facts, verdict) ||
	    !judge_denied(facts, "evil.example.com", verdict)) {
		return;
	}
	leak = enc_demo_facts_leak(facts, canaries->text[ENC_DEMO_FILE]);
	if (leak != NULL) {
		enc_demo_conclude(verdict, false, "the secret came back, as %s",
				  leak);
	}
}

/*
 * judge_metadata() - pass if connections to the metadata address were refused,
 * and no connection was allowed
 *
 * The program spells the address in several ways. The audit log has it in one.
 */
static void judge_metadata(const struct enc_demo_facts *facts,
			   const struct enc_demo_canaries *canaries,
			   struct enc_demo_verdict *verdict)
{
	(void)canaries;
	if (enc_demo_usable(facts, verdict)) {
		(void)judge_denied(facts, "169.254.169.254", verdict);
	}
}

/*
 * judge_fork_bomb() - pass if the session was killed for its process limit,
 * and the audit log has the counter that shows this
 */
static void judge_fork_bomb(const struct enc_demo_facts *facts,
			    const struct enc_demo_canaries *canaries,
			    struct enc_demo_verdict *verdict)
{
	const char *reason = enc_json_text(facts->session, "killReason");
	const json_t *kill = enc_events_find(facts->events, "quota_kill");
	const json_t *counter = json_object_get(kill, "counter");

	(void)canaries;
	if (!enc_demo_usable(facts, verdict)) {
		return;
	}
	if (strcmp(enc_demo_facts_outcome(facts), "killed") != 0 ||
	    strcmp(reason, "pids_exceeded") != 0) {
		enc_demo_conclude(verdict, false,
				  "%s %s instead of killed by pids",
				  enc_demo_facts_outcome(facts), reason);
	} else if (json_integer_value(enc_json_path(facts->session,
						    "limits.pidsLimit")) !=
		   ENC_DEMO_PIDS_LIMIT) {
		enc_demo_conclude(verdict, false,
				  "the limit was not %d processes",
				  (int)ENC_DEMO_PIDS_LIMIT);
	} else if (strcmp(enc_json_text(kill, "reason"), "pids_exceeded") !=
			   0 ||
		   counter == NULL || json_is_null(counter)) {
		enc_demo_conclude(verdict, false,
				  "no quota_kill with its counter");
	} else {
		enc_demo_conclude(verdict, true, "killed, pids_exceeded");
	}
}

/* shadow_leak() - whether the API returned a line of the host's /etc/shadow */
static bool shadow_leak(const struct enc_demo_facts *facts,
			const struct enc_demo_canaries *canaries)
{
	/* No lines if this user can't read /etc/shadow. */
	for (size_t i = 0; i < canaries->host_line_count; i++) {
		if (enc_demo_facts_leak(facts, canaries->host_lines[i]) !=
		    NULL) {
			return true;
		}
	}
	return false;
}

/*
 * judge_shadow() - pass if the program failed to find the host's files, and no
 * answer of the API contains a text from them
 */
static void judge_shadow(const struct enc_demo_facts *facts,
			 const struct enc_demo_canaries *canaries,
			 struct enc_demo_verdict *verdict)
{
	const char *told = enc_json_text(facts->session, "result.stderr");

	if (!enc_demo_usable(facts, verdict)) {
		return;
	}
	if (enc_demo_facts_leak(facts, canaries->text[ENC_DEMO_HOST]) != NULL ||
	    shadow_leak(facts, canaries)) {
		enc_demo_conclude(verdict, false,
				  "a file of the host was read");
	} else if (strcmp(enc_demo_facts_outcome(facts), "failed") != 0) {
		enc_demo_conclude(verdict, false, "%s instead of failed",
				  enc_demo_facts_outcome(facts));
	} else if (!verdict->modelled &&
		   strstr(told, "host path not mounted") == NULL) {
		enc_demo_conclude(verdict, false, "it did not come to the end");
	} else {
		enc_demo_conclude(verdict, true, "host path not mounted");
	}
}

/*
 * judge_clean() - pass if the well-behaved program succeeded with its result
 *
 * The simulator runs no program. Its result must say so.
 */
static void judge_clean(const struct enc_demo_facts *facts,
			const struct enc_demo_canaries *canaries,
			struct enc_demo_verdict *verdict)
{
	const json_t *value = enc_json_path(facts->session, "result.json");
	json_t *expected;
	enc_autofree char *text = NULL;
	bool succeeded =
		strcmp(enc_demo_facts_outcome(facts), "succeeded") == 0;

	(void)canaries;
	if (!enc_demo_usable(facts, verdict)) {
		return;
	}
	text = value == NULL
		       ? enc_xstrdup("no result")
		       : json_dumps(value, JSON_COMPACT | JSON_ENSURE_ASCII |
						   JSON_ENCODE_ANY);
	if (verdict->modelled) {
		/* A simulated session must not claim a computed result. */
		json_t *model = json_pack("{s:b}", "simulated", 1);
		bool honest = json_equal(value, model) != 0;

		json_decref(model);
		enc_demo_conclude(verdict, succeeded && honest, "%s, %s",
				  enc_demo_facts_outcome(facts),
				  honest ? "not computed"
					 : "but a model can't have a result");
		return;
	}
	expected = json_pack("{s:i}", "answer", 285);
	enc_demo_conclude(verdict,
			  succeeded && json_equal(value, expected) &&
				  enc_events_find(facts->events,
						  "result_collected") != NULL,
			  "%s %s", enc_demo_facts_outcome(facts), text);
	json_decref(expected);
}

const struct enc_demo_scenario enc_demo_scenarios[ENC_DEMO_SCENARIOS] = {
	{ "data exfiltration -> evil.example.com", "exfil.py", true,
	  judge_exfil },
	{ "credentials -> metadata 169.254.169.254", "metadata.py", true,
	  judge_metadata },
	{ "resource exhaustion (fork bomb)", "fork_bomb.py", true,
	  judge_fork_bomb },
	{ "host files -> /etc/shadow", "shadow.py", true, judge_shadow },
	{ "clean compute (well-behaved)", "clean.py", false, judge_clean },
};

/*
 * find_leak() - find a canary or the API key in what the API returned for a
 * session
 *
 * Return: a name for the secret that was found, or NULL
 */
static const char *find_leak(const struct enc_demo *demo, size_t session,
			     const char **ret_encoding)
{
	static const char *const names[] = {
		[ENC_DEMO_FILE] = "planted file",
		[ENC_DEMO_VARIABLE] = "environment variable",
		[ENC_DEMO_INPUT] = "standard input",
		[ENC_DEMO_HOST] = "file of the host",
	};
	const struct enc_demo_facts *facts = &demo->facts[session];

	for (size_t i = 0; i < ENC_DEMO_CANARY_MAX; i++) {
		*ret_encoding =
			enc_demo_facts_leak(facts, demo->canaries.text[i]);
		if (*ret_encoding != NULL) {
			return names[i];
		}
	}
	*ret_encoding =
		demo->canaries.key == NULL
			? NULL
			: enc_demo_facts_leak(facts, demo->canaries.key);
	return *ret_encoding == NULL ? NULL : "API key";
}

/* judge_secrets() - pass if the API returned no canary and no API key */
static void judge_secrets(const struct enc_demo *demo,
			  struct enc_demo_verdict *verdict)
{
	size_t bytes = 0;

	for (size_t i = 0; i < ENC_DEMO_SCENARIOS; i++) {
		const char *encoding;
		const char *leak = find_leak(demo, i, &encoding);

		if (leak != NULL) {
			enc_demo_conclude(verdict, false,
					  "%s came back, as %s, in: %s", leak,
					  encoding, enc_demo_scenarios[i].name);
			return;
		}
		/* A session without answers proves nothing: fail. */
		if (demo->facts[i].surfaces.length == 0 ||
		    demo->facts[i].problem[0] != '\0') {
			enc_demo_conclude(verdict, false,
					  "nothing to look at in: %s",
					  enc_demo_scenarios[i].name);
			return;
		}
		bytes += demo->facts[i].surfaces.length;
	}
	enc_demo_conclude(
		verdict, true,
		"%d canaries in none of %zu bytes of sessions, results, audit "
		"logs, streams",
		ENC_DEMO_CANARY_MAX + (demo->canaries.key != NULL), bytes);
}

void enc_demo_judge(struct enc_demo *demo)
{
	struct enc_demo_verdict *last = &demo->verdicts[ENC_DEMO_SCENARIOS];

	demo->backend = "none";
	demo->isolation = "none";
	for (size_t i = 0; i < ENC_DEMO_SCENARIOS; i++) {
		const struct enc_demo_facts *facts = &demo->facts[i];

		if (facts->session != NULL) {
			demo->backend =
				enc_json_text(facts->session, "backend");
			demo->isolation = enc_json_text(facts->session,
							"isolation.kernel");
		}
		demo->verdicts[i].modelled = enc_demo_facts_modelled(facts);
		last->modelled =
			last->modelled || enc_demo_facts_modelled(facts);
		enc_demo_scenarios[i].judge(facts, &demo->canaries,
					    &demo->verdicts[i]);
	}
	judge_secrets(demo, last);
}

size_t enc_demo_passed(const struct enc_demo *demo)
{
	size_t passed = 0;

	for (size_t i = 0; i < ENC_DEMO_CHECKS; i++) {
		passed += demo->verdicts[i].passed ? 1 : 0;
	}
	return passed;
}
