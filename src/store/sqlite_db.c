#include <errno.h>
#include <limits.h>
#include <sys/stat.h>
#include <unistd.h>

#include "failpoint.h"
#include "log.h"
#include "sqlite_check.h"
#include "sqlite_db.h"
#include "sqlite_file.h"
#include "sqlite_rows.h"
#include "sqlite_schema.h"
#include "sqlite_sessions.h"

enum {
	APPLICATION_ID = 0x454e434c, /* "ENCL"; stored in the file's header */
	BUSY_TIMEOUT_MS = 2000,
	/* Larger files aren't checked as a whole. */
	CHECKED_MAX_BYTES = 32 << 20,
};

static const struct statement_row {
	/*
	 * SQL of the statement; NULL: generated from the columns of a session.
	 */
	const char *sql;
	bool reader; /* prepared on the loop's connection */
} statement_rows[] = {
	[ENC_SQLITE_BEGIN] = { "BEGIN IMMEDIATE", false },
	[ENC_SQLITE_SAVEPOINT] = { "SAVEPOINT one", false },
	[ENC_SQLITE_RELEASE] = { "RELEASE one", false },
	[ENC_SQLITE_UNDO] = { "ROLLBACK TO one", false },
	[ENC_SQLITE_COMMIT] = { "COMMIT", false },
	[ENC_SQLITE_ROLLBACK] = { "ROLLBACK", false },
	[ENC_SQLITE_INSERT_SESSION] = { NULL, false },
	[ENC_SQLITE_INSERT_LABEL] = {
		"INSERT INTO labels(session, name, value)"
		" VALUES(?1, ?2, ?3)", false },
	[ENC_SQLITE_COUNT_SESSION] = {
		"UPDATE orgs SET sessions = max(sessions, ?2) WHERE id = ?1",
		false },
	[ENC_SQLITE_UPDATE_SESSION] = { NULL, false },
	[ENC_SQLITE_UPDATE_RECORD] = {
		/* Only the first write sets the genesis. */
		"INSERT INTO records(session, record, genesis)"
		" SELECT serial, ?2, ?3 FROM sessions" ENC_SQLITE_BY_ID
		" ON CONFLICT(session) DO UPDATE SET record = excluded.record",
		false },
	[ENC_SQLITE_FIND_FINISHED] = {
		"SELECT serial FROM sessions" ENC_SQLITE_BY_ID
		" AND finished = 1", false },
	[ENC_SQLITE_REMOVE_ENTRIES] = {
		"DELETE FROM entries WHERE session = ?1", false },
	[ENC_SQLITE_REMOVE_LABELS] = {
		"DELETE FROM labels WHERE session = ?1", false },
	[ENC_SQLITE_REMOVE_RESULT] = {
		"DELETE FROM results WHERE session = ?1", false },
	[ENC_SQLITE_REMOVE_RECORD] = {
		"DELETE FROM records WHERE session = ?1", false },
	[ENC_SQLITE_REMOVE_IDEMPOTENCY] = {
		"DELETE FROM idempotency WHERE session ="
		" (SELECT id FROM sessions WHERE serial = ?1)", false },
	[ENC_SQLITE_REMOVE_SIGNATURE] = {
		"DELETE FROM signatures WHERE (org, number) ="
		" (SELECT org, number FROM sessions WHERE serial = ?1)", false },
	[ENC_SQLITE_REMOVE_SESSION] = {
		"DELETE FROM sessions WHERE serial = ?1", false },
	[ENC_SQLITE_FIND_LOG] = {
		"SELECT serial, coalesce(" ENC_SQLITE_LAST_SEQ ", 0) FROM sessions s"
		ENC_SQLITE_BY_ID, false },
	[ENC_SQLITE_APPEND_ENTRY] = {
		"INSERT INTO entries(session, seq, kind, at_ms, data)"
		" VALUES(?1, ?2, ?3, ?4, ?5)", false },
	[ENC_SQLITE_INSERT_RESULT] = {
		"INSERT INTO results(session, record, json)"
		" SELECT serial, ?2, ?3 FROM sessions" ENC_SQLITE_BY_ID, false },
	[ENC_SQLITE_APPEND_ADMIN] = {
		"INSERT INTO admin(seq, line) VALUES(?1, ?2)", false },
	[ENC_SQLITE_READ_SESSION] = { NULL, true },
	[ENC_SQLITE_READ_UNFINISHED] = { NULL, true },
	[ENC_SQLITE_READ_OLD] = { NULL, true },
	[ENC_SQLITE_READ_PAGE] = { NULL, true },
	[ENC_SQLITE_READ_ENTRIES] = {
		"SELECT seq, kind, at_ms, data FROM entries"
		/* A join would sort all remaining entries of the session. */
		" WHERE session = (SELECT serial FROM sessions" ENC_SQLITE_BY_ID ")"
		" AND seq >= ?2 AND (?3 >> kind & 1) ORDER BY seq LIMIT ?4", true },
	[ENC_SQLITE_READ_ADMIN] = {
		"SELECT seq, line FROM admin WHERE seq >= ?1"
		" ORDER BY seq LIMIT ?2", true },
	[ENC_SQLITE_READ_RESULT] = {
		"SELECT r.record, r.json FROM results r"
		" JOIN sessions s ON s.serial = r.session" ENC_SQLITE_BY_ID,
		true },
	[ENC_SQLITE_READ_GENESIS] = {
		"SELECT value FROM meta WHERE name = 'admin_genesis'", true },
	[ENC_SQLITE_READ_LAST_ADMIN] = {
		"SELECT line FROM admin ORDER BY seq DESC LIMIT 1", true },
};
_Static_assert(ENC_COUNT(statement_rows) == ENC_SQLITE_STATEMENT_MAX,
	       "a statement without row");

