#ifndef ENC_INIT_INIT_PROGRAM_H
#define ENC_INIT_INIT_PROGRAM_H

#include <sys/resource.h>
#include <sys/types.h>

#include "init_command.h"

/* Our ends of what the program was born with; all non-blocking, -1 if shut. */
enum enc_init_end {
	ENC_INIT_END_STDIN,
	ENC_INIT_END_STDOUT,
	ENC_INIT_END_STDERR,
	ENC_INIT_END_RESULT,
	ENC_INIT_END_EXEC, /* empty at its end: exec succeeded */
	ENC_INIT_END_GO,   /* of one that waits: up a byte, down a message */
	ENC_INIT_END_MAX,
};

struct enc_init_program {
	pid_t pid; /* 0: none, or reaped */
	int ends[ENC_INIT_END_MAX];
	struct rlimit files; /* descriptors of each of its processes */
};

/* What the child of enc_init_program_start() says when it can't exec. */
struct enc_init_exec_failure {
	int error;
};

/*
 * enc_init_program_init() - before anything else of it
 *
 * The soft limit of descriptors that init was born with becomes the program's.
 * Init, which has more of them open, goes on with the hard one.
 *
 * Return: 0 or a negative errno
 */
ENC_NODISCARD int enc_init_program_init(struct enc_init_program *program);
void enc_init_program_done(struct enc_init_program *program);

/* enc_init_program_shut() - close one end */
void enc_init_program_shut(struct enc_init_program *program,
			   enum enc_init_end end);

/**
 * enc_init_program_start() - a child that becomes @command as the program
 *
 * @waits: it is a harness that is told later what to run
 *
 * Descriptors 0 to 3 must be open here, all others close-on-exec. The child
 * is in a session of its own, in /work, with ids and signals of a program,
 * and has 0, 1, 2 and 3 open; one that waits has 4, too.
 *
 * Return: 0, exec is then under way; a negative errno
 */
ENC_NODISCARD int enc_init_program_start(struct enc_init_program *program,
					 const struct enc_init_command *command,
					 bool waits);

/*
 * enc_init_program_discard() - kill the one that waits and forget it; when
 * this returns, nothing of it is left
 */
void enc_init_program_discard(struct enc_init_program *program);

#endif
