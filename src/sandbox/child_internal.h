#ifndef ENC_SANDBOX_CHILD_INTERNAL_H
#define ENC_SANDBOX_CHILD_INTERNAL_H

/*
 * How a child becomes a sandbox. A way is a list of steps, which child.c
 * carries out in order. Each step names an operation before trying it.
 */

#include "child.h"

/* Descriptor numbers after enc_child_place_descriptors(). */
enum {
	ENC_CHILD_RUNNER_FD = 3,
	/* Socket for reports to the launcher; close-on-exec. */
	ENC_CHILD_SETUP_FD,
	ENC_CHILD_PROGRAM_FD, /* binary for the exec, if any; close-on-exec */
	ENC_CHILD_FD_MAX,
};

/* The operation that is being tried, for FAILED. Strings are static. */
struct enc_child_progress {
	const char *step;
	const char *object;
	int setup; /* the setup end; placing descriptors changes its number */
};

/* enc_child_step_fn - carry out a step. Return: 0 or a negative errno */
typedef int enc_child_step_fn(const struct enc_child_birth *birth,
			      struct enc_child_progress *at);

struct enc_child_way {
	uint64_t namespaces; /* CLONE_NEW* flags of the clone */
	enc_child_step_fn *const *steps;
	/* The last step execs; it returns only on failure. */
	size_t step_count;
};

/* enc_child_at() - name the operation that is tried next */
void enc_child_at(struct enc_child_progress *at, const char *step,
		  const char *object);

/*
 * enc_child_await() - wait for a byte from the launcher. Return: 0 or a
 * negative errno
 */
int enc_child_await(const struct enc_child_progress *at);

/*
 * enc_child_await_maps() - send MAPS, then wait until the id maps are written
 */
int enc_child_await_maps(struct enc_child_progress *at);

/*
 * Steps of both ways. Descriptors must be placed before their number is
 * limited: enclaved may have more of them than a program may.
 */
enc_child_step_fn enc_child_join_cgroup;
enc_child_step_fn enc_child_place_descriptors;
enc_child_step_fn enc_child_become_init;

#endif
