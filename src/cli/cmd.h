#ifndef ENC_CLI_CMD_H
#define ENC_CLI_CMD_H

/*
 * The commands, in the order of the help. Each one is a row of a cmd_*.c; see
 * command.h. For cmd_*.c and commands.c alone.
 */

#include "command.h"

/* clang-format off */
#define ENC_CMDS(X)							\
	X(up) X(run) X(sessions_list) X(sessions_get) X(result)		\
	X(logs) X(kill) X(audit_show) X(audit_export) X(audit_verify)	\
	X(keys_create) X(keys_list) X(keys_revoke) X(orgs_list)		\
	X(quotas_show) X(quotas_set)					\
	X(env_list) X(doctor) X(demo) X(version)
/* clang-format on */

#define X(name) extern const struct enc_command enc_cmd_##name;
ENC_CMDS(X)
#undef X

#endif