/* ---- errors ---- */

/* code_of() - translate a result code of SQLite into a code of the store */
static enum enc_code code_of(struct enc_sqlite_db *db, int result)
{
	int reason = sqlite3_system_errno(db->handle);

	switch (result & 0xff) {
	case SQLITE_CONSTRAINT:
		if (result == SQLITE_CONSTRAINT_FOREIGNKEY) {
			return ENC_NOT_FOUND;
		}
		return result == SQLITE_CONSTRAINT_UNIQUE ||
				       result == SQLITE_CONSTRAINT_PRIMARYKEY ||
				       result == SQLITE_CONSTRAINT_ROWID
			       ? ENC_CONFLICT
			       : ENC_INTERNAL;
	case SQLITE_FULL:
		return ENC_STORAGE_FULL;
	case SQLITE_BUSY:
	case SQLITE_LOCKED:
		return ENC_UNAVAILABLE;
	case SQLITE_IOERR:
		/*
		 * A failed flush isn't repeated: a second one may succeed
		 * although pages are lost.
		 */
		return (reason == ENOSPC || reason == EDQUOT) &&
				       result != SQLITE_IOERR_FSYNC
			       ? ENC_STORAGE_FULL
			       : ENC_INTERNAL;
	default:
		return ENC_INTERNAL;
	}
}

/*
 * fail_page() - fail because of a damaged page; logs each page once, with the
 * name of the file
 */
static enum enc_code fail_page(struct enc_sqlite_db *db, const char *what,
			       struct enc_error *err)
{
	uint32_t page = enc_sqlite_check_damaged(db->handle);

	if (page != db->told) {
		db->told = page;
		enc_log(ENC_LOG_ERROR, NULL,
			"page %u of %s is damaged: what lies there can't be "
			"had, restore the file",
			page, sqlite3_db_filename(db->handle, "main"));
	}
	return enc_fail(err, ENC_INTERNAL,
			"%s: page %u of the store is damaged", what, page);
}

