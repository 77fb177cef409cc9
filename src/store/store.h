#ifndef ENC_STORE_STORE_H
#define ENC_STORE_STORE_H

/*
 * Theory of operation
 *
 * One store keeps everything that must survive. Writes that belong together
 * are one change set: a session's state, entries of its log, its result, an
 * idempotency record. A change set is applied whole or not at all.
 *
 * One writer thread takes all waiting change sets into one transaction, so a
 * hundred sessions share one flush. When the transaction is durable, each
 * change set is reported on the loop, in the order of submission. A change set
 * that meets a conflict fails alone. The rest of its group is applied.
 *
 * Reads are synchronous, on the loop's thread. They see a change set once it
 * was reported. Before the report they may or may not see it.
 *
 * When the store itself fails:
 *
 *   ENC_STORAGE_FULL  nothing of the change set is kept; later change sets
 *                     may succeed
 *   ENC_UNAVAILABLE   another program holds the file; nothing of the change
 *                     set is kept; try again
 *   ENC_INTERNAL      I/O failed or the file is damaged. Nobody knows what is
 *                     on disk, so the store stops: every later change set
 *                     fails the same way. Reads go on. Restart to recover.
 *
 * All functions are for the loop's thread. A visitor must not call the store.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <uv.h>

#include "audit_event.h"
#include "err.h"
#include "store_entry.h"
#include "tables.h"

enum {
	ENC_STORE_ID_MAX_BYTES = 64,	/* org, session, key ids, phases */
	ENC_STORE_NAME_MAX_BYTES = 255, /* names, label values */
	ENC_STORE_SCOPES_MAX_BYTES = 1024,
	ENC_STORE_LABELS_MAX = 32,
	ENC_STORE_FILTER_LABELS_MAX = 4,
	ENC_STORE_IDEMPOTENCY_KEY_MAX_BYTES = 255,
	ENC_STORE_GENESIS_MAX_BYTES = 512,
	ENC_STORE_LINE_MAX_BYTES = 16 * 1024,
	ENC_STORE_RECORD_MAX_BYTES = 1 << 20, /* of a session or result */
	ENC_STORE_JSON_MAX_BYTES = 1 << 20,
	ENC_STORE_PAGE_MAX = 100,
	ENC_STORE_STEPS_MAX = 16384, /* of one change set */
};

struct enc_store;
struct enc_store_ops;
struct enc_store_change;

extern const struct enc_store_ops enc_store_sqlite;
extern const struct enc_store_ops enc_store_memory;
extern const struct enc_store_ops enc_store_fault; /* decorator, for tests */

struct enc_store_options {
	uv_loop_t *loop;
	const char *path; /* sqlite: the file; its directory exists */
	/*
	 * Called once, from the loop, when the store stops: every later change
	 * set fails. May be NULL.
	 */
	void (*on_stopped)(void *context, const struct enc_error *why);
	void *context;

	/* fault only: commit number fail_at, from 1, fails with fail_code. */
	const struct enc_store_ops *inner;
	unsigned int fail_at;
	enum enc_code fail_code; /* ENC_STORAGE_FULL or ENC_INTERNAL */
};

/**
 * enc_store_open() - open or make a store and start its writer
 * @options: copied; the loop is borrowed until the store is freed, and needs
 *           one more turn after that to close the store's handle
 *
 * A file is made only if there is none. A file that is damaged, is no store,
 * lacks its log or is of a newer version is refused and left as it is. A file
 * of an older version is migrated.
 *
 * Return: ENC_OK; ENC_INTERNAL; ENC_VERSION; ENC_STORAGE_FULL; ENC_CONFLICT
 * if another process has it open
 */
ENC_NODISCARD enum enc_code
enc_store_open(const struct enc_store_ops *ops,
	       const struct enc_store_options *options,
	       struct enc_store **ret_store, struct enc_error *err);

/*
 * enc_store_flush_and_free() - wait until all submitted change sets are
 * durable, report them from inside of this call, stop the writer
 *
 * NULL is fine. A report must not call this, and must not submit while it runs.
 */
