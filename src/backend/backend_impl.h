#ifndef ENC_BACKEND_BACKEND_IMPL_H
#define ENC_BACKEND_BACKEND_IMPL_H

/*
 * For those who implement a backend; users include backend.h.
 *
 * An implementation reports what it sees, when it sees it, and keeps no rule
 * about order: backend.c drops a report that no longer means anything (the
 * exit that crossed with a kill, ready after a stop). It has three duties:
 *
 *   - never report from inside an operation, only from the loop;
 *   - after destroy, call enc_sandbox_report_gone() once, when no callback of
 *     libuv can reach the sandbox any more;
 *   - touch nothing of the sandbox after that call.
 *
 * Any report may lead to stop or destroy of the same sandbox before it
 * returns. The memory stays: only enc_sandbox_report_gone() frees it.
 */

#include "backend.h"
#include "list.h"
#include "sandbox_state.h"

/* First member, `base`, of every implementation's backend. */
struct enc_backend {
	const struct enc_backend_ops *ops;
	struct enc_backend_options options;
	struct enc_backend_facts facts; /* the implementation fills it in */
	uv_thread_t thread;
	struct enc_list sandboxes; /* prepared and not yet gone */
	uint64_t last_number;
	bool opened;
	bool lost;
};

/* First member, `base`, of every implementation's sandbox. Read only. */
struct enc_sandbox {
	struct enc_backend *backend;
	struct enc_sink *sink;
	struct enc_list link;
	uint64_t number;	      /* for the log */
	enum enc_sandbox_state state; /* backend.c has the only setter */
	/* CLAIMING: up to which state the caller has asked for already. */
	enum enc_sandbox_state wanted;
	const struct enc_program *program; /* of a load that waits */
	bool in_operation;
};

/*
 * enc_backend_open_fn - begin to open; `opened` or `lost` is reported, later,
 * from the loop. @backend is zeroed memory of ops->backend_size.
 */
typedef void enc_backend_open_fn(struct enc_backend *backend);

/* enc_backend_close_fn - let go; end with enc_backend_closed(), once */
typedef void enc_backend_close_fn(struct enc_backend *backend);

/**
 * enc_backend_prepare_fn - begin to bring up an inert sandbox
 * @sandbox: zeroed memory of ops->sandbox_size, base filled in
 * @spec:    borrowed for the call; its environment exists
 *
 * Do first what can fail at once. After a failure the memory is freed without
 * destroy, so no handle may be left in the loop: what fails later is a
 * report of enc_sandbox_report_failed().
 */
typedef enum enc_code
enc_backend_prepare_fn(struct enc_sandbox *sandbox,
		       const struct enc_sandbox_spec *spec,
		       struct enc_error *err);

/*
 * enc_backend_claim_fn - begin to put on checked limits; called once it is
 * CLAIMING. enc_sandbox_claimed() tells that they are in force, later or from
 * inside of this call: until then no load and no start is asked for.
 */
typedef enum enc_code enc_backend_claim_fn(struct enc_sandbox *sandbox,
					   const struct enc_limits *limits,
					   struct enc_error *err);

/* enc_backend_load_fn - keep or carry in the program; in CLAIMED only */
typedef enum enc_code enc_backend_load_fn(struct enc_sandbox *sandbox,
					  const struct enc_program *program,
					  struct enc_error *err);

/* enc_backend_start_fn - let the program run; called in LOADED only */
typedef enum enc_code enc_backend_start_fn(struct enc_sandbox *sandbox,
					   struct enc_error *err);

/*
 * enc_backend_hold_fn - stop or go on reading what the program writes; called in
 * RUNNING and STOPPING only, also from inside a report. NULL: there is no pipe.
 */
typedef void enc_backend_hold_fn(struct enc_sandbox *sandbox, bool hold);

/* enc_backend_stop_fn - begin to kill; at most once, before the end is told */
typedef void enc_backend_stop_fn(struct enc_sandbox *sandbox);

/* enc_backend_destroy_fn - begin to undo everything; once, in any state */
typedef void enc_backend_destroy_fn(struct enc_sandbox *sandbox);

struct enc_backend_ops {
	const char *name;    /* as the API shows it */
	size_t backend_size; /* of the struct that begins with the base */
	size_t sandbox_size;
	enc_backend_open_fn *open;
	enc_backend_close_fn *close;
	enc_backend_prepare_fn *prepare;
	enc_backend_claim_fn *claim;
	enc_backend_load_fn *load;
	enc_backend_start_fn *start;
	enc_backend_hold_fn *hold;
	enc_backend_stop_fn *stop;
	enc_backend_destroy_fn *destroy;
};

/* enc_backend_report_opened() - the facts are complete */
void enc_backend_report_opened(struct enc_backend *backend);

/*
 * enc_backend_report_lost() - no more sandboxes from here; reports the failure
 * of each that hasn't ended. Once is enough, more are dropped.
 */
void enc_backend_report_lost(struct enc_backend *backend,
			     const struct enc_error *why);

/* enc_backend_closed() - frees @backend */
void enc_backend_closed(struct enc_backend *backend);

/* enc_sandbox_report() - anything but GONE; borrowed for the call */
void enc_sandbox_report(struct enc_sandbox *sandbox,
			const struct enc_report *report);

/*
 * enc_sandbox_claimed() - the limits are in force: what the caller asked for
 * meanwhile follows, and if that fails, the sandbox ends. The only thing that
 * may be told from inside of an operation.
 */
void enc_sandbox_claimed(struct enc_sandbox *sandbox);

/* enc_sandbox_report_failed() - ENDED, by a failure of the backend */
void enc_sandbox_report_failed(struct enc_sandbox *sandbox,
			       const struct enc_error *why);

/* enc_sandbox_report_gone() - nothing is left; frees @sandbox */
void enc_sandbox_report_gone(struct enc_sandbox *sandbox);

#endif
