#ifndef ENC_INIT_INIT_COMMAND_H
#define ENC_INIT_INIT_COMMAND_H

/*
 * Makes an argument vector and an environment from LAUNCH. These functions are
 * pure.
 */

#include "message.h"

/* How the process that gets the command takes part in a session. */
enum enc_init_role {
	/* It waits already, and is told the arguments and variables. */
	ENC_INIT_ROLE_TOLD,
	/* It starts, and then waits to be told. */
	ENC_INIT_ROLE_WAIT,
	/* It starts, and runs at once. */
	ENC_INIT_ROLE_RUN,
};

struct enc_init_command {
	const char *file; /* executable; a name without a slash is in PATH */
	char **argv;	  /* arguments; NULL ends argv and env */
	char **env;
	char *memory; /* one allocation that has both arrays and all texts */
};

/**
 * enc_init_command_make() - make arguments and environment of the program
 *
 * The arguments of an interpreter are its name, the entry, and what LAUNCH has:
 * `python3 main.py ARGS`. A command is taken as it is. The variables PATH, HOME,
 * LANG, USER and LOGNAME are added where LAUNCH doesn't set them. An
 * interpreter that starts also gets the variables by which runner/ knows its
 * role, and takes them away.
 * @ret_command: declare it with ENC_AUTO(init_command)
 */
void enc_init_command_make(const struct enc_message_launch *launch,
			   enum enc_init_role role,
			   struct enc_init_command *ret_command);

void enc_init_command_done(struct enc_init_command *command);

#endif
