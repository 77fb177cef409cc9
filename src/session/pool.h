#ifndef ENC_SESSION_POOL_H
#define ENC_SESSION_POOL_H

/*
 * Theory of operation
 *
 * The pool has sandboxes that wait for a session. A waiting sandbox runs no
 * program, has passed its self-check, and is used once. The pool has one shelf
 * per environment, language and place. A shelf is made when a session asks for
 * it; the shelf for Python on `default` exists from the start. Each shelf is
 * filled up to a size.
 *
 * Waiting sandboxes have the usual limits. A claim changes them, except those
 * that can't change later: gVisor fixes the CPUs, the memory, the disk and the
 * number of pids; node sizes its heap by the memory when it starts. A session
 * that wants another value for a fixed limit gets a new sandbox.
 *
 *	      prepare              READY, nothing missed
 *	(none) -----> FILLING ----------------------> WAITING
 *	                 |  failed: counted              |      | take: it is a
 *	                 v                               v      v session's now
 *	              LEAVING <------------------ ended, drained
 *	                 | GONE
 *	                 v
 *	              (none)
 *
 * The pool makes one sandbox at a time, in the background. may_fill() of the
 * owner decides whether it may go on now, slowly or not at all. No session
 * waits for the pool: if the shelf is empty, the session's sandbox is made as
 * if there were no pool.
 *
 * A waiting sandbox is no session: nothing of it is stored, and a failure is
 * only logged. After three failures in a row a shelf is closed for a second.
 * Each further failure doubles that time, up to a minute. Taking a sandbox
 * resets the count.
 */

#include "backend.h"
#include "buf.h"

struct enc_pool;

enum enc_pool_leave {
	ENC_POOL_NOT_NOW, /* wait for the next enc_pool_look() */
	/*
	 * Fill when ENC_POOL_PAUSE_MS passed since the last sandbox was taken
	 * or begun.
	 */
	ENC_POOL_SLOWLY,
	ENC_POOL_NOW,
};

struct enc_pool_options {
	uv_loop_t *loop;
	struct enc_backend *backend; /* an opened backend; borrowed */
	size_t size;		     /* sandboxes per shelf; 0: no pool */
	enum enc_pool_leave (*may_fill)(void *context);
	void *context;
	/*
	 * Return the machine's available memory in bytes. NULL: read
	 * MemAvailable of /proc/meminfo.
	 */
	uint64_t (*memory_available)(void);
};

enum {
	ENC_POOL_SIZE_MAX = 64,
	ENC_POOL_FAILURES_MAX = 3, /* failures in a row that close a shelf */
	/* Time in milliseconds for which a shelf is closed at first. */
	ENC_POOL_CLOSED_MS = 1000,
	ENC_POOL_CLOSED_MAX_MS = 60000,
	/* Pause between sandboxes while the answer is ENC_POOL_SLOWLY. */
	ENC_POOL_PAUSE_MS = 100,
	/*
	 * Waiting sandboxes may cost at most one 16th of the machine's memory.
	 * The pool fills only while one 8th is free.
	 */
	ENC_POOL_MEMORY_SHARE = 16,
	ENC_POOL_MEMORY_FREE = 8,
};

/* enc_pool_new() - make a pool; filling begins in the next turn of the loop */
struct enc_pool *enc_pool_new(const struct enc_pool_options *options);

/*
 * enc_pool_free() - free a pool that is empty; NULL is fine. The loop must run
 * once more after this call.
 */
void enc_pool_free(struct enc_pool *pool);

/**
 * enc_pool_take() - claim a waiting sandbox for a session
 * @spec:        the wanted sandbox, with the limits to be claimed
 * @sink:        gets the sandbox's reports from now on
 * @ret_sandbox: on success: owned by the caller
 * @ret_facts:   on success: the facts of its READY report
 *
 * Return: true; false if no sandbox waits or the claim failed. The caller makes
 * a new sandbox then.
 */
bool enc_pool_take(struct enc_pool *pool, const struct enc_sandbox_spec *spec,
		   struct enc_sink *sink, struct enc_sandbox **ret_sandbox,
		   struct enc_sandbox_facts *ret_facts);

/*
 * enc_pool_look() - check again whether to fill; call it when the answer of
 * may_fill() may have changed
 */
void enc_pool_look(struct enc_pool *pool);

/*
 * enc_pool_drain() - discard all sandboxes and never fill again. @drained is
 * called when none is left, maybe before this function returns.
 */
void enc_pool_drain(struct enc_pool *pool, void (*drained)(void *context),
		    void *context);

/* enc_pool_empty() - whether the pool has no sandbox, in any state */
bool enc_pool_empty(const struct enc_pool *pool);

/* The state of one shelf, for the API. */
struct enc_pool_shelf_state {
	const char *environment;
	const char *language;
	const char *backend;
	uint64_t size; /* 0 while the shelf is closed after failures */
	uint64_t waiting;
	uint64_t taken;
	uint64_t missed; /* requests that found the shelf empty */
};

/*
 * enc_pool_shelf() - describe shelf number @index; false if there are fewer
 * shelves
 */
bool enc_pool_shelf(const struct enc_pool *pool, size_t index,
		    struct enc_pool_shelf_state *ret_state);

#endif
