#ifndef ENC_BACKEND_BACKEND_H
#define ENC_BACKEND_BACKEND_H

/*
 * Theory of operation
 *
 * A backend makes sandboxes; a sandbox runs one program, once. Everything is
 * asynchronous: a call only makes a request. Its effects are reported to a sink,
 * on the thread of the loop, and never from inside a call.
 *
 *	enc_backend_new()     ... opened        facts: what it enforces
 *	enc_sandbox_prepare() ... READY         inert: no program is inside
 *	enc_sandbox_claim()                     it becomes a session's
 *	enc_sandbox_load()                      the program is sent in
 *	enc_sandbox_start()   ... STARTED, (OUTPUT | RESULT | EGRESS ...)*
 *	                      ... ENDED         exactly once
 *	enc_sandbox_destroy() ... GONE          nothing is left of it
 *
 * Every implementation gives a sink these guarantees:
 *
 * 1. A prepare that returned ENC_OK leads to exactly one ENDED, once the
 *    sandbox is stopped, destroyed or ends by itself. Only GONE follows it.
 * 2. A destroy leads to exactly one GONE, and to ENDED before it if that hasn't
 *    come yet. GONE is the last report about the sandbox.
 * 3. Stop and destroy are legal at any time: while preparing, from inside the
 *    sink, after the end. After a stop the cause is KILLED, however the kernel
 *    carried it out. So the reports are the same on every backend.
 *
 * Ownership: the caller owns the sandbox from prepare until it calls destroy,
 * and must call destroy, also after an end. After that it must not use the
 * sandbox any more. The caller owns the sink. A sink must live until GONE, or
 * until a claim has replaced it. A backend must outlive its sandboxes, and must
 * be freed before its loop is closed.
 *
 * Why GONE and not a blocking destroy: a kill may take the kernel a long time,
 * and the loop serves other sessions meanwhile. Why backend.c gives the
 * guarantees, and not each implementation: a kill, an exit and a cancel can
 * cross in very many orders.
 *
 * The launcher removes sandboxes that an earlier server left, before it sends
 * its facts. Their number is one of the facts.
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

/* Facts about a backend, known from `opened` on. */
struct enc_backend_facts {
	struct enc_places places; /* has at least one place */
	uint32_t cores;
	/* Memory of the machine; 0: irrelevant for this backend. */
	uint64_t memory_bytes;
	uint32_t sandboxes_max;
	uint32_t orphans_reaped;
	/* Whether sessions may have an allowlist. */
	bool egress;
	size_t environment_count;
	struct enc_backend_environment
		environments[ENC_LAUNCH_ENVIRONMENTS_MAX];
};

/* A file of the session, with a path below /work. */
struct enc_program_file {
	/* Path of the file. enc_message_path_ok() must accept it. */
	const char *path;
	uint32_t mode;
	const uint8_t *content;
	size_t length;
};

/* A program. All memory is borrowed from load until GONE. */
struct enc_program {
	const char *session_id;
	enum enc_language language;
	const char *code; /* source text; NULL for ENC_LANGUAGE_COMMAND */
	size_t code_length;
	const char *const *argv; /* arguments, ENC_MESSAGE_ARGV_MAX at most */
	size_t argv_count;
	const char *const *env; /* NAME=value, ENC_MESSAGE_ENV_MAX at most */
	size_t env_count;
	const struct enc_program_file *files;
	size_t file_count;
	const uint8_t *stdin_bytes;
	size_t stdin_length;
	uint64_t output_bytes; /* limit of output per stream */
	/*
	 * True: what the rules allow may be reached. Each rule is a canonical
	 * text (policy/rules.h). False: nothing may, and there are no rules.
	 */
	unsigned int outside;
	const char *const *rules; /* ENC_MESSAGE_RULES_MAX at most */
	size_t rule_count;
};

/*
 * enc_program_check() - whether arguments and environment fit into the frame
 * that starts a program. The rest of a program is cut into as many frames as it
 * needs.
 *
 * Return: ENC_OK; ENC_LIMIT
 */
ENC_NODISCARD enum enc_code enc_program_check(const struct enc_program *program,
					      struct enc_error *err);

/*
 * The properties that a sandbox gets when it is made, before its session is
 * known.
 */
struct enc_sandbox_spec {
	/* Name for messages: the session's id or "the pool". */
	const char *name;
	uint32_t environment; /* index into the environments of the facts */
	/* The language whose interpreter waits in the sandbox. */
	enum enc_language language;
	/* The place of the sandbox, from the facts of the backend; borrowed. */
	const struct enc_place *place;
	struct enc_limits limits; /* the limits of the claim that will follow */
	unsigned int outside;	  /* of that claim: ENC_OUTSIDE_flags */
};

