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
 * An entry that isn't durable is in memory. Durable ones are in the store, and
 * the latest of them in memory too, for readers that follow the session.
 *
 * Output is collected per stream and becomes an entry, with a number, when it
 * is cut: when the other stream or another kind of entry comes, at the size of
 * an entry, after a pause, or when a reader takes it. A program that alternates
 * between its streams forever would make an entry of each byte. So past
 * ENC_SESSION_LOG_OUTPUT_MAX output entries only the size and a reader cut, and
 * a reader only what is ENC_SESSION_LOG_PAUSE_MS old. A cut is never inside of
 * a UTF-8 character: the bytes that begin one wait for the rest of it.
 *
 * A reader is shown an entry when everything before it may be shown. Output may
 * be shown before it is durable. All else is durable first.
 *
 * No clock, no loop, no store but to hand entries to a change set.
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
	ENC_SESSION_LOG_KEPT_BYTES = 64 * 1024, /* of durable entries */
	ENC_SESSION_LOG_UNSTORED_BYTES = 2 * 1024 * 1024,
};

struct enc_session_log {
	struct enc_list entries; /* those in memory, in order */
	size_t bytes;		 /* that they take */
	uint64_t last_seq;	 /* 0: there is no entry */
	uint64_t submitted_seq;
	uint64_t durable_seq;
	uint64_t shown_seq;    /* a reader may be shown it and those before */
	size_t waiting_bytes;  /* of entries that aren't submitted */
	size_t unstored_bytes; /* of entries that aren't durable */
	uint64_t output_entries;
	struct enc_buf open[ENC_STREAM_MAX]; /* output that isn't cut yet */
	int64_t open_ms[ENC_STREAM_MAX];     /* when that began */
};

void enc_session_log_init(struct enc_session_log *log);
void enc_session_log_done(struct enc_session_log *log);

/*
 * enc_session_log_go_on() - the log of a session that a former life left, whose
 * last stored entry is @last_seq
 *
 * That life may have shown output whose entries were never stored. None of
 * their numbers is given again: a reader that comes back with one can be told
 * that something was lost.
 */
void enc_session_log_go_on(struct enc_session_log *log, uint64_t last_seq);

/* ---- writing ---- */

/* enc_session_log_add() - an entry that isn't output; @data is copied */
void enc_session_log_add(struct enc_session_log *log, enum enc_entry_kind kind,
			 const void *data, size_t length, int64_t now_ms);

/* enc_session_log_add_text() - the same; its data is a text without its NUL */
void enc_session_log_add_text(struct enc_session_log *log,
			      enum enc_entry_kind kind, const char *text,
			      int64_t now_ms);

/* enc_session_log_output() - what the program wrote next to a stream */
void enc_session_log_output(struct enc_session_log *log, enum enc_stream stream,
			    const void *bytes, size_t length, int64_t now_ms);

/*
 * enc_session_log_drop_partial() - forget the bytes at the end of @stream that
 * begin a character; the limit of output cut it there. Return: how many
 */
size_t enc_session_log_drop_partial(struct enc_session_log *log,
				    enum enc_stream stream);

/* enc_session_log_end_output() - cut all of it; no more output comes */
void enc_session_log_end_output(struct enc_session_log *log, int64_t now_ms);

/* ---- making it durable ---- */

/* enc_session_log_waits() - there are entries that aren't submitted */
bool enc_session_log_waits(const struct enc_session_log *log);

/* enc_session_log_has_output_only() - nothing else waits to be submitted */
bool enc_session_log_has_output_only(const struct enc_session_log *log);

/* enc_session_log_is_long() - enough waits to be worth a change set */
bool enc_session_log_is_long(const struct enc_session_log *log);

/*
 * enc_session_log_is_ahead() - the program has written so much that it should
 * wait for the store
 */
bool enc_session_log_is_ahead(const struct enc_session_log *log);

/* enc_session_log_submit() - put what isn't submitted into a change set */
void enc_session_log_submit(struct enc_session_log *log,
			    struct enc_store_change *change, const char *id);

/* enc_session_log_durable() - entries up to @seq, a submitted one, are stored
 */
void enc_session_log_durable(struct enc_session_log *log, uint64_t seq);

/* enc_session_log_refused() - submit again what isn't durable */
void enc_session_log_refused(struct enc_session_log *log);

/* ---- reading ---- */

/*
 * enc_session_log_cut() - a reader wants what there is
 *
 * Return: false if there is output that is not cut yet since it is too young:
 * the reader should come back after ENC_SESSION_LOG_PAUSE_MS
 */
bool enc_session_log_cut(struct enc_session_log *log, int64_t now_ms);

/* enc_session_log_is_whole() - every entry from the first on is in memory */
bool enc_session_log_is_whole(const struct enc_session_log *log);

/* Where the entries of a session are. All is borrowed. */
struct enc_session_source {
	const struct enc_session_log *log; /* NULL: it isn't live */
	struct enc_store *store;
	const char *id;
};

/**
 * enc_session_log_read() - a page of the log of a session, from memory or else
 * from the store
 *
 * Entries that may not be shown are left out. A page may end before its limits
 * are reached, but it is empty only if there is nothing to show.
 *
 * Return: as enc_store_read_entries()
 */
ENC_NODISCARD enum enc_code
enc_session_log_read(const struct enc_session_source *source,
		     const struct enc_store_page *page,
		     enc_store_entry_fn *visit, void *context,
		     struct enc_error *err);

#endif
