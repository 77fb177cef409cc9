#ifndef ENC_PARENT_BIRTH_H
#define ENC_PARENT_BIRTH_H

/*
 * The steps by which a fork of enclaved becomes one of its programs. They are
 * for api_process.c and vault_process.c, which put them in order. Each one
 * either is in force or fails.
 */

#include <linux/filter.h>
#include <sched.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/resource.h>
#include <sys/types.h>

#include "def.h"

/* The namespaces that each program has of its own. */
#define ENC_BIRTH_NAMESPACES                                                   \
	((uint64_t)(CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWNET | CLONE_NEWIPC | \
		    CLONE_NEWUTS | CLONE_NEWCGROUP))

enum { ENC_BIRTH_LOG_BYTES = 64 };

struct enc_birth_rlimit {
	const char *name; /* for people */
	int what;	  /* RLIMIT_X */
	rlim_t most;
};

/*
 * enc_birth_limit() - set soft and hard limits of a program; say which one can't
 * be set. Return: 0 or a negative errno
 */
ENC_NODISCARD int enc_birth_limit(const char *program,
				  const struct enc_birth_rlimit *limits,
				  size_t count);

/*
 * enc_birth_drop_root() - become a uid, its gid and no group, for good. Return:
 * 0 or a negative errno
 */
ENC_NODISCARD int enc_birth_drop_root(uid_t uid);

/* enc_birth_log_variable() - write the variable ENCLAVE_LOG of the program */
void enc_birth_log_variable(char ret_variable[ENC_BIRTH_LOG_BYTES]);

/* A program, and how it starts. */
struct enc_birth_program {
	int fd; /* of the binary */
	const char *const *argv;
	char *const *envp;
	const struct sock_filter *filter; /* NULL: none, without root */
	size_t filter_count;
};

/*
 * enc_birth_exec() - bind the program's life to enclaved's, install the filter,
 * exec. Returns only on failure: a negative errno
 */
ENC_NODISCARD int enc_birth_exec(const struct enc_birth_program *birth);

/* enc_birth_fail() - say that a program couldn't be started, and exit */
_Noreturn void enc_birth_fail(const char *program, int r);

#endif