enum enc_code enc_sqlite_fail(struct enc_sqlite_db *db, const char *what,
			      struct enc_error *err)
{
	int result = sqlite3_extended_errcode(db->handle);
	enum enc_code code = code_of(db, result);

	if (code == ENC_NOT_FOUND) {
		return enc_fail(err, code,
				"%s: its organisation or session doesn't exist",
				what);
	}
	if (code == ENC_CONFLICT) {
		return enc_fail(err, code, "%s: it exists already", what);
	}
	if (code == ENC_STORAGE_FULL) {
		return enc_fail(err, code,
				"%s: the disk of the store is full, make room",
				what);
	}
	if (result == SQLITE_IOERR_DATA || (result & 0xff) == SQLITE_CORRUPT) {
		db->damaged = true;
	}
	if (result == SQLITE_IOERR_DATA) {
		return fail_page(db, what, err);
	}
	return enc_fail(err, code, "%s: %s (%d, errno %d)", what,
			sqlite3_errmsg(db->handle), result,
			sqlite3_system_errno(db->handle));
}

/* ---- statements ---- */

void enc_sqlite_text(struct enc_sqlite_db *db, enum enc_sqlite_statement which,
		     int at, const char *text)
{
	ENC_MUST(sqlite3_bind_text(db->statements[which], at, text, -1,
				   SQLITE_STATIC));
}

void enc_sqlite_int(struct enc_sqlite_db *db, enum enc_sqlite_statement which,
		    int at, int64_t value)
{
	ENC_MUST(sqlite3_bind_int64(db->statements[which], at, value));
}

void enc_sqlite_bytes(struct enc_sqlite_db *db, enum enc_sqlite_statement which,
		      int at, const void *bytes, size_t length)
{
	/* SQLite would bind a NULL pointer as null, not as an empty value. */
	ENC_ASSERT(length <= INT_MAX);
	ENC_MUST(sqlite3_bind_blob(db->statements[which], at,
				   length == 0 ? "" : bytes, (int)length,
				   SQLITE_STATIC));
}

enum enc_code enc_sqlite_step(struct enc_sqlite_db *db, sqlite3_stmt *statement,
			      struct enc_error *err)
{
	enum enc_code code = ENC_OK;

	if (sqlite3_step(statement) != SQLITE_DONE) {
		code = enc_sqlite_fail(db, "writing to the store", err);
	}
	/* sqlite3_reset() returns the result of sqlite3_step() again. */
	(void)sqlite3_reset(statement);
	(void)sqlite3_clear_bindings(statement);
	return code;
}

enum enc_code enc_sqlite_run(struct enc_sqlite_db *db,
			     enum enc_sqlite_statement which,
			     struct enc_error *err)
{
	return enc_sqlite_step(db, db->statements[which], err);
}

enum enc_code enc_sqlite_run_on_one(struct enc_sqlite_db *db,
				    enum enc_sqlite_statement which,
				    enum enc_code if_none, const char *sentence,
				    struct enc_error *err)
{
	enum enc_code code = enc_sqlite_run(db, which, err);

	if (code == ENC_OK && sqlite3_changes(db->handle) == 0) {
		return enc_fail(err, if_none, "%s", sentence);
	}
	return code;
}

enum enc_code enc_sqlite_each(struct enc_sqlite_db *db, sqlite3_stmt *statement,
			      enc_sqlite_row_fn *take, void *context,
			      struct enc_error *err)
{
	enum enc_code code = ENC_OK;
	int result = sqlite3_step(statement);

	while (result == SQLITE_ROW && take(statement, context)) {
		result = sqlite3_step(statement);
	}
	if (result != SQLITE_ROW && result != SQLITE_DONE) {
		code = enc_sqlite_fail(db, "reading from the store", err);
	}
	/* sqlite3_reset() returns the result of sqlite3_step() again. */
	(void)sqlite3_reset(statement);
	(void)sqlite3_clear_bindings(statement);
	return code;
}