/* READY: facts about a sandbox. */
struct enc_sandbox_facts {
	uint32_t layers; /* layers in force: ENC_LAYER_flags */
	struct enc_message_ready self_check;
	bool self_checked; /* false: this backend has no self-check */
	uint32_t init_us;
	uint32_t gate_us;
};

/* From the kernel's counters; all 0 if nothing was measured. */
struct enc_usage {
	bool measured;
	uint64_t cpu_us;
	uint64_t memory_peak_bytes;
	uint64_t pids_peak;
	uint64_t pids_denied;
	uint64_t oom_kills;
};

/* ENDED: why and how a sandbox ended, and its usage. */
struct enc_end {
	enum enc_cause cause; /* GATE_LOST and an early EXITED are failures */
	struct enc_error failure; /* the backend's failure; code ENC_OK: none */
	int exit_code;		  /* EXITED: 0..255, if signal is 0 */
	int signal;
	const char *counter_name; /* the counter that shows the cause, or "" */
	uint64_t counter;
	uint64_t limit;
	struct enc_usage usage;
	bool tallied; /* the gate has sent its tally */
	/* The gate's sums of the session; valid if `tallied`. */
	struct enc_message_tally tally;
};

enum enc_report_kind {
	/* The sandbox is inert and may be claimed, now or later. */
	ENC_REPORT_READY,
	/*
	 * Only for a claim with bindings, once it is in force: from now on they
	 * may be granted to the sandbox's tag.
	 */
	ENC_REPORT_CLAIMED,
	ENC_REPORT_STARTED, /* the program is running */
	/* Output of the program: hostile, in order per stream, never empty. */
	ENC_REPORT_OUTPUT,
	/* A result of the program: checked JSON. The last one counts. */
	ENC_REPORT_RESULT,
	ENC_REPORT_REJECTED, /* a result of the program that can't be used */
	ENC_REPORT_EGRESS,   /* allowed or denied egress attempts */
	ENC_REPORT_CALL,     /* calls of a service binding */
	ENC_REPORT_REDACTED, /* secrets that were masked */
	ENC_REPORT_SYSCALL,  /* system calls that were refused */
	ENC_REPORT_COUNTED,  /* events of which the gate reports only a count */
	ENC_REPORT_TRUNCATED, /* number of output bytes beyond the limit */
	ENC_REPORT_ENDED,
	/* After GONE the sink, and an unused backend, may be freed. */
	ENC_REPORT_GONE,
	ENC_REPORT_KIND_MAX,
};

struct enc_report {
	enum enc_report_kind kind;
	union {
		struct enc_sandbox_facts ready;
		uint64_t claimed; /* the launcher's tag of the sandbox */
		struct {
			enum enc_stream stream;
			const uint8_t *bytes;
			size_t length;
		} output;
		struct enc_text result;
		enum enc_reject_reason rejected;
		struct enc_message_egress egress;
		struct enc_message_call call;
		struct enc_message_redacted redacted;
		struct enc_message_syscall syscall;
		struct enc_message_counted counted;
		struct {
			enum enc_stream stream;
			uint64_t dropped;
		} truncated;
		struct enc_end ended;
	};
};

/* A user embeds this struct; hear() finds the outer struct by ENC_HOLDER(). */
struct enc_sink {
	/* @report is borrowed for the call. */
	void (*hear)(struct enc_sink *sink, const struct enc_report *report);
};

/* Embedded by the owner of a backend. Each function may be NULL. */
struct enc_backend_watcher {
	/* Called once: the facts are known, sandboxes may be prepared. */
	void (*opened)(struct enc_backend_watcher *watcher);
	/*
	 * Called once: every sandbox has ended or will end now, and no new one
	 * can be made.
	 */
	void (*lost)(struct enc_backend_watcher *watcher,
		     const struct enc_error *why);
	/*
	 * A vault was started, also after the death of another one. @fd is a
	 * link to it; this function takes it by ENC_TAKE_FD().
	 */
	void (*vault)(struct enc_backend_watcher *watcher, int *fd);
};

