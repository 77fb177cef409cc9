#include <stdio.h>
#include <string.h>

#include "clock.h"
#include "json.h"
#include "number.h"
#include "session.h"

enum {
	RESULT_MAX_BYTES = 1 << 20,
	US_PER_MS = 1000,
};

static void free_texts(char **texts, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		free(texts[i]);
	}
	free(texts);
}

struct enc_session_spec *enc_session_spec_new(void)
{
	struct enc_session_spec *spec = enc_xalloc(sizeof(*spec));

	spec->record = ENC_RECORD_NONE;
	return spec;
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
	free(spec->files);
	free(spec->stdin_bytes);
	free(spec->code);
	free(spec->idempotency_key);
	enc_record_done(&spec->record);
	free(spec);
}

size_t enc_session_spec_bytes(const struct enc_session_spec *spec)
{
	const struct enc_record *record = &spec->record;
	size_t bytes = spec->code_length + spec->stdin_length +
		       enc_allowlist_bytes(record->allowlist) +
		       spec->argv_count * sizeof(*spec->argv) +
		       spec->env_count * sizeof(*spec->env) +
		       spec->file_count * sizeof(*spec->files) +
		       record->label_count * sizeof(*record->labels);

	for (size_t i = 0; i < spec->argv_count; i++) {
		bytes += strlen(spec->argv[i]);
	}
	for (size_t i = 0; i < spec->env_count; i++) {
		bytes += strlen(spec->env[i]);
	}
	for (size_t i = 0; i < spec->file_count; i++) {
		bytes += strlen(spec->files[i].path) + spec->files[i].length;
	}
	for (size_t i = 0; i < record->label_count; i++) {
		bytes += strlen(record->labels[i].name) +
			 strlen(record->labels[i].value);
	}
	return bytes;
}

unsigned int enc_session_outside(const struct enc_session_spec *spec)
{
	return (spec->record.allowlist != NULL ? ENC_OUTSIDE_ALLOWLIST : 0) |
	       (spec->record.binding_count > 0 ? ENC_OUTSIDE_BINDINGS : 0);
}

struct enc_program enc_session_spec_program(const struct enc_session_spec *spec,
					    const char *session_id)
{
	const struct enc_allowlist *allowlist = spec->record.allowlist;

	return (struct enc_program){
		.session_id = session_id,
		.language = spec->record.language,
		.code = spec->code,
		.code_length = spec->code_length,
		.argv = (const char *const *)spec->argv,
		.argv_count = spec->argv_count,
		.env = (const char *const *)spec->env,
		.env_count = spec->env_count,
		.files = spec->files,
		.file_count = spec->file_count,
		.stdin_bytes = spec->stdin_bytes,
		.stdin_length = spec->stdin_length,
		.output_bytes = spec->record.limits.value[ENC_LIMIT_OUTPUT],
		.outside = enc_session_outside(spec),
		.rules = allowlist == NULL
				 ? NULL
				 : (const char *const *)allowlist->rule,
		.rule_count = allowlist == NULL ? 0 : allowlist->count,
	};
}

enum enc_code enc_session_spec_check(const struct enc_session_spec *spec,
				     struct enc_error *err)
{
	struct enc_program program = enc_session_spec_program(spec, "");
	enc_autofree const char **env =
		enc_xalloc((spec->env_count + 1) * sizeof(*env));
	char ours[sizeof(ENC_SESSION_VARIABLE) + ENC_SESSION_ID_BYTES];

	(void)snprintf(ours, sizeof(ours), ENC_SESSION_VARIABLE "%0*d",
		       ENC_SESSION_ID_BYTES - 1, 0);
	for (size_t i = 0; i < spec->env_count; i++) {
		env[i] = spec->env[i];
	}
	env[program.env_count++] = ours;
	program.env = env;
	return enc_program_check(&program, err);
}

