#ifndef ENC_STORE_SQLITE_DB_H
#define ENC_STORE_SQLITE_DB_H

/*
 * One connection to the file of the store: opening, schema, statements and
 * errors. Internal to store_sqlite*.c.
 *
 * A new file is made under another name and renamed when it is complete. So a
 * file of the right name that is empty or has no schema is damaged, and is
 * refused. Its pages have checksums (sqlite_check.h).
 *
 * The write-ahead log, `<path>-wal`, is made before the file and is never
 * removed. Acknowledged change sets may be only in the log, so a file without
 * its log is refused.
 *
 * `<path>.lock` is held by flock() while the store is open. SQLite's own locks
 * belong to the process, so they don't protect against opening the store twice
 * in one process. The lock file is normally empty. If the writer finds damage,
 * it writes a mark into the lock file. Then the next opening checks the whole
 * file, whatever its size, instead of failing at the same page again later.
 */

#include <sqlite3.h>

#include "store_impl.h"

/*
 * Finds the session ?1 by the index sessions_by_id. The + keeps SQLite from
 * moving ?1 into the expression of that index.
 */
#define ENC_SQLITE_BY_ID                           \
	" WHERE CAST(substr(id, 14) AS INTEGER) =" \
	" CAST(substr(?1, 14) AS INTEGER) AND +id = ?1"
/* SQL for the number of the last entry of the session s. */
#define ENC_SQLITE_LAST_SEQ \
	"(SELECT max(seq) FROM entries WHERE session = s.serial)"

/* Size of a statement that is made from columns. */
enum { ENC_SQLITE_SQL_MAX_BYTES = 4096 };

enum enc_sqlite_statement {
	/* Statements of the writer's connection. */
	ENC_SQLITE_BEGIN,
	ENC_SQLITE_SAVEPOINT,
	ENC_SQLITE_RELEASE,
	ENC_SQLITE_UNDO,
	ENC_SQLITE_COMMIT,
	ENC_SQLITE_ROLLBACK,
	ENC_SQLITE_INSERT_SESSION,
	ENC_SQLITE_INSERT_LABEL,
	ENC_SQLITE_COUNT_SESSION,
	ENC_SQLITE_UPDATE_SESSION,
	ENC_SQLITE_UPDATE_RECORD,
	ENC_SQLITE_FIND_FINISHED,
	ENC_SQLITE_REMOVE_ENTRIES,
	ENC_SQLITE_REMOVE_LABELS,
	ENC_SQLITE_REMOVE_RESULT,
	ENC_SQLITE_REMOVE_RECORD,
	ENC_SQLITE_REMOVE_IDEMPOTENCY,
	ENC_SQLITE_REMOVE_SIGNATURE,
	ENC_SQLITE_REMOVE_SESSION,
	ENC_SQLITE_FIND_LOG,
	ENC_SQLITE_APPEND_ENTRY,
	ENC_SQLITE_INSERT_RESULT,
	ENC_SQLITE_APPEND_ADMIN,
	/* Statements of the connection that the loop reads with. */
	ENC_SQLITE_READ_SESSION,
	ENC_SQLITE_READ_UNFINISHED,
	ENC_SQLITE_READ_OLD,
	ENC_SQLITE_READ_PAGE,
	ENC_SQLITE_READ_ENTRIES,
	ENC_SQLITE_READ_ADMIN,
	ENC_SQLITE_READ_RESULT,
	ENC_SQLITE_READ_GENESIS,
	ENC_SQLITE_READ_LAST_ADMIN,
	ENC_SQLITE_STATEMENT_MAX,
};

/* The session whose log the current change set appends to, looked up once. */
struct enc_sqlite_log {
	/* Id of the session; "" if no session was looked up. */
	char session[ENC_STORE_ID_MAX_BYTES + 1];
	int64_t serial; /* number in the file; 0: there is no such session */
	uint64_t last_seq;
};

