#ifndef ENC_SESSION_SESSION_LOG_H
#define ENC_SESSION_SESSION_LOG_H

/*
 * Theory of operation
 *
 * The log of a live session is one sequence of entries (store_entry.h).
 *
 *	added ----> submitted ----> durable
 *	      last_seq   submitted_seq    durable_seq
 *
 * An entry that isn't durable is in memory. Durable entries are in the store;
 * the latest of them are in memory, too, for readers that follow the session.
 *
 * Output is collected per stream. A cut makes the collected bytes an entry with
 * a number. A stream is cut when output of the other stream or another kind of
 * entry comes, when it has the size of an entry, after a pause, when a reader
 * takes it, or when it is to be stored (some times in a second). A program that
 * always alternates between its streams would make an entry of each byte. So
 * after ENC_SESSION_LOG_OUTPUT_MAX output entries only these cuts are left: by
 * size, and by a reader or the store if the output is ENC_SESSION_LOG_PAUSE_MS
 * old. A UTF-8 character is never cut: its first bytes stay collected until the
 * rest comes.
 *
 * A reader is shown an entry only after everything before it. Output may be
 * shown before it is durable, any other entry only when it is durable.
 *
 * This file uses no clock and no loop, and the store only to add entries to a
 * change set.
 */

#include <stdbool.h>

#include "backend.h"
#include "buf.h"
#include "list.h"
#include "store.h"

enum {
	ENC_SESSION_LOG_OUTPUT_MAX = 8192,
	ENC_SESSION_LOG_PAUSE_MS = 100,
	ENC_SESSION_LOG_SUBMIT_BYTES = 256 * 1024,
	/* Limit of the durable entries that stay in memory, in bytes. */
	ENC_SESSION_LOG_KEPT_BYTES = 64 * 1024,
	ENC_SESSION_LOG_UNSTORED_BYTES = 2 * 1024 * 1024,
};

struct enc_session_log {
	struct enc_list entries; /* entries in memory, in order */
	size_t bytes;		 /* size of the entries in memory */
	uint64_t last_seq;	 /* number of the last entry; 0: none */
	uint64_t submitted_seq;
	uint64_t durable_seq;
	uint64_t shown_seq;    /* readers may be shown entries up to this one */
	size_t waiting_bytes;  /* bytes of entries that aren't submitted */
	size_t unstored_bytes; /* bytes of entries that aren't durable */
	uint64_t output_entries;
	/* Output per stream that isn't cut into entries yet. */
	struct enc_buf open[ENC_STREAM_MAX];
	/* Time at which the output in `open` began, per stream. */
	int64_t open_ms[ENC_STREAM_MAX];
};

void enc_session_log_init(struct enc_session_log *log);
void enc_session_log_done(struct enc_session_log *log);

/*
 * enc_session_log_go_on() - continue the log of a session of an earlier
 * enclave-api
 * @last_seq: number of the last stored entry
 *
 * The earlier process may have shown output that was never stored. The numbers
 * of such entries aren't used again. So a reader that comes back with one of
 * them can be told that entries were lost.
 */
void enc_session_log_go_on(struct enc_session_log *log, uint64_t last_seq);

/* ---- writing ---- */

/* enc_session_log_add() - add an entry that isn't output; @data is copied */
void enc_session_log_add(struct enc_session_log *log, enum enc_entry_kind kind,
			 const void *data, size_t length, int64_t now_ms);

/*
 * enc_session_log_add_text() - add an entry whose data is a text without its
 * NUL
 */
void enc_session_log_add_text(struct enc_session_log *log,
			      enum enc_entry_kind kind, const char *text,
			      int64_t now_ms);

/* enc_session_log_output() - collect what the program wrote to a stream */
void enc_session_log_output(struct enc_session_log *log, enum enc_stream stream,
			    const void *bytes, size_t length, int64_t now_ms);

/*
 * enc_session_log_drop_partial() - forget an incomplete character at the end of
 * @stream, which the limit of output cut. Return: the number of bytes forgotten
 */
size_t enc_session_log_drop_partial(struct enc_session_log *log,
				    enum enc_stream stream);

/*
 * enc_session_log_end_output() - make entries of all collected output; no more
 * output may come
 */
void enc_session_log_end_output(struct enc_session_log *log, int64_t now_ms);

/* ---- making it durable ---- */

/* enc_session_log_waits() - whether there are entries that aren't submitted */
bool enc_session_log_waits(const struct enc_session_log *log);

/*
 * enc_session_log_has_output_only() - whether all entries that aren't submitted
 * are output
 */
bool enc_session_log_has_output_only(const struct enc_session_log *log);

/* enc_session_log_is_long() - whether enough waits to be worth a change set */
bool enc_session_log_is_long(const struct enc_session_log *log);

/*
 * enc_session_log_is_ahead() - whether the program has written so much that it
 * should wait for the store
 */
bool enc_session_log_is_ahead(const struct enc_session_log *log);

/*
 * enc_session_log_submit() - add all entries that aren't submitted to a change
 * set
 */
void enc_session_log_submit(struct enc_session_log *log,
			    struct enc_store_change *change, const char *id);

/*
 * enc_session_log_durable() - note that the entries up to @seq are stored; @seq
 * must be submitted
 */
void enc_session_log_durable(struct enc_session_log *log, uint64_t seq);

/*
 * enc_session_log_refused() - mark all entries that aren't durable as not
 * submitted
 */
void enc_session_log_refused(struct enc_session_log *log);

/* ---- reading ---- */

/*
 * enc_session_log_cut() - cut the collected output, since a reader wants it
 *
 * Return: false if some output is too young to be cut; the reader should come
 * back after ENC_SESSION_LOG_PAUSE_MS
 */
bool enc_session_log_cut(struct enc_session_log *log, int64_t now_ms);

/*
 * enc_session_log_is_whole() - whether memory has every entry from the first on
 */
bool enc_session_log_is_whole(const struct enc_session_log *log);

/*
 * The sources from which the log of a session is read. All pointers are
 * borrowed.
 */
struct enc_session_source {
	/* The log in memory; NULL: the session isn't live. */
	const struct enc_session_log *log;
	struct enc_store *store;
	const char *id;
};

/**
 * enc_session_log_read() - read a page of a session's log, from memory if its
 * first entry is there, else from the store
 *
 * Entries that may not be shown yet are left out. A page may end before it
 * reaches its limits; it is empty only if there is nothing to show.
 *
 * Return: as enc_store_read_entries()
 */
ENC_NODISCARD enum enc_code
enc_session_log_read(const struct enc_session_source *source,
		     const struct enc_store_page *page,
		     enc_store_entry_fn *visit, void *context,
		     struct enc_error *err);

#endif
