#ifndef ENC_PARENT_API_ROOT_H
#define ENC_PARENT_API_ROOT_H

/*
 * The directory tree that enclave-api sees as `/`: its state directory, and
 * three files that its libraries and its pool read. No other file of the host
 * has a name there. enclave-vault sees only its own directory.
 *
 *	/state		its state directory: no devices, no programs
 *	/dev/null	for libuv, when descriptors run out
 *	/dev/urandom	for SQLite
 *	/proc/meminfo	whether one more waiting sandbox fits into memory
 */

#include <stdbool.h>

#include "def.h"

#define ENC_API_STATE_DIR "/state"
#define ENC_API_NULL "/dev/null"
#define ENC_API_URANDOM "/dev/urandom"
#define ENC_API_MEMINFO "/proc/meminfo"

/**
 * enc_api_root_enter() - build the directory tree above and make it the root
 * directory of the calling process
 * @state_path: the directory that becomes /state
 * @files:      show the three files, too
 *
 * The caller should be uid 0 in a mount namespace of its own. It mustn't go on
 * after a failure. Return: 0 or a negative errno
 */
ENC_NODISCARD int enc_api_root_enter(const char *state_path, bool files);

#endif