void enc_session_init(struct enc_session *session)
{
	*session =
		(struct enc_session){ .result = ENC_BUF(RESULT_MAX_BYTES + 1) };
	enc_list_init(&session->observers);
	enc_session_log_init(&session->log);
}

void enc_session_clear(struct enc_session *session)
{
	ENC_ASSERT(enc_list_empty(&session->observers));
	enc_session_spec_free(session->spec);
	enc_allowlist_release(session->durable_allowlist);
	enc_buf_done(&session->result);
	enc_session_log_done(&session->log);
	enc_record_done(&session->record);
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

bool enc_session_is_live(const struct enc_session *session)
{
	return session->record.json == NULL;
}

/* ---- writing ---- */

#define PRINT(out, ...) ENC_MUST(enc_buf_printf(out, __VA_ARGS__))

void enc_session_policy(const struct enc_session_spec *spec,
			struct enc_buf *out)
{
	const struct enc_allowlist *allowlist = spec->record.allowlist;

	if (allowlist == NULL && spec->record.binding_count == 0) {
		ENC_MUST(enc_limits_write_log(&spec->record.limits, out));
		return;
	}
	PRINT(out, "{\"limits\":");
	ENC_MUST(enc_limits_write_log(&spec->record.limits, out));
	PRINT(out, ",\"egress\":");
	enc_allowlist_write_told(allowlist, out);
	if (spec->record.binding_count > 0) {
		PRINT(out, ",\"serviceBindings\":");
		enc_record_write_bindings(&spec->record, out);
	}
	PRINT(out, "}");
}

/*
 * span() - duration of a step in microseconds; -1 if either end wasn't reached
 */
static int64_t span(int64_t from_us, int64_t to_us)
{
	return from_us == 0 || to_us == 0 ? -1 : to_us - from_us;
}

static void fill_times(struct enc_record *record,
		       const struct enc_session_times *at)
{
	record->queued_us = span(at->begun_us, at->admitted_us);
	record->prepared_us = span(at->admitted_us, at->ready_us);
	record->started_us = span(at->ready_us, at->launched_us);
	record->first_byte_us = span(at->launched_us, at->first_byte_us);
	record->finished_us = span(at->launched_us, at->ended_us);
	record->created_ms = at->created_ms;
	record->started_ms = at->started_wall_ms;
	record->finished_ms = at->finished_wall_ms;
}

static void fill_facts(struct enc_record *record,
		       const struct enc_session *session)
{
	const struct enc_sandbox_facts *facts = &session->facts;
	const struct enc_usage *usage = &session->usage;

	record->isolation = session->isolation;
	record->layers = facts->layers;
	record->self_checked = session->have_facts && facts->self_checked;
	record->checks_tried = __builtin_popcountll(facts->self_check.tried);
	record->checks_missed = __builtin_popcountll(facts->self_check.missed);
	if (usage->measured) {
		record->cpu_ms = enc_number_of(usage->cpu_us / US_PER_MS);
		record->memory_peak_bytes =
			enc_number_of(usage->memory_peak_bytes);
		record->pids_peak = enc_number_of(usage->pids_peak);
	}
}

struct enc_record enc_session_record(const struct enc_session *session,
				     enum enc_phase phase)
{
	struct enc_record record = session->spec->record;

	record.memory = NULL;
	record.id = session->id;
	record.phase = phase;
	record.outcome = session->outcome;
	record.environment = session->environment.name;
	record.environment_digest = session->environment.digest;
	record.kill_reason = session->kill_reason;
	record.reason_code = session->reason_code;
	record.reason_message = session->reason.message;
	record.backend = session->backend;
	record.egress_attempts =
		enc_number_of(enc_phase_ended(phase)
				      ? session->egress_attempts
				      : session->durable_egress_attempts);
	fill_facts(&record, session);
	fill_times(&record, &session->times);
	return record;
}

struct enc_result_record
enc_session_result_record(const struct enc_session *session)
{
	struct enc_result_record record = ENC_RESULT_RECORD_NONE;

	if (session->have_exit && session->signal == 0) {
		record.exit_code = session->exit_code;
	} else if (session->have_exit) {
		record.signal = session->signal;
	}
	if (session->times.launched_us != 0) {
		record.duration_ms =
			(session->times.ended_us - session->times.launched_us) /
			US_PER_MS;
	}
	record.stdout_cut = session->dropped[ENC_STREAM_STDOUT] > 0;
	record.stderr_cut = session->dropped[ENC_STREAM_STDERR] > 0;
	return record;
}

/*
 * write_session() - write a Session up to the value of `result`
 * @head: hash of the last line; NULL: written as null
 */
static void write_session(const struct enc_record *record, uint64_t lines,
			  const char *head, bool sealed, struct enc_buf *out)
{
	const char *quote = head == NULL ? "" : "\"";

	PRINT(out, "{");
	enc_record_write(record, out);
	PRINT(out,
	      ",\"audit\":{\"count\":%llu,\"head\":%s%s%s,\"sealed\":%s},"
	      "\"result\":",
	      (unsigned long long)lines, quote, head == NULL ? "null" : head,
	      quote, sealed ? "true" : "false");
}

void enc_session_write_head(const struct enc_session *session,
			    struct enc_buf *out)
{
	struct enc_record live;
	const struct enc_record *record = &session->record;

	if (enc_session_is_live(session)) {
		live = enc_session_record(session, session->phase);
		live.allowlist = session->durable_allowlist;
		record = &live;
	}
	write_session(record, session->durable_lines, session->durable_head,
		      session->sealed, out);
}

/* ---- loading ---- */

/* resume() - continue the audit chain after the last stored line */
static enum enc_code resume(const struct enc_store_session *row,
			    struct enc_audit_chain *ret_chain,
			    struct enc_error *err)
{
	const char *last =
		row->last_line == NULL ? row->genesis : row->last_line;

	return enc_audit_chain_resume(ret_chain, last, strlen(last), err);
}

/* read_row() - on failure the error names the session */
static enum enc_code read_row(const struct enc_store_session *row,
			      struct enc_record *ret_record,
			      struct enc_audit_chain *ret_chain,
			      struct enc_error *err)
{
	enum enc_code code = enc_record_read(row->record, ret_record, err);

	if (code == ENC_OK) {
		code = resume(row, ret_chain, err);
	}
	if (code != ENC_OK) {
		enc_wrap(err, "session %s", row->id);
	}
	return code;
}

enum enc_code enc_session_write_row(const struct enc_store_session *row,
				    struct enc_buf *out, struct enc_error *err)
{
	struct enc_record record = { 0 };
	struct enc_audit_chain chain = { 0 };
	enum enc_code code = read_row(row, &record, &chain, err);

	if (code == ENC_OK) {
		write_session(&record, chain.next_seq, NULL, row->finished,
			      out);
		PRINT(out, "null}");
	}
	enc_record_done(&record);
	return code;
}

enum enc_code enc_session_load(struct enc_store *store, const char *org,
			       const char *id, struct enc_session **ret_session,
			       struct enc_error *err)
{
	ENC_AUTO(store_session) row = { 0 };
	struct enc_session *session;
	enum enc_code code = enc_store_get_session(store, org, id, &row, err);

	if (code != ENC_OK) {
		return code;
	}
	session = enc_session_new();
	code = read_row(&row, &session->record, &session->chain, err);
	if (code != ENC_OK) {
		enc_session_free(session);
		return code;
	}
	(void)snprintf(session->id, sizeof(session->id), "%s", row.id);
	(void)snprintf(session->genesis, sizeof(session->genesis), "%s",
		       row.genesis);
	session->phase = session->record.phase;
	session->outcome = session->record.outcome;
	session->sealed = row.finished;
	session->durable_lines = session->chain.next_seq;
	memcpy(session->durable_head, session->chain.head,
	       sizeof(session->durable_head));
	session->last_seq = row.last_seq;
	*ret_session = session;
	return ENC_OK;
}
