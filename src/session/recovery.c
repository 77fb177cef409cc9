/*
 * After a crash: sessions whose owner is gone. The launcher has removed their
 * sandboxes; here each record gets the one end that it lacks. A session that
 * had its outcome already keeps it and is only closed.
 */

#include <jansson.h>
#include <string.h>

#include "clock.h"
#include "failpoint.h"
#include "live.h"
#include "log.h"

enum {
	LINE_MAX_BYTES = ENC_AUDIT_LINE_MAX_BYTES,
	PAGE = 256,
	TRIES_MAX = 10, /* each as long as the store waits for a lock */
};

/* How far a page of them is. */
struct closing {
	size_t wanted;
	size_t told;
	bool held;   /* another program has the store: try again */
	bool failed; /* the next life's turn, told in the log */
	struct enc_error err;
};

struct orphan {
	char id[ENC_SESSION_ID_BYTES];
	char org[ENC_STORE_ID_MAX_BYTES + 1];
};

struct orphans {
	size_t count;
	struct orphan rows[PAGE];
};

static bool note_orphan(void *context, const struct enc_store_session *row)
{
	struct orphans *orphans = context;
	struct orphan *one = &orphans->rows[orphans->count++];

	(void)snprintf(one->id, sizeof(one->id), "%s", row->id);
	(void)snprintf(one->org, sizeof(one->org), "%s", row->org);
	return orphans->count < PAGE;
}

/* close_record() - the stored JSON as it shall stay; the caller frees it */
static char *close_record(const char *record, enum enc_phase *outcome)
{
	ENC_AUTO(buf) whole = ENC_BUF(ENC_STORE_RECORD_MAX_BYTES + 1);
	json_t *value;
	char *text;
	char now[ENC_CLOCK_ISO_BYTES];

	ENC_ASSERT(enc_buf_printf(&whole, "%s}", record) == 0);
	value = json_loadb((const char *)enc_buf_bytes(&whole), whole.length, 0,
			   NULL);
	if (value == NULL) {
		return NULL;
	}
	if (*outcome == ENC_PHASE_PENDING) {
		*outcome = ENC_PHASE_FAILED;
		enc_clock_iso(enc_clock_wall_ms(), now);
		(void)json_object_set_new(value, "outcome",
					  json_string("failed"));
		(void)json_object_set_new(
			value, "reason",
			json_pack("{s:s, s:s}", "code", "orphaned", "message",
				  "the server ended while it ran"));
		(void)json_object_set_new(value, "finishedAt",
					  json_string(now));
	}
	(void)json_object_set_new(value, "phase", json_string("torn_down"));
	text = json_dumps(value, JSON_COMPACT | JSON_ENSURE_ASCII |
					 JSON_REAL_PRECISION(6));
	json_decref(value);
	return text;
}

/* add_entry() - to the change set, behind what is stored */
static void add_entry(struct enc_store_change *change,
		      struct enc_session *session, enum enc_entry_kind kind,
		      const void *data, size_t length)
{
	const struct enc_store_entry entry = {
		.seq = session->last_seq + 1,
		.kind = kind,
		.at_ms = enc_clock_wall_ms(),
		.data = data,
		.length = length,
	};

	enc_store_append_entry(change, session->id, session->last_seq, &entry);
	session->last_seq = entry.seq;
}

static void add_text(struct enc_store_change *change,
		     struct enc_session *session, enum enc_entry_kind kind,
		     const char *text)
{
	add_entry(change, session, kind, text, strlen(text));
}

/* add_outcome() - of a session that has none; so it has no result either */
static void add_outcome(struct enc_store_change *change,
			struct enc_session *session, enum enc_phase outcome)
{
	static const struct enc_store_result nothing = {
		.record = "{\"exitCode\":null,\"signal\":null,"
			  "\"durationMs\":0,\"truncated\":"
			  "{\"stdout\":false,\"stderr\":false}}",
	};
	struct enc_store_result row = nothing;

	row.session = session->id;
	enc_store_insert_result(change, &row);
	add_text(change, session, ENC_ENTRY_PHASE, enc_phase_name(outcome));
	add_entry(change, session, ENC_ENTRY_RESULT, "", 0);
}

static enum enc_code add_end(struct enc_store_change *change,
			     struct enc_session *session,
			     enum enc_phase outcome, bool orphaned,
			     struct enc_error *err)
{
	ENC_AUTO(audit_event) event = ENC_AUDIT_EVENT(SESSION_TORN_DOWN);
	ENC_AUTO(buf) line = ENC_BUF(LINE_MAX_BYTES);
	ENC_AUTO(buf) last = ENC_BUF(LINE_MAX_BYTES);
	enum enc_code code;

