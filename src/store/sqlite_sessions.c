#include "sqlite_sessions.h"
#include "sqlite_rows.h"

/* The parameters of a page. They follow the parameters of the columns. */
enum page_parameter {
	PAGE_BEFORE = 1,
	PAGE_FROM,
	PAGE_SINCE,
	PAGE_LIMIT,
	PAGE_LABELS, /* name of the first label, then its value, and so on */
};

/* ---- SQL ---- */

#define PRINT(out, ...) ENC_MUST(enc_buf_printf(out, __VA_ARGS__))

/* parameter() - return the number of a page parameter in the statement */
static size_t parameter(size_t which)
{
	return enc_store_sessions.column_count + which;
}

static void print_update(struct enc_buf *out)
{
	const char *before = "";

	PRINT(out, "UPDATE sessions SET ");
	for (size_t i = 0; i < enc_store_sessions.column_count; i++) {
		const struct enc_row_column *column =
			&enc_store_sessions.columns[i];

		if ((column->flags & ENC_COLUMN_CHANGES) != 0) {
			PRINT(out, "%s%s = ?%zu", before, column->name, i + 1);
			before = ", ";
		}
	}
	PRINT(out, ENC_SQLITE_BY_ID);
}

/*
 * print_select() - print the columns of a session, then those of other tables
 */
static void print_select(struct enc_buf *out)
{
	PRINT(out, "SELECT ");
	for (size_t i = 0; i < enc_store_sessions.column_count; i++) {
		PRINT(out, "s.%s, ", enc_store_sessions.columns[i].name);
	}
	/* The last audit line is found by the index entries_audit. */
	PRINT(out,
	      "r.record, r.genesis, coalesce(" ENC_SQLITE_LAST_SEQ ", 0),"
	      " (SELECT data FROM entries WHERE session = s.serial"
	      " AND kind = %d ORDER BY seq DESC LIMIT 1)"
	      " FROM sessions s JOIN records r ON r.session = s.serial ",
	      (int)ENC_ENTRY_AUDIT);
}

/*
 * print_filter() - print a filter condition; a parameter that is null matches
 * every session
 */
static void print_filter(struct enc_buf *out,
			 const struct enc_row_column *column, size_t number)
{
	/*
	 * Both conditions compare bytes; LIKE would ignore case and interpret
	 * wildcards.
	 */
	if ((column->flags & ENC_COLUMN_PREFIX) != 0) {
		PRINT(out, " AND (?%zu IS NULL OR instr(s.%s, ?%zu) = 1)",
		      number, column->name, number);
	} else {
		PRINT(out, " AND (?%zu IS NULL OR s.%s = ?%zu)", number,
		      column->name, number);
	}
}

/*
 * print_page() - print the conditions of a page: the organisation, then the
 * filter
 */
static void print_page(struct enc_buf *out)
{
	for (size_t i = 0; i < enc_store_sessions.column_count; i++) {
		const struct enc_row_column *column =
			&enc_store_sessions.columns[i];

		if ((column->flags & ENC_COLUMN_ORG) != 0) {
			PRINT(out, "WHERE s.%s = ?%zu", column->name, i + 1);
		} else if ((column->flags & ENC_COLUMN_FILTER) != 0) {
			print_filter(out, column, i + 1);
		}
	}
	PRINT(out,
	      " AND s.number < ?%zu AND s.number >= ?%zu"
	      " AND s.created_ms >= ?%zu",
	      parameter(PAGE_BEFORE), parameter(PAGE_FROM),
	      parameter(PAGE_SINCE));
	for (size_t i = 0; i < ENC_STORE_FILTER_LABELS_MAX; i++) {
		size_t name = parameter(PAGE_LABELS) + 2 * i;

		PRINT(out,
		      " AND (?%zu IS NULL OR EXISTS(SELECT 1 FROM labels"
		      " WHERE session = s.serial AND name = ?%zu"
		      " AND value = ?%zu))",
		      name, name, name + 1);
	}
	PRINT(out, " ORDER BY s.number DESC LIMIT ?%zu", parameter(PAGE_LIMIT));
}

