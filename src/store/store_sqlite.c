#include <limits.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sqlite_db.h"
#include "sqlite_file.h"
#include "sqlite_rows.h"
#include "sqlite_sessions.h"

/*
 * The writer and the loop each have a connection to one file in WAL mode, in
 * which readers and the writer don't block each other. Copying the log into the
 * file costs flushes, so this is done when no change set is waiting or when the
 * log is long.
 */

enum { REST_WAL_PAGES = 1000, MOST_WAL_PAGES = 16000 };

struct store_sqlite {
	struct enc_store_impl base;
	struct enc_sqlite_db writer;
	struct enc_sqlite_db reader;
	bool locked; /* lock_fd is open */
	int lock_fd;
	bool in_savepoint;
};

static struct store_sqlite *sqlite_of(struct enc_store_impl *impl)
{
	ENC_ASSERT(impl->ops == &enc_store_sqlite);
	return ENC_HOLDER(impl, struct store_sqlite, base);
}

static struct enc_sqlite_db *writer_of(struct enc_store_impl *impl)
{
	return &sqlite_of(impl)->writer;
}

static struct enc_sqlite_db *reader_of(struct enc_store_impl *impl)
{
	return &sqlite_of(impl)->reader;
}

static enum enc_code sqlite_open(struct enc_store_impl *impl,
				 struct enc_error *err)
{
	struct store_sqlite *store = sqlite_of(impl);
	const char *path = impl->options.path;
	enum enc_code code = ENC_OK;
	unsigned int flags = 0;
	struct stat about;
	int fd = enc_sqlite_lock(path, &code, err);

	if (fd < 0) {
		return code;
	}
	store->lock_fd = fd;
	store->locked = true;
	if (fstat(fd, &about) == 0 && about.st_size > 0) {
		flags = ENC_SQLITE_THOROUGH;
	}
	code = enc_sqlite_make(path, err);
	if (code == ENC_OK) {
		code = enc_sqlite_open(&store->writer, path, flags, err);
	}
	if (code == ENC_OK) {
		code = enc_sqlite_open(&store->reader, path, ENC_SQLITE_READER,
				       err);
	}
	if (code == ENC_OK && flags != 0) {
		/* If this fails, the next opening checks again. */
		ENC_IGNORE(ftruncate(fd, 0));
	}
	return code;
}

/*
 * mark_damage() - if the writer found damage, make the next opening check the
 * whole file; best effort
 */
static void mark_damage(struct store_sqlite *store)
{
	static const char mark[] = "a damaged page was found\n";

	if (store->writer.damaged) {
		ENC_IGNORE(pwrite(store->lock_fd, mark, sizeof(mark) - 1, 0));
	}
}

static void sqlite_close(struct enc_store_impl *impl)
{
	struct store_sqlite *store = sqlite_of(impl);

	enc_sqlite_close(&store->reader);
	enc_sqlite_close(&store->writer);
	if (store->locked) {
		(void)close(store->lock_fd);
	}
}

/* ---- the writer's side ---- */

static enum enc_code sqlite_begin(struct enc_store_impl *impl,
				  struct enc_error *err)
{
	sqlite_of(impl)->in_savepoint = false;
	return enc_sqlite_run(writer_of(impl), ENC_SQLITE_BEGIN, err);
}

static enum enc_code sqlite_savepoint(struct enc_store_impl *impl,
				      struct enc_error *err)
{
	struct store_sqlite *store = sqlite_of(impl);
	enum enc_code code = ENC_OK;

	/* The entries of the last change set may have been undone. */
	store->writer.log = (struct enc_sqlite_log){ 0 };
	if (store->in_savepoint) {
		code = enc_sqlite_run(&store->writer, ENC_SQLITE_RELEASE, err);
	}
	if (code == ENC_OK) {
		code = enc_sqlite_run(&store->writer, ENC_SQLITE_SAVEPOINT,
				      err);
	}
	store->in_savepoint = code == ENC_OK;
	return code;
}

