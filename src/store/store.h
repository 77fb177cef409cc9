#ifndef ENC_STORE_STORE_H
#define ENC_STORE_STORE_H

/*
 * Theory of operation
 *
 * One store has all data that must survive a restart. Writes that belong
 * together are one change set, for example a session's state, entries of its
 * log, its result and an idempotency record. A change set is applied completely
 * or not at all.
 *
 * One writer thread writes all waiting change sets in one transaction, so many
 * sessions share one flush. When the transaction is durable, each change set is
 * reported on the loop, in order of submission. A change set that meets a
 * conflict fails alone; the rest of its group is applied.
 *
 * Reads are synchronous, on the loop's thread. They see a change set once it
 * was reported. Before the report they may or may not see it.
 *
 * Failures of the store itself:
 *
 *   ENC_STORAGE_FULL  nothing of the change set is kept; later change sets
 *                     may succeed
 *   ENC_UNAVAILABLE   another program holds the file; nothing of the change
 *                     set is kept; try again
 *   ENC_INTERNAL      I/O failed or the file is damaged. It is unknown what is
 *                     on disk, so the store stops: every later change set
 *                     fails the same way. Reads go on. Restart to recover.
 *
 * Call all functions on the loop's thread. A visitor must not call the store.
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
	/*
	 * Limit of a phase's name, and of the id of an organisation, session,
	 * key or service binding.
	 */
	ENC_STORE_ID_MAX_BYTES = 64,
	ENC_STORE_NAME_MAX_BYTES = 255, /* limit of names and label values */
	ENC_STORE_SCOPES_MAX_BYTES = 1024,
	ENC_STORE_LABELS_MAX = 32,
	ENC_STORE_FILTER_LABELS_MAX = 4,
	ENC_STORE_IDEMPOTENCY_KEY_MAX_BYTES = 255,
	ENC_STORE_GENESIS_MAX_BYTES = 512,
	ENC_STORE_LINE_MAX_BYTES = 16 * 1024,
	/* Limit for the record of a session or result. */
	ENC_STORE_RECORD_MAX_BYTES = 1 << 20,
	ENC_STORE_JSON_MAX_BYTES = 1 << 20,
	ENC_STORE_PAGE_MAX = 100,
	/* Of a service binding: URL, paths, sealed record in base64. */
	ENC_STORE_UPSTREAM_MAX_BYTES = 2048,
	ENC_STORE_PATHS_MAX_BYTES = 72 * 1024,
	ENC_STORE_SEALED_MAX_BYTES = 140 * 1024,
	ENC_STORE_STEPS_MAX = 16384, /* limit for the steps of one change set */
};

struct enc_store;
struct enc_store_ops;
struct enc_store_change;

extern const struct enc_store_ops enc_store_sqlite;
extern const struct enc_store_ops enc_store_memory;
extern const struct enc_store_ops enc_store_fault; /* a decorator, for tests */

struct enc_store_options {
	uv_loop_t *loop;
	/* Used by sqlite: the file, in an existing directory. */
	const char *path;
	/*
	 * Called once, on the loop, when the store stops. After that every
	 * change set fails. May be NULL.
	 */
	void (*on_stopped)(void *context, const struct enc_error *why);
	void *context;

	/*
	 * Used only by enc_store_fault: commit number fail_at, counted from 1,
	 * of the store `inner` fails with fail_code, and so do the fail_more
	 * commits after it.
	 */
	const struct enc_store_ops *inner;
	unsigned int fail_at;
	unsigned int fail_more;
	enum enc_code fail_code; /* ENC_STORAGE_FULL or ENC_INTERNAL */
};

/**
 * enc_store_open() - open or make a store and start its writer
 * @options: copied. The loop must outlive the store, and must run once more
 *           after the store was freed, to close the store's handle.
 *
 * A file is made only if there is none. A file is refused and left unchanged if
 * it is damaged, is no store, lacks its log or is of a newer version. A file of
 * an older version is migrated.
 *
 * Return: ENC_OK; ENC_INTERNAL; ENC_VERSION; ENC_STORAGE_FULL; ENC_CONFLICT if
 * another process has the store open
 */
ENC_NODISCARD enum enc_code
enc_store_open(const struct enc_store_ops *ops,
	       const struct enc_store_options *options,
	       struct enc_store **ret_store, struct enc_error *err);

/*
 * enc_store_flush_and_free() - wait until all submitted change sets are
 * durable, report them during this call, stop the writer and free the store
 *
 * NULL is fine. A report must not call this function, and must not submit a
 * change set during this call.
 */
void enc_store_flush_and_free(struct enc_store *store);

/* ---- rows: a written row borrows its texts, a read row owns them ---- */

