#ifndef ENC_STORE_SQLITE_SCHEMA_H
#define ENC_STORE_SQLITE_SCHEMA_H

/*
 * The schema of the file, by versions, and what leads from one to the next.
 * Internal to sqlite_*.c.
 */

#include "sqlite_db.h"

/* The oldest version that can be migrated. Files before have no checksums. */
enum { ENC_SQLITE_FIRST_VERSION = 2 };

/* enc_sqlite_version() - the newest one, to which the last migration leads */
int enc_sqlite_version(void);

/**
 * enc_sqlite_migrate() - bring a file to the newest version, in one transaction
 * @from:  its version; ENC_SQLITE_FIRST_VERSION - 1 for a file without tables
 * @judge: whether the result has the tables of that version; called before the
 *         transaction is committed
 *
 * The file is as it was before on failure.
 */
ENC_NODISCARD enum enc_code enc_sqlite_migrate(
	struct enc_sqlite_db *db, int64_t from,
	enum enc_code (*judge)(struct enc_sqlite_db *db, struct enc_error *err),
	struct enc_error *err);

/*
 * enc_sqlite_fill_entries() - entries of version 3 from the audit lines,
 * records and results of version 2; the table is there and empty
 */
ENC_NODISCARD enum enc_code enc_sqlite_fill_entries(struct enc_sqlite_db *db,
						    struct enc_error *err);

#endif
