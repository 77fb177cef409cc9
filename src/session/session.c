#include <stdio.h>
#include <string.h>

#include "clock.h"
#include "json.h"
#include "session.h"

enum {
	RESULT_MAX_BYTES = 1 << 20,
	OUTPUT_MAX_BYTES = 64 << 20,
	MILLIS = 1000,
};

static void free_texts(char **texts, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		free(texts[i]);
	}
	free(texts);
}

void enc_session_spec_free(struct enc_session_spec *spec)
{
	if (spec == NULL) {
		return;
	}
	free_texts(spec->argv, spec->argv_count);
	free_texts(spec->env, spec->env_count);
	for (size_t i = 0; i < spec->file_count; i++) {
		free((void *)(uintptr_t)spec->files[i].path);
		free((void *)(uintptr_t)spec->files[i].content);
	}
	for (size_t i = 0; i < spec->label_count; i++) {
		free((void *)(uintptr_t)spec->labels[i].name);
		free((void *)(uintptr_t)spec->labels[i].value);
	}
	free(spec->files);
	free(spec->labels);
	free(spec->stdin_bytes);
	free(spec->code);
	free(spec->org);
	free(spec->created_by);
	free(spec->idempotency_key);
	free(spec);
}

size_t enc_session_spec_bytes(const struct enc_session_spec *spec)
{
	size_t bytes = spec->code_length + spec->stdin_length +
		       spec->argv_count * sizeof(*spec->argv) +
		       spec->env_count * sizeof(*spec->env) +
		       spec->file_count * sizeof(*spec->files) +
		       spec->label_count * sizeof(*spec->labels);

	for (size_t i = 0; i < spec->argv_count; i++) {
		bytes += strlen(spec->argv[i]);
	}
	for (size_t i = 0; i < spec->env_count; i++) {
		bytes += strlen(spec->env[i]);
	}
	for (size_t i = 0; i < spec->file_count; i++) {
		bytes += strlen(spec->files[i].path) + spec->files[i].length;
	}
	for (size_t i = 0; i < spec->label_count; i++) {
		bytes += strlen(spec->labels[i].name) +
			 strlen(spec->labels[i].value);
	}
	return bytes;
}

void enc_session_init(struct enc_session *session)
{
	*session =
		(struct enc_session){ .result = ENC_BUF(RESULT_MAX_BYTES + 1) };
	enc_list_init(&session->observers);
	for (int i = 0; i < ENC_STREAM_MAX; i++) {
		session->out[i] = ENC_BUF(OUTPUT_MAX_BYTES);
	}
}

void enc_session_clear(struct enc_session *session)
{
	ENC_ASSERT(enc_list_empty(&session->observers));
	enc_session_spec_free(session->spec);
	free_texts(session->lines, session->line_count);
	enc_buf_done(&session->result);
	for (int i = 0; i < ENC_STREAM_MAX; i++) {
		enc_buf_done(&session->out[i]);
	}
	free(session->meta);
}

struct enc_session *enc_session_new(void)
{
	struct enc_session *session = enc_xalloc(sizeof(*session));

	enc_session_init(session);
	return session;
}

void enc_session_free(struct enc_session *session)
{
	if (session != NULL) {
		enc_session_clear(session);
		free(session);
	}
}

void enc_session_tell(struct enc_session *session, enum enc_session_news news)
{
	ENC_LIST_EACH(session->observers, at)
	{
		struct enc_session_observer *observer =
			ENC_HOLDER(at, struct enc_session_observer, link);

		observer->told(observer, session, news);
	}
}

void enc_session_keep_line(struct enc_session *session, const void *line,
			   size_t length)
{
	char *copy = enc_xalloc(length + 1);
	size_t count = session->line_count;

	memcpy(copy, line, length);
	if ((count & (count - 1)) == 0) { /* grows at every power of two */
		char **more = enc_xalloc((count == 0 ? 1 : 2 * count) *
					 sizeof(*more));

		if (count > 0) {
			memcpy(more, session->lines, count * sizeof(*more));
		}
		free(session->lines);
		session->lines = more;
	}
	session->lines[session->line_count++] = copy;
}

/* ---- writing ---- */

/* print() - the buffers of this file are as large as anything may get */
#define PRINT(out, ...) ENC_ASSERT(enc_buf_printf(out, __VA_ARGS__) == 0)

static void put_text(struct enc_buf *out, const char *text)
{
	if (text == NULL) {
		PRINT(out, "null");
	} else {
		ENC_ASSERT(enc_json_string(out, text, strlen(text)) == 0);
	}
}