struct enc_sqlite_db {
	sqlite3 *handle;
	sqlite3_stmt *statements[ENC_SQLITE_STATEMENT_MAX];
	/*
	 * Statements made from row types; NULL on the connection that doesn't
	 * use them.
	 */
	sqlite3_stmt *rows[ENC_STORE_TABLE_COUNT][ENC_ROW_OP_MAX];
	struct enc_sqlite_log log;
	int wal_pages; /* length of the log after the last commit */
	/* A damaged page, or wrong links between pages, were found. */
	bool damaged;
	uint32_t told; /* number of the damaged page that was logged last */
};

/*
 * enc_sqlite_make() - if there is no file at @path, make a store durably;
 * otherwise check that the file's log exists
 *
 * Call this before the file is open, because closing a file drops all locks
 * that the process has on it.
 */
ENC_NODISCARD enum enc_code enc_sqlite_make(const char *path,
					    struct enc_error *err);

enum enc_sqlite_open_flags {
	/* Open for reading; without this flag the file is migrated. */
	ENC_SQLITE_READER = 1 << 0,
	/* Check the whole file, even if it is large. */
	ENC_SQLITE_THOROUGH = 1 << 1,
};

/*
 * enc_sqlite_open() - connect to an existing file and check that it is a store
 *
 * The caller must call enc_sqlite_close(), also after a failure.
 */
ENC_NODISCARD enum enc_code enc_sqlite_open(struct enc_sqlite_db *db,
					    const char *path,
					    unsigned int flags,
					    struct enc_error *err);

/*
 * enc_sqlite_close() - close the connection and zero @db; fine for a zeroed
 * struct
 */
void enc_sqlite_close(struct enc_sqlite_db *db);

/*
 * enc_sqlite_execute() - run SQL that has no parameters and returns no rows;
 * @sql must not come from outside
 */
ENC_NODISCARD enum enc_code enc_sqlite_execute(struct enc_sqlite_db *db,
					       const char *sql,
					       struct enc_error *err);

/*
 * enc_sqlite_fail() - translate the last failure of @db into a code and a
 * message
 */
enum enc_code enc_sqlite_fail(struct enc_sqlite_db *db, const char *what,
			      struct enc_error *err);

/*
 * enc_sqlite_run() - run a bound statement that returns no row, then reset it
 */
ENC_NODISCARD enum enc_code enc_sqlite_run(struct enc_sqlite_db *db,
					   enum enc_sqlite_statement which,
					   struct enc_error *err);

/*
 * enc_sqlite_step() - run any bound statement of @db that returns no row, then
 * reset it
 */
ENC_NODISCARD enum enc_code enc_sqlite_step(struct enc_sqlite_db *db,
					    sqlite3_stmt *statement,
					    struct enc_error *err);

/*
 * enc_sqlite_run_on_one() - run a statement that must change a row; if it
 * changes none, fail with @if_none and @sentence
 */
ENC_NODISCARD enum enc_code
enc_sqlite_run_on_one(struct enc_sqlite_db *db, enum enc_sqlite_statement which,
		      enum enc_code if_none, const char *sentence,
		      struct enc_error *err);

/* Called for each row of a result. Return: false to stop reading. */
typedef bool enc_sqlite_row_fn(sqlite3_stmt *row, void *context);

/* enc_sqlite_each() - visit the rows of a bound statement, then reset it */
ENC_NODISCARD enum enc_code
enc_sqlite_each(struct enc_sqlite_db *db, sqlite3_stmt *statement,
		enc_sqlite_row_fn *take, void *context, struct enc_error *err);

/*
 * enc_sqlite_text(), _int(), _bytes() - bind a value to parameter @at, from 1.
 * Text and bytes are borrowed until the statement is reset. A failure is a bug.
 */
void enc_sqlite_text(struct enc_sqlite_db *db, enum enc_sqlite_statement which,
		     int at, const char *text); /* a NULL pointer binds null */
void enc_sqlite_int(struct enc_sqlite_db *db, enum enc_sqlite_statement which,
		    int at, int64_t value);
void enc_sqlite_bytes(struct enc_sqlite_db *db, enum enc_sqlite_statement which,
		      int at, const void *bytes, size_t length);

#endif
