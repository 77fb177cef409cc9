#ifndef ENC_TESTS_PACED_H
#define ENC_TESTS_PACED_H

/* Deadlines of a test on a slow machine: see pace.py. */

#include <stdlib.h>

#include "def.h"

/* enc_paced_ms() - @ms multiplied by ENCLAVE_TIME_FACTOR */
static inline int enc_paced_ms(int ms)
{
	const char *text = getenv("ENCLAVE_TIME_FACTOR");
	double factor = text == NULL ? 1 : strtod(text, NULL);

	return (int)(ms * ENC_MAX(1.0, factor));
}

#endif
