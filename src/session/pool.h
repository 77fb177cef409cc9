#ifndef ENC_SESSION_POOL_H
#define ENC_SESSION_POOL_H

/*
 * Theory of operation
 *
 * Sandboxes that wait for a session: inert, self-checked, used once. A pool
 * has one shelf per environment, language and place, filled up to a size,
 * for everything that was asked for since the start and for Python on
 * `default`. What gVisor can't change later is made as usual: a session that
 * wants another disk or number of pids makes a sandbox of its own.
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
 * Filling is one at a time and in the background: may_fill() of the owner says
 * whether it may go on now, slowly or not at all. Nobody waits for a pool; who
 * finds a shelf empty makes a sandbox as if there were none.
 *
 * What waits is no session: nothing of it is stored, and when it fails, only
 * the log tells. Three failures in a row on one shelf close it for a second,
 * each further one for twice as long as the last time, up to a minute; a
 * sandbox that is taken ends the row.
 */

#include "backend.h"
#include "buf.h"

struct enc_pool;

enum enc_pool_leave {
	ENC_POOL_NOT_NOW, /* look again when enc_pool_look() is called */
	ENC_POOL_SLOWLY,  /* some while after the last was taken or made */
	ENC_POOL_NOW,
};

struct enc_pool_options {
	uv_loop_t *loop;
	struct enc_backend *backend; /* borrowed; opened */
	size_t size;		     /* of each shelf; 0: never anything */
	enum enc_pool_leave (*may_fill)(void *context);
	void *context;
	/* Of the machine, without reclaiming what is in use; NULL: read it. */
	uint64_t (*memory_available)(void);
};

enum {
	ENC_POOL_SIZE_MAX = 64,
	ENC_POOL_FAILURES_MAX = 3, /* in a row */
	ENC_POOL_CLOSED_MS = 1000, /* after those */
	ENC_POOL_CLOSED_MAX_MS = 60000,
	ENC_POOL_PAUSE_MS = 100, /* what SLOWLY means */
	/* How much of the machine may wait, and has to be free: one n-th. */
	ENC_POOL_MEMORY_SHARE = 16,
	ENC_POOL_MEMORY_FREE = 8,
};

/* enc_pool_new() - begins to fill with the next turn of the loop */
struct enc_pool *enc_pool_new(const struct enc_pool_options *options);

/* enc_pool_free() - drained, or never filled; the loop must run once more */
void enc_pool_free(struct enc_pool *pool);

/**
 * enc_pool_take() - a waiting sandbox becomes a session's
 * @spec:          which one, with the limits to be claimed
 * @sink:          as of enc_sandbox_claim()
 * @ret_sandbox:   on success: the caller's
 * @ret_facts:     what its READY told
 *
 * Return: true; false if none waits, or it couldn't be claimed: make a new one
 */
bool enc_pool_take(struct enc_pool *pool, const struct enc_sandbox_spec *spec,
		   struct enc_sink *sink, struct enc_sandbox **ret_sandbox,
		   struct enc_sandbox_facts *ret_facts);

/* enc_pool_look() - may_fill() may answer something else than before */
void enc_pool_look(struct enc_pool *pool);

/* enc_pool_drain() - for good; @drained, maybe at once, when all is gone */
void enc_pool_drain(struct enc_pool *pool, void (*drained)(void *context),
		    void *context);

/* enc_pool_empty() - not one, in whatever state */
bool enc_pool_empty(const struct enc_pool *pool);

/* What there is to know of a shelf. */
struct enc_pool_shelf_state {
	const char *environment;
	const char *language;
	const char *backend;
	uint64_t size; /* 0 while it is closed after failures */
	uint64_t waiting;
	uint64_t taken;
	uint64_t missed; /* asked for while it was empty */
};

/* enc_pool_shelf() - the @index-th; false behind the last */
bool enc_pool_shelf(const struct enc_pool *pool, size_t index,
		    struct enc_pool_shelf_state *ret_state);

#endif
