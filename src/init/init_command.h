#ifndef ENC_INIT_INIT_COMMAND_H
#define ENC_INIT_INIT_COMMAND_H

/*
 * Makes an argument vector and an environment from LAUNCH. These functions are
 * pure.
 */

#include "message.h"

struct enc_init_command {
	char **argv; /* arguments; NULL ends argv and env */
	char **env;
	char *memory; /* one allocation that has both arrays and all texts */
};

/**
 * enc_init_command_make() - make arguments and environment of the program
 *
 * With an entry, interpreter and harness come before it. Without one, only the
 * harness is started, and is told later what to run. A command is taken as it
 * is. The variables PATH, HOME and LANG are added where LAUNCH doesn't set
 * them.
 * @ret_command: declare it with ENC_AUTO(init_command)
 *
 * Return: 0; -ENOMEM
 */
ENC_NODISCARD int enc_init_command_make(const struct enc_message_launch *launch,
					struct enc_init_command *ret_command);

void enc_init_command_done(struct enc_init_command *command);

#endif