struct enc_store_result {
	const char *session;
	const char *record; /* JSON; only the session module reads it */
	/* The program's result, unchanged; NULL if there is none. */
	const char *json;
	void *memory;
};

/*
 * Free what a row owns that was read. Works with ENC_AUTO(store_session) and
 * ENC_AUTO(store_result).
 */
void enc_store_session_done(struct enc_store_session *row);
void enc_store_result_done(struct enc_store_result *row);

/* ---- change sets ---- */

/*
 * enc_store_change_new() - make an empty change set. The functions below add
 * steps, which are applied in that order. Each step copies its row.
 *
 * A step past a limit of this header makes the whole change set fail with
 * ENC_LIMIT after it is submitted, so callers needn't check each step. Each of
 * these functions lists the other failures that its step may cause.
 */
struct enc_store_change *enc_store_change_new(void);

/*
 * enc_store_change_free() - free a change set that wasn't submitted; NULL is
 * fine
 */
void enc_store_change_free(struct enc_store_change *change);

/*
 * enc_store_insert_session() - add a session. ENC_CONFLICT if its id or number
 * is in use; ENC_NOT_FOUND if its organisation doesn't exist.
 */
void enc_store_insert_session(struct enc_store_change *change,
			      const struct enc_store_session *row);

/*
 * enc_store_update_session() - write the record of a session and the columns
 * that may change. ENC_NOT_FOUND if there is no such session.
 */
void enc_store_update_session(struct enc_store_change *change,
			      const struct enc_store_session *row);

/*
 * enc_store_remove_session() - delete a finished session with its log, result,
 * labels and idempotency key. ENC_CONFLICT if there is no such session, or it
 * isn't finished. Its number isn't given again.
 */
void enc_store_remove_session(struct enc_store_change *change, const char *id);

/**
 * enc_store_append_entry() - append an entry to a session's log
 * @after: the number of the session's last entry; 0 if there is none. If
 *         another entry is the last one, the change set fails with
 *         ENC_CONFLICT. So if one change set fails, later ones of the session
 *         fail as well.
 * @entry: copied; its number is above @after
 */
void enc_store_append_entry(struct enc_store_change *change,
			    const char *session, uint64_t after,
			    const struct enc_store_entry *entry);

/*
 * enc_store_insert_result() - add the result of a session. ENC_CONFLICT if it
 * has one already; ENC_NOT_FOUND if there is no such session.
 */
void enc_store_insert_result(struct enc_store_change *change,
			     const struct enc_store_result *row);

/*
 * enc_store_insert() - add a row to the table of its type. ENC_CONFLICT if the
 * key or a unique value is in use; ENC_NOT_FOUND if the row's organisation
 * doesn't exist.
 */
void enc_store_insert(struct enc_store_change *change,
		      const struct enc_row *row);

/**
 * enc_store_update() - write the columns of a row that may change
 * @row: has the key and the organisation of the stored row
 *
 * ENC_NOT_FOUND if there is no such row.
 */
void enc_store_update(struct enc_store_change *change,
		      const struct enc_row *row);

/**
 * enc_store_remove() - delete a row
 * @row: has the key and the organisation of the stored row
 *
 * ENC_NOT_FOUND if there is no such row; ENC_CONFLICT if other rows belong to
 * it.
 */
void enc_store_remove(struct enc_store_change *change,
		      const struct enc_row *row);

/**
 * enc_store_append_admin() - append a line to the admin log, whose hash chain
 * the store makes
 * @event: of an admin type; copied, and still the caller's to release
 */
void enc_store_append_admin(struct enc_store_change *change,
			    struct enc_audit_event *event, int64_t wall_ms);

/**
 * enc_store_durable_fn - reports that a change set is durable, or that nothing
 * of it is kept
 * @err: the failure, borrowed; NULL with ENC_OK
 *
 * Called on the loop or from enc_store_flush_and_free(), never from inside of
 * enc_store_submit().
 */
typedef void enc_store_durable_fn(void *context, enum enc_code code,
				  const struct enc_error *err);

/**
 * enc_store_submit() - hand a change set to the writer
 * @change:     taken, also if it fails later
 * @on_durable: called exactly once; may be NULL
 */
void enc_store_submit(struct enc_store *store, struct enc_store_change *change,
		      enc_store_durable_fn *on_durable, void *context);

/* ---- reads ---- */

struct enc_store_filter {
	/*
	 * `like.org` is required. A FILTER column that is NULL matches any
	 * value.
	 */
	struct enc_store_session like;
	int64_t since_ms; /* earliest time of creation; 0: any */
	uint64_t before;  /* session numbers must be below it; 0: any */
	uint64_t from;	  /* lowest session number; bounds the cost of a scan */
	unsigned int limit; /* most sessions of a page, 1..ENC_STORE_PAGE_MAX */
	size_t label_count; /* a session must have all of these labels */
	struct enc_store_label labels[ENC_STORE_FILTER_LABELS_MAX];
};

