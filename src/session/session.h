#ifndef ENC_SESSION_SESSION_H
#define ENC_SESSION_SESSION_H

/*
 * A session: its request, its state, and the news that users got of it. Only
 * the orchestrator writes it; the API reads and observes it.
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
	ENC_SESSION_LINES_MAX = 4096, /* further events are only counted */
	ENC_SESSION_LAST_LINES = 16,  /* reserved for the lines about the end */
	/* Reserved before them for replaced allowlists, which users cause. */
	ENC_SESSION_REPLACED_LINES = 64,
	/*
	 * A repeated attempt gets a line while the log has fewer lines than
	 * this.
	 */
	ENC_SESSION_REPEATED_LINES = 2048,
	/*
	 * Egress attempts get lines up to here; system calls may use the rest.
	 */
	ENC_SESSION_EGRESS_LINES = 3584,
};

/* The only variable of Enclave's own that a program gets; the id follows. */
#define ENC_SESSION_VARIABLE "ENCLAVE_SESSION_ID="

/* A checked request. The struct owns everything in it. */
struct enc_session_spec {
	struct enc_record record; /* the fields that a request sets */
	char *code;		  /* source text; NULL for a command */
	size_t code_length;
	char **argv;
	size_t argv_count;
	char **env; /* NAME=value; has room for one more entry */
	size_t env_count;
	struct enc_program_file *files;
	size_t file_count;
	uint8_t *stdin_bytes;
	size_t stdin_length;
	uint32_t environment; /* index into the backend's environments */
	/* The place of the session, borrowed from the backend's facts. */
	const struct enc_place *place;
	char request_sha256[ENC_SHA256_HEX_BYTES];
	char *idempotency_key; /* key of the request; NULL: no key */
	/*
	 * A client waits for the result, so the creation may be flushed
	 * together with the start.
	 */
	bool hold;
};

/*
 * enc_session_spec_new() - make an empty spec, whose record is ENC_RECORD_NONE
 */
struct enc_session_spec *enc_session_spec_new(void);
void enc_session_spec_free(struct enc_session_spec *spec);

/*
 * enc_session_spec_bytes() - sum up the sizes of code, stdin, arguments,
 * environment, files and labels, which a request can make large
 */
size_t enc_session_spec_bytes(const struct enc_session_spec *spec);

/* enc_session_outside() - what it may reach: ENC_OUTSIDE_flags */
unsigned int enc_session_outside(const struct enc_session_spec *spec);

/* enc_session_spec_program() - the program of a request; borrows from @spec */
struct enc_program enc_session_spec_program(const struct enc_session_spec *spec,
					    const char *session_id);

/**
 * enc_session_spec_check() - whether the program of a request can be started,
 * however long its session's id will be
 *
 * Return: ENC_OK; ENC_LIMIT
 */
ENC_NODISCARD enum enc_code
enc_session_spec_check(const struct enc_session_spec *spec,
		       struct enc_error *err);

/*
 * When each step happened; 0: not yet. Fields in us are of the monotonic clock,
 * fields in ms of the wall clock.
 */
