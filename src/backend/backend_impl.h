#ifndef ENC_BACKEND_BACKEND_IMPL_H
#define ENC_BACKEND_BACKEND_IMPL_H

/*
 * For implementations of a backend; users include backend.h.
 *
 * An implementation reports what it sees, when it sees it, in any order.
 * backend.c drops a report that has become meaningless, such as an exit that
 * crossed with a kill, or READY after a stop. An implementation has three
 * duties:
 *
 * * It never reports from inside an operation, only from the loop.
 * * After destroy it calls enc_sandbox_report_gone() once, when no callback of
 *   libuv can reach the sandbox any more.
 * * It doesn't touch the sandbox after that call.
 *
 * Any report may make the sink stop or destroy the same sandbox before the
 * report returns. The memory stays valid: only enc_sandbox_report_gone() frees
 * it.
 */

#include "backend.h"
#include "list.h"
#include "sandbox_state.h"

/* The base of every backend; the first member of an implementation's struct. */
struct enc_backend {
	const struct enc_backend_ops *ops;
	struct enc_backend_options options;
	struct enc_backend_facts facts; /* filled in by the implementation */
	uv_thread_t thread;
	struct enc_list sandboxes; /* prepared and not yet gone */
	uint64_t last_number;
	bool opened;
	bool lost;
};

/*
 * The base of every sandbox; the first member of an implementation's struct.
 * Implementations only read it.
 */
struct enc_sandbox {
	struct enc_backend *backend;
	struct enc_sink *sink;
	struct enc_list link;
	uint64_t number; /* number of the sandbox, shown in the log */
	uint64_t tag;	 /* the launcher's; 0: it has none. Set by prepare */
	unsigned int outside;	      /* of the claim: ENC_OUTSIDE_flags */
	enum enc_sandbox_state state; /* set by backend.c only */
	/* In CLAIMING: the last state that the caller asked for. */
	enum enc_sandbox_state wanted;
	/* The program that is loaded, or whose load waits for the claim. */
	const struct enc_program *program;
	/* Rules that were set while the load waits for the claim. */
	const char *const *rules;
	size_t rule_count;
	bool rules_wait;
	bool in_operation;
};

/*
 * enc_backend_open_fn - begin to open the backend; the loop later reports
 * `opened` or `lost`. @backend is zeroed memory of ops->backend_size.
 */
typedef void enc_backend_open_fn(struct enc_backend *backend);

/*
 * enc_backend_close_fn - close the backend; calls enc_backend_closed() once at
 * the end
 */
typedef void enc_backend_close_fn(struct enc_backend *backend);

/**
 * enc_backend_prepare_fn - begin to make an inert sandbox
 * @sandbox: zeroed memory of ops->sandbox_size, base filled in
 * @spec:    borrowed for the call; its environment exists
 *
 * Whatever can fail at once should be done first. After a failure the memory is
 * freed without destroy, so no handle may be left in the loop. A later failure
 * is reported by enc_sandbox_report_failed().
 */
typedef enum enc_code
enc_backend_prepare_fn(struct enc_sandbox *sandbox,
		       const struct enc_sandbox_spec *spec,
		       struct enc_error *err);

/*
 * enc_backend_claim_fn - begin to put checked limits in force; called in
 * CLAIMING. enc_sandbox_claimed() reports that they are in force; it may be
 * called later or from inside this function. Until then neither load nor start
 * is called. @outside: ENC_OUTSIDE_flags.
 */
typedef enum enc_code enc_backend_claim_fn(struct enc_sandbox *sandbox,
					   const struct enc_limits *limits,
					   unsigned int outside,
					   struct enc_error *err);

/*
 * enc_backend_load_fn - keep the program or send it in; called in CLAIMED only
 */
typedef enum enc_code enc_backend_load_fn(struct enc_sandbox *sandbox,
					  const struct enc_program *program,
					  struct enc_error *err);

/* enc_backend_start_fn - let the program run; called in LOADED only */
typedef enum enc_code enc_backend_start_fn(struct enc_sandbox *sandbox,
					   struct enc_error *err);

/*
 * enc_backend_rules_fn - replace the allowlist of a program that has one; called
 * in LOADED and RUNNING only
 */
typedef enum enc_code enc_backend_rules_fn(struct enc_sandbox *sandbox,
					   const char *const *rules,
					   size_t count, struct enc_error *err);

/*
 * enc_backend_recorded_fn - tell how many EGRESS and CALL reports are durable;
 * called in RUNNING only, also from inside a report
 */
typedef void enc_backend_recorded_fn(struct enc_sandbox *sandbox,
				     uint64_t count);

/*
 * enc_backend_hold_fn - stop reading what the program writes, or go on; called
 * in RUNNING and STOPPING only, also from inside a report. NULL: there is no
 * pipe.
 */
typedef void enc_backend_hold_fn(struct enc_sandbox *sandbox, bool hold);

/*
 * enc_backend_stop_fn - begin to kill; called at most once, before the end is
 * reported
 */
typedef void enc_backend_stop_fn(struct enc_sandbox *sandbox);

/*
 * enc_backend_destroy_fn - begin to remove everything; called once, in any
 * state
 */
typedef void enc_backend_destroy_fn(struct enc_sandbox *sandbox);

struct enc_backend_ops {
	const char *name;    /* name for messages and the log */
	size_t backend_size; /* size of the struct that begins with the base */
	size_t sandbox_size;
	enc_backend_open_fn *open;
	enc_backend_close_fn *close;
	enc_backend_prepare_fn *prepare;
	enc_backend_claim_fn *claim;
	enc_backend_load_fn *load;
	enc_backend_start_fn *start;
	enc_backend_rules_fn *set_rules;
	enc_backend_recorded_fn *recorded;
	enc_backend_hold_fn *hold;
	enc_backend_stop_fn *stop;
	enc_backend_destroy_fn *destroy;
};

/* enc_backend_report_opened() - report that the facts are complete */
void enc_backend_report_opened(struct enc_backend *backend);

/* enc_backend_report_vault() - offer a link to the vault; *fd is -1 if taken */
void enc_backend_report_vault(struct enc_backend *backend, int *fd);

/*
 * enc_backend_report_lost() - report that no more sandboxes can be made, and a
 * failure of each one that hasn't ended. Further calls do nothing.
 */
void enc_backend_report_lost(struct enc_backend *backend,
			     const struct enc_error *why);

/* enc_backend_closed() - last step of a backend's close(): free @backend */
void enc_backend_closed(struct enc_backend *backend);

/*
 * enc_sandbox_report() - report anything except GONE; @report is borrowed for
 * the call
 */
void enc_sandbox_report(struct enc_sandbox *sandbox,
			const struct enc_report *report);

/*
 * enc_sandbox_claimed() - report that the limits are in force. A load or a
 * start that waits follows now; if it fails, the sandbox ends. Of all reports
 * only this one is allowed inside an operation.
 */
void enc_sandbox_claimed(struct enc_sandbox *sandbox);

/* enc_sandbox_report_failed() - report ENDED with a failure of the backend */
void enc_sandbox_report_failed(struct enc_sandbox *sandbox,
			       const struct enc_error *why);

/* enc_sandbox_report_gone() - report that nothing is left; frees @sandbox */
void enc_sandbox_report_gone(struct enc_sandbox *sandbox);

/*
 * enc_program_launch() - the message that starts a program
 * @ret_launch: borrows from @program
 *
 * Return: as enc_program_check()
 */
ENC_NODISCARD enum enc_code
enc_program_launch(const struct enc_program *program,
		   struct enc_message_launch *ret_launch,
		   struct enc_error *err);

#endif
