#ifndef ENC_STORE_SQLITE_ROWS_H
#define ENC_STORE_SQLITE_ROWS_H

/*
 * SQL statements that are generated from row types. In every statement,
 * parameter ?N is the N-th column of the type, from 1. Internal to sqlite_*.c.
 */

#include "sqlite_db.h"

/*
 * enc_sqlite_row_sql() - write the SQL statement of an operation; writes
 * nothing for an update if all columns are fixed
 */
void enc_sqlite_row_sql(const struct enc_row_type *type, enum enc_row_op op,
			struct enc_buf *ret_sql);

/*
 * enc_sqlite_prepare_rows() - prepare the row statements of all tables;
 * enc_sqlite_close() frees them
 */
ENC_NODISCARD enum enc_code enc_sqlite_prepare_rows(struct enc_sqlite_db *db,
						    bool reader,
						    struct enc_error *err);

/*
 * enc_sqlite_bind_row() - bind the columns that an operation uses; @row is
 * borrowed until the statement is reset
 */
void enc_sqlite_bind_row(sqlite3_stmt *statement, enum enc_row_op op,
			 const struct enc_row *row);

/*
 * enc_sqlite_take_row() - fill a row from the first columns of a result. Its
 * texts are valid until the next step.
 */
void enc_sqlite_take_row(sqlite3_stmt *from, struct enc_row *row);

/*
 * enc_sqlite_write_row() - insert, update or remove a row. Return: ENC_OK;
 * ENC_CONFLICT; ENC_NOT_FOUND; or a failure of the store.
 */
ENC_NODISCARD enum enc_code enc_sqlite_write_row(struct enc_sqlite_db *db,
						 enum enc_row_op op,
						 const struct enc_row *row,
						 struct enc_error *err);

/* enc_sqlite_read_rows() - visit rows as described at enc_store_read_rows_fn */
ENC_NODISCARD enum enc_code
enc_sqlite_read_rows(struct enc_sqlite_db *db, enum enc_row_op op,
		     const struct enc_row *wanted, enc_row_fn *visit,
		     void *context, struct enc_error *err);

#endif
