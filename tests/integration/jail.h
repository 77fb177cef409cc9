#ifndef ENC_TESTS_JAIL_H
#define ENC_TESTS_JAIL_H

/*
 * A sandbox for tests of enclave-init alone: namespaces, mounts, ids and a
 * small seccomp filter, without launcher, gate, cgroups and limits. What it
 * makes dies with its init. Wants root and a built environment.
 */

#include <stdbool.h>
#include <sys/types.h>

struct jail_plan {
	int init;	     /* O_PATH descriptor of the static enclave-init */
	const char *rootfs;  /* environment */
	const char *waits;   /* the word for enclave-init */
	bool without_filter; /* so that the self-check has something to find */
};

struct jail {
	pid_t pid;  /* of init, seen from here; a child */
	int runner; /* our end of the runner stream */
};

/* jail_start() - 0; a negative errno, with the step on stderr */
int jail_start(const struct jail_plan *plan, struct jail *ret_jail);

#endif
