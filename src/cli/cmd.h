#ifndef ENC_CLI_CMD_H
#define ENC_CLI_CMD_H

/* The row of each command; see command.h. For commands.c alone. */

#include "command.h"

extern const struct enc_command enc_cmd_up;
extern const struct enc_command enc_cmd_run;
extern const struct enc_command enc_cmd_sessions_list;
extern const struct enc_command enc_cmd_sessions_get;
extern const struct enc_command enc_cmd_result;
extern const struct enc_command enc_cmd_logs;
extern const struct enc_command enc_cmd_kill;
extern const struct enc_command enc_cmd_audit_show;
extern const struct enc_command enc_cmd_audit_export;
extern const struct enc_command enc_cmd_audit_verify;
extern const struct enc_command enc_cmd_keys_create;
extern const struct enc_command enc_cmd_keys_list;
extern const struct enc_command enc_cmd_keys_revoke;
extern const struct enc_command enc_cmd_orgs_list;
extern const struct enc_command enc_cmd_env_list;
extern const struct enc_command enc_cmd_doctor;
extern const struct enc_command enc_cmd_demo;
extern const struct enc_command enc_cmd_version;

#endif
