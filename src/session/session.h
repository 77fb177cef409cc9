#ifndef ENC_SESSION_SESSION_H
#define ENC_SESSION_SESSION_H

/*
 * One session: what was asked for, where it stands, what has been told of it.
 * The orchestrator is the only writer; the API reads and watches.
 */

#include <stdbool.h>
#include <stdint.h>

#include "audit_line.h"
#include "backend.h"
#include "buf.h"
#include "list.h"
#include "phase.h"
#include "record_codec.h"
#include "session_log.h"
#include "sha256.h"
#include "store.h"

enum {
	ENC_SESSION_ID_BYTES = 40,
	ENC_SESSION_LINES_MAX = 4096, /* audit lines; more are summed up */
	ENC_SESSION_LAST_LINES = 16,  /* of these, kept for the end's own */
	/* What a program tried (live.h): up to here also what has a line, */
	ENC_SESSION_REPEATED_LINES = 2048,
	/* and destinations. The rest is for system calls. */
	ENC_SESSION_EGRESS_LINES = 3584,
};

/* What was asked for, checked. Everything in it is owned. */
struct enc_session_spec {
	struct enc_record record; /* fields that a request decides */
	char *code;		  /* NULL for a command */
	size_t code_length;
	char **argv;
	size_t argv_count;
	char **env; /* NAME=value; there is room for one more */
	size_t env_count;
	struct enc_program_file *files;
	size_t file_count;
	uint8_t *stdin_bytes;
	size_t stdin_length;
	uint32_t environment;	       /* index into the backend's facts */
	const struct enc_place *place; /* of the backend's facts */
	char request_sha256[ENC_SHA256_HEX_BYTES];
	char *idempotency_key; /* NULL if there is none */
	bool hold; /* somebody waits for the end: creation may wait for start */
};

/* enc_session_spec_new() - with a record of nulls */
struct enc_session_spec *enc_session_spec_new(void);
void enc_session_spec_free(struct enc_session_spec *spec);

/*
 * enc_session_spec_bytes() - the size of all that a request can make large:
 * code, input, arguments, environment, files and labels
 */
size_t enc_session_spec_bytes(const struct enc_session_spec *spec);

/* What has happened, as milliseconds of the wall clock; 0: not yet. */
struct enc_session_times {
	int64_t created_ms;
	int64_t queued_ms; /* the rest is monotonic, to measure stages */
	int64_t begun_us;
	int64_t admitted_us;
	int64_t ready_us;
	int64_t launched_us;
	int64_t first_byte_us;
	int64_t ended_us;
	int64_t started_wall_ms;
	int64_t finished_wall_ms;
};

struct enc_session;

/* What an observer is told. */
enum enc_session_news {
	ENC_SESSION_CREATED, /* it is durable */
	ENC_SESSION_MORE,    /* there is something more to stream */
	ENC_SESSION_ENDED,   /* outcome and result are durable */
	ENC_SESSION_SEALED,  /* nothing more will come */
	ENC_SESSION_LOST,    /* it couldn't be recorded; @err says why */
};

/* Embed it; remove it before it is freed. */
struct enc_session_observer {
	struct enc_list link;
	void (*told)(struct enc_session_observer *observer,
		     struct enc_session *session, enum enc_session_news news);
};

struct enc_session {
	char id[ENC_SESSION_ID_BYTES];
	uint64_t number;
	struct enc_session_spec *spec;
	enum enc_phase phase;	 /* as told: durable */
	enum enc_phase outcome;	 /* PENDING until it has ended */
	const char *kill_reason; /* static or NULL */
	struct enc_error reason; /* code ENC_OK: none */
	const char *reason_code;
	const char *backend; /* the name of its place */
	enum enc_isolation isolation;
	struct enc_sandbox_facts facts;
	bool have_facts;
	struct enc_backend_environment environment;
	bool was_started;
	struct enc_session_times times;
	struct enc_usage usage;
	uint64_t egress_attempts;
	uint64_t durable_egress_attempts; /* those that are told so far */
	uint64_t suppressed_lines;	  /* past the limit, summed up only */
	bool have_exit;
	int exit_code;
	int signal;
	uint64_t out_bytes[ENC_STREAM_MAX]; /* kept */
	uint64_t dropped[ENC_STREAM_MAX];
	struct enc_buf result; /* JSON text; empty if there is none */
	bool have_result;
	struct enc_audit_chain chain;
	char genesis[ENC_AUDIT_GENESIS_MAX_BYTES + 1];
	struct enc_session_log log; /* of a live one */
	size_t line_count;	    /* audit lines in it */
	size_t durable_lines;
	char durable_head[ENC_SHA256_HEX_BYTES]; /* the last one's hash */
	bool sealed;				 /* durable */
	struct enc_list observers;

	/* One from the store, to read only: record.json isn't NULL. */
	struct enc_record record;
	uint64_t last_seq; /* of its entries */
};

/* init and clear for one that is part of something; new and free else */
void enc_session_init(struct enc_session *session);
void enc_session_clear(struct enc_session *session);
struct enc_session *enc_session_new(void);
void enc_session_free(struct enc_session *session);

/* enc_session_tell() - every observer; one may remove itself meanwhile */
void enc_session_tell(struct enc_session *session, enum enc_session_news news);

/*
 * enc_session_is_live() - false for one from the store, to which nothing
 * happens any more
 */
bool enc_session_is_live(const struct enc_session *session);

/*
 * enc_session_record() - a live session as a record; its texts are borrowed
 * @phase: as which it shall be shown
 */
struct enc_record enc_session_record(const struct enc_session *session,
				     enum enc_phase phase);

/* enc_session_result_record() - of a live session that has ended */
struct enc_result_record
enc_session_result_record(const struct enc_session *session);

/*
 * enc_session_write_head() - append the public Session up to the value of its
 * last member, `result`. That value and a brace complete it.
 */
void enc_session_write_head(const struct enc_session *session,
			    struct enc_buf *out);

/* enc_session_write_row() - append a session of a list; its result is null */
ENC_NODISCARD enum enc_code
enc_session_write_row(const struct enc_store_session *row, struct enc_buf *out,
		      struct enc_error *err);

/* enc_session_policy() - limits and egress, canonical, for the genesis */
void enc_session_policy(const struct enc_session_spec *spec,
			struct enc_buf *out);

/**
 * enc_session_load() - a session from the store, without its log and result
 * @org: NULL: of any
 */
ENC_NODISCARD enum enc_code enc_session_load(struct enc_store *store,
					     const char *org, const char *id,
					     struct enc_session **ret_session,
					     struct enc_error *err);

#endif
