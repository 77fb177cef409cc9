/*
 * Closes the sessions that an earlier enclave-api left open. The launcher has
 * removed their sandboxes already. A session without an outcome fails as
 * `orphaned`. A session that has its outcome keeps it and is only sealed.
 *
 * A session whose record or last audit line can't be read is left as it is: an
 * end can't follow a record that isn't known. The log names the session at each
 * start. Other sessions are closed and served as usual.
 *
 * On a full disk the API is served before the sessions are closed, and takes no
 * new session: each open one in the store is an orphan. Closing is tried again
 * until there is room.
 */

#include <string.h>

#include "clock.h"
#include "failpoint.h"
#include "live.h"
#include "log.h"

enum {
	LINE_MAX_BYTES = ENC_AUDIT_LINE_MAX_BYTES,
	PAGE = 256,
	/*
	 * Limit of tries. Each may last as long as a wait for the store's lock.
	 */
	TRIES_MAX = 10,
};

/* The progress of closing one page of sessions. */
struct closing {
	size_t wanted;
	size_t told;
	/*
	 * Number of unreadable sessions. They stay unfinished, so the next page
	 * has them, too.
	 */
	size_t unreadable;
	bool refused; /* the store is locked or full: try again; see `err` */
	bool failed;  /* an error was logged; the next start tries again */
	struct enc_error err;
};

struct orphan {
	char id[ENC_SESSION_ID_BYTES];
	char org[ENC_STORE_ID_MAX_BYTES + 1];
};

struct orphans {
	size_t max; /* rows of this page */
	/*
	 * Number of sessions to skip: their records are unreadable, and they
	 * come first.
	 */
	size_t to_skip;
	size_t skipped;
	size_t count;
	struct orphan rows[PAGE];
};

static bool note_orphan(void *context, const struct enc_store_session *row)
{
	struct orphans *orphans = context;
	struct orphan *one = &orphans->rows[orphans->count];

	if (orphans->skipped < orphans->to_skip) {
		orphans->skipped++;
		return true;
	}
	orphans->count++;
	(void)snprintf(one->id, sizeof(one->id), "%s", row->id);
	(void)snprintf(one->org, sizeof(one->org), "%s", row->org);
	return orphans->count < orphans->max;
}

struct enc_recovery {
	struct enc_store *store;
	struct enc_signatures *signatures;
	struct orphans orphans;
	struct closing closing;
	bool repeated; /* the page was refused before */
	bool freed;    /* while ends were pending: the last one frees it */
};

/* One submitted end. */
struct closed {
	struct enc_recovery *recovery;
	char id[ENC_SESSION_ID_BYTES];
	bool orphaned;
	struct enc_sealed_log log;
};

/* is_pending() - whether submitted ends of the page aren't told yet */
static bool is_pending(const struct enc_recovery *recovery)
{
	return recovery->closing.told < recovery->closing.wanted;
}

void enc_recovery_free(struct enc_recovery *recovery)
{
	if (recovery != NULL && is_pending(recovery)) {
		recovery->freed = true;
	} else {
		free(recovery);
	}
}

/* close_record() - make a record torn_down, with an outcome */
static void close_record(struct enc_record *record)
{
	if (record->outcome == ENC_PHASE_PENDING) {
		record->outcome = ENC_PHASE_FAILED;
		record->reason_code = "orphaned";
		record->reason_message = "the server ended while it ran";
		record->finished_ms = enc_clock_wall_ms();
	}
	record->phase = ENC_PHASE_TORN_DOWN;
}

/*
 * add_outcome() - add the outcome of a session that had none, and an empty
 * result
 */
static void add_outcome(struct enc_store_change *change,
			struct enc_session *session, int64_t now_ms)
{
	const struct enc_result_record nothing = ENC_RESULT_RECORD_NONE;
	ENC_AUTO(buf) text = ENC_BUF(ENC_STORE_RECORD_MAX_BYTES);
	struct enc_store_result row = { .session = session->id };

