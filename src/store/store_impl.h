#ifndef ENC_STORE_STORE_IMPL_H
#define ENC_STORE_STORE_IMPL_H

/*
 * The interface that a store implements. Users of the store include store.h.
 *
 * store.c guarantees order, grouping and stopping after a failure. It calls
 * writing operations from the writer's thread and reading operations from the
 * loop's thread, possibly at the same time. Writing operations come in this
 * order:
 *
 *	begin (savepoint apply* [undo])* (commit | rollback)
 *
 * An apply that fails is followed by undo, which reverts everything since the
 * savepoint. A commit that fails is followed by rollback. A read sees nothing
 * of a group before its commit and all of it afterwards.
 *
 * ENC_CONFLICT and ENC_NOT_FOUND fail one change set. ENC_STORAGE_FULL and
 * ENC_UNAVAILABLE fail the group. ENC_INTERNAL stops the store.
 */

#include "audit_line.h"
#include "keep.h"
#include "list.h"
#include "store.h"

enum enc_store_step_kind {
	ENC_STORE_STEP_INVALID,
	ENC_STORE_INSERT_SESSION,
	ENC_STORE_UPDATE_SESSION,
	ENC_STORE_REMOVE_SESSION, /* `session.id` alone is set */
	ENC_STORE_APPEND_ENTRY,
	ENC_STORE_INSERT_RESULT,
	ENC_STORE_WRITE_ROW,
	ENC_STORE_APPEND_ADMIN,
	ENC_STORE_STEP_MAX,
};

/* A line of the admin log. */
struct enc_store_line {
	uint64_t seq;
	const char *text;
	size_t length;
	void *memory;
};

/* An entry as a step of a change set. */
struct enc_store_entry_row {
	const char *session;
	uint64_t after;
	struct enc_store_entry entry;
	void *memory;
};

/*
 * A step of a change set. Only the members for its kind are set. The step owns
 * the memory that they point to.
 */
struct enc_store_step {
	enum enc_store_step_kind kind;
	struct enc_store_session session;
	struct enc_store_entry_row entry;
	struct enc_store_line line; /* filled in by the writer */
	struct enc_store_result result;
	enum enc_row_op op;  /* operation of a WRITE_ROW */
	struct enc_row *row; /* owned copy of the columns that @op uses */
	struct enc_audit_event event;
	int64_t wall_ms;
};

struct enc_store_change {
	struct enc_list link;
	size_t count;
	size_t capacity;
	struct enc_store_step *steps;
	/* Failure of a step past a limit, later the outcome. */
	enum enc_code code;
	struct enc_error err;
	enc_store_durable_fn *on_durable;
	void *context;
};

/*
 * Selects the sessions to read. Pages come newest first, unfinished sessions
 * oldest first.
 */
struct enc_store_query {
	const char *id; /* id of the only session to read, or NULL */
	bool unfinished;
	/* If `old_limit` isn't 0: the oldest finished sessions, of all
	 * organisations, that were created before `old_ms`. */
	int64_t old_ms;
	unsigned int old_limit;
	/* Used if `id` is NULL and `unfinished` false: a page of sessions. */
	const struct enc_store_filter *filter;
};

typedef bool enc_store_result_fn(void *context,
				 const struct enc_store_result *row);

/* The first member, `base`, of every implementation's struct. */
struct enc_store_impl {
	const struct enc_store_ops *ops;
	struct enc_store_options options;
};

/*
 * enc_store_open_fn - open the store. @impl is zeroed except for its base.
 * close() always follows, also after a failure.
 */
typedef enum enc_code enc_store_open_fn(struct enc_store_impl *impl,
					struct enc_error *err);

/*
 * enc_store_close_fn - free everything except @impl itself, also after a failed
 * open
 */
typedef void enc_store_close_fn(struct enc_store_impl *impl);

typedef enum enc_code enc_store_begin_fn(struct enc_store_impl *impl,
					 struct enc_error *err);
typedef enum enc_code enc_store_savepoint_fn(struct enc_store_impl *impl,
					     struct enc_error *err);

/*
 * enc_store_apply_fn - apply one step; @step is borrowed until commit or
 * rollback
 */
typedef enum enc_code enc_store_apply_fn(struct enc_store_impl *impl,
					 const struct enc_store_step *step,
					 struct enc_error *err);
