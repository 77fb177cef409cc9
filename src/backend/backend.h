#ifndef ENC_BACKEND_BACKEND_H
#define ENC_BACKEND_BACKEND_H

/*
 * Theory of operation
 *
 * A backend makes sandboxes; a sandbox runs one program, once. Everything is
 * asynchronous: a call only asks, and what then happens comes back as reports
 * to one sink, on the thread of the loop, never from inside a call.
 *
 *	enc_backend_open()    ... opened        what this backend enforces
 *	enc_sandbox_prepare() ... READY         it is inert: no foreign byte
 *	enc_sandbox_claim()                     it becomes a session's
 *	enc_sandbox_load()                      the program is carried in
 *	enc_sandbox_start()   ... STARTED, (OUTPUT | RESULT | EGRESS ...)*
 *	                      ... ENDED         exactly once
 *	enc_sandbox_destroy() ... GONE          nothing is left of it
 *
 * What a sink may count on, whatever the implementation does:
 *
 *   1. A prepare that returned ENC_OK leads to exactly one ENDED, once the
 *      sandbox is stopped, destroyed or ends by itself. Nothing but GONE
 *      follows it.
 *   2. A destroy leads to exactly one GONE, and to ENDED before it if that
 *      was still owed. It is the last word about the sandbox.
 *   3. Stop and destroy are legal at any moment: while preparing, from inside
 *      the sink, after the end. Who asked for the end is told the cause
 *      KILLED, not how the kernel happened to bring it about; so the story is
 *      the same on every backend.
 *
 * Ownership: the caller owns the sandbox from prepare until it calls destroy,
 * and must call destroy, also after an end. From then on it must not name the
 * sandbox any more. The sink is the caller's and must live until GONE, or until
 * a claim has put another in its place. A
 * backend must outlive its sandboxes, and is freed before its loop is closed.
 *
 * Why GONE and not a blocking destroy: a kill may take as long as the kernel
 * likes, and the loop serves other sessions meanwhile. Why the guarantees are
 * kept here and not by each implementation: there will be five of those, and
 * the orders in which a kill, an exit and a cancel cross are endless.
 *
 * Leftovers of a former life are the launcher's to remove, before it says what
 * it enforces; how many there were is a fact of the backend.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <uv.h>

#include "err.h"
#include "launch.h"
#include "message.h"
#include "place.h"

struct enc_backend;
struct enc_backend_ops;
struct enc_sandbox;
struct enc_sink;

extern const struct enc_backend_ops enc_backend_simulator;
extern const struct enc_backend_ops enc_backend_host;
extern const struct enc_backend_ops enc_backend_fault;

enum enc_stream {
	ENC_STREAM_STDOUT,
	ENC_STREAM_STDERR,
	ENC_STREAM_MAX,
};

struct enc_backend_environment {
	char name[ENC_LAUNCH_NAME_BYTES];
	char digest[ENC_LAUNCH_DIGEST_BYTES];
};

/* What a backend is and enforces, from `opened` on. */
struct enc_backend_facts {
	struct enc_places places; /* at least one */
	uint32_t cores;
	uint64_t memory_bytes; /* of the machine; 0 if it doesn't matter */
	uint32_t sandboxes_max;
	uint32_t orphans_reaped;
	size_t environment_count;
	struct enc_backend_environment
		environments[ENC_LAUNCH_ENVIRONMENTS_MAX];
};

/* A file of the session, below /work. */
struct enc_program_file {
	const char *path; /* enc_message_path_ok() holds */
	uint32_t mode;
	const uint8_t *content;
	size_t length;
};

/* What to run. All of it is borrowed from load until GONE. */
struct enc_program {
	const char *session_id;
	enum enc_language language;
	const char *code; /* NULL for ENC_LANGUAGE_COMMAND */
	size_t code_length;
	const char *const *argv; /* at most ENC_MESSAGE_ARGV_MAX */
	size_t argv_count;
	const char *const *env; /* NAME=value, ENC_MESSAGE_ENV_MAX at most */
	size_t env_count;
	const struct enc_program_file *files;
	size_t file_count;
	const uint8_t *stdin_bytes;
	size_t stdin_length;
	uint64_t output_bytes; /* kept of each stream */
};

