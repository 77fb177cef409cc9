#ifndef ENC_STORE_STORE_H
#define ENC_STORE_STORE_H

/*
 * Theory of operation
 *
 * All that must survive is in one store. What belongs together, a session's
 * state, entries of its log, its result, an idempotency record, is put into
 * one change set, which is applied whole or not at all.
 *
 * One writer thread takes everything that is waiting into one transaction, so
 * that a hundred sessions share one flush. When it is durable, each change set
 * is reported on the loop, in the order of submission. A change set that finds
 * a conflict fails alone; the others of its group go through.
 *
 * Reads are synchronous, on the loop's thread, and see what is durable: after
 * a change set's report they see it, before it they may or may not.
 *
 * When the store itself fails:
 *
 *   ENC_STORAGE_FULL  nothing of the change set is kept; later ones may go
 *                     through again
 *   ENC_UNAVAILABLE   another program holds the file; nothing of the change
 *                     set is kept, try again
 *   ENC_INTERNAL      I/O failed or the file is damaged. What is on disk is
 *                     not known, so the store stops: every change set from then
 *                     on fails the same way, reads go on. Restart to recover.
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
	 * Once, from the loop: nothing can be made durable any more, and every
	 * change set fails from here on. May be NULL.
	 */
	void (*on_stopped)(void *context, const struct enc_error *why);
	void *context;

	/* fault only: the group commit number fail_at (from 1) fails so. */
	const struct enc_store_ops *inner;
	unsigned int fail_at;
	enum enc_code fail_code; /* ENC_STORAGE_FULL or ENC_INTERNAL */
};

/**
 * enc_store_open() - open or make a store and start its writer
 * @options: copied; the loop is borrowed until the store is freed, and then
 *           needs one more turn to close its handle
 *
 * A file is made only where there is none. One that is damaged, is no store,
 * lacks its log, or is of a newer version is refused and left as it is. One of
 * an older version that this program can take over becomes one of this version.
 *
 * Return: ENC_OK; ENC_INTERNAL; ENC_VERSION; ENC_STORAGE_FULL; ENC_CONFLICT
 * if another process has it open
 */
ENC_NODISCARD enum enc_code
enc_store_open(const struct enc_store_ops *ops,
	       const struct enc_store_options *options,
	       struct enc_store **ret_store, struct enc_error *err);

/*
 * enc_store_flush_and_free() - wait until everything submitted is durable,
 * report it from inside of this call, stop the writer; NULL is fine. Not from
 * inside of a report; a report of this call must not submit.
 */
void enc_store_flush_and_free(struct enc_store *store);

/* ---- rows: the same struct is written (borrowed) and read (owned) ---- */

struct enc_store_label {
	const char *name;
	const char *value;
};

struct enc_store_session {
	const char *id;
	const char *org;
	uint64_t number; /* enc_store_next_session_number(); orders lists */
	int64_t created_ms;
	const char *phase;
	bool finished;	     /* false: enc_store_list_unfinished() has it */
	const char *record;  /* JSON, of the session module alone */
	const char *genesis; /* of the audit chain; fixed */

	/* Read only: of its entries. */
	uint64_t last_seq;     /* of the last one; 0: there is none */
	const char *last_line; /* the last audit line; NULL: there is none */

	/* Fixed, for filters; not read back, the record has them. */
	const struct enc_store_label *labels;
	size_t label_count;

	void *memory; /* read: what the pointers lie in */
};

struct enc_store_result {
	const char *session;
	const char *record; /* JSON, of the session module alone */
	const char *json;   /* the program's result as it came; NULL if none */
	void *memory;
};

/* Release what was read; for ENC_AUTO(store_session) and so on. */
void enc_store_session_done(struct enc_store_session *row);
void enc_store_result_done(struct enc_store_result *row);

/* ---- change sets ---- */

/*
 * Steps are applied in their order. Everything is copied. A step past a limit
 * of this header makes the whole change set fail with ENC_LIMIT when it is
 * submitted, so no step has to be checked alone.
 */
struct enc_store_change *enc_store_change_new(void);

/* enc_store_change_free() - one that was not submitted; NULL is fine */
void enc_store_change_free(struct enc_store_change *change);

/* ENC_CONFLICT if the id or number is taken; ENC_NOT_FOUND without the org */
void enc_store_insert_session(struct enc_store_change *change,
			      const struct enc_store_session *row);

/* id, phase, finished and record count; ENC_NOT_FOUND */
void enc_store_update_session(struct enc_store_change *change,
			      const struct enc_store_session *row);

/*
 * enc_store_append_entry() - one more entry of a session's log
 * @after: the number of the last entry of that session; 0: there is none. If
 *         another one is stored the change set fails with ENC_CONFLICT, so no
 *         change set follows one that failed.
 * @entry: copied; its number is above @after
 */