static void put_time(struct enc_buf *out, int64_t wall_ms)
{
	char text[ENC_CLOCK_ISO_BYTES];

	if (wall_ms == 0) {
		PRINT(out, "null");
		return;
	}
	enc_clock_iso(wall_ms, text);
	PRINT(out, "\"%s\"", text);
}

/* put_span() - a stage in milliseconds, null if it wasn't reached */
static void put_span(struct enc_buf *out, const char *name, int64_t from_us,
		     int64_t to_us)
{
	if (from_us == 0 || to_us == 0) {
		PRINT(out, "\"%s\":null", name);
	} else {
		PRINT(out, "\"%s\":%.3f", name,
		      (double)(to_us - from_us) / MILLIS);
	}
}

void enc_session_policy(const struct enc_session_spec *spec,
			struct enc_buf *out)
{
	ENC_ASSERT(enc_limits_write_log(&spec->limits, out) == 0);
}

static void put_isolation(const struct enc_session *session,
			  struct enc_buf *out)
{
	const char *comma = "";

	PRINT(out, "\"isolation\":{\"kernel\":\"%s\",\"layers\":[",
	      enc_isolation_name(session->isolation));
	for (size_t i = 0; enc_layer_name(i) != NULL; i++) {
		if ((session->facts.layers & 1U << i) != 0) {
			PRINT(out, "%s\"%s\"", comma, enc_layer_name(i));
			comma = ",";
		}
	}
	if (session->have_facts && session->facts.self_checked) {
		PRINT(out, "],\"selfCheck\":{\"tried\":%d,\"missed\":%d}},",
		      __builtin_popcountll(session->facts.self_check.tried),
		      __builtin_popcountll(session->facts.self_check.missed));
	} else {
		PRINT(out, "],\"selfCheck\":null},");
	}
}

static void put_usage(const struct enc_session *session, struct enc_buf *out)
{
	const struct enc_usage *usage = &session->usage;

	if (!usage->measured) {
		PRINT(out,
		      "\"usage\":{\"cpuMs\":%s,\"memoryPeakBytes\":%s,"
		      "\"pidsPeak\":%s,\"egressAttempts\":%llu},",
		      "null", "null", "null",
		      (unsigned long long)session->egress_attempts);
		return;
	}
	PRINT(out,
	      "\"usage\":{\"cpuMs\":%llu,\"memoryPeakBytes\":%llu,"
	      "\"pidsPeak\":%llu,\"egressAttempts\":%llu},",
	      (unsigned long long)usage->cpu_us / MILLIS,
	      (unsigned long long)usage->memory_peak_bytes,
	      (unsigned long long)usage->pids_peak,
	      (unsigned long long)session->egress_attempts);
}

static void put_timings(const struct enc_session *session, struct enc_buf *out)
{
	const struct enc_session_times *at = &session->times;

	PRINT(out, "\"timings\":{");
	put_span(out, "queuedMs", at->begun_us, at->admitted_us);
	PRINT(out, ",");
	put_span(out, "preparedMs", at->admitted_us, at->ready_us);
	PRINT(out, ",");
	put_span(out, "startedMs", at->ready_us, at->launched_us);
	PRINT(out, ",");
	put_span(out, "firstByteMs", at->launched_us, at->first_byte_us);
	PRINT(out, ",");
	put_span(out, "finishedMs", at->launched_us, at->ended_us);
	PRINT(out, "},");
}

static void put_labels(const struct enc_session_spec *spec, struct enc_buf *out)
{
	PRINT(out, "\"labels\":{");
	for (size_t i = 0; i < spec->label_count; i++) {
		PRINT(out, "%s", i == 0 ? "" : ",");
		put_text(out, spec->labels[i].name);
		PRINT(out, ":");
		put_text(out, spec->labels[i].value);
	}
	PRINT(out, "},");
}

static void put_reason(const struct enc_session *session, struct enc_buf *out)
{
	PRINT(out, "\"killReason\":");
	put_text(out, session->kill_reason);
	PRINT(out, ",\"reason\":");
	if (session->reason_code == NULL) {
		PRINT(out, "null,");
		return;
	}
	PRINT(out, "{\"code\":\"%s\",\"message\":", session->reason_code);
	put_text(out, session->reason.message);
	PRINT(out, "},");
}

/* hide_later() - what is known already but is only told with a later phase */
static void hide_later(struct enc_session *session, enum enc_phase phase)
{
	if (!enc_phase_ended(phase)) {
		session->outcome = ENC_PHASE_PENDING;
		session->kill_reason = NULL;
		session->reason_code = NULL;
		session->usage = (struct enc_usage){ 0 };
		session->egress_attempts = session->durable_egress_attempts;
		session->times.ended_us = 0;
		session->times.finished_wall_ms = 0;
	}
	if (phase == ENC_PHASE_PENDING) {
		session->facts = (struct enc_sandbox_facts){ 0 };
		session->have_facts = false;
		session->times.ready_us = 0;
		session->times.started_wall_ms = 0;
	}
}

