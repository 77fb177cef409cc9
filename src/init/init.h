#ifndef ENC_INIT_INIT_H
#define ENC_INIT_INIT_H

/*
 * Theory of operation
 *
 * enclave-init is pid 1 of a sandbox. It stands between the gate and the
 * program and trusts neither. It parses frames like any other program of
 * Enclave, and passes up what the program writes as mere bytes.
 * docs/protocol/runner.md has the protocol.
 *
 *	start    -- self-check, while the interpreter starts
 *	WARMING  -- it waits -> WAITING     READY; at once for a command
 *	WAITING  -- LAUNCH --> STARTING     files are written, stdin is kept
 *	STARTING -- told ----> RUNNING      STARTED; waiting interpreter
 *	STARTING -- exec ----> RUNNING      STARTED; new process
 *	STARTING -- no exec -> FLUSHING     a line on stderr, EXIT 126 or 127
 *	RUNNING  -- exit ----> ENDING       orphans are killed, pipes drained
 *	ENDING   -- drained -> FLUSHING     ends of streams, EXIT
 *	FLUSHING -- written -> _exit(code, or 128 + signal)
 *
 * Invariants: There is one thread. Nothing blocks except poll() and the
 * self-check, which has a deadline. Every buffer has a maximum, and while it is
 * full its source isn't read. The only bytes of a program that are looked at
 * are its results: init tells a process why its result isn't kept.
 *
 * enclave-init runs as user 0 of a user namespace in which only 0 and 1000
 * exist, with CAP_SETUID, CAP_SETGID and CAP_KILL, under a seccomp filter. It
 * creates the program's files and pipes under the program's ids, so it needs
 * neither CAP_CHOWN nor CAP_DAC_OVERRIDE.
 */

#include "message.h"

enum {
	ENC_INIT_FD_RUNNER = 3,
	ENC_INIT_PROGRAM_ID = 1000, /* uid and gid of the program */
	/* Exit code without EXIT: link or sandbox broke. */
	ENC_INIT_EXIT_BROKEN = 125,
	ENC_INIT_EXIT_FILES = 126,   /* a FILE couldn't be written */
	ENC_INIT_EXIT_NO_EXEC = 127, /* the program couldn't be started */
};

/**
 * enc_init_run() - the whole life of pid 1
 * @runner:   the runner stream, a connected SOCK_STREAM
 * @language: language of the interpreter that waits for LAUNCH; COMMAND: none
 *
 * Return: the exit code. Refuses to run as a pid other than 1, since at its end
 * it kills every process that it can see.
 */
int enc_init_run(int runner, enum enc_language language);

#endif
