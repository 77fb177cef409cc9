#include "sqlite_schema.h"

/*
 * The length of a value in bytes. Without the cast, the length of a text would
 * be counted in characters.
 */
#define BYTES(value) "length(CAST(" value " AS BLOB))"

/*
 * The stored bytes of one row of records, entries or results; `row` is "",
 * "NEW." or "OLD.".
 */
#define RECORD_BYTES(row) BYTES(row "record")
#define GENESIS_BYTES(row) BYTES(row "genesis")
#define ENTRY_BYTES(row) BYTES(row "data")
#define RESULT_BYTES(row) \
	RECORD_BYTES(row) "+" BYTES("coalesce(" row "json, '')")

#define SUM(bytes, table)                                   \
	"(SELECT coalesce(sum(" bytes "), 0)"               \
	" FROM sessions JOIN " table " ON session = serial" \
	" WHERE org = orgs.id)"

#define COUNT_ON(event, table, bytes)                                  \
	"CREATE TRIGGER " table "_" event " AFTER " event " ON " table \
	" BEGIN UPDATE orgs SET stored_bytes = stored_bytes + " bytes  \
	" WHERE id = (SELECT org FROM sessions"                        \
	" WHERE serial = NEW.session); END;"

#define COUNT_OFF(table, bytes)                                        \
	"CREATE TRIGGER " table "_DELETE AFTER DELETE ON " table       \
	" BEGIN UPDATE orgs SET stored_bytes = stored_bytes - (" bytes \
	") WHERE id = (SELECT org FROM sessions"                       \
	" WHERE serial = OLD.session); END;"

/* Triggers count the stored bytes, so that no statement can forget to do it. */
/* clang-format off */
static const char count_bytes[] =
	"ALTER TABLE orgs ADD COLUMN"
	" stored_bytes INTEGER NOT NULL DEFAULT 0;"
	"UPDATE orgs SET stored_bytes = "
	SUM(RECORD_BYTES("") "+" GENESIS_BYTES(""), "records") "+"
	SUM(ENTRY_BYTES(""), "entries") "+"
	SUM(RESULT_BYTES(""), "results") ";"
	COUNT_ON("INSERT", "records",
		 RECORD_BYTES("NEW.") "+" GENESIS_BYTES("NEW."))
	COUNT_ON("UPDATE", "records",
		 RECORD_BYTES("NEW.") "-" RECORD_BYTES("OLD."))
	COUNT_ON("INSERT", "entries", ENTRY_BYTES("NEW."))
	COUNT_ON("INSERT", "results", RESULT_BYTES("NEW."));
/* clang-format on */

/*
 * The migrations: row N migrates from version N + 1 to N + 2; the first one
 * makes the tables of version 2. A released row is never changed.
 */
