#ifndef ENC_MODEL_ISOLATION_H
#define ENC_MODEL_ISOLATION_H

/*
 * What stands between a program and the machine, from weak to strong. A request
 * for at least one of them is never served by a weaker one.
 */

#include <stdbool.h>

#include "def.h"

enum enc_isolation {
	ENC_ISOLATION_SIMULATED, /* nothing is executed */
	ENC_ISOLATION_HOST_KERNEL,
	ENC_ISOLATION_GVISOR,
	ENC_ISOLATION_MAX,
};

/* enc_isolation_name() - "simulated", "host-kernel", "gvisor" */
const char *enc_isolation_name(enum enc_isolation isolation);

/* enc_isolation_parse() - by name; false if there is none with that name */
ENC_NODISCARD bool enc_isolation_parse(const char *name,
				       enum enc_isolation *ret_isolation);

#endif
