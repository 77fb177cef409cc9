#ifndef ENC_INIT_INIT_PROGRAM_H
#define ENC_INIT_INIT_PROGRAM_H

#include <sys/resource.h>
#include <sys/types.h>

#include "init_command.h"

/*
 * Init's ends of the program's pipes and sockets. All are non-blocking; -1 if
 * closed.
 */
enum enc_init_end {
	ENC_INIT_END_STDIN,
	ENC_INIT_END_STDOUT,
	ENC_INIT_END_STDERR,
	ENC_INIT_END_EXEC, /* end of file: exec succeeded */
	/* Waiting interpreter: it writes a byte, then reads what to run. */
	ENC_INIT_END_GO,
	ENC_INIT_END_MAX,
};

struct enc_init_program {
	pid_t pid; /* process id; 0: no program, or it is reaped */
	int ends[ENC_INIT_END_MAX];
	struct rlimit files; /* limit of open files for the program */
};

/*
 * The bytes that the child of enc_init_program_start() writes when its exec
 * fails.
 */
struct enc_init_exec_failure {
	int error;
};

/*
 * enc_init_program_init() - prepare the struct; call it before all other
 * functions
 *
 * The soft limit of open files that init was started with becomes the
 * program's. Init itself needs more and takes the hard limit.
 *
 * Return: 0 or a negative errno
 */
ENC_NODISCARD int enc_init_program_init(struct enc_init_program *program);
void enc_init_program_done(struct enc_init_program *program);

/* enc_init_program_shut() - close one of init's ends of the program's pipes */
void enc_init_program_shut(struct enc_init_program *program,
			   enum enc_init_end end);

/**
 * enc_init_program_start() - start a child that executes @command
 *
 * @waits: the command is an interpreter that is told later what to run
 *
 * Descriptors 0 to 2 must be open here, all others close-on-exec. The child is
 * in a session of its own, in /work, with ids and signals of a program, and has
 * 0, 1 and 2 open. A child that waits has 3, too.
 *
 * Return: 0, and the exec is under way; a negative errno
 */
ENC_NODISCARD int enc_init_program_start(struct enc_init_program *program,
					 const struct enc_init_command *command,
					 bool waits);

/* enc_init_program_discard() - kill and reap the waiting interpreter */
void enc_init_program_discard(struct enc_init_program *program);

#endif
