#ifndef ENC_STORE_MEMORY_ROWS_H
#define ENC_STORE_MEMORY_ROWS_H

/*
 * The elements of the memory store, with functions that find, write and free
 * them.
 */

#include "store_impl.h"

struct enc_memory_session {
	struct enc_list link;
	struct enc_store_session row;
	struct enc_list entries; /* list of struct enc_memory_entry */
	struct enc_store_result result;
	bool has_result;
};

struct enc_memory_entry {
	struct enc_list link;
	struct enc_store_entry_row row;
};

struct enc_memory_line {
	struct enc_list link;
	struct enc_store_line row;
};

/* A row of a table. */
struct enc_memory_row {
	struct enc_list link;
	struct enc_row *row; /* the row; its owner is this element */
};

struct enc_memory {
	struct enc_store_impl base;
	uv_mutex_t lock;
	struct enc_list sessions;
	/* Lists of struct enc_memory_row, in the order of enc_row_order(). */
	struct enc_list tables[ENC_STORE_TABLE_COUNT];
	/* The admin log: a list of struct enc_memory_line. */
	struct enc_list admin;
	struct enc_buf genesis;
	struct enc_list notes; /* notes since begin(), the newest first */
	/* The newest note when the savepoint was set. */
	struct enc_list *savepoint;
};

/*
 * enc_memory_find_*() - find a session or an organisation by its id; NULL if
 * there is none
 */
struct enc_memory_session *enc_memory_find_session(struct enc_memory *store,
						   const char *id);

struct enc_memory_row *enc_memory_find_org(struct enc_memory *store,
					   const char *id);

/* enc_memory_put_session() - put a removed session back into its place */
void enc_memory_put_session(struct enc_memory *store,
			    struct enc_memory_session *session);

/* enc_memory_visit_sessions() - visit the sessions that a query selects */
void enc_memory_visit_sessions(struct enc_memory *store,
			       const struct enc_store_query *query,
			       enc_store_session_fn *visit, void *context);

/* enc_memory_table() - return the table of a row's type */
struct enc_list *enc_memory_table(struct enc_memory *store,
				  const struct enc_row *row);

/* enc_memory_put_row() - put a row into its table, in order */
void enc_memory_put_row(struct enc_memory *store, struct enc_memory_row *row);

/**
 * enc_memory_write_row() - insert, update or remove a row
 * @ret_element: the written element; the caller owns it if it was removed
 * @ret_old:     set by an update: the replaced row, which the caller owns
 *
 * Return: ENC_OK; ENC_CONFLICT; ENC_NOT_FOUND
 */
ENC_NODISCARD enum enc_code
enc_memory_write_row(struct enc_memory *store, enum enc_row_op op,
		     const struct enc_row *row,
		     struct enc_memory_row **ret_element,
		     struct enc_row **ret_old, struct enc_error *err);

/* enc_memory_read_rows() - visit rows as described at enc_store_read_rows_fn */
void enc_memory_read_rows(struct enc_memory *store, enum enc_row_op op,
			  const struct enc_row *wanted, enc_row_fn *visit,
			  void *context);

/*
 * Fill @err for a failed insert: the row exists already, or its organisation
 * doesn't exist.
 */
enum enc_code enc_memory_exists(struct enc_error *err);
enum enc_code enc_memory_no_owner(struct enc_error *err);

/*
 * enc_memory_last_seq() - return the number of a session's last entry; 0 if it
 * has none
 */
uint64_t enc_memory_last_seq(struct enc_memory_session *session);

/*
 * enc_memory_last_line() - return the last audit line of a session; NULL if it
 * has none. The line lives as long as its entry.
 */
const char *enc_memory_last_line(struct enc_memory_session *session);

/* enc_memory_visit_entries() - visit a page of a session's log, in order */
void enc_memory_visit_entries(struct enc_memory_session *session,
			      const struct enc_store_page *page,
			      enc_store_entry_fn *visit, void *context);

/*
 * enc_memory_free_*() - remove an element from its list and free it with all
 * that it owns
 */
void enc_memory_free_entry(struct enc_memory_entry *entry);
void enc_memory_free_line(struct enc_memory_line *line);
void enc_memory_free_lines(struct enc_list *lines);
void enc_memory_free_session(struct enc_memory_session *session);
void enc_memory_free_row(struct enc_memory_row *row);

#endif