enum enc_code enc_sqlite_execute(struct enc_sqlite_db *db, const char *sql,
				 struct enc_error *err)
{
	if (sqlite3_exec(db->handle, sql, NULL, NULL, NULL) != SQLITE_OK) {
		return enc_sqlite_fail(db, "preparing the store", err);
	}
	return ENC_OK;
}

/* number_of() - run a query that returns one integer */
static enum enc_code number_of(struct enc_sqlite_db *db, const char *sql,
			       int64_t *ret_number, struct enc_error *err)
{
	sqlite3_stmt *statement = NULL;
	enum enc_code code = ENC_OK;

	if (sqlite3_prepare_v2(db->handle, sql, -1, &statement, NULL) ==
		    SQLITE_OK &&
	    sqlite3_step(statement) == SQLITE_ROW) {
		*ret_number = sqlite3_column_int64(statement, 0);
	} else {
		code = enc_sqlite_fail(db, "reading the store's header", err);
	}
	(void)sqlite3_finalize(statement);
	return code;
}

/* prepare() - prepare a statement; fails if a table or column is missing */
static enum enc_code prepare(struct enc_sqlite_db *db,
			     enum enc_sqlite_statement which,
			     struct enc_error *err)
{
	ENC_AUTO(buf) sql = ENC_BUF(ENC_SQLITE_SQL_MAX_BYTES);
	const char *fixed = statement_rows[which].sql;

	if (fixed == NULL) {
		enc_sqlite_session_sql(which, &sql);
	} else {
		ENC_MUST(enc_buf_append(&sql, fixed, strlen(fixed)));
	}
	if (sqlite3_prepare_v3(db->handle, (const char *)enc_buf_bytes(&sql),
			       (int)sql.length, SQLITE_PREPARE_PERSISTENT,
			       &db->statements[which], NULL) != SQLITE_OK) {
		return enc_sqlite_fail(db, "the store's schema is not ours",
				       err);
	}
	return ENC_OK;
}

/* prepare_all() - prepare the statements of one connection */
static enum enc_code prepare_all(struct enc_sqlite_db *db, bool reader,
				 struct enc_error *err)
{
	enum enc_code code = ENC_OK;

	for (int i = 0; code == ENC_OK && i < ENC_SQLITE_STATEMENT_MAX; i++) {
		if (statement_rows[i].reader == reader) {
			code = prepare(db, (enum enc_sqlite_statement)i, err);
		}
	}
	return code == ENC_OK ? enc_sqlite_prepare_rows(db, reader, err) : code;
}

/*
 * prepare_writer() - prepare the statements of the writer. This fails if a
 * table or column is missing.
 */
static enum enc_code prepare_writer(struct enc_sqlite_db *db,
				    struct enc_error *err)
{
	return prepare_all(db, /* reader= */ false, err);
}

/* ---- schema ---- */

/* check_whole() - check every page, if the file is small or @thorough is set */
static enum enc_code check_whole(struct enc_sqlite_db *db, const char *path,
				 bool thorough, struct enc_error *err)
{
	sqlite3_stmt *statement = NULL;
	enum enc_code code = ENC_OK;
	struct stat about;

	if (!thorough &&
	    (stat(path, &about) < 0 || about.st_size > CHECKED_MAX_BYTES)) {
		return ENC_OK;
	}
	if (sqlite3_prepare_v2(db->handle, "PRAGMA quick_check(1)", -1,
			       &statement, NULL) != SQLITE_OK ||
	    sqlite3_step(statement) != SQLITE_ROW) {
		code = enc_sqlite_fail(db, "checking the store", err);
	} else if (enc_sqlite_check_damaged(db->handle) != 0) {
		/* quick_check only reports a damaged page and goes on. */
		code = fail_page(db, "checking the store", err);
	} else if (strcmp((const char *)sqlite3_column_text(statement, 0),
			  "ok") != 0) {
		code = enc_fail(err, ENC_INTERNAL, "%s",
				(const char *)sqlite3_column_text(statement,
								  0));
	}
	(void)sqlite3_finalize(statement);
	return code;
}