	enc_result_record_write_whole(&nothing, &text);
	row.record = (const char *)enc_buf_bytes(&text);
	enc_store_insert_result(change, &row);
	enc_session_log_add_text(&session->log, ENC_ENTRY_PHASE,
				 enc_phase_name(session->record.outcome),
				 now_ms);
	enc_session_log_add_text(&session->log, ENC_ENTRY_RESULT, "", now_ms);
}

/* add_line() - append a line to the audit log */
static void add_line(struct enc_session *session, const struct enc_buf *line,
		     int64_t now_ms)
{
	enc_session_log_add(&session->log, ENC_ENTRY_AUDIT, enc_buf_bytes(line),
			    line->length, now_ms);
}

/*
 * add_end() - append the lines and entries that the session's log lacks
 * @orphaned: the session has no outcome yet
 */
static enum enc_code add_end(struct enc_store_change *change,
			     struct enc_session *session, bool orphaned,
			     struct enc_error *err)
{
	ENC_AUTO(audit_event) event = ENC_AUDIT_EVENT(SESSION_TORN_DOWN);
	const char *outcome = enc_phase_name(session->record.outcome);
	ENC_AUTO(buf) line = ENC_BUF(LINE_MAX_BYTES);
	ENC_AUTO(buf) last = ENC_BUF(LINE_MAX_BYTES);
	int64_t now_ms = enc_clock_wall_ms();
	enum enc_code code;

	enc_session_log_go_on(&session->log, session->last_seq);
	if (orphaned) {
		add_outcome(change, session, now_ms);
		enc_audit_put_string(&event, "reason", "orphaned");
	}
	code = enc_audit_chain_append(&session->chain, &event, now_ms, &line,
				      err);
	if (code == ENC_OK) {
		code = enc_audit_chain_seal(&session->chain, outcome, now_ms,
					    &last, err);
	}
	if (code != ENC_OK) {
		return code;
	}
	add_line(session, &line, now_ms);
	add_line(session, &last, now_ms);
	enc_session_log_add_text(&session->log, ENC_ENTRY_PHASE,
				 enc_phase_name(ENC_PHASE_TORN_DOWN), now_ms);
	enc_session_log_add_text(&session->log, ENC_ENTRY_END, outcome, now_ms);
	enc_session_log_submit(&session->log, change, session->id);
	return ENC_OK;
}

static void on_closed(void *context, enum enc_code code,
		      const struct enc_error *err)
{
	struct closed *closed = context;
	struct enc_recovery *recovery = closed->recovery;
	struct closing *closing = &recovery->closing;

	if (code == ENC_OK) {
		enc_failpoint(ENC_FAILPOINT_RECOVERY_AFTER);
		enc_log(ENC_LOG_WARNING, closed->id, "%s",
			closed->orphaned ? "orphaned"
					 : "closed after a restart");
		enc_signatures_add(recovery->signatures, &closed->log);
	} else if (code == ENC_UNAVAILABLE || code == ENC_STORAGE_FULL) {
		closing->refused = true;
		closing->err = *err;
	} else {
		closing->failed = true;
		enc_log(ENC_LOG_ERROR, closed->id,
			"an orphaned session is not closed: %s", err->message);
	}
	free(closed);
	closing->told++;
	if (recovery->freed) {
		enc_recovery_free(recovery);
	}
}

