/*
 * Migration from version 2 to 3: audit lines, phases and output become entries.
 * Version 2 didn't store the order of stdout, stderr and audit lines relative
 * to each other. So the output is put after the line sandbox_started, stdout
 * first. The end of the session is put before the line session_torn_down.
 */

#include "sqlite_schema.h"
#include "utf8.h"

enum { LINE_COLUMN, LINE_TYPE, LINE_TIME };
enum {
	SESSION_SERIAL,
	SESSION_TIME,
	SESSION_FINISHED,
	SESSION_OUTCOME,
	SESSION_ID
};

#define OUTCOME "json_extract(r.record || '}', '$.outcome')"
#define FROM_SESSIONS " FROM sessions s JOIN records r ON r.session = s.serial"

/* The time of an audit line, in milliseconds. */
#define LINE_MS                                                         \
	"1000 * CAST(strftime('%s', json_extract(line, '$.ts')) AS"     \
	" INTEGER) + CAST(substr(json_extract(line, '$.ts'), 21, 3) AS" \
	" INTEGER)"

enum statement { SESSIONS, LINES, OUTPUT, INSERT, STATEMENT_MAX };

static const char *const texts[STATEMENT_MAX] = {
	[SESSIONS] = "SELECT s.serial, s.created_ms, s.finished,"
		     " CASE WHEN json_valid(r.record || '}')"
		     " THEN " OUTCOME " END, s.id" FROM_SESSIONS
		     " ORDER BY s.serial",
	[LINES] = "SELECT line,"
		  " CASE WHEN json_valid(line) THEN json_extract(line,"
		  " '$.type') END,"
		  " CASE WHEN json_valid(line) THEN " LINE_MS " END"
		  " FROM audit WHERE session = ?1 ORDER BY seq",
	[OUTPUT] = "SELECT out, err FROM results WHERE session = ?1",
	[INSERT] = ("INSERT INTO entries(session, seq, kind, at_ms, data)"
		    " VALUES(?1, ?2, ?3, ?4, ?5)"),
};

/*
 * Inserts a result for each session without one: an enclave-api that found the
 * session interrupted recorded its end, but no result.
 */
static const char missing_results[] =
	"INSERT INTO results(session, record, out, err)"
	" SELECT s.serial, '\"exitCode\":null,\"signal\":null,"
	"\"durationMs\":0,\"truncated\":{\"stdout\":false,"
	"\"stderr\":false},', x'', x''" FROM_SESSIONS
	" WHERE json_valid(r.record || '}') AND " OUTCOME " IS NOT NULL"
	" AND NOT EXISTS(SELECT 1 FROM results WHERE session = s.serial)";

/* The session whose rows are being migrated. */
struct filling {
	struct enc_sqlite_db *db;
	sqlite3_stmt *statements[STATEMENT_MAX];
	int64_t serial;
	const char *id;
	int64_t seq;
	int64_t at_ms;
	const char *outcome; /* NULL if the session has no outcome */
	bool has_output;     /* the output has been migrated */
	bool has_end;	     /* the outcome has been migrated */
};

static enum enc_code put(struct filling *filling, enum enc_entry_kind kind,
			 const void *data, size_t length, struct enc_error *err)
{
	sqlite3_stmt *insert = filling->statements[INSERT];
	enum enc_code code = ENC_OK;

	/*
	 * put_stream() splits output into entries, but a line or an outcome is
	 * one entry.
	 */
	if (length > ENC_STORE_ENTRY_MAX_BYTES) {
		return enc_fail(err, ENC_INTERNAL,
				"session %.64s: a stored line or outcome is "
				"damaged: it has %zu bytes, at most %d are "
				"allowed",
				filling->id, length, ENC_STORE_ENTRY_MAX_BYTES);
	}
	(void)sqlite3_bind_int64(insert, 1, filling->serial);
	(void)sqlite3_bind_int64(insert, 2, ++filling->seq);
	(void)sqlite3_bind_int(insert, 3, (int)kind);
	(void)sqlite3_bind_int64(insert, 4, filling->at_ms);
	(void)sqlite3_bind_blob(insert, 5, length == 0 ? "" : data, (int)length,
				SQLITE_STATIC);
	if (sqlite3_step(insert) != SQLITE_DONE) {
		code = enc_sqlite_fail(filling->db, "writing entries", err);
	}
	(void)sqlite3_reset(insert);
	return code;
}

static enum enc_code put_text(struct filling *filling, enum enc_entry_kind kind,
			      const char *text, struct enc_error *err)
{
	return put(filling, kind, text, strlen(text), err);
}

/* put_stream() - write output, split into entries; no character is split */
static enum enc_code put_stream(struct filling *filling,
				enum enc_entry_kind kind, const uint8_t *bytes,
				size_t length, struct enc_error *err)
{
	enum enc_code code = ENC_OK;

	while (code == ENC_OK && length > 0) {
		size_t piece =
			ENC_MIN(length, (size_t)ENC_STORE_ENTRY_MAX_BYTES);

		if (piece < length) {
			piece -= enc_utf8_partial(bytes, piece);
		}
		code = put(filling, kind, bytes, piece, err);
		bytes += piece;
		length -= piece;
	}
	return code;
}

/* put_output() - write the output of the session, once */
static enum enc_code put_output(struct filling *filling, struct enc_error *err)
{
	sqlite3_stmt *output = filling->statements[OUTPUT];
	enum enc_code code = ENC_OK;
	int result;