static enum enc_code sqlite_undo(struct enc_store_impl *impl,
				 struct enc_error *err)
{
	return enc_sqlite_run(writer_of(impl), ENC_SQLITE_UNDO, err);
}

/* fold() - copy the log into the file, as far as readers allow */
static void fold(struct enc_sqlite_db *db)
{
	(void)sqlite3_wal_checkpoint_v2(db->handle, NULL,
					SQLITE_CHECKPOINT_PASSIVE, NULL, NULL);
	db->wal_pages = 0;
}

static enum enc_code sqlite_commit(struct enc_store_impl *impl,
				   struct enc_error *err)
{
	struct enc_sqlite_db *db = writer_of(impl);
	enum enc_code code = enc_sqlite_run(db, ENC_SQLITE_COMMIT, err);

	if (code == ENC_OK && db->wal_pages > MOST_WAL_PAGES) {
		fold(db);
	}
	return code;
}

static void sqlite_rollback(struct enc_store_impl *impl)
{
	struct enc_sqlite_db *db = writer_of(impl);

	/* Some failures, such as a full disk, have already rolled back. */
	if (sqlite3_get_autocommit(db->handle) == 0) {
		ENC_IGNORE(enc_sqlite_run(db, ENC_SQLITE_ROLLBACK, NULL));
	}
	mark_damage(sqlite_of(impl));
}

static void sqlite_rest(struct enc_store_impl *impl)
{
	struct enc_sqlite_db *db = writer_of(impl);

	if (db->wal_pages > REST_WAL_PAGES) {
		fold(db);
	}
}

static enum enc_code insert_session(struct enc_sqlite_db *db,
				    const struct enc_store_step *step,
				    struct enc_error *err)
{
	return enc_sqlite_insert_session(db, &step->session, err);
}

static enum enc_code update_session(struct enc_sqlite_db *db,
				    const struct enc_store_step *step,
				    struct enc_error *err)
{
	return enc_sqlite_update_session(db, &step->session, err);
}

/* find_finished() - find the serial of a finished session; 0: there is none */
static enum enc_code find_finished(struct enc_sqlite_db *db, const char *id,
				   int64_t *ret_serial, struct enc_error *err)
{
	sqlite3_stmt *find = db->statements[ENC_SQLITE_FIND_FINISHED];
	enum enc_code code = ENC_OK;
	int result;

	enc_sqlite_text(db, ENC_SQLITE_FIND_FINISHED, 1, id);
	result = sqlite3_step(find);
	*ret_serial = result == SQLITE_ROW ? sqlite3_column_int64(find, 0) : 0;
	if (result != SQLITE_ROW && result != SQLITE_DONE) {
		code = enc_sqlite_fail(db, "writing to the store", err);
	}
	/* sqlite3_reset() returns the result of sqlite3_step() again. */
	(void)sqlite3_reset(find);
	(void)sqlite3_clear_bindings(find);
	return code;
}

static enum enc_code remove_session(struct enc_sqlite_db *db,
				    const struct enc_store_step *step,
				    struct enc_error *err)
{
	/* Triggers need the session's row, so it goes last. */
	static const enum enc_sqlite_statement removals[] = {
		ENC_SQLITE_REMOVE_ENTRIES,     ENC_SQLITE_REMOVE_LABELS,
		ENC_SQLITE_REMOVE_RESULT,      ENC_SQLITE_REMOVE_RECORD,
		ENC_SQLITE_REMOVE_IDEMPOTENCY, ENC_SQLITE_REMOVE_SIGNATURE,
		ENC_SQLITE_REMOVE_SESSION,
	};
	int64_t serial = 0;
	enum enc_code code = find_finished(db, step->session.id, &serial, err);

	if (code == ENC_OK && serial == 0) {
		return enc_fail(err, ENC_CONFLICT,
				"there is no such finished session");
	}
	db->log = (struct enc_sqlite_log){ 0 };
	for (size_t i = 0; code == ENC_OK && i < ENC_COUNT(removals); i++) {
		enc_sqlite_int(db, removals[i], 1, serial);
		code = enc_sqlite_run(db, removals[i], err);
	}
	return code;
}

