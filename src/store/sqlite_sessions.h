#ifndef ENC_STORE_SQLITE_SESSIONS_H
#define ENC_STORE_SQLITE_SESSIONS_H

/*
 * Writes and reads sessions, and generates the statements for that. Internal to
 * sqlite_*.c.
 */

#include "sqlite_db.h"

/*
 * enc_sqlite_session_sql() - write a statement that is generated from the
 * columns of a session
 */
void enc_sqlite_session_sql(enum enc_sqlite_statement which,
			    struct enc_buf *ret_sql);

/* enc_sqlite_insert_session() - insert a session with its record and labels */
ENC_NODISCARD enum enc_code
enc_sqlite_insert_session(struct enc_sqlite_db *db,
			  const struct enc_store_session *row,
			  struct enc_error *err);

ENC_NODISCARD enum enc_code
enc_sqlite_update_session(struct enc_sqlite_db *db,
			  const struct enc_store_session *row,
			  struct enc_error *err);

/*
 * enc_sqlite_read_sessions() - visit sessions as described at
 * enc_store_read_sessions_fn
 */
ENC_NODISCARD enum enc_code enc_sqlite_read_sessions(
	struct enc_sqlite_db *db, const struct enc_store_query *query,
	enc_store_session_fn *visit, void *context, struct enc_error *err);

#endif