/* judge_version() - whether this program can use or migrate a schema version */
static enum enc_code judge_version(int64_t version, struct enc_error *err)
{
	if (version < ENC_SQLITE_FIRST_VERSION) {
		return enc_fail(err, ENC_VERSION,
				"it is of schema %lld, which this program, of "
				"schema %d, can't take over: move it away with "
				"the files beside it",
				(long long)version, enc_sqlite_version());
	}
	if (version > enc_sqlite_version()) {
		return enc_fail(err, ENC_VERSION,
				"it is of schema %lld, this program knows %d: "
				"use the newer program",
				(long long)version, enc_sqlite_version());
	}
	return ENC_OK;
}

/* check() - check that the file is an undamaged store of Enclave */
static enum enc_code check(struct enc_sqlite_db *db, const char *path,
			   bool thorough, int64_t *ret_version,
			   struct enc_error *err)
{
	int64_t application = 0;
	enum enc_code code =
		number_of(db, "PRAGMA application_id", &application, err);

	if (code == ENC_OK) {
		code = number_of(db, "PRAGMA user_version", ret_version, err);
	}
	if (code != ENC_OK) {
		return code;
	}
	if (application != APPLICATION_ID || *ret_version < 1) {
		return enc_fail(err, ENC_INTERNAL, "it is no store of ours");
	}
	code = judge_version(*ret_version, err);
	return code == ENC_OK ? check_whole(db, path, thorough, err) : code;
}

/* ---- files ---- */

/*
 * connect_file() - open a connection, with the settings that all connections
 * have
 */
static enum enc_code connect_file(struct enc_sqlite_db *db, const char *path,
				  struct enc_error *err)
{
	if (sqlite3_open_v2(path, &db->handle,
			    SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX |
				    SQLITE_OPEN_NOFOLLOW,
			    enc_sqlite_check_vfs()) != SQLITE_OK) {
		ENC_ASSERT(db->handle != NULL);
		return enc_sqlite_fail(db, "opening the store", err);
	}
	(void)sqlite3_extended_result_codes(db->handle, 1);
	(void)sqlite3_busy_timeout(db->handle, BUSY_TIMEOUT_MS);
	(void)sqlite3_db_config(db->handle, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
	(void)sqlite3_db_config(db->handle, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0,
				NULL);
	(void)sqlite3_db_config(db->handle, SQLITE_DBCONFIG_DQS_DML, 0, NULL);
	/*
	 * By default SQLite uses temporary files in /var/tmp, which enclave-api
	 * may not open. Large savepoints would fail.
	 */
	return enc_sqlite_execute(db,
				  "PRAGMA temp_store = MEMORY;"
				  "PRAGMA synchronous = FULL;"
				  "PRAGMA foreign_keys = ON;"
				  "PRAGMA cell_size_check = ON;"
				  "PRAGMA cache_size = -8192;"
				  /*
				   * The log is cut to this size when SQLite
				   * starts it again, and to 0 when the store
				   * closes.
				   */
				  "PRAGMA journal_size_limit = 67108864",
				  err);
}

/*
 * fill_new() - write the schema and the genesis of the admin chain into an
 * empty file
 */
static enum enc_code fill_new(struct enc_sqlite_db *db, struct enc_error *err)
{
	static const char put[] = "INSERT INTO meta(name, value)"
				  " VALUES('admin_genesis', ?1)";
	ENC_AUTO(buf) genesis = ENC_BUF(ENC_STORE_GENESIS_MAX_BYTES);
	sqlite3_stmt *statement = NULL;
	int reserved = ENC_SQLITE_CHECK_BYTES;
	char mark[80];
	enum enc_code code;

