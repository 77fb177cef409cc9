#include <string.h>

#include "clock.h"
#include "live.h"
#include "log.h"
#include "utf8.h"

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

/* put_entry() - the next entry of the log goes into the change set */
static void put_entry(struct enc_live *live, enum enc_entry_kind kind,
		      const void *data, size_t length)
{
	struct enc_session *session = &live->session;
	const struct enc_store_entry entry = {
		.seq = session->last_seq + 1,
		.kind = kind,
		.at_ms = enc_clock_wall_ms(),
		.data = data,
		.length = length,
	};

	enc_store_append_entry(enc_live_change(live), session->id,
			       session->last_seq, &entry);
	session->last_seq = entry.seq;
}

/* keep() - a finished line goes into the change set and the session */
static void keep(struct enc_live *live, struct enc_buf *line)
{
	struct enc_session *session = &live->session;

	put_entry(live, ENC_ENTRY_AUDIT, enc_buf_bytes(line), line->length);
	enc_session_keep_line(session, enc_buf_bytes(line), line->length);
}

/* lines_for() - how many lines there may be before one more of a kind */
static size_t lines_for(const struct enc_live *live, enum enc_audit_type type)
{
	if (live->session.outcome != ENC_PHASE_PENDING) {
		return ENC_SESSION_LINES_MAX;
	}
	return type == ENC_AUDIT_EGRESS_DENIED ||
			       type == ENC_AUDIT_EGRESS_ALLOWED
		       ? ENC_SESSION_EGRESS_LINES
		       : ENC_SESSION_LINES_MAX - ENC_SESSION_LAST_LINES;
}

/* tell() - @most: lines that there may be before it */
static void tell(struct enc_live *live, struct enc_audit_event *event,
		 size_t most)
{
	ENC_AUTO(buf) line = ENC_BUF(LINE_MAX_BYTES);
	struct enc_error err = { 0 };

	if (live->session.chain.sealed || live->session.line_count >= most) {
		live->session.suppressed_lines++;
		return; /* the sums are in usage_metered */
	}
	if (enc_audit_chain_append(&live->session.chain, event,
				   enc_clock_wall_ms(), &line,
				   &err) != ENC_OK) {
		enc_log(ENC_LOG_ERROR, live->session.id, "audit: %s",
			err.message);
		return;
	}
	keep(live, &line);
}

void enc_live_tell(struct enc_live *live, struct enc_audit_event *event)
{
	tell(live, event, lines_for(live, event->type));
}

void enc_live_tell_attempt(struct enc_live *live, struct enc_audit_event *event,
			   uint64_t count)
{
	size_t most = lines_for(live, event->type);

	/* Members tell types apart: a rule decides the verdict. */
	if (!enc_firsts_add(&live->firsts, enc_buf_bytes(&event->data),
			    event->data.length)) {
		most = ENC_MIN(most, (size_t)ENC_SESSION_REPEATED_LINES);
	}
	enc_audit_put_int(event, "count", (int64_t)count);
	tell(live, event, most);
}

void enc_live_seal(struct enc_live *live)
{
	ENC_AUTO(buf) line = ENC_BUF(LINE_MAX_BYTES);
	struct enc_error err = { 0 };

	if (enc_audit_chain_seal(&live->session.chain,
				 enc_phase_name(live->session.outcome),
				 enc_clock_wall_ms(), &line, &err) != ENC_OK) {
		enc_log(ENC_LOG_ERROR, live->session.id, "seal: %s",
			err.message);
		return;
	}
	keep(live, &line);
}

void enc_live_tell_again(struct enc_live *live)
{
	struct enc_session *session = &live->session;

	enc_store_change_free(ENC_TAKE(live->change));
	session->last_seq = session->durable_seq;
	for (size_t i = session->durable_lines; i < session->line_count; i++) {
		put_entry(live, ENC_ENTRY_AUDIT, session->lines[i],
			  strlen(session->lines[i]));
	}
}