	if (orphaned) {
		add_outcome(change, session, outcome);
		enc_audit_put_string(&event, "reason", "orphaned");
	}
	code = enc_audit_chain_append(&session->chain, &event,
				      enc_clock_wall_ms(), &line, err);
	if (code == ENC_OK) {
		add_entry(change, session, ENC_ENTRY_AUDIT,
			  enc_buf_bytes(&line), line.length);
		code = enc_audit_chain_seal(&session->chain,
					    enc_phase_name(outcome),
					    enc_clock_wall_ms(), &last, err);
	}
	if (code == ENC_OK) {
		add_entry(change, session, ENC_ENTRY_AUDIT,
			  enc_buf_bytes(&last), last.length);
		add_text(change, session, ENC_ENTRY_PHASE, "torn_down");
		add_text(change, session, ENC_ENTRY_END,
			 enc_phase_name(outcome));
	}
	return code;
}

static void on_closed(void *context, enum enc_code code,
		      const struct enc_error *err)
{
	struct closing *closing = context;

	if (code == ENC_OK) {
		enc_failpoint(ENC_FAILPOINT_RECOVERY_AFTER);
	} else if (code == ENC_UNAVAILABLE) {
		closing->held = true;
		closing->err = *err;
	} else {
		closing->failed = true;
		enc_log(ENC_LOG_ERROR, NULL, "closing an orphan: %s",
			err->message);
	}
	closing->told++;
}

static enum enc_code close_one(struct enc_store *store,
			       const struct orphan *orphan,
			       struct closing *closing, struct enc_error *err)
{
	struct enc_store_change *change = NULL;
	struct enc_store_session row = { 0 };
	struct enc_session *session = NULL;
	enc_autofree char *record = NULL;
	enum enc_phase outcome;
	bool orphaned;
	enum enc_code code =
		enc_session_load(store, orphan->org, orphan->id, &session, err);

	if (code != ENC_OK) {
		return code;
	}
	outcome = session->outcome;
	orphaned = outcome == ENC_PHASE_PENDING;
	record = close_record(session->meta, &outcome);
	if (record == NULL) {
		enc_session_free(session);
		return enc_fail(err, ENC_INTERNAL,
				"the record of %s is damaged", orphan->id);
	}
	change = enc_store_change_new();
	code = add_end(change, session, outcome, orphaned, err);
	if (code == ENC_OK) {
		row.id = session->id;
		row.org = orphan->org;
		row.phase = "torn_down";
		row.finished = true;
		row.record = record;
		row.genesis = session->genesis;
		enc_store_update_session(change, &row);
		enc_failpoint(ENC_FAILPOINT_RECOVERY_BEFORE);
		enc_store_submit(store, ENC_TAKE(change), on_closed, closing);
		closing->wanted++;
		enc_log(ENC_LOG_WARNING, session->id, "%s",
			orphaned ? "orphaned" : "closed after a restart");
	}
	enc_store_change_free(change);
	enc_session_free(session);
	return code;
}

/* close_page() - the first so many that are open; told when durable */
static enum enc_code close_page(struct enc_store *store, uv_loop_t *loop,
				struct orphans *orphans,
				struct closing *closing, struct enc_error *err)
{
	enum enc_code code;

	orphans->count = 0;
	code = enc_store_list_unfinished(store, note_orphan, orphans, err);
	for (size_t i = 0; code == ENC_OK && i < orphans->count; i++) {
		code = close_one(store, &orphans->rows[i], closing, err);
	}
	/* Nothing is served before this is durable. */
	while (closing->told < closing->wanted) {
		(void)uv_run(loop, UV_RUN_ONCE);
	}
	return code;
}

enum enc_code enc_recovery_run(struct enc_store *store, uv_loop_t *loop,
			       struct enc_error *err)
{
	static struct orphans orphans;
	unsigned int tries = 0;
	struct closing closing;
	enum enc_code code;

	do {
		closing = (struct closing){ 0 };
		code = close_page(store, loop, &orphans, &closing, err);
		if (code == ENC_OK && closing.held && ++tries == TRIES_MAX) {
			*err = closing.err;
			enc_wrap(err, "closing what a former life left");
			return err->code;
		}
	} while (code == ENC_OK && !closing.failed &&
		 (closing.held || orphans.count == PAGE));
	return code;
}