	if (sqlite3_file_control(db->handle, "main", SQLITE_FCNTL_RESERVE_BYTES,
				 &reserved) != SQLITE_OK) {
		return enc_sqlite_fail(db, "making the store", err);
	}
	(void)snprintf(mark, sizeof(mark),
		       "PRAGMA page_size = %d; PRAGMA application_id = %d;",
		       ENC_SQLITE_PAGE_BYTES, APPLICATION_ID);
	code = enc_sqlite_execute(db, mark, err);
	if (code == ENC_OK) {
		code = enc_sqlite_migrate(db, ENC_SQLITE_FIRST_VERSION - 1,
					  prepare_writer, err);
	}
	if (code != ENC_OK) {
		return code;
	}
	enc_store_admin_begin(&genesis);
	if (sqlite3_prepare_v2(db->handle, put, -1, &statement, NULL) !=
		    SQLITE_OK ||
	    sqlite3_bind_text(statement, 1,
			      (const char *)enc_buf_bytes(&genesis),
			      (int)genesis.length,
			      SQLITE_STATIC) != SQLITE_OK ||
	    sqlite3_step(statement) != SQLITE_DONE) {
		code = enc_sqlite_fail(db, "making the store", err);
	}
	(void)sqlite3_finalize(statement);
	/*
	 * WAL mode is set last, so that the commits above go to the file
	 * itself.
	 */
	return code == ENC_OK
		       ? enc_sqlite_execute(db, "PRAGMA journal_mode = WAL",
					    err)
		       : code;
}

/*
 * make_at() - make a complete store under another name, make its log, then
 * rename the store
 *
 * After a crash before the rename there is an empty log without a store. The
 * file with the other name shows that no store was lost.
 */
static enum enc_code make_at(const char *new_path, const char *log,
			     const char *path, struct enc_error *err)
{
	struct enc_sqlite_db db = { 0 };
	enum enc_code code;

	enc_sqlite_file_remove(new_path);
	/*
	 * SQLite would make the file with mode 0644. It gives log and index the
	 * file's mode.
	 */
	code = enc_sqlite_file_make(new_path, err);
	if (code == ENC_OK) {
		code = connect_file(&db, new_path, err);
	}
	if (code == ENC_OK) {
		code = fill_new(&db, err);
	}
	enc_sqlite_close(&db);
	if (code == ENC_OK) {
		code = enc_sqlite_file_make(log, err);
	}
	enc_failpoint(ENC_FAILPOINT_SCHEMA_BEFORE);
	if (code == ENC_OK) {
		code = enc_sqlite_file_rename(new_path, path, err);
	}
	if (code != ENC_OK) {
		(void)unlink(log);
		enc_sqlite_file_remove(new_path);
	}
	enc_failpoint(ENC_FAILPOINT_SCHEMA_AFTER);
	return code;
}

/*
 * blame() - put the store's path and a remedy before the message of a failure
 */
static enum enc_code blame(const char *path, enum enc_code code,
			   struct enc_error *err)
{
	if (code == ENC_INTERNAL) {
		enc_wrap(err,
			 "the store %s can't be used, restore it or move it "
			 "away",
			 path);
	} else if (code != ENC_OK) {
		enc_wrap(err, "the store %s can't be opened", path);
	}
	return code;
}

/*
 * look_at_files() - refuse a store without its log, before SQLite opens the
 * store
 *
 * SQLite would open a file without its log as if nothing were missing, and
 * would delete the log of an empty file.
 */
static enum enc_code look_at_files(const char *path, struct enc_error *err)
{
	struct enc_sqlite_looks looks;
	enum enc_code code = enc_sqlite_look(path, &looks, err);