typedef enum enc_code enc_store_undo_fn(struct enc_store_impl *impl,
					struct enc_error *err);

/* enc_store_commit_fn - commit the group; return once it is durable */
typedef enum enc_code enc_store_commit_fn(struct enc_store_impl *impl,
					  struct enc_error *err);
typedef void enc_store_rollback_fn(struct enc_store_impl *impl);

/*
 * enc_store_rest_fn - do housekeeping, called when no change set is waiting;
 * may be NULL
 */
typedef void enc_store_rest_fn(struct enc_store_impl *impl);

/*
 * Reads call the visitor with borrowed rows until it returns false. They return
 * ENC_OK, also if there are no rows, ENC_INTERNAL or ENC_UNAVAILABLE.
 */
typedef enum enc_code enc_store_read_sessions_fn(
	struct enc_store_impl *impl, const struct enc_store_query *query,
	enc_store_session_fn *visit, void *context, struct enc_error *err);

/*
 * Reads entries. The limit of bytes in @page is ignored here, since
 * store_read.c enforces it.
 */
typedef enum enc_code
enc_store_read_entries_fn(struct enc_store_impl *impl, const char *session,
			  const struct enc_store_page *page,
			  enc_store_entry_fn *visit, void *context,
			  struct enc_error *err);

/* Reads lines of the admin log. */
typedef enum enc_code enc_store_read_lines_fn(
	struct enc_store_impl *impl, const struct enc_store_range *range,
	enc_store_line_fn *visit, void *context, struct enc_error *err);
typedef enum enc_code enc_store_read_result_fn(struct enc_store_impl *impl,
					       const char *session,
					       enc_store_result_fn *visit,
					       void *context,
					       struct enc_error *err);
/**
 * enc_store_read_rows_fn - visit rows of the table of @wanted's type
 * @op: ENC_ROW_GET visits the row with the key of @wanted, unless @wanted names
 *      another organisation. ENC_ROW_LIST visits, in order, the rows of the
 *      organisation that @wanted names; if the type has no organisation, all
 *      rows of the table.
 */
typedef enum enc_code enc_store_read_rows_fn(struct enc_store_impl *impl,
					     enum enc_row_op op,
					     const struct enc_row *wanted,
					     enc_row_fn *visit, void *context,
					     struct enc_error *err);

/**
 * enc_store_read_admin_fn - read what is needed to continue the admin chain
 * @ret_genesis: at most ENC_STORE_GENESIS_MAX_BYTES; fixed since creation
 * @ret_last:    the last line; empty if there is no line
 */
typedef enum enc_code enc_store_read_admin_fn(struct enc_store_impl *impl,
					      struct enc_buf *ret_genesis,
					      struct enc_buf *ret_last,
					      struct enc_error *err);

struct enc_store_ops {
	const char *name;
	size_t impl_size; /* size of the struct that begins with `base` */
	enc_store_open_fn *open;
	enc_store_close_fn *close;
	enc_store_begin_fn *begin;
	enc_store_savepoint_fn *savepoint;
	enc_store_apply_fn *apply;
	enc_store_undo_fn *undo;
	enc_store_commit_fn *commit;
	enc_store_rollback_fn *rollback;
	enc_store_rest_fn *rest;
	enc_store_read_sessions_fn *read_sessions;
	enc_store_read_entries_fn *read_entries;
	enc_store_read_lines_fn *read_lines;
	enc_store_read_result_fn *read_result;
	enc_store_read_rows_fn *read_rows;
	enc_store_read_admin_fn *read_admin;
};

/* ---- owned copies of rows ---- */

/* enc_store_copy_*() - make an owned copy of a borrowed row */
void enc_store_copy_session(struct enc_store_session *ret_row,
			    const struct enc_store_session *row);
void enc_store_copy_entry(struct enc_store_entry_row *ret_row,
			  const struct enc_store_entry_row *row);
void enc_store_copy_line(struct enc_store_line *ret_row,
			 const struct enc_store_line *row);
void enc_store_copy_result(struct enc_store_result *ret_row,
			   const struct enc_store_result *row);

/*
 * enc_store_admin_begin() - write the genesis for the admin chain of a new
 * store, without LF. The chain gets a random name.
 */
void enc_store_admin_begin(struct enc_buf *ret_genesis);

#endif