void enc_store_flush_and_free(struct enc_store *store);

/* ---- rows: written ones borrow what they point to, read ones own it ---- */

struct enc_store_result {
	const char *session;
	const char *record; /* JSON, of the session module alone */
	const char *json;   /* the program's result as it came; NULL if none */
	void *memory;
};

/* Release a row that was read; for ENC_AUTO(store_session) and so on. */
void enc_store_session_done(struct enc_store_session *row);
void enc_store_result_done(struct enc_store_result *row);

/* ---- change sets ---- */

/*
 * Steps are applied in their order. Each step copies its row. A step past a
 * limit of this header makes the whole change set fail with ENC_LIMIT once it
 * is submitted, so callers don't check each step.
 */
struct enc_store_change *enc_store_change_new(void);

/* enc_store_change_free() - drop an unsubmitted change set; NULL is fine */
void enc_store_change_free(struct enc_store_change *change);

/* ENC_CONFLICT if id or number is taken; ENC_NOT_FOUND without the org */
void enc_store_insert_session(struct enc_store_change *change,
			      const struct enc_store_session *row);

/* Writes the record and the columns that change; ENC_NOT_FOUND */
void enc_store_update_session(struct enc_store_change *change,
			      const struct enc_store_session *row);

/*
 * enc_store_append_entry() - one more entry of a session's log
 * @after: the number of the session's last entry; 0: no entry. Is another
 *         entry the last one, the change set fails with ENC_CONFLICT. So a
 *         change set never follows one that failed.
 * @entry: copied; its number is above @after
 */
void enc_store_append_entry(struct enc_store_change *change,
			    const char *session, uint64_t after,
			    const struct enc_store_entry *entry);

/* ENC_CONFLICT if the session has a result; ENC_NOT_FOUND */
void enc_store_insert_result(struct enc_store_change *change,
			     const struct enc_store_result *row);

/*
 * enc_store_insert() - add a row to the table of its type
 *
 * ENC_CONFLICT if the key or a unique value is taken; ENC_NOT_FOUND if the
 * row's organisation doesn't exist
 */
void enc_store_insert(struct enc_store_change *change,
		      const struct enc_row *row);

/*
 * enc_store_update() - write the columns that may change
 * @row: has the key and the organisation of the stored row
 *
 * ENC_NOT_FOUND
 */
void enc_store_update(struct enc_store_change *change,
		      const struct enc_row *row);

/*
 * enc_store_remove() - delete a row
 * @row: has the key and the organisation of the stored row
 *
 * ENC_NOT_FOUND; ENC_CONFLICT if other rows belong to it
 */
void enc_store_remove(struct enc_store_change *change,
		      const struct enc_row *row);

/*
 * enc_store_append_admin() - one more line of the admin log, whose hash chain
 * the store keeps
 * @event: of an admin type, copied; it must not change afterwards
 */
void enc_store_append_admin(struct enc_store_change *change,
			    struct enc_audit_event *event, int64_t wall_ms);

/**
 * enc_store_durable_fn - a change set is durable, or nothing of it is kept
 * @err: what failed, borrowed; NULL with ENC_OK
 *
 * Called from the loop or from enc_store_flush_and_free(), never from inside
 * of enc_store_submit().
 */
typedef void enc_store_durable_fn(void *context, enum enc_code code,
				  const struct enc_error *err);

/**
 * enc_store_submit() - hand a change set to the writer
 * @change:     taken, also when it fails later
 * @on_durable: called exactly once; may be NULL
 */
void enc_store_submit(struct enc_store *store, struct enc_store_change *change,
		      enc_store_durable_fn *on_durable, void *context);

/* ---- reads ---- */

struct enc_store_filter {
	/* Its org is required. Columns to filter by are NULL for any value. */
	struct enc_store_session like;
	int64_t since_ms;   /* created then or later; 0: any */
	uint64_t before;    /* only numbers below it; 0: any */
	uint64_t from;	    /* only numbers from it on: bounds a scan */
	unsigned int limit; /* 1..ENC_STORE_PAGE_MAX */
	size_t label_count; /* a session must have all of them */
	struct enc_store_label labels[ENC_STORE_FILTER_LABELS_MAX];
};