/* close_one() - submit the end of a session; if it can't be read, say so */
static void close_one(struct enc_recovery *recovery,
		      const struct orphan *orphan)
{
	struct enc_store *store = recovery->store;
	struct closed *closed;
	struct enc_store_change *change = enc_store_change_new();
	struct enc_error err = { 0 };
	struct enc_store_session row = { 0 };
	struct enc_session *session = NULL;
	ENC_AUTO(buf) text = ENC_BUF(ENC_STORE_RECORD_MAX_BYTES);
	bool orphaned = false;
	enum enc_code code = enc_session_load(store, orphan->org, orphan->id,
					      &session, &err);

	if (code == ENC_OK) {
		orphaned = session->outcome == ENC_PHASE_PENDING;
		close_record(&session->record);
		enc_record_write_whole(&session->record, &text);
		code = add_end(change, session, orphaned, &err);
	}
	if (code == ENC_OK) {
		row.id = session->id;
		row.org = orphan->org;
		row.phase = enc_phase_name(session->record.phase);
		row.outcome = enc_phase_name(session->record.outcome);
		row.finished = true;
		row.record = (const char *)enc_buf_bytes(&text);
		row.genesis = session->genesis;
		enc_store_update_session(change, &row);
		enc_failpoint(ENC_FAILPOINT_RECOVERY_BEFORE);
		closed = enc_xalloc(sizeof(*closed));
		closed->recovery = recovery;
		memcpy(closed->id, orphan->id, sizeof(closed->id));
		closed->orphaned = orphaned;
		enc_sealed_log_of(session, &closed->log);
		recovery->closing.wanted++;
		enc_store_submit(store, ENC_TAKE(change), on_closed, closed);
	} else {
		recovery->closing.unreadable++;
		if (!recovery->repeated) {
			enc_log(ENC_LOG_ERROR, orphan->id,
				"left unfinished after a restart: %s",
				err.message);
		}
	}
	enc_store_change_free(change);
	enc_session_free(session);
}

/* close_page() - submit the ends of one page of open sessions */
static enum enc_code close_page(struct enc_recovery *recovery,
				struct enc_error *err)
{
	struct orphans *orphans = &recovery->orphans;
	enum enc_code code;

	recovery->closing = (struct closing){ 0 };
	orphans->skipped = 0;
	orphans->count = 0;
	/* One is enough to see whether a full disk has room again. */
	orphans->max = recovery->repeated ? 1 : PAGE;
	code = enc_store_list_unfinished(recovery->store, note_orphan, orphans,
					 err);
	for (size_t i = 0; code == ENC_OK && i < orphans->count; i++) {
		close_one(recovery, &orphans->rows[i]);
	}
	return code;
}

/* has_more() - note how a page went; return whether another one may follow */
static bool has_more(struct enc_recovery *recovery)
{
	const struct closing *closing = &recovery->closing;

	recovery->repeated = closing->refused;
	if (!closing->refused) {
		recovery->orphans.to_skip += closing->unreadable;
	}
	return !closing->failed &&
	       (closing->refused ||
		recovery->orphans.count == recovery->orphans.max);
}

enum enc_code enc_recovery_run(struct enc_store *store,
			       struct enc_signatures *signatures,
			       uv_loop_t *loop, struct enc_recovery **ret_left,
			       struct enc_error *err)
{
	struct enc_recovery *recovery = enc_xalloc(sizeof(*recovery));
	const struct closing *closing = &recovery->closing;
	unsigned int tries = 0;
	enum enc_code code;

	recovery->store = store;
	recovery->signatures = signatures;
	do {
		code = close_page(recovery, err);
		while (is_pending(recovery)) {
			(void)uv_run(loop, UV_RUN_ONCE);
		}
		if (code != ENC_OK || !closing->refused) {
			continue;
		}
		if (closing->err.code == ENC_STORAGE_FULL) {
			enc_log(ENC_LOG_ERROR, NULL,
				"sessions of an earlier server are not closed, "
				"trying again: %s",
				closing->err.message);
			*ret_left = recovery;
			return ENC_OK;
		}
		if (++tries == TRIES_MAX) {
			*err = closing->err;
			enc_wrap(err, "closing sessions of an earlier server");
			code = err->code;
		}
	} while (code == ENC_OK && has_more(recovery));
	enc_recovery_free(recovery);
	return code;
}

const struct enc_error *
enc_recovery_refusal(const struct enc_recovery *recovery)
{
	return &recovery->closing.err;
}

bool enc_recovery_go_on(struct enc_recovery *recovery)
{
	struct enc_error err = { 0 };

	if (is_pending(recovery)) {
		return true;
	}
	if (!has_more(recovery)) {
		return false;
	}
	if (close_page(recovery, &err) != ENC_OK) {
		recovery->closing.refused = true; /* try again */
		recovery->closing.err = err;
	}
	return true;
}