static void write_live(const struct enc_session *session, enum enc_phase phase,
		       struct enc_buf *out)
{
	const struct enc_session_spec *spec = session->spec;

	PRINT(out,
	      "{\"id\":\"%s\",\"orgId\":\"%s\",\"createdBy\":", session->id,
	      spec->org);
	put_text(out, spec->created_by);
	PRINT(out, ",\"phase\":\"%s\",\"outcome\":%s%s%s,\"language\":\"%s\",",
	      enc_phase_name(phase),
	      session->outcome == ENC_PHASE_PENDING ? "" : "\"",
	      session->outcome == ENC_PHASE_PENDING
		      ? "null"
		      : enc_phase_name(session->outcome),
	      session->outcome == ENC_PHASE_PENDING ? "" : "\"",
	      enc_language_name(spec->language));
	PRINT(out, "\"environment\":{\"name\":\"%s\",\"digest\":\"%s\"},",
	      session->environment.name, session->environment.digest);
	PRINT(out, "\"limits\":");
	ENC_ASSERT(enc_limits_write(&spec->limits, out) == 0);
	PRINT(out, ",\"egress\":{\"mode\":\"deny_all\",\"allow\":[]},"
		   "\"serviceBindings\":[],");
	put_reason(session, out);
	PRINT(out, "\"backend\":\"%s\",", session->backend);
	put_isolation(session, out);
	put_labels(spec, out);
	put_usage(session, out);
	put_timings(session, out);
	PRINT(out, "\"createdAt\":");
	put_time(out, session->times.created_ms);
	PRINT(out, ",\"startedAt\":");
	put_time(out, session->times.started_wall_ms);
	PRINT(out, ",\"finishedAt\":");
	put_time(out, session->times.finished_wall_ms);
}

void enc_session_write(const struct enc_session *session, enum enc_phase phase,
		       struct enc_buf *out)
{
	struct enc_session shown;

	if (session->meta != NULL) {
		PRINT(out, "%s", session->meta);
		return;
	}
	shown = *session; /* to be read only */
	hide_later(&shown, phase);
	write_live(&shown, phase, out);
}

void enc_session_result_record(const struct enc_session *session,
			       struct enc_buf *out)
{
	bool ran = session->times.launched_us != 0;

	PRINT(out, "\"exitCode\":");
	if (session->have_exit && session->signal == 0) {
		PRINT(out, "%d", session->exit_code);
	} else {
		PRINT(out, "null");
	}
	PRINT(out, ",\"signal\":");
	if (session->have_exit && session->signal != 0) {
		PRINT(out, "%d", session->signal);
	} else {
		PRINT(out, "null");
	}
	PRINT(out, ",\"durationMs\":%lld,",
	      ran ? (long long)(session->times.ended_us -
				session->times.launched_us) /
			      MILLIS
		  : 0LL);
	PRINT(out, "\"truncated\":{\"stdout\":%s,\"stderr\":%s},",
	      session->dropped[ENC_STREAM_STDOUT] > 0 ? "true" : "false",
	      session->dropped[ENC_STREAM_STDERR] > 0 ? "true" : "false");
}

void enc_session_write_result(const struct enc_session *session,
			      struct enc_buf *out)
{
	static const char *const names[] = { "stdout", "stderr" };

	if (session->outcome == ENC_PHASE_PENDING) {
		PRINT(out, "null");
		return;
	}
	PRINT(out, "{");
	if (session->meta != NULL) {
		PRINT(out, "%s", session->meta + strlen(session->meta) + 1);
	} else {
		enc_session_result_record(session, out);
	}
	for (int i = 0; i < ENC_STREAM_MAX; i++) {
		PRINT(out, "\"%s\":", names[i]);
		ENC_ASSERT(enc_json_string(out, enc_buf_bytes(&session->out[i]),
					   session->out[i].length) == 0);
		PRINT(out, ",");
	}
	PRINT(out, "\"json\":");
	if (session->have_result) {
		ENC_ASSERT(enc_json_ascii(out, enc_buf_bytes(&session->result),
					  session->result.length) == 0);
	} else {
		PRINT(out, "null");
	}
	PRINT(out, "}");
}

/* resume() - the chain as it is after so many lines */
static enum enc_code resume(const struct enc_session *session, size_t count,
			    struct enc_audit_chain *ret_chain,
			    struct enc_error *err)
{
	const char *last =
		count == 0 ? session->genesis : session->lines[count - 1];

