#ifndef ENC_INIT_INIT_COMMAND_H
#define ENC_INIT_INIT_COMMAND_H

/*
 * What LAUNCH means as an argument vector and an environment. Pure.
 */

#include "message.h"

struct enc_init_command {
	char **argv; /* ends with NULL, as does env */
	char **env;
	char *memory; /* all of it lies here */
};

/**
 * enc_init_command_make() - interpreter and harness before the entry, or the
 * command as it is; the environment as it is, and PATH, HOME and LANG where
 * it lacks them. Without an entry: the harness, told later what to run
 * @ret_command: own it by ENC_AUTO(init_command)
 *
 * Return: 0; -ENOMEM
 */
ENC_NODISCARD int enc_init_command_make(const struct enc_message_launch *launch,
					struct enc_init_command *ret_command);

void enc_init_command_done(struct enc_init_command *command);

#endif
