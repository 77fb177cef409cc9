#ifndef ENC_INIT_INIT_WAITING_H
#define ENC_INIT_INIT_WAITING_H

/*
 * The interpreter that waits: started before READY, told what to run by LAUNCH
 * over descriptor 4 (docs/protocol/runner.md). What would have worked on it
 * while it started is for a fresh one: the tables here say what that is.
 * Pure, no descriptor.
 */

#include "init_command.h"

enum {
	/* argv and env of a LAUNCH, and a few defaults */
	ENC_INIT_GO_MAX_BYTES = ENC_FRAME_PAYLOAD_MAX_BYTES + 8192,
	ENC_INIT_GO_READY = 'w', /* what it says when it waits */
};

/* enc_init_waiting_env_acts() - some name acts when an interpreter starts */
bool enc_init_waiting_env_acts(const struct enc_message_launch *launch);

/* enc_init_waiting_file_acts() - it lies where an interpreter looks then */
bool enc_init_waiting_file_acts(const struct enc_message_file *file);

/*
 * enc_init_waiting_go() - the message: what stands behind interpreter and
 * harness in @command, and its environment. 0; -E2BIG; -ENOMEM
 */
ENC_NODISCARD int enc_init_waiting_go(const struct enc_init_command *command,
				      struct enc_buf *ret_go);

#endif