	return enc_audit_chain_resume(ret_chain, last, strlen(last), err);
}

void enc_session_write_tail(const struct enc_session *session, bool with_result,
			    struct enc_buf *out)
{
	struct enc_audit_chain durable = session->chain;
	struct enc_error err = { 0 };

	if (session->durable_lines < session->line_count) {
		/* They are our own lines. */
		ENC_ASSERT(resume(session, session->durable_lines, &durable,
				  &err) == ENC_OK);
	}
	PRINT(out,
	      ",\"audit\":{\"count\":%zu,\"head\":\"%s\",\"sealed\":%s},"
	      "\"result\":",
	      session->durable_lines, durable.head,
	      session->sealed ? "true" : "false");
	if (with_result) {
		enc_session_write_result(session, out);
	} else {
		PRINT(out, "null");
	}
	PRINT(out, "}");
}

/* ---- loading ---- */

static bool load_entry(void *context, const struct enc_store_entry *entry)
{
	struct enc_session *session = context;

	session->last_seq = entry->seq;
	if (entry->kind == ENC_ENTRY_AUDIT) {
		enc_session_keep_line(session, entry->data, entry->length);
	} else if (entry->kind == ENC_ENTRY_STDOUT ||
		   entry->kind == ENC_ENTRY_STDERR) {
		ENC_ASSERT(enc_buf_append(&session->out[entry->kind -
							ENC_ENTRY_STDOUT],
					  entry->data, entry->length) == 0);
	}
	return true;
}

/* outcome_of() - a stored record says it itself */
static enum enc_phase outcome_of(const char *record)
{
	static const char member[] = "\"outcome\":\"";
	const char *at = strstr(record, member);
	enum enc_phase outcome = ENC_PHASE_PENDING;
	char name[16];

	if (at != NULL && sscanf(at + strlen(member), "%15[a-z_]", name) == 1) {
		(void)enc_phase_parse(name, &outcome);
	}
	return outcome;
}

/* load_result() - into the session; the record goes behind the meta text */
static enum enc_code load_result(struct enc_store *store,
				 struct enc_session *session,
				 struct enc_error *err)
{
	struct enc_store_result row = { 0 };
	enum enc_code code =
		enc_store_get_result(store, session->id, &row, err);
	const char *record = "\"exitCode\":null,\"signal\":null,"
			     "\"durationMs\":0,\"truncated\":{\"stdout\":"
			     "false,\"stderr\":false},";
	size_t length = strlen(session->meta);
	enc_autofree char *inner = NULL;
	char *both;

	if (code != ENC_OK && code != ENC_NOT_FOUND) {
		return code;
	}
	if (code == ENC_OK) {
		inner = enc_xstrdup(row.record + 1);
		inner[strlen(inner) - 1] = ',';
		record = inner;
		session->have_result = row.json != NULL;
		if (row.json != NULL) {
			ENC_ASSERT(enc_buf_append(&session->result, row.json,
						  strlen(row.json)) == 0);
		}
	}
	both = enc_xalloc(length + strlen(record) + 2);
	memcpy(both, session->meta, length);
	memcpy(both + length + 1, record, strlen(record) + 1);
	free(session->meta);
	session->meta = both;
	enc_store_result_done(&row);
	return ENC_OK;
}

enum enc_code enc_session_load(struct enc_store *store, const char *org,
			       const char *id, struct enc_session **ret_session,
			       struct enc_error *err)
{
	static const struct enc_store_page all;
	struct enc_store_session row = { 0 };
	struct enc_session *session;
	enum enc_code code = enc_store_get_session(store, org, id, &row, err);

	if (code != ENC_OK) {
		return code;
	}
	session = enc_session_new();
	(void)snprintf(session->id, sizeof(session->id), "%s", row.id);
	session->meta = enc_xstrdup(row.record);
	session->meta[strlen(session->meta) - 1] = '\0'; /* its brace */
	session->sealed = row.finished;
	(void)enc_phase_parse(row.phase, &session->phase);
	session->outcome = outcome_of(row.record);
	session->was_started = strstr(row.record, "\"startedAt\":null") == NULL;
	(void)snprintf(session->genesis, sizeof(session->genesis), "%s",
		       row.genesis);
	enc_store_session_done(&row);
	code = enc_store_read_entries(store, id, &all, load_entry, session,
				      err);
	session->durable_lines = session->line_count;
	if (code == ENC_OK) {
		code = resume(session, session->line_count, &session->chain,
			      err);
	}
	if (code == ENC_OK) {
		code = load_result(store, session, err);
	}
	if (code != ENC_OK) {
		enc_session_free(session);
		return code;
	}
	*ret_session = session;
	return ENC_OK;
}