void enc_store_append_entry(struct enc_store_change *change,
			    const char *session, uint64_t after,
			    const struct enc_store_entry *entry);

/* Once per session: ENC_CONFLICT; ENC_NOT_FOUND */
void enc_store_insert_result(struct enc_store_change *change,
			     const struct enc_store_result *row);

/*
 * enc_store_insert() - a row of a table of tables.h
 *
 * ENC_CONFLICT if its key or a unique column is taken; ENC_NOT_FOUND without
 * its organisation
 */
void enc_store_insert(struct enc_store_change *change,
		      const struct enc_row *row);

/*
 * enc_store_update() - write the columns that may change; the row is found by
 * its key and organisation; ENC_NOT_FOUND
 */
void enc_store_update(struct enc_store_change *change,
		      const struct enc_row *row);

/*
 * enc_store_remove() - the row is found by its key and organisation;
 * ENC_NOT_FOUND; ENC_CONFLICT if other rows belong to it
 */
void enc_store_remove(struct enc_store_change *change,
		      const struct enc_row *row);

/*
 * enc_store_append_admin() - a line of the admin log; the store has its chain
 * @event: of an admin type, copied; put nothing into it any more
 */
void enc_store_append_admin(struct enc_store_change *change,
			    struct enc_audit_event *event, int64_t wall_ms);

/**
 * enc_store_durable_fn - a change set is durable, or nothing of it is kept
 * @err: what failed, borrowed; NULL with ENC_OK
 *
 * From the loop or enc_store_flush_and_free(), never from inside of submit.
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
	const char *org;    /* required */
	const char *phase;  /* NULL: any */
	int64_t since_ms;   /* created then or later; 0: any */
	uint64_t before;    /* cursor: numbers below it; 0: from the newest */
	unsigned int limit; /* 1..ENC_STORE_PAGE_MAX */
	size_t label_count; /* all must match */
	struct enc_store_label labels[ENC_STORE_FILTER_LABELS_MAX];
};

/* Rows and texts are borrowed for the call. false: no more, thanks. */
typedef bool enc_store_session_fn(void *context,
				  const struct enc_store_session *row);
typedef bool enc_row_fn(void *context, const struct enc_row *row);
typedef bool enc_store_line_fn(void *context, uint64_t seq, const char *line,
			       size_t length);

/*
 * Getting one: ENC_OK; ENC_NOT_FOUND; ENC_INTERNAL. Visiting many: ENC_OK,
 * also when there are none; ENC_INTERNAL. That one is of this read alone, if
 * what it looks at is damaged; others go on. Messages of ENC_NOT_FOUND may
 * be shown to clients: they don't tell whether another organisation has it.
 */

/* @org NULL: of any organisation, for recovery and root's tools */
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

/* Lines of the admin log, in order. Zeroed it means all of them. */
struct enc_store_range {
	uint64_t from_seq;
	uint64_t limit; /* at most so many lines; 0: all */
};

/*
 * enc_store_read_entries() - a page of a session's log, in order
 *
 * Check the organisation by enc_store_get_session() first. A session that
 * isn't there has no entries.
 */
ENC_NODISCARD enum enc_code
enc_store_read_entries(struct enc_store *store, const char *session,
		       const struct enc_store_page *page,
		       enc_store_entry_fn *visit, void *context,
		       struct enc_error *err);

/* The admin log, and the genesis of its chain: static until the free. */
ENC_NODISCARD enum enc_code enc_store_read_admin(
	struct enc_store *store, const struct enc_store_range *range,
	enc_store_line_fn *visit, void *context, struct enc_error *err);
const char *enc_store_admin_genesis(const struct enc_store *store);

ENC_NODISCARD enum enc_code
enc_store_get_result(struct enc_store *store, const char *session,
		     struct enc_store_result *ret_row, struct enc_error *err);

/*
 * enc_store_get() - complete a row whose type and key are given
 * @row: if it names an organisation, another one's row is not found. What it
 *       points to is borrowed, and replaced on success: enc_row_done() follows.
 */
ENC_NODISCARD enum enc_code enc_store_get(struct enc_store *store,
					  struct enc_row *row,
					  struct enc_error *err);

/*
 * enc_store_list() - all rows of a table, in the order of its row type
 * @of: names the table, and the organisation if the table has that column
 */
ENC_NODISCARD enum enc_code enc_store_list(struct enc_store *store,
					   const struct enc_row *of,
					   enc_row_fn *visit, void *context,
					   struct enc_error *err);

/*
 * The next free number, never given twice while the store is open; one that
 * never became durable is given again after a restart.
 */
ENC_NODISCARD enum enc_code
enc_store_next_session_number(struct enc_store *store, const char *org,
			      uint64_t *ret_number, struct enc_error *err);
ENC_NODISCARD enum enc_code enc_store_next_org_number(struct enc_store *store,
						      uint64_t *ret_number,
						      struct enc_error *err);

#endif
