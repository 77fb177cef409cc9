#ifndef ENC_CLI_CMD_H
#define ENC_CLI_CMD_H

/*
 * Names of all commands, in the order in which the help lists them. Each name
 * is a struct enc_command that a cmd_*.c defines. Only cmd_*.c and commands.c
 * include this file.
 */

#include "command.h"

/* clang-format off */
#define ENC_CMDS(X)							\
	X(up) X(run) X(sessions_list) X(sessions_get) X(sessions_prune) X(result)		\
	X(logs) X(kill)							\
	X(egress_show) X(egress_set) X(egress_suggest)			\
	X(audit_show) X(audit_export) X(audit_key) X(audit_verify) \
	X(bindings_create) X(bindings_list) X(bindings_show)		\
	X(bindings_update) X(bindings_rotate) X(bindings_delete)	\
	X(keys_create) X(keys_list) X(keys_revoke) X(orgs_list)		\
	X(quotas_show) X(quotas_set)					\
	X(env_list) X(doctor) X(demo) X(demo_bindings)		\
	X(version)
/* clang-format on */

#define X(name) extern const struct enc_command enc_cmd_##name;
ENC_CMDS(X)
#undef X

#endif
