#ifndef ENC_STORE_SQLITE_SCHEMA_H
#define ENC_STORE_SQLITE_SCHEMA_H

/*
 * The versions of the schema, and the migrations between them. Internal to
 * sqlite_*.c.
 */

#include "sqlite_db.h"

/* The oldest version that can be migrated. Older files have no checksums. */
enum { ENC_SQLITE_FIRST_VERSION = 2 };

/*
 * enc_sqlite_version() - return the newest version, which the last migration
 * makes
 */
int enc_sqlite_version(void);

/**
 * enc_sqlite_migrate() - migrate a file to the newest version, in one
 * transaction
 * @from:  version of the file; ENC_SQLITE_FIRST_VERSION - 1 for a file without
 *         tables
 * @judge: checks that the result has the tables of the newest version; called
 *         before the transaction is committed
 *
 * On failure the file is unchanged.
 */
ENC_NODISCARD enum enc_code enc_sqlite_migrate(
	struct enc_sqlite_db *db, int64_t from,
	enum enc_code (*judge)(struct enc_sqlite_db *db, struct enc_error *err),
	struct enc_error *err);

/*
 * enc_sqlite_fill_entries() - make the entries of version 3 from the audit
 * lines, records and results of version 2. The table must exist and be empty.
 */
ENC_NODISCARD enum enc_code enc_sqlite_fill_entries(struct enc_sqlite_db *db,
						    struct enc_error *err);

#endif
