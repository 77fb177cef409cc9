#include <string.h>

#include "clock.h"
#include "live.h"
#include "log.h"

enum {
	LINE_MAX_BYTES = ENC_AUDIT_LINE_MAX_BYTES,
	RECORD_MAX_BYTES = ENC_STORE_RECORD_MAX_BYTES,
};

struct enc_store_change *enc_live_change(struct enc_live *live)
{
	if (live->change == NULL) {
		live->change = enc_store_change_new();
	}
	return live->change;
}

/* keep() - add a finished audit line to the session's log */
static void keep(struct enc_live *live, struct enc_buf *line, int64_t wall_ms)
{
	struct enc_session *session = &live->session;

	enc_session_log_add(&session->log, ENC_ENTRY_AUDIT, enc_buf_bytes(line),
			    line->length, wall_ms);
	session->line_count++;
}

/*
 * lines_for() - an event of this type gets a line if the log has fewer lines
 * than the result
 */
static size_t lines_for(const struct enc_live *live, enum enc_audit_type type)
{
	if (live->session.outcome != ENC_PHASE_PENDING) {
		return ENC_SESSION_LINES_MAX;
	}
	if (type == ENC_AUDIT_EGRESS_REPLACED) {
		return ENC_SESSION_LINES_MAX - ENC_SESSION_LAST_LINES;
	}
	if (type == ENC_AUDIT_EGRESS_KEPT) {
		return ENC_SESSION_REPEATED_LINES;
	}
	return type == ENC_AUDIT_EGRESS_DENIED ||
			       type == ENC_AUDIT_EGRESS_ALLOWED
		       ? ENC_SESSION_EGRESS_LINES
		       : ENC_SESSION_LINES_MAX - ENC_SESSION_LAST_LINES -
				 ENC_SESSION_REPLACED_LINES;
}

bool enc_live_may_replace(const struct enc_live *live)
{
	return live->session.line_count <
	       lines_for(live, ENC_AUDIT_EGRESS_REPLACED);
}

/*
 * tell() - append an audit line, unless the log has @most lines or is sealed;
 * then the event is only counted. Return: whether there is a line
 */
static bool tell(struct enc_live *live, struct enc_audit_event *event,
		 size_t most)
{
	ENC_AUTO(buf) line = ENC_BUF(LINE_MAX_BYTES);
	int64_t now_ms = enc_clock_wall_ms();
	struct enc_error err = { 0 };

	if (live->session.chain.sealed || live->session.line_count >= most) {
		live->session.suppressed_lines++;
		return false; /* usage_metered will have the count */
	}
	if (enc_audit_chain_append(&live->session.chain, event, now_ms, &line,
				   &err) != ENC_OK) {
		enc_log(ENC_LOG_ERROR, live->session.id, "audit: %s",
			err.message);
		return false;
	}
	keep(live, &line, now_ms);
	return true;
}

void enc_live_tell(struct enc_live *live, struct enc_audit_event *event)
{
	(void)tell(live, event, lines_for(live, event->type));
}

bool enc_live_tell_attempt(struct enc_live *live, struct enc_audit_event *event,
			   int64_t bytes, uint64_t count)
{
	ENC_AUTO(buf) key = ENC_BUF(LINE_MAX_BYTES);
	size_t most = lines_for(live, event->type);
	bool full = live->firsts.count == ENC_FIRSTS_MAX;
	bool first;

	/*
	 * The members alone don't tell a denial from an allowed attempt: a rule
	 * may be the name of a host that is called `allowlist`.
	 */
	ENC_MUST(enc_buf_append(&key, &event->type, sizeof(event->type)));
	ENC_MUST(enc_buf_append(&key, enc_buf_bytes(&event->data),
				event->data.length));
	first = enc_firsts_add(&live->firsts, enc_buf_bytes(&key), key.length);
	if (!first) {
		most = ENC_MIN(most, (size_t)ENC_SESSION_REPEATED_LINES);
	}
	if (bytes >= 0) {
		enc_audit_put_int(event, "bytes", bytes);
	}
	enc_audit_put_count(event, "count", count);
	/* A full set may not have this attempt. */
	return tell(live, event, most) || (!first && !full);
}