struct enc_backend_options {
	uv_loop_t *loop;
	struct enc_backend_watcher *watcher;
	int channel;	   /* host: channel to the launcher; taken */
	const char *first; /* host: name of the usual place; NULL: any */
	/* For a decorator: the backend that it wraps. */
	struct enc_backend *inner;
	/* Fault only: number of the call that fails; 0: none. */
	unsigned int fail_at;
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
 * enc_backend_free() - free a backend whose sandboxes are all gone; NULL is
 * fine. The loop must run once more before it is closed.
 */
void enc_backend_free(struct enc_backend *backend);

/*
 * enc_backend_name() - return the name of the usual place; not before `opened`
 */
const char *enc_backend_name(const struct enc_backend *backend);

/* enc_backend_facts_of() - return the facts; NULL before `opened` */
const struct enc_backend_facts *
enc_backend_facts_of(const struct enc_backend *backend);

/* enc_backend_healthy() - whether the backend is opened and not lost */
bool enc_backend_healthy(const struct enc_backend *backend);

/**
 * enc_sandbox_prepare() - ask the backend of @spec's place for an inert sandbox
 * @spec:        borrowed for the call; its place isn't NULL
 * @sink:        borrowed until GONE; not used if this call fails
 * @ret_sandbox: on success: owned by the caller, until enc_sandbox_destroy()
 *
 * Return: ENC_OK; ENC_BAD_REQUEST; ENC_UNAVAILABLE before `opened` and after
 * `lost`; ENC_BACKEND (retry)
 */
ENC_NODISCARD enum enc_code
enc_sandbox_prepare(const struct enc_sandbox_spec *spec, struct enc_sink *sink,
		    struct enc_sandbox **ret_sandbox, struct enc_error *err);

/**
 * enc_sandbox_claim() - make a sandbox a session's and put its limits in force
 * @limits: copied; clocks run from start on
 * @outside: ENC_OUTSIDE_flags; with any of them the gate may get sockets
 * @sink:   gets every report from now on, also GONE; the former sink gets none
 *
 * The limits are in force before the program is sent in: a load or a start that
 * is called meanwhile waits for them.
 *
 * Return: ENC_OK; ENC_CONFLICT unless the sandbox is READY; ENC_BAD_REQUEST for
 * limits out of range; ENC_BACKEND, and the sandbox is still READY with its
 * former sink
 */
ENC_NODISCARD enum enc_code enc_sandbox_claim(struct enc_sandbox *sandbox,
					      const struct enc_limits *limits,
					      unsigned int outside,
					      struct enc_sink *sink,
					      struct enc_error *err);

/**
 * enc_sandbox_load() - send the program into the sandbox, without running it
 * @program: borrowed until GONE; another language than that of the spec takes
 *           longer
 *
 * Return: ENC_OK; ENC_CONFLICT unless the sandbox is CLAIMED; ENC_LIMIT;
 * ENC_BACKEND, and the sandbox is still CLAIMED: try again or destroy it. If a
 * load waits for the claim and then fails, the sandbox ends.
 */
ENC_NODISCARD enum enc_code enc_sandbox_load(struct enc_sandbox *sandbox,
					     const struct enc_program *program,
					     struct enc_error *err);

/**
 * enc_sandbox_start() - let the program run
 *
 * Return: ENC_OK; ENC_CONFLICT unless a program is loaded; ENC_BACKEND, and the
 * state is unchanged
 */
ENC_NODISCARD enum enc_code enc_sandbox_start(struct enc_sandbox *sandbox,
					      struct enc_error *err);

/**
 * enc_sandbox_set_rules() - replace the allowlist of a loaded program
 * @rules: canonical texts; borrowed until they are replaced or until GONE
 *
 * If the load still waits for the claim, the rules wait with it.
 *
 * Return: ENC_OK; ENC_CONFLICT unless a program with an allowlist is loaded or
 * runs; ENC_BACKEND, and the former rules are in force
 */
ENC_NODISCARD enum enc_code enc_sandbox_set_rules(struct enc_sandbox *sandbox,
						  const char *const *rules,
						  size_t count,
						  struct enc_error *err);

/*
 * enc_sandbox_recorded() - tell that the first @count EGRESS and CALL reports are
 * durable
 *
 * No byte of a program leaves before its report is durable. Does nothing unless
 * such a program is running.
 */
void enc_sandbox_recorded(struct enc_sandbox *sandbox, uint64_t count);

/*
 * enc_sandbox_hold() - stop reading what a running program writes, or go on
 *
 * The sink may still get what was read before. A held program blocks in
 * write(2) once the pipes are full. The end of a held sandbox is reported as
 * usual. Does nothing unless the sandbox is running.
 */
void enc_sandbox_hold(struct enc_sandbox *sandbox, bool hold);

/*
 * enc_sandbox_stop() - end a sandbox; may be called several times, also after
 * its end
 */
void enc_sandbox_stop(struct enc_sandbox *sandbox);

/*
 * enc_sandbox_destroy() - end a sandbox and remove everything of it; takes
 * @sandbox, which may be NULL
 */
void enc_sandbox_destroy(struct enc_sandbox *sandbox);

#endif
