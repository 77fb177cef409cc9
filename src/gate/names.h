#ifndef ENC_GATE_NAMES_H
#define ENC_GATE_NAMES_H

/*
 * Synthetic addresses: every name that is asked for gets one of its own, never
 * reused in the session, so that a later connect tells which name was meant.
 */

#include <stdint.h>

#include "def.h"

enum { ENC_NAMES_MAX = 4096 };

struct enc_names;

struct enc_names *enc_names_new(void);
void enc_names_free(struct enc_names *names);

/**
 * enc_names_address() - of a canonical name, made if it is new
 *
 * Return: 0; -ENOSPC after ENC_NAMES_MAX names
 */
ENC_NODISCARD int enc_names_address(struct enc_names *names, const char *name,
				    uint8_t ret_v4[4]);

/* enc_names_of() - the name behind an IPv6 or mapped address, or NULL */
const char *enc_names_of(const struct enc_names *names, const uint8_t addr[16]);

#endif