void enc_live_seal(struct enc_live *live)
{
	ENC_AUTO(buf) line = ENC_BUF(LINE_MAX_BYTES);
	int64_t now_ms = enc_clock_wall_ms();
	struct enc_error err = { 0 };

	if (enc_audit_chain_seal(&live->session.chain,
				 enc_phase_name(live->session.outcome), now_ms,
				 &line, &err) != ENC_OK) {
		enc_log(ENC_LOG_ERROR, live->session.id, "seal: %s",
			err.message);
		return;
	}
	keep(live, &line, now_ms);
}

void enc_live_tell_again(struct enc_live *live)
{
	enc_store_change_free(ENC_TAKE(live->change));
	enc_session_log_refused(&live->session.log);
}

void enc_live_enter(struct enc_live *live, enum enc_phase phase)
{
	enc_session_log_add_text(&live->session.log, ENC_ENTRY_PHASE,
				 enc_phase_name(phase), enc_clock_wall_ms());
}

void enc_live_put_row(struct enc_live *live, enum enc_phase phase, bool insert,
		      bool finished)
{
	struct enc_session *session = &live->session;
	struct enc_record record = enc_session_record(session, phase);
	ENC_AUTO(buf) text = ENC_BUF(RECORD_MAX_BYTES);
	struct enc_store_session row = {
		.number = session->number,
		.finished = finished,
		.genesis = session->genesis,
		.labels = record.labels,
		.label_count = record.label_count,
	};

	enc_record_fill_row(&record, &row);
	enc_record_write_whole(&record, &text);
	row.record = (const char *)enc_buf_bytes(&text);
	if (insert) {
		enc_store_insert_session(enc_live_change(live), &row);
	} else {
		enc_store_update_session(enc_live_change(live), &row);
	}
}

void enc_live_put_result(struct enc_live *live)
{
	struct enc_session *session = &live->session;
	struct enc_result_record record = enc_session_result_record(session);
	ENC_AUTO(buf) text = ENC_BUF(RECORD_MAX_BYTES);
	struct enc_store_result row = { .session = session->id };

	enc_result_record_write_whole(&record, &text);
	row.record = (const char *)enc_buf_bytes(&text);
	if (session->have_result) {
		/*
		 * The store wants a NUL behind the text; it isn't part of the
		 * result.
		 */
		ENC_MUST(enc_buf_append(&session->result, "", 1));
		enc_buf_truncate(&session->result, session->result.length - 1);
		row.json = (const char *)enc_buf_bytes(&session->result);
	}
	enc_store_insert_result(enc_live_change(live), &row);
}

enum enc_code enc_live_begin_chain(struct enc_session *session,
				   struct enc_error *err)
{
	ENC_AUTO(buf) policy = ENC_BUF(4096 + ENC_ALLOWLIST_TOLD_MAX_BYTES);
	ENC_AUTO(buf) text = ENC_BUF(ENC_AUDIT_GENESIS_MAX_BYTES);
	char policy_digest[ENC_SHA256_HEX_BYTES];
	char environment[ENC_SHA256_HEX_BYTES];
	struct enc_audit_genesis genesis = {
		.org_id = session->spec->record.org,
		.sid = session->id,
		.request_sha256 = session->spec->request_sha256,
		.policy_sha256 = policy_digest,
		.environment_sha256 = environment,
	};
	enum enc_code code;

	enc_session_policy(session->spec, &policy);
	enc_sha256_hex(enc_buf_bytes(&policy), policy.length, policy_digest);
	enc_sha256_hex(session->environment.digest,
		       strlen(session->environment.digest), environment);
	code = enc_audit_chain_begin(&session->chain, &genesis, &text, err);
	if (code == ENC_OK) {
		memcpy(session->genesis, enc_buf_bytes(&text), text.length);
	}
	return code;
}

void enc_live_put_idempotency(struct enc_live *live)
{
	const struct enc_session *session = &live->session;
	const struct enc_store_idempotency row = {
		.base.type = &enc_store_idempotencies,
		.org = session->spec->record.org,
		.key = session->spec->idempotency_key,
		.request_sha256 = session->spec->request_sha256,
		.session = session->id,
		.created_ms = session->times.created_ms,
	};

	if (row.key != NULL) {
		enc_store_insert(enc_live_change(live), &row.base);
	}
}