/*
 * Visitors, called for each row. Rows and texts are valid only during the call.
 * Return: false to end the visit.
 */
typedef bool enc_store_session_fn(void *context,
				  const struct enc_store_session *row);
typedef bool enc_row_fn(void *context, const struct enc_row *row);
typedef bool enc_store_line_fn(void *context, uint64_t seq, const char *line,
			       size_t length);

/*
 * A function that reads one row returns ENC_OK, ENC_NOT_FOUND or ENC_INTERNAL.
 * A function that visits rows returns ENC_OK, also if there are none, or
 * ENC_INTERNAL. ENC_INTERNAL affects only this read: a page of the file is
 * damaged, but other reads still work.
 *
 * The message of ENC_NOT_FOUND may be shown to clients: it is the same whether
 * there is no such row or another organisation has it.
 */

/**
 * enc_store_get_session() - read a session
 * @org:     the organisation of the caller; NULL accepts any organisation and
 *           is only for recovery and root's tools
 * @ret_row: owned by the caller; free it with enc_store_session_done()
 */
ENC_NODISCARD enum enc_code
enc_store_get_session(struct enc_store *store, const char *org, const char *id,
		      struct enc_store_session *ret_row, struct enc_error *err);

/*
 * enc_store_list_sessions() - visit a page of sessions, newest first. For the
 * next page, set filter->before to the number of the last visited row.
 */
ENC_NODISCARD enum enc_code enc_store_list_sessions(
	struct enc_store *store, const struct enc_store_filter *filter,
	enc_store_session_fn *visit, void *context, struct enc_error *err);

/*
 * enc_store_list_unfinished() - visit the unfinished sessions of all
 * organisations, oldest first
 */
ENC_NODISCARD enum enc_code
enc_store_list_unfinished(struct enc_store *store, enc_store_session_fn *visit,
			  void *context, struct enc_error *err);

/*
 * enc_store_list_old() - visit the oldest finished sessions of all
 * organisations that were created before @before_ms, at most @limit
 */
ENC_NODISCARD enum enc_code
enc_store_list_old(struct enc_store *store, int64_t before_ms,
		   unsigned int limit, enc_store_session_fn *visit,
		   void *context, struct enc_error *err);

/* Selects lines of the admin log. A zeroed range selects all lines. */
struct enc_store_range {
	uint64_t from_seq;
	uint64_t limit; /* largest count of lines; 0: no limit */
};

/*
 * enc_store_read_entries() - visit a page of a session's log, in order
 *
 * The caller must check the organisation with enc_store_get_session() first. A
 * session that doesn't exist has no entries.
 */
ENC_NODISCARD enum enc_code
enc_store_read_entries(struct enc_store *store, const char *session,
		       const struct enc_store_page *page,
		       enc_store_entry_fn *visit, void *context,
		       struct enc_error *err);

/*
 * enc_store_read_admin() - visit lines of the admin log, in order.
 * enc_store_admin_genesis() returns the genesis of its chain, which lives as
 * long as the store.
 */
ENC_NODISCARD enum enc_code enc_store_read_admin(
	struct enc_store *store, const struct enc_store_range *range,
	enc_store_line_fn *visit, void *context, struct enc_error *err);
const char *enc_store_admin_genesis(const struct enc_store *store);

ENC_NODISCARD enum enc_code
enc_store_get_result(struct enc_store *store, const char *session,
		     struct enc_store_result *ret_row, struct enc_error *err);

/**
 * enc_store_get() - read a row by its key
 * @row: type and key must be set. If it also names an organisation, a row of
 *       another organisation isn't found. On success each member is replaced by
 *       an owned copy; call enc_row_done(). On failure @row is unchanged.
 */
ENC_NODISCARD enum enc_code enc_store_get(struct enc_store *store,
					  struct enc_row *row,
					  struct enc_error *err);

/**
 * enc_store_list() - visit rows of a table, in the order of its row type
 * @of: has the type, and the organisation if the type has that column
 */
ENC_NODISCARD enum enc_code enc_store_list(struct enc_store *store,
					   const struct enc_row *of,
					   enc_row_fn *visit, void *context,
					   struct enc_error *err);

/*
 * Return the next free number. While the store is open, no number is given
 * twice. A number that never became durable is given again after a restart.
 */
ENC_NODISCARD enum enc_code
enc_store_next_session_number(struct enc_store *store, const char *org,
			      uint64_t *ret_number, struct enc_error *err);
ENC_NODISCARD enum enc_code enc_store_next_org_number(struct enc_store *store,
						      uint64_t *ret_number,
						      struct enc_error *err);

#endif