/* find_log() - find the serial of a session and the number of its last entry */
static enum enc_code find_log(struct enc_sqlite_db *db, const char *session,
			      struct enc_error *err)
{
	sqlite3_stmt *find = db->statements[ENC_SQLITE_FIND_LOG];
	enum enc_code code = ENC_OK;
	int result;

	if (strcmp(db->log.session, session) == 0) {
		return ENC_OK;
	}
	db->log = (struct enc_sqlite_log){ 0 };
	enc_sqlite_text(db, ENC_SQLITE_FIND_LOG, 1, session);
	result = sqlite3_step(find);
	if (result == SQLITE_ROW) {
		(void)snprintf(db->log.session, sizeof(db->log.session), "%s",
			       session);
		db->log.serial = sqlite3_column_int64(find, 0);
		db->log.last_seq = (uint64_t)sqlite3_column_int64(find, 1);
	} else if (result != SQLITE_DONE) {
		code = enc_sqlite_fail(db, "writing to the store", err);
	}
	/* sqlite3_reset() returns the result of sqlite3_step() again. */
	(void)sqlite3_reset(find);
	(void)sqlite3_clear_bindings(find);
	return code;
}

static enum enc_code append_entry(struct enc_sqlite_db *db,
				  const struct enc_store_step *step,
				  struct enc_error *err)
{
	const struct enc_store_entry *entry = &step->entry.entry;
	enum enc_code code = find_log(db, step->entry.session, err);

	if (code != ENC_OK) {
		return code;
	}
	if (db->log.serial == 0 || db->log.last_seq != step->entry.after) {
		return enc_fail(err, ENC_CONFLICT,
				"an entry doesn't follow the last stored one");
	}
	enc_sqlite_int(db, ENC_SQLITE_APPEND_ENTRY, 1, db->log.serial);
	enc_sqlite_int(db, ENC_SQLITE_APPEND_ENTRY, 2, (int64_t)entry->seq);
	enc_sqlite_int(db, ENC_SQLITE_APPEND_ENTRY, 3, (int64_t)entry->kind);
	enc_sqlite_int(db, ENC_SQLITE_APPEND_ENTRY, 4, entry->at_ms);
	enc_sqlite_bytes(db, ENC_SQLITE_APPEND_ENTRY, 5, entry->data,
			 entry->length);
	db->log.last_seq = entry->seq;
	return enc_sqlite_run(db, ENC_SQLITE_APPEND_ENTRY, err);
}

static enum enc_code insert_result(struct enc_sqlite_db *db,
				   const struct enc_store_step *step,
				   struct enc_error *err)
{
	const struct enc_store_result *row = &step->result;

	enc_sqlite_text(db, ENC_SQLITE_INSERT_RESULT, 1, row->session);
	enc_sqlite_text(db, ENC_SQLITE_INSERT_RESULT, 2, row->record);
	enc_sqlite_text(db, ENC_SQLITE_INSERT_RESULT, 3, row->json);
	return enc_sqlite_run_on_one(db, ENC_SQLITE_INSERT_RESULT,
				     ENC_NOT_FOUND, "there is no such session",
				     err);
}

static enum enc_code append_admin(struct enc_sqlite_db *db,
				  const struct enc_store_step *step,
				  struct enc_error *err)
{
	enc_sqlite_int(db, ENC_SQLITE_APPEND_ADMIN, 1, (int64_t)step->line.seq);
	enc_sqlite_text(db, ENC_SQLITE_APPEND_ADMIN, 2, step->line.text);
	return enc_sqlite_run(db, ENC_SQLITE_APPEND_ADMIN, err);
}

static enum enc_code write_row(struct enc_sqlite_db *db,
			       const struct enc_store_step *step,
			       struct enc_error *err)
{
	return enc_sqlite_write_row(db, step->op, step->row, err);
}