static const struct migration {
	const char *before;
	/* Does what SQL alone can't do; may be NULL. */
	enum enc_code (*convert)(struct enc_sqlite_db *db,
				 struct enc_error *err);
	const char *after; /* SQL to run after `convert`; may be NULL */
} migrations[] = {
	{ "CREATE TABLE meta(name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;"
	  "CREATE TABLE orgs("
	  " id TEXT PRIMARY KEY NOT NULL,"
	  " number INTEGER NOT NULL UNIQUE,"
	  " name TEXT NOT NULL,"
	  " created_ms INTEGER NOT NULL,"
	  " sessions INTEGER NOT NULL DEFAULT 0) STRICT;"
	  "CREATE TABLE api_keys("
	  " id TEXT PRIMARY KEY NOT NULL,"
	  " org TEXT NOT NULL REFERENCES orgs(id),"
	  " name TEXT NOT NULL,"
	  " scopes TEXT NOT NULL,"
	  " secret_sha256 TEXT NOT NULL,"
	  " created_ms INTEGER NOT NULL,"
	  " revoked_ms INTEGER NOT NULL DEFAULT 0) STRICT;"
	  "CREATE INDEX api_keys_of_org ON api_keys(org, created_ms);"
	  "CREATE TABLE sessions("
	  " serial INTEGER PRIMARY KEY,"
	  " id TEXT NOT NULL,"
	  " org TEXT NOT NULL REFERENCES orgs(id),"
	  " number INTEGER NOT NULL,"
	  " created_ms INTEGER NOT NULL,"
	  " phase TEXT NOT NULL,"
	  " finished INTEGER NOT NULL,"
	  " UNIQUE(org, number)) STRICT;"
	  /*
	   * A session's id ends with its number. Sorted by that number, the
	   * newest sessions are on neighbouring pages. Sorted by the whole id,
	   * which is random, each would be on a page of its own, and inserts
	   * would get slower as the table grows.
	   */
	  "CREATE UNIQUE INDEX sessions_by_id"
	  " ON sessions(CAST(substr(id, 14) AS INTEGER), id);"
	  "CREATE INDEX sessions_unfinished ON sessions(serial)"
	  " WHERE finished = 0;"
	  /*
	   * A separate table, so that a change of phase doesn't write records
	   * and geneses again.
	   */
	  "CREATE TABLE records("
	  " session INTEGER PRIMARY KEY REFERENCES sessions(serial),"
	  " record TEXT NOT NULL,"
	  " genesis TEXT NOT NULL) STRICT;"
	  "CREATE TABLE labels("
	  " session INTEGER NOT NULL REFERENCES sessions(serial),"
	  " name TEXT NOT NULL,"
	  " value TEXT NOT NULL,"
	  " PRIMARY KEY(session, name)) STRICT, WITHOUT ROWID;"
	  /*
	   * The table has a rowid, so that lines of all sessions are appended
	   * at one end.
	   */
	  "CREATE TABLE audit("
	  " session INTEGER NOT NULL REFERENCES sessions(serial),"
	  " seq INTEGER NOT NULL,"
	  " line TEXT NOT NULL,"
	  " PRIMARY KEY(session, seq)) STRICT;"
	  "CREATE TABLE results("
	  " session INTEGER PRIMARY KEY REFERENCES sessions(serial),"
	  " record TEXT NOT NULL,"
	  " json TEXT,"
	  " out BLOB NOT NULL,"
	  " err BLOB NOT NULL) STRICT;"
	  "CREATE TABLE idempotency("
	  " org TEXT NOT NULL REFERENCES orgs(id),"
	  " key TEXT NOT NULL,"
	  " request_sha256 TEXT NOT NULL,"
	  " session TEXT NOT NULL,"
	  " created_ms INTEGER NOT NULL,"
	  " PRIMARY KEY(org, key)) STRICT, WITHOUT ROWID;"
	  "CREATE TABLE admin("
	  " seq INTEGER PRIMARY KEY,"
	  " line TEXT NOT NULL) STRICT;",
	  NULL, NULL },
	/* Version 3: the log of a session is one sequence of entries. */
	/*
	 * The table has a rowid, so that entries of all sessions are appended
	 * at one end. The kind is part of the key, so that reading one kind
	 * skips the others.
	 */
	{ "CREATE TABLE entries("
	  " session INTEGER NOT NULL REFERENCES sessions(serial),"
	  " seq INTEGER NOT NULL,"
	  " kind INTEGER NOT NULL,"
	  " at_ms INTEGER NOT NULL,"
	  " data BLOB NOT NULL,"
	  " PRIMARY KEY(session, seq, kind)) STRICT;"
	  /* Each read of a session needs its last audit line. */
	  "CREATE INDEX entries_audit ON entries(session, seq) WHERE kind = 4;",
	  enc_sqlite_fill_entries,
	  "CREATE TABLE results_3("
	  " session INTEGER PRIMARY KEY REFERENCES sessions(serial),"
	  " record TEXT NOT NULL,"
	  " json TEXT) STRICT;"
	  /* In version 2, records were parts of JSON texts. */
	  "INSERT INTO results_3(session, record, json)"
	  " SELECT session, '{' || rtrim(record, ',') || '}', json FROM results;"
	  "DROP TABLE results;"
	  "ALTER TABLE results_3 RENAME TO results;"
	  "UPDATE records SET record = record || '}';"
	  "DROP TABLE audit;" },
	/* Version 4: sessions have names. */
	{ "ALTER TABLE sessions ADD COLUMN name TEXT NOT NULL DEFAULT '';",
	  NULL, NULL },
	/*
	 * Version 5: an organisation has a count of the bytes stored for its
	 * sessions.
	 */
	{ count_bytes, NULL, NULL },
	{ "CREATE TABLE quotas("
	  " org TEXT PRIMARY KEY NOT NULL REFERENCES orgs(id),"
	  " running INTEGER NOT NULL,"
	  " waiting INTEGER NOT NULL,"
	  " stored_bytes INTEGER NOT NULL) STRICT, WITHOUT ROWID;",
	  NULL, NULL },
	/* Version 7: sessions are found by their outcome. */
	{ "ALTER TABLE sessions ADD COLUMN outcome TEXT NOT NULL DEFAULT '';"
	  "UPDATE sessions SET outcome = coalesce((SELECT"
	  " json_extract(record, '$.outcome') FROM records"
	  " WHERE session = serial AND json_valid(record)), '');",
	  NULL, NULL },
	/* Version 8: old sessions can be removed. */
	{ COUNT_OFF("records", RECORD_BYTES("OLD.") "+" GENESIS_BYTES("OLD."))
		  COUNT_OFF("entries", ENTRY_BYTES("OLD.")) COUNT_OFF(
			  "results",
			  RESULT_BYTES(
				  "OLD.")) "CREATE INDEX sessions_by_age ON sessions(created_ms)"
					   " WHERE finished = 1;"
					   "CREATE INDEX idempotency_of_session ON idempotency(session);",
	  NULL, NULL },
	/* Version 9: service bindings, with their sealed records. */
	{ "CREATE TABLE service_bindings("
	  " id TEXT PRIMARY KEY NOT NULL,"
	  " org TEXT NOT NULL REFERENCES orgs(id),"
	  " name TEXT NOT NULL,"
	  " upstream TEXT NOT NULL,"
	  " injection TEXT NOT NULL,"
	  " header TEXT NOT NULL,"
	  " username TEXT NOT NULL,"
	  " methods TEXT NOT NULL,"
	  " paths TEXT NOT NULL,"
	  " rate INTEGER NOT NULL,"
	  " mask INTEGER NOT NULL,"
	  " version INTEGER NOT NULL,"
	  " sealed TEXT NOT NULL,"
	  " created_ms INTEGER NOT NULL,"
	  " updated_ms INTEGER NOT NULL,"
	  " secret_ms INTEGER NOT NULL,"
	  " UNIQUE(org, name)) STRICT;"
	  "CREATE INDEX service_bindings_of_org"
	  " ON service_bindings(org, created_ms);",
	  NULL, NULL },
	/* Version 10: heads of logs are signed. */
	{ "CREATE TABLE signatures("
	  " org TEXT NOT NULL REFERENCES orgs(id),"
	  " number INTEGER NOT NULL,"
	  " signature TEXT NOT NULL,"
	  " PRIMARY KEY(org, number)) STRICT, WITHOUT ROWID;",
	  NULL, NULL },
};