void enc_sqlite_session_sql(enum enc_sqlite_statement which,
			    struct enc_buf *ret_sql)
{
	if (which == ENC_SQLITE_INSERT_SESSION) {
		enc_sqlite_row_sql(&enc_store_sessions, ENC_ROW_INSERT,
				   ret_sql);
		return;
	}
	if (which == ENC_SQLITE_UPDATE_SESSION) {
		print_update(ret_sql);
		return;
	}
	print_select(ret_sql);
	if (which == ENC_SQLITE_READ_SESSION) {
		PRINT(ret_sql, ENC_SQLITE_BY_ID);
	} else if (which == ENC_SQLITE_READ_UNFINISHED) {
		PRINT(ret_sql, "WHERE s.finished = 0 ORDER BY s.serial");
	} else if (which == ENC_SQLITE_READ_OLD) {
		PRINT(ret_sql, "WHERE s.finished = 1 AND s.created_ms < ?1"
			       " ORDER BY s.created_ms LIMIT ?2");
	} else {
		ENC_ASSERT(which == ENC_SQLITE_READ_PAGE);
		print_page(ret_sql);
	}
}

/* ---- writing ---- */

/*
 * put_record() - write the record of a session; only the first write sets the
 * genesis
 */
static enum enc_code put_record(struct enc_sqlite_db *db,
				const struct enc_store_session *row,
				struct enc_error *err)
{
	enc_sqlite_text(db, ENC_SQLITE_UPDATE_RECORD, 1, row->id);
	enc_sqlite_text(db, ENC_SQLITE_UPDATE_RECORD, 2, row->record);
	/* An update ignores the genesis, but the column is NOT NULL. */
	enc_sqlite_text(db, ENC_SQLITE_UPDATE_RECORD, 3,
			row->genesis == NULL ? "" : row->genesis);
	return enc_sqlite_run_on_one(db, ENC_SQLITE_UPDATE_RECORD,
				     ENC_NOT_FOUND, "there is no such session",
				     err);
}

/* put_labels() - insert the labels of a session */
static enum enc_code put_labels(struct enc_sqlite_db *db, int64_t serial,
				const struct enc_store_session *row,
				struct enc_error *err)
{
	enum enc_code code = ENC_OK;

	for (size_t i = 0; code == ENC_OK && i < row->label_count; i++) {
		enc_sqlite_int(db, ENC_SQLITE_INSERT_LABEL, 1, serial);
		enc_sqlite_text(db, ENC_SQLITE_INSERT_LABEL, 2,
				row->labels[i].name);
		enc_sqlite_text(db, ENC_SQLITE_INSERT_LABEL, 3,
				row->labels[i].value);
		code = enc_sqlite_run(db, ENC_SQLITE_INSERT_LABEL, err);
	}
	return code;
}

enum enc_code enc_sqlite_insert_session(struct enc_sqlite_db *db,
					const struct enc_store_session *row,
					struct enc_error *err)
{
	enum enc_code code;
	int64_t serial;

	enc_sqlite_bind_row(db->statements[ENC_SQLITE_INSERT_SESSION],
			    ENC_ROW_INSERT, &row->base);
	code = enc_sqlite_run(db, ENC_SQLITE_INSERT_SESSION, err);
	if (code != ENC_OK) {
		return code;
	}
	serial = sqlite3_last_insert_rowid(db->handle);
	code = put_record(db, row, err);
	if (code == ENC_OK) {
		code = put_labels(db, serial, row, err);
	}
	if (code == ENC_OK) {
		enc_sqlite_text(db, ENC_SQLITE_COUNT_SESSION, 1, row->org);
		enc_sqlite_int(db, ENC_SQLITE_COUNT_SESSION, 2,
			       (int64_t)row->number);
		code = enc_sqlite_run(db, ENC_SQLITE_COUNT_SESSION, err);
	}
	return code;
}