typedef enum enc_code step_fn(struct enc_sqlite_db *db,
			      const struct enc_store_step *step,
			      struct enc_error *err);

static step_fn *const step_fns[ENC_STORE_STEP_MAX] = {
	[ENC_STORE_INSERT_SESSION] = insert_session,
	[ENC_STORE_UPDATE_SESSION] = update_session,
	[ENC_STORE_REMOVE_SESSION] = remove_session,
	[ENC_STORE_APPEND_ENTRY] = append_entry,
	[ENC_STORE_INSERT_RESULT] = insert_result,
	[ENC_STORE_WRITE_ROW] = write_row,
	[ENC_STORE_APPEND_ADMIN] = append_admin,
};

static enum enc_code sqlite_apply(struct enc_store_impl *impl,
				  const struct enc_store_step *step,
				  struct enc_error *err)
{
	ENC_ASSERT(step->kind > ENC_STORE_STEP_INVALID &&
		   step->kind < ENC_STORE_STEP_MAX);
	return step_fns[step->kind](writer_of(impl), step, err);
}

/* ---- the loop's side ---- */

/* text() - return a text column, valid until the next step */
static const char *text(sqlite3_stmt *row, int column)
{
	return (const char *)sqlite3_column_text(row, column);
}

/* each_row() - visit the rows of a bound statement, then reset it */
static enum enc_code each_row(struct enc_sqlite_db *db,
			      enum enc_sqlite_statement which,
			      enc_sqlite_row_fn *take, void *context,
			      struct enc_error *err)
{
	return enc_sqlite_each(db, db->statements[which], take, context, err);
}

static enum enc_code sqlite_read_sessions(struct enc_store_impl *impl,
					  const struct enc_store_query *query,
					  enc_store_session_fn *visit,
					  void *context, struct enc_error *err)
{
	return enc_sqlite_read_sessions(reader_of(impl), query, visit, context,
					err);
}

struct line_visit {
	enc_store_line_fn *visit;
	void *context;
};

static bool take_line(sqlite3_stmt *row, void *context)
{
	const struct line_visit *visit = context;
	const char *line = text(row, 1);

	return visit->visit(visit->context,
			    (uint64_t)sqlite3_column_int64(row, 0), line,
			    (size_t)sqlite3_column_bytes(row, 1));
}

/* bound() - limit a number to what SQLite can store */
static int64_t bound(uint64_t value)
{
	return value > INT64_MAX ? INT64_MAX : (int64_t)value;
}

static enum enc_code sqlite_read_lines(struct enc_store_impl *impl,
				       const struct enc_store_range *range,
				       enc_store_line_fn *visit, void *context,
				       struct enc_error *err)
{
	struct line_visit to = { .visit = visit, .context = context };
	struct enc_sqlite_db *db = reader_of(impl);

	enc_sqlite_int(db, ENC_SQLITE_READ_ADMIN, 1, bound(range->from_seq));
	enc_sqlite_int(db, ENC_SQLITE_READ_ADMIN, 2,
		       range->limit == 0 ? INT64_MAX : bound(range->limit));
	return each_row(db, ENC_SQLITE_READ_ADMIN, take_line, &to, err);
}

struct entry_visit {
	enc_store_entry_fn *visit;
	void *context;
};

static bool take_entry(sqlite3_stmt *row, void *context)
{
	const struct entry_visit *visit = context;
	const struct enc_store_entry entry = {
		.seq = (uint64_t)sqlite3_column_int64(row, 0),
		.kind = (enum enc_entry_kind)sqlite3_column_int(row, 1),
		.at_ms = sqlite3_column_int64(row, 2),
		.data = sqlite3_column_blob(row, 3),
		.length = (size_t)sqlite3_column_bytes(row, 3),
	};

	return visit->visit(visit->context, &entry);
}