	if (code == ENC_OK &&
	    (looks.application != APPLICATION_ID ||
	     (looks.has_log && (looks.version < 1 ||
				looks.version >= ENC_SQLITE_FIRST_VERSION)))) {
		return ENC_OK; /* check() judges the file later */
	}
	if (code == ENC_OK) {
		code = judge_version(looks.version, err);
	}
	if (code != ENC_OK) {
		return blame(path, code, err);
	}
	return enc_fail(err, ENC_INTERNAL,
			"the store %s lacks its log %s-wal, and what was "
			"recorded last with it: restore both, or, if the "
			"server had ended cleanly, put an empty file there",
			path, path);
}

enum enc_code enc_sqlite_make(const char *path, struct enc_error *err)
{
	char log[ENC_SQLITE_PATH_BYTES];
	char other[ENC_SQLITE_PATH_BYTES];
	struct stat about;
	bool cut_off;

	if (lstat(path, &about) == 0) {
		return look_at_files(path, err);
	}
	if (errno != ENOENT) {
		return enc_fail(err, ENC_INTERNAL, "can't look at %s: %s", path,
				strerror(errno));
	}
	(void)snprintf(log, sizeof(log), "%s-wal", path);
	(void)snprintf(other, sizeof(other), "%s.new", path);
	cut_off = lstat(other, &about) == 0;
	if (lstat(log, &about) == 0 && (!cut_off || about.st_size > 0)) {
		return enc_fail(err, ENC_INTERNAL,
				"%s is missing but its log %s is there: "
				"restore it, or move the log away",
				path, log);
	}
	(void)unlink(log);
	return make_at(other, log, path, err);
}

/* on_commit() - remember the length of the log, for fold() in store_sqlite.c */
static int on_commit(void *context, sqlite3 *handle, const char *name,
		     int pages)
{
	struct enc_sqlite_db *db = context;

	(void)handle;
	(void)name;
	db->wal_pages = pages;
	return SQLITE_OK;
}

/*
 * open_checked() - open a connection as enc_sqlite_open() does, but without
 * blame()
 */
static enum enc_code open_checked(struct enc_sqlite_db *db, const char *path,
				  unsigned int flags, struct enc_error *err)
{
	bool reader = (flags & ENC_SQLITE_READER) != 0;
	bool thorough = (flags & ENC_SQLITE_THOROUGH) != 0;
	int64_t version = 0;
	int keep_log = 1;
	enum enc_code code = connect_file(db, path, err);

	(void)sqlite3_file_control(db->handle, "main", SQLITE_FCNTL_PERSIST_WAL,
				   &keep_log);
	/* A store that is refused must keep its log unchanged. */
	(void)sqlite3_db_config(db->handle, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1,
				NULL);
	if (code == ENC_OK) {
		code = check(db, path, thorough, &version, err);
	}
	if (code == ENC_OK) {
		code = enc_sqlite_execute(db,
					  reader ? "PRAGMA query_only = ON"
						 : "PRAGMA journal_mode = WAL",
					  err);
	}
	if (code == ENC_OK && !reader && version < enc_sqlite_version()) {
		code = enc_sqlite_migrate(db, version, prepare_writer, err);
	} else if (code == ENC_OK) {
		code = prepare_all(db, reader, err);
	}
	if (code == ENC_OK) {
		(void)sqlite3_db_config(db->handle,
					SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE,
					(int)reader, NULL);
		(void)sqlite3_wal_hook(db->handle, on_commit, db);
	}
	return code;
}

enum enc_code enc_sqlite_open(struct enc_sqlite_db *db, const char *path,
			      unsigned int flags, struct enc_error *err)
{
	return blame(path, open_checked(db, path, flags, err), err);
}

void enc_sqlite_close(struct enc_sqlite_db *db)
{
	for (size_t i = 0; i < ENC_SQLITE_STATEMENT_MAX; i++) {
		(void)sqlite3_finalize(db->statements[i]);
	}
	for (size_t i = 0; i < ENC_STORE_TABLE_COUNT; i++) {
		for (size_t op = 0; op < ENC_ROW_OP_MAX; op++) {
			(void)sqlite3_finalize(db->rows[i][op]);
		}
	}
	ENC_MUST(sqlite3_close(db->handle));
	*db = (struct enc_sqlite_db){ 0 };
}