struct enc_session_times {
	int64_t created_ms;
	int64_t queued_ms;
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

/* The news that an observer gets. */
enum enc_session_news {
	ENC_SESSION_CREATED, /* the session is durable */
	ENC_SESSION_MORE,    /* new events can be streamed */
	ENC_SESSION_ENDED,   /* outcome and result are durable */
	ENC_SESSION_SEALED,  /* the log is sealed; the last news of a session */
	/*
	 * The session has ended, and for seconds the store has refused to
	 * record that; see `unrecorded`. Told again and again until it does.
	 */
	ENC_SESSION_UNRECORDED,
	ENC_SESSION_LOST, /* the session can't be recorded; `reason` says why */
};

/* A user embeds this struct, and removes it from the list before freeing it. */
struct enc_session_observer {
	struct enc_list link;
	void (*told)(struct enc_session_observer *observer,
		     struct enc_session *session, enum enc_session_news news);
};

struct enc_session {
	char id[ENC_SESSION_ID_BYTES];
	uint64_t number;
	struct enc_session_spec *spec;
	enum enc_phase phase;	 /* the durable phase, which users see */
	enum enc_phase outcome;	 /* PENDING until the program has ended */
	const char *kill_reason; /* name of the kill reason, static; or NULL */
	struct enc_error reason; /* code ENC_OK: there is no reason */
	const char *reason_code;
	/* Why the end isn't recorded yet; code ENC_OK: nobody need be told. */
	struct enc_error unrecorded;
	const char *backend; /* name of the session's place */
	enum enc_isolation isolation;
	struct enc_sandbox_facts facts;
	bool have_facts;
	struct enc_backend_environment environment;
	bool was_started;
	struct enc_session_times times;
	struct enc_usage usage;
	uint64_t egress_attempts;
	/* As of the last durable change set. */
	uint64_t durable_egress_attempts;
	/*
	 * As of the last durable change set. The list of spec->record may be
	 * newer.
	 */
	struct enc_allowlist *durable_allowlist;
	/* How often the allowlist was replaced, and how often durably. */
	uint64_t replacements;
	uint64_t durable_replacements;
	uint64_t suppressed_lines; /* events that a full log left out */
	bool have_exit;
	int exit_code;
	int signal;
	uint64_t out_bytes[ENC_STREAM_MAX]; /* output bytes in the log */
	uint64_t dropped[ENC_STREAM_MAX];
	struct enc_buf result; /* JSON text; empty without a result */
	bool have_result;
	struct enc_audit_chain chain;
	char genesis[ENC_AUDIT_GENESIS_MAX_BYTES + 1];
	struct enc_session_log log; /* used while the session is live */
	size_t line_count;	    /* audit lines in the log */
	size_t durable_lines;
	/* Hash of the last durable line. */
	char durable_head[ENC_SHA256_HEX_BYTES];
	bool sealed; /* the seal of the log is durable */
	struct enc_list observers;

	/*
	 * Set for a session that was loaded from the store: record.json isn't
	 * NULL then.
	 */
	struct enc_record record;
	uint64_t last_seq; /* the number of the last stored entry */
};

/*
 * init and clear are for an embedded session, new and free for one on the heap.
 */
void enc_session_init(struct enc_session *session);
void enc_session_clear(struct enc_session *session);
struct enc_session *enc_session_new(void);
void enc_session_free(struct enc_session *session);

/*
 * enc_session_tell() - call told() of every observer; told() may remove its
 * observer
 */
void enc_session_tell(struct enc_session *session, enum enc_session_news news);

/*
 * enc_session_is_live() - false for a session that was loaded from the store,
 * which never changes again
 */
bool enc_session_is_live(const struct enc_session *session);

/*
 * enc_session_record() - make the record of a live session; texts are borrowed
 * from the session
 * @phase: the phase that the record shows
 */
struct enc_record enc_session_record(const struct enc_session *session,
				     enum enc_phase phase);

/*
 * enc_session_result_record() - make the result record of a live session that
 * has ended
 */
struct enc_result_record
enc_session_result_record(const struct enc_session *session);

/*
 * enc_session_write_head() - append the public Session up to the value of its
 * last member, `result`. The caller appends that value and a brace.
 */
void enc_session_write_head(const struct enc_session *session,
			    struct enc_buf *out);

/*
 * enc_session_write_row() - append a stored session as JSON for a list, with
 * `result` null
 */
ENC_NODISCARD enum enc_code
enc_session_write_row(const struct enc_store_session *row, struct enc_buf *out,
		      struct enc_error *err);

/*
 * enc_session_policy() - append limits and egress rules in canonical JSON, as
 * docs/protocol/audit.md has them; the genesis of the audit log has the hash of
 * this text
 */
void enc_session_policy(const struct enc_session_spec *spec,
			struct enc_buf *out);

/**
 * enc_session_load() - load a session from the store, without its log and
 * result
 * @org:         NULL: the session may belong to any organisation
 * @ret_session: on success: owned, free with enc_session_free()
 *
 * Return: ENC_OK; ENC_NOT_FOUND; ENC_INTERNAL for a damaged record; another
 * error of the store
 */
ENC_NODISCARD enum enc_code enc_session_load(struct enc_store *store,
					     const char *org, const char *id,
					     struct enc_session **ret_session,
					     struct enc_error *err);

#endif