	if (filling->has_output) {
		return ENC_OK;
	}
	filling->has_output = true;
	(void)sqlite3_bind_int64(output, 1, filling->serial);
	result = sqlite3_step(output);
	for (int i = 0; code == ENC_OK && result == SQLITE_ROW && i < 2; i++) {
		code = put_stream(filling,
				  i == 0 ? ENC_ENTRY_STDOUT : ENC_ENTRY_STDERR,
				  sqlite3_column_blob(output, i),
				  (size_t)sqlite3_column_bytes(output, i), err);
	}
	if (result != SQLITE_ROW && result != SQLITE_DONE) {
		code = enc_sqlite_fail(filling->db, "reading output", err);
	}
	(void)sqlite3_reset(output);
	return code;
}

/* put_end() - write the outcome and the result of the session, once */
static enum enc_code put_end(struct filling *filling, struct enc_error *err)
{
	enum enc_code code;

	if (filling->outcome == NULL || filling->has_end) {
		return ENC_OK;
	}
	filling->has_end = true;
	code = put_output(filling, err);
	if (code == ENC_OK) {
		code = put_text(filling, ENC_ENTRY_PHASE, filling->outcome,
				err);
	}
	return code == ENC_OK ? put(filling, ENC_ENTRY_RESULT, "", 0, err)
			      : code;
}

/*
 * put_line() - write an audit line, and the phase, output or end that belongs
 * to it
 */
static enum enc_code put_line(struct filling *filling, sqlite3_stmt *row,
			      struct enc_error *err)
{
	const char *type = (const char *)sqlite3_column_text(row, LINE_TYPE);
	bool starts = type != NULL && strcmp(type, "sandbox_started") == 0;
	bool ends = type != NULL && strcmp(type, "session_torn_down") == 0;
	enum enc_code code = ENC_OK;

	if (sqlite3_column_type(row, LINE_TIME) == SQLITE_INTEGER) {
		filling->at_ms = sqlite3_column_int64(row, LINE_TIME);
	}
	if (starts) {
		code = put_text(filling, ENC_ENTRY_PHASE, "running", err);
	} else if (ends) {
		code = put_end(filling, err);
	}
	if (code == ENC_OK) {
		const void *line = sqlite3_column_text(row, LINE_COLUMN);

		code = put(filling, ENC_ENTRY_AUDIT, line,
			   (size_t)sqlite3_column_bytes(row, LINE_COLUMN), err);
	}
	return code == ENC_OK && starts ? put_output(filling, err) : code;
}

static enum enc_code put_lines(struct filling *filling, struct enc_error *err)
{
	sqlite3_stmt *lines = filling->statements[LINES];
	enum enc_code code = ENC_OK;
	int result = SQLITE_ROW;

	(void)sqlite3_bind_int64(lines, 1, filling->serial);
	while (code == ENC_OK && (result = sqlite3_step(lines)) == SQLITE_ROW) {
		code = put_line(filling, lines, err);
	}
	if (code == ENC_OK && result != SQLITE_DONE) {
		code = enc_sqlite_fail(filling->db, "reading audit lines", err);
	}
	(void)sqlite3_reset(lines);
	return code;
}

/* fill_session() - migrate the current row of the statement SESSIONS */
static enum enc_code fill_session(struct filling *filling,
				  struct enc_error *err)
{
	sqlite3_stmt *row = filling->statements[SESSIONS];
	enum enc_code code;

	filling->serial = sqlite3_column_int64(row, SESSION_SERIAL);
	filling->at_ms = sqlite3_column_int64(row, SESSION_TIME);
	filling->outcome =
		(const char *)sqlite3_column_text(row, SESSION_OUTCOME);
	filling->id = (const char *)sqlite3_column_text(row, SESSION_ID);
	filling->seq = 0;
	filling->has_output = false;
	filling->has_end = false;
	code = put_text(filling, ENC_ENTRY_PHASE, "pending", err);
	if (code == ENC_OK) {
		code = put_lines(filling, err);
	}
	if (code == ENC_OK) {
		code = put_end(filling, err);
	}
	if (code == ENC_OK && sqlite3_column_int(row, SESSION_FINISHED) != 0) {
		code = put_text(filling, ENC_ENTRY_PHASE, "torn_down", err);
		if (code == ENC_OK && filling->outcome != NULL) {
			code = put_text(filling, ENC_ENTRY_END,
					filling->outcome, err);
		}
	}
	return code;
}

static enum enc_code fill_sessions(struct filling *filling,
				   struct enc_error *err)
{
	enum enc_code code = ENC_OK;
	int result = SQLITE_ROW;

	for (size_t i = 0; i < STATEMENT_MAX; i++) {
		if (sqlite3_prepare_v2(filling->db->handle, texts[i], -1,
				       &filling->statements[i],
				       NULL) != SQLITE_OK) {
			return enc_sqlite_fail(filling->db,
					       "reading the older version",
					       err);
		}
	}
	while (code == ENC_OK &&
	       (result = sqlite3_step(filling->statements[SESSIONS])) ==
		       SQLITE_ROW) {
		code = fill_session(filling, err);
	}
	if (code == ENC_OK && result != SQLITE_DONE) {
		code = enc_sqlite_fail(filling->db, "reading sessions", err);
	}
	return code;
}

enum enc_code enc_sqlite_fill_entries(struct enc_sqlite_db *db,
				      struct enc_error *err)
{
	struct filling filling = { .db = db };
	enum enc_code code = enc_sqlite_execute(db, missing_results, err);

	if (code == ENC_OK) {
		code = fill_sessions(&filling, err);
	}
	for (size_t i = 0; i < STATEMENT_MAX; i++) {
		(void)sqlite3_finalize(filling.statements[i]);
	}
	return code;
}