enum enc_code enc_sqlite_update_session(struct enc_sqlite_db *db,
					const struct enc_store_session *row,
					struct enc_error *err)
{
	enum enc_code code;

	enc_sqlite_bind_row(db->statements[ENC_SQLITE_UPDATE_SESSION],
			    ENC_ROW_UPDATE, &row->base);
	code = enc_sqlite_run_on_one(db, ENC_SQLITE_UPDATE_SESSION,
				     ENC_NOT_FOUND, "there is no such session",
				     err);
	return code == ENC_OK ? put_record(db, row, err) : code;
}

/* ---- reading ---- */

struct session_visit {
	enc_store_session_fn *visit;
	void *context;
};

static bool take_session(sqlite3_stmt *from, void *context)
{
	const int behind = (int)enc_store_sessions.column_count;
	const struct session_visit *visit = context;
	struct enc_store_session session = {
		.base.type = &enc_store_sessions,
		.record = (const char *)sqlite3_column_text(from, behind),
		.genesis = (const char *)sqlite3_column_text(from, behind + 1),
		.last_seq = (uint64_t)sqlite3_column_int64(from, behind + 2),
		.last_line =
			(const char *)sqlite3_column_text(from, behind + 3),
	};

	enc_sqlite_take_row(from, &session.base);
	return visit->visit(visit->context, &session);
}

/* bind_page() - bind the values of a filter; a missing value stays null */
static void bind_page(struct enc_sqlite_db *db,
		      const struct enc_store_filter *filter)
{
	uint64_t before = filter->before == 0 || filter->before > INT64_MAX
				  ? INT64_MAX
				  : filter->before;

	for (size_t i = 0; i < enc_store_sessions.column_count; i++) {
		const struct enc_row_column *column =
			&enc_store_sessions.columns[i];

		if ((column->flags & (ENC_COLUMN_ORG | ENC_COLUMN_FILTER)) !=
		    0) {
			enc_sqlite_text(db, ENC_SQLITE_READ_PAGE, (int)i + 1,
					enc_row_text(&filter->like.base,
						     column));
		}
	}
	enc_sqlite_int(db, ENC_SQLITE_READ_PAGE, (int)parameter(PAGE_BEFORE),
		       (int64_t)before);
	enc_sqlite_int(db, ENC_SQLITE_READ_PAGE, (int)parameter(PAGE_FROM),
		       (int64_t)ENC_MIN(filter->from, (uint64_t)INT64_MAX));
	enc_sqlite_int(db, ENC_SQLITE_READ_PAGE, (int)parameter(PAGE_SINCE),
		       filter->since_ms);
	enc_sqlite_int(db, ENC_SQLITE_READ_PAGE, (int)parameter(PAGE_LIMIT),
		       filter->limit);
	for (size_t i = 0; i < filter->label_count; i++) {
		int at = (int)(parameter(PAGE_LABELS) + 2 * i);

		enc_sqlite_text(db, ENC_SQLITE_READ_PAGE, at,
				filter->labels[i].name);
		enc_sqlite_text(db, ENC_SQLITE_READ_PAGE, at + 1,
				filter->labels[i].value);
	}
}

enum enc_code enc_sqlite_read_sessions(struct enc_sqlite_db *db,
				       const struct enc_store_query *query,
				       enc_store_session_fn *visit,
				       void *context, struct enc_error *err)
{
	struct session_visit to = { .visit = visit, .context = context };
	enum enc_sqlite_statement which = ENC_SQLITE_READ_UNFINISHED;

	if (query->id != NULL) {
		which = ENC_SQLITE_READ_SESSION;
		enc_sqlite_text(db, which, 1, query->id);
	} else if (query->old_limit > 0) {
		which = ENC_SQLITE_READ_OLD;
		enc_sqlite_int(db, which, 1, query->old_ms);
		enc_sqlite_int(db, which, 2, query->old_limit);
	} else if (!query->unfinished) {
		which = ENC_SQLITE_READ_PAGE;
		bind_page(db, query->filter);
	}
	return enc_sqlite_each(db, db->statements[which], take_session, &to,
			       err);
}
