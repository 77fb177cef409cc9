#ifndef ENC_SANDBOX_CHILD_INTERNAL_H
#define ENC_SANDBOX_CHILD_INTERNAL_H

/*
 * How a child becomes a sandbox: a way is a list of steps, carried out in
 * order by child.c. Each names what it tries before it tries it.
 */

#include "child.h"

/* The descriptors of a child after enc_child_place_descriptors(). */
enum {
	ENC_CHILD_RUNNER_FD = 3,
	ENC_CHILD_SETUP_FD,   /* close-on-exec */
	ENC_CHILD_PROGRAM_FD, /* close-on-exec, if there is one */
	ENC_CHILD_FD_MAX,
};

/* The step that is being tried, for FAILED. Strings are static. */
struct enc_child_progress {
	const char *step;
	const char *object;
	int setup; /* the number of the setup end, which placing changes */
};

/* enc_child_step_fn - 0 or a negative errno */
typedef int enc_child_step_fn(const struct enc_child_birth *birth,
			      struct enc_child_progress *at);

struct enc_child_way {
	uint64_t namespaces; /* CLONE_NEW* that it is born in */
	enc_child_step_fn *const *steps;
	size_t step_count; /* the last one execs, and returns only when that fails */
};

/* enc_child_at() - before a step is tried */
void enc_child_at(struct enc_child_progress *at, const char *step,
		  const char *object);

/* enc_child_await() - the launcher's next word */
int enc_child_await(const struct enc_child_progress *at);

/* enc_child_await_maps() - MAPS, then the word that they are there */
int enc_child_await_maps(struct enc_child_progress *at);

/*
 * Steps of both ways. Descriptors are placed before any limit on their number
 * is set: enclaved may have more of them than a program may.
 */
enc_child_step_fn enc_child_join_cgroup;
enc_child_step_fn enc_child_place_descriptors;
enc_child_step_fn enc_child_become_init;

#endif