int enc_sqlite_version(void)
{
	return ENC_SQLITE_FIRST_VERSION - 1 + (int)ENC_COUNT(migrations);
}

/* migrate_step() - migrate to the next version */
static enum enc_code migrate_step(struct enc_sqlite_db *db,
				  const struct migration *row,
				  struct enc_error *err)
{
	enum enc_code code = enc_sqlite_execute(db, row->before, err);

	if (code == ENC_OK && row->convert != NULL) {
		code = row->convert(db, err);
	}
	if (code == ENC_OK && row->after != NULL) {
		code = enc_sqlite_execute(db, row->after, err);
	}
	return code;
}

enum enc_code enc_sqlite_migrate(
	struct enc_sqlite_db *db, int64_t from,
	enum enc_code (*judge)(struct enc_sqlite_db *db, struct enc_error *err),
	struct enc_error *err)
{
	enum enc_code code = enc_sqlite_execute(db, "BEGIN IMMEDIATE", err);
	char version[64];

	for (size_t at = (size_t)(from - (ENC_SQLITE_FIRST_VERSION - 1));
	     code == ENC_OK && at < ENC_COUNT(migrations); at++) {
		code = migrate_step(db, &migrations[at], err);
	}
	(void)snprintf(version, sizeof(version), "PRAGMA user_version = %d",
		       enc_sqlite_version());
	if (code == ENC_OK) {
		code = enc_sqlite_execute(db, version, err);
	}
	if (code == ENC_OK) {
		code = judge(db, err);
	}
	if (code == ENC_OK) {
		code = enc_sqlite_execute(db, "COMMIT", err);
	}
	if (code != ENC_OK) {
		/* The first failure is reported, not that of the rollback. */
		ENC_IGNORE(enc_sqlite_execute(db, "ROLLBACK", NULL));
	}
	return code;
}
