#ifndef ENC_STORE_SQLITE_ROWS_H
#define ENC_STORE_SQLITE_ROWS_H

/*
 * Statements that are made from row types. Parameter ?N is the N-th column of
 * the type, from 1, in every statement. Internal to sqlite_*.c.
 */

#include "sqlite_db.h"

/*
 * enc_sqlite_row_sql() - the statement of an operation; nothing is written for
 * an update of a type whose columns are all fixed
 */
void enc_sqlite_row_sql(const struct enc_row_type *type, enum enc_row_op op,
			struct enc_buf *ret_sql);

/* enc_sqlite_prepare_rows() - of all tables; enc_sqlite_close() drops them */
ENC_NODISCARD enum enc_code enc_sqlite_prepare_rows(struct enc_sqlite_db *db,
						    bool reader,
						    struct enc_error *err);

/* enc_sqlite_bind_row() - what an operation takes of a row; it is borrowed */
void enc_sqlite_bind_row(sqlite3_stmt *statement, enum enc_row_op op,
			 const struct enc_row *row);

/*
 * enc_sqlite_take_row() - fill a row from the first columns of a result
 *
 * Texts are borrowed until the next step.
 */
void enc_sqlite_take_row(sqlite3_stmt *from, struct enc_row *row);

/* enc_sqlite_write_row() - one of the operations that write */
ENC_NODISCARD enum enc_code enc_sqlite_write_row(struct enc_sqlite_db *db,
						 enum enc_row_op op,
						 const struct enc_row *row,
						 struct enc_error *err);

/* enc_sqlite_read_rows() - see enc_store_read_rows_fn */
ENC_NODISCARD enum enc_code
enc_sqlite_read_rows(struct enc_sqlite_db *db, enum enc_row_op op,
		     const struct enc_row *wanted, enc_row_fn *visit,
		     void *context, struct enc_error *err);

#endif
