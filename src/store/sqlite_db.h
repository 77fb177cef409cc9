#ifndef ENC_STORE_SQLITE_DB_H
#define ENC_STORE_SQLITE_DB_H

/*
 * One connection to the file of the store: opening, schema, statements and
 * errors. Internal to store_sqlite*.c.
 *
 * The file is made under another name and renamed when it is complete. So a file
 * of the right name that is empty or has no schema is damaged, and is refused.
 * Its pages have checksums (sqlite_check.h).
 *
 * Its log, `<path>-wal`, is there before the file is and is never removed: one
 * that is missing would take with it what was acknowledged since it was last
 * folded into the file, so the file alone is refused.
 *
 * Beside them, `<path>.lock` is held by flock while the store is open: SQLite's
 * own locks are of the process, and would not tell two stores of one process
 * apart. It is empty, unless a writer came upon damage: then the next opening
 * reads the whole file, however long it is, instead of stopping at the same
 * place again.
 */

#include <sqlite3.h>

#include "store_impl.h"

/*
 * Finds the session ?1 by the index sessions_by_id. The + keeps SQLite from
 * putting ?1 into the expression of that index.
 */
#define ENC_SQLITE_BY_ID                           \
	" WHERE CAST(substr(id, 14) AS INTEGER) =" \
	" CAST(substr(?1, 14) AS INTEGER) AND +id = ?1"
/* The number of the last entry of the session s. */
#define ENC_SQLITE_LAST_SEQ \
	"(SELECT max(seq) FROM entries WHERE session = s.serial)"

enum { ENC_SQLITE_SQL_MAX_BYTES = 4096 }; /* of a statement made from columns */

enum enc_sqlite_statement {
	/* the writer's */
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
	ENC_SQLITE_FIND_LOG,
	ENC_SQLITE_APPEND_ENTRY,
	ENC_SQLITE_INSERT_RESULT,
	ENC_SQLITE_APPEND_ADMIN,
	/* the loop's */
	ENC_SQLITE_READ_SESSION,
	ENC_SQLITE_READ_UNFINISHED,
	ENC_SQLITE_READ_PAGE,
	ENC_SQLITE_READ_ENTRIES,
	ENC_SQLITE_READ_ADMIN,
	ENC_SQLITE_READ_RESULT,
	ENC_SQLITE_READ_GENESIS,
	ENC_SQLITE_READ_LAST_ADMIN,
	ENC_SQLITE_STATEMENT_MAX,
};

/* The log that a change set appends to, once it was looked up. */
struct enc_sqlite_log {
	char session[ENC_STORE_ID_MAX_BYTES + 1]; /* "": none */
	int64_t serial; /* 0: there is no such session */
	uint64_t last_seq;
};

struct enc_sqlite_db {
	sqlite3 *handle;
	sqlite3_stmt *statements[ENC_SQLITE_STATEMENT_MAX];
	/* Made from row types; NULL on the other connection. */
	sqlite3_stmt *rows[ENC_STORE_TABLE_COUNT][ENC_ROW_OP_MAX];
	struct enc_sqlite_log log;
	int wal_pages; /* after the last commit */
	bool damaged;  /* a page, or links between pages */
	uint32_t told; /* the damaged page that was logged last */
};

/*
 * enc_sqlite_make() - make a store durably if there is no file at @path; else
 * check that its log is there
 *
 * Call it before the file is open: closing a file drops all locks that the
 * process has on it.
 */
ENC_NODISCARD enum enc_code enc_sqlite_make(const char *path,
					    struct enc_error *err);

enum enc_sqlite_open_flags {
	ENC_SQLITE_READER = 1 << 0,   /* without it, the file is migrated */
	ENC_SQLITE_THOROUGH = 1 << 1, /* check a long file whole, too */
};

/*
 * enc_sqlite_open() - connect to an existing file, check that it is a store
 *
 * enc_sqlite_close() follows, also on failure.
 */
ENC_NODISCARD enum enc_code enc_sqlite_open(struct enc_sqlite_db *db,
					    const char *path,
					    unsigned int flags,
					    struct enc_error *err);

/* enc_sqlite_close() - fine for a zeroed struct */
void enc_sqlite_close(struct enc_sqlite_db *db);

/* enc_sqlite_execute() - SQL without parameters or rows; never from outside */
ENC_NODISCARD enum enc_code enc_sqlite_execute(struct enc_sqlite_db *db,
					       const char *sql,
					       struct enc_error *err);

/* enc_sqlite_fail() - translate the last failure of @db */
enum enc_code enc_sqlite_fail(struct enc_sqlite_db *db, const char *what,
			      struct enc_error *err);

/* enc_sqlite_run() - step a bound statement that returns no row, reset it */
ENC_NODISCARD enum enc_code enc_sqlite_run(struct enc_sqlite_db *db,
					   enum enc_sqlite_statement which,
					   struct enc_error *err);

/* enc_sqlite_step() - enc_sqlite_run() for any bound statement of @db */
ENC_NODISCARD enum enc_code enc_sqlite_step(struct enc_sqlite_db *db,
					    sqlite3_stmt *statement,
					    struct enc_error *err);

/* enc_sqlite_run_on_one() - run a statement that must change a row */
ENC_NODISCARD enum enc_code
enc_sqlite_run_on_one(struct enc_sqlite_db *db, enum enc_sqlite_statement which,
		      enum enc_code if_none, const char *sentence,
		      struct enc_error *err);

/* Gets one row of a result; false ends the read. */
typedef bool enc_sqlite_row_fn(sqlite3_stmt *row, void *context);

/* enc_sqlite_each() - visit the rows of a bound statement, reset it */
ENC_NODISCARD enum enc_code
enc_sqlite_each(struct enc_sqlite_db *db, sqlite3_stmt *statement,
		enc_sqlite_row_fn *take, void *context, struct enc_error *err);

/*
 * enc_sqlite_text() and so on - bind parameter @at, from 1. The value is
 * borrowed until the statement is reset. A failure is our bug.
 */
void enc_sqlite_text(struct enc_sqlite_db *db, enum enc_sqlite_statement which,
		     int at, const char *text); /* NULL: null */
void enc_sqlite_int(struct enc_sqlite_db *db, enum enc_sqlite_statement which,
		    int at, int64_t value);
void enc_sqlite_bytes(struct enc_sqlite_db *db, enum enc_sqlite_statement which,
		      int at, const void *bytes, size_t length);

#endif