static enum enc_code sqlite_read_entries(struct enc_store_impl *impl,
					 const char *session,
					 const struct enc_store_page *page,
					 enc_store_entry_fn *visit,
					 void *context, struct enc_error *err)
{
	struct entry_visit to = { .visit = visit, .context = context };
	struct enc_sqlite_db *db = reader_of(impl);

	enc_sqlite_text(db, ENC_SQLITE_READ_ENTRIES, 1, session);
	enc_sqlite_int(db, ENC_SQLITE_READ_ENTRIES, 2, bound(page->from_seq));
	enc_sqlite_int(db, ENC_SQLITE_READ_ENTRIES, 3, page->kinds);
	enc_sqlite_int(db, ENC_SQLITE_READ_ENTRIES, 4,
		       page->max_entries == 0 ? INT64_MAX
					      : bound(page->max_entries));
	return each_row(db, ENC_SQLITE_READ_ENTRIES, take_entry, &to, err);
}

struct result_visit {
	enc_store_result_fn *visit;
	void *context;
	const char *session;
};

static bool take_result(sqlite3_stmt *row, void *context)
{
	const struct result_visit *visit = context;
	const struct enc_store_result result = {
		.session = visit->session,
		.record = text(row, 0),
		.json = text(row, 1),
	};

	return visit->visit(visit->context, &result);
}

static enum enc_code sqlite_read_result(struct enc_store_impl *impl,
					const char *session,
					enc_store_result_fn *visit,
					void *context, struct enc_error *err)
{
	struct result_visit to = { visit, context, session };
	struct enc_sqlite_db *db = reader_of(impl);

	enc_sqlite_text(db, ENC_SQLITE_READ_RESULT, 1, session);
	return each_row(db, ENC_SQLITE_READ_RESULT, take_result, &to, err);
}

static enum enc_code sqlite_read_rows(struct enc_store_impl *impl,
				      enum enc_row_op op,
				      const struct enc_row *wanted,
				      enc_row_fn *visit, void *context,
				      struct enc_error *err)
{
	return enc_sqlite_read_rows(reader_of(impl), op, wanted, visit, context,
				    err);
}

struct copy {
	struct enc_buf *to;
	bool fits;
};

/* copy_text() - append the first column to a buffer */
static bool copy_text(sqlite3_stmt *row, void *context)
{
	struct copy *copy = context;
	const char *line = text(row, 0);

	copy->fits = enc_buf_append(copy->to, line,
				    (size_t)sqlite3_column_bytes(row, 0)) == 0;
	return false;
}

static enum enc_code sqlite_read_admin(struct enc_store_impl *impl,
				       struct enc_buf *ret_genesis,
				       struct enc_buf *ret_last,
				       struct enc_error *err)
{
	struct enc_sqlite_db *db = reader_of(impl);
	struct copy genesis = { .to = ret_genesis, .fits = false };
	struct copy last = { .to = ret_last, .fits = true };
	enum enc_code code =
		each_row(db, ENC_SQLITE_READ_GENESIS, copy_text, &genesis, err);

	if (code == ENC_OK) {
		code = each_row(db, ENC_SQLITE_READ_LAST_ADMIN, copy_text,
				&last, err);
	}
	if (code == ENC_OK && (!genesis.fits || !last.fits)) {
		return enc_fail(err, ENC_INTERNAL,
				"the store's admin log is damaged");
	}
	return code;
}

const struct enc_store_ops enc_store_sqlite = {
	.name = "sqlite",
	.impl_size = sizeof(struct store_sqlite),
	.open = sqlite_open,
	.close = sqlite_close,
	.begin = sqlite_begin,
	.savepoint = sqlite_savepoint,
	.apply = sqlite_apply,
	.undo = sqlite_undo,
	.commit = sqlite_commit,
	.rollback = sqlite_rollback,
	.rest = sqlite_rest,
	.read_sessions = sqlite_read_sessions,
	.read_entries = sqlite_read_entries,
	.read_lines = sqlite_read_lines,
	.read_result = sqlite_read_result,
	.read_rows = sqlite_read_rows,
	.read_admin = sqlite_read_admin,
};
