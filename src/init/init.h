#ifndef ENC_INIT_INIT_H
#define ENC_INIT_INIT_H

/*
 * Theory of operation
 *
 * enclave-init is pid 1 of a sandbox. It stands between the gate and the
 * program and trusts neither: frames are parsed as everywhere, and whatever
 * the program says is passed up as bytes. docs/protocol/runner.md has the
 * protocol.
 *
 *	start    -- self-check, while the interpreter starts
 *	WARMING  -- it waits -> WAITING     READY; at once for a command
 *	WAITING  -- LAUNCH --> STARTING     files are written, stdin is kept
 *	STARTING -- told ----> RUNNING      STARTED; the one that waits ...
 *	STARTING -- exec ----> RUNNING      ... or a fresh one
 *	STARTING -- no exec -> FLUSHING     a line on stderr, EXIT 126 or 127
 *	RUNNING  -- exit ----> ENDING       orphans are killed, pipes drained
 *	ENDING   -- drained -> FLUSHING     ends of streams, RESULT, EXIT
 *	FLUSHING -- written -> _exit(code, or 128 + signal)
 *
 * Invariants: one thread; nothing blocks but poll() and the bounded
 * self-check; every buffer has a maximum, and a full one stops reading at its
 * source; no byte of a program is looked at but the lengths of its results.
 *
 * It runs as user 0 of a namespace in which only 0 and 1000 exist, with
 * CAP_SETUID, CAP_SETGID and CAP_KILL, and in a seccomp filter. It makes
 * files and pipes for the program under the program's ids, so that it needs
 * neither CAP_CHOWN nor CAP_DAC_OVERRIDE.
 */

#include "message.h"

enum {
	ENC_INIT_FD_RUNNER = 3,
	ENC_INIT_PROGRAM_ID = 1000,  /* uid and gid */
	ENC_INIT_EXIT_BROKEN = 125,  /* link, sandbox, waiting one; no EXIT */
	ENC_INIT_EXIT_FILES = 126,   /* a FILE couldn't be written */
	ENC_INIT_EXIT_NO_EXEC = 127, /* the program couldn't be started */
};

/**
 * enc_init_run() - the whole life of pid 1
 * @runner:   the runner stream, a connected SOCK_STREAM
 * @language: of the interpreter that shall wait; COMMAND: none
 *
 * Return: what to exit with. Refuses to run as any other pid than 1, because
 * it ends by killing all that it can see.
 */
int enc_init_run(int runner, enum enc_language language);

#endif
