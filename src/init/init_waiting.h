#ifndef ENC_INIT_INIT_WAITING_H
#define ENC_INIT_INIT_WAITING_H

/*
 * The interpreter that waits: it starts before READY, and LAUNCH tells it over
 * descriptor 3 what to run (docs/protocol/runner.md). Some variables and files
 * influence an interpreter while it starts; for a session with such ones a new
 * interpreter is started. The tables here list them. These functions are pure.
 */

#include "init_command.h"

enum {
	/* arguments and environment of a LAUNCH, with defaults */
	ENC_INIT_GO_MAX_BYTES = ENC_FRAME_PAYLOAD_MAX_BYTES + 8192,
	/* The interpreter writes this byte when it waits. */
	ENC_INIT_GO_READY = 'w',
};

/*
 * enc_init_waiting_launch_acts() - whether LAUNCH has another entry than the
 * interpreter was started with, or a variable that influences how one starts
 */
bool enc_init_waiting_launch_acts(const struct enc_message_launch *launch);

/*
 * enc_init_waiting_file_acts() - whether a file lies where an interpreter looks
 * while it starts
 */
bool enc_init_waiting_file_acts(const struct enc_message_file *file);

/*
 * enc_init_waiting_go() - write the message for the waiting interpreter: the
 * arguments of @command after interpreter and entry, and its environment.
 * Return: 0; -E2BIG; -ENOMEM
 */
ENC_NODISCARD int enc_init_waiting_go(const struct enc_init_command *command,
				      struct enc_buf *ret_go);

#endif