/* What to make: all that has to be known before a session is. */
struct enc_sandbox_spec {
	const char *name;	    /* for messages: the session's id, "pool" */
	uint32_t environment;	    /* index into the facts */
	enum enc_language language; /* whose interpreter shall wait */
	const struct enc_place *place; /* of a backend's facts */
	struct enc_limits limits;      /* what it will be claimed with */
};

/* READY: what is around the program. */
struct enc_sandbox_facts {
	uint32_t layers; /* ENC_LAYER_flags */
	struct enc_message_ready self_check;
	bool self_checked; /* false: nothing was there to be tried */
	uint32_t init_us;
	uint32_t gate_us;
};

/* From the kernel's counters; all 0 where there is no kernel. */
struct enc_usage {
	bool measured;
	uint64_t cpu_us;
	uint64_t memory_peak_bytes;
	uint64_t pids_peak;
	uint64_t pids_denied;
	uint64_t oom_kills;
};

/* ENDED: why, how, and what it took. */
struct enc_end {
	enum enc_cause cause;	  /* EXITED too early, GATE_LOST fail */
	struct enc_error failure; /* code ENC_OK: the backend did its part */
	int exit_code;		  /* EXITED: 0..255, when signal is 0 */
	int signal;
	const char *counter_name; /* the counter that told the cause, or "" */
	uint64_t counter;
	uint64_t limit;
	struct enc_usage usage;
	bool tallied;			/* the gate could still say it */
	struct enc_message_tally tally; /* of the gate, if so */
};

enum enc_report_kind {
	ENC_REPORT_READY,     /* inert; it may be claimed, from here or later */
	ENC_REPORT_STARTED,   /* the program is running */
	ENC_REPORT_OUTPUT,    /* in order per stream, never empty; hostile */
	ENC_REPORT_RESULT,    /* JSON text, checked; the last one counts */
	ENC_REPORT_REJECTED,  /* a result that can't be used */
	ENC_REPORT_EGRESS,    /* judged attempts */
	ENC_REPORT_SYSCALL,   /* refused system calls */
	ENC_REPORT_COUNTED,   /* what the gate only counts */
	ENC_REPORT_TRUNCATED, /* output past the limit */
	ENC_REPORT_ENDED,
	ENC_REPORT_GONE, /* the sink, and an unused backend, may be freed */
	ENC_REPORT_KIND_MAX,
};

struct enc_report {
	enum enc_report_kind kind;
	union {
		struct enc_sandbox_facts ready;
		struct {
			enum enc_stream stream;
			const uint8_t *bytes;
			size_t length;
		} output;
		struct enc_text result;
		enum enc_reject_reason rejected;
		struct enc_message_egress egress;
		struct enc_message_syscall syscall;
		struct enc_message_counted counted;
		struct {
			enum enc_stream stream;
			uint64_t dropped;
		} truncated;
		struct enc_end ended;
	};
};

/* Embed it; the function gets back to the holder by ENC_HOLDER(). */
struct enc_sink {
	/* @report is borrowed for the call. */
	void (*hear)(struct enc_sink *sink, const struct enc_report *report);
};

/* Who made the backend. Both may be NULL. */
struct enc_backend_watcher {
	/* Once: facts are there, sandboxes may be asked for. */
	void (*opened)(struct enc_backend_watcher *watcher);
	/* Once: every sandbox has ended or is about to, no new one is made. */
	void (*lost)(struct enc_backend_watcher *watcher,
		     const struct enc_error *why);
};

struct enc_backend_options {
	uv_loop_t *loop;
	struct enc_backend_watcher *watcher;
	int channel;		   /* host: to the launcher; taken */
	const char *first;	   /* host: the usual place; NULL: any */
	struct enc_backend *inner; /* decorators only */
	unsigned int fail_at;	   /* fault only: 1 is the first call, 0 none */
};