void enc_live_put_row(struct enc_live *live, enum enc_phase phase, bool insert,
		      bool finished)
{
	struct enc_session *session = &live->session;
	ENC_AUTO(buf) record = ENC_BUF(RECORD_MAX_BYTES);
	struct enc_store_session row = {
		.id = session->id,
		.org = session->spec->org,
		.number = session->number,
		.created_ms = session->times.created_ms,
		.phase = enc_phase_name(phase),
		.finished = finished,
		.genesis = session->genesis,
		.labels = session->spec->labels,
		.label_count = session->spec->label_count,
	};

	enc_session_write(session, phase, &record);
	ENC_ASSERT(enc_buf_append(&record, "}", 2) == 0);
	row.record = (const char *)enc_buf_bytes(&record);
	if (insert) {
		enc_store_insert_session(enc_live_change(live), &row);
	} else {
		enc_store_update_session(enc_live_change(live), &row);
	}
	put_entry(live, ENC_ENTRY_PHASE, row.phase, strlen(row.phase));
	if (finished) {
		const char *outcome = enc_phase_name(session->outcome);

		put_entry(live, ENC_ENTRY_END, outcome, strlen(outcome));
	}
}

/* put_output() - one stream, cut into entries */
static void put_output(struct enc_live *live, enum enc_entry_kind kind,
		       const struct enc_buf *stream)
{
	const uint8_t *bytes = enc_buf_bytes(stream);
	size_t left = stream->length;

	while (left > 0) {
		size_t piece = ENC_MIN(left, (size_t)ENC_STORE_ENTRY_MAX_BYTES);

		if (piece < left) {
			piece -= enc_utf8_partial(bytes, piece);
		}
		put_entry(live, kind, bytes, piece);
		bytes += piece;
		left -= piece;
	}
}

void enc_live_put_result(struct enc_live *live)
{
	struct enc_session *session = &live->session;
	ENC_AUTO(buf) record = ENC_BUF(RECORD_MAX_BYTES);
	struct enc_store_result row = { .session = session->id };

	put_output(live, ENC_ENTRY_STDOUT, &session->out[ENC_STREAM_STDOUT]);
	put_output(live, ENC_ENTRY_STDERR, &session->out[ENC_STREAM_STDERR]);
	ENC_ASSERT(enc_buf_append(&record, "{", 1) == 0);
	enc_session_result_record(session, &record);
	enc_buf_truncate(&record, record.length - 1); /* its comma */
	ENC_ASSERT(enc_buf_append(&record, "}", 2) == 0);
	row.record = (const char *)enc_buf_bytes(&record);
	if (session->have_result) {
		/* Ends with a NUL for the store, which isn't part of it. */
		ENC_ASSERT(enc_buf_append(&session->result, "", 1) == 0);
		enc_buf_truncate(&session->result, session->result.length - 1);
		row.json = (const char *)enc_buf_bytes(&session->result);
	}
	enc_store_insert_result(enc_live_change(live), &row);
	put_entry(live, ENC_ENTRY_RESULT, "", 0);
}

enum enc_code enc_live_begin_chain(struct enc_session *session,
				   struct enc_error *err)
{
	ENC_AUTO(buf) policy = ENC_BUF(4096);
	ENC_AUTO(buf) text = ENC_BUF(ENC_AUDIT_GENESIS_MAX_BYTES);
	char policy_digest[ENC_SHA256_HEX_BYTES];
	char environment[ENC_SHA256_HEX_BYTES];
	struct enc_audit_genesis genesis = {
		.org_id = session->spec->org,
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
		.org = session->spec->org,
		.key = session->spec->idempotency_key,
		.request_sha256 = session->spec->request_sha256,
		.session = session->id,
		.created_ms = session->times.created_ms,
	};

	if (row.key != NULL) {
		enc_store_insert(enc_live_change(live), &row.base);
	}
}