/* Visitors borrow rows and texts for the call. false ends the visit. */
typedef bool enc_store_session_fn(void *context,
				  const struct enc_store_session *row);
typedef bool enc_row_fn(void *context, const struct enc_row *row);
typedef bool enc_store_line_fn(void *context, uint64_t seq, const char *line,
			       size_t length);

/*
 * A function that gets one row returns ENC_OK, ENC_NOT_FOUND or ENC_INTERNAL.
 * A function that visits rows returns ENC_OK, also without rows, or
 * ENC_INTERNAL. ENC_INTERNAL concerns this read alone: its page of the file is
 * damaged, other reads go on. Clients may see the message of ENC_NOT_FOUND: it
 * is the same whether nobody or another organisation has the row.
 */

/* @org: NULL for any organisation, for recovery and root's tools */
ENC_NODISCARD enum enc_code
enc_store_get_session(struct enc_store *store, const char *org, const char *id,
		      struct enc_store_session *ret_row, struct enc_error *err);

/* Newest first. The cursor of the next page is the last row's number. */
ENC_NODISCARD enum enc_code enc_store_list_sessions(
	struct enc_store *store, const struct enc_store_filter *filter,
	enc_store_session_fn *visit, void *context, struct enc_error *err);

/* Of all organisations, oldest first. */
ENC_NODISCARD enum enc_code
enc_store_list_unfinished(struct enc_store *store, enc_store_session_fn *visit,
			  void *context, struct enc_error *err);

/* A range of the admin log's lines. Zeroed it means all lines. */
struct enc_store_range {
	uint64_t from_seq;
	uint64_t limit; /* how many lines at most; 0: all */
};

/*
 * enc_store_read_entries() - a page of a session's log, in order
 *
 * Check the organisation by enc_store_get_session() first. A session that
 * doesn't exist has no entries.
 */
ENC_NODISCARD enum enc_code
enc_store_read_entries(struct enc_store *store, const char *session,
		       const struct enc_store_page *page,
		       enc_store_entry_fn *visit, void *context,
		       struct enc_error *err);

/* Lines of the admin log, in order; the genesis of its chain. The genesis
 * lives as long as the store. */
ENC_NODISCARD enum enc_code enc_store_read_admin(
	struct enc_store *store, const struct enc_store_range *range,
	enc_store_line_fn *visit, void *context, struct enc_error *err);
const char *enc_store_admin_genesis(const struct enc_store *store);

ENC_NODISCARD enum enc_code
enc_store_get_result(struct enc_store *store, const char *session,
		     struct enc_store_result *ret_row, struct enc_error *err);

/*
 * enc_store_get() - fill a row whose type and key are set
 * @row: may also name an organisation; then a row of another organisation is
 *       not found. On success each member is replaced by an owned copy; call
 *       enc_row_done(). On failure @row is unchanged.
 */
ENC_NODISCARD enum enc_code enc_store_get(struct enc_store *store,
					  struct enc_row *row,
					  struct enc_error *err);

/*
 * enc_store_list() - visit rows of a table, in the order of its row type
 * @of: has the type, and the organisation if the type has that column
 */
ENC_NODISCARD enum enc_code enc_store_list(struct enc_store *store,
					   const struct enc_row *of,
					   enc_row_fn *visit, void *context,
					   struct enc_error *err);

/*
 * The next free number. No number is given twice while the store is open. A
 * number that never became durable is given again after a restart.
 */
ENC_NODISCARD enum enc_code
enc_store_next_session_number(struct enc_store *store, const char *org,
			      uint64_t *ret_number, struct enc_error *err);
ENC_NODISCARD enum enc_code enc_store_next_org_number(struct enc_store *store,
						      uint64_t *ret_number,
						      struct enc_error *err);

#endif