/**
 * enc_backend_new() - make a backend and begin to open it
 * @options: copied; what it points to is borrowed until enc_backend_free()
 *
 * Return: the backend, never NULL; the caller frees it
 */
struct enc_backend *enc_backend_new(const struct enc_backend_ops *ops,
				    const struct enc_backend_options *options);

/*
 * enc_backend_free() - NULL is fine; every sandbox must be gone. The loop must
 * be run once more before it is closed.
 */
void enc_backend_free(struct enc_backend *backend);

/* enc_backend_name() - of the usual place, from `opened` on */
const char *enc_backend_name(const struct enc_backend *backend);

/* enc_backend_facts_of() - NULL before `opened` */
const struct enc_backend_facts *
enc_backend_facts_of(const struct enc_backend *backend);

/* enc_backend_healthy() - opened and not lost */
bool enc_backend_healthy(const struct enc_backend *backend);

/**
 * enc_sandbox_prepare() - ask the backend of @spec's place for an inert sandbox
 * @spec:        borrowed for the call; its place isn't NULL
 * @sink:        borrowed until GONE; not used when this fails
 * @ret_sandbox: on success: the caller's, until enc_sandbox_destroy()
 *
 * Return: ENC_OK; ENC_BAD_REQUEST; ENC_UNAVAILABLE before `opened` and after
 * `lost`; ENC_BACKEND (retry)
 */
ENC_NODISCARD enum enc_code
enc_sandbox_prepare(const struct enc_sandbox_spec *spec, struct enc_sink *sink,
		    struct enc_sandbox **ret_sandbox, struct enc_error *err);

/**
 * enc_sandbox_claim() - make it a session's: its limits are put on
 * @limits: copied; in force before the program runs, the clocks from start on
 * @sink:   hears everything from now on, also GONE; the former one nothing more
 *
 * They are in force before the program is carried in: a load or a start that
 * comes while they are being put on waits for them.
 *
 * Return: ENC_OK; ENC_CONFLICT unless it is ready; ENC_BAD_REQUEST for limits
 * out of range; ENC_BACKEND, and then it is still ready and the sink the same
 */
ENC_NODISCARD enum enc_code enc_sandbox_claim(struct enc_sandbox *sandbox,
					      const struct enc_limits *limits,
					      struct enc_sink *sink,
					      struct enc_error *err);

/**
 * enc_sandbox_load() - carry the program in, without letting it run
 * @program: borrowed until GONE; of the language that was prepared, or of
 *           another, which takes longer
 *
 * Return: ENC_OK; ENC_CONFLICT unless it is claimed; ENC_LIMIT; ENC_BACKEND,
 * and then it is still claimed: try again or destroy it. A load that waits for
 * the claim and fails then ends the sandbox.
 */
ENC_NODISCARD enum enc_code enc_sandbox_load(struct enc_sandbox *sandbox,
					     const struct enc_program *program,
					     struct enc_error *err);

/**
 * enc_sandbox_start() - let the program run
 *
 * Return: ENC_OK; ENC_CONFLICT unless it is loaded; ENC_BACKEND as above
 */
ENC_NODISCARD enum enc_code enc_sandbox_start(struct enc_sandbox *sandbox,
					      struct enc_error *err);

/*
 * enc_sandbox_hold() - stop reading what a running program writes, or go on
 *
 * The sink may still get what was read before. A held program waits in its
 * write once the pipes are full. Its end is reported as usual: an end lets the
 * sandbox go. Does nothing unless the sandbox is running.
 */
void enc_sandbox_hold(struct enc_sandbox *sandbox, bool hold);

/* enc_sandbox_stop() - end it; any number of times, also after the end */
void enc_sandbox_stop(struct enc_sandbox *sandbox);

/* enc_sandbox_destroy() - end it, leave nothing; takes @sandbox, or NULL */
void enc_sandbox_destroy(struct enc_sandbox *sandbox);

#endif
