#ifndef ENC_MODEL_ISOLATION_H
#define ENC_MODEL_ISOLATION_H

/*
 * How a program is isolated from the machine, from weak to strong. A request
 * for an isolation is never served by a weaker one.
 */

#include <stdbool.h>

#include "def.h"

enum enc_isolation {
	ENC_ISOLATION_SIMULATED, /* no program is executed */
	ENC_ISOLATION_HOST_KERNEL,
	ENC_ISOLATION_GVISOR,
	ENC_ISOLATION_MAX,
};

/*
 * enc_isolation_name() - return the name: "simulated", "host-kernel", "gvisor"
 */
const char *enc_isolation_name(enum enc_isolation isolation);

/* enc_isolation_parse() - find an isolation by name; false if no row has it */
ENC_NODISCARD bool enc_isolation_parse(const char *name,
				       enum enc_isolation *ret_isolation);

#endif
